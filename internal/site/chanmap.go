package site

import (
	"net/http"
	"net/url"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) mapRoutes(get, post route) {
	get("/map", s.firstMap)
	get("/channels/:id/map", s.channelMap)
	post("/channels/:id/map/export", s.exportMap)
}

// firstMap leads to the map of the first channel; who stands in none reads what a map would be.
func (s *Site) firstMap(r *request) error {
	p, err := s.Partner.ChannelPage(r.ctx, r.a, list.Query{Size: 1})
	if err != nil {
		return err
	}
	if len(p.Items) > 0 {
		to := "/channels/" + p.Items[0].ID.String() + "/map"
		if q := r.sought().Encode(); q != "" {
			to += "?" + q
		}
		return r.to(to, "")
	}
	return r.html(http.StatusOK, view.NoMapPage(r.shell(r.t("map.title"), "map"), r.a.Kind == "producer" && r.can(access.Own, "channel", "write")))
}

// mapPage is a map on its way to the page.
type mapPage struct {
	*request
	m      *report.Map
	q      url.Values
	region *string // shown alone
	chosen id.ID
}

func (s *Site) channelMap(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	q := r.sought()
	m, err := s.Report.Map(r.ctx, r.a, mapAsk(no, q))
	if err != nil {
		return err
	}
	p := &mapPage{request: r, m: m, q: q, chosen: ref(q.Get("node"))}
	if q.Has("region") {
		region := q.Get("region")
		p.region = &region
	}
	v := view.ChannelMap{ID: no.String(), Name: m.Name, Lead: r.t("map.lead_of", "name", m.Name, "on", i18n.Date(r.lang, m.On)), On: i18n.Date(r.lang, m.On), Today: m.Now(),
		Money: (m.Sells || m.Buys) && !kit.Of(r.ctx).Blind, Goods: m.Goods, Empty: !hasLinks(m), Left: m.Left, LateLeft: m.LateLeft, Export: r.a.Glass == 0 && r.can(access.Own, "export", "run")}
	p.controls(&v)
	if err := s.mapChannels(p, &v); err != nil {
		return err
	}
	if !v.Empty {
		if err := s.mapBody(p, &v); err != nil {
			return err
		}
	}
	sh := r.shell(r.t("map.title"), "map", r.crumb("nav.home", "/"), r.crumb("nav.channels", "/channels"), kit.Crumb{Text: m.Name, Href: "/channels/" + v.ID}, kit.Crumb{Text: r.t("map.title")})
	return r.html(http.StatusOK, view.ChannelMapPage(sh, v))
}

// mapAsk reads what an address asks for: what is no date is today.
func mapAsk(channel id.ID, q url.Values) report.MapAsk {
	ask := report.MapAsk{Channel: channel, Span: q.Get("period"), Currency: q.Get("currency"), Measure: q.Get("measure")}
	if d, err := clock.ParseDate(q.Get("on")); err == nil {
		ask.On = d
	}
	return ask
}

// hasLinks tells whether anybody is linked with the reader there.
func hasLinks(m *report.Map) bool {
	for i := range m.Partners {
		if m.Partners[i].Link != 0 {
			return true
		}
	}
	return false
}

