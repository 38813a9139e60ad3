package api

import (
	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/visit"
)

// VisitStop is a shop on somebody's round.
type VisitStop struct {
	ID       id.ID       `json:"id"`
	Person   VisitPerson `json:"person"`
	Seller   Party       `json:"seller"`
	Shop     Party       `json:"shop"`
	City     string      `json:"city"`
	Address  string      `json:"address"`
	Phone    string      `json:"phone"`
	Weekdays []int       `json:"weekdays" doc:"1 is Monday, 7 Sunday"`
	Weeks    []int       `json:"weeks" doc:"Of the cycle of four weeks, which runs on over the year: 1, 2, 3, 4"`
	Turn     int64       `json:"turn" doc:"Its place within the day"`
	From     string      `json:"from"`
	Until    string      `json:"until,omitempty" doc:"Its last day, where it was taken off the round"`
	Version  int64       `json:"version"`
}

// VisitPerson is who calls.
type VisitPerson struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// Visit is a visit of somebody at a shop, as far as your organisation is told of it: the shop is not told reason, note and place, the
// seller in whose name an agent called is not told the place.
type Visit struct {
	ID           id.ID        `json:"id"`
	As           string       `json:"as" enum:"caller,seller,shop" doc:"What your organisation is to it"`
	Org          Party        `json:"org" doc:"Whose people called"`
	Person       VisitPerson  `json:"person"`
	Seller       Party        `json:"seller" doc:"For whose goods"`
	Shop         Party        `json:"shop"`
	Stop         id.ID        `json:"stop,omitempty" doc:"Of the round; left out where it was outside of it"`
	Day          string       `json:"day"`
	CheckedInAt  string       `json:"checked_in_at" doc:"When the portal heard of it"`
	PhoneInAt    string       `json:"phone_in_at,omitempty" doc:"When it was by the phone's clock"`
	CheckedOutAt string       `json:"checked_out_at,omitempty" doc:"Left out while it lasts"`
	PhoneOutAt   string       `json:"phone_out_at,omitempty"`
	Offline      bool         `json:"offline" doc:"The portal heard of it more than five minutes after it was, by the phone's clock"`
	ClosedBy     string       `json:"closed_by,omitempty"`
	Result       string       `json:"result,omitempty" enum:"order,none,closed"`
	Reason       string       `json:"reason,omitempty" enum:"enough,price,rival,money,absent,later,other"`
	Note         string       `json:"note,omitempty"`
	Spot         string       `json:"spot,omitempty"`
	Lat          string       `json:"lat,omitempty"`
	Lon          string       `json:"lon,omitempty"`
	Counts       []VisitCount `json:"counts"`
	Orders       []VisitOrder `json:"orders"`
	MayWrite     bool         `json:"may_write"`
	Version      int64        `json:"version"`
}

// VisitCount is what stood on the shelf.
type VisitCount struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Qty     string `json:"qty"`
	Unit    string `json:"unit"`
	BaseQty string `json:"base_qty" doc:"In base units"`
}

// VisitOrder is an order that was taken on a visit.
type VisitOrder struct {
	Order  id.ID  `json:"order"`
	Number string `json:"number"`
}

// VisitDue is a place of somebody's day: a stop of the round, the visit that was made of it, or a visit outside of the round.
type VisitDue struct {
	Stop  *VisitStop `json:"stop,omitempty"`
	Visit *Visit     `json:"visit,omitempty" doc:"Left out where nobody was there yet"`
	Done  bool       `json:"done"`
}

// VisitGood is what may be counted at a shop.
type VisitGood struct {
	Product  id.ID  `json:"product"`
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	BaseUnit string `json:"base_unit"`
	Units    []Unit `json:"units"`
}

func bitsOf(v int64, n int) []int {
	out := []int{}
	for i := range n {
		if v&(1<<i) != 0 {
			out = append(out, i+1)
		}
	}
	return out
}

// toBits reads numbers from 1 to n; what lies outside answers 0, which is refused.
func toBits(days []int, n int) (v int64) {
	for _, d := range days {
		if d < 1 || d > n {
			return 0
		}
		v |= 1 << (d - 1)
	}
	return v
}

func stopWire(t visit.Stop) VisitStop {
	w := VisitStop{ID: t.ID, Person: VisitPerson{t.Person, t.PersonName}, Seller: Party{t.Seller, t.SellerName}, Shop: Party{t.Shop, t.ShopName}, City: t.City, Address: t.Address, Phone: t.Phone,
		Weekdays: bitsOf(t.Weekdays, 7), Weeks: bitsOf(t.Weeks, 4), Turn: t.Turn, From: string(t.From), Version: t.Version}
	if t.Until != visit.Open {
		w.Until = string(t.Until)
	}
	return w
}

func visitWire(v visit.Visit) Visit {
	w := Visit{ID: v.ID, As: map[access.Rel]string{access.Own: "caller", access.Seller: "seller", access.Buyer: "shop"}[v.Rel], Org: Party{v.Org, v.OrgName}, Person: VisitPerson{v.Person, v.PersonName},
		Seller: Party{v.Seller, v.SellerName}, Shop: Party{v.Shop, v.ShopName}, Stop: v.Stop, Day: string(v.Day), CheckedInAt: instant(v.In), PhoneInAt: instant(v.InPhone),
		CheckedOutAt: instant(v.Out), PhoneOutAt: instant(v.OutPhone), Offline: v.Offline(), ClosedBy: v.ClosedBy, Result: v.Result, Reason: v.Reason, Note: v.Note, Spot: v.Spot,
		Counts: []VisitCount{}, Orders: []VisitOrder{}, MayWrite: v.MayWrite, Version: v.Version}
	if v.Located {
		w.Lat, w.Lon = qty.Format(v.Lat, 6), qty.Format(v.Lon, 6)
	}
	for _, c := range v.Counts {
		w.Counts = append(w.Counts, VisitCount{c.Product, c.SKU, c.Name, c.Qty.String(), c.Unit, c.Base.String()})
	}
	for _, o := range v.Orders {
		w.Orders = append(w.Orders, VisitOrder{o.OrderID, o.Number})
	}
	return w
}

func dueWire(d visit.Due) VisitDue {
	w := VisitDue{Done: d.Done()}
	if d.Stop.ID != 0 {
		t := stopWire(d.Stop)
		w.Stop = &t
	}
	if d.Visit.ID != 0 {
		v := visitWire(d.Visit)
		w.Visit = &v
	}
	return w
}
