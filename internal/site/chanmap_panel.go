package site

import (
	"strconv"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/partner"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

// panel says all about the chosen node, or about the reader itself.
func (p *mapPage) panel() view.MapPanel {
	n := p.m.Find(p.chosen)
	if n == nil {
		return p.selfPanel()
	}
	v := view.MapPanel{Title: n.Name, Sub: p.t("kind."+n.Kind) + " · " + n.Code + dotted(n.City) + p.tier(n.Tier), Chosen: true, Close: p.with("node", "")}
	if n.Link == 0 {
		v.Note = p.t("map.maker_note")
		return v
	}
	switch {
	case n.Waits:
		v.Pills = append(v.Pills, view.MapPill{Tone: "warn", Icon: "clock", Text: p.t("map.waits")})
	case n.Late > 0:
		v.Pills = append(v.Pills, view.MapPill{Tone: "bad", Icon: "alert-triangle", Text: p.t("map.overdue")})
	case n.Known && n.Silent(p.m.On):
		v.Pills = append(v.Pills, view.MapPill{Tone: "idle", Icon: "clock", Text: p.t("map.silent", "days", strconv.Itoa(report.SilentMap))})
	}
	p.nodeFacts(&v, n)
	p.nodeTerms(&v, n)
	p.nodeShared(&v, n)
	p.nodeLinks(&v, n)
	return v
}

func (p *mapPage) tier(n int64) string {
	if n == 0 {
		return ""
	}
	return " · " + p.t("channel.tier", "n", strconv.FormatInt(n, 10))
}

func (p *mapPage) nodeFacts(v *view.MapPanel, n *report.MapNode) {
	v.Facts = append(v.Facts, view.MapFact{Word: p.t("map.relation"), Value: p.t("map.is_" + n.Side)})
	if n.Agent != "" {
		v.Facts = append(v.Facts, view.MapFact{Word: p.t("partner.agent"), Value: n.Agent})
	}
	if n.Known && !kit.Of(p.ctx).Blind {
		last := ""
		if n.Last != "" {
			last = p.t("map.last", "on", i18n.ShortDate(p.lang, n.Last, p.today))
		}
		word := map[string]string{"buyer": "sold", "seller": "bought"}[n.Side]
		v.Facts = append(v.Facts, view.MapFact{Word: p.t("map.fig_" + word), Value: p.full(n.Sales), Note: p.spell()},
			view.MapFact{Word: p.t("map.dues_" + word), Value: p.full(n.Dues), Note: last}, view.MapFact{Word: p.t("map.fig_overdue"), Value: p.late(p.full, n.Late)})
	}
	if p.m.Goods && len(n.Stock) > 0 {
		v.Facts = append(v.Facts, view.MapFact{Word: p.t("map.stock_there"), Value: report.Words(p.lang, n.Stock), Note: p.t("map.stock_there_note")})
	}
}

func (p *mapPage) nodeTerms(v *view.MapPanel, n *report.MapNode) {
	if !p.m.Terms {
		return
	}
	if v.TermsHead = p.t("map.terms_on", "on", i18n.ShortDate(p.lang, p.m.On, p.today)); n.Terms == nil {
		v.Terms = []view.MapFact{{Word: p.t("map.terms"), Value: p.t("agreement.none")}}
		return
	}
	t := n.Terms
	limit := i18n.Money(p.lang, t.Currency, t.Limit)
	if t.Limit >= partner.NoLimit {
		limit = p.t("agreement.no_limit")
	}
	until := ""
	if t.Until != partner.Open {
		until = p.t("map.until", "on", i18n.Date(p.lang, t.Until))
	}
	v.Terms = []view.MapFact{{Word: p.t("order.terms"), Value: p.net(t), Note: p.t("agreement.edition") + " " + strconv.FormatInt(t.Edition, 10) + until},
		{Word: p.t("agreement.title_on"), Value: p.t("point." + t.TitleOn), Note: p.t("order.risk_passes", "point", p.t("point."+t.RiskOn))}}
	if !kit.Of(p.ctx).Blind {
		v.Terms = append(v.Terms, view.MapFact{Word: p.t("agreement.limit"), Value: limit})
	}
}

// net says when is to be paid.
func (p *mapPage) net(t *report.MapTerms) string {
	if t == nil {
		return ""
	}
	if t.Prepay {
		return p.t("agreement.prepay")
	}
	return p.t("order.net_days", "n", i18n.Count(p.lang, t.NetDays))
}

func (p *mapPage) nodeShared(v *view.MapPanel, n *report.MapNode) {
	x := n.Shared
	if x == nil {
		return
	}
	v.SharedHead = p.t("map.shared_" + p.m.Measure)
	if len(x.Goods) == 0 {
		v.Shared = []kit.Legend{{Text: p.t("map.shared_none")}}
	} else {
		when := i18n.ShortDate(p.lang, x.From, x.To) + " – " + i18n.Date(p.lang, x.To)
		if p.m.Measure == "stock" {
			when = i18n.Date(p.lang, x.To)
		}
		v.Shared = append(v.Shared, kit.Legend{Text: when, Value: report.Words(p.lang, x.Goods)})
	}
	for _, place := range x.Named() {
		v.Shared = append(v.Shared, kit.Legend{Fill: "3", Text: p.placeName(place.Name), Value: report.Words(p.lang, place.Goods)})
	}
	if rest, k := x.Rest(); k > 0 {
		v.Shared = append(v.Shared, kit.Legend{Fill: "c5", Text: p.t("map.other_places", "n", strconv.Itoa(k)), Value: report.Words(p.lang, rest.Goods)})
	}
	v.Links = append(v.Links, view.MapLink{Href: "/shared/" + x.Sharing.String(), Icon: "lock", Text: p.t("map.to_shared")})
}

func (p *mapPage) nodeLinks(v *view.MapPanel, n *report.MapNode) {
	side := map[string]string{"buyer": "seller", "seller": "buyer"}[n.Side]
	links := []view.MapLink{{Href: "/partners/" + n.Link.String(), Icon: "users-group", Text: p.t("map.to_partner")}}
	if p.can(access.Own, "order", "list") {
		links = append(links, view.MapLink{Href: "/orders?side=" + side + "&partner=" + n.Org.String(), Icon: "shopping-cart", Text: p.t("map.to_orders")})
	}
	if p.m.Goods {
		links = append(links, view.MapLink{Href: "/stock", Icon: "building-warehouse", Text: p.t("map.to_stock")})
	}
	v.Links = append(links, v.Links...)
}

func (p *mapPage) selfPanel() view.MapPanel {
	v := view.MapPanel{Title: p.m.Self.Name, Sub: p.t("map.you") + " · " + p.t("kind."+p.m.Self.Kind) + dotted(p.m.Self.City) + p.tier(p.m.Mine), Note: p.t("map.choose_node")}
	for _, side := range []struct{ side, word string }{{"buyer", "sold"}, {"seller", "bought"}} {
		var all []report.MapNode
		for _, n := range p.m.Partners {
			if n.Side == side.side {
				all = append(all, n)
			}
		}
		if len(all) == 0 || !all[0].Known || kit.Of(p.ctx).Blind {
			continue
		}
		s := report.Summed(all)
		v.Facts = append(v.Facts, view.MapFact{Word: p.t("map.fig_" + side.word), Value: p.full(s.Sales), Note: p.t("map.partners_"+side.word, "n", i18n.Count(p.lang, int64(len(all))))},
			view.MapFact{Word: p.t("map.fig_dues_" + side.word), Value: p.full(s.Dues)}, view.MapFact{Word: p.t("map.overdue_" + side.word), Value: p.late(p.full, s.Late)})
	}
	if p.m.Goods && !p.m.StockLeft {
		v.Facts = append(v.Facts, view.MapFact{Word: p.t("map.fig_stock_own"), Value: orNone(report.Words(p.lang, p.m.Self.Stock)), Note: p.t("map.stock_own_note")})
	}
	return v
}

func orNone(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// rows are the list, each side under its heading.
func (p *mapPage) rows(v *view.ChannelMap, some []report.MapNode) {
	side := "-"
	for i := range some {
		n := &some[i]
		row := view.MapRow{Href: p.with("node", n.Org.String()) + "#map-panel", Name: n.Name, Sub: p.t("kind."+n.Kind) + " · " + n.Code + dotted(n.City), Waits: n.Waits, Current: n.Org == p.chosen,
			Known: n.Known, Terms: p.net(n.Terms)}
		if n.Link == 0 {
			row.Terms = p.t("map.no_link")
		}
		if n.Side != side {
			side = n.Side
			row.Group = p.t("map.group_" + side)
		}
		if n.Known {
			row.Sales, row.Dues, row.Late, row.HasLate = p.full(n.Sales), p.full(n.Dues), p.late(p.full, n.Late), n.Late > 0
		}
		row.Stock = report.Words(p.lang, n.Stock)
		if n.Shared != nil && len(n.Shared.Goods) > 0 {
			row.Shared = p.t("map.row_shared_"+p.m.Measure, "goods", report.Words(p.lang, n.Shared.Goods))
		}
		v.Rows = append(v.Rows, row)
	}
	var known []report.MapNode
	for _, n := range p.shown() {
		if n.Side == "buyer" && n.Known {
			known = append(known, n)
		}
	}
	word := "sold"
	if len(known) == 0 {
		word = "bought"
		for _, n := range p.shown() {
			if n.Side == "seller" && n.Known {
				known = append(known, n)
			}
		}
	}
	s := report.Summed(known)
	v.Sum = view.MapRow{Name: p.t("map.sum_"+word, "n", i18n.Count(p.lang, int64(len(known)))), Sales: p.full(s.Sales), Dues: p.full(s.Dues), Late: p.late(p.full, s.Late)}
}
