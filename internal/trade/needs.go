package trade

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Deal is everything under which a pair trades on a date: who they are, and the agreement in force between them.
type Deal struct {
	Link, Channel     id.ID
	Seller, Buyer     id.ID
	SellerName        string
	BuyerName         string
	AgentName         string // "" where no agent is on the link
	SellerKind        string
	BuyerKind         string
	Agent             id.ID // the agent on the link; 0 for none
	Appointment       id.ID // the appointment in force of that agent; 0 for none
	CommissionBps     int64
	CommissionOn      string // order, delivery, payment
	MayBind           bool
	MayCollect        bool
	Agreement         id.ID
	PriceList         id.ID
	Currency          money.Currency
	PricesIncludeVAT  bool
	MinOrder          money.Minor
	NetDays           int
	EarlyDays         int
	EarlyBps          int64
	Prepay            bool // cash before delivery: dispatch waits for the deposit
	TitleOn           string
	RiskOn            string
	ResaleBeforeTitle bool
	OverBps           int64  // of what is ordered: so much more may be sent
	UnderBps          int64  // so little may be left undelivered
	VATRegistered     bool   // the seller
	Country           string // the seller's
	Zone              string // the seller's
	ShipFrom          id.ID  // main warehouse of the seller; 0 for none
	DeliverTo         id.ID  // main warehouse of the buyer; 0 for none (a consumer)
}

// Deals finds the deal of a pair. It answers NotFound where the viewer is neither of the two nor the agent between them, or
// no link is active; Invalid "order.no_agreement" where no agreement is in force on the date.
type Deals interface {
	Deal(ctx context.Context, viewer, seller, buyer id.ID, on clock.Date) (d Deal, epoch int64, err error)
	// Agreed is the deal of a pair under one agreement, in force or not, its link active or not: what was ordered under it is
	// carried through under it.
	Agreed(ctx context.Context, seller, buyer, agreement id.ID, on clock.Date) (d Deal, epoch int64, err error)
}

// Item is a product as one price list offers it on a date.
type Item struct {
	Product  id.ID
	SKU      string
	Name     string
	Service  bool
	Expires  bool
	BaseUnit string
	Decimals int
	Units    map[string]qty.Qty // unit → base quantity of one such unit; contains the base unit
	Breaks   []Break            // ascending by MinQty, first one ≤ any quantity allowed
	Tax      Tax
}

// Break of a price ladder: from MinQty (base units) on, one base unit costs Price.
type Break struct {
	MinQty qty.Qty
	Price  money.Price
}

// Tax is the rule that applies to a line: base × BaseNum ÷ BaseDen, then × RateBps ÷ 10000, each rounded to the currency's unit.
type Tax struct {
	Code             string
	BaseNum, BaseDen int64
	RateBps          int64
}

// Prices finds what a list offers. Products that are unknown, inactive or without a price in force on the date are not in the
// map: Place answers order.no_price or order.unknown_product for them.
type Prices interface {
	Items(ctx context.Context, list id.ID, country string, products []id.ID, on clock.Date) (items map[id.ID]Item, epoch int64, err error)
}

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// Fresh asks who acts to show once more who it is before money of this amount is paid out, settled or forgiven: Forbidden
// step_up_required where that is to be done first, step_up_person where a key of the API cannot.
type Fresh interface {
	FreshMoney(ctx context.Context, a access.Actor, c money.Currency, amount money.Minor) error
}

// Places are the warehouses that goods are received into.
type Places interface {
	// Quarantine is where an organisation keeps damaged goods of a warehouse; it is made when it is missing.
	Quarantine(ctx context.Context, org, warehouse id.ID) (id.ID, error)
}

// Carriers are the organisations that carry goods of others.
type Carriers interface {
	// Carrier is nil where the acting organisation sees an organisation that is in business as a carrier. NotFound where it does not
	// see it, Invalid where that is no carrier.
	Carrier(ctx context.Context, a access.Actor, org id.ID) error
}

// Shop is what a sale over the counter needs to know of its seller.
type Shop struct {
	Consumer         id.ID // the seller's nameless consumer
	Currency         money.Currency
	PricesIncludeVAT bool
	VATRegistered    bool
	Country, Zone    string
	Warehouse        id.ID
}

// Shops finds the shop of a seller that sells by one of its own price lists; NotFound where the list is not the seller's.
type Shops interface {
	Shop(ctx context.Context, seller, list id.ID) (s Shop, epoch int64, err error)
}
