package notice

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Choice is how somebody hears of an event.
type Choice struct {
	InApp bool
	Mail  string
}

// usual is how people hear who have chosen nothing: of everything in the portal; by letter only of what waits for an answer of theirs, and
// then in the digest. What merely happened fills no mailbox.
func usual(event string) Choice {
	if mereNews[event] {
		return Choice{InApp: true, Mail: None}
	}
	return Choice{InApp: true, Mail: Digest}
}

// mereNews are the events after which nobody has to do anything.
var mereNews = map[string]bool{"order.confirmed": true, "order.cancelled": true, "invoice.issued": true, "payment.confirmed": true, "limit.changed": true, "job.done": true}

type choiceRow struct {
	Person id.ID `gorm:"primaryKey"`
	Org    id.ID `gorm:"primaryKey"`
	Event  string
	InApp  bool
	Mail   string
}

func (choiceRow) TableName() string { return "notice_choice" }

// choices are what was chosen, by person, organisation and event.
func (s *Service) choices(ctx context.Context, all []heard) (map[choiceRow]Choice, error) {
	var orgs, people []id.ID
	var events []string
	for _, h := range all {
		orgs, people, events = append(orgs, h.org), append(people, h.person), append(events, h.Event)
	}
	var rows []choiceRow
	err := s.DB.R(ctx).Raw("SELECT person, org, event, in_app, mail FROM notice_choice WHERE org IN ? AND person IN ? AND event IN ?", once(orgs), once(people), once(events)).Scan(&rows).Error
	out := make(map[choiceRow]Choice, len(rows))
	for _, r := range rows {
		out[choiceRow{Person: r.Person, Org: r.Org, Event: r.Event}] = Choice{r.InApp, r.Mail}
	}
	return out, err
}

