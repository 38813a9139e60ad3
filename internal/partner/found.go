package partner

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Organisations meet by a code that one tells the other. A code is short and can be guessed, so what is asked about organisations
// that one does not see yet is counted: of one person, and of all who act for one organisation, in each hour. The counts are in the
// database, beside those of requests, and so hold over all instances.
const (
	askedByPerson = 30
	askedByOrg    = 90
)

// rateSpan is the unit in which the table of counts reckons time; what is in the past there is swept out by whoever counts requests.
const rateSpan = 10 * time.Second

// ask counts one question about organisations that the actor does not see, before it is answered; Busy "partner.asked_often" where
// there were too many in this hour, whatever the answer would be.
func (s *Service) ask(ctx context.Context, a access.Actor) error {
	hour := askedHour(s.clock.Now())
	return s.d.InTx(ctx, func(ctx context.Context) error {
		for _, x := range askers(a) {
			if err := s.askAs(ctx, x.who, hour, x.most); err != nil {
				return err
			}
		}
		return nil
	})
}

// askedHour is the last moment of an hour, in the unit of the table.
func askedHour(now clock.Instant) int64 {
	hour := int64(time.Hour / time.Microsecond)
	return (int64(now)/hour + 1) * int64(time.Hour/rateSpan)
}

type asker struct {
	who  string
	most int64
}

func askers(a access.Actor) []asker {
	name := func(kind string, n id.ID) string {
		h := audit.HashOf("partners asked", kind, n.String())
		return hex.EncodeToString(h[:16])
	}
	return []asker{{name("org", a.Org), askedByOrg}, {name("person", a.Person), askedByPerson}}
}

func (s *Service) askAs(ctx context.Context, who string, hour, most int64) error {
	for range 2 {
		r := s.d.W(ctx).Exec("UPDATE rate_count SET n = n + 1 WHERE who = ? AND span = ? AND n < ?", who, hour, most)
		if r.Error != nil || r.RowsAffected > 0 {
			return r.Error
		}
		err := s.d.W(ctx).Exec("INSERT INTO rate_count (who, span, n) VALUES (?, ?, 1)", who, hour).Error
		if db.Classify(err) != db.Duplicate {
			return err
		}
	}
	return errs.New(errs.Busy, "partner.asked_often")
}

// unasked takes back what ask counted: the actor knew whom it spoke of.
func (s *Service) unasked(ctx context.Context, a access.Actor) error {
	hour := askedHour(s.clock.Now())
	return s.d.InTx(ctx, func(ctx context.Context) error {
		for _, x := range askers(a) {
			if err := s.d.W(ctx).Exec("UPDATE rate_count SET n = n - 1 WHERE who = ? AND span = ? AND n > 0", x.who, hour).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Entering runs what enters an organisation under a code. That a code is taken tells that somebody has it, so it is counted as a
// question before it is tried, and stays counted where it was taken: when the number of the hour is used up, a code that is taken and
// one that is free are answered alike. It runs outside the transaction of what it runs, whose end would take the count back. A request
// that was answered before is not asked again.
func (s *Service) Entering(ctx context.Context, a access.Actor, k audit.Key, enter func() error) error {
	if a.Kind == "operator" {
		return enter()
	}
	known, err := audit.Known(ctx, s.d, a.Org, k)
	if err != nil {
		return err
	}
	if known {
		return enter()
	}
	if err := s.ask(ctx, a); err != nil {
		return err
	}
	if err = enter(); errs.CodeOf(err) == "partner.code_taken" {
		return err
	}
	return errOr(err, s.unasked(ctx, a))
}

// seen are the organisations among ids that the actor sees; of others it is not even looked whether they exist.
func (s *Service) seen(ctx context.Context, a access.Actor, org id.ID) ([]orgRow, error) {
	cond, args := visibleOne(a, org)
	var rows []orgRow
	err := s.d.R(ctx).Where("org.id = ?", org).Where(cond, args...).Limit(1).Find(&rows).Error
	return rows, err
}

// coded is an organisation by its id and the code that the actor was told; empty where they do not belong together.
func (s *Service) coded(ctx context.Context, org id.ID, code string) (rows []orgRow, err error) {
	err = s.d.R(ctx).Where("id = ? AND code = ?", org, strings.TrimSpace(code)).Limit(1).Find(&rows).Error
	return rows, err
}

// introduced refuses a code that does not belong to an organisation which the actor does not see, and counts it. It is called before
// the transaction in which met is asked, which would forget the count when it fails.
func (s *Service) introduced(ctx context.Context, a access.Actor, org id.ID, code string) error {
	if strings.TrimSpace(code) == "" {
		return nil // met refuses whom the actor does not see
	}
	rows, err := s.seen(ctx, a, org)
	if err != nil || len(rows) > 0 {
		return err
	}
	if err := s.ask(ctx, a); err != nil {
		return err
	}
	if rows, err = s.coded(ctx, org, code); err != nil {
		return err
	}
	if len(rows) == 0 {
		return errs.Gone()
	}
	return s.unasked(ctx, a)
}

// met is an organisation that the actor sees, or whose code it was told: ids can be counted through, codes are told by partners.
// Every organisation that a request names goes through here; any other is answered like one that does not exist.
func (s *Service) met(ctx context.Context, a access.Actor, org id.ID, code string) (Org, error) {
	rows, err := s.seen(ctx, a, org)
	if err == nil && len(rows) == 0 && strings.TrimSpace(code) != "" {
		rows, err = s.coded(ctx, org, code)
	}
	if err != nil {
		return Org{}, err
	}
	if len(rows) == 0 {
		return Org{}, errs.Gone()
	}
	return rows[0].org(), nil
}

// Lookup finds any organisation by kind and code, exactly: how one finds a partner to link with. It needs link:write, and
// shows only code, kind and name of those one does not see. What is asked about those is counted, found or not, and what is found
// is in the audit. Busy "partner.asked_often".
func (s *Service) Lookup(ctx context.Context, a access.Actor, kind, code string) (Org, error) {
	if err := s.gate.Require(ctx, a, access.Own, "link", "write"); err != nil {
		return Org{}, err
	}
	code = strings.TrimSpace(code)
	cond, args := seesEach(a.Org) // few bear a code: each is asked about, and not all whom the actor knows
	if a.Kind == "operator" {
		cond, args = "1 = 1", nil
	}
	var rows []orgRow
	if err := s.d.R(ctx).Where("kind = ? AND code = ? AND active = ? AND nameless = ?", kind, code, true, false).Where(cond, args...).Limit(1).Find(&rows).Error; err != nil {
		return Org{}, err
	}
	if len(rows) > 0 {
		out, err := s.shown(ctx, a, rows)
		if err != nil {
			return Org{}, err
		}
		return out[0], nil
	}
	if err := s.ask(ctx, a); err != nil {
		return Org{}, err
	}
	if err := s.d.R(ctx).Where("kind = ? AND code = ? AND active = ? AND nameless = ?", kind, code, true, false).Limit(1).Find(&rows).Error; err != nil {
		return Org{}, err
	}
	if len(rows) == 0 {
		return Org{}, errs.Gone()
	}
	r := rows[0]
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "partner.found", r.ID, audit.Diff(map[string][2]any{"kind": {"", r.Kind}, "code": {"", r.Code}}))
	})
	return Org{ID: r.ID, Code: r.Code, Kind: r.Kind, Name: r.Name, Active: true}, err
}
