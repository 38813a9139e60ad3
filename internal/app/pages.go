package app

import (
	"os"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/httpx"
	"saluran/internal/site"
)

// pages mounts the site on the application that it returns: errors of browsers become pages of the site.
func (a *App) pages(routes func(*fiber.App) error) (*fiber.App, error) {
	var s *site.Site
	f := httpx.New(httpx.Config{Log: a.Log, Observe: a.metrics.observe, Proxies: a.Proxies, Limit: a.limiter, Secure: a.Secure || strings.HasPrefix(a.URL, "https://"),
		Uploads: func(path, bearer string, cookie func(string) string) bool { return s.MayUpload(path, bearer, cookie) },
		Page:    func(c fiber.Ctx, status int, err error) error { return s.Fault(c, status, err) }})
	if err := routes(f); err != nil {
		return nil, err
	}
	s = site.Mount(f, site.Deps{DB: a.DB, Clock: a.Config.Clock, Log: a.Log, Gate: a.Gate, Identity: a.Identity, Keys: a.Keys, People: a.People, Roles: a.Roles, Hooks: a.Hooks, Partner: a.Partner, Catalog: a.Catalog,
		Goods: a.Goods, Trade: a.Trade, Cart: a.Cart, Papers: a.printer(), Uploads: a.Uploads, Files: a.Files, Jobs: a.Jobs, Sharing: a.Sharing, Report: a.Report, Desk: a.Desk, Schedules: a.Schedules, Listing: a.Listing, URL: a.URL, Secure: a.Secure, Stopping: a.ctx, Recheck: a.Recheck,
		Talk: a.Talk, Pulse: a.Pulse, Notices: a.Notices, Visits: a.Visits,
		Letters: a.letters(), Dev: os.Getenv("SALURAN_DEV") == "1"})
	return f, nil
}
