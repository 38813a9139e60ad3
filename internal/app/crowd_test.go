package app_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"

	"saluran/internal/app"
	"saluran/internal/db"
)

// crowd lets n clients do something at once and answers what each was told. A client that is told to come again does, with its key.
func crowd(n int, do func(i int, key string) answer) []answer {
	out := make([]answer, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			key := fmt.Sprint("crowd-", keys.Add(1))
			for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
				if out[i] = do(i, key); out[i].status != 503 || time.Now().After(end) {
					return
				}
			}
		})
	}
	close(start)
	all.Wait()
	return out
}

func firstLine(a answer) map[string]any { return a.body["lines"].([]any)[0].(map[string]any) }

func (m *market) holdsTogether(t *testing.T) {
	t.Helper()
	dbtest.Lift(t, m.DB)
	rep, err := m.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Zero(t, rep.Failed(), "%v", rep.Problems)
}

// TestTwoHundredClientsAfterTenCartons: over HTTP, through two instances on one database, ten get a carton each.
func TestTwoHundredClientsAfterTenCartons(t *testing.T) {
	m := newMarket(t, "delivery")
	tea := str(m.seller.post("/products", map[string]any{"sku": "TEH", "name": "Teh", "units": []any{map[string]any{"name": "carton", "base": "24"}}}, 201), "id")
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": tea, "from": "2025-01-01", "price": "1000"}}}, 204)
	m.seller.post("/lots", map[string]any{"product": tea, "code": "T-1", "qty": "240"}, 201)
	both := []*user{m.buyer, m.buyer.at(beside(t, m.Config.DB))}
	got := crowd(200, func(i int, key string) answer {
		return both[i%2].do("POST", "/orders", m.order(map[string]any{"product": tea, "qty": "1", "unit": "carton"}), "Idempotency-Key", key)
	})
	held, waits := 0, 0
	for _, a := range got {
		require.Equal(t, 201, a.status, a.text)
		switch l := firstLine(a); {
		case l["held"] == "24" && l["back_order"] == "0":
			held++
		case l["held"] == "0" && l["back_order"] == "24":
			waits++
		}
	}
	require.Equal(t, []int{10, 190}, []int{held, waits}, "who got a carton, and who waits for one")
	m.holdsTogether(t)
}

// TestAHundredPostsOfOneKeyAreOneOrder: over HTTP, through two instances, and each is told the same.
func TestAHundredPostsOfOneKeyAreOneOrder(t *testing.T) {
	m := newMarket(t, "delivery")
	both := []*user{m.buyer, m.buyer.at(beside(t, m.Config.DB))}
	body := m.order(map[string]any{"product": m.product, "qty": "5"}, "reference", "PO-100")
	got := crowd(100, func(i int, _ string) answer {
		return both[i%2].do("POST", "/orders", body, "Idempotency-Key", "one-of-hundred")
	})
	for _, a := range got {
		require.Equal(t, 201, a.status, a.text)
		require.Equal(t, got[0].text, a.text)
		require.Equal(t, got[0].header.Get("ETag"), a.header.Get("ETag"))
	}
	require.Len(t, items(m.buyer.get("/orders")), 1)
	m.holdsTogether(t)
}

// TestOneCreditIsSpentOnce: the limit takes one of two orders; both are sent at once, one to each instance, many times over.
func TestOneCreditIsSpentOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	both := []*user{m.buyer, m.buyer.at(beside(t, m.Config.DB))}
	for round := range 5 {
		got := crowd(2, func(i int, key string) answer { // 650 pieces: 27.4 of the limit of 50 million
			return both[i].do("POST", "/orders", m.order(map[string]any{"product": m.product, "qty": "650"}), "Idempotency-Key", key)
		})
		won := slices.IndexFunc(got, func(a answer) bool { return a.status == 201 })
		require.GreaterOrEqual(t, won, 0, "%d: %s", round, got[0].text)
		require.Equal(t, 409, got[1-won].status, got[1-won].text)
		require.Equal(t, "order.credit_exceeded", got[1-won].body["code"])
		m.holdsTogether(t)
		m.buyer.post("/orders/"+str(got[won].body, "id")+"/cancel", map[string]any{"reason": "again"}, 200)
	}
}

// stall keeps the ledger from writing until the function that it answers is called: it takes the row, or the file, that every
// batch must write.
func (m *market) stall(t *testing.T) (release func()) {
	t.Helper()
	if m.DB.Engine == db.SQLite {
		return m.DB.LockWriter()
	}
	tx, err := m.DB.WriteSQL().Begin()
	require.NoError(t, err)
	_, err = tx.Exec("UPDATE lane SET seq = seq + 0 WHERE lane = 0")
	require.NoError(t, err)
	var seq int64
	require.NoError(t, tx.QueryRow("SELECT seq FROM lane WHERE lane = 0 FOR UPDATE").Scan(&seq))
	return func() { require.NoError(t, tx.Rollback()) }
}

// TestAFullQueueAsksToComeAgain: where the database is slow and no more may wait, the rest are answered 503 at once, with the time to
// come again; who comes again with the same key gets one order. Nothing hangs, and nothing is done twice.
func TestAFullQueueAsksToComeAgain(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.Queue, c.NoWorkers = 1, true })
	const clients = 24
	release := sync.OnceFunc(m.stall(t))
	defer release()
	var busy atomic.Int64
	first := make([]answer, clients)
	var all sync.WaitGroup
	send := func(i int) answer {
		return m.buyer.do("POST", "/orders", m.order(map[string]any{"product": m.product, "qty": "1"}), "Idempotency-Key", fmt.Sprint("full-", i))
	}
	for i := range clients {
		all.Go(func() {
			if first[i] = send(i); first[i].status == 503 {
				busy.Add(1)
			}
		})
	}
	// One is being written, one is the next batch, one waits.
	require.Eventually(t, func() bool { return busy.Load() >= clients-3 }, 10*time.Second, 5*time.Millisecond, "they are answered while the database still stands")
	release()
	all.Wait()
	done := 0
	for i, a := range first {
		if a.status == 201 {
			done++
			continue
		}
		require.Equal(t, 503, a.status, a.text)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		after, err := strconv.Atoi(a.header.Get("Retry-After"))
		require.NoError(t, err, "Retry-After of %d", i)
		require.Positive(t, after)
		require.Equal(t, "busy", a.body["code"])
	}
	require.Positive(t, done, "who waited was served")
	ids := map[string]bool{}
	for i, a := range first {
		for end := time.Now().Add(20 * time.Second); a.status == 503 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			a = send(i)
		}
		require.Equal(t, 201, a.status, a.text)
		again := send(i)
		require.Equal(t, a.text, again.text, "the same key once more")
		ids[str(a.body, "id")] = true
	}
	require.Len(t, ids, clients)
	var orders int64
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM orders WHERE seller = ?", m.seller.org).Scan(&orders).Error)
	require.EqualValues(t, clients, orders)
	m.holdsTogether(t)
}
