package identity

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// An operator sees no trade by virtue of being one. Where somebody needs help, the operator breaks the glass: for a stated reason,
// one organisation, a stated time, the session sees what a viewer of that organisation sees, and changes nothing. The owners of
// the organisation are told at once (see package people), and its audit holds the opening, each page that was looked at, and the end.

// glassRole is the role behind glass.
const glassRole = "viewer"

type glassRow struct {
	ID      id.ID `gorm:"primaryKey"`
	Person  id.ID
	Home    id.ID
	Org     id.ID
	Session id.ID
	Reason  string
	FromUs  clock.Instant
	UntilUs clock.Instant
	EndedUs clock.Instant
}

func (glassRow) TableName() string { return "glass" }

const glassQuery = `SELECT s.id, s.person, p.name, p.lang, s.org, o.name AS org_name, o.kind, o.zone, s.csrf, s.expires_us, s.seen_us, s.way, g.id AS glass, g.until_us AS glass_until_us, g.home
FROM session s JOIN person p ON p.id = s.person JOIN org o ON o.id = s.org JOIN glass g ON g.session = s.id AND g.org = s.org AND g.ended_us = 0
WHERE s.token_hash = ? AND s.ended_us = 0 AND p.active = ? AND o.active = ? AND s.id IN
 (SELECT x.id FROM session x JOIN membership m ON m.person = x.person JOIN org h ON h.id = m.org WHERE x.id = s.id AND h.id = g.home AND h.kind = 'operator' AND m.role = 'operator')`

// behindGlass finds the session of an operator that looks into an organisation; no rows where it is none.
func (s *Service) behindGlass(ctx context.Context, hash []byte) ([]actorRow, error) {
	var rows []actorRow
	err := s.d.R(ctx).Raw(glassQuery, hash, true, true).Scan(&rows).Error
	for i := range rows {
		rows[i].Role = glassRole
	}
	return rows, err
}

// BreakGlass lets the acting session look into an organisation until an instant, in the transaction of ctx; telling its owners is
// the caller's part of the same transaction. Errors: not_found (no such organisation, or one's own).
func (s *Service) BreakGlass(ctx context.Context, a access.Actor, org id.ID, reason string, until clock.Instant) (id.ID, error) {
	now := s.clock.Now()
	var n int64
	if err := s.d.R(ctx).Raw("SELECT COUNT(*) FROM org WHERE id = ? AND kind <> 'operator' AND active = ?", org, true).Scan(&n).Error; err != nil {
		return 0, err
	}
	if n == 0 || org == a.Org {
		return 0, errs.Gone()
	}
	g := glassRow{ID: s.d.IDs.Next(), Person: a.Person, Home: a.Org, Org: org, Session: a.Session, Reason: reason, FromUs: now, UntilUs: until}
	if err := s.d.W(ctx).Create(&g).Error; err != nil {
		return 0, err
	}
	r := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ? AND ended_us = 0", a.Session, a.Person).Update("org", org)
	if r.Error != nil {
		return 0, r.Error
	}
	if r.RowsAffected == 0 { // a key of the API is no session
		return 0, errs.New(errs.Forbidden, "glass.session")
	}
	by := id.By{Person: a.Person, Org: org, Session: a.Session}
	if err := audit.Record(ctx, s.d, by, now, "glass.broken", g.ID, audit.Diff(map[string][2]any{"until": {"", until.RFC3339()}})); err != nil {
		return 0, err
	}
	if err := audit.Record(ctx, s.d, a.By(), now, "glass.broken", g.ID, audit.Diff(map[string][2]any{"org": {"", org.String()}})); err != nil {
		return 0, err
	}
	return g.ID, s.d.BumpMaster(ctx)
}

// MendGlass ends the look, and the session acts for the operator again. It may be called for one that has ended.
func (s *Service) MendGlass(ctx context.Context, glass id.ID) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var g glassRow
		if err := s.d.R(ctx).Where("id = ?", glass).Take(&g).Error; err != nil {
			return err
		}
		r := s.d.W(ctx).Model(&glassRow{}).Where("id = ? AND ended_us = 0", glass).Update("ended_us", min(now, g.UntilUs))
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND org = ?", g.Session, g.Org).Update("org", g.Home).Error; err != nil {
			return err
		}
		for _, org := range []id.ID{g.Org, g.Home} {
			if err := audit.Record(ctx, s.d, id.By{Person: g.Person, Org: org, Session: g.Session}, now, "glass.mended", g.ID, audit.One("until", time.UnixMicro(int64(g.UntilUs)).UTC().Format(time.RFC3339), time.UnixMicro(int64(min(now, g.UntilUs))).UTC().Format(time.RFC3339)+" ended")); err != nil {
				return err
			}
		}
		return s.d.BumpMaster(ctx)
	})
}

// MendGlasses ends the looks whose time is over: their sessions see nothing from then on anyway, this writes it down.
func (s *Service) MendGlasses(ctx context.Context) error {
	var over []id.ID
	err := s.d.R(ctx).Raw("SELECT id FROM glass WHERE ended_us = 0 AND until_us <= ?", s.clock.Now()).Scan(&over).Error
	for _, g := range over {
		if err == nil {
			err = s.MendGlass(ctx, g)
		}
	}
	return err
}

// Looked writes into the audit of an organisation what an operator looked at behind glass, and what it searched for.
func (s *Service) Looked(ctx context.Context, a access.Actor, path, query string) error {
	diff := map[string][2]any{"path": {"", clip(path, 200)}}
	if q := searched(query); q != "" {
		diff["searched"] = [2]any{"", q}
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "glass.looked", a.Glass, audit.Diff(diff))
	})
}

// Of the query of an address: how much is kept, what only leads through a list, and what may be a key.
const maxSearched = 400

var (
	leading = []string{"after", "cursor", "size", "limit", "next", "done", "back"}
	keyed   = []string{"token", "code", "secret", "password", "key", "state", "sign", "csrf", "auth"}
)

// searched is what somebody searched and filtered by, sorted by name: name=value, several apart by a space. What names itself a key
// is never kept, and neither is what no parser reads.
func searched(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "-"
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(leading, name) {
			continue
		}
		folded := strings.ToLower(name)
		secret := slices.ContainsFunc(keyed, func(k string) bool { return strings.Contains(folded, k) })
		for _, v := range values[name] {
			if secret {
				v = "-"
			}
			if v != "" {
				out = append(out, strings.ToValidUTF8(name+"="+v, ""))
			}
		}
	}
	text := strings.Join(out, " ")
	if len(text) > maxSearched {
		text = strings.ToValidUTF8(text[:maxSearched], "") + "…"
	}
	return text
}

// leaveGlass ends the look of a session that goes on to another organisation.
func (s *Service) leaveGlass(ctx context.Context, a access.Actor) error {
	if a.Glass == 0 {
		return nil
	}
	return s.MendGlass(ctx, a.Glass)
}
