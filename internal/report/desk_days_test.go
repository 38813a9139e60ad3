package report

import (
	"testing"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// TestDaysThatAreRememberedAreTheDaysOfTheBooks: what is added to what is known is what adding up everything gives, whoever looks, at
// whichever span, and after the books have become others.
func TestDaysThatAreRememberedAreTheDaysOfTheBooks(t *testing.T) {
	w := newWorld(t)
	w.debts()
	known := &Service{DB: w.d}
	look := func(what, span string, today clock.Date) (now *Flow) {
		t.Helper()
		for _, x := range []struct {
			org        id.ID
			kind, side string
		}{{dist, "distributor", "buyer"}, {producerA, "producer", "seller"}, {producerB, "producer", "seller"}} {
			var got [2]*Flow
			for i, s := range []*Service{{DB: w.d}, known} {
				if s.days.worth = 1 << 40; s == known {
					s.days.worth = 1
				}
				w.s = s
				w.atDesk(today)
				d := w.desk(x.org, x.kind, "owner", DeskAsk{Span: span, Currency: "USD"})
				if got[i] = d.Sold; x.side == "buyer" {
					got[i] = d.Bought
				}
			}
			if f, k := got[0], got[1]; f == nil || k == nil || f.Net != k.Net || f.Before != k.Before || f.Gross != k.Gross || f.Days != k.Days || len(f.Bars) != len(k.Bars) {
				t.Fatalf("%s, %s: %+v, remembered %+v", what, x.kind, f, k)
			}
			for i, n := range got[0].Bars {
				if got[1].Bars[i] != n {
					t.Fatalf("%s, %s: bar %d is %d, remembered %d", what, x.kind, i, n, got[1].Bars[i])
				}
			}
			if x.side == "buyer" {
				now = got[1]
			}
		}
		return now
	}
	first := look("first", Quarter, "2026-03-10")
	if first.Net == 0 || len(known.days.days) != 3 {
		t.Fatalf("nothing is remembered: %+v", known.days.days)
	}
	kept := known.days.get(daysOf{dist, "buyer", "USD"})
	look("again", Quarter, "2026-03-10")
	if known.days.get(daysOf{dist, "buyer", "USD"}) != kept {
		t.Error("nothing was filed, and yet it was added up anew")
	}
	w.invoice(11, 407, producerA, dist, 301, 0, "2026-03-01", "2026-04-01", line{61, 1000, 300}) // of a day that is known
	w.invoice(12, 408, producerB, dist, 302, 0, "2026-03-11", "2026-04-11", line{62, 1000, 700}) // of tomorrow
	if more := look("more", Quarter, "2026-03-10"); more.Net != first.Net+300 {
		t.Errorf("what was filed is not added: %d, then %d", first.Net, more.Net)
	}
	if next := look("the next day", Quarter, "2026-03-11"); next.Net != first.Net+1000 {
		t.Errorf("tomorrow has come: %d, then %d", first.Net, next.Net)
	}
	look("a year", Year, "2026-03-11")
	look("thirty days", Days30, "2026-03-11")
	w.exec("DELETE FROM invoice WHERE id = 408")
	w.exec("UPDATE journal SET hash = 'y' WHERE seq = 12")
	w.exec("UPDATE lane SET hash = 'y' WHERE lane = 0")
	if back := look("other books", Quarter, "2026-03-11"); back.Net != first.Net+300 {
		t.Errorf("after a restore it is %d, not %d", back.Net, first.Net+300)
	}
}