// once is each of some values once.
func once[T cmp.Ordered](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// Hours are when somebody is written to.
type Hours struct {
	Zone   string
	From   int // quiet from this minute of the day on; the same as Until: never
	Until  int
	Weekly bool
}

type hoursRow struct {
	Person     id.ID `gorm:"primaryKey"`
	Org        id.ID `gorm:"primaryKey"`
	Zone       string
	QuietFrom  int64
	QuietUntil int64
	Digest     string
	NextUs     clock.Instant
	Version    int64
	kept       bool
}

func (hoursRow) TableName() string { return "notice_hours" }

// digestAt is the minute of the day at which digests are written.
const digestAt = 7 * 60

// seat is somebody in an organisation.
type seat struct{ org, person id.ID }

// hoursOf answers the hours of each of some seats, kept or usual.
func (s *Service) hoursOf(ctx context.Context, of ...seat) (map[seat]hoursRow, error) {
	var orgs, people []id.ID
	for _, x := range of {
		orgs, people = append(orgs, x.org), append(people, x.person)
	}
	orgs, people = once(orgs), once(people)
	var zones []struct {
		ID   id.ID
		Zone string
	}
	if err := s.DB.R(ctx).Raw("SELECT id, zone FROM org WHERE id IN ?", orgs).Scan(&zones).Error; err != nil {
		return nil, err
	}
	zone := map[id.ID]string{}
	for _, z := range zones {
		zone[z.ID] = z.Zone
	}
	out := make(map[seat]hoursRow, len(of))
	for _, x := range of {
		out[x] = hoursRow{Person: x.person, Org: x.org, Zone: zone[x.org], QuietFrom: 20 * 60, QuietUntil: 6 * 60, Digest: "daily"}
	}
	var rows []hoursRow
	err := s.DB.R(ctx).Raw("SELECT person, org, zone, quiet_from, quiet_until, digest, next_us, version FROM notice_hours WHERE org IN ? AND person IN ?", orgs, people).Scan(&rows).Error
	for _, r := range rows {
		if _, asked := out[seat{r.Org, r.Person}]; asked {
			r.kept = true
			out[seat{r.Org, r.Person}] = r
		}
	}
	return out, err
}

// clear is the first moment from at on that is not quiet.
func (h hoursRow) clear(at clock.Instant) clock.Instant {
	t := at.Time().In(clock.Zone(h.Zone))
	m := int64(t.Hour()*60 + t.Minute())
	quiet := h.QuietFrom <= m && m < h.QuietUntil
	if h.QuietFrom > h.QuietUntil { // over midnight
		quiet = m >= h.QuietFrom || m < h.QuietUntil
	}
	if !quiet {
		return at
	}
	end := time.Date(t.Year(), t.Month(), t.Day(), int(h.QuietUntil/60), int(h.QuietUntil%60), 0, 0, t.Location())
	if !end.After(t) {
		end = end.AddDate(0, 0, 1)
	}
	return clock.At(end)
}

// next is when the first digest after a moment is due.
func (h hoursRow) next(at clock.Instant) clock.Instant {
	t := at.Time().In(clock.Zone(h.Zone))
	due := time.Date(t.Year(), t.Month(), t.Day(), digestAt/60, digestAt%60, 0, 0, t.Location())
	for !due.After(t) || h.Digest == "weekly" && due.Weekday() != time.Monday {
		due = due.AddDate(0, 0, 1)
	}
	return h.clear(clock.At(due))
}

func (h hoursRow) starting(now clock.Instant) hoursRow {
	h.NextUs, h.Version = h.next(now), 1
	return h
}

// Settings are how somebody hears in an organisation.
type Settings struct {
	Choices map[string]Choice
	Hours
	Version int64
}

// Settings of the acting person in the acting organisation.
func (s *Service) Settings(ctx context.Context, a access.Actor) (Settings, error) {
	out := Settings{Choices: map[string]Choice{}}
	var rows []choiceRow
	if err := s.DB.R(ctx).Raw("SELECT person, org, event, in_app, mail FROM notice_choice WHERE person = ? AND org = ?", a.Person, a.Org).Scan(&rows).Error; err != nil {
		return out, err
	}
	for _, e := range Events {
		out.Choices[e.Name] = usual(e.Name)
	}
	for _, r := range rows {
		out.Choices[r.Event] = Choice{r.InApp, r.Mail}
	}
	mine := seat{a.Org, a.Person}
	hours, err := s.hoursOf(ctx, mine)
	h := hours[mine]
	out.Hours, out.Version = Hours{h.Zone, int(h.QuietFrom), int(h.QuietUntil), h.Digest == "weekly"}, h.Version
	return out, err
}

// Zones are those that one may choose.
var Zones = []string{"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}

// Set changes how the acting person hears; version is that of the settings which it had read. Errors: changed, invalid.
func (s *Service) Set(ctx context.Context, a access.Actor, k audit.Key, n Settings) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	was, err := s.Settings(ctx, a)
	if err != nil {
		return err
	}
	if err := n.check(was.Zone); err != nil {
		return err
	}
	now := s.Clock.Now()
	_, _, err = audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		was, err := s.Settings(ctx, a)
		if err != nil {
			return 0, err
		}
		if n.Version != was.Version {
			return 0, errs.New(errs.Conflict, "changed")
		}
		h := hoursRow{Person: a.Person, Org: a.Org, Zone: n.Zone, QuietFrom: int64(n.From), QuietUntil: int64(n.Until), Digest: "daily", Version: was.Version + 1}
		if n.Weekly {
			h.Digest = "weekly"
		}
		h.NextUs = h.next(now)
		w := s.DB.W(ctx)
		if err := w.Exec("DELETE FROM notice_hours WHERE person = ? AND org = ?", a.Person, a.Org).Error; err != nil {
			return 0, err
		}
		if err := w.Create(&h).Error; err != nil {
			return 0, err
		}
		changed := map[string][2]any{"quiet": {was.quiet(), n.quiet()}, "weekly": {was.Weekly, n.Weekly}, "zone": {was.Zone, n.Zone}}
		for _, e := range Events {
			c, ok := n.Choices[e.Name]
			if !ok || c == was.Choices[e.Name] {
				continue
			}
			if err := w.Exec("DELETE FROM notice_choice WHERE person = ? AND org = ? AND event = ?", a.Person, a.Org, e.Name).Error; err != nil {
				return 0, err
			}
			if err := w.Create(&choiceRow{a.Person, a.Org, e.Name, c.InApp, c.Mail}).Error; err != nil {
				return 0, err
			}
			changed[e.Name] = [2]any{was.Choices[e.Name].said(), c.said()}
		}
		return a.Person, audit.Record(ctx, s.DB, a.By(), now, "notices.set", a.Person, audit.Diff(changed))
	})
	return err
}

func (n Settings) check(own string) error {
	var bad []errs.Field
	for name, c := range n.Choices {
		if _, ok := byName[name]; !ok || !slices.Contains(Letters, c.Mail) {
			bad = append(bad, errs.F("mail_"+name, "notice.choice"))
		}
	}
	if n.Zone != own && !slices.Contains(Zones, n.Zone) {
		bad = append(bad, errs.F("zone", "notice.choice"))
	}
	for path, m := range map[string]int{"quiet_from": n.From, "quiet_until": n.Until} {
		if m < 0 || m >= 24*60 {
			bad = append(bad, errs.F(path, "notice.time"))
		}
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid", bad...)
	}
	return nil
}

func (c Choice) said() string { return strconv.FormatBool(c.InApp) + " " + c.Mail }

func (h Hours) quiet() string { return strconv.Itoa(h.From) + "-" + strconv.Itoa(h.Until) }
