package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// paperT is a document of these tests: what orders are to the trade.
var paperT = ledger.Register(ledger.Table{Name: "test_paper", Key: 1, Header: true,
	Columns: ledger.Cols(ledger.I("id"), ledger.T("name"), ledger.MT("status"), ledger.P("note"), ledger.M("version"))})

var lineT = ledger.Register(ledger.Table{Name: "test_line", Key: 2, Parent: "test_paper",
	Columns: ledger.Cols(ledger.I("paper", "line", "seller", "product"), ledger.M("held"))})

const (
	producer id.ID = 11
	buyer    id.ID = 12
	agent    id.ID = 13
	product  id.ID = 21
	lot      id.ID = 31
	whP      id.ID = 41
	whB      id.ID = 42
)

var idr = money.Currencies["IDR"]

type world struct {
	*testing.T
	d     *db.DB
	book  *ledger.Book
	clock *clock.Fixed
	n     int
}

func kindOf(_ context.Context, org id.ID) (string, error) {
	return map[id.ID]string{producer: "producer", buyer: "retailer", agent: "agent"}[org], nil
}

// papers makes the tables of the tests' documents.
func papers(t testing.TB, d *db.DB) {
	require.NoError(t, d.InTx(t.Context(), func(ctx context.Context) error {
		for _, s := range []string{
			"CREATE TABLE IF NOT EXISTS test_paper (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, status VARCHAR(20) NOT NULL, note VARCHAR(100) NOT NULL, version BIGINT NOT NULL, seq BIGINT NOT NULL)",
			"CREATE TABLE IF NOT EXISTS test_line (paper BIGINT NOT NULL, line BIGINT NOT NULL, seller BIGINT NOT NULL, product BIGINT NOT NULL, held BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (paper, line))",
			"CREATE TABLE IF NOT EXISTS test_debt (id BIGINT NOT NULL PRIMARY KEY, seller BIGINT NOT NULL, buyer BIGINT NOT NULL, currency CHAR(3) NOT NULL, held BIGINT NOT NULL, version BIGINT NOT NULL, seq BIGINT NOT NULL)",
		} {
			if err := d.W(ctx).Exec(s).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

func newWorld(t *testing.T) *world { return openWorld(t, dbtest.Ready(t)) }

func openWorld(t *testing.T, url string) *world {
	d := dbtest.Open(t, url)
	papers(t, d)
	w := &world{T: t, d: d, clock: clock.NewFixed(1_700_000_000_000_000)}
	w.book = ledger.New(ledger.Config{DB: d, Clock: w.clock, IDs: d.IDs, Kind: kindOf})
	t.Cleanup(w.book.Close)
	return w
}

func (w *world) draft(event string) *ledger.Post {
	return ledger.Draft("test", event, id.By{Person: 1, Org: producer}, 7, w.clock.Now())
}

func at(owner, place, bearer, seller id.ID) ledger.Position {
	return ledger.Position{Lot: lot, Product: product, Owner: owner, Place: place, Bearer: bearer, Seller: seller}
}

var made = at(producer, whP, producer, producer)

func (w *world) makes(n int64) {
	w.Helper()
	w.n++
	_, err := w.book.Post(w.Context(), w.draft(fmt.Sprintf("lot/%d/make", w.n)).Move(ledger.Outside(ledger.Origin, lot, product), made, qty.Units(n)))
	require.NoError(w, err)
}

func (w *world) int(query string, args ...any) (n int64) {
	w.Helper()
	require.NoError(w, w.d.ReadSQL().QueryRow(query, args...).Scan(&n))
	return n
}

func TestGoodsMoveAndCountersFollow(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	r, err := w.book.Post(t.Context(), w.draft("ship").Move(made, at(buyer, whB, buyer, buyer), qty.Units(4)).
		Owe(producer, buyer, idr, ledger.Deposit, 0).Tell("moved", `{"a":"b"}`))
	require.NoError(t, err)
	require.Equal(t, int64(2), r.Seq)
	require.Equal(t, int64(6000), w.int("SELECT sellable FROM stock WHERE seller=? AND product=?", producer, product))
	require.Equal(t, int64(4000), w.int("SELECT sellable FROM stock WHERE seller=? AND product=?", buyer, product))
	_, err = w.book.Post(t.Context(), w.draft("too much").Move(made, at(buyer, whB, buyer, buyer), qty.Units(7)))
	require.Equal(t, "ledger.short_position", errs.CodeOf(err))
	require.Equal(t, int64(2), w.int("SELECT COUNT(*) FROM journal"))
	w.holds()
}

func (w *world) holds() {
	w.Helper()
	rep, err := ledger.Verify(w.Context(), w.d, ledger.VerifyConfig{Holds: &ledger.HoldSource{
		Stock: "SELECT seller, product, SUM(held) FROM test_line GROUP BY seller, product"}})
	require.NoError(w, err)
	require.Empty(w, rep.Problems)
}

func TestHoldsAreNeverMoreThanWhatStands(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, refused := 0, 0
	for i := range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			paper := id.ID(1000 + i)
			_, err := w.book.Post(context.Background(), w.draft(fmt.Sprintf("order/%d", i)).Hold(producer, product, qty.Units(1)).
				File(paperT.Row(paper, "n", "new", "", 1), lineT.Row(paper, 1, producer, product, qty.Units(1))))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if errs.CodeOf(err) == "ledger.short_stock" {
				refused++
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 10, won)
	require.Equal(t, 190, refused)
	w.holds()
}

func TestOneKeyOneAnswer(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	seqs := make([]int64, 100)
	for i := range seqs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := w.book.Post(context.Background(), w.draft(fmt.Sprintf("order/%d/place", i)).Client("key-1", [32]byte{1}).
				File(paperT.Row(id.ID(500+i), "it's “text” \\ with all", "new", "private", 1)))
			if err == nil {
				seqs[i] = r.Seq
			}
		}()
	}
	wg.Wait()
	for _, s := range seqs {
		require.Equal(t, seqs[0], s)
	}
	require.Equal(t, int64(1), w.int("SELECT COUNT(*) FROM test_paper"))
	_, err := w.book.Post(t.Context(), w.draft("other").Client("key-1", [32]byte{2}))
	require.Equal(t, "ledger.key_reused", errs.CodeOf(err))
	r, err := w.book.Post(t.Context(), w.draft("again").Client("key-1", [32]byte{1}))
	require.NoError(t, err)
	require.True(t, r.Replayed)
	w.holds()
}

func TestVersionsGuardDocuments(t *testing.T) {
	w := newWorld(t)
	_, err := w.book.Post(t.Context(), w.draft("new").File(paperT.Row(id.ID(900), "n", "new", "", 1), lineT.Row(id.ID(900), 1, producer, product, 0)))
	require.NoError(t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for i := range 30 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := w.book.Post(context.Background(), w.draft(fmt.Sprintf("step/%d", i)).
				Advance(paperT, 900, 1, ledger.Set{Col: "status", Before: "new", After: "won"}))
			mu.Lock()
			codes[fmt.Sprint(err == nil, errs.CodeOf(err))]++
			mu.Unlock()
		}()
	}
	wg.Wait()
	require.Equal(t, 1, codes["trueinternal"], "%v", codes)
	require.Equal(t, 29, codes["falsechanged"])
	require.Equal(t, int64(2), w.int("SELECT version FROM test_paper WHERE id=900"))
	w.holds()
}

func TestCreditIsNotSpentTwice(t *testing.T) {
	w := newWorld(t)
	_, err := w.book.Post(t.Context(), w.draft("limit").Limit(producer, buyer, idr, 1000_00))
	require.NoError(t, err)
	var wg sync.WaitGroup
	errsSeen := make([]error, 2)
	for i := range errsSeen {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, errsSeen[i] = w.book.Post(context.Background(), w.draft(fmt.Sprintf("invoice/%d", i)).Owe(producer, buyer, idr, ledger.Trade, 600_00))
		}()
	}
	wg.Wait()
	require.True(t, (errsSeen[0] == nil) != (errsSeen[1] == nil), "%v", errsSeen)
	require.Equal(t, int64(600_00), w.int("SELECT used FROM exposure"))
}

func TestRoleLawsAreTheCores(t *testing.T) {
	w := newWorld(t)
	w.makes(1)
	for _, p := range []ledger.Position{at(agent, whB, buyer, 0), at(buyer, whB, agent, 0), at(buyer, whB, buyer, agent)} {
		_, err := w.book.Post(t.Context(), w.draft("illegal").Move(made, p, qty.Units(1)).Move(p, made, qty.Units(1)))
		require.Equal(t, "ledger.role_law", errs.CodeOf(err))
	}
}

func TestSerialsHaveNoGaps(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p := w.draft(fmt.Sprintf("inv/%d", i)).Serial(producer, "INV", 2026).
				File(paperT.Row(id.ID(2000+i), ledger.SerialText("INV/2026/%05d"), "new", "", 1))
			if i%5 == 0 {
				p.Hold(producer, product, qty.Units(1)) // refused: nothing stands
			}
			_, _ = w.book.Post(context.Background(), p)
		}()
	}
	wg.Wait()
	require.Equal(t, int64(40), w.int("SELECT last_no FROM serial"))
	require.Equal(t, int64(40), w.int("SELECT COUNT(DISTINCT name) FROM test_paper"))
	w.holds()
}

