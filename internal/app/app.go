// Package app puts the portal together: the database, the ledger, the contexts and what fits them to each other, background
// work, pages and API; it starts and stops them in the right order. Tests, the demonstration, the benchmarks and the program's
// verbs all begin with Open.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/mail"
	"saluran/policies"
)

// Config says what to open. Only DB is needed.
type Config struct {
	DB        string // sqlite:FILE or mysql://user:password@host:port/name
	NoMigrate bool   // leave the schema alone
	Existing  bool   // refuse a database that is not there, or whose schema is not this program's, instead of making it
	Clock     clock.Clock
	Log       *slog.Logger
	Proxies   []string // whose X-Forwarded-For is believed
	Secure    bool     // cookies over https only
	// Rate is how often one account and one address may ask; without it nobody is refused.
	Rate httpx.Rate
	// MetricsToken lets its bearer read /metrics from elsewhere.
	MetricsToken string
	// Mail takes letters to their receivers; nil: they wait in the database. A *mail.Sink keeps them, readable by anybody at /_mail.
	Mail mail.Carrier
	URL  string // how people reach the portal: links in letters begin with it; http://localhost:8080 when empty
	// HookAllow are internal addresses that webhooks may be sent to, in the clear too: for development and tests.
	HookAllow []string
	// Key is the secret of the installation, 32 bytes at least: what must be read again is sealed with it. Empty: see key.go.
	Key []byte
	// Loopback lets addresses that users name (identity providers) be on this machine: development and tests.
	Loopback bool
	// Publish puts policies in force, on every instance: those of the directory Policies, or the built-in ones where that is "".
	// Without it the newest recorded ones hold.
	Publish  bool
	Policies string
	// Queue is how many posts may wait for the ledger before callers are asked to come again; 0: ledger.Config says.
	Queue int
	// FileStore is where files are kept: db (also when empty), dir:/path or s3://key:secret@host/bucket; see files.OpenStore.
	FileStore  string
	FilesQuota int64 // bytes that an organisation may attach; 0: files.DefaultQuota
	// NoWorkers leaves background jobs to other instances.
	NoWorkers bool
	// Recheck is how often a stream asks anew whether its reader may read it; 0: see site.Deps.
	Recheck time.Duration
	// SealKey is the key that signs seals and audit rows: see seal.LoadKey. "" is the usual place.
	SealKey string
}

// App is an open portal. Its services may be used from any number of goroutines until Close.
type App struct {
	Config
	DB    *db.DB
	Book  *ledger.Book
	Gate  *access.Gate
	parts // the contexts: see wire.go

	ctx     context.Context // ends when the portal stops
	stop    context.CancelFunc
	metrics *metrics
	limiter *httpx.Limiter
	running sync.WaitGroup
	closed  sync.Once
}

// Open opens the database, brings its schema up to date, and makes everything but the server.
func Open(ctx context.Context, c Config) (*App, error) {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.URL == "" {
		c.URL = "http://localhost:8080"
	}
	open := db.Open
	if c.Existing {
		open = db.Existing
	}
	d, err := open(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	if !c.NoMigrate && !c.Existing {
		if _, err := d.Migrate(ctx); err != nil {
			d.Close()
			return nil, err
		}
	}
	a := &App{Config: c, DB: d}
	a.ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := a.build(ctx); err != nil {
		a.Close()
		return nil, err
	}
	a.DB.Witness = a.Seals
	a.run(a.pollEpoch)
	a.run(a.limiter.Run)
	a.run(a.Pulse.Run)
	a.run(func(ctx context.Context) {
		a.Keys.Run(ctx, func(err error) { a.Log.Warn("the use of API keys cannot be noted", "error", err.Error()) })
	})
	if !c.NoWorkers {
		a.run(a.Jobs.Run)
		a.run(a.Hooks.Run)
		a.run(a.Mailer.Run)
		a.run(a.sweep)
		a.run(a.Seals.Run)
		a.run(a.Notices.Run)
		a.run(a.Schedules.Run)
	}
	return a, nil
}

// gate compiles the policies once for the program: its table is the same for every portal that the program opens.
var gate = sync.OnceValues(func() (*access.Gate, error) { return access.New(policies.Model, policies.Grants) })

func (a *App) build(ctx context.Context) (err error) {
	built, err := gate()
	if err != nil {
		return fmt.Errorf("policies: %w", err)
	}
	a.Gate = built.Keep(a.DB)
	if err = a.DB.RefreshEpoch(ctx); err != nil {
		return fmt.Errorf("read the epoch (has the schema been made? saluran migrate): %w", err)
	}
	if err = a.policies(ctx); err != nil {
		return err
	}
	a.Book = ledger.New(ledger.Config{DB: a.DB, Clock: a.Config.Clock, IDs: a.DB.IDs, Kind: a.kindOf, Holder: a.holderOf, Log: a.Log, Queue: a.Queue})
	a.metrics = newMetrics(a.DB, a.Book)
	a.limiter = httpx.NewLimiter(a.DB, a.Config.Clock, a.Log, a.Config.Rate)
	a.metrics.limited(a.limiter)
	return a.wire()
}

// run starts f in the background; Close waits for it.
func (a *App) run(f func(ctx context.Context)) {
	a.running.Add(1)
	go func() {
		defer a.running.Done()
		f(a.ctx)
	}()
}

// pollEpoch learns each second whether another instance has changed master data.
func (a *App) pollEpoch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.DB.RefreshEpoch(ctx); err != nil && !errors.Is(err, context.Canceled) {
				a.Log.Warn("the master-data epoch cannot be read", "error", err.Error())
			}
		}
	}
}

// sweep does once an hour, and at the start, what a date brings with it: credit limits of agreements that come into force, lots
// and points that have expired, files that nobody attached. Several instances may do it at once.
func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.Partner.PostLimits(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("credit limits cannot be posted", "error", err.Error())
		}
		if _, err := a.Goods.ExpireLots(ctx, id.By{Person: Program}, a.Config.Clock.Now()); err != nil && ctx.Err() == nil {
			a.Log.Error("expired lots cannot be put out of sale", "error", err.Error())
		}
		if _, err := a.Trade.ExpirePoints(ctx, id.By{Person: Program}); err != nil && ctx.Err() == nil {
			a.Log.Error("expired points cannot be taken off", "error", err.Error())
		}
		if err := a.Identity.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("old sign-in tokens cannot be removed", "error", err.Error())
		}
		if err := a.Files.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("files that nobody attached cannot be removed", "error", err.Error())
		}
		if err := a.People.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("what people left cannot be tidied up", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Program stands for the program itself where a person is asked for: ids of people begin far above.
const Program id.ID = 1

// Close ends background work, lets the ledger commit and answer what waits, and closes the database. Requests must have ended.
func (a *App) Close() error {
	var err error
	a.closed.Do(func() {
		a.stop()
		a.running.Wait()
		if a.Seals != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			if err := a.Seals.Finish(ctx); err != nil {
				a.Log.Error("audit rows wait for the next start to be taken into the chain", "error", err.Error())
			}
			cancel()
		}
		if a.Book != nil {
			a.Book.Close()
		}
		err = a.DB.Close()
	})
	return err
}
