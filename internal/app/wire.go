package app

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/api"
	"saluran/internal/audit"
	"saluran/internal/cart"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/desk"
	"saluran/internal/files"
	"saluran/internal/goods"
	"saluran/internal/hook"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/internal/ledger"
	"saluran/internal/listing"
	"saluran/internal/mail"
	"saluran/internal/money"
	"saluran/internal/notice"
	"saluran/internal/paper"
	"saluran/internal/partner"
	"saluran/internal/people"
	"saluran/internal/pulse"
	"saluran/internal/qty"
	"saluran/internal/report"
	"saluran/internal/schedule"
	"saluran/internal/seal"
	"saluran/internal/secret"
	"saluran/internal/sharing"
	"saluran/internal/talk"
	"saluran/internal/trade"
	"saluran/internal/visit"
)

// parts are the contexts and what stands on them.
type parts struct {
	Mailer   *mail.Office
	Identity *identity.Service
	Keys     *identity.Keys
	Hooks    *hook.Service
	Roles    *identity.RoleBook
	Partner  *partner.Service
	People   *people.Service
	Catalog  *catalog.Service
	Goods    *goods.Service
	Trade    *trade.Service
	Cart     *cart.Service
	Report   *report.Service
	Sharing  *sharing.Service
	Desk     *desk.Service
	Listing  *listing.Service
	Intake   *intake.Service
	Jobs     *jobs.Queue
	Uploads  *intake.Uploads
	Sheets   *intake.Sheets
	Seals    *seal.Keeper
	Box      *files.Box // every file, for backups
	Files    *files.Service
	Talk     *talk.Service
	Pulse    *pulse.Pulse
	Notices  *notice.Service
	Visits   *visit.Service

	Schedules *schedule.Service

	installationKey func() (*secret.Key, error)
}

// wire makes the contexts and fits them to each other.
func (a *App) wire() (err error) {
	a.installationKey = a.key()
	a.Mailer = mail.New(mail.Config{DB: a.DB, Clock: a.Config.Clock, Log: a.Log, URL: a.URL, Carrier: a.Config.Mail})
	a.metrics.post(a.Mailer)
	if err = a.openFiles(); err != nil {
		return err
	}
	if a.Identity, err = identity.New(a.DB, a.Config.Clock, a.Gate); err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	a.Identity.Door = identity.Door{Mail: a.Mailer, Key: a.installationKey, URL: a.URL, Loopback: a.Loopback}
	a.Identity.Left = func(ctx context.Context, by id.By, org, person id.ID) error {
		if err := a.People.EndInvitations(ctx, by, org, person, true); err != nil {
			return err
		}
		if err := a.Schedules.Left(ctx, by, org, person); err != nil {
			return err
		}
		return a.Hooks.Left(ctx, by, org, person)
	}
	a.Identity.Doubted = func(ctx context.Context, by id.By, org, person id.ID, all bool) error {
		return a.People.EndInvitations(ctx, by, org, person, all)
	}
	a.metrics.signIns(&a.Identity.Stats)
	a.Keys = identity.NewKeys(a.DB, a.Config.Clock, a.Gate)
	a.Roles = identity.NewRoleBook(a.DB, a.Config.Clock, a.Gate)
	a.Partner = partner.New(a.DB, steps{a.Gate, a.Identity}, a.Config.Clock, limits{a})
	a.Partner.Tell, a.Partner.Noted = a.tellOwners, a.tellAsked
	a.Partner.Offered, a.Partner.Answered = a.tellTerms, a.toldAnswer
	a.People = people.New(people.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Post: a.Mailer, Accounts: a.Identity, Firms: firms{a.Partner},
		Duties: a.Partner, Hooks: heirs{a}, Glass: a.Identity})
	a.Catalog = catalog.New(a.DB, a.Config.Clock, a.Gate, terms{a.Partner})
	a.Goods = goods.New(goods.Config{DB: a.DB, Book: a.Book, Clock: a.Config.Clock, Gate: a.Gate, Products: a.Catalog})
	a.Trade = trade.New(trade.Config{DB: a.DB, Book: a.Book, Clock: a.Config.Clock, Gate: a.Gate, Deals: deals{a.Partner},
		Prices: prices{a.Catalog}, Places: a.Goods, Shops: deals{a.Partner}, Carriers: a.Partner, Fresh: a.Identity})
	a.Cart = cart.New(a.DB, a.Config.Clock, market{a.Trade, a.Catalog, a.placed})
	a.Goods.Titles, a.Goods.Promises = titles{a.Trade}, titles{a.Trade}
	a.Seals = seal.New(seal.Config{DB: a.DB, Book: a.Book, Clock: a.Config.Clock, Log: a.Log, Concerns: trade.Concerns, By: id.By{Person: Program},
		Key: func() (seal.Key, error) { return seal.LoadKey(a.SealKey, a.Config.DB) }})
	a.Desk = &desk.Service{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate}
	a.Sharing = sharing.New(a.DB, a.Config.Clock, a.Gate)
	a.Report = &report.Service{DB: a.DB, Gate: a.Gate, Clock: a.Config.Clock, Seals: sealed{a.Seals}, Shared: a.Sharing}
	a.Intake = intake.New(intake.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Masters: intake.Contexts{DB: a.DB, Partner: a.Partner, Catalog: a.Catalog, Goods: a.Goods}, Trade: a.Trade,
		Book: a.Book})
	a.papers()
	a.wireTalk()
	a.wireNotices()
	a.wireVisits()
	a.Jobs = jobs.New(a.DB, a.Config.Clock, a.Box, a.Log)
	a.Listing = &listing.Service{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Trade: a.Trade, Catalog: a.Catalog, Partner: a.Partner, Goods: a.Goods, Report: a.Report, Visits: a.Visits}
	a.Jobs.Exports(a.Report, a.Listing)
	a.Jobs.Seats = identity.Bearers{Sessions: a.Identity, Keys: a.Keys}
	a.Schedules = schedule.New(schedule.Config{DB: a.DB, Clock: a.Config.Clock, Log: a.Log, Gate: a.Gate, Exports: a.Jobs, Seats: a.Jobs.Seats, Post: a.Mailer, By: id.By{Person: Program}})
	a.Uploads = intake.NewUploads(a.Intake, a.Jobs)
	a.Sheets = &intake.Sheets{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Partner: a.Partner, Catalog: a.Catalog, Goods: a.Goods, Trade: a.Trade, Sales: a.Intake}
	a.Uploads.Spreadsheets(a.Sheets)
	return a.wireHooks()
}

