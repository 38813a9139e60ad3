package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/ledger"
)

// CrashOptions of the crash test.
type CrashOptions struct {
	DB      string
	Rounds  int // kills: 20
	Clients int // 32
	// Database kills a private MariaDB under the running program instead of the program; DB is then not used.
	Database bool
	Program  string // the saluran binary; this one when ""
	Out      io.Writer
}

// CrashResult says what became of the orders that clients sent while something was killed. In its line ours are the orders that
// are stored as they were answered, the rival those that were acknowledged; the times are those from the first try of an order to
// its answer, restarts included.
type CrashResult struct {
	Line
	Kills   int `json:"kills"`
	Keys    int `json:"keys"`
	Retried int `json:"sent_again"`
	Broken  int `json:"answered_500"` // answers 500 on the way, each sent again
	Stored  int `json:"stored"`       // rows of orders, whatever their key
	Missing int `json:"missing"`
	Doubled int `json:"doubled"`
	Failed  int `json:"failed"`
}

// sent is one order as a client knows it: its key, and the answer once there is one.
type sent struct {
	key      string
	order    string
	attempts int
	took     time.Duration // from the first try to the answer
}

// crasher keeps the program (and the database) running, kills, and restarts.
type crasher struct {
	o       CrashOptions
	url     string
	addr    string
	program *exec.Cmd
	maria   *Maria
	mk      *market
	log     *os.File
	mu      sync.Mutex
	sent    []*sent
	retried int
	broken  int
	remove  func()
}

// Crash kills the program (or the database) with SIGKILL while clients place orders, again and again. Clients send what was not
// answered again with the same key. In the end no acknowledged order may be missing, none doubled, and verify must hold.
func Crash(ctx context.Context, o CrashOptions) (res CrashResult, err error) {
	if o.Rounds == 0 {
		o.Rounds = 20
	}
	if o.Clients == 0 {
		o.Clients = 32
	}
	if o.Program == "" {
		if o.Program, err = os.Executable(); err != nil {
			return res, err
		}
	}
	c := &crasher{o: o}
	defer c.end()
	if err := c.prepare(ctx); err != nil {
		return res, fmt.Errorf("crash test: %w", err)
	}
	for round := range o.Rounds {
		if err := c.round(ctx, round); err != nil {
			return res, fmt.Errorf("crash test, round %d: %w", round+1, err)
		}
		fmt.Fprintf(o.Out, "kill %d of %d: %d orders acknowledged so far\n", round+1, o.Rounds, len(c.sent))
	}
	return c.judge(ctx)
}

func (c *crasher) prepare(ctx context.Context) (err error) {
	if c.o.Database {
		if c.maria, err = StartMaria(ctx); err != nil {
			return err
		}
		c.o.DB = c.maria.URL("mysql")
	}
	if c.url, c.remove, err = Scratch(ctx, c.o.DB, "crash"); err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Config{DB: c.url, Log: quiet(), NoWorkers: true})
	if err != nil {
		return err
	}
	c.mk, err = seed(ctx, a, shape{4, 20, 1})
	a.Close()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.addr = l.Addr().String()
	l.Close()
	if c.log, err = os.CreateTemp("", "saluran-crash-*.log"); err != nil {
		return err
	}
	return c.start(ctx)
}

// start runs the program and waits until it can take work.
func (c *crasher) start(ctx context.Context) error {
	c.program = exec.Command(c.o.Program, "serve", "--db", c.url, "--rate", "off") // four buyers send as fast as they can
	c.program.Env = append(os.Environ(), "SALURAN_ADDR="+c.addr, "SALURAN_DB="+c.url)
	c.program.Stdout, c.program.Stderr = c.log, c.log
	c.program.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.program.Start(); err != nil {
		return err
	}
	return c.ready(ctx)
}

func (c *crasher) ready(ctx context.Context) error {
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if code, _, err := fasthttp.GetTimeout(nil, "http://"+c.addr+"/readyz", 2*time.Second); err == nil && code == 200 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the program was not ready after a minute; its log is %s", c.log.Name())
}

// round lets clients work, kills, restarts, and lets the clients finish what was not answered.
func (c *crasher) round(ctx context.Context, round int) error {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	errs := make(chan error, c.o.Clients)
	for n := range c.o.Clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := c.client(round, n, stop); err != nil {
				errs <- err
			}
		}()
	}
	time.Sleep(time.Duration(300+rand.IntN(500)) * time.Millisecond)
	if err := c.kill(ctx); err != nil {
		return err
	}
	close(stop)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func (c *crasher) kill(ctx context.Context) error {
	if c.o.Database {
		if err := c.maria.Kill(); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
		if err := c.maria.Start(ctx); err != nil {
			return err
		}
		return c.ready(ctx)
	}
	if err := c.program.Process.Kill(); err != nil {
		return err
	}
	_ = c.program.Wait()
	return c.start(ctx)
}

