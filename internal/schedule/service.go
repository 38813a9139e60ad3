package schedule

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/notice"
	"saluran/internal/text"
)

const columns = "id, org, person, api_key, slot, title, asked, every, on_day, at_minute, zone, lang, status, why, next_us, sent_us, job, waiting, created_us, version"

// Mine are the schedules of the acting person in the acting organisation, oldest first, without those that have ended.
func (s *Service) Mine(ctx context.Context, a access.Actor) (out []Schedule, err error) {
	err = s.DB.R(ctx).Raw("SELECT "+columns+" FROM schedule WHERE person = ? AND org = ? AND status <> 'ended' ORDER BY id LIMIT ?", a.Person, a.Org, Most).Scan(&out).Error
	return out, err
}

// Past are those that have ended, the latest first: as many as a person may have.
func (s *Service) Past(ctx context.Context, a access.Actor) (out []Schedule, err error) {
	err = s.DB.R(ctx).Raw("SELECT "+columns+" FROM schedule WHERE person = ? AND org = ? AND status = 'ended' ORDER BY id DESC LIMIT ?", a.Person, a.Org, Most).Scan(&out).Error
	return out, err
}

// Schedule is one of them; also one that has ended. Errors: not_found.
func (s *Service) Schedule(ctx context.Context, a access.Actor, no id.ID) (Schedule, error) {
	var out []Schedule
	err := s.DB.R(ctx).Raw("SELECT "+columns+" FROM schedule WHERE id = ? AND person = ? AND org = ?", no, a.Person, a.Org).Scan(&out).Error
	if err == nil && len(out) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return Schedule{}, err
	}
	return out[0], nil
}

// Plan is what somebody wishes for, and when.
type Plan struct {
	Wish
	Title    string
	Every    string
	OnDay    int64
	AtMinute int64
	Zone     string
	Lang     string
}

// fill checks and takes over what is said of a schedule.
func (s *Service) fill(ctx context.Context, a access.Actor, x *Schedule, n Plan) error {
	bad := text.Line("title", &n.Title, maxTitle)
	if n.Every == Daily {
		n.OnDay = 0
	}
	x.Title, x.Every, x.OnDay, x.AtMinute, x.Zone, x.Lang = n.Title, n.Every, n.OnDay, n.AtMinute, n.Zone, n.Lang
	var own []string
	if err := s.DB.R(ctx).Raw("SELECT zone FROM org WHERE id = ?", a.Org).Scan(&own).Error; err != nil {
		return err
	}
	bad = append(bad, x.dated(append(own, notice.Zones...))...)
	w := n.Wish
	switch {
	case (w.Report == "") == (w.List == ""):
		bad = append(bad, errs.F("report", "schedule.choice"))
	case w.List != "" || w.Report == "stock" || w.Report == "audit":
		w.Span, w.Currency = "", ""
	case !known(w.Span):
		bad = append(bad, errs.F("span", "schedule.choice"))
	}
	asked, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if len(asked) > 2000 {
		bad = append(bad, errs.F("filter", "schedule.filter_long"))
	}
	if x.Asked = string(asked); len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

func known(span string) bool {
	for _, s := range Spans {
		if s == span {
			return true
		}
	}
	return false
}

// Make begins a schedule. Rights: export run, and those of what is wished, now and whenever it is made. Errors: invalid_fields,
// schedule.too_many, those of the wish, glass.read_only.
func (s *Service) Make(ctx context.Context, a access.Actor, k audit.Key, n Plan) (Schedule, error) {
	if a.Glass != 0 {
		return Schedule{}, errs.New(errs.Forbidden, "glass.read_only")
	}
	now := s.Clock.Now()
	x := Schedule{Org: a.Org, Person: a.Person, APIKey: a.By().APIKey, Status: On, Created: now, Version: 1}
	if err := s.fill(ctx, a, &x, n); err != nil {
		return Schedule{}, err
	}
	from, to := x.days(now, now)
	if _, err := s.want(ctx, a, x, from, to); err != nil {
		return Schedule{}, err
	}
	x.Next = x.next(now)
	for { // whoever takes the same slot at the same time tries the next one
		var made Schedule
		no, replayed, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (_ id.ID, err error) {
			made, err = s.insert(ctx, a, x)
			return made.ID, err
		})
		if db.Classify(err) == db.Duplicate {
			continue
		}
		if err != nil || !replayed {
			return made, err
		}
		return s.Schedule(ctx, a, no)
	}
}

