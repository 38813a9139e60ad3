package httpx

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
)

const noon = clock.Instant(1_780_000_000_000_000)

func limiter(t *testing.T, r Rate) (*Limiter, *clock.Fixed) {
	c := clock.NewFixed(noon)
	return NewLimiter(dbtest.New(t), c, slog.New(slog.DiscardHandler), r), c
}

// passes counts how many of n requests of a person get through.
func (l *Limiter) passes(n int, person int64) (ok int) {
	for range n {
		if l.account(access.Actor{Person: id.ID(person)}) == nil {
			ok++
		}
	}
	return ok
}

func TestARateIsRead(t *testing.T) {
	for s, want := range map[string]Rate{"1000/5000": {1000, 5000}, "0/10": {0, 10}, "off": {}, "": {}} {
		r, err := ParseRate(s)
		require.NoError(t, err, s)
		require.Equal(t, want, r)
	}
	for _, s := range []string{"1000", "a/b", "1/2/3", "-1/5", "5/-1", "9999999/1", "/", "1/"} {
		_, err := ParseRate(s)
		require.Error(t, err, s)
	}
	require.Nil(t, NewLimiter(nil, nil, nil, Rate{}), "no limit, nothing counted")
}

func TestTheWindowSlides(t *testing.T) {
	l, c := limiter(t, Rate{Account: 10})
	require.Equal(t, 100, l.passes(500, 1), "ten a second over ten seconds")
	require.Equal(t, 100, l.passes(100, 2), "another is another")
	require.Equal(t, 100, func() (ok int) {
		for range 300 {
			if l.account(access.Actor{Person: 1, Scopes: &access.Scopes{}}) == nil {
				ok++
			}
		}
		return ok
	}(), "the keys of a person do not take the person's own")
	require.EqualValues(t, 600, l.Account.Load())
	err := l.account(access.Actor{Person: 1})
	require.Equal(t, "request.rate", errs.CodeOf(err))
	require.Equal(t, http.StatusTooManyRequests, Status(err))
	n, _ := strconv.Atoi(RetryAfterOf(err))
	require.Positive(t, n)
	c.Set(noon.Add(time.Duration(n)*time.Second - 1500*time.Millisecond))
	require.Error(t, l.account(access.Actor{Person: 1}), "not before it was said")
	c.Set(noon.Add(time.Duration(n) * time.Second))
	require.NoError(t, l.account(access.Actor{Person: 1}), "and then at once")
	c.Set(noon.Add(15 * time.Second))
	got := l.passes(500, 1)
	require.Greater(t, got, 30, "half of what was is forgotten")
	require.Less(t, got, 60, "and half is not")
	c.Set(noon.Add(time.Minute))
	require.Equal(t, 100, l.passes(500, 1))
}

func TestTwoHundredAtOnceAreCountedOnce(t *testing.T) {
	l, _ := limiter(t, Rate{Account: 10})
	var ok sync.Map
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if l.account(access.Actor{Person: 1}) == nil {
				ok.Store(i, true)
			}
		}()
	}
	wg.Wait()
	n := 0
	ok.Range(func(any, any) bool { n++; return true })
	require.Equal(t, 100, n)
}

func TestALimitHoldsOverInstances(t *testing.T) {
	one, c := limiter(t, Rate{Account: 100, Address: 100})
	two := NewLimiter(one.d, c, one.log, one.rate)
	three := NewLimiter(one.d, c, one.log, one.rate)
	all := 0
	for range 20 {
		for _, l := range []*Limiter{one, two, three} {
			all += l.passes(100, 1)
			require.NoError(t, l.Settle(t.Context()))
		}
	}
	require.GreaterOrEqual(t, all, 1000)
	require.LessOrEqual(t, all, 1000+200, "what passes before the others know is little")
	require.Zero(t, three.passes(10, 1))
	c.Set(noon.Add(time.Minute))
	require.NotZero(t, three.passes(10, 1))
	require.NoError(t, one.Settle(t.Context()))
}

