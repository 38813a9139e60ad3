package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
)

type signIns struct{}

func (signIns) Actor(_ context.Context, token string) (access.Actor, string, error) {
	if token != "good" {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	return access.Actor{Person: 7, Org: 8, Lang: "en"}, "", nil
}

// start serves a small application on a port of its own and returns its address and what ends it.
func start(t *testing.T, routes func(*fiber.App)) (url string, stop func() error) {
	t.Helper()
	may := func(path, bearer string, cookie func(string) string) bool {
		return path == "/api/v1/echo" && (bearer == "good" || cookie("session") == "good")
	}
	app := httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler), Uploads: may, Page: func(c fiber.Ctx, status int, err error) error {
		c.Type("html", "utf-8")
		return c.SendString(fmt.Sprintf("<h1>%d %s</h1>", status, errs.CodeOf(err)))
	}})
	routes(app)
	l, err := httpx.Listen("127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- httpx.Serve(ctx, app, l, 5*time.Second) }()
	var once sync.Once
	stop = func() (err error) {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	t.Cleanup(func() { stop() })
	return "http://" + l.Addr().String(), stop
}

func routes(app *fiber.App) {
	app.Get("/page", func(c fiber.Ctx) error { return errs.Gone() })
	app.Get("/api/panic", func(c fiber.Ctx) error { panic("oh") })
	app.Get("/api/busy", func(c fiber.Ctx) error { return errs.New(errs.Busy, "busy") })
	app.Get("/api/raw", func(c fiber.Ctx) error { return errors.New("secret: connection string") })
	app.Get("/api/fields", func(c fiber.Ctx) error {
		return errs.OnFields("request.fields", errs.F("lines[2].qty", "field.number"))
	})
	v1 := app.Group("/api/v1", httpx.SignedIn(signIns{}), httpx.Keyed)
	v1.Post("/echo", func(c fiber.Ctx) error {
		r := httpx.Of(c.Context())
		return c.JSON(fiber.Map{"key": r.Key.Client, "person": r.Actor.Person, "if_match": r.IfMatch})
	})
}

func TestErrorsSpeakProblemJSON(t *testing.T) {
	url, _ := start(t, routes)
	rows := []struct {
		name, method, path string
		header             map[string]string
		status             int
		wants              string
	}{
		{"page for browsers", "GET", "/page", map[string]string{"Accept": "text/html"}, 404, "<h1>404 not_found</h1>"},
		{"no such route", "GET", "/api/v1x", nil, 404, `"code":"not_found"`},
		{"a panic tells nothing", "GET", "/api/panic", nil, 500, `"code":"internal"`},
		{"an unknown error tells nothing", "GET", "/api/raw", nil, 500, "Nothing was saved"},
		{"busy", "GET", "/api/busy", nil, 503, `"code":"busy"`},
		{"fields", "GET", "/api/fields", nil, 422, `"path":"lines[2].qty"`},
		{"not signed in", "POST", "/api/v1/echo", nil, 401, "sign_in.needed"},
		{"bad token", "POST", "/api/v1/echo", map[string]string{"Authorization": "Bearer bad"}, 401, "sign_in.needed"},
		{"no key", "POST", "/api/v1/echo", map[string]string{"Authorization": "Bearer good"}, 400, "request.key_missing"},
		{"long key", "POST", "/api/v1/echo", map[string]string{"Authorization": "Bearer good", "Idempotency-Key": strings.Repeat("k", 65)}, 400, "key_bad"},
		{"bad If-Match", "POST", "/api/v1/echo", map[string]string{"Authorization": "Bearer good", "Idempotency-Key": "k", "If-Match": "x"}, 400, "if_match_bad"},
		{"all well", "POST", "/api/v1/echo", map[string]string{"Authorization": "bearer good", "Idempotency-Key": "k1", "If-Match": `"3"`}, 200, `"if_match":3,"key":"k1","person":"7"`},
		{"huge header", "GET", "/api/v1x", map[string]string{"X": strings.Repeat("x", 20000)}, 431, "header_too_large"},
		{"method", "PUT", "/api/fields", nil, 405, "request.method"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			req, _ := http.NewRequest(r.method, url+r.path, nil)
			req.Header.Set("Accept-Language", "en-GB")
			for k, v := range r.header {
				req.Header.Set(k, v)
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			require.Equal(t, r.status, res.StatusCode, string(body))
			require.Contains(t, string(body), r.wants)
			require.NotContains(t, string(body), "secret")
			if res.StatusCode >= 400 && strings.HasPrefix(r.path, "/api") {
				require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
				var p httpx.Problem
				require.NoError(t, json.Unmarshal(body, &p))
				require.Equal(t, r.status, p.Status)
				require.NotEmpty(t, p.Title)
				require.NotEmpty(t, p.RequestID)
			}
			if res.StatusCode == 503 {
				require.Equal(t, "1", res.Header.Get("Retry-After"))
			}
		})
	}
}

func TestAHugeBodyHearsWhy(t *testing.T) {
	url, _ := start(t, routes)
	for _, size := range []int{9 << 20, 50 << 20} {
		req, _ := http.NewRequest("POST", url+"/api/v1/echo", bytes.NewReader(make([]byte, size)))
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		require.Equal(t, 413, res.StatusCode)
		require.Contains(t, string(body), "request.too_large")
	}
}

// A large body is not read, whatever its header calls it, before it is known that its sender may upload there.
func TestOnlyThoseWhoMayUploadSendMuch(t *testing.T) {
	url, _ := start(t, routes)
	rows := []struct {
		name, path, kind, bearer, cookie string
		size, status                     int
		chunked                          bool
	}{
		{"nobody", "/api/v1/echo", "multipart/form-data; boundary=x", "", "", 9 << 20, 413, false},
		{"nobody in chunks", "/api/v1/echo", "application/octet-stream", "", "", 9 << 20, 413, true},
		{"a made up token", "/api/v1/echo", "application/octet-stream", "bad", "", 9 << 20, 413, false},
		{"elsewhere", "/api/v1/other", "application/octet-stream", "good", "", 9 << 20, 413, false},
		{"no upload", "/api/v1/echo", "application/json", "good", "", 9 << 20, 413, false},
		{"an upload", "/api/v1/echo", "application/octet-stream", "good", "", 9 << 20, 200, false},
		{"an upload in chunks", "/api/v1/echo", "application/octet-stream", "good", "", 9 << 20, 200, true},
		{"too large an upload", "/api/v1/echo", "application/octet-stream", "good", "", 49 << 20, 413, false},
		{"by cookie", "/api/v1/echo", "application/octet-stream", "", "good", 9 << 20, 401, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var body io.Reader = bytes.NewReader(make([]byte, r.size))
			if r.chunked {
				body = io.MultiReader(body)
			}
			req, _ := http.NewRequest("POST", url+r.path, body)
			req.Header.Set("Content-Type", r.kind)
			req.Header.Set("Idempotency-Key", "k")
			if r.bearer != "" {
				req.Header.Set("Authorization", "Bearer "+r.bearer)
			}
			if r.cookie != "" {
				req.AddCookie(&http.Cookie{Name: "session", Value: r.cookie})
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			io.Copy(io.Discard, res.Body)
			require.Equal(t, r.status, res.StatusCode)
		})
	}
}

func TestStopWaitsForHandlers(t *testing.T) {
	var ended atomic.Int64
	url, stop := start(t, func(app *fiber.App) {
		app.Get("/slow", func(c fiber.Ctx) error {
			time.Sleep(300 * time.Millisecond)
			ended.Add(1)
			return c.SendString("done")
		})
	})
	var answered atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Add(1)
		go func() {
			defer all.Done()
			res, err := http.Get(url + "/slow")
			if err != nil {
				return
			}
			defer res.Body.Close()
			if b, err := io.ReadAll(res.Body); err == nil && string(b) == "done" {
				answered.Add(1)
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	require.NoError(t, stop())
	require.EqualValues(t, 20, ended.Load(), "Serve came back before its handlers")
	all.Wait()
	require.EqualValues(t, 20, answered.Load())
}

// TestAStopDoesNotWaitForWhoSaysNothing: browsers open connections in advance and may never use them.
func TestAStopDoesNotWaitForWhoSaysNothing(t *testing.T) {
	l, err := httpx.Listen("127.0.0.1:0")
	require.NoError(t, err)
	app := fiber.New()
	app.Get("/", func(c fiber.Ctx) error { return c.SendString("ok") })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- httpx.Serve(ctx, app, l, 5*time.Second) }()
	silent, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer silent.Close()
	require.Eventually(t, func() bool {
		res, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond)
	began := time.Now()
	stop()
	require.NoError(t, <-ended)
	require.Less(t, time.Since(began), 4*time.Second)
}
