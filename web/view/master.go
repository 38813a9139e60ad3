package view

import (
	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// Partners is everybody with whom the organisation has a link.
type Partners struct {
	Mine []PartnerRow // those that the reader represents, on the first page
	List
	Tabs  []kit.Tab
	Rows  []PartnerRow
	Query string
}

// PartnerRow is one link as this side sees it.
type PartnerRow struct {
	Link, Code, Name, Kind, City string
	Side                         string // seller: they sell to us; buyer: they buy from us; agent
	CanPlace                     bool   // an order, by the one who looks
	Of                           string // for an agent, the name of the seller from whom this buyer buys
	Seller, Buyer                string // ids
	Agent, Channel               string
	Terms                        string // state of the agreement: in_force, proposed, ended, none
	Active                       bool
	Currency                     string
	Limit, Used                  money.Minor
}

// Partner is one link with its agreement in force and those before.
type Partner struct {
	Stand *Representatives // nil: not shown
	PartnerRow
	TaxNo, Address, Phone string
	Logo                  string // address of its picture; "" for none
	LinkVersion           int64
	Asked, Waiting        bool // the link waits for the one who looks; for anybody
	MayEnd                bool
	SellerName, BuyerName string
	Now                   Agreement
	HasNow                bool
	Editions              []Agreement
	Credit                Credit
	Deposit               DepositRow // none where its amount is 0
	CanPlace, CanAccept   bool
	CanPropose            bool
	Lists                 []Ref
	Form                  kit.Form
	Banks                 []BankAccount
	Conflict              string
	Offer                 Agreement // the one that is open
	HasOffer              bool
	DeclineForm           kit.Form
	Findings              []string // warnings of the shape check, for the seller
	Head                  PartnerHead
	Story                 Story
}

// Agreement is one edition of the terms of a link.
type Agreement struct {
	ID                  string
	Edition, Version    int64
	State               string
	From, Until         clock.Date
	Currency, PriceList string
	IncludesVAT, Prepay bool
	MinOrder, Limit     money.Minor
	NetDays, EarlyDays  int64
	EarlyBps, OverBps   int64
	UnderBps            int64
	TitleOn, RiskOn     string
	Resale              bool
	SellerAccepted      clock.Instant
	BuyerAccepted       clock.Instant
	Waits               bool // for the reader to accept
	Own                 bool // the reader's side offered it
	MayDecline          bool
	NoLimit             bool
	ListID, FreightBy   string
	Reason              string
}

// Products is the goods of a producer, or what a seller may offer, and its price lists.
type Products struct {
	List
	Tabs     []kit.Tab
	Rows     []ProductRow
	Lists    []PriceListRow
	Query    string
	CanWrite bool
	CanPrice bool
	Form     kit.Form
}

// ProductRow is a product.
type ProductRow struct {
	ID, SKU, Name, Kind, BaseUnit, Producer string
	Units                                   []UnitChoice
	VAT                                     string
	Expires, Active                         bool
}

// PriceListRow is a price list.
type PriceListRow struct{ ID, Name, Currency string }

// Prices is one price list with what it offers.
type Prices struct {
	List
	ID, Name, Currency string
	Rows               []PriceRow
	Products           Choices
	CanWrite           bool
	Version            int64
	Form, Rename       kit.Form
	Today              clock.Date
}

// PriceRow is a price from a quantity and a date on.
type PriceRow struct {
	SKU, Name, Unit string
	Min             qty.Qty
	Price           money.Price
	From, Until     clock.Date
	State           string // in_force, future, ended
}

// Warehouses is the places of an organisation and its lots.
type Warehouses struct {
	List
	Places        []PlaceRow
	Lots          []LotRow
	Products      Choices
	CanMake       bool
	CanAdd        bool
	Form, AddForm kit.Form
	Today         clock.Date
}

// PlaceRow is a warehouse.
type PlaceRow struct {
	ID, Name, Kind, Address string
	Main, Active            bool
}

// LotRow is a lot that the organisation has to do with.
type LotRow struct {
	ID, Code, SKU, Name, Unit, Status string
	MadeOn, ExpiresOn                 clock.Date
	Qty                               qty.Qty
}

// People is who may act for the organisation, and in which role.
type People struct {
	Rows      []PersonRow
	Roles     []kit.Option // that may be given
	CanManage bool
	Form      kit.Form

	Next, First string
}

// PersonRow is a person.
type PersonRow struct {
	ID, Name, Email, Role string
	RoleWord              string
	Active, Self          bool
}

// Found is what the search box found.
type Found struct {
	Query  string
	Groups []FoundGroup
}

// FoundGroup is what was found of a kind; More is the address of the list that holds the rest, "" where this is all.
type FoundGroup struct {
	Kind, Icon, Title, More string
	Rows                    []FoundRow
}

// FoundRow is a record that was found. Kind and Status say how it stands, where it has a state.
// Icon stands before it where it is another than the group's; Keys are those that lead there. Named ones are called exactly what was typed.
type FoundRow struct {
	Title, Sub, Href, Kind, Status, Icon, Keys string
	Named                                      bool
}

// Count is how many records were found.
func (f Found) Count() (n int) {
	for _, g := range f.Groups {
		n += len(g.Rows)
	}
	return n
}

// Shortcuts are the keys of the keyboard, and whether single ones do something.
type Shortcuts struct {
	On     bool
	Places []Shortcut
}

// Shortcut is keys, with blanks between them, and what they do.
type Shortcut struct{ Keys, Text string }

// Problem pages say what happened, whose turn it is, and how the request is called in our log.
type Fault struct {
	Status                 int
	Title, Text, Reference string
	Back                   string
	Why                    string // where a refusal is explained
	SignedIn               bool
}