func TestOrdinaryRequestsCostNoQuery(t *testing.T) {
	l, c := limiter(t, Rate{Account: 1000})
	for person := range 500 {
		l.passes(20, int64(person+1))
	}
	require.NoError(t, l.Settle(t.Context()))
	var n int64
	require.NoError(t, l.d.R(t.Context()).Raw("SELECT COUNT(*) FROM rate_count").Scan(&n).Error)
	require.Zero(t, n, "nobody has used up an eighth")
	l.passes(5000, 7)
	require.NoError(t, l.Settle(t.Context()))
	require.NoError(t, l.d.R(t.Context()).Raw("SELECT COUNT(*) FROM rate_count").Scan(&n).Error)
	require.EqualValues(t, 1, n)
	c.Set(noon.Add(time.Minute))
	l.passes(5000, 8)
	require.NoError(t, l.Settle(t.Context()))
	require.NoError(t, l.d.R(t.Context()).Raw("SELECT COUNT(*) FROM rate_count").Scan(&n).Error)
	require.EqualValues(t, 1, n, "and what is over is removed")
	for i := range l.parts {
		for who := range l.parts[i].m {
			require.EqualValues(t, 8, who.n, "in memory too")
		}
	}
}

func TestMemoryOfALimiterIsBounded(t *testing.T) {
	l, _ := limiter(t, Rate{Address: 10})
	for i := range 2 * shards * perShard {
		require.NoError(t, l.take(caller{kind: 'a', addr: netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})}, 10, &l.Address))
	}
	n := 0
	for i := range l.parts {
		n += len(l.parts[i].m)
	}
	require.LessOrEqual(t, n, shards*perShard)
}

// limited is a small server with a limit of ten requests in ten seconds for an address.
func limited(t *testing.T, proxies ...string) string {
	l, _ := limiter(t, Rate{Address: 1})
	app := New(Config{Log: slog.New(slog.DiscardHandler), Limit: l, Proxies: proxies})
	app.Get("/api/ip", func(c fiber.Ctx) error { return c.SendString(c.IP()) })
	app.Post("/api/ip", func(c fiber.Ctx) error { return c.SendString(c.IP()) })
	app.Get("/healthz", func(c fiber.Ctx) error { return c.SendString("ok") })
	at, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- app.Listener(at, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() { app.Shutdown(); <-done })
	return "http://" + at.Addr().String()
}

func ask(t *testing.T, url string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b), res.Header
}

// said are the headers by which a sender may claim to be somebody else.
var said = []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Forwarded", "X-Originating-Ip"}

func TestASpoofedAddressChangesNothing(t *testing.T) {
	url := limited(t)
	refused := 0
	for i := range 40 {
		h := []string{said[i%len(said)], "203.0.113." + strconv.Itoa(i)}
		if h[0] == "Forwarded" {
			h[1] = "for=" + h[1]
		}
		status, body, header := ask(t, url+"/api/ip", h...)
		if status == http.StatusTooManyRequests {
			refused++
			require.Contains(t, body, `"code":"request.rate"`)
			require.NotEmpty(t, header.Get("Retry-After"))
			continue
		}
		require.Equal(t, "127.0.0.1", body)
	}
	require.Equal(t, 30, refused, "all of them are one address")
	status, _, _ := ask(t, url+"/healthz")
	require.Equal(t, 200, status, "probes are not counted")
	res, err := http.Post(url+"/api/ip", "application/json", io.LimitReader(endless{}, 4<<20))
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode, "and no body of who is refused is read")
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestATrustedProxySaysWhoItIs(t *testing.T) {
	url := limited(t, "127.0.0.1", "10.0.0.0/8")
	for i := range 30 {
		status, body, _ := ask(t, url+"/api/ip", "X-Forwarded-For", "203.0.113."+strconv.Itoa(i))
		require.Equal(t, 200, status)
		require.Equal(t, "203.0.113."+strconv.Itoa(i), body)
	}
	refused := 0
	for i := range 30 { // what the client itself wrote stands to the left of what the proxies added
		status, body, _ := ask(t, url+"/api/ip", "X-Forwarded-For", "198.51.100."+strconv.Itoa(i)+", 192.0.2.7, 10.1.2.3")
		if status != 200 {
			refused++
			continue
		}
		require.Equal(t, "192.0.2.7", body)
	}
	require.Equal(t, 20, refused)
	for i := range 30 { // an address of IPv6 is one of very many that its owner has
		status, _, _ := ask(t, url+"/api/ip", "X-Forwarded-For", "2001:db8:1:2::"+strconv.Itoa(i+1))
		require.Equal(t, i < 10, status == 200, i)
	}
	status, _, _ := ask(t, url+"/api/ip", "X-Forwarded-For", "2001:db8:1:3::1")
	require.Equal(t, 200, status)
	status, body, _ := ask(t, url+"/api/ip", "X-Forwarded-For", "nonsense")
	require.Equal(t, 200, status)
	require.Equal(t, "127.0.0.1", body)
}

