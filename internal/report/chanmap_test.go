package report

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

const theChannel = 900

// charted stands the distributor in a channel of the producer, with two shops below it; a third shop belongs to another distributor.
func (w *world) charted() {
	w.insert("channel", map[string]any{"id": theChannel, "producer": producerA, "name": "Nusantara", "shape": "full", "tiers": "producer,distributor,retailer"})
	for org, tier := range map[id.ID]int{producerA: 1, dist: 2, producerB: 2, shopA: 3, shopB: 3} {
		w.insert("channel_member", map[string]any{"channel": theChannel, "org": org, "tier": tier})
	}
	for no, l := range map[int64][2]id.ID{901: {producerA, dist}, 902: {dist, shopA}, 903: {dist, shopB}, 904: {producerB, shopB}} {
		w.insert("link", map[string]any{"id": no, "channel": theChannel, "seller": l[0], "buyer": l[1], "active": true, "created_us": 1})
	}
}

func (w *world) chart(org id.ID, kind, role string, ask MapAsk) *Map {
	w.t.Helper()
	ask.Channel = theChannel
	m, err := w.s.Map(context.Background(), access.Actor{Org: org, Kind: kind, Role: role, Zone: "Asia/Jakarta"}, ask)
	if err != nil {
		w.t.Fatalf("%s %s: %v", kind, role, err)
	}
	return m
}

// effective says when what the journals brought took effect.
func (w *world) effective(days map[int64]clock.Date) {
	for seq, d := range days {
		at := d.Noon("Asia/Jakarta")
		w.exec("UPDATE entry SET effective_us = ? WHERE seq = ?", at, seq)
		w.exec("UPDATE journal SET effective_us = ? WHERE seq = ?", at, seq)
	}
}

// lent is a bill of shop A of 110 that falls due on 10 January; 50 of it is paid on 5 January, and the rest on 20 January.
func (w *world) lent() {
	w.invoice(11, 501, dist, shopA, 0, 0, "2026-01-02", "2026-01-10", line{61, 1000, 10000})
	w.payment(12, 701, "confirmed", map[int64][]any{501: {"invoice", 5000}})
	w.payment(13, 702, "confirmed", map[int64][]any{501: {"invoice", 6000}})
	w.claim(801, 11, dist, shopA, 11000, 11000)
	w.claim(801, 12, dist, shopA, -5000, 6000)
	w.claim(801, 13, dist, shopA, -6000, 0)
	w.insert("balance", map[string]any{"acct": 801, "posted": 0})
	w.exec("UPDATE invoice SET status = 'paid', settled = total WHERE id = 501")
	w.effective(map[int64]clock.Date{11: "2026-01-02", 12: "2026-01-05", 13: "2026-01-20"})
}

func TestAMapIsThatOfItsDay(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.lent()
	for _, x := range []struct {
		on                string
		sales, dues, late int64
	}{{"2026-01-01", 0, 0, 0}, {"2026-01-03", 10000, 11000, 0}, {"2026-01-06", 10000, 6000, 0}, {"2026-01-10", 10000, 6000, 0}, {"2026-01-11", 10000, 6000, 6000}, {"2026-01-21", 10000, 0, 0}, {"", 10000, 0, 0}} {
		m := w.chart(dist, "distributor", "owner", MapAsk{On: clock.Date(x.on), Currency: "USD"})
		n := m.Find(shopA)
		if n == nil || int64(n.Sales) != x.sales || int64(n.Dues) != x.dues || int64(n.Late) != x.late {
			t.Errorf("on %q: %+v, not %+v", x.on, n, x)
		}
		up := w.chart(shopA, "retailer", "owner", MapAsk{On: clock.Date(x.on), Currency: "USD"}).Find(dist)
		if up == nil || up.Side != "seller" || int64(up.Dues) != x.dues || int64(up.Late) != x.late || int64(up.Sales) != x.sales {
			t.Errorf("on %q from below: %+v, not %+v", x.on, up, x)
		}
	}
}