// client places orders until it is told to stop; an order that was not answered is sent again with its key until it is.
func (c *crasher) client(round, n int, stop chan struct{}) error {
	hc := &fasthttp.Client{MaxConnsPerHost: 2, ReadTimeout: 30 * time.Second}
	rng := rand.New(rand.NewPCG(uint64(round), uint64(n)))
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		default:
		}
		s := c.mk.sellers[rng.IntN(len(c.mk.sellers))]
		x := &sent{key: fmt.Sprintf("crash-%d-%d-%d", round, n, i)}
		body := orderBody(nil, s, pickTen(rng, s.products))
		start := time.Now()
		deadline, broken := start.Add(90*time.Second), 0
		for x.order == "" {
			x.attempts++
			code, answer, err := postOrder(hc, "http://"+c.addr, s.token, x.key, body)
			switch {
			case err == nil && code == 201:
				var o struct{ ID string }
				if err := json.Unmarshal(answer, &o); err != nil {
					return err
				}
				x.order = o.ID
			case err == nil && code != 503 && code != 500:
				return fmt.Errorf("status %d: %s", code, answer)
			case time.Now().After(deadline):
				return fmt.Errorf("no answer for 90 seconds, last: %d %s %v", code, answer, err)
			default:
				if code == 500 {
					broken++
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		x.took = time.Since(start)
		c.mu.Lock()
		c.broken += broken
		c.sent = append(c.sent, x)
		if x.attempts > 1 {
			c.retried++
		}
		c.mu.Unlock()
	}
}

func orderBody(b []byte, s seller, products []id64) []byte {
	b = append(b, `{"seller":"`+s.org.String()+`","lines":[`...)
	for i, p := range products {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"product":"`+p.String()+`","qty":"1"}`...)
	}
	return append(b, "]}"...)
}

func postOrder(hc *fasthttp.Client, base, token, key string, body []byte) (int, []byte, error) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(base + "/api/v1/orders")
	req.Header.SetMethod("POST")
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", key)
	req.SetBody(body)
	err := hc.Do(req, resp)
	return resp.StatusCode(), bytes.Clone(resp.Body()), err
}

// judge compares what clients were told with what is stored.
func (c *crasher) judge(ctx context.Context) (CrashResult, error) {
	_ = c.program.Process.Signal(syscall.SIGTERM)
	_ = c.program.Wait()
	a, err := app.Open(ctx, app.Config{DB: c.url, Log: quiet(), NoWorkers: true})
	if err != nil {
		return CrashResult{}, err
	}
	defer a.Close()
	res := CrashResult{Line: c.line("crash", engineName(a.DB)), Kills: c.o.Rounds, Keys: len(c.sent), Retried: c.retried, Broken: c.broken}
	res.Case = "program"
	if c.o.Database {
		res.Case = "database"
	}
	if err := c.compare(ctx, a.DB, &res); err != nil {
		return res, err
	}
	res.Ours, res.Rival = float64(len(c.sent)-res.Missing), float64(len(c.sent))
	res.Ratio = res.Ours / max(res.Rival, 1)
	rep, err := ledger.Verify(ctx, a.DB, a.VerifyConfig())
	if err != nil {
		return res, err
	}
	res.Failed = rep.Failed()
	res.Errors = int64(res.Missing + res.Doubled + res.Failed + res.Broken)
	for _, p := range rep.Problems[:min(5, len(rep.Problems))] {
		fmt.Fprintln(c.o.Out, "wrong:", p)
	}
	return res, nil
}

// line begins a last line: who sent, and how long an order took.
func (c *crasher) line(name, engine string) Line {
	l := Line{Bench: name, Engine: engine, Clients: c.o.Clients, MaxRSS: maxRSS()}
	took := make([]time.Duration, len(c.sent))
	for i, x := range c.sent {
		took[i] = x.took
	}
	l.P50, l.P99 = percentiles(took)
	return l
}

// compare holds every answer against the tables. Every order that was sent has been acknowledged in the end, so that there are as
// many as keys: one more, under whatever key or none, is a double.
func (c *crasher) compare(ctx context.Context, d *db.DB, res *CrashResult) error {
	keys, err := storedOrders(ctx, d)
	if err != nil {
		return err
	}
	if err := d.ReadSQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM orders").Scan(&res.Stored); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, x := range c.sent {
		key, found := keys[x.order]
		switch {
		case !found || key != x.key:
			res.Missing++
		case seen[x.order]: // two keys were answered by one order
			res.Missing++
		}
		seen[x.order] = true
	}
	res.Doubled = max(0, res.Stored-(len(c.sent)-res.Missing))
	return nil
}

// storedOrders are the keys of the journals that filed the orders, by order.
func storedOrders(ctx context.Context, d *db.DB) (map[string]string, error) {
	rows, err := d.ReadSQL().QueryContext(ctx, "SELECT o.id, j.client_key FROM orders o JOIN journal j ON j.seq = o.seq WHERE j.client_key IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var key, order string
		if err := rows.Scan(&order, &key); err != nil {
			return nil, err
		}
		out[order] = key
	}
	return out, rows.Err()
}

func (c *crasher) end() {
	if c.program != nil && c.program.Process != nil {
		_ = c.program.Process.Kill()
		_ = c.program.Wait()
	}
	if c.remove != nil {
		c.remove()
	}
	if c.maria != nil {
		c.maria.Remove()
	}
	if c.log != nil {
		c.log.Close()
	}
}
