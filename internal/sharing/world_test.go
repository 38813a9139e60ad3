package sharing_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/sharing"
	"saluran/policies"
)

const (
	maker, rival, dist, other id.ID = 11, 12, 20, 21
	shop0                     id.ID = 31 // and those after it
	counter                   id.ID = 90 // the nameless customer of a shop
	robusta, arabika, foreign id.ID = 61, 62, 63
	zone                            = "Asia/Jakarta"
	today                           = clock.Date("2026-03-18") // a Wednesday
)

// world is a producer, its distributor and eight shops, with a rival beside each; trade is written as the ledger would file it.
type world struct {
	t     *testing.T
	d     *db.DB
	s     *sharing.Service
	gate  *access.Gate
	clock *clock.Fixed
	next  int64
}

func newWorld(t *testing.T) *world {
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	w := &world{t: t, d: dbtest.New(t), gate: gate, clock: clock.NewFixed(today.Noon(zone)), next: 5000}
	w.s = sharing.New(w.d, w.clock, gate)
	org := func(no id.ID, kind, city string, nameless bool) {
		w.insert("org", map[string]any{"id": no, "code": "C" + no.String(), "kind": kind, "name": kind + " " + no.String(), "currency": "IDR", "zone": zone, "city": city,
			"active": true, "nameless": nameless})
	}
	org(maker, "producer", "Malang", false)
	org(rival, "producer", "Batu", false)
	org(dist, "distributor", "Surabaya", false)
	org(other, "distributor", "Kediri", false)
	for i := range id.ID(8) {
		org(shop0+i, "retailer", []string{"Surabaya", "Gresik", "Tuban"}[i%3], false)
	}
	org(counter, "consumer", "", true)
	for no, producer := range map[id.ID]id.ID{robusta: maker, arabika: maker, foreign: rival} {
		w.insert("product", map[string]any{"id": no, "producer": producer, "sku": "P" + no.String(), "name": "Goods " + no.String(), "kind": "goods", "base_unit": "pcs", "active": true})
	}
	w.insert("channel", map[string]any{"id": 100, "producer": maker, "name": "Java", "shape": "free", "tiers": "producer,distributor,retailer"})
	w.insert("channel", map[string]any{"id": 101, "producer": rival, "name": "Other", "shape": "free", "tiers": "producer,distributor"})
	w.link(maker, dist, 100)
	w.link(rival, other, 101)
	for i := range id.ID(8) {
		w.link(dist, shop0+i, 100)
	}
	return w
}

func (w *world) id() int64 { w.next++; return w.next }

func (w *world) link(seller, buyer, channel id.ID) {
	w.insert("link", map[string]any{"id": w.id(), "channel": channel, "seller": seller, "buyer": buyer, "active": true})
	w.exec("DELETE FROM channel_member WHERE channel = ? AND org = ?", channel, buyer)
	w.insert("channel_member", map[string]any{"channel": channel, "org": buyer, "tier": 2})
}

func (w *world) exec(q string, args ...any) {
	w.t.Helper()
	require.NoError(w.t, w.d.InFreshTx(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(q, args...); return err }), q)
}

// insert fills a row: columns that are not named are 0 or empty.
func (w *world) insert(table string, v map[string]any) {
	w.t.Helper()
	rows, err := w.d.ReadSQL().Query("SELECT * FROM " + table + " WHERE 1 = 0")
	require.NoError(w.t, err)
	types, err := rows.ColumnTypes()
	rows.Close()
	require.NoError(w.t, err)
	var cols, marks []string
	var args []any
	for _, c := range types {
		val, ok := v[c.Name()]
		if !ok {
			val = 0
			if n := c.DatabaseTypeName(); strings.Contains(n, "CHAR") || strings.Contains(n, "TEXT") || strings.Contains(n, "BLOB") || strings.Contains(n, "BINARY") {
				val = ""
			}
			if c.Name() == "client_key" || c.Name() == "reverses" || c.Name() == "request_hash" {
				val = nil
			}
		}
		cols, marks, args = append(cols, c.Name()), append(marks, "?"), append(args, val)
	}
	w.exec("INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", args...)
}

// sells files an order of one line with its invoice.
func (w *world) sells(seller, buyer, product id.ID, on clock.Date, units int64) {
	order, invoice := w.id(), w.id()
	w.insert("orders", map[string]any{"id": order, "number": fmt.Sprint("PO-", order), "kind": "sale", "seller": seller, "buyer": buyer, "currency": "IDR", "status": "paid",
		"ordered_on": on, "ship_from": 700 + int64(seller)})
	w.insert("order_line", map[string]any{"order_id": order, "line": 1, "product": product, "qty": units * 1000, "delivered": units * 1000, "dir": 1})
	w.insert("invoice", map[string]any{"id": invoice, "number": fmt.Sprint("INV-", invoice), "kind": "invoice", "order_id": order, "seller": seller, "buyer": buyer,
		"currency": "IDR", "issued_on": on, "due_on": on})
	w.insert("invoice_line", map[string]any{"invoice_id": invoice, "n": 1, "order_id": order, "order_line": 1, "product": product, "qty": units * 1000})
}

// stands puts goods at a place of an organisation at the end of a day.
func (w *world) stands(org, place, product id.ID, on clock.Date, units int64) {
	seq := w.id()
	var there int
	require.NoError(w.t, w.d.ReadSQL().QueryRow("SELECT COUNT(*) FROM place WHERE id = ?", place).Scan(&there))
	if there == 0 {
		w.insert("place", map[string]any{"id": place, "org": org, "kind": "warehouse", "name": "W" + place.String(), "active": true})
	}
	acct := int64(place)*1000 + int64(product)
	require.NoError(w.t, w.d.ReadSQL().QueryRow("SELECT COUNT(*) FROM account WHERE acct = ?", acct).Scan(&there))
	if there == 0 {
		w.insert("account", map[string]any{"acct": acct, "book": 1, "unit": product, "product": product, "owner": org, "place": place, "bearer": org, "seller": org})
	}
	w.insert("journal", map[string]any{"seq": seq, "kind": "x", "event_key": fmt.Sprint("e", seq), "recorded_us": on.Noon(zone), "hash": "x", "docs": ""})
	w.insert("entry", map[string]any{"acct": acct, "seq": seq, "leg": 1, "bal_after": units * 1000})
	w.exec("UPDATE lane SET seq = ?, recorded_us = ? WHERE lane = 0", seq, on.Noon(zone))
}

func of(org id.ID, kind, role string) access.Actor {
	return access.Actor{Person: org + 1000, Org: org, Kind: kind, Role: role, Zone: zone}
}

var (
	makerA = of(maker, "producer", "owner")
	rivalA = of(rival, "producer", "owner")
	distA  = of(dist, "distributor", "owner")
	otherA = of(other, "distributor", "owner")
)

func shop(i int) access.Actor { return of(shop0+id.ID(i), "retailer", "owner") }

func terms(measure, period string) sharing.Terms {
	return sharing.Terms{Measure: measure, Period: period, Goods: "product", Place: "none", Delay: 0, MinGroup: 1, Purpose: "planning", Since: "2026-01-01", Until: "2026-12-31"}
}

// shared is an agreement of dist with the producer that is in force.
func (w *world) shared(t sharing.Terms) sharing.Sharing {
	w.t.Helper()
	x, err := w.s.Offer(w.t.Context(), distA, sharing.Offer{Viewer: maker, Terms: t})
	require.NoError(w.t, err)
	x, err = w.s.Step(w.t.Context(), makerA, noKey, x.ID, 0, "accept")
	require.NoError(w.t, err)
	return x
}
