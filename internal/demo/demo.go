package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/mail"
	"saluran/internal/partner"
)

// Days is how long the demonstration's trade lasts.
const Days = 92

// Options of a demonstration; the zero value is the whole one.
type Options struct {
	// Days before today on which trade begins; 0 for Days. At least 14: shorter ones have nothing to pay yet.
	Days int
}

// Load makes the demonstration channel in the database at url, its trade ending on the evening before today (a date in
// Indonesia's west). A database that has organisations is left as it is: Summary.Loaded is false then. say tells what is being
// done. It fails where anything could not be done, or the books do not hold afterwards.
func Load(ctx context.Context, url string, today clock.Date, say func(string, ...any)) (Summary, error) {
	return LoadWith(ctx, url, today, Options{}, say)
}

// LoadWith is Load with options.
func LoadWith(ctx context.Context, url string, today clock.Date, o Options, say func(string, ...any)) (Summary, error) {
	if o.Days == 0 {
		o.Days = Days
	}
	if o.Days < 14 || o.Days > 366 {
		return Summary{}, fmt.Errorf("a demonstration takes 14 to 366 days, not %d", o.Days)
	}
	start := today.AddDays(-o.Days)
	l := &load{ctx: ctx, say: say, today: today, start: start, days: o.Days, clock: clock.NewFixed(moment(start, 6)),
		rnd: rand.New(rand.NewPCG(2026, 165)), firms: map[string]*firm{}, goods: map[string]map[string]*product{}, lists: map[string]id.ID{},
		channels: map[string]id.ID{}}
	var err error // its letters wait for the program that serves it
	if l.App, err = app.Open(ctx, app.Config{DB: url, Clock: l.clock, NoWorkers: true, Mail: &mail.Sink{}}); err != nil {
		return Summary{}, err
	}
	defer l.Close()
	there, whole, err := l.look()
	switch {
	case err != nil:
		return Summary{}, err
	case there && whole:
		say("the demonstration is loaded already")
		return Summary{People: SignIns()}, nil
	case there:
		say("the database has organisations: the demonstration is not loaded")
		return Summary{}, nil
	}
	return l.run()
}

// look tells whether the database has organisations, and whether they are those of a whole demonstration. A demonstration that
// broke while it was made is an error.
func (l *load) look() (there, whole bool, err error) {
	var orgs, ours, done int64
	d := l.DB.R(l.ctx)
	if err = d.Raw("SELECT COUNT(*) FROM org").Scan(&orgs).Error; err == nil {
		err = d.Raw("SELECT COUNT(*) FROM org WHERE kind = 'operator' AND code = ? AND name = ?", operator, cast[0].name).Scan(&ours).Error
	}
	if err == nil {
		err = d.Raw("SELECT COUNT(*) FROM audit WHERE action = ?", loaded).Scan(&done).Error
	}
	if err == nil && ours > 0 && done == 0 {
		err = fmt.Errorf("an earlier try to load the demonstration broke off half-way: begin with an empty database")
	}
	return orgs > 0, done > 0, err
}

// loaded is the audit entry that says that a demonstration is whole.
const loaded = "demo.loaded"

// load is a demonstration in the making.
type load struct {
	*app.App
	ctx      context.Context
	say      func(string, ...any)
	clock    *clock.Fixed
	rnd      *rand.Rand
	start    clock.Date
	today    clock.Date
	days     int
	firms    map[string]*firm
	goods    map[string]map[string]*product // of each producer, by SKU
	lists    map[string]id.ID
	channels map[string]id.ID
	bonds    []*bondage
	queue    queue
	serial   int
	keys     int
}

// firm is an organisation with its people.
type firm struct {
	partner.Org
	people map[string]access.Actor
	main   id.ID
	depot  id.ID // a second warehouse
	bank   id.ID
}

// as is who does the work of a role: the owner where nobody else is there for it.
func (f *firm) as(role string) access.Actor {
	if a, ok := f.people[role]; ok {
		return a
	}
	if a, ok := f.people["owner"]; ok {
		return a
	}
	return f.people["operator"]
}

type product struct {
	good
	id id.ID
}

// bondage is a link with the two firms that it binds.
type bondage struct {
	bond
	from, to, via *firm
	link          id.ID
}

func (l *load) run() (Summary, error) {
	l.say("loading the demonstration channel: %d days of trade until %s", l.days, l.today)
	for _, step := range []func() error{l.organisations, l.people, l.places, l.products, l.linking, l.sharing} {
		if err := step(); err != nil {
			return Summary{}, fmt.Errorf("set the demonstration up: %w", err)
		}
	}
	l.say("%d organisations stand; now they trade", len(l.firms))
	l.plan()
	if err := l.rounds(); err != nil {
		return Summary{}, fmt.Errorf("rounds: %w", err)
	}
	if err := l.live(); err != nil {
		return Summary{}, err
	}
	if err := l.passwords(); err != nil {
		return Summary{}, err
	}
	if err := l.verify(); err != nil {
		return Summary{}, err
	}
	if err := l.finished(); err != nil {
		return Summary{}, err
	}
	return l.summary()
}

// verify recomputes the books.
func (l *load) verify() error {
	rep, err := l.Verify(l.ctx, nil)
	if err != nil {
		return fmt.Errorf("verify the demonstration: %w", err)
	}
	if len(rep.Problems) == 0 {
		l.say("verified: %s", described(rep))
		return nil
	}
	var all []string
	for _, p := range rep.Problems {
		all = append(all, fmt.Sprintf("%+v", p))
	}
	return fmt.Errorf("the demonstration's books do not hold: %s", strings.Join(all[:min(len(all), 10)], "; "))
}

func described(rep *ledger.Report) string {
	return fmt.Sprintf("%d journals, %d entries, nothing wrong", rep.Journals, rep.Entries)
}