func TestTwoInstancesOnOneDatabase(t *testing.T) {
	url := dbtest.Ready(t)
	a, b := openWorld(t, url), openWorld(t, url)
	a.makes(40)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 80 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w := []*world{a, b}[i%2]
			_, err := w.book.Post(context.Background(), w.draft(fmt.Sprintf("take/%d", i)).Move(made, at(buyer, whB, buyer, buyer), qty.Units(1)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if errs.CodeOf(err) != "ledger.short_position" {
				t.Errorf("unexpected refusal: %v", err)
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 40, won)
	a.holds()
}

// TestARefusalIsOfNow: an instance that remembers too little looks again before it refuses, and does not refuse out of its memory
// what another instance has made possible; nor does it say a number of then.
func TestARefusalIsOfNow(t *testing.T) {
	url := dbtest.Ready(t)
	a, b := openWorld(t, url), openWorld(t, url)
	b.clock = a.clock
	take := func(w *world, event string, n int64) error {
		_, err := w.book.Post(t.Context(), w.draft(event).Move(made, at(buyer, whB, buyer, buyer), qty.Units(n)))
		return err
	}
	a.makes(10)
	require.Equal(t, "ledger.short_position", errs.CodeOf(take(b, "b1", 11)))
	a.n, b.n = 1, 1
	a.makes(5)
	require.NoError(t, take(b, "b2", 12))
	require.NoError(t, take(a, "a1", 1))
	var e *errs.Error
	require.ErrorAs(t, take(b, "b3", 3), &e)
	require.Equal(t, "ledger.short_position", e.Code)
	require.Equal(t, "2000", e.Args["available"])

	spend := func(w *world, event string, n money.Minor) error {
		_, err := w.book.Post(t.Context(), w.draft(event).Credit(producer, buyer, idr, n))
		return err
	}
	limit := func(event string, n money.Minor) {
		_, err := a.book.Post(t.Context(), a.draft(event).Limit(producer, buyer, idr, n))
		require.NoError(t, err)
	}
	limit("limit/1", 100)
	require.Equal(t, "ledger.short_credit", errs.CodeOf(spend(b, "order/1", 150)))
	limit("limit/2", 200)
	require.NoError(t, spend(b, "order/1", 150))
}

func TestStaleMasterDataIsRefused(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.d.RefreshEpoch(t.Context()))
	e := w.d.Epoch.Known()
	_, err := w.book.Post(t.Context(), w.draft("one").At(e))
	require.NoError(t, err)
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error { return w.d.BumpMaster(ctx) }))
	_, err = w.book.Post(t.Context(), w.draft("two").At(e))
	require.Equal(t, "ledger.stale", errs.CodeOf(err))
	_, err = w.book.Post(t.Context(), w.draft("two").At(w.d.Epoch.Known()))
	require.NoError(t, err)
}