func (s *Service) insert(ctx context.Context, a access.Actor, x Schedule) (Schedule, error) {
	slot, err := s.free(ctx, a)
	if err != nil {
		return x, err
	}
	x.ID, x.Slot = s.DB.IDs.Next(), slot
	if err := s.DB.W(ctx).Create(&x).Error; err != nil {
		return x, err
	}
	return x, audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "schedule.made", x.ID, audit.Diff(x.said(Schedule{})))
}

// free is the first slot that the person has; none is one schedule too many.
func (s *Service) free(ctx context.Context, a access.Actor) (int64, error) {
	var taken []int64
	if err := s.DB.W(ctx).Raw("SELECT slot FROM schedule WHERE person = ? AND org = ? AND slot <= ? ORDER BY slot", a.Person, a.Org, Most).Scan(&taken).Error; err != nil {
		return 0, err
	}
	slot := int64(1)
	for _, n := range taken {
		if n == slot {
			slot++
		}
	}
	if slot > Most {
		return 0, errs.New(errs.Conflict, "schedule.too_many", "n", strconv.Itoa(Most))
	}
	return slot, nil
}

// dates says when a schedule is due, for the log and to compare.
func (x Schedule) dates() string {
	if x.Every == "" {
		return ""
	}
	return x.Every + " " + strconv.FormatInt(x.OnDay, 10) + " " + strconv.FormatInt(x.AtMinute, 10) + " " + x.Zone
}

// said is what the log keeps of a change: what is sent and when, and nothing that the person wrote.
func (x Schedule) said(was Schedule) map[string][2]any {
	what := func(s Schedule) any { w := s.Wish(); return cmp.Or(w.Report, w.List) }
	return map[string][2]any{"what": {what(was), what(x)}, "when": {was.dates(), x.dates()}, "status": {was.Status, x.Status}, "span": {was.Wish().Span, x.Wish().Span}}
}

// Change gives a schedule another name, other dates, another language, and, of a report, other days and another currency; what is sent stays.
// version 0 is whatever it is now. Errors: not_found, changed, invalid_fields, schedule.ended.
func (s *Service) Change(ctx context.Context, a access.Actor, no id.ID, version int64, n Plan) (Schedule, error) {
	return s.set(ctx, a, no, version, "schedule.changed", func(x *Schedule) error {
		was := *x
		w := x.Wish()
		w.Span, w.Currency = n.Span, n.Currency
		n.Wish = w
		if err := s.fill(ctx, a, x, n); err != nil {
			return err
		}
		if x.dates() != was.dates() && x.Status == On {
			x.Next = x.next(s.Clock.Now())
		}
		return nil
	})
}

// Pause sends nothing until Resume. Twice is once. Errors: those of Change.
func (s *Service) Pause(ctx context.Context, a access.Actor, no id.ID, version int64) (Schedule, error) {
	return s.set(ctx, a, no, version, "schedule.paused", func(x *Schedule) error {
		x.Status, x.Why, x.Next = Paused, "", 0
		return nil
	})
}

// Resume goes on with a schedule that was paused or stopped, from the next date on. Errors: those of Change, those of the rights.
func (s *Service) Resume(ctx context.Context, a access.Actor, no id.ID, version int64) (Schedule, error) {
	return s.set(ctx, a, no, version, "schedule.resumed", func(x *Schedule) error {
		if x.Status == On {
			return nil
		}
		now := s.Clock.Now()
		from, to := x.days(now, now)
		if _, err := s.want(ctx, a, *x, from, to); err != nil {
			return err
		}
		x.Status, x.Why, x.Next = On, "", x.next(now)
		return nil
	})
}

// End ends a schedule, until Restore. Twice is once. Errors: those of Change.
func (s *Service) End(ctx context.Context, a access.Actor, no id.ID, version int64) (Schedule, error) {
	x, err := s.Schedule(ctx, a, no)
	if err != nil || x.Status == Ended && a.Glass == 0 {
		return x, err
	}
	return s.set(ctx, a, no, version, "schedule.ended", func(x *Schedule) error {
		x.Status, x.Why, x.Next, x.Slot = Ended, "", 0, int64(x.ID)
		return nil
	})
}