// letters is where letters are kept instead of sent; nil where they are sent.
func (a *App) letters() *mail.Sink {
	s, _ := a.Config.Mail.(*mail.Sink)
	return s
}

// services is what the API serves.
func (a *App) services() api.Services {
	return api.Services{Clock: a.Config.Clock, Identity: a.Identity, Keys: a.Keys, People: a.People, Roles: a.Roles, Hooks: a.Hooks, Partner: a.Partner, Catalog: a.Catalog, Goods: a.Goods, Trade: a.Trade, Cart: a.Cart, Papers: a.printer(), Report: a.Report,
		Jobs: a.Jobs, Uploads: a.Uploads, Files: a.Files, Sharing: a.Sharing, Desk: a.Desk, Schedules: a.Schedules, Listing: a.Listing, Talk: a.Talk, Notices: a.Notices, Visits: a.Visits, Seals: a.Seals, Gate: a.Gate, DB: a.DB}
}

// printer prints the documents of trade.
func (a *App) printer() *paper.Printer {
	return &paper.Printer{Trade: a.Trade, Partners: a.Partner, Clock: a.Config.Clock, URL: a.URL, Fetched: a.printed}
}

// printed leaves in the log who printed what.
func (a *App) printed(ctx context.Context, who access.Actor, kind string, doc id.ID) error {
	return audit.Fetched(ctx, a.DB, who.By(), a.Config.Clock.Now(), kind+".printed", doc, kind)
}

// kindOf is the kind of an organisation, for the ledger's laws of roles.
func (a *App) kindOf(ctx context.Context, org id.ID) (string, error) {
	return a.Partner.KindOf(ctx, org)
}

// holderOf is who holds what stands at a place, for the ledger's laws of roles.
func (a *App) holderOf(ctx context.Context, place id.ID) (id.ID, error) {
	return a.Trade.HolderOf(ctx, place)
}

// deals gives trade what partner knows of a pair.
type deals struct{ partner *partner.Service }

