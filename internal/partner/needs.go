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
}

// Limits posts credit limits to the ledger. The same event posts once: a second call changes nothing. It is called outside
// transactions.
type Limits interface {
	SetLimit(ctx context.Context, by id.By, seller, buyer id.ID, cur money.Currency, limit money.Minor, event string) error
}
