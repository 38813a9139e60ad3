package site

import (
	"saluran/internal/i18n"
	"saluran/internal/report"
	"saluran/web/view"
)

// line is the link to a node: as wide as its sales are large.
func (d *mapDrawing) line(n report.MapNode, widest int64, quiet bool) view.MapLine {
	l := view.MapLine{Wide: 2, Look: "flow"}
	if d.m.Sells || d.m.Buys {
		if v := int64(n.Sales); v > 0 {
			l.Wide = int(min(8, 1+v/max(1, widest/7)))
		} else {
			l.Wide = 1
		}
		switch {
		case n.Late > 0:
			l.Look = "late"
		case quiet:
			l.Look, l.Wide = "quiet", 2
		}
	}
	if n.Org != 0 && n.Org == d.chosen {
		l.Look += " on"
	}
	return l
}

func (d *mapDrawing) card(n *report.MapNode, top int64) view.MapCard {
	c := view.MapCard{Href: d.with("node", n.Org.String()), Name: n.Name, Sub: d.t("kind."+n.Kind) + dotted(n.City), Bar: -1, Current: n.Org == d.chosen}
	c.Value, c.Title = d.value(n)
	if n.Known || d.m.Measure == "stock" {
		c.Bar = max(0, n.Value(d.m.Measure)) * 1000 / top
	}
	if n.Waits {
		c.Icon, c.Sub = "clock", d.t("map.waits")
	}
	if n.Late > 0 {
		c.Look = "late"
		if d.m.Measure != "overdue" {
			c.Late = d.short(n.Late)
		}
	}
	return c
}

func dotted(city string) string {
	if city == "" {
		return ""
	}
	return " · " + city
}

// value is what a card says by the measure: at a glance, and in full.
func (d *mapDrawing) value(n *report.MapNode) (short, long string) {
	if d.m.Measure == "stock" {
		all := n.Stock
		if len(all) == 0 && n.Shared != nil {
			return d.t("map.shared_short", "goods", report.Words(d.lang, firstGoods(n.Shared.Goods))), report.Words(d.lang, n.Shared.Goods)
		}
		if len(all) == 0 {
			return d.t("map.no_stock"), ""
		}
		return report.Words(d.lang, firstGoods(all)), report.Words(d.lang, all)
	}
	if !n.Known {
		return "–", ""
	}
	v := n.Sales
	switch d.m.Measure {
	case "dues":
		v = n.Dues
	case "overdue":
		return d.late(d.short, n.Late), d.late(d.full, n.Late)
	}
	return d.short(v), d.full(v)
}

func (d *mapDrawing) groupCard(g mapGroup, top int64) view.MapCard {
	s := report.Summed(g.nodes)
	s.Known = len(g.nodes) > 0 && g.nodes[0].Known
	n := i18n.Count(d.lang, int64(len(g.nodes)))
	c := view.MapCard{Look: "group", Name: d.regionName(g.city), Sub: d.t("map.n_partners", "n", n), Bar: -1}
	switch {
	case g.rest && d.region != nil, g.rest && len(g.nodes) > 0 && g.nodes[0].Side == "seller":
		c.Name, c.Href = d.t("map.others", "n", n), d.with("node", "")+"#h-list"
	case g.rest:
		c.Name, c.Href = d.t("map.other_regions"), d.with("node", "")+"#h-list"
	default:
		c.Href = d.inRegion(&g.city)
	}
	c.Value, c.Title = d.value(&s)
	if s.Late > 0 && d.m.Measure != "overdue" {
		c.Late = d.short(s.Late)
	}
	return c
}

func (d *mapDrawing) selfCard() view.MapCard {
	var partners []report.MapNode
	side := "buyer"
	if len(d.alone["buyer"]) == 0 {
		side = "seller"
	}
	for _, n := range d.nodes {
		if n.Side == side {
			partners = append(partners, n)
		}
	}
	s := report.Summed(partners)
	s.Known = len(partners) > 0 && partners[0].Known
	s.Stock = d.m.Self.Stock
	c := view.MapCard{Href: d.with("node", ""), Name: d.m.Self.Name, Sub: d.t("map.you") + dotted(d.m.Self.City), Look: "self", Bar: -1, Current: d.chosen == 0}
	c.Value, c.Title = d.value(&s)
	return c
}
