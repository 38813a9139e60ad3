package visit

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Stop is a shop on somebody's round.
type Stop struct {
	ID         id.ID
	Org        id.ID
	Person     id.ID
	PersonName string
	Seller     id.ID
	SellerName string
	Shop       id.ID
	ShopName   string
	ShopCode   string
	City       string
	Address    string
	Phone      string
	Weekdays   int64
	Weeks      int64
	Turn       int64
	From       clock.Date `gorm:"column:from_on"`
	Until      clock.Date `gorm:"column:until_on"`
	Version    int64
}

// SetStop is how a stop is to be. Seller 0 is the acting organisation, Person 0 who acts.
type SetStop struct {
	Key      audit.Key
	Person   id.ID
	Seller   id.ID
	Shop     id.ID
	Weekdays int64
	Weeks    int64
	Turn     int64
	From     clock.Date // "" today
}

type stopRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Org       id.ID
	Person    id.ID
	Seller    id.ID
	Shop      id.ID
	Weekdays  int64
	Weeks     int64
	Turn      int64
	FromOn    clock.Date
	UntilOn   clock.Date
	EndedUs   clock.Instant
	CreatedUs clock.Instant
	Version   int64
}

func (stopRow) TableName() string { return "visit_stop" }

const stopColumns = `SELECT t.id, t.org, t.person, COALESCE(p.name, '') AS person_name, t.seller, s.name AS seller_name, t.shop, b.name AS shop_name, b.code AS shop_code,
 b.city, b.address, b.phone, t.weekdays, t.weeks, t.turn, t.from_on, t.until_on, t.version FROM `

const stopJoins = " JOIN org s ON s.id = t.seller JOIN org b ON b.id = t.shop LEFT JOIN person p ON p.id = t.person WHERE t.org = ?"

// shopsNamed are shops of a name at which an organisation stops. +x.org: SQLite would read all its stops for each shop of that name.
const shopsNamed = "SELECT b.id FROM org b WHERE b.name_fold LIKE ? ESCAPE '!' AND EXISTS (SELECT 1 FROM visit_stop x WHERE x.shop = b.id AND +x.org = ?)"

// Plan are the stops of the acting organisation, round by round, each in its turn. Filter: person, shop (ids), q (part of the shop's name).
// Right: visit read. Errors: access.denied.
func (s *Service) Plan(ctx context.Context, a access.Actor, q list.Query) (list.Page[Stop], error) {
	var page list.Page[Stop]
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "read"); err != nil {
		return page, err
	}
	after, more, err := q.After()
	if err != nil {
		return page, err
	}
	first, args := "SELECT t.id FROM visit_stop t WHERE t.org = ? AND t.ended_us = 0", []any{a.Org}
	for _, col := range []string{"person", "shop"} {
		if no, err := id.Parse(q.Filter[col]); err == nil {
			first, args = first+" AND t."+col+" = ?", append(args, no)
		}
	}
	if v := q.Filter["q"]; v != "" { // names first: what is no stop of theirs is told by the index alone
		first, args = first+" AND t.shop IN ("+shopsNamed+")", append(args, list.Like(v), a.Org)
	}
	if more {
		turn, _ := strconv.ParseInt(after.S, 10, 64) // of a cursor that somebody made up: 0
		first, args = first+" AND t.person >= ? AND (t.person > ? OR t.turn > ? OR (t.turn = ? AND t.id > ?))", append(args, after.V, after.V, turn, turn, after.ID)
	}
	var rows []Stop
	err = s.DB.R(ctx).Raw(stopColumns+"("+first+" ORDER BY t.person, t.turn, t.id LIMIT ?) f"+s.DB.InOrder()+"visit_stop t ON t.id = f.id"+stopJoins+" ORDER BY t.person, t.turn, t.id",
		append(args, q.Limit()+1, a.Org)...).Scan(&rows).Error
	if err != nil {
		return page, fmt.Errorf("stops: %w", err)
	}
	return list.Cut(rows, q.Limit(), func(t Stop) list.Key {
		return list.Key{V: int64(t.Person), S: strconv.FormatInt(t.Turn, 10), ID: int64(t.ID)}
	}), nil
}

