package partner

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Duties are what somebody may represent an organisation in towards a partner.
var Duties = []string{"sales", "purchasing", "field", "finance", "service"}

// Representative is who stands for an organisation towards a partner, and who does so meanwhile. The partner sees it too.
type Representative struct {
	ID         id.ID
	Org        id.ID
	Partner    id.ID
	Duty       string
	Person     id.ID
	Name       string
	Email      string
	Cover      id.ID // 0 for none
	CoverName  string
	CoverEmail string
	CoverFrom  clock.Date // both days included
	CoverUntil clock.Date
	Version    int64
}

// On is who represents on a day: the one who covers, or the one who is named.
func (r Representative) On(day clock.Date) (person id.ID, name, email string, covering bool) {
	if r.Cover != 0 && r.CoverFrom <= day && day <= r.CoverUntil {
		return r.Cover, r.CoverName, r.CoverEmail, true
	}
	return r.Person, r.Name, r.Email, false
}

// SetRepresentative names somebody of the acting organisation towards a partner, or nobody any more (Person 0). Cover is somebody
// else of it, from a day until a day. Version is what was seen; 0 where there was nobody.
type SetRepresentative struct {
	Key                   audit.Key
	Partner               id.ID
	Duty                  string
	Person, Cover         id.ID
	CoverFrom, CoverUntil clock.Date
	Version               int64
}

type representativeRow struct {
	ID         id.ID `gorm:"primaryKey"`
	Org        id.ID
	Partner    id.ID
	Duty       string
	Person     id.ID
	Cover      id.ID
	CoverFrom  clock.Date
	CoverUntil clock.Date
	CreatedUs  clock.Instant
	Version    int64
}

func (representativeRow) TableName() string { return "representative" }

// SetRepresentative names, replaces or ends a representative. Right: partner write. Errors: not_found (no such partner),
// invalid_fields (duty, person, cover, cover_until), changed.
func (s *Service) SetRepresentative(ctx context.Context, a access.Actor, n SetRepresentative) error {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return err
	}
	if _, err := s.Org(ctx, a, n.Partner); err != nil {
		return err
	}
	if n.Cover == 0 {
		n.CoverFrom, n.CoverUntil = "", ""
	}
	var bad []errs.Field
	if !slices.Contains(Duties, n.Duty) {
		bad = append(bad, errs.F("duty", "representative.duty"))
	}
	if n.Partner == a.Org {
		return errs.Gone()
	}
	if n.Cover != 0 && (n.CoverFrom == "" || n.CoverUntil < n.CoverFrom) {
		bad = append(bad, errs.F("cover_until", "representative.cover_days"))
	}
	if n.Cover != 0 && n.Cover == n.Person {
		bad = append(bad, errs.F("cover", "representative.cover_self"))
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		for _, x := range []struct {
			path   string
			person id.ID
		}{{"person", n.Person}, {"cover", n.Cover}} {
			if ok, err := s.works(ctx, x.person, a.Org); err != nil {
				return 0, err
			} else if !ok {
				bad = append(bad, errs.F(x.path, "representative.person"))
			}
		}
		if len(bad) > 0 {
			return 0, errs.OnFields("invalid_fields", bad...)
		}
		return n.Partner, s.setRepresentative(ctx, a, n)
	})
	return err
}

// works tells whether a person is of an organisation; nobody is of every one.
func (s *Service) works(ctx context.Context, person, org id.ID) (bool, error) {
	if person == 0 {
		return true, nil
	}
	var n int64
	err := s.d.R(ctx).Table("membership").Where("person = ? AND org = ?", person, org).Count(&n).Error
	return n > 0, err
}

func (s *Service) setRepresentative(ctx context.Context, a access.Actor, n SetRepresentative) error {
	var was []representativeRow
	now := s.clock.Now()
	mine := s.d.R(ctx).Where("org = ? AND partner = ? AND duty = ?", a.Org, n.Partner, n.Duty)
	if err := mine.Limit(1).Find(&was).Error; err != nil {
		return err
	}
	if (len(was) == 0 && n.Version != 0) || (len(was) > 0 && n.Version != was[0].Version) {
		return errs.New(errs.Conflict, "changed")
	}
	var before id.ID
	var err error
	switch {
	case len(was) == 0 && n.Person == 0:
		return nil
	case len(was) == 0:
		err = s.d.W(ctx).Create(&representativeRow{s.d.IDs.Next(), a.Org, n.Partner, n.Duty, n.Person, n.Cover, n.CoverFrom, n.CoverUntil, now, 1}).Error
		if db.Classify(err) == db.Duplicate {
			err = errs.Wrap(errs.Conflict, "changed", err)
		}
	case n.Person == 0:
		before = was[0].Person
		r := s.d.W(ctx).Where("id = ? AND version = ?", was[0].ID, n.Version).Delete(&representativeRow{})
		err = changed(r.Error, r.RowsAffected)
	default:
		before = was[0].Person
		r := s.d.W(ctx).Model(&representativeRow{}).Where("id = ? AND version = ?", was[0].ID, n.Version).Updates(map[string]any{
			"person": n.Person, "cover": n.Cover, "cover_from": n.CoverFrom, "cover_until": n.CoverUntil, "version": n.Version + 1})
		err = changed(r.Error, r.RowsAffected)
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, s.d, a.By(), now, "representative.set", n.Partner,
		audit.Diff(map[string][2]any{"person": {before.String(), n.Person.String()}, "duty": {"", n.Duty}, "cover": {"", n.Cover.String()}}))
}

