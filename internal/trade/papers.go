package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/id"
)

// Paper is a document as its messages name it: no line and no money. Seller and Buyer of a payment are its payee and its payer.
type Paper struct {
	ID      id.ID
	Number  string
	Status  string
	OrderID id.ID
	Seller  id.ID
	Buyer   id.ID
	Agent   id.ID
	Purpose string
}

// Rel is what an organisation is in it.
func (p Paper) Rel(org id.ID) access.Rel {
	if p.Purpose != "" {
		return Payment{Payee: p.Seller, Payer: p.Buyer, Agent: p.Agent, Purpose: p.Purpose}.Rel(org)
	}
	return access.RelOf(org, p.Seller, p.Buyer, p.Agent)
}

// Parties are the organisations that may see it, and as what.
func (p Paper) Parties() map[id.ID]access.Rel {
	out := map[id.ID]access.Rel{}
	for _, org := range []id.ID{p.Seller, p.Buyer, p.Agent} {
		if rel := p.Rel(org); rel != access.None {
			out[org] = rel
		}
	}
	return out
}

var paperQueries = map[string]string{
	"order":    "SELECT id, number, status, return_of AS order_id, seller, buyer, agent, '' AS purpose FROM orders WHERE id IN ?",
	"shipment": "SELECT id, number, status, order_id, seller, buyer, agent, '' AS purpose FROM shipment WHERE id IN ?",
	"invoice":  "SELECT id, number, status, order_id, seller, buyer, agent, '' AS purpose FROM invoice WHERE id IN ?",
	"payment":  "SELECT id, number, status, 0 AS order_id, payee AS seller, payer AS buyer, agent, purpose FROM payment WHERE id IN ?",
}

// Papers finds documents of a kind, whoever their parties are. It is for the program alone, which tells each party of its own
// documents; it is never for somebody who asks.
func (s *Service) Papers(ctx context.Context, kind string, docs []id.ID) ([]Paper, error) {
	query, ok := paperQueries[kind]
	if !ok {
		return nil, fmt.Errorf("no kind of paper: %s", kind)
	}
	var out []Paper
	if err := s.DB.R(ctx).Raw(query, docs).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("papers: %w", err)
	}
	return out, nil
}
