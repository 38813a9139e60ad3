package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/ledger"
	"saluran/internal/trade"
)

// owes is what each producer is owed, and what the seller has in its warehouse.
func (w *world) owes() map[string]int64 {
	w.Helper()
	var rows []struct {
		Code   string
		Posted int64
	}
	require.NoError(w, w.d.R(w.Context()).Raw(`SELECT v.code, SUM(b.posted) AS posted FROM account a JOIN balance b ON b.acct = a.acct JOIN org v ON v.id = a.org
		WHERE a.book = 2 AND a.side = 1 AND a.purpose = 1 AND v.kind = 'producer' GROUP BY v.code
		UNION ALL SELECT 'stock', COALESCE(SUM(b.posted), 0) FROM account a JOIN balance b ON b.acct = a.acct JOIN org s ON s.id = a.owner
		WHERE a.book = 1 AND s.code = 'IOWA'`).Scan(&rows).Error)
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Code] = r.Posted
	}
	return out
}

// broken runs an import that stops after n posts.
func (w *world) broken(n int, lines ...string) {
	w.Helper()
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	w.svc.Trade = &breaking{w.rec, left}
	_, err := w.svc.Run(w.Context(), System(), w.job(lines...))
	require.ErrorContains(w, err, "the power failed")
	w.svc.Trade = w.rec
}

const longer = sales + `INV-100900001,2022-03-01,0013,0101,5,30.00
INV-109500001,2022-03-04,0012,0201,7,12.25
`

// Wherever an import broke, a longer file does not buy once more for what the first has bought: it says what is to be taken up.
func TestALongerFileWaitsForTheImportThatBroke(t *testing.T) {
	whole := newWorld(t)
	whole.run(longer)
	want, owes := whole.figures("p.sku"), whole.owes()
	require.Zero(t, owes["stock"])
	for n := range 10 {
		w := newWorld(t)
		w.broken(n, sales)
		before := w.rows()
		for _, other := range []string{longer, sales[:len(sales)-len("RINV-000200001,2022-03-03,0012,0102,-6,-48.00\n")] + "INV-100980001,2022-03-01,0013,0101,5,30.00\n"} {
			for _, try := range []func() error{
				func() error { _, err := w.svc.Run(t.Context(), System(), w.job(other)); return err },
				func() error { _, err := w.svc.Check(t.Context(), System(), w.job(other)); return err },
				func() error { _, err := w.svc.Preview(t.Context(), System(), w.job(other)); return err },
			} {
				err := try()
				require.Equal(t, "import.unfinished", errs.CodeOf(err), "broken after %d: %v", n, err)
				require.True(t, errs.Is(err, errs.Conflict))
				require.Contains(t, fmt.Sprint(err), "lines1.csv", "it names what to take up")
			}
		}
		require.Equal(t, before, w.rows(), "nothing was posted")
		w.run(sales)
		w.run(longer)
		require.Equal(t, want, w.figures("p.sku"), "broken after %d", n)
		require.Equal(t, owes, w.owes(), "broken after %d", n)
		w.verify()
	}
}

// oncePoster posts the beginning, and fails at the end.
type oncePoster struct {
	ledger.Poster
	n int
}

func (o *oncePoster) Post(ctx context.Context, p *ledger.Post) (ledger.Receipt, error) {
	if o.n++; o.n > 1 {
		return ledger.Receipt{}, errors.New("the power failed")
	}
	return o.Poster.Post(ctx, p)
}

// What broke just before it said that it is whole only says so when it is run again.
func TestAnImportThatBrokeAtItsLastWordIsWhole(t *testing.T) {
	w := newWorld(t)
	w.svc.Book = &oncePoster{Poster: w.book}
	_, err := w.svc.Run(t.Context(), System(), w.job(sales))
	require.ErrorContains(t, err, "the power failed")
	w.svc.Book = w.book
	_, err = w.svc.Run(t.Context(), System(), w.job(longer))
	require.Equal(t, "import.unfinished", errs.CodeOf(err))
	w.run(sales)
	before := w.rows()
	require.EqualValues(t, 2, w.one("SELECT COUNT(*) FROM journal WHERE kind LIKE 'import.%'"))
	w.run(sales)
	require.Equal(t, before, w.rows(), "a second run adds nothing")
	require.NotZero(t, w.run(longer).Applied)
}

// buysOnly breaks when the first document is sold.
type buysOnly struct{ Recorder }

func (b buysOnly) Record(ctx context.Context, a access.Actor, h trade.History) (ledger.Receipt, error) {
	if h.Kind != "history.purchase" {
		<-h.After // what it sells has been bought
		return ledger.Receipt{}, errors.New("the power failed")
	}
	h.After = nil
	return b.Recorder.Record(context.WithoutCancel(ctx), a, h)
}

// An import may be given up, by its name: what it bought stays bought, and others go on.
func TestAnImportIsGivenUpByName(t *testing.T) {
	w := newWorld(t)
	w.svc.Trade = buysOnly{w.rec}
	_, err := w.svc.Run(t.Context(), System(), w.job(sales))
	require.ErrorContains(t, err, "the power failed")
	w.svc.Trade = w.rec
	j := w.job(longer)
	_, err = w.svc.Run(t.Context(), System(), j)
	var e *errs.Error
	require.True(t, errors.As(err, &e))
	j.GiveUp = "0123456789abcdef"
	_, err = w.svc.Run(t.Context(), System(), j)
	require.Equal(t, "import.unfinished", errs.CodeOf(err), "another name gives up nothing")
	j.GiveUp = e.Args["run"]
	s, err := w.svc.Run(t.Context(), System(), j)
	require.NoError(t, err, "%+v", s)
	require.Positive(t, w.owes()["stock"], "of the first, which was not sold")
	require.NotZero(t, w.one("SELECT COUNT(*) FROM journal WHERE kind = 'import.given_up'"))
	w.run(longer)
	w.verify()
}

// Two imports with documents in common at the same moment: one goes, the other waits its turn, and nothing is bought twice.
func TestImportsTakeTurns(t *testing.T) {
	whole := newWorld(t)
	whole.run(longer)
	owes := whole.owes()
	w := newWorld(t)
	var wg sync.WaitGroup
	fail := make([]error, 2)
	for i := range fail {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, fail[i] = w.svc.Run(context.WithoutCancel(t.Context()), System(), w.job([]string{sales, longer}[i]))
		}()
	}
	wg.Wait()
	for _, err := range fail {
		if err != nil {
			require.Equal(t, "import.unfinished", errs.CodeOf(err), "%v", err)
		}
	}
	w.run(sales)
	w.run(longer)
	require.Equal(t, owes["007"], w.owes()["007"])
	require.Equal(t, owes["012"], w.owes()["012"])
	require.Zero(t, w.owes()["stock"])
	w.verify()
}
