// Package site is the pages: routes, sessions in a cookie, protection against forged requests, forms, and for each context one
// file of handlers that decode, call one use case and render. A page and its htmx fragment come from the same handler; every
// form also works without scripts and answers 303.
package site

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/desk"
	"saluran/internal/files"
	"saluran/internal/goods"
	"saluran/internal/hook"
	"saluran/internal/identity"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/internal/listing"
	"saluran/internal/mail"
	"saluran/internal/notice"
	"saluran/internal/paper"
	"saluran/internal/partner"
	"saluran/internal/people"
	"saluran/internal/pulse"
	"saluran/internal/report"
	"saluran/internal/schedule"
	"saluran/internal/sharing"
	"saluran/internal/talk"
	"saluran/internal/trade"
	"saluran/internal/visit"
	"saluran/web"
)

// Deps is what the pages stand on.
type Deps struct {
	DB        *db.DB // for the log of who did what
	Clock     clock.Clock
	Log       *slog.Logger
	Gate      *access.Gate
	Identity  *identity.Service
	Keys      *identity.Keys
	Roles     *identity.RoleBook
	Hooks     *hook.Service
	People    *people.Service
	Partner   *partner.Service
	Catalog   *catalog.Service
	Goods     *goods.Service
	Trade     *trade.Service
	Cart      *cart.Service
	Papers    *paper.Printer
	Uploads   *intake.Uploads
	Files     *files.Service
	Jobs      *jobs.Queue
	Sharing   *sharing.Service
	Report    *report.Service // first pages
	Talk      *talk.Service
	Pulse     *pulse.Pulse
	Desk      *desk.Service
	Listing   *listing.Service
	Notices   *notice.Service
	Visits    *visit.Service
	Schedules *schedule.Service
	Letters   *mail.Sink      // where letters are kept instead of sent: shown at /_mail; nil: they are sent
	Reports   []string        // names of the reports, see package report
	URL       string          // how people reach the portal
	Secure    bool            // behind TLS: the cookie is __Host- and Secure
	Dev       bool            // shows /_kit
	Stopping  context.Context // ends when the portal stops, and with it the streams
	Recheck   time.Duration   // how often a stream asks anew whether its reader may read it; 0: every ten seconds, and never less often than maxRecheck
}

// Site is the pages over their services.
type Site struct{ Deps }

// New makes the pages.
func New(d Deps) *Site {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Reports == nil {
		d.Reports = report.Names()
	}
	if d.Recheck <= 0 {
		d.Recheck = recheck
	}
	d.Recheck = min(d.Recheck, maxRecheck)
	if d.Stopping == nil {
		d.Stopping = context.Background()
	}
	return &Site{d}
}

// Mount adds the pages to an application. It says plainly when the program was built without its styles and scripts; the
// pages are served all the same.
func Mount(app *fiber.App, d Deps) *Site {
	s := New(d)
	if err := web.Check(); err != nil {
		s.Log.Warn(err.Error())
	}
	s.routes(app)
	return s
}

func (s *Site) routes(app *fiber.App) {
	app.Get(web.Prefix+":file", s.asset)
	app.Use(s.harden, squeeze())
	s.signInRoutes(app)
	s.ownDataRoutes(app)
	s.joinRoutes(app)
	if s.Letters != nil {
		app.Get("/_mail", s.mailbox)
	}
	if s.Dev {
		app.Get("/_kit", s.gallery)
	}
	get := func(path string, h handler) { app.Get(path, s.in(h)) }
	post := func(path string, h handler) { app.Post(path, s.in(s.may(path, h))) }
	get("/", s.home)
	get("/find", s.find)
	post("/sign-out", s.signOut)
	post("/switch", s.switchOrg)
	get("/account/fresh", s.fresh)
	post("/account/fresh", s.fresh)
	s.securityRoutes(get, post)
	s.deviceRoutes(app, get)
	s.cartRoutes(get, post)
	s.orderRoutes(get, post)
	s.paperRoutes(get, post)
	s.counterRoutes(get, post)
	s.moneyRoutes(get, post)
	s.goodsRoutes(get, post)
	s.masterRoutes(get, post)
	s.workRoutes(get, post)
	s.scheduleRoutes(get, post)
	s.sheetRoutes(get, post)
	s.accessRoutes(get)
	s.roleRoutes(get, post)
	s.hookRoutes(get, post)
	s.sharingRoutes(get, post)
	s.fileRoutes(get, post)
	s.talkRoutes(get, post)
	s.noticeRoutes(get, post)
	s.comerRoutes(get, post)
	s.helpRoutes(app, get, post)
	s.visitRoutes(get, post)
	s.listRoutes(get, post)
	s.mapRoutes(get, post)
}

type route func(path string, h handler)
