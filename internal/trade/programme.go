package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/text"
)

// OpenEnd is the last day of a programme that has none.
const OpenEnd clock.Date = "9999-12-31"

// AddProgramme makes a programme of the acting organisation. Its terms are fixed for good: who wants others ends it and makes another,
// which counts from its first day on, since trade earns under the newest that runs.
//
// Right: points write. Errors: fields name, currency, earn_on, points, per_amount, worth, expiry_days, from, until.
func (s *Service) AddProgramme(ctx context.Context, a access.Actor, k audit.Key, g Programme) (Programme, error) {
	if err := s.require(ctx, a, access.Own, "points", "write"); err != nil {
		return Programme{}, err
	}
	if err := g.Check(s.Clock.Now().In(a.Zone)); err != nil {
		return Programme{}, err
	}
	no, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		no := s.DB.IDs.Next()
		err := s.DB.W(ctx).Exec("INSERT INTO points_programme (id, seller, name, currency, earn_on, points, per_amount, worth, expiry_days, from_on, until_on, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
			no, a.Org, g.Name, g.Currency, g.EarnOn, g.Points, g.PerAmount, g.Worth, g.ExpiryDays, g.FromOn, g.UntilOn).Error
		if err != nil {
			return 0, err
		}
		return no, audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "points.programme_added", no, audit.Diff(map[string][2]any{"name": {"", g.Name}, "earn_on": {"", g.EarnOn},
			"points": {0, g.Points}, "per_amount": {0, g.PerAmount}, "worth": {0, g.Worth}, "expiry_days": {0, g.ExpiryDays}, "from": {"", g.FromOn}, "until": {"", g.UntilOn}}))
	})
	if err != nil {
		return Programme{}, err
	}
	return s.programmeOf(ctx, a.Org, no)
}

// Check reads the terms of a programme that begins today or later, and fills in the days that were left out. Errors: see AddProgramme.
func (g *Programme) Check(today clock.Date) error {
	if g.FromOn == "" {
		g.FromOn = today
	}
	if g.UntilOn == "" {
		g.UntilOn = OpenEnd
	}
	bad := text.Line("name", &g.Name, 120)
	if g.Name == "" && len(bad) == 0 {
		bad = append(bad, errs.F("name", "required"))
	}
	cur, err := money.Lookup(g.Currency)
	if err != nil {
		bad = append(bad, errs.F("currency", "currency_unknown", "currency", g.Currency))
	}
	if !slices.Contains([]string{OnDelivery, OnPayment}, g.EarnOn) {
		bad = append(bad, errs.F("earn_on", "points.earn_on"))
	}
	for _, n := range []struct {
		path        string
		v, min, max int64
	}{{"points", g.Points, 1, 1_000_000}, {"per_amount", int64(g.PerAmount), 1, int64(maxAmount)}, {"worth", int64(g.Worth), 1, int64(maxAmount) / 1000}, {"expiry_days", g.ExpiryDays, 0, 3650}} {
		if n.v < n.min || n.v > n.max {
			bad = append(bad, errs.F(n.path, "points.range", "min", fmt.Sprint(n.min), "max", fmt.Sprint(n.max)))
		}
	}
	if err == nil && cur.Round > 0 && int64(g.Worth)%cur.Round != 0 {
		bad = append(bad, errs.F("worth", "points.rounding", "unit", cur.Format(money.Minor(cur.Round)), "currency", cur.Code))
	}
	from, ferr := clock.ParseDate(string(g.FromOn))
	until, uerr := clock.ParseDate(string(g.UntilOn))
	switch {
	case ferr != nil:
		bad = append(bad, errs.F("from", "date_malformed"))
	case from < today: // what was traded before was traded without it
		bad = append(bad, errs.F("from", "points.from_past"))
	case uerr != nil || until < from:
		bad = append(bad, errs.F("until", "date_malformed"))
	}
	if len(bad) > 0 {
		return errs.OnFields("points.invalid", bad...)
	}
	return nil
}

// EndProgramme ends a programme of the acting organisation with today: nothing more is earned under it from tomorrow on; what was earned
// can be spent until it expires. version 0 is whatever it is.
//
// Right: points write. Errors: not_found, changed, points.ended.
func (s *Service) EndProgramme(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64) (Programme, error) {
	if err := s.require(ctx, a, access.Own, "points", "write"); err != nil {
		return Programme{}, err
	}
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		g, err := s.programmeOf(ctx, a.Org, no)
		if err != nil {
			return 0, err
		}
		today := s.Clock.Now().In(a.Zone)
		if err := seen(version, g.Version); err != nil {
			return 0, err
		}
		if g.UntilOn <= today {
			return 0, errs.New(errs.Conflict, "points.ended")
		}
		r := s.DB.W(ctx).Exec("UPDATE points_programme SET until_on = ?, version = version + 1 WHERE id = ? AND version = ? AND seller = ?", today, no, g.Version, a.Org)
		if r.Error == nil && r.RowsAffected == 0 {
			return 0, errs.New(errs.Conflict, "changed")
		}
		if r.Error != nil {
			return 0, r.Error
		}
		return no, audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "points.programme_ended", no, audit.Diff(map[string][2]any{"until": {g.UntilOn, today}}))
	})
	if err != nil {
		return Programme{}, err
	}
	return s.programmeOf(ctx, a.Org, no)
}

