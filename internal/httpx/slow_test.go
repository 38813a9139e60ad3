package httpx

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"
)

// hasty is a server with the portal's settings that waits for two seconds where the portal waits for a minute or two.
func hasty(t *testing.T) string {
	app := New(Config{Log: slog.New(slog.DiscardHandler), read: 2 * time.Second, idle: 2 * time.Second})
	app.Get("/api/x", func(c fiber.Ctx) error { return c.SendString("here") })
	app.Post("/api/x", func(c fiber.Ctx) error { return c.SendString("took") })
	at, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- app.Listener(at, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() { app.Shutdown(); <-done })
	return at.Addr().String()
}

// drip sends start, then a byte each 100 ms, until the server has ended the connection; it answers what the server said and how
// long it took.
func drip(t *testing.T, addr, start, drop string) (string, time.Duration) {
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	began := time.Now()
	_, err = c.Write([]byte(start))
	require.NoError(t, err)
	ended := make(chan struct{})
	var said []byte
	go func() { said, _ = io.ReadAll(c); close(ended) }()
	for {
		select {
		case <-ended:
			return string(said), time.Since(began)
		case <-time.After(100 * time.Millisecond):
			if drop != "" {
				c.Write([]byte(drop))
			}
		}
		if time.Since(began) > 20*time.Second {
			t.Error("the connection is never ended: " + start)
			return "", time.Since(began)
		}
	}
}

func TestSlowSendersAreCut(t *testing.T) {
	is := New(Config{}).Config()
	require.Equal(t, []time.Duration{time.Minute, 2 * time.Minute}, []time.Duration{is.ReadTimeout, is.IdleTimeout}, "the portal's own")
	addr := hasty(t)
	const post = "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	var wg sync.WaitGroup
	for name, c := range map[string]struct{ start, drop, hears string }{
		"a header that never ends":      {"GET /api/x HTTP/1.1\r\nX-Slow: ", "a", ""},
		"a line that never ends":        {"GET /", "a", ""},
		"a body that never ends":        {post + "Content-Length: 100000\r\n\r\n{", " ", "408"},
		"chunks that never end":         {post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", "408"},
		"nothing at all":                {"", "", ""},
		"half a line, and then nothing": {"GET /api", "", ""},
		"idle after an answer":          {"GET /api/x HTTP/1.1\r\nHost: x\r\n\r\n", "", "here"},
	} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			said, took := drip(t, addr, c.start, c.drop)
			if took > 8*time.Second {
				t.Errorf("%s: cut after %s", name, took)
			}
			if !strings.Contains(said, c.hears) {
				t.Errorf("%s: heard %q", name, said)
			}
		}()
	}
	wg.Wait()
}

// TestThousandsOfIdleConnections: they hold nobody up, and are ended.
func TestThousandsOfIdleConnections(t *testing.T) {
	var lim syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim))
	n := int(min(10_000, (lim.Cur-500)/2)) // both ends are in this process
	app := New(Config{Log: slog.New(slog.DiscardHandler)})
	app.Get("/api/x", func(c fiber.Ctx) error { return c.SendString("here") })
	at, err := Listen("127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- app.Listener(at, fiber.ListenConfig{DisableStartupMessage: true}) }()
	var all []net.Conn
	t.Cleanup(func() {
		for _, c := range all {
			c.Close()
		}
		app.Shutdown()
		<-done
	})
	for i := range n {
		c, err := net.DialTimeout("tcp", at.Addr().String(), 10*time.Second)
		require.NoError(t, err, "connection %d", i)
		all = append(all, c)
		if i%3 == 1 { // some have begun to say something, some have been answered
			c.Write([]byte("GET /api/x HTTP/1.1\r\n"))
		}
		if i%3 == 2 {
			c.Write([]byte("GET /api/x HTTP/1.1\r\nHost: x\r\n\r\n"))
		}
	}
	worst := time.Duration(0)
	for range 50 {
		began := time.Now()
		c, err := net.DialTimeout("tcp", at.Addr().String(), 5*time.Second)
		require.NoError(t, err)
		_, err = c.Write([]byte("GET /api/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
		c.Close()
		worst = max(worst, time.Since(began))
	}
	t.Logf("%d idle connections; an ordinary request takes %s at most", n, worst)
	require.Less(t, worst, 2*time.Second)
}
