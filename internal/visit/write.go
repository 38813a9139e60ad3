package visit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Start is checking in at a shop.
type Start struct {
	Key    audit.Key
	Stop   id.ID // of the round; 0: outside of it
	Seller id.ID // 0: the acting organisation; of a stop it is known
	Shop   id.ID // of a stop it is known
	At     clock.Instant
	Where
	Consent bool // the person wants the coordinates to be kept
	Whole   *Whole
}

// Whole is what was done on a visit without signal: it is sent at once, with its beginning or with its end.
type Whole struct {
	Lines  []Line
	Orders []id.ID
	Close
}

// Line is one product of a count, as it was counted.
type Line struct {
	Product id.ID
	Qty     qty.Qty
	Unit    string // "" the base unit
}

// Close is checking out. At is the phone's time, 0 for none.
type Close struct {
	Result string
	Reason string
	Note   string
	At     clock.Instant
}

// Bounds of what a phone's clock may say before it is not believed.
const (
	oldest = 14 * 24 * time.Hour
	ahead  = 10 * time.Minute
)

// dayOf is the day of a visit: that of the phone's time, where it can be true.
func dayOf(phone, now clock.Instant, zone string) clock.Date {
	if phone == 0 || phone > now.Add(ahead) || phone < now.Add(-oldest) {
		return now.In(zone)
	}
	return phone.In(zone)
}

// Start checks in. Right: visit write, and calling at the shop. Errors: not_found, visit.not_appointed, visit.not_in_plan, visit.taken,
// invalid_fields (spot, lat, lon), those of Count, Order and Close for what is sent along.
func (s *Service) Start(ctx context.Context, a access.Actor, n Start) (Visit, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "write"); err != nil {
		return Visit{}, err
	}
	now := s.Clock.Now()
	day := dayOf(n.At, now, a.Zone)
	if err := n.check(); err != nil {
		return Visit{}, err
	}
	var row visitRow
	no, _, err := audit.Once(ctx, s.DB, a.Org, n.Key, now, func(ctx context.Context) (id.ID, error) {
		c, err := s.called(ctx, a, &n, day)
		if err != nil {
			return 0, err
		}
		row = visitRow{ID: s.DB.IDs.Next(), Org: a.Org, Person: a.Person, Seller: c.Seller, Shop: c.Shop, Stop: n.Stop, DayOn: day, InUs: now, InPhoneUs: n.At,
			Spot: n.Spot, Located: n.Located, Lat: n.Lat, Lon: n.Lon, Version: 1}
		if err := s.turn(ctx, a, &row); err != nil {
			return 0, err
		}
		if err := s.DB.W(ctx).Create(&row).Error; err != nil {
			return 0, met(err)
		}
		err = audit.Record(ctx, s.DB, a.By(), now, "visit.started", row.ID, audit.Diff(map[string][2]any{"shop": {"", row.Shop.String()}, "day": {"", string(day)},
			"stop": {"", row.Stop.String()}, "located": {false, row.Located}}))
		if err == nil && n.Whole != nil {
			err = s.whole(ctx, a, row, *n.Whole)
		}
		return row.ID, err
	})
	if errors.Is(err, errMet) { // who that was is read behind the transaction, which on MariaDB may look at a snapshot from before
		err = s.taken(ctx, a, row, err)
	}
	if err != nil {
		return Visit{}, err
	}
	return s.Visit(ctx, a, no)
}

// errMet is that somebody has checked in at the same stop on the same day.
var errMet = errors.New("visit: somebody was there")

func met(err error) error {
	if db.Classify(err) == db.Duplicate {
		return errMet
	}
	return fmt.Errorf("check in: %w", err)
}

