package intake

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// NewPartner is an organisation that an import needs.
type NewPartner struct {
	Kind, Code, Name, Address, City string
	Country, Currency, Zone         string
}

// NewDeal is a link that an import needs, with an agreement in force from a date on: net days, no credit limit, title and risk
// on delivery.
type NewDeal struct {
	Seller, Buyer id.ID
	List          id.ID
	From          clock.Date
	NetDays       int
	Currency      string
	Channel       string // name of the channel in which a missing link is made
}

// Deal is what came of it.
type Deal struct{ Link, Agreement id.ID }

// NewProduct is a product that an import needs.
type NewProduct struct {
	Producer  id.ID
	SKU, Name string
	GTIN      string
	Unit      string
	PackUnit  string
	Pack      int64 // units in a pack; 1 for none
	Decimals  int
	TaxClass  string
}

// NewPrice is one price of a list.
type NewPrice struct {
	Product id.ID
	Price   money.Price
}

// Masters makes what the sales of the past presuppose: partners and products that do not exist yet. Each call is asked about a
// few hundred at most, is one transaction, and finds what exists already instead of making it twice.
type Masters interface {
	// Partners answers with the ids of organisations and of their main warehouses, in order.
	Partners(ctx context.Context, a access.Actor, all []NewPartner) (orgs, warehouses []id.ID, err error)
	// PriceList is the list of an organisation by name, made where it is missing, with these prices from a date on; prices that
	// it has already stand.
	PriceList(ctx context.Context, a access.Actor, org id.ID, name, currency string, from clock.Date, prices []NewPrice) (id.ID, error)
	// Deals answers with links and agreements, in order: those in force where there are, else new ones.
	Deals(ctx context.Context, a access.Actor, all []NewDeal) ([]Deal, error)
	// Products answers with ids, in order.
	Products(ctx context.Context, a access.Actor, all []NewProduct) ([]id.ID, error)
	// Lots answers with the lot of each product that bears a code, in order: they are filed by a post.
	Lots(ctx context.Context, a access.Actor, code string, products []id.ID, at clock.Instant) ([]id.ID, error)
}
