package view

import (
	"context"
	"strconv"

	"saluran/web/kit"
)

// ProductEdit changes a product: what it is called, sold in, taxed as. SKU and base unit stand for ever.
type ProductEdit struct {
	ProductRow
	GTIN     string
	Version  int64
	CanWrite bool
	Form     kit.Form
	Packs    []UnitChoice // packs, and empty rows for new ones
}

// PlaceEdit changes a warehouse.
type PlaceEdit struct {
	PlaceRow
	Version  int64
	CanWrite bool
	Form     kit.Form
}

// OrgEdit changes the organisation's own data.
type OrgEdit struct {
	ID, Code, Kind, Name, Zone, TaxNo, Address, City, Phone, Country, Currency string
	VATRegistered, Large                                                       bool
	Version                                                                    int64
	CanWrite                                                                   bool
	Form                                                                       kit.Form
	Logo                                                                       string // address of the picture; "" for none
	LogoForm                                                                   kit.Form
	Accept                                                                     string
}

// LogoPath is the address of an organisation's picture, which changes with it; "" where it has none.
func LogoPath(org string, logo int64) string {
	if logo == 0 {
		return ""
	}
	return "/logos/" + org + "?v=" + strconv.FormatInt(logo, 10)
}

// ticked is whether a box is: as it was sent, else as it stands.
func ticked(f kit.Form, name string, stands bool) bool {
	if f.Values == nil {
		return stands
	}
	return f.V(name, "") == "1"
}

func packQty(ctx context.Context, u UnitChoice) string {
	if u.Base == 0 {
		return ""
	}
	return plainQty(ctx, u.Base)
}

// zones are Indonesia's three, and the one that is in use.
func zones(now string) []kit.Option {
	out := []kit.Option{{Value: "Asia/Jakarta", Label: "WIB (Asia/Jakarta)"}, {Value: "Asia/Makassar", Label: "WITA (Asia/Makassar)"}, {Value: "Asia/Jayapura", Label: "WIT (Asia/Jayapura)"}}
	for _, o := range out {
		if o.Value == now {
			return out
		}
	}
	return append(out, kit.Option{Value: now, Label: now})
}
