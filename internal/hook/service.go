package hook

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/outward"
	"saluran/internal/secret"
)

// Config is what webhooks stand on.
type Config struct {
	DB       *db.DB
	Clock    clock.Clock
	Gate     Gate
	Papers   Papers
	Notice   Notice // nil: nobody is written to
	Proof    Proof  // nil: nobody is asked
	Log      *slog.Logger
	Key      func() (*secret.Key, error) // the installation's, which seals the endpoints' secrets
	Program  id.ID                       // stands for the program in the audit
	Allow    []netip.Prefix              // addresses that may be sent to although they are internal, in the clear too: for development and tests
	Resolver *net.Resolver               // nil: the machine's
	Roots    *x509.CertPool              // nil: the machine's
}

// Service is the use cases of webhooks, and the worker.
type Service struct {
	Config
	guard outward.Config
	send  *sender
	wake  chan struct{}
}

// New makes the service; Run is its worker.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	g := outward.Config{Allow: c.Allow, Resolver: c.Resolver, Roots: c.Roots}
	return &Service{Config: c, guard: g, send: newSender(g), wake: make(chan struct{}, 1)}
}

// seal makes an endpoint's secret unreadable to who has the database alone.
func (s *Service) seal(endpoint id.ID, plain string) ([]byte, error) {
	k, err := s.Key()
	if err != nil {
		return nil, err
	}
	return k.Seal("hook/"+endpoint.String(), []byte(plain)), nil
}

// secretOf reads a secret of an endpoint; "" where there is none.
func (s *Service) secretOf(endpoint id.ID, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	k, err := s.Key()
	if err != nil {
		return "", err
	}
	plain, err := k.Open("hook/"+endpoint.String(), sealed)
	if err != nil {
		return "", fmt.Errorf("the secret of endpoint %d cannot be read under this installation's key: %w", endpoint, err)
	}
	return string(plain), nil
}

func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) mayManage(ctx context.Context, a access.Actor) error {
	return s.Gate.Require(ctx, a, access.Own, "hook", "manage")
}

// sure asks for a fresh proof before a secret is shown, or events go to another address.
func (s *Service) sure(ctx context.Context, a access.Actor) error {
	if s.Proof == nil {
		return nil
	}
	return s.Proof.Sure(ctx, a)
}

func (s *Service) mayRead(ctx context.Context, a access.Actor) error {
	return s.Gate.Require(ctx, a, access.Own, "hook", "read")
}

// Wanted is what an endpoint is made of.
type Wanted struct {
	URL    string
	Topics []string
	Paused bool
}

func (s *Service) check(w *Wanted) error {
	url, wrong := s.guard.Check(w.URL)
	if wrong != "" {
		return errs.OnFields("invalid_fields", errs.F("url", "hook."+string(wrong)))
	}
	w.URL = url
	bad := ""
	if w.Topics, bad = validTopics(w.Topics); bad != "" {
		return errs.OnFields("invalid_fields", errs.F("topics", "hook.topic", "topic", bad[:min(len(bad), 48)]))
	}
	if len(w.Topics) == 0 {
		return errs.OnFields("invalid_fields", errs.F("topics", "hook.no_topic"))
	}
	return nil
}

// Add makes an endpoint, which hears of what happens from now on. secret is "" where the request was answered before: it is shown
// once.
//
// Right: hook manage, with a fresh proof. Errors: invalid_fields, hook.too_many, step_up_required.
func (s *Service) Add(ctx context.Context, a access.Actor, k audit.Key, w Wanted) (e Endpoint, secret string, err error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Endpoint{}, "", err
	}
	if err := s.check(&w); err != nil {
		return Endpoint{}, "", err
	}
	if err := s.sure(ctx, a); err != nil {
		return Endpoint{}, "", err
	}
	now := s.Clock.Now()
	no, replayed, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.begin(ctx); err != nil {
			return 0, err
		}
		var n int64
		if err := s.DB.R(ctx).Model(&endpointRow{}).Where("org = ? AND status <> ?", a.Org, removed).Count(&n).Error; err != nil {
			return 0, err
		}
		if n >= MaxEndpoints {
			return 0, errs.New(errs.Conflict, "hook.too_many", "max", strconv.Itoa(MaxEndpoints))
		}
		secret = newSecret()
		r := endpointRow{ID: s.DB.IDs.Next(), Org: a.Org, Person: a.Person, URL: w.URL, Topics: joined(w.Topics), Status: Active, OldSecret: []byte{}, ToldUs: now, CreatedUs: now, Version: 1}
		if r.Secret, err = s.seal(r.ID, secret); err != nil {
			return 0, err
		}
		if w.Paused {
			r.Status = Paused
		}
		if err := s.DB.W(ctx).Create(&r).Error; err != nil {
			return 0, err
		}
		return r.ID, audit.Record(ctx, s.DB, a.By(), now, "webhook.added", r.ID, audit.Diff(map[string][2]any{"url": {"", r.URL}, "topics": {"", r.Topics}}))
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	if replayed {
		secret = ""
	}
	e, err = s.endpoint(ctx, a.Org, no)
	return e, secret, err
}

