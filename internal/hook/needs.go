package hook

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/id"
)

// Paper is a document as its messages name it.
type Paper struct {
	ID      id.ID
	Number  string
	Status  string
	Order   id.ID // that it belongs to; 0 for an order itself, and for payments
	Seller  id.ID // the payee of a payment
	Buyer   id.ID // its payer
	Agent   id.ID
	Parties map[id.ID]access.Rel // who may see it, and as what
}

// Papers finds documents of a kind (order, shipment, invoice, payment), whoever their parties are: the asker is the program,
// which then tells each party alone.
type Papers interface {
	Papers(ctx context.Context, kind string, docs []id.ID) (map[id.ID]Paper, error)
}

// Gate is the right to do something; see package access.
type Gate interface {
	Can(a access.Actor, rel access.Rel, object, action string) bool
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// Notice writes to those who answer for an organisation, in the transaction of ctx.
type Notice interface {
	Disabled(ctx context.Context, org, endpoint id.ID, url, reason string) error
}

// Proof is that somebody has shown just now who it is; see package identity.
type Proof interface {
	Sure(ctx context.Context, a access.Actor) error
}
