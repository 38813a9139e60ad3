package report

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// told reads a whole story page by page.
func (w *world) told(org id.ID, kind, role, part string, size int) (out []Told) {
	w.t.Helper()
	cursor := ""
	for range 100 {
		p, err := w.s.Story(context.Background(), access.Actor{Org: org, Kind: kind, Role: role, Zone: "Asia/Jakarta"}, StoryAsk{Link: 902, Part: part, Query: list.Query{Cursor: cursor, Size: size}})
		if err != nil {
			w.t.Fatalf("%s %s: %v", role, part, err)
		}
		out = append(out, p.Items...)
		if cursor = p.Next; cursor == "" {
			return out
		}
	}
	w.t.Fatal("a story without an end")
	return nil
}

func saidOf(all []Told) string {
	var out []string
	for _, x := range all {
		out = append(out, strings.TrimSpace(x.Kind+" "+x.Number))
	}
	return strings.Join(out, ", ")
}

// story is what happened between the distributor and shop A.
func (w *world) story() {
	w.lent() // 11, 12, 13
	w.insert("orders", map[string]any{"id": 601, "number": "SO-1", "kind": "sale", "seller": dist, "buyer": shopA, "currency": "USD", "total": 11000, "status": "confirmed", "ordered_on": "2026-01-01", "seq": 9})
	w.journal(9, "order.placed", 601)
	w.journal(10, "order.confirmed", 601)
	w.insert("orders", map[string]any{"id": 602, "number": "SO-2", "kind": "sale", "seller": producerB, "buyer": shopB, "currency": "USD", "total": 777, "status": "placed", "ordered_on": "2026-01-01", "seq": 14})
	w.journal(14, "order.placed", 602)
	at := func(seq int64) int64 { return 1_700_000_000_000_000 + seq }
	w.insert("talk", map[string]any{"id": 31, "doc_kind": "order", "doc": 601, "number": "SO-1", "messages": 3})
	for _, org := range []id.ID{dist, shopA} {
		rel := "seller"
		if org == shopA {
			rel = "buyer"
		}
		w.insert("talk_party", map[string]any{"talk": 31, "org": org, "rel": rel})
	}
	for n, m := range []struct {
		org      id.ID
		internal int
		body     string
	}{{shopA, 0, "kapan?"}, {dist, 1, "rahasia kami"}, {dist, 0, "besok"}} {
		w.insert("message", map[string]any{"id": 40 + n, "talk": 31, "n": n + 1, "org": m.org, "internal": m.internal, "body": m.body, "created_us": at(10)})
	}
	w.exec("UPDATE lane SET seq = 14 WHERE lane = 0")
}

func TestAStoryIsWholeWhateverItsPages(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.story()
	const all = "payment P702, payment P701, invoice INV-501, change SO-1, message SO-1, note SO-1, message SO-1, order SO-1, agreement 0"
	for _, size := range []int{1, 2, 3, 50} {
		if got := saidOf(w.told(dist, "distributor", "owner", "", size)); got != all {
			t.Errorf("by %d: %s\nnot %s", size, got, all)
		}
	}
	if got, want := saidOf(w.told(shopA, "retailer", "owner", "", 2)), strings.Replace(all, "note SO-1, ", "", 1); got != want {
		t.Errorf("the other side: %s\nnot %s", got, want)
	}
	for part, want := range map[string]string{"orders": "change SO-1, order SO-1", "money": "payment P702, payment P701, invoice INV-501", "goods": "", "talk": "message SO-1, note SO-1, message SO-1", "terms": "agreement 0", "files": ""} {
		if got := saidOf(w.told(dist, "distributor", "owner", part, 2)); got != want {
			t.Errorf("%s: %s\nnot %s", part, got, want)
		}
	}
}