func (x deals) Deal(ctx context.Context, viewer, seller, buyer id.ID, on clock.Date) (trade.Deal, int64, error) {
	d, epoch, err := x.partner.Deal(ctx, viewer, seller, buyer, on)
	return trade.Deal(d), epoch, err
}

func (x deals) Agreed(ctx context.Context, seller, buyer, agreement id.ID, on clock.Date) (trade.Deal, int64, error) {
	d, epoch, err := x.partner.Agreed(ctx, seller, buyer, agreement, on)
	return trade.Deal(d), epoch, err
}

func (x deals) Shop(ctx context.Context, seller, list id.ID) (trade.Shop, int64, error) {
	s, epoch, err := x.partner.Shop(ctx, seller, list)
	return trade.Shop(s), epoch, err
}

// prices gives trade what a list of the catalogue offers.
type prices struct{ catalog *catalog.Service }

func (x prices) Items(ctx context.Context, list id.ID, country string, products []id.ID, on clock.Date) (map[id.ID]trade.Item, int64, error) {
	all, epoch, err := x.catalog.Items(ctx, list, country, products, on)
	if err != nil {
		return nil, 0, err
	}
	out := make(map[id.ID]trade.Item, len(all))
	for product, it := range all {
		breaks := make([]trade.Break, len(it.Breaks))
		for i, b := range it.Breaks {
			breaks[i] = trade.Break(b)
		}
		out[product] = trade.Item{Product: it.Product, SKU: it.SKU, Name: it.Name, Service: it.Service, Expires: it.Expires, BaseUnit: it.BaseUnit,
			Decimals: it.Decimals, Units: it.Units, Breaks: breaks, Tax: trade.Tax(it.Tax)}
	}
	return out, epoch, nil
}

// terms tells the catalogue under which list a buyer is served.
type terms struct{ partner *partner.Service }

func (x terms) ListFor(ctx context.Context, viewer, seller, buyer id.ID, on clock.Date) (id.ID, string, string, error) {
	d, _, err := x.partner.Deal(ctx, viewer, seller, buyer, on)
	return d.PriceList, d.Country, d.Currency.Code, err
}

// limits posts the credit limits of agreements to the ledger.
type limits struct{ app *App }

func (x limits) SetLimit(ctx context.Context, by id.By, seller, buyer id.ID, cur money.Currency, limit money.Minor, event string) error {
	return ledger.Retry(ctx, func() error {
		p := ledger.Draft("credit.limit_set", event, by, seller, x.app.Config.Clock.Now()).Limit(seller, buyer, cur, limit)
		_, err := x.app.Book.Post(ctx, p)
		return err
	})
}

// sealed gives reports the seals of organisations.
type sealed struct{ keeper *seal.Keeper }

func (x sealed) Now(ctx context.Context, org id.ID) (int64, error) {
	s, err := x.keeper.Now(ctx, org)
	return s.ToSeq, err
}

func (x sealed) Settle(ctx context.Context) error { return x.keeper.Vouch(ctx) }

// titles lets goods pass title and take back promises, which trade knows how to do.
type titles struct{ trade *trade.Service }

func (x titles) Bring(ctx context.Context, p *ledger.Post, at clock.Instant, org id.ID, stands []goods.Stand) ([]goods.Stand, error) {
	in := make([]trade.Holding, len(stands))
	for i, s := range stands {
		in[i] = trade.Holding(s)
	}
	got, err := x.trade.BringTitle(ctx, p, at, org, in)
	if err != nil {
		return nil, err
	}
	out := make([]goods.Stand, len(got))
	for i, h := range got {
		out[i] = goods.Stand(h)
	}
	return out, nil
}

func (x titles) Shrink(ctx context.Context, p *ledger.Post, seller, product id.ID, n qty.Qty) error {
	return x.trade.ShrinkPromises(ctx, p, seller, product, n)
}

// firms lets applicants become organisations, which partner knows how to make.
type firms struct{ *partner.Service }

func (x firms) Enter(ctx context.Context, a access.Actor, channel id.ID, f people.Firm) (id.ID, error) {
	return x.EnterBelow(ctx, a, channel, partner.NewOrg{Code: f.Code, Kind: f.Kind, Name: f.Name, TaxNo: f.TaxNo, Address: f.Address, City: f.City, Phone: f.Phone})
}
