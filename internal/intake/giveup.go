package intake

import (
	"context"
	"encoding/json"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/jobs"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// Unfinished is an import that has begun, bought, and has not said that it is whole. Others of its mapping and seller wait for it.
type Unfinished struct {
	ID       id.ID
	Run      string // by which the command line names it
	Files    string
	Begun    clock.Instant
	Finished string // how it ended after all: import.ended, import.given_up; "" while it has not
	UnderWay bool   // somebody is working on it just now, or was a moment ago: nothing to give up yet

	event string
	org   id.ID
	seq   int64
}

// Bought is what an import that broke off has done: what remains bought where it is given up.
type Bought struct {
	Purchases, Sales int64   // documents that stand
	Products         int64   // of which something was bought and not sold
	Left             qty.Qty // how much, of all of them, in base units
}

// GivenUp tells that somebody has given it up.
func (x Unfinished) GivenUp() bool { return x.Finished == turnGiven }

// quiet is how long an import of the command line may post nothing before it counts as broken off.
const quiet = 2 * 60 * 1_000_000

// Unfinished lists what broke off and was neither taken up nor given up, oldest first. Right: import:read.
func (u *Uploads) Unfinished(ctx context.Context, a access.Actor) ([]Unfinished, error) {
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "read"); err != nil {
		return nil, err
	}
	all, err := u.begun(ctx, a, 0)
	if err != nil {
		return nil, err
	}
	out := []Unfinished{}
	for _, x := range all {
		if x.Finished == "" {
			out = append(out, x)
		}
	}
	return out, u.look(ctx, a, out)
}

// OneUnfinished is one of them, also after it was given up, and what it has bought. Right: import:read. Errors: not_found.
func (u *Uploads) OneUnfinished(ctx context.Context, a access.Actor, no id.ID) (x Unfinished, b Bought, err error) {
	if err = u.imports.Gate.Require(ctx, a, access.Own, "import", "read"); err != nil {
		return x, b, err
	}
	if x, err = u.oneBegun(ctx, a, no); err != nil {
		return x, b, err
	}
	b, err = u.bought(ctx, x)
	return x, b, err
}

// GiveUp says that an import which broke off is not to be taken up: what it bought stays bought, and others of its mapping and seller
// go on. Right: import:run. Errors: not_found; import.whole, import.given_up, import.under_way where there is nothing to give up.
func (u *Uploads) GiveUp(ctx context.Context, a access.Actor, k audit.Key, no id.ID) (Unfinished, error) {
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "run"); err != nil {
		return Unfinished{}, err
	}
	x, err := u.oneBegun(ctx, a, no)
	if err != nil {
		return x, err
	}
	if err := x.Open(); err != nil && x.Finished != turnGiven { // given up: perhaps by this very request
		return x, err
	}
	p := ledger.Draft(turnGiven, strings.TrimSuffix(x.event, "1")+"2", a.By(), x.ID, u.imports.Clock.Now()).Because(x.Files)
	if k.Client != "" {
		p.Client(k.Client, audit.HashOf(k.Client, string(k.Hash[:]))) // another request that says the same gives up nothing
	}
	r, err := u.imports.Book.Post(ctx, p)
	if errs.CodeOf(err) == "ledger.event_taken" || err == nil && r.Replayed && k.Client == "" {
		err = nil
		if x, err = u.oneBegun(ctx, a, no); err == nil {
			err = x.Open()
		}
		return x, err
	}
	x.Finished = turnGiven
	return x, err
}

// Open refuses what is not broken off.
func (x Unfinished) Open() error {
	switch {
	case x.Finished == turnGiven:
		return errs.New(errs.Conflict, "import.given_up", "files", x.Files)
	case x.Finished != "":
		return errs.New(errs.Conflict, "import.whole", "files", x.Files)
	case x.UnderWay:
		return errs.New(errs.Conflict, "import.under_way", "files", x.Files)
	}
	return nil
}

func (u *Uploads) oneBegun(ctx context.Context, a access.Actor, no id.ID) (Unfinished, error) {
	if no == 0 {
		return Unfinished{}, errs.Gone()
	}
	all, err := u.begun(ctx, a, no)
	if err == nil && len(all) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return Unfinished{}, err
	}
	return all[0], u.look(ctx, a, all)
}