// begin lets one change of endpoints at a time pass, and none while the outbox is followed; where nobody listened, the cursor is
// first brought to where the books are, because an endpoint hears of what is new.
func (s *Service) begin(ctx context.Context) error {
	c, err := s.lock(ctx)
	if err != nil {
		return err
	}
	var n int64
	if err := s.DB.R(ctx).Model(&endpointRow{}).Where("status = ?", Active).Count(&n).Error; err != nil {
		return err
	}
	set := map[string]any{"moved": c.Moved + 1}
	if n == 0 {
		if set["seq"], err = s.head(ctx); err != nil {
			return err
		}
	}
	return s.DB.W(ctx).Model(&cursorRow{}).Where("name = ?", cursorName).Updates(set).Error
}

func (s *Service) endpoint(ctx context.Context, org, no id.ID) (Endpoint, error) {
	r, err := s.load(ctx, org, no)
	return r.endpoint(), err
}

func (s *Service) load(ctx context.Context, org, no id.ID) (endpointRow, error) {
	var rows []endpointRow
	err := s.DB.R(ctx).Where("id = ? AND org = ? AND status <> ?", no, org, removed).Find(&rows).Error
	if err != nil {
		return endpointRow{}, fmt.Errorf("endpoint %d: %w", no, err)
	}
	if len(rows) == 0 {
		return endpointRow{}, errs.Gone()
	}
	return rows[0], nil
}

// Endpoint is one of the acting organisation. Right: hook read.
func (s *Service) Endpoint(ctx context.Context, a access.Actor, no id.ID) (Endpoint, error) {
	if err := s.mayRead(ctx, a); err != nil {
		return Endpoint{}, err
	}
	return s.endpoint(ctx, a.Org, no)
}

// Endpoints are those of the acting organisation, newest first. Right: hook read.
func (s *Service) Endpoints(ctx context.Context, a access.Actor) ([]Endpoint, error) {
	if err := s.mayRead(ctx, a); err != nil {
		return nil, err
	}
	var rows []endpointRow
	if err := s.DB.R(ctx).Where("org = ? AND status <> ?", a.Org, removed).Order("id DESC").Limit(MaxEndpoints).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("endpoints: %w", err)
	}
	out := make([]Endpoint, len(rows))
	for i, r := range rows {
		out[i] = r.endpoint()
	}
	return out, nil
}

// Broken is how many endpoints of the acting organisation the portal has disabled: what its owner is told on the first page.
// 0 for those who may not read them.
func (s *Service) Broken(ctx context.Context, a access.Actor) (n int64, err error) {
	if s.mayRead(ctx, a) != nil {
		return 0, nil
	}
	err = s.DB.R(ctx).Model(&endpointRow{}).Where("org = ? AND status = ?", a.Org, Disabled).Count(&n).Error
	return n, err
}