func (s *Service) programmeOf(ctx context.Context, seller, no id.ID) (g Programme, err error) {
	var rows []Programme
	err = s.DB.R(ctx).Raw("SELECT "+programmeCols+", o.name AS seller_name FROM points_programme g JOIN org o ON o.id = g.seller WHERE g.id = ? AND g.seller = ?", no, seller).Scan(&rows).Error
	if err != nil {
		return g, fmt.Errorf("programme %d: %w", no, err)
	}
	if len(rows) == 0 {
		return g, errs.Gone()
	}
	return rows[0], nil
}

// Programmes are those of the acting organisation, the newest first, with the points that stand.
//
// Right: points read.
func (s *Service) Programmes(ctx context.Context, a access.Actor) (rows []Programme, err error) {
	if err := s.require(ctx, a, access.Own, "points", "read"); err != nil {
		return nil, err
	}
	err = s.DB.R(ctx).Raw("SELECT "+programmeCols+", o.name AS seller_name, COALESCE((SELECT SUM(b.posted) FROM account c JOIN balance b ON b.acct = c.acct"+
		" WHERE c.book = 3 AND c.unit = g.id AND c.counterparty = g.seller AND c.side = 1"+
		" AND c.org IN (SELECT m.holder FROM points_move m WHERE m.seller = g.seller AND m.programme = g.id)), 0) AS outstanding FROM points_programme g JOIN org o ON o.id = g.seller"+
		" WHERE g.seller = ? ORDER BY g.id DESC", a.Org).Scan(&rows).Error
	return rows, err
}

// Card is what a holder has of a programme: Points that can be spent today, of which Next expire after NextOn. Owing is what was
// taken back after it had been spent: the next points are set against it.
type Card struct {
	Programme
	Holder                 id.ID
	HolderCode, HolderName string
	Have, Next, Owing      int64
	NextOn                 clock.Date
}

// Cards are the points that the acting organisation has with its sellers, or, where the filter side is seller, that its buyers have
// with it, programme by programme. The filter partner names one organisation on the other side.
//
// Right: points read.
func (s *Service) Cards(ctx context.Context, a access.Actor, q list.Query) (list.Page[Card], error) {
	mine, theirs, rel := "m.holder", "m.seller", access.Buyer
	if q.Filter["side"] == "seller" {
		mine, theirs, rel = theirs, mine, access.Seller
	}
	if err := s.require(ctx, a, rel, "points", "read"); err != nil {
		return list.Page[Card]{}, err
	}
	where, args := mine+" = ?", []any{a.Org}
	if v := q.Filter["partner"]; v != "" {
		no, err := id.Parse(v)
		if err != nil {
			return list.Page[Card]{}, nil // no organisation has such a number
		}
		where, args = where+" AND "+theirs+" = ?", append(args, no)
	}
	after, ok, err := q.After()
	if err != nil {
		return list.Page[Card]{}, err
	}
	if ok {
		where, args = where+" AND (m.programme > ? OR (m.programme = ? AND m.holder > ?))", append(args, after.V, after.V, after.ID)
	}
	var rows []holding
	if err := s.DB.R(ctx).Raw("SELECT DISTINCT m.programme, m.holder FROM points_move m WHERE "+where+" ORDER BY m.programme, m.holder LIMIT ?",
		append(args, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return list.Page[Card]{}, fmt.Errorf("points: %w", err)
	}
	p := list.Cut(rows, q.Limit(), func(h holding) list.Key { return list.Key{V: int64(h.Programme), ID: int64(h.Holder)} })
	cards, err := s.cards(ctx, a.Org, p.Items)
	return list.Page[Card]{Items: cards, Next: p.Next}, err
}

// holding is that an organisation holds points of a programme, or did.
type holding struct{ Programme, Holder id.ID }

// cards reads what each of these holds; org is one side of them all.
func (s *Service) cards(ctx context.Context, org id.ID, of []holding) (out []Card, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	at := map[holding]int{}
	var programmes, holders []id.ID
	for i, h := range of {
		at[h] = i
		programmes, holders = append(programmes, h.Programme), append(holders, h.Holder)
	}
	out = make([]Card, len(of))
	var rows []struct {
		Programme
		Holder                 id.ID
		HolderCode, HolderName string
		Batch                  ledger.Batch
		Posted, Owing          int64
		Zone                   string
	}
	err = s.DB.R(ctx).Raw("SELECT "+programmeCols+", o.name AS seller_name, o.zone, h.id AS holder, h.code AS holder_code, h.name AS holder_name, c.purpose AS batch, b.posted,"+
		" COALESCE((SELECT d.posted FROM account w JOIN balance d ON d.acct = w.acct WHERE w.book = 3 AND w.unit = c.unit AND w.org = c.counterparty AND w.counterparty = c.org AND w.purpose = -1), 0) AS owing"+
		" FROM account c JOIN balance b ON b.acct = c.acct JOIN points_programme g ON g.id = c.unit AND g.seller = c.counterparty JOIN org o ON o.id = g.seller JOIN org h ON h.id = c.org"+
		" WHERE c.book = 3 AND c.side = 1 AND c.purpose >= 0 AND (c.org = ? OR c.counterparty = ?) AND c.org IN ? AND c.unit IN ?"+
		" ORDER BY CASE WHEN c.purpose = 0 THEN 1 ELSE 0 END, c.purpose", org, org, holders, programmes).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("points: %w", err)
	}
	for _, r := range rows {
		i, ok := at[holding{r.ID, r.Holder}]
		if !ok {
			continue // of another page
		}
		c := &out[i]
		c.Programme, c.Holder, c.HolderCode, c.HolderName, c.Owing = r.Programme, r.Holder, r.HolderCode, r.HolderName, r.Owing
		day := r.Batch.Day()
		if day != "" && day < s.Clock.Now().In(r.Zone) {
			continue // expired, whether it was taken off already or not
		}
		c.Have += r.Posted
		if c.NextOn == "" && day != "" && r.Posted > 0 {
			c.NextOn, c.Next = day, r.Posted
		}
	}
	return out, nil
}

