package trade

import (
	"context"
	"fmt"
	"math/bits"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// Programme is a seller's loyalty programme: its buyers earn Points for every PerAmount (minor units, before tax) of what they have
// received, or paid, and spend each point as Worth (minor units) of an invoice of the seller's.
type Programme struct {
	ID          id.ID
	Seller      id.ID
	SellerName  string
	Name        string
	Currency    string
	EarnOn      string // OnDelivery or OnPayment
	Points      int64
	PerAmount   money.Minor
	Worth       money.Minor
	ExpiryDays  int64 // 0: they do not expire
	FromOn      clock.Date
	UntilOn     clock.Date // the last day on which points are earned; 9999-12-31 where none is named. What was earned can be spent after it
	Version     int64
	Outstanding int64 // points that stand with holders; of the seller's own list
}

var pointsMoveT = ledger.Register(ledger.Table{Name: "points_move", Key: 1, Columns: ledger.Cols(
	ledger.I("id", "programme", "seller", "holder"), ledger.T("kind"), ledger.I("order_id", "source", "base", "nominal", "amount"),
	ledger.T("expires_on", "moved_on"))})

// Kinds of movements of points. Nominal is what the terms give or take; Amount is what moved: less where points that are owed back were
// set against it, or where those to be taken back had been spent.
const (
	PointsEarned   = "earned"
	PointsReversed = "reversed"
	PointsSpent    = "spent"
	PointsExpired  = "expired"
	PointsRestored = "restored" // spent on what was credited afterwards
)

// PointsMove is one movement of points of one batch.
type PointsMove struct {
	ID, Programme, Seller, Holder id.ID
	Kind                          string
	OrderID, Source               id.ID
	Base                          money.Minor
	Nominal, Amount               int64
	ExpiresOn, MovedOn            clock.Date
}

func (m PointsMove) row() ledger.Row {
	return pointsMoveT.Row(m.ID, m.Programme, m.Seller, m.Holder, m.Kind, m.OrderID, m.Source, m.Base, m.Nominal, m.Amount, m.ExpiresOn, m.MovedOn)
}

const programmeCols = "g.id, g.seller, g.name, g.currency, g.earn_on, g.points, g.per_amount, g.worth, g.expiry_days, g.from_on, g.until_on, g.version"

// running is the programme under which trade of a seller earns on a day: the newest. ok is false where there is none.
func (s *Service) running(ctx context.Context, seller id.ID, cause, currency string, on clock.Date) (g Programme, ok bool, err error) {
	var rows []Programme
	err = s.DB.R(ctx).Raw("SELECT "+programmeCols+" FROM points_programme g WHERE g.seller = ? AND g.earn_on = ? AND g.currency = ? AND g.from_on <= ? AND g.until_on >= ?"+
		" ORDER BY g.id DESC LIMIT 1", seller, cause, currency, on, on).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return g, false, err
	}
	return rows[0], true, nil
}

// standing is what an order has earned in a programme, reversals deducted.
type standing struct {
	Programme, Seller, Holder id.ID
	Base                      money.Minor
	Nominal                   int64
}

func (s *Service) standings(ctx context.Context, seller, order id.ID, cause string) (rows []standing, err error) {
	err = s.DB.R(ctx).Raw("SELECT m.programme, m.seller, m.holder, SUM(m.base) AS base, SUM(m.nominal) AS nominal FROM points_move m JOIN points_programme g ON g.id = m.programme"+
		" WHERE m.order_id = ? AND +m.seller = ? AND g.seller = ? AND g.earn_on = ? AND m.kind IN ('earned', 'reversed') GROUP BY m.programme, m.seller, m.holder ORDER BY m.programme",
		order, seller, seller, cause).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("points of order %d: %w", order, err)
	}
	return rows, nil
}

// award adds to a post the points that an order earns by this cause: as many as all of its base so far (before tax) gives, less what it
// has earned already, so that parts never lose or gain a point. A post awards an order once.
func (s *Service) award(ctx context.Context, p *ledger.Post, d Deal, order id.ID, cause string, source id.ID, base money.Minor, at clock.Instant) error {
	if base <= 0 || order == 0 || d.Agreement == 0 || d.BuyerKind == "consumer" {
		return nil
	}
	on := at.In(d.Zone)
	g, ok, err := s.running(ctx, d.Seller, cause, d.Currency.Code, on)
	if err != nil || !ok {
		return err
	}
	all, err := s.standings(ctx, d.Seller, order, cause)
	if err != nil {
		return err
	}
	var before standing
	for _, x := range all {
		if x.Programme == g.ID && x.Holder == d.Buyer {
			before = x
		}
	}
	n := g.pointsOf(before.Base+base) - before.Nominal
	m := PointsMove{ID: s.DB.IDs.Next(), Programme: g.ID, Seller: g.Seller, Holder: d.Buyer, Kind: PointsEarned, OrderID: order, Source: source, Base: base,
		Nominal: max(n, 0), MovedOn: on}
	if g.ExpiryDays > 0 {
		m.ExpiresOn = ledger.BatchOf(on.AddDays(int(g.ExpiryDays))).Day()
	}
	owing, err := s.pointsOwing(ctx, p, g.ID, g.Seller, d.Buyer)
	if err != nil {
		return err
	}
	back := min(owing, m.Nominal)
	m.Amount = m.Nominal - back
	p.Points(g.ID, g.Seller, d.Buyer, ledger.PointsOwed, -back)
	p.Points(g.ID, g.Seller, d.Buyer, ledger.BatchOf(m.ExpiresOn), m.Amount)
	p.File(m.row())
	return nil
}

