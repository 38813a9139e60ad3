package sharing

import (
	"context"
	"crypto/rand"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// Service keeps agreements to share and answers from them. It is safe for concurrent use.
type Service struct {
	d     *db.DB
	clock clock.Clock
	gate  Gate
}

// New makes a service.
func New(d *db.DB, c clock.Clock, gate Gate) *Service { return &Service{d, c, gate} }

// Offer offers an agreement to an upstream of the acting organisation. Right: sharing write of its own. Errors: not_found (no
// upstream of it, or none that it may know of), sharing.offered_already, those of the terms.
func (s *Service) Offer(ctx context.Context, a access.Actor, n Offer) (Sharing, error) {
	if err := s.gate.Require(ctx, a, access.Own, "sharing", "write"); err != nil {
		return Sharing{}, err
	}
	now := s.clock.Now()
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, now, func(ctx context.Context) (id.ID, error) {
		var zone string // of the organisation as it is kept: a key of the API has none
		if err := s.d.R(ctx).Raw("SELECT zone FROM org WHERE id = ?", a.Org).Scan(&zone).Error; err != nil {
			return 0, err
		}
		if err := n.check(now.In(zone)); err != nil {
			return 0, err
		}
		return s.offer(ctx, a, n, now, now.In(zone))
	})
	if err != nil {
		return Sharing{}, err
	}
	return s.Sharing(ctx, a, doc)
}

func (s *Service) offer(ctx context.Context, a access.Actor, n Offer, now clock.Instant, today clock.Date) (id.ID, error) {
	up, err := s.upstreams(ctx, a.Org)
	if err != nil {
		return 0, err
	}
	found := false
	for _, u := range up {
		found = found || u.ID == n.Viewer
	}
	if !found {
		return 0, errs.Gone()
	}
	live := fmt.Sprintf("%d/%d/%s", a.Org, n.Viewer, n.Measure)
	// What is past its last day makes room.
	if err := s.d.W(ctx).Model(&row{}).Where("grantor = ? AND live = ? AND until_on < ?", a.Org, live, today).Update("live", nil).Error; err != nil {
		return 0, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return 0, err
	}
	r := row{ID: s.d.IDs.Next(), Grantor: a.Org, Viewer: n.Viewer, Measure: n.Measure, Period: n.Period, Goods: n.Goods, Place: n.Place,
		DelayDays: n.Delay, MinGroup: n.MinGroup, Purpose: n.Purpose, SinceOn: n.Since, UntilOn: n.Until, Valued: n.Values, Status: Offered, MaskKey: key, Live: &live,
		OfferedUS: now, OfferedBy: a.Person, Version: 1}
	if err := s.d.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			err = errs.Wrap(errs.Conflict, "sharing.offered_already", err)
		}
		return 0, err
	}
	terms := audit.Diff(map[string][2]any{"viewer": {"", n.Viewer.String()}, "measure": {"", n.Measure}, "period": {"", n.Period}, "goods": {"", n.Goods},
		"place": {"", n.Place}, "delay_days": {nil, n.Delay}, "min_group": {nil, n.MinGroup}, "since": {"", n.Since}, "until": {"", n.Until},
		"values": {false, n.Values}})
	return r.ID, audit.Record(ctx, s.d, a.By(), now, "sharing.offered", r.ID, terms)
}

// step is a change of status: who may make it, and from where.
type step struct {
	to   string
	rel  access.Rel
	from []string
	act  string
}

// steps are the diagram of the package comment; buttons and guards read it alike.
var steps = map[string]step{
	"accept":   {Active, access.Upstream, []string{Offered}, "sharing.accepted"},
	"decline":  {Declined, access.Upstream, []string{Offered}, "sharing.declined"},
	"end":      {Ended, access.Upstream, []string{Active}, "sharing.ended"},
	"withdraw": {Withdrawn, access.Own, []string{Offered, Active}, "sharing.withdrawn"},
}

// Can tells whether an organisation may take a step, by the state of the agreement.
func (s Sharing) Can(org id.ID, do string) bool {
	x, ok := steps[do]
	if !ok || s.Rel(org) != x.rel {
		return false
	}
	for _, f := range x.from {
		if s.Status == f {
			return true
		}
	}
	return false
}

