package site

import (
	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

// reorderBlock are the goods that are nearly gone, with how many to order.
func (b board) reorderBlock() view.Block {
	if b.d.Cover == nil {
		return view.Block{}
	}
	var rows []view.DeskGoods
	for _, g := range b.d.Cover.Reorder {
		rows = append(rows, view.DeskGoods{Name: g.Name, SKU: g.SKU, Unit: g.Unit, Free: g.Free, Coming: g.Coming, More: g.Suggest, Days: g.Days, Href: "/orders/quick?tab=find&goods=" + query(g.SKU)})
	}
	sub := b.t("desk.reorder_sub", "low", b.count(report.LowDays), "cover", b.count(report.CoverDays), "pace", b.count(int64(b.d.Cover.Pace)))
	if len(rows) == 0 && b.d.Page == "wholesaler" {
		return view.Block{ID: "reorder", Title: b.t("desk.reorder"), Sub: b.enough(), Body: view.DeskLotsBody(nil)}
	}
	return listBlock("reorder", b.t("desk.reorder"), sub, len(rows), true, view.DeskReorderBody(rows, b.d.Page != "producer" && b.can(access.Buyer, "order", "place")))
}

// enough says why nothing is to be ordered: all lasts, or what does not is on its way.
func (b board) enough() string {
	if low := b.d.Cover.Low + b.d.Cover.Out; low > 0 {
		return b.t("desk.reorder_coming", "n", b.count(low))
	}
	return b.t("desk.reorder_none", "low", b.count(report.LowDays))
}

func (b board) marginBlock() view.Block {
	if b.d.Margin == nil {
		return view.Block{}
	}
	var rows []view.DeskGoods
	for _, g := range b.d.Margin.Goods {
		rows = append(rows, view.DeskGoods{Name: g.Name, SKU: g.SKU, Currency: b.d.Currency, Net: g.Net, Margin: g.Margin, Share: b.percent(g.Share)})
	}
	sub := b.t("desk.margin_sub", "days", b.marginDays())
	if b.d.Margin.Unknown > 0 {
		sub += " " + b.t("desk.margin_unknown", "n", b.count(b.d.Margin.Unknown))
	}
	return listBlock("margin", b.t("desk.margin_goods"), sub, len(rows), true, view.DeskMarginBody(rows))
}

func (b board) expiryBlock() view.Block {
	if b.d.Expiry == nil {
		return view.Block{}
	}
	var rows []view.DeskGoods
	for _, l := range b.d.Expiry.Near {
		rows = append(rows, view.DeskGoods{Name: l.Name, Unit: l.Unit, Free: l.Qty, Href: "/stock?q=" + query(l.Code),
			Text: b.t("desk.expires", "lot", l.Code, "on", i18n.Date(b.lang, l.ExpiresOn), "days", b.count(int64(l.ExpiresOn.Days(b.today))))})
	}
	return listBlock("expiry", b.t("desk.expiry"), b.t("desk.expiry_note", "days", b.count(report.ExpireDays)), len(rows), false, view.DeskLotsBody(rows))
}

// awayBlock are own goods that stand with others.
func (b board) awayBlock() view.Block {
	if b.d.Cover == nil {
		return view.Block{}
	}
	var rows []view.DeskGoods
	for _, g := range b.d.Cover.Away {
		rows = append(rows, view.DeskGoods{Name: g.Name, Unit: g.Unit, Free: g.Qty, Href: "/stock?by=owner&q=" + query(g.SKU), Text: b.t("desk.away_at", "n", b.count(g.Holders))})
	}
	return listBlock("away", b.t("desk.away"), b.t("desk.away_sub"), len(rows), false, view.DeskLotsBody(rows))
}

// oftenBlock are the usual goods, each a link that begins an order.
func (b board) oftenBlock() view.Block {
	var rows []view.DeskGoods
	for _, g := range b.d.Often {
		rows = append(rows, view.DeskGoods{Name: g.Name, Unit: g.Unit, Free: g.UnitQty, Href: "/m/order?seller=" + g.Seller.String() + "&buyer=" + b.a.Org.String() + "&tab=find&q=" + query(g.SKU),
			Text: b.t("desk.often_text", "n", b.count(g.Orders), "on", i18n.ShortDate(b.lang, g.Last, b.today))})
	}
	x := listBlock("often", b.t("desk.often"), b.t("desk.often_sub"), len(rows), false, view.DeskLotsBody(rows))
	if x.Body != nil {
		x.Href, x.LinkText = "/m/order", b.t("order.new")
	}
	return x
}

// roomsBlock is what may still be ordered from each seller.
func (b board) roomsBlock() view.Block {
	var rows []kit.Gauge
	for _, r := range b.d.Rooms {
		g := kit.Gauge{Text: r.Name, Fill: "1", Share: shareOf(r.Used+r.Held, r.Limit), Value: b.short(r.Left()), Title: b.full(r.Left())}
		switch {
		case r.Unlimited:
			g.Share, g.Value, g.Title = 0, b.t("desk.no_limit"), ""
		case g.Share >= 9500:
			g.Fill = "bad"
		case g.Share >= 8000:
			g.Fill = "2"
		}
		g.Finding = b.t("desk.find_room", "seller", r.Name, "used", b.percent(g.Share), "left", g.Value)
		rows = append(rows, g)
	}
	return listBlock("rooms", b.t("desk.rooms"), b.t("desk.rooms_sub"), len(rows), false, kit.Gauges(rows))
}

// silentBlock are those that have not ordered for a while.
func (b board) silentBlock() view.Block {
	s := b.d.Silence
	if s == nil || s.Buyers == 0 {
		return view.Block{}
	}
	var rows []view.DeskGoods
	for _, x := range s.Longest {
		text := b.t("desk.never")
		if x.Last != "" {
			text = b.t("desk.last_order", "on", i18n.ShortDate(b.lang, x.Last, b.today), "days", b.count(int64(b.today.Days(x.Last))))
		}
		if x.City != "" {
			text = x.City + " · " + text
		}
		g := view.DeskGoods{Name: x.Name, Text: text}
		if b.mayPlace() {
			g.Href = "/orders/quick?seller=" + x.Seller.String() + "&buyer=" + x.Buyer.String()
		}
		rows = append(rows, g)
	}
	sub := b.t("desk.silent_sub", "n", b.count(s.Silent), "all", b.count(s.Buyers), "days", b.count(report.SilentDays))
	if len(rows) == 0 {
		return view.Block{ID: "silent", Title: b.t("desk.silent"), Sub: b.t("desk.silent_none", "days", b.count(report.SilentDays)), Body: view.DeskLotsBody(nil)}
	}
	return listBlock("silent", b.t("desk.silent"), sub, len(rows), false, view.DeskLotsBody(rows))
}

// earnedBlock is commission by time.
func (b board) earnedBlock() view.Block {
	e := b.d.Earned
	if e == nil {
		return view.Block{}
	}
	chart := kit.Bars{Head: b.t("desk.time"), Short: func(v int64) string { return b.short(money.Minor(v)) }, Long: func(v int64) string { return b.full(money.Minor(v)) },
		Series: []kit.Series{{Name: b.t("desk.commission"), Fill: "1", Values: bare(e.Bars)}}}
	for _, k := range b.d.Span.Buckets {
		short, full := b.bucketLabel(k)
		chart.Labels, chart.Full = append(chart.Labels, short), append(chart.Full, full)
	}
	chart.Finding = b.t("desk.find_bars", "said", b.t("desk.commission")+" "+b.short(e.Amount), "period", b.period())
	return view.Block{ID: "earned", Title: b.t("desk.earned_chart"), Sub: b.period(), Href: "/commissions", LinkText: b.t("desk.see_all"), Body: kit.BarChart(chart)}
}