func (n *Start) check() error {
	bad := text.Line("spot", &n.Spot, 120)
	switch {
	case n.Located && !n.Consent:
		bad = append(bad, errs.F("consent", "visit.consent"))
	case n.Located && (n.Lat < -90_000_000 || n.Lat > 90_000_000):
		bad = append(bad, errs.F("lat", "visit.coordinates"))
	case n.Located && (n.Lon < -180_000_000 || n.Lon > 180_000_000):
		bad = append(bad, errs.F("lon", "visit.coordinates"))
	case !n.Located:
		n.Lat, n.Lon = 0, 0
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// called is the shop of a visit: that of the stop, which must be on the round on its day.
func (s *Service) called(ctx context.Context, a access.Actor, n *Start, day clock.Date) (Call, error) {
	if n.Stop != 0 {
		t, err := s.Stop(ctx, a, n.Stop)
		if err != nil {
			return Call{}, err
		}
		if day < t.From || day > t.Until {
			return Call{}, errs.New(errs.Conflict, "visit.not_in_plan", "shop", t.ShopName)
		}
		n.Seller, n.Shop = t.Seller, t.Shop
	}
	return s.calls(ctx, a, n.Seller, n.Shop, day)
}

// turn numbers a visit outside the round, behind those of the same person at the same shop on the same day; none may last still.
func (s *Service) turn(ctx context.Context, a access.Actor, row *visitRow) error {
	if row.Stop != 0 {
		return nil
	}
	row.Caller = a.Person
	var all []visitRow
	err := s.DB.W(ctx).Raw("SELECT v.* FROM visit v WHERE v.org = ? AND v.shop = ? AND v.day_on = ? AND v.stop = 0 AND v.caller = ? ORDER BY v.nth", a.Org, row.Shop, row.DayOn, a.Person).Scan(&all).Error
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.OutUs == 0 {
			return s.taken(ctx, a, *row, nil)
		}
		row.Nth = v.Nth + 1
	}
	return nil
}

// taken says who has been there already.
func (s *Service) taken(ctx context.Context, a access.Actor, row visitRow, cause error) error {
	var all []struct {
		Name string
		InUs clock.Instant
	}
	err := s.DB.R(ctx).Raw(`SELECT COALESCE(p.name, '') AS name, v.in_us FROM visit v LEFT JOIN person p ON p.id = v.person
		WHERE v.org = ? AND v.shop = ? AND v.day_on = ? AND v.stop = ? AND v.caller = ? ORDER BY v.nth DESC LIMIT 1`, a.Org, row.Shop, row.DayOn, row.Stop, row.Caller).Scan(&all).Error
	if err != nil || len(all) == 0 {
		return errs.Wrap(errs.Conflict, "changed", cmp.Or(err, cause))
	}
	return errs.Wrap(errs.Conflict, "visit.taken", cause, "name", all[0].Name, "at", hour(all[0].InUs, a.Zone), "day", string(row.DayOn))
}

func hour(at clock.Instant, zone string) string {
	return at.Time().In(clock.Zone(zone)).Format("15.04")
}

// counted writes what was counted and ordered, before the visit is closed.
func (s *Service) counted(ctx context.Context, a access.Actor, row visitRow, w Whole) error {
	if len(w.Lines) > 0 {
		if err := s.count(ctx, a, row, w.Lines); err != nil {
			return err
		}
	}
	for _, o := range w.Orders {
		if err := s.take(ctx, a, row, o); err != nil {
			return err
		}
	}
	return nil
}

// gather links the orders that the visitor placed while the visit lasted, where that was not done when each was placed: a portal that
// stopped between an order and its link loses none.
func (s *Service) gather(ctx context.Context, a access.Actor, row visitRow) error {
	all, err := s.Orders.Since(ctx, row.Org, row.Person, row.Seller, row.Shop, row.InUs)
	if err != nil || len(all) == 0 {
		return err
	}
	var had []id.ID
	if err := s.DB.W(ctx).Raw("SELECT x.order_id FROM visit_order x JOIN visit v ON v.id = x.visit WHERE x.order_id IN ? AND v.org = ?", all, row.Org).Scan(&had).Error; err != nil {
		return err
	}
	for _, o := range all {
		if slices.Contains(had, o) {
			continue
		}
		if err := s.take(ctx, a, row, o); err != nil && !errs.Is(err, errs.NotFound) { // who ends the visit of a colleague may not read its orders
			return err
		}
	}
	return nil
}

// whole writes the rest of a visit in the transaction of its beginning.
func (s *Service) whole(ctx context.Context, a access.Actor, row visitRow, w Whole) error {
	if err := s.counted(ctx, a, row, w); err != nil {
		return err
	}
	if w.Result == "" && w.Close.At == 0 && w.Reason == "" && w.Note == "" {
		return nil
	}
	return s.close(ctx, a, row, w.Close)
}

// on changes a visit that lasts, once for each key. Version 0 is whatever it is now.
func (s *Service) on(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, fn func(ctx context.Context, v visitRow) error) (Visit, error) {
	v, err := s.row(ctx, a, no)
	if err != nil {
		return Visit{}, err
	}
	rel := v.rel(a.Org)
	if err := s.Gate.Require(ctx, a, rel, "visit", "read"); err != nil {
		return Visit{}, err
	}
	if rel != access.Own { // who is only told of a visit changes nothing in it
		return Visit{}, errs.New(errs.Forbidden, "visit.callers")
	}
	if err := s.Gate.Require(ctx, a, rel, "visit", "write"); err != nil {
		return Visit{}, err
	}
	_, _, err = audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		// the version is raised first: the row is the arbiter of those who write at once
		sql, args := "UPDATE visit SET version = version + 1 WHERE id = ? AND org = ? AND out_us = 0", []any{no, a.Org}
		if version != 0 {
			sql, args = sql+" AND version = ?", append(args, version)
		}
		done := s.DB.W(ctx).Exec(sql, args...)
		if done.Error != nil {
			return 0, done.Error
		}
		var rows []visitRow
		if err := s.DB.W(ctx).Raw("SELECT v.* FROM visit v WHERE v.id = ? AND v.org = ?", no, a.Org).Scan(&rows).Error; err != nil || len(rows) == 0 {
			return 0, cmp.Or(err, error(errs.Gone()))
		}
		if done.RowsAffected == 0 {
			return 0, s.moved(ctx, a, rows[0])
		}
		return no, fn(ctx, rows[0])
	})
	if err != nil {
		return Visit{}, err
	}
	return s.Visit(ctx, a, no)
}