// Stop is one of the acting organisation, also one that was ended. Error: not_found.
func (s *Service) Stop(ctx context.Context, a access.Actor, no id.ID) (Stop, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "read"); err != nil {
		return Stop{}, err
	}
	var rows []Stop
	if err := s.DB.R(ctx).Raw(stopColumns+"visit_stop t"+stopJoins+" AND t.id = ?", a.Org, no).Scan(&rows).Error; err != nil {
		return Stop{}, fmt.Errorf("stop %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Stop{}, errs.Gone()
	}
	return rows[0], nil
}

// Visitors are the people of the acting organisation who may call at shops. Right: visit read.
func (s *Service) Visitors(ctx context.Context, a access.Actor) ([]access.Actor, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "read"); err != nil {
		return nil, err
	}
	all, err := s.Staff.Staff(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p access.Actor) bool { return !s.Gate.Can(p, access.Own, "visit", "write") }), nil
}

// check cleans a stop and says what is wrong with it.
func (s *Service) check(ctx context.Context, a access.Actor, n *SetStop) error {
	if n.Person == 0 {
		n.Person = a.Person
	}
	if n.From == "" {
		n.From = s.Clock.Now().In(a.Zone)
	}
	var bad []errs.Field
	if n.Weekdays < 1 || n.Weekdays > EveryDay {
		bad = append(bad, errs.F("weekdays", "visit.weekdays"))
	}
	if n.Weeks < 1 || n.Weeks > EveryWeek {
		bad = append(bad, errs.F("weeks", "visit.weeks"))
	}
	if n.Turn < 0 || n.Turn > MaxTurn {
		bad = append(bad, errs.F("turn", "visit.turn", "max", strconv.Itoa(MaxTurn)))
	}
	if _, err := clock.ParseDate(string(n.From)); err != nil {
		bad = append(bad, errs.F("from", "bad_date"))
	}
	who, err := s.Visitors(ctx, a)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(who, func(p access.Actor) bool { return p.Person == n.Person }) {
		bad = append(bad, errs.F("person", "visit.person"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// AddStop puts a shop on somebody's round. Right: visit plan. Errors: not_found (no such shop), visit.not_appointed, invalid_fields (weekdays,
// weeks, turn, from, person), visit.planned_already, visit.too_many_stops.
func (s *Service) AddStop(ctx context.Context, a access.Actor, n SetStop) (Stop, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "plan"); err != nil {
		return Stop{}, err
	}
	now := s.Clock.Now()
	c, err := s.calls(ctx, a, n.Seller, n.Shop, now.In(a.Zone))
	if err == nil {
		err = s.check(ctx, a, &n)
	}
	if err != nil {
		return Stop{}, err
	}
	no, _, err := audit.Once(ctx, s.DB, a.Org, n.Key, now, func(ctx context.Context) (id.ID, error) {
		if err := s.room(ctx, a, n.Person); err != nil {
			return 0, err
		}
		row := stopRow{ID: s.DB.IDs.Next(), Org: a.Org, Person: n.Person, Seller: c.Seller, Shop: c.Shop, Weekdays: n.Weekdays, Weeks: n.Weeks, Turn: n.Turn,
			FromOn: n.From, UntilOn: Open, CreatedUs: now, Version: 1}
		if err := planned(s.DB.W(ctx).Create(&row).Error, c.ShopName); err != nil {
			return 0, err
		}
		return row.ID, audit.Record(ctx, s.DB, a.By(), now, "visit.planned", row.ID, audit.Diff(map[string][2]any{"shop": {"", c.Shop.String()}, "person": {"", n.Person.String()},
			"weekdays": {0, n.Weekdays}, "weeks": {0, n.Weeks}, "turn": {-1, n.Turn}}))
	})
	if err != nil {
		return Stop{}, err
	}
	return s.Stop(ctx, a, no)
}

// planned tells that a shop stands on a round already.
func planned(err error, shop string) error {
	if db.Classify(err) == db.Duplicate {
		return errs.Wrap(errs.Conflict, "visit.planned_already", err, "shop", shop)
	}
	return err
}

// room tells whether a person's round has room for one stop more. Who adds to one round does so one after the other: the membership of the
// person is locked first, and what is counted is what stands then, so that two who come at once do not both take the last place.
func (s *Service) room(ctx context.Context, a access.Actor, person id.ID) error {
	var n int64
	// SQLite, whose transactions of writers exclude each other, reads comments.
	err := s.DB.W(ctx).Raw("SELECT COUNT(*) FROM membership WHERE org = ? AND person = ? /*! FOR UPDATE */", a.Org, person).Scan(&n).Error
	if err == nil {
		err = s.DB.W(ctx).Raw("SELECT COUNT(*) FROM visit_stop WHERE org = ? AND person = ? AND ended_us = 0 /*! FOR UPDATE */", a.Org, person).Scan(&n).Error
	}
	if err == nil && n >= MaxStops {
		return errs.New(errs.Conflict, "visit.too_many_stops", "max", strconv.Itoa(MaxStops))
	}
	return err
}

// ChangeStop changes when and by whom a shop is visited; which shop it is stays. Version 0 is whatever it is now. Right: visit plan.
// Errors: those of AddStop, changed, not_found.
func (s *Service) ChangeStop(ctx context.Context, a access.Actor, no id.ID, version int64, n SetStop) (Stop, error) {
	return s.setStop(ctx, a, no, version, n.Key, "visit.replanned", func(ctx context.Context, was Stop) (map[string]any, error) {
		if n.Person == 0 {
			n.Person = was.Person
		}
		n.From = was.From
		if err := s.check(ctx, a, &n); err != nil {
			return nil, err
		}
		if n.Person != was.Person {
			if err := s.room(ctx, a, n.Person); err != nil {
				return nil, err
			}
		}
		return map[string]any{"person": n.Person, "weekdays": n.Weekdays, "weeks": n.Weeks, "turn": n.Turn}, nil
	})
}

// EndStop takes a shop off a round, from today on; twice is once. Right: visit plan. Errors: changed, not_found.
func (s *Service) EndStop(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64) (Stop, error) {
	return s.setStop(ctx, a, no, version, k, "visit.unplanned", func(context.Context, Stop) (map[string]any, error) {
		now := s.Clock.Now()
		return map[string]any{"until_on": now.In(a.Zone).AddDays(-1), "ended_us": now}, nil
	})
}

func (s *Service) setStop(ctx context.Context, a access.Actor, no id.ID, version int64, k audit.Key, action string, fn func(context.Context, Stop) (map[string]any, error)) (Stop, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "plan"); err != nil {
		return Stop{}, err
	}
	was, err := s.Stop(ctx, a, no)
	if err != nil {
		return Stop{}, err
	}
	_, _, err = audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		var row stopRow // locked: those who come at once see what the one before them made of it
		if err := s.DB.W(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND org = ?", no, a.Org).Take(&row).Error; err != nil {
			return 0, err
		}
		if row.EndedUs != 0 {
			if action == "visit.unplanned" {
				return no, nil
			}
			return 0, errs.New(errs.Conflict, "visit.not_in_plan", "shop", was.ShopName)
		}
		if version == 0 {
			version = row.Version
		}
		to, err := fn(ctx, was)
		if err != nil {
			return 0, err
		}
		diff := map[string][2]any{"shop": {"", row.Shop.String()}}
		for name, v := range map[string]any{"person": row.Person, "weekdays": row.Weekdays, "weeks": row.Weeks, "turn": row.Turn, "until_on": row.UntilOn} {
			if is, ok := to[name]; ok && is != v {
				diff[name] = [2]any{fmt.Sprint(v), fmt.Sprint(is)}
			}
		}
		to["version"] = version + 1
		res := s.DB.W(ctx).Model(&stopRow{}).Where("id = ? AND org = ? AND version = ?", no, a.Org, version).Updates(to)
		if err := planned(res.Error, was.ShopName); err != nil {
			return 0, err
		}
		if res.RowsAffected == 0 {
			return 0, errs.New(errs.Conflict, "changed")
		}
		return no, audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, no, audit.Diff(diff))
	})
	if err != nil {
		return Stop{}, err
	}
	return s.Stop(ctx, a, no)
}
