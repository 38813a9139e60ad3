package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

type id64 = id.ID

// OrdersOptions of the benchmark of orders.
type OrdersOptions struct {
	DB      string
	Clients int           // 64
	Sellers int           // of the spread case: 1,000
	Window  time.Duration // of each measurement: 4 s
	Out     io.Writer
	Case    string // hot, spread, or "" for both
	Profile string // a file for the CPU profile of our side's window; the last case's stays
}

// OrdersResult is one case.
type OrdersResult struct {
	Line
	BestRival  string
	RivalBest  float64 // the rival at its own best number of clients
	BestN      int
	CPUPerUnit time.Duration // of this process, clients included
}

// Orders places 10-line orders through the real HTTP API, beside the same rows written by plain SQL with one transaction for
// each order, on the same database engine in the same run: one hot seller, and many sellers. In the hot case the orders are a
// thousand buyers' of one seller and take ten of its twenty products, so that they meet at each row of stock: what plain SQL does one
// after the other there is what the ledger gathers. (No table of an order has a foreign key, so that none is checked on either side.) It ends with the worse case.
func Orders(ctx context.Context, o OrdersOptions) (Line, error) {
	if o.Clients == 0 {
		o.Clients = 64
	}
	if o.Sellers == 0 {
		o.Sellers = 1000
	}
	if o.Window == 0 {
		o.Window = 4 * time.Second
	}
	worst, failed := Line{Ratio: 1e9}, int64(0)
	for _, c := range []struct {
		name string
		of   shape
	}{{"hot", shape{1, 20, o.Sellers}}, {"spread", shape{o.Sellers, 12, 1}}} {
		if o.Case != "" && o.Case != c.name {
			continue
		}
		r, err := orderCase(ctx, o, c.name, c.of)
		if err != nil {
			return Line{}, fmt.Errorf("bench orders, %s: %w", c.name, err)
		}
		fmt.Fprintf(o.Out, "%s %s: ours %.0f orders/s (p50 %.1f ms, p99 %.1f ms, %s CPU an order with the client), plain SQL %.0f (%s), ratio %.2f; plain at its best, %d clients: %.0f\n",
			r.Engine, c.name, r.Ours, r.P50, r.P99, r.CPUPerUnit, r.Rival, r.BestRival, r.Ratio, r.BestN, r.RivalBest)
		failed += r.Errors
		worst = worst.orWorse(r.Line)
	}
	worst.Errors = failed // of both
	return worst, nil
}

// orWorse is the line of the case with the worse ratio, and the slower answers of the two: a goal holds for both.
func (l Line) orWorse(other Line) Line {
	worse := l
	if other.Ratio < l.Ratio {
		worse = other
	}
	worse.P50, worse.P99, worse.P99us = max(l.P50, other.P50), max(l.P99, other.P99), max(l.P99us, other.P99us)
	return worse
}

func orderCase(ctx context.Context, o OrdersOptions, name string, of shape) (OrdersResult, error) {
	url, remove, err := Scratch(ctx, o.DB, name)
	if err != nil {
		return OrdersResult{}, err
	}
	defer remove()
	// Requests are counted as serve counts them; the limit is out of the way of a single buyer who sends for 64.
	const limit = 1_000_000
	a, err := app.Open(ctx, app.Config{DB: url, Log: quiet(), Rate: httpx.Rate{Account: limit, Address: limit}})
	if err != nil {
		return OrdersResult{}, err
	}
	defer a.Close()
	durable, err := durability(ctx, a.DB)
	if err != nil {
		return OrdersResult{}, err
	}
	fmt.Fprintf(o.Out, "%s %s: %s; requests are counted, up to %d/s; making %d sellers with %d products and %d buyers each\n", engineName(a.DB), name, durable, limit, of.sellers, of.products, of.buyers)
	mk, err := seed(ctx, a, of)
	if err != nil {
		return OrdersResult{}, err
	}
	res := OrdersResult{Line: Line{Bench: "orders", Engine: engineName(a.DB), Clients: o.Clients, Case: name}}
	if err := ours(ctx, a, mk, o, &res); err != nil {
		return res, err
	}
	confirms, dispatches, err := dispatched(ctx, a, o.Clients, 2000)
	if err != nil {
		return res, err
	}
	fmt.Fprintf(o.Out, "%s %s: in process, %d callers: %.0f confirmations/s, %.0f dispatches/s of ten lots each (one costs what %.1f orders cost)\n",
		res.Engine, name, o.Clients, confirms, dispatches, res.Ours/dispatches)
	rep, err := ledger.Verify(ctx, a.DB, a.VerifyConfig())
	if err != nil {
		return res, err
	}
	if rep.Failed() > 0 {
		return res, fmt.Errorf("the invariants do not hold after the load: %v", rep.Problems[:min(3, len(rep.Problems))])
	}
	return res, rivals(ctx, o, name, of, &res)
}

// ours is the measured load: a warm-up that meets every seller, so that prices, terms and balances are remembered as they are in
// a program that has been running, then the window.
func ours(ctx context.Context, a *app.App, mk *market, o OrdersOptions, res *OrdersResult) error {
	l, err := httpx.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	sctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- a.Serve(sctx, l) }()
	defer func() { stop(); <-served }()
	if err := visit(mk, "http://"+l.Addr().String(), o.Clients); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	warm, _, _, err := load(mk, "http://"+l.Addr().String(), o.Clients, o.Window/2, "w")
	if err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	profiled, err := profile(o.Profile)
	if err != nil {
		return err
	}
	before := cpu()
	start := time.Now()
	n, lat, failed, err := load(mk, "http://"+l.Addr().String(), o.Clients, o.Window, "m")
	profiled()
	if err != nil {
		return err
	}
	res.Ours = float64(n) / time.Since(start).Seconds()
	res.P50, res.P99 = percentiles(lat)
	res.Errors = failed
	res.CPUPerUnit = ((cpu() - before) / time.Duration(max(n, 1))).Round(time.Microsecond)
	res.MaxRSS = maxRSS()
	return stored(ctx, a.DB, int64(len(mk.sellers))+warm+n, failed)
}

