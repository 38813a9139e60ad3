package trade

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

var idr = money.Currencies["IDR"]

func TestPartsSumExactlyToTheWhole(t *testing.T) {
	whole := amounts{net: 1000100, base: 916800, tax: 110000}
	for all := int64(1); all <= 40; all++ {
		for step := int64(1); step <= all; step++ {
			var given amounts
			for at := int64(0); at < all; {
				at = min(at+step, all)
				part := partOf(idr, whole, given, qty.Units(at), qty.Units(all))
				if part.net < 0 || part.net%100 != 0 || part.tax%100 != 0 {
					t.Fatalf("all %d step %d: part %+v", all, step, part)
				}
				given = given.plus(part)
			}
			if given != whole {
				t.Fatalf("all %d step %d: %+v, want %+v", all, step, given, whole)
			}
		}
	}
}

func TestOldestDueIsSettledFirst(t *testing.T) {
	open := []openInvoice{{ID: 3, Due: "2026-03-01", Open: 300}, {ID: 1, Due: "2026-04-01", Open: 100},
		{ID: 2, Due: "2026-02-01", Open: 200}, {ID: 9, Due: "2026-01-01", Open: 0}}
	parts, rest := oldestFirst(open, 550)
	want := []share{{2, 200, 0}, {3, 300, 0}, {1, 50, 0}}
	if rest != 0 || len(parts) != 3 || parts[0] != want[0] || parts[1] != want[1] || parts[2] != want[2] {
		t.Fatalf("parts %v rest %d", parts, rest)
	}
	if _, rest = oldestFirst(open, 700); rest != 100 {
		t.Fatalf("rest %d, want 100", rest)
	}
}

func TestEarlyPaymentDiscount(t *testing.T) {
	d := earlyDiscount(idr, 1000000, "2026-03-01", "2026-03-11", 10, 200)
	if d != 20000 {
		t.Fatalf("2/10 on the tenth day: %d", d)
	}
	if late := earlyDiscount(idr, 1000000, "2026-03-01", "2026-03-12", 10, 200); late != 0 {
		t.Fatalf("on the eleventh day: %d", late)
	}
	v := openInvoice{ID: 1, Open: 1000000, Early: d}
	if s := settle(v, 979999); s != (share{1, 979999, 0}) {
		t.Fatalf("too little: %+v", s)
	}
	if s := settle(v, 2000000); s != (share{1, 980000, 20000}) {
		t.Fatalf("enough: %+v", s)
	}
	parts, rest, err := asTold(map[id.ID]openInvoice{1: v}, []Allocation{{1, 980000}}, 980000)
	if err != nil || rest != 0 || parts[0] != (share{1, 980000, 20000}) {
		t.Fatalf("as told: %v %d %v", parts, rest, err)
	}
}

func TestAllocationAsToldIsRefusedWhereItDoesNotFit(t *testing.T) {
	open := map[id.ID]openInvoice{1: {ID: 1, Open: 100}, 2: {ID: 2, Open: 100}}
	for name, c := range map[string]struct {
		told []Allocation
		have money.Minor
		code string
	}{
		"another's invoice": {[]Allocation{{7, 10}}, 50, "not_found"},
		"more than open":    {[]Allocation{{1, 101}}, 500, "payment.more_than_open"},
		"more than paid":    {[]Allocation{{1, 60}, {2, 60}}, 100, "payment.more_than_paid"},
		"twice":             {[]Allocation{{1, 10}, {1, 10}}, 100, "payment.invoice_twice"},
		"nothing":           {[]Allocation{{1, 0}}, 100, "payment.amount_positive"},
	} {
		if _, _, err := asTold(open, c.told, c.have); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestLinesSettleInTheirOrderAndComeBackFromTheLast(t *testing.T) {
	lines := []lineDue{{1, 100, 0}, {2, 50, 0}, {3, 70, 0}}
	got := settleLines(lines, 130, 0)
	if len(got) != 2 || got[1] != 100 || got[2] != 30 {
		t.Fatalf("forward %v", got)
	}
	back := settleLines([]lineDue{{1, 100, 100}, {2, 50, 30}, {3, 70, 0}}, -60, 0)
	if len(back) != 2 || back[2] != 0 || back[1] != 70 {
		t.Fatalf("back %v", back)
	}
	credit := settleLines(lines, 60, 3)
	if len(credit) != 1 || credit[3] != 60 {
		t.Fatalf("a credited line first: %v", credit)
	}
}

// TestEveryStatusOfAnInvoiceIsListed: a list by the day on which invoices are due is read status by status, so that one which nobody
// names there would be missing.
func TestEveryStatusOfAnInvoiceIsListed(t *testing.T) {
	seen := map[string]bool{}
	for _, total := range []money.Minor{-100, 0, 100} {
		for _, settled := range []money.Minor{-100, -50, 0, 50, 100} {
			for _, credited := range []money.Minor{0, 50, 100} {
				seen[invoiceStatus(total, settled, credited)] = true
			}
		}
	}
	require.ElementsMatch(t, invoiceStatuses, slices.Collect(maps.Keys(seen)))
}
