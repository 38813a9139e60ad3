package site

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

// board puts the figures of a first page into words and pictures.
type board struct {
	*request
	d *report.Desk
}

// with is the address of the first page with one thing chosen otherwise; "" chooses what is chosen without a word.
func (r *request) with(name, value string) string {
	q := url.Values{}
	for _, k := range []string{"period", "currency", "orders"} {
		if v := r.Query(k); v != "" && k != name {
			q.Set(k, v)
		}
	}
	if value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

func (b board) short(m money.Minor) string { return i18n.ShortMoney(b.lang, b.d.Currency, m) }
func (b board) full(m money.Minor) string  { return i18n.Money(b.lang, b.d.Currency, m) }
func (b board) count(n int64) string       { return i18n.Count(b.lang, n) }

// percent is hundredths of a percent to one place.
func (b board) percent(bps int64) string {
	if bps < 0 {
		return "−" + b.percent(-bps)
	}
	return i18n.Percent(b.lang, (bps+5)/10*10)
}

// period says which days the figures are of.
func (b board) period() string { return b.between(b.d.Span.From, b.d.Span.To) }

func (b board) between(from, to clock.Date) string {
	return i18n.ShortDate(b.lang, from, to) + " – " + i18n.Date(b.lang, to)
}

func (b board) spans() (out []kit.Tab) {
	for _, name := range []string{report.Days30, report.Quarter, report.Year} {
		value := name
		if name == report.Spans[0] {
			value = ""
		}
		out = append(out, kit.Tab{Text: b.t("desk.span_" + name), Href: b.with("period", value), Current: b.d.Span.Name == name})
	}
	return out
}

// currencies is the switch where there is money in several.
func (b board) currencies() (out []kit.Tab) {
	if len(b.d.Others) == 0 {
		return nil
	}
	all := append([]string{b.d.Currency}, b.d.Others...)
	slices.Sort(all)
	for _, c := range all {
		out = append(out, kit.Tab{Text: c, Href: b.with("currency", c), Current: c == b.d.Currency})
	}
	return out
}

// export is the workbook that goes with the page.
func (b board) export() string {
	switch {
	case b.d.Page == "finance":
		return "payment-sheet"
	case b.d.Sold != nil:
		return "sales-by-day"
	case b.d.Page == "shop" && b.d.Money:
		return "purchases-by-supplier"
	case b.d.Page == "warehouse":
		return "stock"
	}
	return ""
}

// waitLooks says how each kind of work looks, where it leads, and how urgent it is.
var waitLooks = map[string]struct {
	tone, icon, href string
	rank             int
}{
	"hold":       {"bad", "alert-triangle", "/orders?side=seller&status=credit_hold", 1},
	"confirm":    {"warn", "clock", "/orders?side=seller&status=placed", 2},
	"due":        {"bad", "alert-triangle", "/invoices?side=buyer&status=to_pay&due_before=%today", 3},
	"terms":      {"warn", "arrows-exchange", "/partners?terms=1", 2},
	"match":      {"viol", "cash", "/payments?side=seller&status=reported", 4},
	"due_week":   {"warn", "clock", "/invoices?side=buyer&status=to_pay&due_before=%week", 5},
	"late":       {"bad", "alert-triangle", "/invoices?side=seller&status=unpaid&due_before=%today", 6},
	"ship":       {"info", "truck-delivery", "/orders?side=seller&status=confirmed,part_dispatched", 7},
	"receive":    {"info", "package", "/shipments?side=in&status=in_transit", 8},
	"invoice":    {"info", "file-invoice", "/orders?side=seller&status=delivered", 9},
	"difference": {"warn", "clipboard-list", "/shipments?side=out&status=received", 10},
	"take_back":  {"warn", "truck-return", "/shipments?side=out&status=received", 11},
	"claims":     {"warn", "coin", "/partners", 12},
	"low":        {"warn", "building-warehouse", "/stock", 13},
	"expiry":     {"warn", "box", "/warehouses", 14},
}

// waits is the strip on top: the most urgent first.
func (b board) waits() (out []view.Todo) {
	all := slices.Clone(b.d.Waits)
	slices.SortStableFunc(all, func(x, y report.Wait) int { return cmp.Compare(waitLooks[x.Kind].rank, waitLooks[y.Kind].rank) })
	for _, w := range all {
		look := waitLooks[w.Kind]
		sub := b.t("home.todo_" + w.Kind + "_sub")
		if w.Known && w.Amount != 0 {
			sub = b.short(w.Amount) + " · " + sub
		}
		if w.Link != 0 && w.N == 1 {
			look.href = "/partners/" + w.Link.String()
		}
		out = append(out, view.Todo{Tone: look.tone, Icon: look.icon, Title: b.t("home.todo_"+w.Kind, "n", b.count(w.N)), Sub: sub, Href: b.address(look.href)})
	}
	return out
}

// address fills dates in, and leads an agent to its own side.
func (b board) address(href string) string {
	if b.d.Page == "agent" {
		href = strings.ReplaceAll(href, "side=seller", "side=agent")
	}
	href = strings.ReplaceAll(href, "%today", string(b.today))
	return strings.ReplaceAll(href, "%week", string(b.today.AddDays(8)))
}

// change says how a figure stands to the days before: more is good (1), bad (-1), or neither (0).
func (b board) change(now, before money.Minor, good int) (delta, tone, note string) {
	note = b.t("desk.than", "days", b.between(b.d.Span.BeforeFrom, b.d.Span.Before))
	if before <= 0 {
		return "", "", b.period() // there is nothing to hold it against
	}
	n, ok := (money.Currency{Round: 1}).Share(now-before, 1000, int64(before))
	if !ok || n > 99_990 {
		return b.t("desk.many_times"), "", note
	}
	delta = b.percent(int64(n) * 10)
	if n >= 0 {
		delta = "+" + delta
	}
	switch {
	case n == 0 || good == 0:
	case (n > 0) == (good > 0):
		tone = "ok"
	default:
		tone = "bad"
	}
	return delta, tone, note
}

// flowFigure is a card of what was sold, or bought.
func (b board) flowFigure(key, fill string, f *report.Flow, good int) kit.Figure {
	delta, tone, note := b.change(f.Net, f.Before, good)
	label := b.t(key)
	return kit.Figure{Label: label, Value: b.short(f.Net), Title: b.full(f.Net), Delta: delta, Tone: tone, Note: note, Spark: bare(f.Bars), Fill: fill,
		Finding: b.t("desk.find_line", "what", label, "sum", b.short(f.Net), "period", b.period())}
}

// daysFigure is a card of a number of days; -1 is none that is known.
func (b board) daysFigure(key string, n int64, note string) kit.Figure {
	f := kit.Figure{Label: b.t(key), Value: b.t("desk.days", "n", b.count(n)), Note: note}
	if n < 0 {
		f.Value, f.Note = "–", b.t("desk.no_days")
	}
	return f
}

func (b board) moneyFigure(key string, m money.Minor, delta, tone, note, href string) kit.Figure {
	return kit.Figure{Label: b.t(key), Value: b.short(m), Title: b.full(m), Delta: delta, Tone: tone, Note: note, Href: href}
}

// bare are amounts as bare numbers, for pictures.
func bare(all []money.Minor) []int64 {
	out := make([]int64, len(all))
	for i, m := range all {
		out[i] = int64(m)
	}
	return out
}

// bucketLabel is what stands under a bar, and the whole of it.
func (b board) bucketLabel(x report.Bucket) (short, full string) {
	days := b.between(x.From, x.To)
	switch x.By {
	case "week":
		return i18n.ShortDate(b.lang, x.From, x.To), days
	case "month":
		return b.t("month." + b.count(int64(x.N))), days
	}
	return i18n.ShortDate(b.lang, x.From, x.To), i18n.Date(b.lang, x.From)
}

func query(s string) string { return url.QueryEscape(s) }