// stored is whether every order that was acknowledged is there, and no other but perhaps such as were answered by an error.
func stored(ctx context.Context, d *db.DB, acknowledged, failed int64) error {
	var n int64
	if err := d.ReadSQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM orders").Scan(&n); err != nil {
		return err
	}
	if n < acknowledged || n > acknowledged+failed {
		return fmt.Errorf("%d orders were acknowledged and %d failed, but %d are stored", acknowledged, failed, n)
	}
	return nil
}

// durability says what the database was told to do at a commit, as the database itself says it.
func durability(ctx context.Context, d *db.DB) (string, error) {
	name, ask := "innodb_flush_log_at_trx_commit", "SELECT @@innodb_flush_log_at_trx_commit"
	if d.Engine == db.SQLite {
		name, ask = "synchronous", "PRAGMA synchronous" // 2 is FULL
	}
	var v int
	if err := d.WriteSQL().QueryRowContext(ctx, ask).Scan(&v); err != nil {
		return "", fmt.Errorf("ask for %s: %w", name, err)
	}
	return fmt.Sprintf("%s=%d", name, v), nil
}

// visit places one order for every pair.
func visit(mk *market, base string, clients int) error {
	hc := &fasthttp.Client{MaxConnsPerHost: clients + 4, ReadTimeout: 60 * time.Second}
	var g errgroup.Group
	g.SetLimit(clients)
	for i, s := range mk.sellers {
		g.Go(func() error { return placeHTTP(hc, base, s, s.products[:perOrder], fmt.Sprintf("v-%d", i)) })
	}
	return g.Wait()
}

// load runs clients for a window; an answer 503 is tried again with the same key and counts once.
func load(mk *market, base string, clients int, window time.Duration, round string) (n int64, all []time.Duration, failed int64, err error) {
	hc := &fasthttp.Client{MaxConnsPerHost: clients + 4, ReadTimeout: 60 * time.Second}
	var wg sync.WaitGroup
	var done, bad atomic.Int64
	var first atomic.Value
	lats := make([][]time.Duration, clients)
	start := time.Now()
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(uint64(c), 11))
			for i := 0; time.Since(start) < window; i++ {
				s := mk.sellers[rng.IntN(len(mk.sellers))]
				t := time.Now()
				if e := placeHTTP(hc, base, s, pickTen(rng, s.products), fmt.Sprintf("%s-%d-%d", round, c, i)); e != nil {
					bad.Add(1)
					first.CompareAndSwap(nil, e)
					continue
				}
				lats[c] = append(lats[c], time.Since(t))
				done.Add(1)
			}
		}()
	}
	wg.Wait()
	for _, l := range lats {
		all = append(all, l...)
	}
	if done.Load() == 0 {
		e, _ := first.Load().(error)
		return 0, nil, bad.Load(), errors.Join(errors.New("no order was placed"), e)
	}
	return done.Load(), all, bad.Load(), nil
}

// placeHTTP places one order; an answer 503 is tried again with the same key.
func placeHTTP(hc *fasthttp.Client, base string, s seller, products []id64, key string) error {
	body := orderBody(make([]byte, 0, 512), s, products)
	for try := 0; ; try++ {
		code, answer, err := postOrder(hc, base, s.token, key, body)
		switch {
		case err != nil:
			return err
		case code == fasthttp.StatusCreated:
			return nil
		case code != fasthttp.StatusServiceUnavailable || try == 50:
			return fmt.Errorf("status %d: %s", code, answer)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// rivals measures plain SQL in a fresh database with the same market: both shapes at the same number of clients, and the
// better one at other numbers.
func rivals(ctx context.Context, o OrdersOptions, name string, of shape, res *OrdersResult) error {
	url, remove, err := Scratch(ctx, o.DB, name+"r")
	if err != nil {
		return err
	}
	defer remove()
	a, err := app.Open(ctx, app.Config{DB: url, Log: quiet(), NoWorkers: true})
	if err != nil {
		return err
	}
	defer a.Close()
	mk, err := seed(ctx, a, of)
	if err != nil {
		return err
	}
	a.Book.Close()               // the rival has the database to itself
	if a.DB.Engine == db.MySQL { // a connection for each of its clients
		a.DB.WriteSQL().SetMaxOpenConns(o.Clients + 8)
		a.DB.WriteSQL().SetMaxIdleConns(o.Clients + 8)
	}
	r := &rival{d: a.DB, m: mk}
	for _, shape := range []string{"lock", "cond"} {
		r.shape = shape
		r.run(ctx, o.Clients, o.Window/4)
		n, bad := r.run(ctx, o.Clients, o.Window)
		fmt.Fprintf(o.Out, "%s %s: plain SQL, %s, %d clients: %.0f orders/s (%d failed)\n", engineName(a.DB), name, shape, o.Clients, n, bad)
		if n > res.Rival {
			res.Rival, res.BestRival = n, shape
		}
	}
	r.shape = res.BestRival
	res.RivalBest, res.BestN = res.Rival, o.Clients
	numbers := []int{4, 8, 16}
	if a.DB.Engine == db.SQLite {
		numbers = []int{1, 4}
	}
	for _, n := range numbers {
		if x, _ := r.run(ctx, n, o.Window/2); x > res.RivalBest {
			res.RivalBest, res.BestN = x, n
		}
	}
	res.Ratio = res.Ours / res.Rival
	return nil
}