func TestAMapShowsOnesOwnLinksAlone(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.lent()
	said := func(m *Map) string {
		var out []string
		for _, n := range m.Partners {
			out = append(out, fmt.Sprintf("%s/%s", n.Code, n.Side))
		}
		return strings.Join(out, " ")
	}
	for _, x := range []struct {
		org        id.ID
		kind, want string
	}{{producerA, "producer", "D1/buyer"}, {dist, "distributor", "007/seller S1/buyer S2/buyer"}, {producerB, "producer", "S2/buyer 007/"},
		{shopA, "retailer", "D1/seller 007/"}, {shopB, "retailer", "D1/seller 035/seller 007/"}} {
		m := w.chart(x.org, x.kind, "owner", MapAsk{Currency: "USD"})
		got := said(m)
		if x.org == shopB { // neither has traded: by name
			got = strings.Replace(got, "035/seller D1/seller", "D1/seller 035/seller", 1)
		}
		if got != x.want {
			t.Errorf("%d sees %q, not %q", x.org, got, x.want)
		}
	}
	if _, err := w.s.Map(context.Background(), access.Actor{Org: carrier, Kind: "distributor", Role: "owner", Zone: "Asia/Jakarta"}, MapAsk{Channel: theChannel}); !errs.Is(err, errs.NotFound) {
		t.Errorf("a stranger is answered %v", err)
	}
	if _, err := w.s.Map(context.Background(), access.Actor{Org: dist, Kind: "distributor", Role: "warehouse", Zone: "Asia/Jakarta"}, MapAsk{Channel: theChannel}); !errs.Is(err, errs.Forbidden) {
		t.Errorf("the warehouse is answered %v", err)
	}
	m := w.chart(dist, "distributor", "marketing", MapAsk{On: "2026-01-11", Currency: "USD"})
	if n := m.Find(shopA); n == nil || n.Known || n.Sales != 0 || n.Dues != 0 || n.Late != 0 {
		t.Errorf("marketing sees %+v", n)
	}
}

func TestALinkThatEndedIsOnTheMapsOfBefore(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.exec("UPDATE link SET active = ? WHERE id = 902", false)
	w.exec("UPDATE link SET created_us = ? WHERE id = 903", clock.Date("2026-01-15").Noon("Asia/Jakarta"))
	w.insert("audit", map[string]any{"id": 1, "org": shopA, "doc": 902, "action": "link.changed", "at_us": clock.Date("2026-01-20").Noon("Asia/Jakarta"), "changes": `{"active":[true,false]}`})
	for on, want := range map[clock.Date][2]bool{"2026-01-10": {true, false}, "2026-01-16": {true, true}, "2026-01-20": {false, true}, "2026-01-19": {true, true}, "": {false, true}} {
		m := w.chart(dist, "distributor", "owner", MapAsk{On: on})
		if got := [2]bool{m.Find(shopA) != nil, m.Find(shopB) != nil}; got != want {
			t.Errorf("on %q: %v, not %v", on, got, want)
		}
	}
}

func TestWhereGoodsStoodBeforeAndAfterATransfer(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.insert("place", map[string]any{"id": 71, "org": dist, "name": "Gudang", "kind": "warehouse"})
	w.insert("place", map[string]any{"id": 72, "org": shopA, "name": "Toko", "kind": "warehouse"})
	for acct, place := range map[int64]int64{811: 71, 812: 72} {
		w.insert("account", map[string]any{"acct": acct, "book": 1, "unit": 1, "product": 61, "owner": dist, "place": place, "bearer": dist})
	}
	for _, e := range []struct{ acct, seq, amt, bal int64 }{{811, 21, 9000, 9000}, {811, 22, -4000, 5000}, {812, 22, 4000, 4000}} {
		w.insert("entry", map[string]any{"acct": e.acct, "seq": e.seq, "leg": 1, "amt": e.amt, "bal_after": e.bal})
	}
	w.insert("balance", map[string]any{"acct": 811, "posted": 5000})
	w.insert("balance", map[string]any{"acct": 812, "posted": 4000})
	w.journal(21, "lot.made", 1)
	w.journal(22, "stock.transferred", 1)
	w.effective(map[int64]clock.Date{21: "2026-01-02", 22: "2026-01-05"})
	for on, want := range map[clock.Date][2]string{"2026-01-04": {"9\u00a0kg", ""}, "2026-01-05": {"5\u00a0kg", "4\u00a0kg"}, "": {"5\u00a0kg", "4\u00a0kg"}, "2026-01-01": {"", ""}} {
		m := w.chart(dist, "distributor", "owner", MapAsk{On: on, Measure: "stock"})
		if got := [2]string{Words("en", m.Self.Stock), Words("en", m.Find(shopA).Stock)}; got != want {
			t.Errorf("on %q: %v, not %v", on, got, want)
		}
	}
}

