package site

import (
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/visit"
	"saluran/web/kit"
	"saluran/web/view"
)

// keptDays are the days of a round that a phone keeps: who sets out before there is a signal has tomorrow's, too.
const keptDays = 2

// round is what a phone keeps to make the visits of a day from, without signal.
type round struct {
	Kind   string       `json:"kind"`
	Zone   string       `json:"zone"` // in which the days begin and end, wherever the phone thinks that it is
	Days   []roundDay   `json:"days"`
	Places []roundPlace `json:"places"`
}

type roundDay struct {
	On    clock.Date  `json:"on"`
	Said  string      `json:"said"`
	Stops []roundStop `json:"stops"`
}

type roundStop struct {
	Stop       string `json:"stop,omitempty"`
	Turn       int    `json:"turn,omitempty"`
	Seller     string `json:"seller"`
	SellerName string `json:"seller_name,omitempty"` // where it is another organisation
	Shop       string `json:"shop"`
	Name       string `json:"name"`
	Place      string `json:"place,omitempty"`
	Late       string `json:"late,omitempty"`
	Ordered    string `json:"ordered,omitempty"`
	State      string `json:"state"`
	Word       string `json:"word"`
	Tone       string `json:"tone"`
	Icon       string `json:"icon"`
	Visit      string `json:"visit,omitempty"`
	Version    int64  `json:"version,omitempty"`
	Who        string `json:"who,omitempty"`
	Shelf      string `json:"shelf"`
	Goods      string `json:"goods,omitempty"` // "" where nobody of the reader's role orders
}

// roundPlace is a place of the bar below.
type roundPlace struct {
	Icon string `json:"icon"`
	Href string `json:"href"`
	Word string `json:"word"`
}

// keptRound is what a phone keeps of the round of today and tomorrow.
func (s *Site) keptRound(r *request) error {
	out := round{Kind: "round", Zone: r.a.Zone, Places: []roundPlace{}}
	for _, p := range r.phonePlaces() {
		out.Places = append(out.Places, roundPlace{p.Icon, p.Href, r.t("phone." + p.Key)})
	}
	for i := range keptDays {
		on := r.today.AddDays(i)
		all, rows, err := s.dueOn(r, on)
		if err != nil {
			return err
		}
		day := roundDay{On: on, Said: r.dayName(on), Stops: []roundStop{}}
		for k, d := range all {
			day.Stops = append(day.Stops, r.roundStop(d, rows[k]))
		}
		out.Days = append(out.Days, day)
	}
	return r.JSON(out)
}

func (r *request) roundStop(d visit.Due, row view.VisitDue) roundStop {
	tone, icon, word := kit.Status("visit", row.State)
	out := roundStop{Turn: row.Turn, Seller: row.Seller.ID, SellerName: row.Seller.Name, Shop: row.Shop.ID, Name: row.Shop.Name, Place: row.Place, State: row.State, Word: r.t(word), Tone: tone, Icon: icon,
		Who: row.Who, Version: d.Visit.Version, Shelf: row.ShelfPath()}
	if d.Stop.ID != 0 {
		out.Stop = d.Stop.ID.String()
	}
	if d.Visit.ID != 0 {
		out.Visit = d.Visit.ID.String()
	}
	if r.mayPlace() {
		out.Goods = row.PackPath()
	}
	if row.Late > 0 {
		out.Late = r.t("visit.late", "amount", i18n.Money(r.lang, row.Currency, row.Late))
	}
	if row.Ordered != "" {
		out.Ordered = r.t("visit.ordered_on", "on", i18n.ShortDate(r.lang, row.Ordered, r.today))
	}
	return out
}

type shelfGood struct {
	ID    string     `json:"id"`
	SKU   string     `json:"sku"`
	Name  string     `json:"name"`
	Units []packUnit `json:"units"` // the base unit first
}

// keptShelf is what a phone keeps of the goods that can be counted at a shop, as many as it has room for; nothing where nothing is sold there.
func (s *Site) keptShelf(r *request) error {
	all, _, err := s.Visits.Shelf(r.ctx, r.a, ref(r.Query("seller")), ref(r.Query("shop")))
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) {
		all, err = nil, nil
	}
	if err != nil {
		return err
	}
	goods := make([]shelfGood, 0, len(all))
	for _, g := range all {
		x := shelfGood{ID: g.Product.String(), SKU: g.SKU, Name: g.Name}
		for _, u := range unitsOf(g) {
			base := int64(g.Units[u])
			x.Units = append(x.Units, packUnit{strings.TrimSpace(u), i18n.UnitName(r.lang, u), base})
		}
		goods = append(goods, x)
	}
	return r.JSON(map[string]any{"kind": "shelf", "goods": goods})
}
