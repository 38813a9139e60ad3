package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/policies"
)

// atDesk gives a world rights and a day.
func (w *world) atDesk(today clock.Date) {
	gate, err := access.New(policies.Model, policies.Grants)
	if err != nil {
		w.t.Fatal(err)
	}
	w.s.Gate, w.s.Clock = gate, clock.NewFixed(today.Noon("Asia/Jakarta"))
}

func (w *world) desk(org id.ID, kind, role string, ask DeskAsk) *Desk {
	w.t.Helper()
	d, err := w.s.Desk(context.Background(), access.Actor{Org: org, Kind: kind, Role: role, Zone: "Asia/Jakarta"}, ask)
	if err != nil {
		w.t.Fatalf("%s %s: %v", kind, role, err)
	}
	return d
}

// settled says of the invoices of debts what the books say of them.
func (w *world) settle() {
	for no, settled := range map[int64]int64{401: 5100, 402: 22000, 403: -1100, 404: -2200} {
		w.exec("UPDATE invoice SET settled = ?, status = CASE WHEN total = ? THEN 'paid' ELSE 'part' END WHERE id = ?", settled, settled, no)
	}
	w.exec("UPDATE invoice SET status = 'open' WHERE status = ''")
}

func TestSpans(t *testing.T) {
	for _, x := range []struct {
		name, today, from, beforeFrom, before string
		bars                                  int
		by                                    string
	}{
		{Quarter, "2026-11-22", "2026-10-01", "2026-07-01", "2026-08-22", 8, "week"},
		{"nonsense", "2026-10-01", "2026-10-01", "2026-07-01", "2026-07-01", 1, "day"},
		{Quarter, "2026-12-31", "2026-10-01", "2026-07-01", "2026-09-30", 14, "week"},
		{Quarter, "2026-05-31", "2026-04-01", "2026-01-01", "2026-03-02", 9, "week"},
		{Quarter, "2026-06-30", "2026-04-01", "2026-01-01", "2026-03-31", 14, "week"}, // a quarter of 90 days before one of 91
		{Days30, "2026-03-01", "2026-01-31", "2026-01-01", "2026-01-30", 5, "week"},
		{Year, "2024-02-29", "2024-01-01", "2023-01-01", "2023-02-28", 9, "week"},
		{Year, "2026-11-22", "2026-01-01", "2025-01-01", "2025-11-22", 11, "month"},
	} {
		s := SpanOf(x.name, clock.Date(x.today))
		got := fmt.Sprint(s.From, s.To, s.BeforeFrom, s.Before, len(s.Buckets), s.Buckets[0].By)
		if want := fmt.Sprint(x.from, x.today, x.beforeFrom, x.before, x.bars, x.by); got != want {
			t.Errorf("%s on %s: %s, not %s", x.name, x.today, got, want)
		}
		day := s.From
		for i, b := range s.Buckets { // without a gap, and nothing beyond the ends
			if b.From != day || b.To < b.From || s.bucket(b.From) != i || s.bucket(b.To) != i {
				t.Errorf("%s: bar %d is %+v", x.name, i, b)
			}
			day = b.To.AddDays(1)
		}
		if day != s.To.AddDays(1) || s.bucket(s.From.AddDays(-1)) != -1 || s.bucket(day) != -1 || s.Before >= s.From {
			t.Errorf("%s ends on %s", x.name, day)
		}
	}
}