// change runs a change of one endpoint under its key: right, row, version, audit.
func (s *Service) change(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, action string,
	fn func(ctx context.Context, r endpointRow, now clock.Instant) (set map[string]any, diff string, err error)) (Endpoint, bool, error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Endpoint{}, false, err
	}
	now := s.Clock.Now()
	_, replayed, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.begin(ctx); err != nil {
			return 0, err
		}
		r, err := s.load(ctx, a.Org, no)
		if err != nil {
			return 0, err
		}
		if version != 0 && version != r.Version {
			return 0, errs.New(errs.Conflict, "changed")
		}
		set, diff, err := fn(ctx, r, now)
		if err != nil {
			return 0, err
		}
		set["version"] = r.Version + 1
		if err := s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND org = ? AND version = ?", no, a.Org, r.Version).Updates(set).Error; err != nil {
			return 0, err
		}
		db.AfterCommit(ctx, s.poke)
		return no, audit.Record(ctx, s.DB, a.By(), now, action, no, diff)
	})
	if err != nil {
		return Endpoint{}, false, err
	}
	e, err := s.endpoint(ctx, a.Org, no)
	return e, replayed, err
}

// Change sets address, topics, and whether it is paused; an endpoint that was disabled is tried anew. version 0 does not ask.
// Right: hook manage, for another address with a fresh proof. Errors: invalid_fields, changed, step_up_required.
func (s *Service) Change(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, w Wanted) (Endpoint, error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Endpoint{}, err
	}
	if err := s.check(&w); err != nil {
		return Endpoint{}, err
	}
	e, _, err := s.change(ctx, a, k, no, version, "webhook.changed", func(ctx context.Context, r endpointRow, now clock.Instant) (map[string]any, string, error) {
		if w.URL != r.URL || r.Reason == "left" {
			if err := s.sure(ctx, a); err != nil {
				return nil, "", err
			}
		}
		status := Active
		if w.Paused {
			status = Paused
		}
		diff := audit.Diff(map[string][2]any{"url": {r.URL, w.URL}, "topics": {r.Topics, joined(w.Topics)}, "status": {r.Status, status}})
		if r.Reason == "left" { // whoever takes it into use again answers for it from now on
			r.Person = a.Person
		}
		return map[string]any{"person": r.Person, "url": w.URL, "topics": joined(w.Topics), "status": status, "reason": "", "fails": 0, "failing_us": 0, "told_us": now}, diff, nil
	})
	return e, err
}

// Rotate gives an endpoint a new secret, shown once; for overlap more (0 to MaxOverlap) messages are signed under both.
// Right: hook manage, with a fresh proof. Errors: hook.overlap, changed, step_up_required.
func (s *Service) Rotate(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, overlap time.Duration) (e Endpoint, secret string, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return Endpoint{}, "", errs.OnFields("invalid_fields", errs.F("overlap_hours", "hook.overlap"))
	}
	e, replayed, err := s.change(ctx, a, k, no, version, "webhook.secret_rotated", func(ctx context.Context, r endpointRow, now clock.Instant) (map[string]any, string, error) {
		if err := s.sure(ctx, a); err != nil {
			return nil, "", err
		}
		secret = newSecret()
		sealed, err := s.seal(r.ID, secret)
		if err != nil {
			return nil, "", err
		}
		old, until := []byte{}, clock.Instant(0)
		if overlap > 0 {
			old, until = r.Secret, now.Add(overlap)
		}
		diff := audit.Diff(map[string][2]any{"old_until": {r.OldUntilUs.RFC3339(), until.RFC3339()}, "secret": {"(hidden)", "(new)"}})
		return map[string]any{"secret": sealed, "old_secret": old, "old_until_us": until}, diff, nil
	})
	if err != nil || replayed {
		secret = ""
	}
	return e, secret, err
}

// Remove takes an endpoint away; what waits for it is not sent, and its log is no longer shown. Right: hook manage.
func (s *Service) Remove(ctx context.Context, a access.Actor, k audit.Key, no id.ID) error {
	if err := s.mayManage(ctx, a); err != nil {
		return err
	}
	now := s.Clock.Now()
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.begin(ctx); err != nil {
			return 0, err
		}
		r, err := s.load(ctx, a.Org, no)
		if err != nil {
			return 0, err
		}
		set := map[string]any{"status": removed, "secret": []byte{}, "old_secret": []byte{}, "version": r.Version + 1}
		if err := s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND org = ?", no, a.Org).Updates(set).Error; err != nil {
			return 0, err
		}
		return no, audit.Record(ctx, s.DB, a.By(), now, "webhook.removed", no, audit.Diff(map[string][2]any{"url": {r.URL, ""}}))
	})
	return err
}