// TestAMapOfTenThousandShops: as many questions as one of two, and two for those that are not drawn, none of whom has a figure: the
// sums are those of the map of all.
func TestAMapOfTenThousandShops(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.lent()
	var asked atomic.Int64
	count := func(*gorm.DB) { asked.Add(1) }
	c := w.d.R(context.Background()).Callback()
	if err := c.Query().After("gorm:query").Register("count:map", count); err != nil {
		t.Fatal(err)
	}
	if err := c.Row().After("gorm:row").Register("count:map", count); err != nil {
		t.Fatal(err)
	}
	look := func(all bool) (*Map, int64) {
		before := asked.Load()
		m := w.chart(dist, "distributor", "owner", MapAsk{Currency: "USD", All: all})
		return m, asked.Load() - before
	}
	_, few := look(false)
	const digit = "(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	const numbers = "(SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS i FROM " + digit + " a, " + digit + " b, " + digit + " c, " + digit + " d) n"
	w.copies("org", "id = ?", shopA, numbers, map[string]string{"id": "1000000 + n.i", "code": "CONCAT('M', n.i)", "city": "CONCAT('Kota ', n.i % 40)"})
	w.copies("channel_member", "org = ?", shopA, numbers, map[string]string{"org": "1000000 + n.i"})
	w.copies("link", "buyer = ?", shopA, numbers, map[string]string{"id": "2000000 + n.i", "buyer": "1000000 + n.i"})
	m, many := look(false)
	if drawn := int64(len(m.Partners)); drawn != MostDrawn+2 || drawn+m.Left != 10_003 || !m.More || many > few+2 {
		t.Errorf("%d partners and %d by %d questions, before by %d", drawn, m.Left, many, few)
	}
	if n := m.Find(shopA); n == nil || n.Sales != 10000 { // its link is older than those that are drawn
		t.Errorf("who has figures is %+v", n)
	}
	whole, many := look(true)
	if len(whole.Partners) != 10_003 || whole.Left != 0 || whole.More || many > few {
		t.Errorf("all are %d partners and %d by %d questions", len(whole.Partners), whole.Left, many)
	}
	if a, b := Summed(m.Partners), Summed(whole.Partners); a.Sales != b.Sales || a.Dues != b.Dues || a.Late != b.Late || a.Sales == 0 {
		t.Errorf("drawn are %+v, of all %+v", a, b)
	}
}

// copies makes a row for each number out of one.
func (w *world) copies(table, where string, arg any, numbers string, change map[string]string) {
	w.t.Helper()
	rows, err := w.d.ReadSQL().Query("SELECT * FROM " + table + " WHERE 1 = 0")
	if err != nil {
		w.t.Fatal(err)
	}
	cols, err := rows.Columns()
	rows.Close()
	if err != nil {
		w.t.Fatal(err)
	}
	from := make([]string, len(cols))
	for i, c := range cols {
		if from[i] = "x." + c; change[c] != "" {
			from[i] = change[c]
		}
	}
	w.exec("INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") SELECT "+strings.Join(from, ", ")+" FROM "+numbers+", (SELECT * FROM "+table+" WHERE "+where+" LIMIT 1) x", arg)
}