// begun are the beginnings of an organisation's imports, and how each ended; no = 0 are those that may be open: the last of each mapping
// and seller. The operator's are those of the command line too.
func (u *Uploads) begun(ctx context.Context, a access.Actor, no id.ID) ([]Unfinished, error) {
	orgs := []id.ID{a.Org}
	if a.Kind == "operator" {
		orgs = append(orgs, 0)
	}
	ask, args := "", []any{turnBegun, orgs}
	if no != 0 {
		ask, args = " AND j.doc = ?", append(args, no)
	}
	var rows []struct {
		Seq        int64
		Org, Doc   id.ID
		EventKey   string
		ClientKey  string
		RecordedUs clock.Instant
	}
	d := u.imports.DB.R(ctx)
	if err := d.Raw("SELECT j.seq, j.org, j.doc, j.event_key, j.client_key, j.recorded_us FROM journal j WHERE j.kind = ? AND j.org + 0 IN ?"+ask+
		" AND j.event_key > 'import-run/' AND j.event_key < 'import-run0' ORDER BY j.event_key", args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	var out []Unfinished
	for i, r := range rows {
		counter := r.EventKey[:strings.LastIndexByte(strings.TrimSuffix(r.EventKey, "/1"), '/')+1]
		if no == 0 && i+1 < len(rows) && strings.HasPrefix(rows[i+1].EventKey, counter) {
			continue // another has begun since: this one is over
		}
		x := Unfinished{ID: r.Doc, Run: runOf(r.ClientKey), Begun: r.RecordedUs, event: r.EventKey, org: r.Org, seq: r.Seq}
		var kinds []string
		if err := d.Raw("SELECT kind FROM journal WHERE event_key = ?", strings.TrimSuffix(r.EventKey, "1")+"2").Scan(&kinds).Error; err != nil {
			return nil, err
		}
		if len(kinds) > 0 {
			x.Finished = kinds[0]
		}
		var err error
		if x.Files, err = turnFiles(u.imports.DB.R(ctx), r.Org, r.Seq); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// look tells which of those that are open somebody works on: a job of an upload that makes purchases is to be done or under way, or the
// command line has posted for it a moment ago.
func (u *Uploads) look(ctx context.Context, a access.Actor, all []Unfinished) error {
	busy, asked := false, false
	for i := range all {
		x := &all[i]
		if x.Finished != "" {
			continue
		}
		if !asked {
			var err error
			if busy, err = u.buying(ctx, a.Org); err != nil {
				return err
			}
			asked = true
		}
		var n int64
		if err := u.imports.DB.R(ctx).Raw("SELECT COUNT(*) FROM journal WHERE recorded_us > ? AND person = ? AND client_key > ? AND client_key < ?",
			u.imports.Clock.Now()-quiet, systemPerson, "i."+x.Run+".", "i."+x.Run+"/").Scan(&n).Error; err != nil {
			return err
		}
		x.UnderWay = busy || n > 0
	}
	return nil
}

// buying tells whether a run of an organisation's uploads by a mapping that has purchases has not ended.
func (u *Uploads) buying(ctx context.Context, org id.ID) (bool, error) {
	var payloads []string
	err := u.imports.DB.R(ctx).Raw("SELECT payload FROM job WHERE org = ? AND kind = ? AND status NOT IN ?", org, RunKind,
		[]jobs.Status{jobs.Done, jobs.Failed, jobs.Cancelled}).Scan(&payloads).Error
	if err != nil {
		return false, err
	}
	for _, p := range payloads {
		var ask asked
		if err := json.Unmarshal([]byte(p), &ask); err != nil {
			return false, err
		}
		m, err := ask.mapping()
		if err != nil || m.Supply != nil {
			return true, nil //nolint:nilerr // what cannot be read may buy
		}
	}
	return false, nil
}

// bought adds up what the journals of a run have bought and given back, sold and taken back.
func (u *Uploads) bought(ctx context.Context, x Unfinished) (b Bought, err error) {
	d := u.imports.DB.R(ctx)
	from, to := "i."+x.Run+".", "i."+x.Run+"/"
	var orgs []id.ID // the command line acts for the seller, whose the journals are
	if err = d.Raw("SELECT DISTINCT org FROM journal WHERE recorded_us >= ? AND client_key > ? AND client_key < ?", x.Begun, from, to).Scan(&orgs).Error; err != nil {
		return b, err
	}
	var rows []struct {
		Kind    string
		Product id.ID
		Qty     int64
	}
	if err = d.Raw(`SELECT j.kind, l.product, SUM(l.dir * l.qty) AS qty FROM journal j JOIN order_line l ON l.order_id = j.doc
		WHERE j.org IN ? AND j.client_key > ? AND j.client_key < ? AND j.kind LIKE 'history.%' GROUP BY j.kind, l.product`, orgs, from, to).Scan(&rows).Error; err != nil {
		return b, err
	}
	left := map[id.ID]int64{}
	for _, r := range rows {
		if buys(r.Kind) {
			left[r.Product] += r.Qty
		} else {
			left[r.Product] -= r.Qty
		}
	}
	for _, n := range left {
		if n > 0 {
			b.Products++
			b.Left += qty.Qty(n)
		}
	}
	var docs []struct {
		Kind string
		N    int64
	}
	err = d.Raw("SELECT kind, COUNT(*) AS n FROM journal WHERE org IN ? AND client_key > ? AND client_key < ? AND kind LIKE 'history.%' GROUP BY kind", orgs, from, to).Scan(&docs).Error
	for _, r := range docs {
		if buys(r.Kind) {
			b.Purchases += r.N
		} else {
			b.Sales += r.N
		}
	}
	return b, err
}

func buys(kind string) bool { return strings.HasPrefix(kind, "history.purchase") }
