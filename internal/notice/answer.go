package notice

import (
	"context"
	"fmt"

	"saluran/internal/db"
	"saluran/internal/id"
)

// answers says which facts answer what was asked of somebody by notices of the same record: once one has confirmed an order, its
// colleagues need not be told any more that it waits.
var answers = map[string][]string{
	"order.confirmed": {"order.placed", "order.held"}, "order.rejected": {"order.placed", "order.held"}, "order.cancelled": {"order.placed", "order.held"},
	"shipment.received": {"order.dispatched"}, "payment.confirmed": {"payment.reported"}, "payment.rejected": {"payment.reported"},
}

// answer is a record of which what some events asked for is done.
type answer struct {
	kind   string
	paper  Paper
	events []string
}

// Answered notes for everybody in some organisations that what notices of a record asked for was answered: they are read. It is done in
// the transaction of ctx, or in one of its own.
func (s *Service) Answered(ctx context.Context, orgs []id.ID, kind string, doc id.ID, events ...string) error {
	const which = " FROM notice WHERE doc = ? AND org IN ? AND event IN ? AND doc_kind = ? AND read_us = 0"
	var people []id.ID
	if err := s.DB.R(ctx).Raw("SELECT DISTINCT person"+which, doc, orgs, events, kind).Scan(&people).Error; err != nil {
		return fmt.Errorf("who was asked: %w", err)
	}
	if len(people) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		err := s.DB.W(ctx).Exec("UPDATE notice SET read_us = ? WHERE doc = ? AND org IN ? AND event IN ? AND doc_kind = ? AND read_us = 0", s.Clock.Now(), doc, orgs, events, kind).Error
		if err == nil && s.Changed != nil {
			db.AfterCommit(ctx, func() { s.Changed(people...) })
		}
		return err
	})
}

// answered settles what facts have answered.
func (s *Service) answered(ctx context.Context, done []answer) error {
	for _, x := range done {
		var orgs []id.ID
		for org := range x.paper.Parties {
			orgs = append(orgs, org)
		}
		if err := s.Answered(ctx, orgs, x.kind, x.paper.ID, x.events...); err != nil {
			return err
		}
	}
	return nil
}
