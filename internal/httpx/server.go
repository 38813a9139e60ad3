package httpx

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"saluran/internal/egress"
	"saluran/internal/errs"
)

// Limits of the server. A JSON body may be as large as an order of 5,000 lines needs, and a bit more; an upload larger, where
// Config.Uploads lets it. Its limit is decided before the first byte is read.
const (
	MaxBody    = 8 << 20
	MaxUpload  = 48 << 20
	Deadline   = 30 * time.Second // of a request's context; long work is a job
	readWithin = 60 * time.Second // a slow sender is cut off
	idleWithin = 120 * time.Second
)

// Config is what the server needs from its maker.
type Config struct {
	Log *slog.Logger
	// Page answers an error to a browser; nil answers problem+json to everybody.
	Page func(c fiber.Ctx, status int, err error) error
	// Observe is told of every answered request; route is the pattern ("/api/v1/orders/:id").
	Observe func(method, route string, status int, took time.Duration)
	// Uploads tells whether a request may bring an upload of MaxUpload, judged by its path, its bearer token and its cookies;
	// nil: none may.
	Uploads func(path, bearer string, cookie func(name string) string) bool
	// Limit refuses those who ask too often; nil: nobody.
	Limit *Limiter
	// Secure says that the portal is reached by https alone. Where it is not set, a proxy of Proxies may say so of a request.
	Secure bool
	// Proxies whose X-Forwarded-For is believed (addresses or ranges); none: the peer's own address counts.
	Proxies []string

	read, idle time.Duration // tests do not wait for readWithin and idleWithin
}

// New makes a fiber application with the portal's limits, error answers, request ids, access log and recovery from panics.
func New(cfg Config) *fiber.App {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.read, cfg.idle = cmp.Or(cfg.read, readWithin), cmp.Or(cfg.idle, idleWithin)
	fc := fiber.Config{
		AppName: "Saluran", Immutable: true, StrictRouting: false, CaseSensitive: true, BodyLimit: MaxUpload,
		ReadTimeout: cfg.read, IdleTimeout: cfg.idle, ReadBufferSize: 16 << 10,
		DisablePreParseMultipartForm: true, StreamRequestBody: true, // takeBody reads, and decides how much
		JSONEncoder: json.Marshal, JSONDecoder: json.Unmarshal,
	}
	if len(cfg.Proxies) > 0 {
		fc.TrustProxy, fc.ProxyHeader, fc.EnableIPValidation = true, fiber.HeaderXForwardedFor, true
		fc.TrustProxyConfig = fiber.TrustProxyConfig{Proxies: cfg.Proxies}
	}
	fc.ErrorHandler = func(c fiber.Ctx, err error) error { return refuse(c, cfg, err) }
	app := fiber.New(fc)
	app.Use(func(c fiber.Ctx) error { return enter(c, cfg) })
	return app
}

// limit is how large a body may be, known from its header alone.
func limit(h *fasthttp.RequestHeader, cfg Config) int {
	if n := h.ContentLength(); cfg.Uploads == nil || (n >= 0 && n <= MaxBody) || !uploads(string(h.ContentType())) {
		return MaxBody
	}
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	cookie := func(name string) string { return string(h.Cookie(name)) }
	if !cfg.Uploads(path, bearer(string(h.Peek(fiber.HeaderAuthorization))), cookie) {
		return MaxBody
	}
	return MaxUpload
}

// enter wraps every handler: request id, deadline, recovery, the error's answer, headers, log.
func enter(c fiber.Ctx, cfg Config) error {
	r := begin(c)
	r.limit = cfg.Limit
	taken := cfg.Limit.address(c)
	switch {
	case taken == nil:
		taken = takeBody(c, cfg)
	case c.Request().BodyStream() != nil:
		taken = unread(c, taken)
	}
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), requestKey{}, r), Deadline)
	defer cancel()
	c.SetContext(ctx)
	secure(c, cfg)
	err := taken
	if err == nil {
		err = guard(c)
	}
	if err != nil {
		err = answer(c, cfg, err)
	}
	done(c, cfg, r)
	return err
}