// TestAStoryOfPartnersWhoTalkMuch: of two that have many conversations those around a page are looked for, and it tells what all of them say.
func TestAStoryOfPartnersWhoTalkMuch(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.story()
	const talks, later = 70, 25
	at := func(n int) int64 { return 1_700_000_000_000_100 + int64(n)*10 }
	for n := range talks {
		talk, ends := 1000+n, n
		if n%3 == 0 {
			ends = n + later // these went on for long
		}
		w.insert("talk", map[string]any{"id": talk, "doc_kind": "order", "doc": 5000 + n, "number": fmt.Sprint("SO-", 100+n), "messages": 2})
		w.insert("talk_party", map[string]any{"talk": talk, "org": dist, "rel": "seller", "last_us": at(ends)})
		other := shopA
		if n%7 == 0 { // with somebody else
			other = shopB
		}
		w.insert("talk_party", map[string]any{"talk": talk, "org": other, "rel": "buyer", "last_us": at(ends)})
		for i, when := range []int{n, ends} {
			w.insert("message", map[string]any{"id": 9000 + 2*n + i, "talk": talk, "n": i + 1, "org": dist, "internal": 0, "body": "x", "created_us": at(when)})
		}
	}
	all := saidOf(w.told(dist, "distributor", "owner", "talk", 50))
	if n := strings.Count(all, "message"); n != 2*60+2 {
		t.Fatalf("%d messages of shop A", n)
	}
	defer func(n int64) { mostTalks = n }(mostTalks)
	mostTalks = 40 // fewer than there are, more than a page asks for
	for _, size := range []int{2, 7, 30} {
		if got := saidOf(w.told(dist, "distributor", "owner", "talk", size)); got != all {
			t.Errorf("by %d: %s\nnot %s", size, got, all)
		}
		if got := strings.Count(saidOf(w.told(shopA, "retailer", "owner", "talk", size)), "message"); got != 2*60+2 {
			t.Errorf("the other side, by %d: %d", size, got)
		}
	}
}

func TestAStoryByRight(t *testing.T) {
	w := newWorld(t)
	w.charted()
	w.atDesk("2026-02-01")
	w.story()
	for _, x := range w.told(dist, "distributor", "service", "", 50) { // reads invoices and no payments
		if x.Kind == "payment" || x.Kind == "agreement" || x.Known {
			t.Errorf("service reads %+v", x)
		}
	}
	for _, x := range w.told(dist, "distributor", "marketing", "", 50) {
		if x.Kind == "payment" || x.Kind == "invoice" || x.Kind == "agreement" || x.Kind == "message" || x.Kind == "note" || x.Known {
			t.Errorf("marketing reads %+v", x)
		}
	}
	for role, want := range map[string]errs.Kind{"warehouse": errs.Forbidden} {
		if _, err := w.s.Story(context.Background(), access.Actor{Org: dist, Kind: "distributor", Role: role, Zone: "Asia/Jakarta"}, StoryAsk{Link: 902}); !errs.Is(err, want) {
			t.Errorf("%s is answered %v", role, err)
		}
	}
	for _, org := range []id.ID{producerA, producerB, shopB, carrier} {
		if _, err := w.s.Story(context.Background(), access.Actor{Org: org, Kind: "distributor", Role: "owner", Zone: "Asia/Jakarta"}, StoryAsk{Link: 902}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%d is answered %v", org, err)
		}
	}
}

func TestTheRhythmOfOrders(t *testing.T) {
	for _, x := range []struct {
		since       int64
		days        string
		rhythm, gap int64
		late        bool
	}{{3, "2026-01-20 2026-01-13 2026-01-06", 0, 0, false}, {3, "2026-01-27 2026-01-20 2026-01-13 2026-01-06", 7, 7, false}, {7, "2026-01-27 2026-01-20 2026-01-13 2026-01-06", 7, 7, false},
		{8, "2026-01-27 2026-01-20 2026-01-13 2026-01-06", 7, 7, true}, {8, "2026-01-27 2026-01-17 2026-01-13 2026-01-12", 4, 10, false}} {
		var days []clock.Date
		for _, d := range strings.Fields(x.days) {
			days = append(days, clock.Date(d))
		}
		s := Standing{Since: x.since}
		if s.pace(days); s.Rhythm != x.rhythm || s.Gap != x.gap || s.Late != x.late {
			t.Errorf("%+v: %s", x, fmt.Sprint(s))
		}
	}
}