// TestTheDeskSaysWhatTheReportsSay: sold, bought, owed to and owed by are the sums of the workbooks of the same days.
func TestTheDeskSaysWhatTheReportsSay(t *testing.T) {
	w := newWorld(t)
	w.sales()
	w.order(301, producerA, dist)
	w.settle()
	w.atDesk("2026-04-10")
	total := func(a Ask, column int) int64 {
		_, sum := w.write(a)
		return sum.Totals[column].V
	}
	for _, span := range Spans {
		d := w.desk(dist, "distributor", "finance", DeskAsk{Span: span})
		period := Ask{Org: dist, From: d.Span.From, To: d.Span.To, Currency: "USD", Report: "sales-by-day"}
		before := period
		before.From, before.To = d.Span.BeforeFrom, d.Span.Before
		if got, was := total(period, 2), total(before, 2); int64(d.Sold.Net) != got || int64(d.Sold.Before) != was {
			t.Errorf("%s: sold %d and %d before; the reports have %d and %d", span, d.Sold.Net, d.Sold.Before, got, was)
		}
		var bars money.Minor
		for _, b := range d.Sold.Bars {
			bars += b
		}
		if bars != d.Sold.Net {
			t.Errorf("%s: the bars are %d of %d", span, bars, d.Sold.Net)
		}
		period.Report = "purchases-by-supplier"
		if got := total(period, 2); int64(d.Bought.Net) != got {
			t.Errorf("%s: bought %d, the report has %d", span, d.Bought.Net, got)
		}
	}
	d := w.desk(dist, "distributor", "finance", DeskAsk{})
	all := Ask{Org: dist, Currency: "USD", To: "2026-04-10", Report: "receivables"}
	_, sum := w.write(all)
	var ages []int64
	for _, x := range sum.Totals {
		ages = append(ages, x.V)
	}
	o := d.Owed
	if got := []int64{int64(o.Later + o.Week), int64(o.To14 + o.To30), int64(o.To60), int64(o.To90), int64(o.Beyond), int64(o.Total)}; fmt.Sprint(got) != fmt.Sprint(ages) {
		t.Errorf("ageing %v, the report has %v", got, ages)
	}
	if o.Late != o.Total-o.Later-o.Week || o.LateBills != 3 || o.LatePartners != 2 || len(d.Late) != 3 || d.Late[0].DueOn > d.Late[1].DueOn {
		t.Errorf("late %+v: %+v", o, d.Late)
	}
	if d.Owing.Total != 2200 || d.Owing.Late != 2200 || len(d.Due) != 1 {
		t.Errorf("owing %+v, due %+v", d.Owing, d.Due)
	}
}

// TestDebtsAtTheDesk: parts, credit notes, a payment that bounced and a credit note without an invoice come out as in the payment sheet.
func TestDebtsAtTheDesk(t *testing.T) {
	w := newWorld(t)
	w.debts()
	w.settle()
	w.atDesk("2026-04-02")
	d := w.desk(dist, "distributor", "owner", DeskAsk{})
	if d.Owing.Total != 10300 || d.Owing.Late != 5900-1100 || d.Owing.Week != 5500 || d.Owing.LateBills != 1 || d.Owing.WeekBills != 1 {
		t.Errorf("%+v", d.Owing)
	}
	for org, want := range map[id.ID]money.Minor{producerA: 5900, producerB: 4400} {
		_, sum := w.write(Ask{Org: org, Currency: "USD", To: "2026-04-02", Report: "receivables"})
		o := w.desk(org, "producer", "sales", DeskAsk{}).Owed
		if o.Total != want || int64(o.Total) != sum.Totals[len(sum.Totals)-1].V {
			t.Errorf("%d is owed %d; the report has %+v", org, o.Total, sum.Totals)
		}
	}
	if w.desk(producerA, "producer", "sales", DeskAsk{Currency: "IDR"}).Owed.Total != 0 {
		t.Error("another currency has other money")
	}
	if _, err := w.s.Desk(context.Background(), access.Actor{Org: dist, Kind: "distributor", Role: "owner", Zone: "Asia/Jakarta"}, DeskAsk{Currency: "XXX"}); err == nil {
		t.Error("a currency that is none")
	}
}