// guard turns a panic into an error.
func guard(c fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.Wrap(errs.Internal, "internal", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return c.Next()
}

func isUpload(c fiber.Ctx) bool {
	return uploads(c.Get(fiber.HeaderContentType))
}

func uploads(t string) bool {
	return strings.HasPrefix(t, "multipart/form-data") || strings.HasPrefix(t, "application/octet-stream")
}

// secure sets the headers that every answer carries; pages set their own Content-Security-Policy over this one.
func secure(c fiber.Ctx, cfg Config) {
	if cfg.Secure || c.Scheme() == "https" {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if IsAPI(c.Path()) {
		c.Set("Cache-Control", "no-store")
	}
}

// IsAPI tells whether a path speaks JSON.
func IsAPI(path string) bool { return strings.HasPrefix(path, "/api/") || path == "/api" }

// answer writes an error: problem+json for the API, a page for browsers.
func answer(c fiber.Ctx, cfg Config, err error) error {
	err = Known(err)
	r, status := Of(c.Context()), Status(err)
	p := Tell(c.Context(), cfg.Log, err)
	if cfg.Page == nil || IsAPI(r.Path) || !strings.Contains(c.Get("Accept"), "text/html") {
		return p.Write(c)
	}
	for k, v := range p.GetHeaders() {
		c.Set(k, v[0])
	}
	c.Status(status)
	if perr := cfg.Page(c, status, err); perr != nil {
		cfg.Log.Error("the error page failed", "request", r.ID, "error", perr.Error())
		return p.Write(c)
	}
	return nil
}

// refuse answers what the server itself turned away before a handler could run: a body or a header that is too large, a
// sender that is too slow. The sender may still be sending.
func refuse(c fiber.Ctx, cfg Config, err error) error {
	linger(c)
	if Of(c.Context()).ID == "" {
		c.SetContext(context.WithValue(context.Background(), requestKey{}, begin(c)))
	}
	c.Response().ResetBody()
	secure(c, cfg)
	return answer(c, cfg, err)
}

// Tell makes the problem of an error in the request's language, and logs it where the fault is ours.
func Tell(ctx context.Context, log *slog.Logger, err error) *Problem {
	err = Known(err)
	r, status := Of(ctx), Status(err)
	if status >= 500 {
		level := slog.LevelError
		if status == http.StatusServiceUnavailable {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "request failed", "request", r.ID, "path", r.Path, "error", err.Error())
	}
	if d := DecisionOf(err); d != nil {
		log.LogAttrs(context.Background(), slog.LevelInfo, "refused", slog.String("request", r.ID), slog.String("user", r.user), slog.String("role", d.Role),
			slog.String("kind", d.Kind), slog.String("relation", d.Relation), slog.String("object", d.Object), slog.String("action", d.Action),
			slog.String("reason", d.Reason), slog.Int("line", d.Line), slog.Int64("policy", d.PolicyVersion))
	}
	return ProblemOf(err, r.Lang, r.Path, r.ID)
}

func done(c fiber.Ctx, cfg Config, r *Request) {
	if egress.Watched() && !c.Response().IsBodyStream() { // a connection sees pages compressed
		if b, err := c.Response().BodyUncompressed(); err == nil {
			egress.Out(egress.Answer, c.Method()+" "+r.Path, b)
		}
	}
	status, took := c.Response().StatusCode(), time.Since(r.Started)
	if cfg.Observe != nil {
		cfg.Observe(c.Method(), c.Route().Path, status, took)
	}
	if cfg.Log.Enabled(context.Background(), slog.LevelInfo) {
		cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, "request", slog.String("request", r.ID), slog.String("method", c.Method()),
			slog.String("path", r.Path), slog.Int("status", status), slog.Int64("us", took.Microseconds()), slog.String("user", r.user))
	}
}

// Serve answers on the listener until stop is done, then stops taking connections, waits at most grace for the handlers that
// run, and returns. What the handlers use may be closed after Serve has returned, not before.
func Serve(ctx context.Context, app *fiber.App, l *Listener, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	// fiber's own GracefulContext lets Listener return while handlers still run: so wait for the shutdown itself.
	l.hangUp()
	err := app.ShutdownWithTimeout(grace)
	l.Close() // also where the stop came before fiber had begun to accept
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("some requests did not end in %s", grace)
	}
	<-failed
	return err
}