// Step takes a step: accept, decline, end (the viewer), withdraw (the grantor). It is in force at the next request. A version of 0
// does not insist. Right: sharing write, as what the organisation is. A step that was taken already changes nothing. Errors:
// not_found, changed, sharing.not_now {status}.
func (s *Service) Step(ctx context.Context, a access.Actor, k audit.Key, sharing id.ID, version int64, do string) (Sharing, error) {
	x, ok := steps[do]
	if !ok {
		return Sharing{}, errs.Gone()
	}
	now := s.clock.Now()
	_, _, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		v, err := s.one(ctx, a.Org, sharing)
		if err != nil {
			return 0, err
		}
		if err := s.gate.Require(ctx, a, v.Rel(a.Org), "sharing", "write"); err != nil {
			return 0, err
		}
		switch {
		case v.Rel(a.Org) != x.rel:
			return 0, errs.New(errs.Forbidden, "sharing.other_side")
		case v.Status == x.to:
			return sharing, nil
		case version != 0 && version != v.Version:
			return 0, errs.New(errs.Conflict, "changed")
		case !v.Can(a.Org, do):
			return 0, errs.New(errs.Conflict, "sharing.not_now", "status", v.Status)
		}
		set := map[string]any{"status": x.to, "version": v.Version + 1}
		if do == "accept" || do == "decline" {
			set["answered_us"], set["answered_by"] = now, a.Person
		}
		if x.to != Active {
			set["live"], set["ended_us"], set["ended_by"] = nil, now, a.Person
		}
		res := s.d.W(ctx).Model(&row{}).Where("id = ? AND version = ? AND (grantor = ? OR viewer = ?)", sharing, v.Version, a.Org, a.Org).Updates(set)
		if res.Error == nil && res.RowsAffected == 0 {
			res.Error = errs.New(errs.Conflict, "changed")
		}
		if res.Error != nil {
			return 0, res.Error
		}
		return sharing, audit.Record(ctx, s.d, a.By(), now, x.act, sharing, audit.Diff(map[string][2]any{"status": {v.Status, x.to}}))
	})
	if err != nil {
		return Sharing{}, err
	}
	return s.Sharing(ctx, a, sharing)
}

func (s *Service) one(ctx context.Context, org, sharing id.ID) (Sharing, error) {
	var v viewRow
	if err := s.seen(ctx, org).Where("sharing.id = ?", sharing).Take(&v).Error; err != nil {
		return Sharing{}, gone(err)
	}
	return v.sharing(s.clock.Now()), nil
}

// Sharing is an agreement that the acting organisation is a party of. Right: sharing read, as what it is.
func (s *Service) Sharing(ctx context.Context, a access.Actor, sharing id.ID) (Sharing, error) {
	v, err := s.one(ctx, a.Org, sharing)
	if err != nil {
		return Sharing{}, err
	}
	return v, s.gate.Require(ctx, a, v.Rel(a.Org), "sharing", "read")
}

// Sharings lists agreements, the latest first. Filter: side (granted: by the acting organisation; received: by it as viewer),
// partner (the other side).
func (s *Service) Sharings(ctx context.Context, a access.Actor, q list.Query) (list.Page[Sharing], error) {
	var page list.Page[Sharing]
	if err := s.gate.Require(ctx, a, access.Own, "sharing", "read"); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	tx := s.seen(ctx, a.Org).Order("sharing.id DESC").Limit(q.Limit() + 1)
	if ok {
		tx = tx.Where("sharing.id < ?", after.ID)
	}
	switch q.Filter["side"] {
	case "granted":
		tx = tx.Where("sharing.grantor = ?", a.Org)
	case "received":
		tx = tx.Where("sharing.viewer = ?", a.Org)
	}
	if p, err := id.Parse(q.Filter["partner"]); err == nil {
		tx = tx.Where("(sharing.grantor = ? OR sharing.viewer = ?)", p, p)
	}
	var rows []viewRow
	if err := tx.Find(&rows).Error; err != nil {
		return page, err
	}
	now := s.clock.Now()
	all := make([]Sharing, len(rows))
	for i, r := range rows {
		all[i] = r.sharing(now)
	}
	return list.Cut(all, q.Limit(), func(x Sharing) list.Key { return list.Key{ID: int64(x.ID)} }), nil
}
