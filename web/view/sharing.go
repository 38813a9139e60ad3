package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// SharingRow is an agreement to share in a list.
type SharingRow struct {
	ID, Other, State, Measure, Period, Goods, Place string
	Values                                          bool // beside the quantities
	Granted                                         bool // by the reader's own organisation
	Until                                           clock.Date
	CanLook                                         bool
}

// Sharings is the list of agreements, and the form for an offer.
type Sharings struct {
	List
	Granted, Received []SharingRow
	Upstreams         []kit.Option
	CanOffer          bool
	Form              kit.Form
	Conflict          string
	Today             clock.Date
}

// way leads to the form where figures can be offered to somebody, and else to those one might offer them to.
func (v Sharings) way(ctx context.Context) kit.Way {
	if v.CanOffer {
		return kit.Go("#h-new", t(ctx, "sharing.new"))
	}
	return kit.Able(ctx, "sharing:write", "/partners", t(ctx, "nav.partners"))
}

// Sharing is an agreement with who looked by it.
type Sharing struct {
	List
	SharingRow
	Grantor, Viewer, Purpose   string
	Delay, MinGroup            int64
	Since                      clock.Date
	Offered, Answered, EndedAt clock.Instant
	Version                    int64
	Steps                      []string // what the reader may do: accept, decline, end, withdraw
	Looks                      []SharingLook
	Conflict                   string
}

// SharingLook is who looked.
type SharingLook struct {
	At          clock.Instant
	Viewer, Who string
	Way, Asked  string
	Shown       int64
}

// Shared is what somebody shares with the reader's organisation.
type Shared struct {
	List
	Row              SharingRow
	Grantor, Purpose string
	Delay, MinGroup  int64
	Upto             clock.Date
	From, To         string
	Product, Region  string
	Shop             string
	Rows             []SharedRow
	Valued           bool // values are shown
	Blind            bool // they are shared, and not for the reader's role
	CanExport        bool
	Form             kit.Form
}

// SharedRow is a figure.
type SharedRow struct {
	First, Last      clock.Date
	Name, SKU, Place string
	Qty              qty.Qty
	Unit             string
	Currency         string // "" where values are not shared
	Net              money.Minor
}

func (v Shared) byPlace() bool   { return v.Row.Place != "none" }
func (v Shared) byProduct() bool { return v.Row.Goods == "product" }

// values are the choices of what stands beside the quantities; the first is what is meant where nobody chooses.
func values(ctx context.Context) []kit.Option { return choices(ctx, "sharing.values_", "0", "1") }

func (r SharingRow) values(ctx context.Context) string {
	if r.Values {
		return t(ctx, "sharing.values_1")
	}
	return t(ctx, "sharing.values_0")
}

// grain says how fine an agreement is.
func grain(ctx context.Context, r SharingRow) string {
	return r.values(ctx) + "; " + fine(ctx, r)
}

func fine(ctx context.Context, r SharingRow) string {
	return t(ctx, "sharing.grain", "period", t(ctx, "sharing.period_"+r.Period), "goods", t(ctx, "sharing.goods_"+r.Goods), "place", t(ctx, "sharing.place_"+r.Place))
}

func spanText(ctx context.Context, first, last clock.Date) string {
	if first == last {
		return kit.Day(ctx, first)
	}
	return kit.Day(ctx, first) + " – " + kit.Day(ctx, last)
}