// MoveView is a movement as a list shows it.
type MoveView struct {
	PointsMove
	ProgrammeName, SellerName, HolderName, OrderNumber string
}

// PointsMoves are the movements of the acting organisation's points, and of its buyers' points with it, the newest first. The filter
// programme names one.
//
// Right: points read, on either side.
func (s *Service) PointsMoves(ctx context.Context, a access.Actor, q list.Query) (list.Page[MoveView], error) {
	if err := s.require(ctx, a, access.Buyer, "points", "read"); err != nil {
		if err := s.require(ctx, a, access.Seller, "points", "read"); err != nil {
			return list.Page[MoveView]{}, err
		}
	}
	where, args := "", []any{a.Org}
	after, ok, err := q.After()
	if err != nil {
		return list.Page[MoveView]{}, err
	}
	if ok {
		where, args = where+" AND id < ?", append(args, after.ID)
	}
	if v := q.Filter["programme"]; v != "" {
		no, err := id.Parse(v)
		if err != nil {
			return list.Page[MoveView]{}, nil // no programme has such a number
		}
		where, args = where+" AND programme = ?", append(args, no)
	}
	args = append(args, q.Limit()+1)
	// the first of each side by its index: of both together all would have to be sorted
	first := "SELECT * FROM (SELECT id FROM points_move WHERE %s = ?" + where + " ORDER BY id DESC LIMIT ?) %s"
	sql := "SELECT m.id, m.programme, m.seller, m.holder, m.kind, m.order_id, m.source, m.base, m.nominal, m.amount, m.expires_on, m.moved_on, g.name AS programme_name," +
		" o.name AS seller_name, h.name AS holder_name, COALESCE(d.number, '') AS order_number FROM (" + fmt.Sprintf(first, "seller", "x") + " UNION " + fmt.Sprintf(first, "holder", "y") + ") f" +
		s.DB.InOrder() + "points_move m ON m.id = f.id JOIN points_programme g ON g.id = m.programme AND g.seller = m.seller JOIN org o ON o.id = m.seller" +
		" JOIN org h ON h.id = m.holder LEFT JOIN orders d ON d.id = m.order_id AND (d.seller = m.seller) WHERE (m.seller = ? OR m.holder = ?) ORDER BY m.id DESC LIMIT ?"
	var rows []MoveView
	if err := s.DB.R(ctx).Raw(sql, append(append(args[:len(args):len(args)], args...), a.Org, a.Org, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return list.Page[MoveView]{}, fmt.Errorf("movements of points: %w", err)
	}
	return list.Cut(rows, q.Limit(), func(m MoveView) list.Key { return list.Key{ID: int64(m.ID)} }), nil
}