// TestGoodsAtTheDesk: how long stock lasts, what to order, what was earned, and what expires are worked out exactly.
func TestGoodsAtTheDesk(t *testing.T) {
	w := newWorld(t)
	w.sales()
	w.settle()
	w.atDesk("2026-03-10")
	w.insert("stock", map[string]any{"seller": dist, "product": 61, "sellable": 2000, "held": 1000})
	w.order(401, producerB, dist)
	w.exec("UPDATE orders SET kind = 'sale', status = 'confirmed' WHERE id = 401")
	w.insert("order_line", map[string]any{"order_id": 401, "line": 1, "product": 62, "unit": "pcs", "qty": 10000, "dir": 1})
	w.insert("order_line", map[string]any{"order_id": 401, "line": 2, "product": 61, "unit": "kg", "qty": 5000, "dir": -1}) // comes back: not on its way
	d := w.desk(dist, "wholesaler", "owner", DeskAsk{Span: Days30})
	// by 10 March, in ten days: 3.5 of 61 for 1400, 13 of 62 for 3901; 1 of 61 is free, 10 of 62 come
	c := d.Cover
	if c.Pace != 10 || c.Goods != 2 || c.Out != 1 || c.Low != 1 || c.Days != 1 { // 400 of 5301 stand, for ten days
		t.Errorf("%+v", c)
	}
	want := []Short{{62, "200", "Arabika", "pcs", 0, 10 * qty.Scale, 0, 18 * qty.Scale}, {61, "0100", "Robusta", "kg", qty.Scale, 0, 3, 7 * qty.Scale}}
	if fmt.Sprint(c.Reorder) != fmt.Sprint(want) {
		t.Errorf("reorder %+v, not %+v", c.Reorder, want)
	}
	// 9 of 61 were bought for 2000: 3.5 cost 778; nothing is known of 62
	if m := d.Margin; m.Net != 1400 || m.Cost != 778 || m.Share != 4443 || m.Unknown != 1 || len(m.Goods) != 1 || m.Goods[0].Margin != 622 {
		t.Errorf("%+v", m)
	}
	if d.Silence == nil || d.Fill != nil {
		t.Error("a wholesaler hears of silent buyers")
	}
}

// TestWhoSeesWhatAtTheDesk: the money goes to those who may see it, of the side on which they may, and the operator sees no trade.
func TestWhoSeesWhatAtTheDesk(t *testing.T) {
	w := newWorld(t)
	w.sales()
	w.settle()
	w.atDesk("2026-04-10")
	for role, want := range map[string]string{
		"owner": "sold bought owed owing late cover expiry fill", "finance": "sold bought owed owing late calendar", "sales": "sold owed late cover expiry fill",
		"purchasing": "bought owing cover expiry fill", "viewer": "sold bought owed owing late cover expiry fill", "warehouse": "cover expiry fill",
		"service": "", "marketing": "fill",
	} {
		d := w.desk(dist, "distributor", role, DeskAsk{})
		var got []string
		for _, x := range []struct {
			name  string
			there bool
		}{{"sold", d.Sold != nil}, {"bought", d.Bought != nil}, {"owed", d.Owed != nil}, {"owing", d.Owing != nil}, {"late", len(d.Late) > 0}, {"calendar", d.Calendar != nil},
			{"cover", d.Cover != nil}, {"expiry", d.Expiry != nil}, {"fill", d.Fill != nil}} {
			if x.there {
				got = append(got, x.name)
			}
		}
		if role == "service" { // it helps after the sale: what it may see beside orders is the goods
			want = "cover expiry fill"
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s sees %s, not %s", role, strings.Join(got, " "), want)
		}
		if !d.Money && (d.Sold != nil || d.Bought != nil || d.Owed != nil || d.Owing != nil || d.Limits != nil || d.Rooms != nil || d.Cash != nil || d.Margin != nil) {
			t.Errorf("%s sees money", role)
		}
	}
	d := w.desk(shopA, "retailer", "owner", DeskAsk{})
	if d.Page != "shop" || d.Bought == nil || d.Bought.Net != 0 || d.Owing.Total != 2300+230+440-470 && d.Owing.Total == 0 {
		t.Errorf("the shop: %+v %+v", d.Bought, d.Owing)
	}
	for _, x := range []struct{ kind, role string }{{"operator", "operator"}} {
		if d := w.desk(dist, x.kind, x.role, DeskAsk{}); d.Currency != "" || d.Money || len(d.Waits) != 0 || d.Sold != nil {
			t.Errorf("%s sees %+v", x.role, d)
		}
	}
	if d := w.desk(carrier, "carrier", "owner", DeskAsk{}); d.Sold != nil || d.Owed != nil {
		t.Errorf("a carrier sees %+v", d)
	}
}

