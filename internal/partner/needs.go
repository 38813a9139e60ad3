package partner

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
	// Drafts tells whether the actor sees terms that are only offered on that side.
	Drafts(a access.Actor, rel access.Rel) bool
}

// Limits posts credit limits to the ledger. The same event posts once: a second call changes nothing. It is called outside
// transactions.
type Limits interface {
	SetLimit(ctx context.Context, by id.By, seller, buyer id.ID, cur money.Currency, limit money.Minor, event string) error
}