// moved says why a visit could not be changed: it is over, or another than was seen.
func (s *Service) moved(ctx context.Context, a access.Actor, v visitRow) error {
	if v.OutUs == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	var name string
	if err := s.DB.W(ctx).Raw("SELECT COALESCE(MAX(p.name), '') FROM person p WHERE p.id = ?", v.ClosedBy).Scan(&name).Error; err != nil {
		return err
	}
	return errs.New(errs.Conflict, "visit.closed", "name", name, "at", hour(v.OutUs, a.Zone), "day", string(v.OutUs.In(a.Zone)))
}

// Order says that an order was taken on a visit; twice is once. Right: visit write, and reading the order. Errors: not_found, visit.closed,
// changed, visit.other_order, visit.order_elsewhere.
func (s *Service) Order(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, order id.ID) (Visit, error) {
	return s.on(ctx, a, k, no, version, func(ctx context.Context, v visitRow) error { return s.take(ctx, a, v, order) })
}

func (s *Service) take(ctx context.Context, a access.Actor, v visitRow, order id.ID) error {
	o, err := s.Orders.Taken(ctx, a, order)
	if err != nil {
		return err
	}
	if o.Seller != v.Seller || o.Buyer != v.Shop {
		return errs.OnFields("visit.other_order", errs.F("order", "visit.other_order", "number", o.Number))
	}
	var had []id.ID
	if err := s.DB.W(ctx).Raw("SELECT x.order_id FROM visit_order x WHERE x.visit = ?", v.ID).Scan(&had).Error; err != nil {
		return err
	}
	if slices.Contains(had, order) {
		return nil
	}
	if len(had) >= MaxOrders {
		return errs.New(errs.Conflict, "visit.too_many_orders", "max", strconv.Itoa(MaxOrders))
	}
	err = s.DB.W(ctx).Exec("INSERT INTO visit_order (visit, order_id, number) VALUES (?, ?, ?)", v.ID, order, o.Number).Error
	if db.Classify(err) == db.Duplicate {
		return errs.Wrap(errs.Conflict, "visit.order_elsewhere", err, "number", o.Number)
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "visit.ordered", v.ID, audit.One("order", "", o.Number))
}