// TestTheNextBatchIsBroughtWhileOneIsWritten: hundreds of posts, each of accounts of its own and of one in common, in batches that
// overlap; once where no account is there yet, once by an instance that remembers none of them.
func TestTheNextBatchIsBroughtWhileOneIsWritten(t *testing.T) {
	url := dbtest.Ready(t)
	w := openWorld(t, url)
	const n = 400
	stand := func(i int, owner, place id.ID) ledger.Position {
		return ledger.Position{Lot: id.ID(1000 + i), Product: id.ID(5000 + i), Owner: owner, Place: place, Bearer: owner, Seller: owner}
	}
	all := func(book *ledger.Book, what string, post func(i int, p *ledger.Post)) (failed int64) {
		var wg sync.WaitGroup
		var no atomic.Int64
		for i := range n {
			wg.Go(func() {
				p := w.draft(fmt.Sprintf("%s/%d", what, i))
				post(i, p)
				if _, err := book.Post(context.Background(), p); err != nil {
					no.Add(1)
				}
			})
		}
		wg.Wait()
		return no.Load()
	}
	small := func() *ledger.Book {
		b := ledger.New(ledger.Config{DB: w.d, Clock: w.clock, IDs: w.d.IDs, Kind: kindOf, Batch: 16, CacheSize: 400})
		t.Cleanup(b.Close)
		return b
	}
	w.makes(n / 2)
	require.Zero(t, all(small(), "make", func(i int, p *ledger.Post) {
		s := stand(i, producer, whP)
		p.Move(ledger.Outside(ledger.Origin, s.Lot, s.Product), s, qty.Units(2))
	}))
	short := all(small(), "sell", func(i int, p *ledger.Post) {
		p.Move(stand(i, producer, whP), stand(i, buyer, whB), qty.Units(1))
		p.Move(made, at(buyer, whB, buyer, buyer), qty.Units(1)) // there is enough for every second
	})
	require.EqualValues(t, n/2, short)
	require.Equal(t, int64(n/2), w.int("SELECT COUNT(*) FROM balance b JOIN account a ON a.acct = b.acct WHERE a.owner = ? AND a.product >= 5000 AND b.posted = 1000", buyer))
	w.holds()
}