// TestAnAgentReleasesNothing: an order on credit hold waits for its seller, and the agent between is not told to release it.
func TestAnAgentReleasesNothing(t *testing.T) {
	w := newWorld(t)
	w.insert("orders", map[string]any{"id": 190, "number": "PO-190", "seller": producerA, "buyer": dist, "agent": carrier, "currency": "USD", "status": "credit_hold", "kind": "sale", "ordered_on": "2026-04-01"})
	w.insert("orders", map[string]any{"id": 191, "number": "PO-191", "seller": producerA, "buyer": dist, "agent": carrier, "currency": "USD", "status": "placed", "kind": "sale", "ordered_on": "2026-04-01"})
	w.atDesk("2026-04-10")
	told := func(org id.ID, kind string) (out []string) {
		for _, x := range w.desk(org, kind, "owner", DeskAsk{Currency: "USD"}).Waits {
			if x.Kind == "hold" || x.Kind == "confirm" {
				out = append(out, x.Kind)
			}
		}
		slices.Sort(out)
		return out
	}
	if got := told(producerA, "producer"); !slices.Equal(got, []string{"confirm", "hold"}) {
		t.Errorf("the seller is told %v", got)
	}
	if got := told(carrier, "agent"); !slices.Equal(got, []string{"confirm"}) {
		t.Errorf("the agent is told %v", got)
	}
}

// TestADeskAsksAsMuchWhateverStandsBehindIt counts the questions of every page, with little and with much.
func TestADeskAsksAsMuchWhateverStandsBehindIt(t *testing.T) {
	w := newWorld(t)
	w.sales()
	w.settle()
	w.atDesk("2026-04-10")
	n := 0
	count := func(*gorm.DB) { n++ }
	c := w.d.R(context.Background()).Callback()
	for _, err := range []error{c.Query().Before("gorm:query").Register("count:query", count), c.Row().Before("gorm:row").Register("count:row", count)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	type page struct {
		org        id.ID
		kind, role string
	}
	pages := []page{{producerA, "producer", "owner"}, {dist, "distributor", "owner"}, {dist, "wholesaler", "owner"}, {dist, "distributor", "finance"}, {dist, "distributor", "warehouse"},
		{dist, "agent", "owner"}, {shopA, "retailer", "owner"}, {dist, "retailer", "owner"}, {carrier, "carrier", "owner"}, {dist, "producer", "viewer"}}
	measure := func() (out []int) {
		for _, p := range pages {
			n = 0
			began := time.Now()
			w.desk(p.org, p.kind, p.role, DeskAsk{Span: Year})
			t.Logf("%-11s %-9s %2d questions, %v", p.kind, p.role, n, time.Since(began).Round(time.Millisecond/10))
			out = append(out, n)
		}
		return out
	}
	few := measure()
	for i := range int64(300) {
		w.invoice(100+i, 1000+i, dist, []id.ID{shopA, shopB}[i%2], 101, 0, fmt.Sprintf("2026-%02d-%02d", 1+i%3, 1+i%28), "2026-03-31", line{61 + i%2, 1000, 1000}, line{61, 10, 10})
		w.invoice(500+i, 5000+i, producerA, dist, 105, 0, "2026-03-05", "2026-03-20", line{61, 1000, 500})
	}
	w.settle()
	many := measure()
	for i, p := range pages {
		if many[i] > few[i]+2 || many[i] > 26 { // one that is asked only where something goes, of goods and of what they cost
			t.Errorf("%+v: %d questions, and %d with more behind them", p, few[i], many[i])
		}
	}
}