// Placed says that somebody has placed an order. Where a visit of that person at that shop lasts, the order was taken on it. It is told
// after the order stands, and fails for nobody: what could not be linked then is linked when the visit ends.
func (s *Service) Placed(ctx context.Context, a access.Actor, seller, buyer, order id.ID) error {
	if !s.Gate.Can(a, access.Own, "visit", "write") {
		return nil
	}
	var open []id.ID
	err := s.DB.R(ctx).Raw("SELECT v.id FROM visit v WHERE v.org = ? AND v.out_us = 0 AND v.person = ? AND v.seller = ? AND v.shop = ? ORDER BY v.id DESC LIMIT 1", a.Org, a.Person, seller, buyer).Scan(&open).Error
	if err != nil || len(open) == 0 {
		return err
	}
	_, err = s.Order(ctx, a, audit.Key{}, open[0], 0, order)
	return err
}

// Close checks out: what came of the visit. Right: visit write. Errors: not_found, visit.closed, changed, invalid_fields (result, reason, note),
// visit.needs_order (the result is an order, and none was taken), those of Count and Order for what was done without signal since.
func (s *Service) Close(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, w Whole) (Visit, error) {
	return s.on(ctx, a, k, no, version, func(ctx context.Context, v visitRow) error {
		if err := s.counted(ctx, a, v, w); err != nil {
			return err
		}
		if err := s.gather(ctx, a, v); err != nil {
			return err
		}
		return s.close(ctx, a, v, w.Close)
	})
}

func (s *Service) close(ctx context.Context, a access.Actor, v visitRow, c Close) error {
	bad := text.Note("note", &c.Note, MaxNote)
	if c.Result != "none" {
		c.Reason = ""
	}
	switch {
	case !slices.Contains(Results, c.Result):
		bad = append(bad, errs.F("result", "visit.result"))
	case c.Result == "none" && !slices.Contains(Reasons, c.Reason):
		bad = append(bad, errs.F("reason", "visit.reason"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	var orders int64
	if err := s.DB.W(ctx).Raw("SELECT COUNT(*) FROM visit_order x WHERE x.visit = ?", v.ID).Scan(&orders).Error; err != nil {
		return err
	}
	if c.Result == "order" && orders == 0 {
		return errs.OnFields("visit.needs_order", errs.F("result", "visit.needs_order"))
	}
	if c.Result != "order" && orders > 0 {
		return errs.OnFields("visit.has_order", errs.F("result", "visit.has_order"))
	}
	now := s.Clock.Now()
	done := s.DB.W(ctx).Exec("UPDATE visit SET out_us = ?, out_phone_us = ?, closed_by = ?, result = ?, reason = ?, note = ? WHERE id = ? AND org = ? AND out_us = 0",
		now, c.At, a.Person, c.Result, c.Reason, c.Note, v.ID, a.Org)
	if done.Error != nil {
		return fmt.Errorf("check out: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return audit.Record(ctx, s.DB, a.By(), now, "visit.ended", v.ID, audit.Diff(map[string][2]any{"result": {"", c.Result}, "reason": {"", c.Reason}}))
}