// Restore takes up again a schedule that has ended, from the next date on, by the rights of who does it: as a new one in the room of its
// person. What has not ended stays as it is: twice is once. Errors: those of Make; changed, not_found.
func (s *Service) Restore(ctx context.Context, a access.Actor, no id.ID, version int64) (Schedule, error) {
	if a.Glass != 0 {
		return Schedule{}, errs.New(errs.Forbidden, "glass.read_only")
	}
	for { // whoever takes the same slot, or takes the schedule up, at the same time: it is looked at again
		was, err := s.Schedule(ctx, a, no)
		if err != nil || was.Status != Ended {
			return was, err
		}
		if version != 0 && version != was.Version {
			return was, errs.New(errs.Conflict, "changed")
		}
		x, err := s.restored(ctx, a, was)
		if err != nil {
			return was, err
		}
		err = s.DB.InTx(ctx, func(ctx context.Context) error {
			if x.Slot, err = s.free(ctx, a); err != nil {
				return err
			}
			return s.put(ctx, a, was, x, "schedule.restored")
		})
		if db.Classify(err) == db.Duplicate || errs.CodeOf(err) == "changed" {
			continue
		}
		if err != nil {
			return was, err
		}
		return s.Schedule(ctx, a, no)
	}
}

// restored is a schedule as it goes on.
func (s *Service) restored(ctx context.Context, a access.Actor, x Schedule) (Schedule, error) {
	now := s.Clock.Now()
	from, to := x.days(now, now)
	if _, err := s.want(ctx, a, x, from, to); err != nil {
		return x, err
	}
	x.Status, x.Why, x.Next, x.APIKey = On, "", x.next(now), a.By().APIKey
	return x, nil
}

// set changes a schedule of the actor; what changes nothing is no change.
func (s *Service) set(ctx context.Context, a access.Actor, no id.ID, version int64, action string, to func(*Schedule) error) (Schedule, error) {
	if a.Glass != 0 {
		return Schedule{}, errs.New(errs.Forbidden, "glass.read_only")
	}
	was, err := s.Schedule(ctx, a, no)
	if err != nil {
		return was, err
	}
	if was.Status == Ended {
		return was, errs.New(errs.Conflict, "schedule.ended")
	}
	x := was
	if err := to(&x); err != nil || x == was {
		return was, err
	}
	if version != 0 && version != was.Version {
		return was, errs.New(errs.Conflict, "changed")
	}
	if err := s.put(ctx, a, was, x, action); err != nil {
		return was, err
	}
	return s.Schedule(ctx, a, no)
}

// put writes what a schedule becomes, unless somebody was faster. Errors: changed.
func (s *Service) put(ctx context.Context, a access.Actor, was, x Schedule, action string) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		r := s.DB.W(ctx).Model(&Schedule{}).Where("id = ? AND person = ? AND org = ? AND version = ?", x.ID, a.Person, a.Org, was.Version).Updates(x.changes(was))
		if r.Error == nil && r.RowsAffected == 0 {
			return errs.New(errs.Conflict, "changed")
		}
		if r.Error != nil {
			return r.Error
		}
		return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, x.ID, audit.Diff(x.said(was)))
	})
}

// changes are the columns that a person changes. The date and what waits are left alone where they stay: the worker moves them
// without a version, so that who edits a schedule is not refused because it was sent meanwhile.
func (x Schedule) changes(was Schedule) map[string]any {
	out := map[string]any{"title": x.Title, "asked": x.Asked, "every": x.Every, "on_day": x.OnDay, "at_minute": x.AtMinute, "zone": x.Zone, "lang": x.Lang, "status": x.Status,
		"why": x.Why, "slot": x.Slot, "api_key": x.APIKey, "version": was.Version + 1}
	if x.Next != was.Next {
		out["next_us"] = x.Next
	}
	if x.Status == Ended {
		out["waiting"] = 0
	}
	return out
}

// Left ends the schedules of somebody who has left an organisation, in the transaction of ctx.
func (s *Service) Left(ctx context.Context, by id.By, org, person id.ID) error {
	var all []Schedule
	err := s.DB.W(ctx).Raw("SELECT "+columns+" FROM schedule WHERE person = ? AND org = ? AND status <> 'ended' ORDER BY id", person, org).Scan(&all).Error
	for _, x := range all {
		if err == nil {
			_, err = s.stop(ctx, by, x, Ended, "")
		}
	}
	return err
}
