package intake

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// TestNothingIsBookedOfAFileWithAMisplacedQuotationMark: the row, and with an open quotation mark all rows up to the next, belong to
// documents that nobody can name; these were booked without them where the good ones were accepted.
func TestNothingIsBookedOfAFileWithAMisplacedQuotationMark(t *testing.T) {
	w, us, m := reseller(t)
	const head = "document,date,buyer code,product code,quantity,amount\n"
	const first, second = "S-1,2026-01-05,T1,P1,2,9.00\n", "S-1,2026-01-05,T1,P1,3,12.00\n"
	before := w.rows()
	for name, lines := range map[string]string{
		"an inch":         first + "S-1,2026-01-05,T1,P1,3,12.00\"\n",
		"never closed":    first + "S-1,2026-01-05,T1,P1,3,\"12.00\n" + strings.ReplaceAll(first, "S-1", "S-2"),
		"closed too late": first + "S-1,2026-01-05,T1,P1,3,\"12.00\n" + "S-2,2026-01-05,T1,P1,3,12.00\"x\n" + strings.ReplaceAll(first, "S-1", "S-3"),
		"nothing before":  "S-1,2026-01-05,T1,P1,3,\"12.00\n" + second,
	} {
		t.Run(name, func(t *testing.T) {
			job := Job{Map: m, Lines: []Source{Bytes("s.csv", []byte(head+lines))}}
			s, err := w.svc.Run(t.Context(), us, job)
			require.Equal(t, "import.refused", errs.CodeOf(err))
			require.EqualValues(t, 1, s.BadLines)
			require.Equal(t, "import.bad_quotes", s.Problems[0].Code)
			job.AcceptGood = true
			s, err = w.svc.Run(t.Context(), us, job)
			require.Equal(t, "import.torn", errs.CodeOf(err))
			require.Equal(t, s.Problems[0].Row, s.Torn)
			for _, lang := range []string{i18n.ID, i18n.EN} {
				require.NotContains(t, i18n.Code(lang, "import.torn", errs.Args{"row": "3"}), "{")
			}
		})
	}
	require.Equal(t, before, w.rows())

	s, err := w.svc.Run(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("s.csv", []byte(head+first+second))}})
	require.NoError(t, err)
	require.EqualValues(t, 1, s.Applied, "mended, it goes in whole")
}

// TestNoSheetIsAppliedInPartWithAMisplacedQuotationMark: an order of three rows was placed with two.
func TestNoSheetIsAppliedInPartWithAMisplacedQuotationMark(t *testing.T) {
	o := newOffice(t)
	before := o.rows()
	v, err := o.sheets.Run(t.Context(), o.a, o.job("products", "p.csv", "kode,nama\nX-1,Satu\nX-2,Dua 12\" papan\nX-3,Tiga\n"))
	require.Equal(t, "import.torn", errs.CodeOf(err))
	require.EqualValues(t, 3, v.Torn)
	require.Equal(t, before, o.rows())
}
