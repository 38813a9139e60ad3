package report

import (
	"cmp"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/sharing"
)

// mostPlaces is how many places below a partner a map names; the others stand together as the rest of what is shared.
const mostPlaces = 5

// shared adds what partners share with the reader, for a map of sales or of stock: each is a look, which its grantor reads. Of another
// day it is what may be shown today of the periods up to then.
func (w *mapper) shared() error {
	if w.s.Shared == nil || !w.m.Shares {
		return nil
	}
	var pages []sharing.Page
	var err error
	switch w.m.Measure {
	case "sales":
		pages, err = w.s.Shared.Sellouts(w.ctx, w.a, w.span.From, w.m.On)
	case "stock":
		pages, err = w.s.Shared.Stocks(w.ctx, w.a, w.m.On)
	}
	if err != nil {
		return err
	}
	for _, p := range pages {
		w.fact("buyer", p.Sharing.Grantor).shared = shareOf(p)
	}
	return nil
}

// shareOf adds up the cells of a look, all of which are shown: by unit, and by place.
func shareOf(p sharing.Page) *MapShare {
	out := &MapShare{Sharing: p.Sharing.ID}
	places := map[string]*MapPlace{}
	var names []string
	for _, c := range p.Items {
		if out.From == "" || c.First < out.From {
			out.From = c.First
		}
		out.To = clock.Date(max(string(out.To), string(c.Last)))
		g := Goods{c.Unit, c.Qty}
		out.Goods = addGoods(out.Goods, g)
		name := c.Region
		if p.Sharing.Place == "shop" {
			name = c.Shop
		}
		if p.Sharing.Place == "none" {
			continue
		}
		if places[name] == nil {
			places[name] = &MapPlace{Name: name}
			names = append(names, name)
		}
		places[name].Goods = addGoods(places[name].Goods, g)
	}
	sortGoods(out.Goods)
	for _, name := range names {
		sortGoods(places[name].Goods)
		out.Places = append(out.Places, *places[name])
	}
	slices.SortFunc(out.Places, func(a, b MapPlace) int {
		return cmp.Or(cmp.Compare(total(b.Goods), total(a.Goods)), strings.Compare(a.Name, b.Name))
	})
	return out
}

func total(all []Goods) (n int64) {
	for _, g := range all {
		n += int64(g.Qty)
	}
	return n
}

// Rest is what the places of a share have together that a picture does not name, and how many they are.
func (s *MapShare) Rest() (rest MapPlace, n int) {
	if len(s.Places) <= mostPlaces {
		return rest, 0
	}
	for _, p := range s.Places[mostPlaces-1:] {
		for _, g := range p.Goods {
			rest.Goods = addGoods(rest.Goods, g)
		}
	}
	sortGoods(rest.Goods)
	return rest, len(s.Places) - mostPlaces + 1
}

// Named are the places that a picture names.
func (s *MapShare) Named() []MapPlace {
	if len(s.Places) <= mostPlaces {
		return s.Places
	}
	return s.Places[:mostPlaces-1]
}

// Find is a partner of the map; nil where it has none of that id.
func (m *Map) Find(org id.ID) *MapNode {
	for i := range m.Partners {
		if m.Partners[i].Org == org {
			return &m.Partners[i]
		}
	}
	return nil
}
