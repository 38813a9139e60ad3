package app

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/api"
	"saluran/internal/errs"
	"saluran/internal/httpx"
)

// Grace is how long a stop waits for the requests that are being answered.
const Grace = 25 * time.Second

// garbage is how much may gather before it is collected, in percent of what lives. A portal keeps some tens of MB alive (caches,
// sequencer) and each request makes garbage: collecting a third as often took a tenth of the processor off an order, for about 90 MB.
const garbage = 300

// Handler makes the server's routes: health, metrics, API, pages.
func (a *App) Handler() (*fiber.App, error) {
	return a.pages(func(f *fiber.App) error {
		f.Get("/healthz", func(c fiber.Ctx) error { return c.SendString("ok\n") })
		f.Get("/readyz", a.ready)
		f.Get("/metrics", a.mayMeasure, a.metrics.handler())
		if _, err := api.Mount(f, a.services(), a.Log); err != nil {
			return fmt.Errorf("api: %w", err)
		}
		return nil
	})
}

// ready answers 200 while the portal can take work: the database answers, and it is not stopping.
func (a *App) ready(c fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.Context(), 2*time.Second)
	defer cancel()
	if a.ctx.Err() != nil {
		return c.Status(http.StatusServiceUnavailable).SendString("stopping\n")
	}
	if _, err := a.DB.MasterEpoch(ctx); err != nil {
		return c.Status(http.StatusServiceUnavailable).SendString("the database does not answer\n")
	}
	return c.SendString("ready\n")
}

// mayMeasure lets the machine itself read the figures, and whoever shows the token of the configuration: they say how the
// business goes. The machine asks under its own name, or the portal's, so that no page of a stranger reads them through a browser here. Behind a proxy everybody seems to be the machine itself, so what was forwarded needs the token.
func (a *App) mayMeasure(c fiber.Ctx) error {
	shown := httpx.Bearer(c)
	if a.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(shown), []byte(a.MetricsToken)) == 1 {
		return c.Next()
	}
	if httpx.Local(c, a.URL) {
		return c.Next()
	}
	return errs.Gone()
}

// Serve answers on l until ctx ends, and then stops: no new connections, streams ended, running requests answered. Close the
// App afterwards, never before.
func (a *App) Serve(ctx context.Context, l *httpx.Listener) error {
	f, err := a.Handler()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	ending := context.AfterFunc(ctx, a.stop) // ends streams of events, which would keep the server from stopping
	defer ending()
	return httpx.Serve(ctx, f, l, Grace)
}