// with is the address of the map with other parameters; "" takes one off.
func (p *mapPage) with(pairs ...string) string {
	q := url.Values{}
	for _, k := range []string{"on", "period", "currency", "measure", "region", "node"} {
		if p.q.Has(k) && (p.q.Get(k) != "" || k == "region") {
			q.Set(k, p.q.Get(k))
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return p.address(q)
}

func (p *mapPage) address(q url.Values) string {
	at := "/channels/" + p.m.Channel.String() + "/map"
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return at
}

// inRegion is the address of the map of one region; nil of all.
func (p *mapPage) inRegion(region *string) string {
	u, _ := url.Parse(p.with("node", "", "region", ""))
	q := u.Query()
	if region != nil {
		q.Set("region", *region)
	}
	return p.address(q)
}

// controls are the day, the span, the measure.
func (p *mapPage) controls(v *view.ChannelMap) {
	var spans []kit.Option
	for _, name := range report.Spans {
		spans = append(spans, kit.Option{Value: name, Label: p.t("desk.span_" + name)})
	}
	v.Fields = []kit.Field{{Name: "on", Label: p.t("map.on"), Type: "date", Value: string(p.m.On)}, {Name: "period", Label: p.t("map.period"), Value: p.m.Span.Name, Options: spans}}
	for _, k := range []string{"measure", "currency"} {
		if p.q.Get(k) != "" {
			v.Keep = append(v.Keep, [2]string{k, p.q.Get(k)})
		}
	}
	for _, name := range report.Measures {
		if (name == "stock" && !p.m.Goods) || (name != "stock" && !v.Money) {
			continue
		}
		v.Measures = append(v.Measures, kit.Tab{Text: p.t("map.by_" + name), Href: p.with("measure", name), Current: p.m.Measure == name})
	}
	if len(p.m.Others) > 0 && v.Money {
		for _, c := range append([]string{p.m.Currency}, p.m.Others...) {
			v.CurrencyTabs = append(v.CurrencyTabs, kit.Tab{Text: c, Href: p.with("currency", c), Current: c == p.m.Currency})
		}
	}
	v.Filter = [][2]string{{"on", string(p.m.On)}, {"period", p.m.Span.Name}, {"currency", p.m.Currency}, {"measure", p.m.Measure}}
	if p.region != nil {
		v.Region, v.AllHref = p.regionName(*p.region), p.inRegion(nil)
	}
}

func (p *mapPage) regionName(city string) string {
	if city == "" {
		return p.t("map.no_region")
	}
	return city
}

// mapChannels are the channels in which the reader stands, where they are few: tabs.
func (s *Site) mapChannels(p *mapPage, v *view.ChannelMap) error {
	all, err := s.Partner.ChannelPage(p.ctx, p.a, list.Query{Size: 8})
	for _, c := range all.Items {
		v.Channels = append(v.Channels, kit.Tab{Text: c.Name, Href: "/channels/" + c.ID.String() + "/map", Current: c.ID == p.m.Channel})
	}
	return err
}

// shown are the partners of the region that is chosen, or all of them.
func (p *mapPage) shown() []report.MapNode {
	if p.region == nil {
		return p.m.Partners
	}
	var out []report.MapNode
	for _, n := range p.m.Partners {
		if n.City == *p.region || n.Side == "seller" {
			out = append(out, n)
		}
	}
	return out
}

// mapBody fills the picture, the panel and the list; terms are read of what is shown.
func (s *Site) mapBody(p *mapPage, v *view.ChannelMap) error {
	d := mapDrawing{mapPage: p, nodes: p.shown()}
	d.layout()
	rows, next := d.page()
	some := d.cards()
	for i := range rows {
		some = append(some, &rows[i])
	}
	if n := p.m.Find(p.chosen); n != nil {
		some = append(some, n)
	}
	if err := s.Report.Agreed(p.ctx, p.a, p.m, some); err != nil {
		return err
	}
	d.picture(v)
	p.figures(v)
	v.Panel = p.panel()
	p.rows(v, rows)
	v.Next, v.First = p.pages(next)
	v.Hidden = p.hidden()
	return nil
}

// hidden names the tiers of the channel of which the reader sees nobody.
func (p *mapPage) hidden() (out []string) {
	if p.m.More { // somebody of it may be among those that are not drawn
		return nil
	}
	there := map[int64]bool{p.m.Mine: true}
	for i := range p.m.Partners {
		there[p.m.Partners[i].Tier] = true
	}
	for i, kind := range p.m.Tiers {
		if n := int64(i) + 1; !there[n] {
			out = append(out, p.t("map.tier_unseen", "n", strconv.FormatInt(n, 10), "kind", p.t("kind."+kind)))
		}
	}
	return out
}

// figures are the sums of what is linked with the reader: of what it sells, or, who sells nothing there, of what it buys.
func (p *mapPage) figures(v *view.ChannelMap) {
	var sold, bought []report.MapNode
	for _, n := range p.shown() {
		switch n.Side {
		case "buyer":
			sold = append(sold, n)
		case "seller":
			bought = append(bought, n)
		}
	}
	side, all, known := "sold", sold, p.m.Sells
	if len(sold) == 0 {
		side, all, known = "bought", bought, p.m.Buys
	}
	sum := report.Summed(all)
	add := func(label, measure, value, title, note string) {
		v.Figures = append(v.Figures, kit.Figure{Label: p.t(label), Value: value, Title: title, Note: note, Href: p.with("measure", measure, "node", "")})
	}
	n := p.t("map.partners_"+side, "n", i18n.Count(p.lang, int64(len(all))+p.left(all)))
	if known && v.Money {
		add("map.fig_"+side, "sales", p.short(sum.Sales), p.full(sum.Sales), p.spell())
		add("map.fig_dues_"+side, "dues", p.short(sum.Dues), p.full(sum.Dues), n)
		late := 0
		for i := range all {
			if all[i].Late > 0 {
				late++
			}
		}
		add("map.fig_overdue", "overdue", p.late(p.short, sum.Late), p.late(p.full, sum.Late), p.t("map.partners_late", "n", i18n.Count(p.lang, int64(late))))
	}
	if p.m.StockLeft {
		v.Figures = append(v.Figures, kit.Figure{Label: p.t("map.fig_stock_there"), Value: "–", Note: p.t("map.stock_left"), Href: p.with("measure", "stock", "node", "")})
	} else if p.m.Goods {
		stock, label := sum.Stock, "map.fig_stock_there"
		if side == "bought" {
			stock, label = p.m.Self.Stock, "map.fig_stock_own"
		}
		value := report.Words(p.lang, firstGoods(stock))
		if value == "" {
			value = "0"
		}
		add(label, "stock", value, report.Words(p.lang, stock), p.t("map.stock_note", "on", i18n.ShortDate(p.lang, p.m.On, p.today)))
	}
}

// left is how many partners of a side are not drawn, where the map is of all regions: they are on the side of most.
func (p *mapPage) left(all []report.MapNode) int64 {
	if p.region != nil || len(all) == 0 || 2*len(all) < len(p.m.Partners) {
		return 0
	}
	return p.m.Left
}

func firstGoods(all []report.Goods) []report.Goods { return all[:min(len(all), 1)] }

func (p *mapPage) short(v money.Minor) string { return i18n.ShortMoney(p.lang, p.m.Currency, v) }
func (p *mapPage) full(v money.Minor) string  { return i18n.Money(p.lang, p.m.Currency, v) }

// late says an amount that was late, where it was worked out.
func (p *mapPage) late(say func(money.Minor) string, v money.Minor) string {
	if p.m.LateLeft {
		return "–"
	}
	return say(v)
}

// spell says which days sales are of.
func (p *mapPage) spell() string {
	return i18n.ShortDate(p.lang, p.m.Span.From, p.m.Span.To) + " – " + i18n.Date(p.lang, p.m.Span.To)
}

func (s *Site) exportMap(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.Partner.Channel(r.ctx, r.a, no); err != nil {
		return err
	}
	f := r.reader()
	filter := map[string]string{"channel": no.String(), "on": string(f.date("on")), "period": f.text("period"), "currency": f.text("currency"), "measure": f.text("measure")}
	if err := f.err(); err != nil {
		return err
	}
	code := ""
	if org, err := s.Partner.Org(r.ctx, r.a, r.a.Org); err == nil {
		code = org.Code
	}
	if _, err := s.Jobs.ExportList(r.ctx, r.a, code, "channel-map", filter, r.lang, r.auditKey()); err != nil {
		return err
	}
	return r.to("/exports", "list.exported")
}
