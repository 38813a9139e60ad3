package intake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
)

const salesHeader = "Document,Date,Buyer code,Product code,Quantity,Amount,Tax\n"

func (w *world) sales(lines string) Job {
	m, err := LoadMapping("sales")
	require.NoError(w, err)
	return Job{Map: m, Lines: []Source{Bytes("sales.csv", []byte(salesHeader+lines))}}
}

// TestNumbersThatThePortalMakesAreNotTaken: the number of a second paper, and those of the seller's own series, are found before
// anything is applied.
func TestNumbersThatThePortalMakesAreNotTaken(t *testing.T) {
	w := newWorld(t)
	us := w.firm("distributor", "DST", "Kita", 0)
	w.listed(us.Org, us.Org, "GULA")
	mixed := "HZ-7,2026-01-04,T01,GULA,10,100000,0\nHZ-7,2026-01-04,T01,GULA,-3,-30000,0\n"
	lines := "HZ-1,2026-01-02,T01,GULA,10,100000,0\n" + mixed + "HZ-7-B,2026-01-03,T01,GULA,5,50000,0\nHZ-7/C,2026-01-03,T01,GULA,5,50000,0\nINV/2026/000101,2026-01-03,T01,GULA,5,50000,0\n"
	s, err := w.svc.Run(t.Context(), us, w.sales(lines))
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.EqualValues(t, 2, s.NConflicts, "%+v", s.Conflicts)
	found := map[string]string{}
	for _, c := range s.Conflicts {
		found[c.Document] = c.Code
	}
	require.Equal(t, map[string]string{"HZ-7/C": "import.number_taken", "INV/2026/000101": "import.number_of_ours"}, found)

	job := w.sales(lines)
	job.AcceptGood = true
	s, err = w.svc.Run(t.Context(), us, job)
	require.NoError(t, err)
	require.EqualValues(t, 3, s.Applied)
	s, err = w.svc.Run(t.Context(), us, w.sales("HZ-7/C,2026-01-03,T01,GULA,5,50000,0\n"))
	require.Equal(t, "import.refused", errs.CodeOf(err), "the books have it as the second paper of another: %+v", s)
	s, err = w.svc.Run(t.Context(), us, w.sales("K-9/C,2026-01-03,T01,GULA,5,50000,0\n"))
	require.NoError(t, err, "%+v", s)
	_, err = w.svc.Run(t.Context(), us, w.sales("K-9,2026-01-04,T01,GULA,10,100000,0\nK-9,2026-01-04,T01,GULA,-3,-30000,0\n"))
	require.Equal(t, "import.refused", errs.CodeOf(err), "its second paper's number is taken")
	w.verify()
}

// TestAReturnOfPromisedGoodsIsFoundBefore anything is applied.
func TestAReturnOfPromisedGoodsIsFoundBefore(t *testing.T) {
	w := newWorld(t)
	us := w.firm("distributor", "DST", "Kita", 0)
	w.listed(us.Org, us.Org, "GULA")
	_, err := w.svc.Run(t.Context(), us, w.sales("MK-1,2026-01-02,T01,GULA,50,500000,0\n"))
	require.NoError(t, err)
	shop := w.one("SELECT id FROM org WHERE code = 'T01'")
	_, err = w.d.WriteSQL().ExecContext(t.Context(), "UPDATE stock SET held = 20 * sellable / 50 WHERE seller = ?", shop) // as if twenty were ordered from the shop
	require.NoError(t, err)
	before := w.rows()
	back := "MK-2,2026-01-03,T01,GULA,5,50000,0\nMK-3,2026-01-04,T01,GULA,-50,-500000,0\n"
	s, err := w.svc.Run(t.Context(), us, w.sales(back))
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.Equal(t, "import.return_promised", s.Problems[0].Code, "%+v", s)
	require.Equal(t, "15", s.Problems[0].Args["missing"], "50 + 5 - 20 can go back")
	job := w.sales(back)
	job.AcceptGood = true
	_, err = w.svc.Run(t.Context(), us, job)
	require.Equal(t, "import.stops", errs.CodeOf(err), "it cannot be left out with a document")
	require.Equal(t, before, w.rows())
	_, err = w.svc.Run(t.Context(), us, w.sales("MK-2,2026-01-03,T01,GULA,5,50000,0\nMK-3,2026-01-04,T01,GULA,-35,-350000,0\n"))
	require.NoError(t, err)
}