const representativeColumns = `SELECT r.id, r.org, r.partner, r.duty, r.person, p.name, p.email, r.cover, COALESCE(c.name, '') AS cover_name,
 COALESCE(c.email, '') AS cover_email, r.cover_from, r.cover_until, r.version
 FROM representative r JOIN person p ON p.id = r.person LEFT JOIN person c ON c.id = r.cover WHERE `

// Representatives are who stands for the acting organisation towards a partner (ours), and for the partner towards it (theirs).
// Right: partner read. Errors: not_found.
func (s *Service) Representatives(ctx context.Context, a access.Actor, partner id.ID) (ours, theirs []Representative, err error) {
	if _, err := s.Org(ctx, a, partner); err != nil {
		return nil, nil, err
	}
	var all []Representative
	err = s.d.R(ctx).Raw(representativeColumns+"(r.org = ? AND r.partner = ?) OR (r.org = ? AND r.partner = ?) ORDER BY r.org, r.duty",
		a.Org, partner, partner, a.Org).Scan(&all).Error
	for _, r := range all {
		if r.Org == a.Org {
			ours = append(ours, r)
		} else {
			r.Cover, r.Version = coverNow(r, s.clock.Now().In(a.Zone)), 0
			theirs = append(theirs, r)
		}
	}
	return ours, theirs, err
}

// coverNow hides from a partner who will be away: only today's cover is its business.
func coverNow(r Representative, today clock.Date) id.ID {
	if _, _, _, covering := r.On(today); covering {
		return r.Cover
	}
	return 0
}

// Represents are who is told of what partners do, of each pair of an organisation and its partner: who represents the one towards the
// other on the day of the organisation, the first of the duties that is named. Pairs for which nobody is named are left out. It is for
// the program's own letters: no right is asked.
func (s *Service) Represents(ctx context.Context, pairs []Pair, day func(org id.ID) clock.Date, duties ...string) (map[Pair]id.ID, error) {
	out := map[Pair]id.ID{}
	for some := range slices.Chunk(pairs, chunk) {
		var orgs, partners []id.ID
		for _, p := range some {
			orgs, partners = append(orgs, p.Seller), append(partners, p.Buyer)
		}
		var all []Representative
		if err := s.d.R(ctx).Raw(representativeColumns+"r.org IN ? AND r.partner IN ?", orgs, partners).Scan(&all).Error; err != nil {
			return nil, err
		}
		named := map[Pair][]Representative{}
		for _, r := range all {
			named[Pair{r.Org, r.Partner}] = append(named[Pair{r.Org, r.Partner}], r)
		}
		for _, p := range some {
			if person := firstOf(named[p], day(p.Seller), duties); person != 0 {
				out[p] = person
			}
		}
	}
	return out, nil
}

// firstOf is who stands for the first of some duties that anybody is named for, on a day.
func firstOf(all []Representative, day clock.Date, duties []string) id.ID {
	for _, duty := range duties {
		for _, r := range all {
			if r.Duty == duty {
				person, _, _, _ := r.On(day)
				return person
			}
		}
	}
	return 0
}

// Duty is for what somebody represents the organisation towards one of some partners on a day, by name or as cover; "" for nothing.
func (s *Service) Duty(ctx context.Context, org, person id.ID, partners []id.ID, on clock.Date) (string, error) {
	var duties []string
	if len(partners) == 0 {
		return "", nil
	}
	err := s.d.R(ctx).Raw("SELECT duty FROM representative WHERE org = ? AND partner IN ? AND (person = ? OR (cover = ? AND cover_from <= ? AND cover_until >= ?)) ORDER BY duty DESC",
		org, partners, person, person, on, on).Scan(&duties).Error
	if err != nil || len(duties) == 0 {
		return "", err
	}
	return duties[0], nil
}

// Represented are the partners that somebody stands for the organisation towards, by name or as cover, on a day.
func (s *Service) Represented(ctx context.Context, a access.Actor, day clock.Date) (partners []id.ID, err error) {
	err = s.d.R(ctx).Raw("SELECT DISTINCT partner FROM representative WHERE org = ? AND (person = ? OR (cover = ? AND cover_from <= ? AND cover_until >= ?))",
		a.Org, a.Person, a.Person, day, day).Scan(&partners).Error
	return partners, err
}

// Held is how many partners would be without a representative if somebody left.
func (s *Service) Held(ctx context.Context, org, person id.ID) (n int64, err error) {
	err = s.d.R(ctx).Raw("SELECT COUNT(*) FROM representative WHERE org = ? AND (person = ? OR cover = ?)", org, person, person).Scan(&n).Error
	return n, err
}

// HandOver gives what somebody represents and covers to a colleague, in the transaction of ctx. Whom the colleague would cover is
// the colleague: such a cover ends.
func (s *Service) HandOver(ctx context.Context, by id.By, org, from, to id.ID) error {
	now := s.clock.Now()
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE representative SET person = ?, version = version + 1 WHERE org = ? AND person = ?", []any{to, org, from}},
		{"UPDATE representative SET cover = ?, version = version + 1 WHERE org = ? AND cover = ?", []any{to, org, from}},
		{"UPDATE representative SET cover = 0, cover_from = '', cover_until = '' WHERE org = ? AND cover = person", []any{org}},
		{"UPDATE job SET person = ? WHERE org = ? AND person = ? AND status IN ('queued', 'running')", []any{to, org, from}},
	} {
		if err := s.d.W(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return err
		}
	}
	return audit.Record(ctx, s.d, by, now, "representative.handed_over", from, audit.Diff(map[string][2]any{"to": {"", to.String()}}))
}
