package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// Redeem spends points on an open invoice of the programme's seller.
type Redeem struct {
	Key       Key
	Programme id.ID
	Invoice   id.ID
	Points    int64
}

// PayPoints is the method of the discount that points were spent on.
const PayPoints = "points"

// Redeem spends points as a discount on an invoice, at the programme's worth and to the last unit: what is owed falls by it, and the
// points go, those that expire first first, in one journal. What has expired cannot be spent, whether it was taken off already or not.
//
// Right: points redeem, as the buyer, or as the seller for it. Errors: not_found (invoice or programme), points.short,
// points.more_than_open, points.currency, credit.not_an_invoice, field points.
func (s *Service) Redeem(ctx context.Context, a access.Actor, c Redeem) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.redeem(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) redeem(ctx context.Context, a access.Actor, c Redeem) (Payment, error) {
	inv, err := s.invoiceOf(ctx, a.Org, c.Invoice)
	if err != nil {
		return Payment{}, err
	}
	rel := inv.Rel(a.Org)
	if err := s.require(ctx, a, rel, "points", "redeem"); err != nil {
		return Payment{}, err
	}
	g, err := s.programmeOf(ctx, inv.Seller, c.Programme)
	if err != nil {
		return Payment{}, err
	}
	cur, err := currency(inv.Currency)
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	on, err := s.dayOf(ctx, inv.Seller)
	if err != nil {
		return Payment{}, err
	}
	amount, err := g.discount(cur, inv, c.Points)
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	pay := s.newPayment(a, inv.Buyer, inv.Seller, inv.Agent, cur, amount, PayApplied, PayPoints, now)
	pay.Allocated, pay.ValueOn = amount, on
	p := draft("points.spent", fmt.Sprintf("invoice/%d/points/%d", inv.ID, pay.ID), by(a, inv.Seller, rel), pay.ID, now, c.Key).OrElse(moved)
	if err := s.spend(ctx, p, g, inv, pay.ID, c.Points, on); err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	p.File(pay.row(), Part{PaymentID: pay.ID, N: 1, InvoiceID: inv.ID, Kind: partDiscount, Amount: amount}.row())
	p.Owe(inv.Seller, inv.Buyer, cur, ledger.Trade, -amount)
	t := s.settlement(p, now)
	d, err := t.add(ctx, inv)
	if err != nil {
		return Payment{}, err
	}
	d.settle(amount, 0)
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	p.Tell("points.spent", fmt.Sprintf(`{"payment":"%d","invoice":"%d","points":"%d"}`, pay.ID, inv.ID, c.Points))
	return s.postPayment(ctx, a, c.Key, p)
}

// discount is what so many points are worth on an invoice.
func (g Programme) discount(cur money.Currency, inv Invoice, points int64) (money.Minor, error) {
	switch {
	case inv.Kind != KindInvoice:
		return 0, errs.New(errs.Invalid, "credit.not_an_invoice")
	case g.Currency != inv.Currency:
		return 0, errs.New(errs.Invalid, "points.currency", "currency", g.Currency)
	case points <= 0 || points > MaxPoints:
		return 0, errs.OnFields("points.invalid", errs.F("points", "points.positive"))
	case points > int64(inv.Open())/int64(g.Worth):
		return 0, errs.New(errs.Conflict, "points.more_than_open", "points", fmt.Sprint(int64(inv.Open())/int64(g.Worth)), "open", cur.Format(inv.Open()), "currency", cur.Code)
	}
	return money.Minor(points) * g.Worth, nil
}

// spend takes points off the holder's batches, those that expire first first.
func (s *Service) spend(ctx context.Context, p *ledger.Post, g Programme, inv Invoice, source id.ID, points int64, on clock.Date) error {
	all, err := s.batches(ctx, p, g.ID, inv.Buyer)
	if err != nil {
		return err
	}
	left := points
	for _, b := range all {
		if day := b.Batch.Day(); (day != "" && day < on) || left == 0 {
			continue
		}
		take := min(left, b.N)
		p.Points(g.ID, g.Seller, inv.Buyer, b.Batch, -take)
		p.File(PointsMove{ID: s.DB.IDs.Next(), Programme: g.ID, Seller: g.Seller, Holder: inv.Buyer, Kind: PointsSpent, OrderID: inv.OrderID, Source: source,
			Nominal: -take, Amount: -take, ExpiresOn: b.Batch.Day(), MovedOn: on}.row())
		left -= take
	}
	if left > 0 {
		return errs.New(errs.Conflict, "points.short", "available", fmt.Sprint(points-left), "asked", fmt.Sprint(points))
	}
	return nil
}

// ExpirePoints takes off what has expired where its seller is, and says how many batches that was. Safe to run at any time, twice, and
// on several instances: a batch that moved meanwhile is left for the next run.
func (s *Service) ExpirePoints(ctx context.Context, by id.By) (n int, err error) {
	now := s.Clock.Now()
	latest := ledger.BatchOf(now.In("Pacific/Kiritimati")) // no zone is further
	var rows []struct {
		Programme, Seller, Holder id.ID
		Batch                     ledger.Batch
		Posted, LastSeq           int64
		Zone                      string
	}
	err = s.DB.R(ctx).Raw("SELECT a.unit AS programme, a.counterparty AS seller, a.org AS holder, a.purpose AS batch, b.posted, b.last_seq, o.zone FROM account a JOIN balance b ON b.acct = a.acct"+
		" JOIN org o ON o.id = a.counterparty WHERE a.book = 3 AND a.side = 1 AND a.purpose > 0 AND a.purpose < ? AND b.posted > 0 ORDER BY a.acct", int64(latest)).Scan(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("points that expire: %w", err)
	}
	for _, r := range rows {
		on := now.In(r.Zone)
		if r.Batch.Day() >= on {
			continue
		}
		m := PointsMove{ID: s.DB.IDs.Next(), Programme: r.Programme, Seller: r.Seller, Holder: r.Holder, Kind: PointsExpired, Nominal: -r.Posted, Amount: -r.Posted,
			ExpiresOn: r.Batch.Day(), MovedOn: on}
		by.Org = r.Seller
		p := ledger.Draft("points.expired", fmt.Sprintf("points/%d/%d/expire/%d/%d", r.Programme, r.Holder, r.Batch, r.LastSeq), by, m.ID, now).OrElse(moved)
		p.Points(r.Programme, r.Seller, r.Holder, r.Batch, -r.Posted).File(m.row())
		p.Tell("points.expired", fmt.Sprintf(`{"programme":"%d","holder":"%d","points":"%d"}`, r.Programme, r.Holder, r.Posted))
		switch _, err := s.Book.Post(ctx, p); {
		case err == nil:
			n++
		case errs.CodeOf(err) != codeMoved:
			return n, fmt.Errorf("expire points of %d: %w", r.Holder, err)
		}
	}
	return n, nil
}