// TestOverHTTPSOnly: a browser that was here once by https comes by nothing else again; of answers in the clear nobody may say so.
func TestOverHTTPSOnly(t *testing.T) {
	const hsts = "Strict-Transport-Security"
	serve := func(cfg Config) string {
		cfg.Log = slog.New(slog.DiscardHandler)
		app := New(cfg)
		app.Get("/api/x", func(c fiber.Ctx) error { return c.SendString("x") })
		app.Get("/api/bad", func(c fiber.Ctx) error { return errors.New("no") })
		at, err := Listen("127.0.0.1:0")
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- app.Listener(at, fiber.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() { app.Shutdown(); <-done })
		return "http://" + at.Addr().String()
	}
	always, never, proxied := serve(Config{Secure: true}), serve(Config{}), serve(Config{Proxies: []string{"127.0.0.1"}})
	for _, path := range []string{"/api/x", "/api/bad", "/api/none"} {
		_, _, h := ask(t, always+path)
		require.Equal(t, "max-age=31536000", h.Get(hsts), path)
		_, _, h = ask(t, never+path, "X-Forwarded-Proto", "https")
		require.Empty(t, h.Get(hsts), "nobody may say so who is no proxy of ours")
		_, _, h = ask(t, proxied+path, "X-Forwarded-Proto", "https")
		require.Equal(t, "max-age=31536000", h.Get(hsts), path)
		_, _, h = ask(t, proxied+path, "X-Forwarded-Proto", "http")
		require.Empty(t, h.Get(hsts))
	}
	_, _, h := ask(t, always+"/api/x", "X-Long", string(make20k()))
	require.Equal(t, "max-age=31536000", h.Get(hsts), "what the server itself refuses carries it too")
}

func make20k() []byte {
	b := make([]byte, 20_000)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

// Somebody who comes under many names does not make the limiter forget who is at the limit and goes on asking.
func TestManyNamesDoNotResetALimit(t *testing.T) {
	l, _ := limiter(t, Rate{Address: 10, Account: 10})
	over := caller{kind: 's', n: 7}
	for range 100 {
		require.NoError(t, l.take(over, 10, &l.Account))
	}
	require.Error(t, l.take(over, 10, &l.Account))
	for i := range 2 * shards * perShard {
		require.NoError(t, l.take(caller{kind: 'a', addr: netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})}, 10, &l.Address))
		if i%20_000 == 0 {
			require.Error(t, l.take(over, 10, &l.Account), "after %d names", i)
		}
	}
	for i := range l.parts {
		require.Equal(t, len(l.parts[i].m), l.parts[i].seen.Len())
		require.LessOrEqual(t, len(l.parts[i].m), perShard)
	}
}
