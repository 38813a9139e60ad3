package cart

import (
	"context"
	"iter"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Terms are what a pair trades under today.
type Terms struct {
	Seller, Buyer         id.ID
	SellerName, BuyerName string
	Rel                   access.Rel // how the acting organisation stands to an order between them
	Currency              money.Currency
	MinOrder              money.Minor
	NetDays               int
	Prepay                bool
	BuyerKind             string
	On                    clock.Date
}

// Ask is a line whose price is asked.
type Ask struct {
	Product id.ID
	Qty     qty.Qty
	Unit    string
}

// Quoted is a line as the books would count it, or why they would not.
type Quoted struct {
	Base     qty.Qty // in base units
	Price    money.Price
	Net, Tax money.Minor
	Fault    errs.Field // Code "" where there is none
}

// Quote is what lines come to today.
type Quote struct {
	Terms
	Lines           []Quoted
	Net, Tax, Total money.Minor
	Below           bool // less than the smallest order that was agreed
}

// Order is what a basket asks to be placed.
type Order struct {
	Client        string // the key that makes it safe to send twice
	Hash          [32]byte
	Seller, Buyer id.ID
	Lines         []Ordered
	WantedOn      clock.Date
	Reference     string
	Note          string
	HoldCredit    bool
}

// Ordered is a line of it, with the price that was seen.
type Ordered struct {
	Ask
	Purpose string
	Price   money.Price
}

// Placed is the order that a basket became.
type Placed struct {
	ID   id.ID
	Held bool // it waits: the credit does not suffice
}

// Earlier is an order that was placed before.
type Earlier struct {
	Seller, Buyer id.ID
	Lines         []EarlierLine
}

// EarlierLine is what was ordered then.
type EarlierLine struct {
	Ask
	Name string
}

// Usual is a product that the buyer orders again and again.
type Usual struct {
	Product id.ID
	Orders  int64
	Last    clock.Date
	Unit    string
	Qty     qty.Qty
}

// Goods are what somebody offers: by product, and all of them. A list of many goods is looked into by product wherever that will do.
type Goods interface {
	Item(product id.ID) (Item, bool)
	All() iter.Seq[Item]
}

// Market is what a basket needs of goods, terms and books. Every question names who asks, and is answered for those alone who may place an
// order between the two (Forbidden), and see them (NotFound).
type Market interface {
	Quote(ctx context.Context, a access.Actor, seller, buyer id.ID, lines []Ask) (Quote, error)
	// Offer is everything that the seller offers the buyer on a day.
	Offer(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) (Goods, error)
	Usual(ctx context.Context, a access.Actor, seller, buyer id.ID, since clock.Date) ([]Usual, error)
	// Earlier reads an order that the actor may read.
	Earlier(ctx context.Context, a access.Actor, order id.ID) (Earlier, error)
	Place(ctx context.Context, a access.Actor, o Order) (Placed, error)
}
