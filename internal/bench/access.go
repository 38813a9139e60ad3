package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// AccessOptions say how large the measurement of decisions is; what is 0 is usual.
type AccessOptions struct {
	DB        string
	Users     int // people, each in one organisation (1,000,000)
	Orgs      int // organisations; every tenth has a role of its own (10,000)
	Decisions int // of ours that are measured, one by one (1,000,000)
	Rival     int // of the rival's Enforcer, which are slow (4,000)
	Revoked   int // how often a right is taken away (50)
	Out       io.Writer
}

func (o *AccessOptions) usual() {
	for _, x := range []struct {
		v *int
		d int
	}{{&o.Users, 1_000_000}, {&o.Orgs, 10_000}, {&o.Decisions, 1_000_000}, {&o.Rival, 4_000}, {&o.Revoked, 50}} {
		if *x.v == 0 {
			*x.v = x.d
		}
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
}

// Access measures decisions: who may do what, with a million people in ten thousand organisations, some with roles of their own.
// The rival is casbin itself over the same grants, its Enforcer and its CachedEnforcer, in the same run; it has no people and no
// roles of organisations to carry. Ours and rival are microseconds a decision, mean; ratio is rival ÷ ours. Errors counts answers
// that differ from the rival's, and requests that were let pass after their right was taken away.
func Access(ctx context.Context, o AccessOptions) (Line, error) {
	o.usual()
	url, remove, err := Scratch(ctx, o.DB, "access")
	if err != nil {
		return Line{}, err
	}
	defer remove()
	b := &deciding{o: o, rng: rand.New(rand.NewPCG(11, 13))}
	for i := range b.apps {
		if b.apps[i], err = app.Open(ctx, app.Config{DB: url, Log: slog.New(slog.DiscardHandler), NoWorkers: true, Publish: i == 0}); err != nil {
			return Line{}, err
		}
		defer b.apps[i].Close()
	}
	fmt.Fprintf(o.Out, "writing %d people in %d organisations\n", o.Users, o.Orgs)
	start := time.Now()
	if err := b.people(ctx); err != nil {
		return Line{}, fmt.Errorf("make the data: %w", err)
	}
	fmt.Fprintf(o.Out, "written in %.1f s\n", time.Since(start).Seconds())
	line := Line{Bench: "access", Engine: engineName(b.apps[0].DB), Clients: 1, Case: fmt.Sprintf("%d users, %d organisations", o.Users, o.Orgs)}
	if err := b.ours(ctx, &line); err != nil {
		return line, err
	}
	if err := b.rival(&line); err != nil {
		return line, err
	}
	if err := b.revoke(ctx, &line); err != nil {
		return line, err
	}
	line.MaxRSS = maxRSS()
	return line, nil
}

type deciding struct {
	o      AccessOptions
	rng    *rand.Rand
	apps   [2]*app.App // two instances on one database
	tokens []string    // sessions of people from everywhere
	own    []string    // of people with roles of their organisations' own
	one    struct {    // whose right is taken away, and the owner who does it
		person id.ID
		token  string
		owner  access.Actor
	}
}

var benchKinds, benchRoles = []string{"producer", "distributor", "wholesaler", "retailer", "agent"}, []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"}

const asked = 2000 // sessions that ask

// people writes organisations, people and roles by plain SQL, as an import would have left them.
func (b *deciding) people(ctx context.Context) error {
	a, per := b.apps[0], max(2, b.o.Users/b.o.Orgs)
	f := &filler{ctx: ctx, a: a}
	grants := a.Gate.Grants(access.Actor{Kind: "producer", Role: "sales"})
	every := max(1, b.o.Users/asked)
	n := 0
	for i := range b.o.Orgs {
		org, kind := a.DB.IDs.Next(), benchKinds[i%len(benchKinds)]
		f.add("org", "%d,'A%d','%s','Org %d','org %d','ID','IDR','Asia/Jakarta',TRUE,FALSE,'','','','',FALSE,TRUE,1,1", org, i, kind, i, i)
		def := id.ID(0)
		if i%10 == 0 {
			def = a.DB.IDs.Next()
			f.add("role_def", "%d,%d,'%s%d','Kasir','kasir','sales',1,0,1", def, org, access.OwnPrefix, def)
			for _, g := range grants {
				f.add("role_grant", "%d,1,'%s','%s','%s'", def, g.Rel, g.Object, g.Action)
			}
		}
		for k := range per {
			person, role := a.DB.IDs.Next(), benchRoles[k%len(benchRoles)]
			if def != 0 && k%4 == 3 {
				role = access.OwnPrefix + def.String()
			}
			f.add("person", "%d,'%d@bench.invalid','Bench','','id',TRUE,1,1", person, person)
			f.add("membership", "%d,%d,'%s',1", person, org, role)
			if i == 0 && k == 0 {
				b.one.owner = access.Actor{Person: person, Org: org, Kind: kind, Role: "owner"}
			}
			if n++; i == 0 && k == 1 || n%every == 0 || def != 0 && k == 3 && len(b.own) < 200 {
				t := b.session(f, person, org)
				if i == 0 && k == 1 {
					b.one.person, b.one.token = person, t
				} else if access.IsOwn(role) {
					b.own = append(b.own, t)
				}
			}
		}
		if n%20_000 < per {
			if err := f.flush(); err != nil {
				return err
			}
			f.rows = nil
		}
	}
	return f.flush()
}

func (b *deciding) session(f *filler, person, org id.ID) string {
	t := fmt.Sprintf("bench%038d", int64(person)) // 43 characters, as a token has
	h, now := sha256.Sum256([]byte(t)), time.Now().UnixMicro()
	f.add("session", "%d,X'%x',%d,%d,'api','','','',%d,%d,%d,0", f.a.DB.IDs.Next(), h[:], person, org, now, now, int64(1)<<60)
	b.tokens = append(b.tokens, t)
	return t
}

// question is one that somebody may ask.
type question struct {
	a        access.Actor
	rel      access.Rel
	obj, act string
}

// questions are random ones of people who are signed in.
func (b *deciding) questions(ctx context.Context, n int) ([]question, error) {
	actors := make([]access.Actor, 0, len(b.tokens))
	start := time.Now()
	for _, t := range b.tokens {
		a, _, err := b.apps[0].Identity.Actor(ctx, t)
		if err != nil {
			return nil, err
		}
		actors = append(actors, a)
	}
	fmt.Fprintf(b.o.Out, "sessions looked up and their roles compiled: %d, %.1f us each\n", len(actors), float64(time.Since(start).Microseconds())/float64(len(actors)))
	rels, objects, actions := b.apps[0].Gate.Vocabulary()
	out := make([]question, n)
	for i := range out {
		obj := objects[b.rng.IntN(len(objects))]
		out[i] = question{actors[b.rng.IntN(len(actors))], access.Rel(rels[b.rng.IntN(len(rels))]), obj, actions[obj][b.rng.IntN(len(actions[obj]))]}
	}
	return out, nil
}

func (b *deciding) ours(ctx context.Context, line *Line) error {
	before := heap()
	qs, err := b.questions(ctx, 100_000)
	if err != nil {
		return err
	}
	gate, took, yes := b.apps[0].Gate, make([]time.Duration, 0, b.o.Decisions), 0
	for i := range b.o.Decisions {
		q := &qs[i%len(qs)]
		t := time.Now()
		ok := gate.Can(q.a, q.rel, q.obj, q.act)
		took = append(took, time.Since(t))
		if ok {
			yes++
		}
	}
	var sum time.Duration
	for _, t := range took {
		sum += t
	}
	slices.Sort(took)
	line.Ours = us(sum) / float64(len(took))
	p50, p99 := us(took[len(took)/2]), us(took[len(took)*99/100])
	line.P50, line.P99, line.P99us = p50/1000, p99/1000, p99
	took = nil
	fmt.Fprintf(b.o.Out, "ours: %d decisions, %d allowed: mean %.3f us, p50 %.3f us, p99 %.3f us, with the clock that measures each; %.1f MiB for sessions, roles and questions\n",
		b.o.Decisions, yes, line.Ours, p50, p99, heap()-before)
	if p99 >= 2 {
		fmt.Fprintln(b.o.Out, "ours: the goal of 2 us is missed")
	}
	return nil
}

// rival asks casbin the same, of the roles that every organisation has.
func (b *deciding) rival(line *Line) error {
	gate := b.apps[0].Gate
	before, start := heap(), time.Now()
	e, c, rules, err := gate.Casbin()
	if err != nil {
		return err
	}
	fmt.Fprintf(b.o.Out, "rival: casbin %d rules, loaded in %.0f ms, %.1f MiB, without people and organisations\n", rules, us(time.Since(start))/1000, heap()-before)
	qs, err := b.questions(context.Background(), 50_000)
	if err != nil {
		return err
	}
	qs = slices.DeleteFunc(qs, func(q question) bool { return q.a.Own != nil })
	for _, x := range []struct {
		name string
		n    int
		ask  func(...any) (bool, error)
	}{{"Enforcer", b.o.Rival, e.Enforce}, {"CachedEnforcer, cold", b.o.Rival, c.Enforce}, {"CachedEnforcer, the same once more", b.o.Rival, c.Enforce}} {
		took := make([]time.Duration, 0, x.n)
		var sum time.Duration
		for i := range x.n {
			q := &qs[i%len(qs)]
			t := time.Now()
			ok, err := x.ask(q.a.Role, string(q.rel), q.obj, q.act)
			kind := ok
			if ok && err == nil {
				kind, err = x.ask("kind:"+q.a.Kind, string(q.rel), q.obj, q.act)
			}
			took = append(took, time.Since(t))
			sum += took[i]
			if err != nil {
				return err
			}
			if (ok && kind) != gate.Can(q.a, q.rel, q.obj, q.act) {
				line.Errors++
			}
		}
		slices.Sort(took)
		mean := us(sum) / float64(x.n)
		fmt.Fprintf(b.o.Out, "rival: %s: %d decisions: mean %.3f us, p50 %.3f us, p99 %.3f us: %.0f times ours\n", x.name, x.n, mean, us(took[x.n/2]), us(took[x.n*99/100]), mean/line.Ours)
		if line.Rival == 0 || mean < line.Rival {
			line.Rival = mean
		}
	}
	line.Ratio = line.Rival / line.Ours
	return nil
}

// revoke takes a right away at one instance and asks at the other.
func (b *deciding) revoke(ctx context.Context, line *Line) error {
	took := make([]time.Duration, 0, b.o.Revoked)
	for i := range b.o.Revoked {
		for k, role := range []string{"finance", "warehouse"} {
			key := audit.Key{Client: fmt.Sprintf("bench-%d-%d", i, k), Hash: [32]byte{byte(k)}}
			if err := b.apps[0].Identity.SetRole(ctx, b.one.owner, key, b.one.person, role); err != nil {
				return fmt.Errorf("take a right away: %w", err)
			}
			t := time.Now()
			a, _, err := b.apps[1].Identity.Actor(ctx, b.one.token)
			if err != nil {
				return err
			}
			err = b.apps[1].Gate.Require(ctx, a, access.Own, "bank", "write")
			took = append(took, time.Since(t))
			if (role == "warehouse") != errs.Is(err, errs.Forbidden) {
				line.Errors++
			}
		}
	}
	slices.Sort(took)
	fmt.Fprintf(b.o.Out, "revoked and given %d times at one instance: in force at the other with the next request, which took %.0f us (p50), %.0f us (p99)\n",
		len(took), us(took[len(took)/2]), us(took[len(took)*99/100]))
	return nil
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// heap is what lives, in MiB.
func heap() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
