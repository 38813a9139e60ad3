package view

import (
	"saluran/internal/clock"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// Stock is the goods, grouped by who owns, holds or bears; cells where the three differ are marked.
type Stock struct {
	List
	By      string // owner, holder, bearer
	Tabs    []kit.Tab
	Rows    []StockRow
	Query   string
	Sums    []StockSum
	CanMove bool
}

// StockRow is a position: so much of a lot with one owner, one place, one bearer.
type StockRow struct {
	SKU, Name, Unit, Lot  string
	ExpiresOn             clock.Date
	Owner, Holder, Bearer string
	Place                 string
	Transit               bool
	Mine                  string // owner, holder, bearer: which of them the reader is, joined by a blank
	Qty                   qty.Qty
}

// StockSum is the counter of a product: what stands sellable, and what of it is held for orders.
type StockSum struct {
	Product, SKU, Name, Unit string
	Sellable, Held           qty.Qty
}

// Free is what is free to sell.
func (s StockSum) Free() qty.Qty { return s.Sellable - s.Held }

// Differs tells whether owner, holder and bearer are not one and the same: what auditors and insurers look for.
func (r StockRow) Differs() bool { return r.Owner != r.Holder || r.Owner != r.Bearer }

func (r StockRow) life(today clock.Date) string {
	switch {
	case r.ExpiresOn == "":
		return ""
	case r.ExpiresOn <= today:
		return "expired"
	case r.ExpiresOn <= today.AddDays(30):
		return "soon"
	}
	return ""
}
