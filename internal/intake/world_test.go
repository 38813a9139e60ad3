package intake

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

// openGate lets everybody in: the gate has tests of its own.
type openGate struct{}

func (openGate) Require(context.Context, access.Actor, access.Rel, string, string) error { return nil }

func (openGate) Drafts(access.Actor, access.Rel) bool { return true }

// limits posts credit limits, as the portal does.
type limits struct{ book ledger.Poster }

func (l limits) SetLimit(ctx context.Context, by id.By, seller, buyer id.ID, cur money.Currency, limit money.Minor, event string) error {
	_, err := l.book.Post(ctx, ledger.Draft("limit.set", event, by, seller, clock.System{}.Now()).Limit(seller, buyer, cur, limit))
	return err
}

type world struct {
	testing.TB
	d    *db.DB
	book *ledger.Book
	svc  *Service
	rec  *recorder
}

// recorder may break after so many documents.
type recorder struct {
	*trade.Service
	left int
	err  error
}

func newWorld(t testing.TB) *world {
	d := dbtest.New(t)
	w := &world{TB: t, d: d}
	w.book = ledger.New(ledger.Config{DB: d, Clock: clock.System{}, IDs: d.IDs, Kind: func(ctx context.Context, org id.ID) (k string, err error) {
		err = d.R(ctx).Raw("SELECT kind FROM org WHERE id = ?", org).Scan(&k).Error
		return k, err
	}})
	t.Cleanup(w.book.Close)
	w.rec = &recorder{Service: &trade.Service{}}
	w.rec.Service.DB, w.rec.Service.Book, w.rec.Service.Gate = d, w.book, openGate{}
	w.svc = New(Config{DB: d, Clock: clock.System{}, Gate: openGate{}, Masters: Contexts{DB: d, Partner: partner.New(d, openGate{}, clock.System{}, limits{w.book}),
		Catalog: catalog.New(d, clock.System{}, openGate{}, nil), Goods: goods.New(goods.Config{DB: d, Book: w.book, Clock: clock.System{}, Gate: openGate{}})}, Trade: w.rec, Book: w.book, Scratch: t.TempDir()})
	return w
}

// sharedData is the folder of the real data; the test skips where there is none.
func sharedData(t testing.TB) string {
	dir := os.Getenv("SALURAN_DATA")
	if dir == "" {
		t.Skip("SALURAN_DATA names no folder with real data: this test needs iowa/ in it")
	}
	if _, err := os.Stat(filepath.Join(dir, "iowa", "open", "lines.csv.gz")); err != nil {
		t.Skipf("SALURAN_DATA=%s has no iowa/open/lines.csv.gz", dir)
	}
	return dir
}

func iowa(t *testing.T, lines string) Job {
	dir := sharedData(t)
	m, err := LoadMapping("iowa")
	require.NoError(t, err)
	products, stores := File(filepath.Join(dir, "iowa", "raw", "product-datefixed.csv")), File(filepath.Join(dir, "iowa", "raw", "stores.csv"))
	return Job{Map: m, Lines: Files(filepath.Join(dir, "iowa", "open", lines)), Products: &products, Partners: &stores}
}

func (w *world) one(sql string, args ...any) int64 {
	var n int64
	require.NoError(w, w.d.R(w.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}

// verify holds the books against the rows.
func (w *world) verify() {
	w.Helper()
	dbtest.Lift(w, w.d)
	r, err := ledger.Verify(w.Context(), w.d, ledger.VerifyConfig{})
	require.NoError(w, err)
	require.Empty(w, r.Problems)
	require.Zero(w, r.Failed())
}
