package visit

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// Call is how an organisation stands to a shop at which it calls.
type Call struct {
	Seller, Shop         id.ID
	SellerName, ShopName string
	Agent                bool // it calls in the name of Seller
	Appointed            bool // and is appointed on the day
}

// Shops know who may call where.
type Shops interface {
	// Calling answers not_found where the organisation neither sells to the shop nor is the agent between the two.
	Calling(ctx context.Context, org, seller, shop id.ID, on clock.Date) (Call, error)
}

// Good is a product that a shop is offered, and so may be counted there.
type Good struct {
	Product  id.ID
	SKU      string
	Name     string
	BaseUnit string
	Decimals int
	Units    map[string]qty.Qty // in base units; the base unit is not among them
}

// Goods know what a seller offers a shop.
type Goods interface {
	// Listed is a page of them by name. Filter: q.
	Listed(ctx context.Context, a access.Actor, seller, shop id.ID, on clock.Date, q list.Query) (list.Page[Good], error)
	// Which are those of some products that are offered.
	Which(ctx context.Context, a access.Actor, seller, shop id.ID, on clock.Date, products []id.ID) (map[id.ID]Good, error)
}

// Taken is an order as somebody reads it who took it.
type Taken struct {
	Seller, Buyer id.ID
	Number        string
}

// Orders are read with the rights of who asks. Error: not_found.
type Orders interface {
	Taken(ctx context.Context, a access.Actor, order id.ID) (Taken, error)
	// Usual are the products that a shop ordered from a seller since a day, the most frequent first. Error: forbidden, for who may not order.
	Usual(ctx context.Context, a access.Actor, seller, shop id.ID, since clock.Date) ([]id.ID, error)
	// Since are the orders that a person has placed for an organisation since then, between a seller and a shop.
	Since(ctx context.Context, org, person, seller, shop id.ID, from clock.Instant) ([]id.ID, error)
}

// Staff are the people of an organisation, each as the actor that its role makes of it; at most some hundreds.
type Staff interface {
	Staff(ctx context.Context, org id.ID) ([]access.Actor, error)
}