// pointsOf is how many points an amount earns: whole ones, the rest is lost until more comes.
func (g Programme) pointsOf(base money.Minor) int64 {
	if base <= 0 || g.PerAmount <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(base), uint64(g.Points))
	if hi >= uint64(g.PerAmount) {
		return MaxPoints
	}
	q, _ := bits.Div64(hi, lo, uint64(g.PerAmount))
	return int64(min(q, uint64(MaxPoints)))
}

// MaxPoints is how many points one movement has at most.
const MaxPoints = int64(1) << 48

// forfeit takes points back in proportion to the trade that fell away, and with the last of it all that is left: the batch that expires
// last first, since the others are more likely spent. What has been spent already the holder owes: the next points are set against it.
func (s *Service) forfeit(ctx context.Context, p *ledger.Post, seller, order id.ID, cause string, source id.ID, base money.Minor) error {
	if base <= 0 || order == 0 {
		return nil
	}
	all, err := s.standings(ctx, seller, order, cause)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return nil
	}
	on, err := s.dayOf(ctx, seller)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Base <= 0 {
			continue
		}
		n := x.Nominal
		if base < x.Base {
			part, _ := money.Currency{Round: 1}.Share(money.Minor(x.Nominal), int64(base), int64(x.Base))
			n = int64(part)
		}
		m := PointsMove{Programme: x.Programme, Seller: seller, Holder: x.Holder, Kind: PointsReversed, OrderID: order, Source: source, MovedOn: on}
		left := n
		batches, err := s.batches(ctx, p, x.Programme, x.Holder)
		if err != nil {
			return err
		}
		first := true
		file := func(expires clock.Date, nominal, amount int64) {
			m.ID, m.ExpiresOn, m.Nominal, m.Amount, m.Base = s.DB.IDs.Next(), expires, -nominal, -amount, 0
			if first {
				m.Base, first = -min(base, x.Base), false
			}
			p.File(m.row())
		}
		for i := len(batches) - 1; i >= 0 && left > 0; i-- {
			b := batches[i]
			take := min(left, b.N)
			p.Points(x.Programme, seller, x.Holder, b.Batch, -take)
			file(b.Batch.Day(), take, take)
			left -= take
		}
		if left > 0 || first {
			p.Points(x.Programme, seller, x.Holder, ledger.PointsOwed, left)
			file("", left, 0)
		}
	}
	return nil
}

// batch is what a holder has of a programme that expires together.
type batch struct {
	Batch ledger.Batch
	N     int64
}

// batches are a holder's points by the day with which they expire, the first first and those that never do last.
func (s *Service) batches(ctx context.Context, p *ledger.Post, programme, holder id.ID) ([]batch, error) {
	var rows []batch
	err := s.DB.R(ctx).Raw("SELECT a.purpose AS batch, b.posted AS n FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 3 AND a.unit = ? AND a.org = ? AND a.side = 1"+
		" AND a.purpose >= 0 ORDER BY CASE WHEN a.purpose = 0 THEN 1 ELSE 0 END, a.purpose", programme, holder).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("points of %d: %w", holder, err)
	}
	var out []batch
	for _, b := range rows {
		if p != nil {
			b.N += p.Pointing(programme, holder, b.Batch)
		}
		if b.N > 0 {
			out = append(out, b)
		}
	}
	return out, nil
}

// pointsOwing is what a holder owes an issuer of points that were taken back after they had been spent.
func (s *Service) pointsOwing(ctx context.Context, p *ledger.Post, programme, issuer, holder id.ID) (int64, error) {
	var rows []int64
	err := s.DB.R(ctx).Raw("SELECT b.posted FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 3 AND a.unit = ? AND a.org = ? AND a.counterparty = ? AND a.side = 1 AND a.purpose = -1",
		programme, issuer, holder).Scan(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("points that %d owes: %w", holder, err)
	}
	var n int64
	if len(rows) > 0 {
		n = rows[0]
	}
	if p != nil {
		n += p.Pointing(programme, holder, ledger.PointsOwed)
	}
	return n, nil
}

// dayOf is today where an organisation is.
func (s *Service) dayOf(ctx context.Context, org id.ID) (clock.Date, error) {
	var zones []string
	err := s.DB.R(ctx).Raw("SELECT zone FROM org WHERE id = ?", org).Scan(&zones).Error
	if err != nil || len(zones) == 0 {
		return "", err
	}
	return s.Clock.Now().In(zones[0]), nil
}
