package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// PayCommission says that a principal has paid its agent commission: all that is due, or an amount. It moves nothing until the
// agent confirms it with ConfirmPayment; the agent rejects or bounces it like any payment.
//
// Right: payment report, as the principal or the agent. Errors: not_found (the two have no commission between them),
// commission.nothing_due, commission.more_than_due, fields amount, method, value_on, bank_account, reference.
func (s *Service) PayCommission(ctx context.Context, a access.Actor, c PayCommission) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.payCommission(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) payCommission(ctx context.Context, a access.Actor, c PayCommission) (Payment, error) {
	if c.Principal == 0 && c.Agent != a.Org {
		c.Principal = a.Org
	}
	if c.Agent == 0 && c.Principal != a.Org {
		c.Agent = a.Org
	}
	rel := relOf(a.Org, c.Principal, 0, c.Agent)
	if rel == access.None || c.Principal == 0 || c.Agent == 0 {
		return Payment{}, errs.Gone()
	}
	if err := s.require(ctx, a, rel, "payment", "report"); err != nil {
		return Payment{}, err
	}
	cur, err := c.check()
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	if c.ValueOn, err = valueDate(c.ValueOn, now.In(a.Zone)); err != nil {
		return Payment{}, err
	}
	if err := s.payable(ctx, Report{Payee: c.Agent, BankAccount: c.BankAccount}, cur); err != nil {
		return Payment{}, err
	}
	if c.Amount, err = s.payableCommission(ctx, c, cur); err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	no := s.DB.IDs.Next()
	v := Payment{ID: no, Number: "PAY-" + no.String(), Payer: c.Principal, Payee: c.Agent, Agent: c.Agent, Purpose: ForCommission,
		Currency: cur.Code, Amount: c.Amount, Method: c.Method, ValueOn: c.ValueOn, BankAccount: c.BankAccount, Reference: c.Reference,
		Status: PayReported, ReportedBy: a.Person, Version: 1}
	p := draft("payment.reported", fmt.Sprintf("payment/%d/report", no), a.By(), no, now, c.Key)
	p.File(v.row()).Tell("payment.reported", fmt.Sprintf(`{"payment":"%d"}`, no))
	return s.postPayment(ctx, a, c.Key, p)
}

func (c *PayCommission) check() (money.Currency, error) {
	cur, err := currency(c.Currency)
	if err != nil {
		return cur, err
	}
	if c.Reference, err = text("reference", c.Reference, 64); err != nil {
		return cur, err
	}
	switch {
	case c.Amount < 0:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_positive"))
	case c.Amount > maxAmount:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_too_large"))
	case !slices.Contains(Methods, c.Method):
		err = errs.OnFields("payment.invalid", errs.F("method", "payment.unknown_method"))
	}
	return cur, err
}

// payableCommission is the amount that may be reported: what was named, or all that is due; what is reported already is not
// due twice.
func (s *Service) payableCommission(ctx context.Context, c PayCommission, cur money.Currency) (money.Minor, error) {
	var known int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT id FROM commission WHERE agent = ? AND principal = ? LIMIT 1) x", c.Agent, c.Principal).Scan(&known).Error; err != nil {
		return 0, fmt.Errorf("commission between two: %w", err)
	}
	if known == 0 {
		return 0, errs.Gone()
	}
	earned, back, err := s.commissionDue(ctx, c.Agent, c.Principal, cur)
	if err != nil {
		return 0, err
	}
	var waits money.Minor
	if err := s.DB.R(ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM payment WHERE payee = ? AND payer = ? AND purpose = ? AND status = ? AND currency = ?",
		c.Agent, c.Principal, ForCommission, PayReported, cur.Code).Scan(&waits).Error; err != nil {
		return 0, fmt.Errorf("reported commission: %w", err)
	}
	left := earned - back - waits
	switch {
	case left <= 0:
		return 0, errs.New(errs.Conflict, "commission.nothing_due")
	case c.Amount > left:
		return 0, moreThanDue(cur, left)
	case c.Amount == 0:
		return left, nil
	}
	return c.Amount, nil
}

func moreThanDue(c money.Currency, due money.Minor) error {
	return errs.New(errs.Conflict, "commission.more_than_due", "due", c.Format(max(0, due)), "currency", c.Code)
}

// commissionDue is what the books say the principal owes its agent, and what the agent owes back of commission that fell away
// after it was paid.
func (s *Service) commissionDue(ctx context.Context, agent, principal id.ID, c money.Currency) (earned, back money.Minor, err error) {
	if earned, err = s.owed(ctx, agent, principal, c, ledger.Commission); err != nil {
		return 0, 0, err
	}
	back, err = s.owed(ctx, principal, agent, c, ledger.Commission)
	return earned, back, err
}

// confirmCommission ends what the principal owes by what has arrived, and sets off what the agent owed back. The set-off is taken
// whole, so that of two payments confirmed at once neither counts on what the other has used.
func (s *Service) confirmCommission(ctx context.Context, a access.Actor, c Confirm, v Payment, cur money.Currency, at clock.Instant) (Payment, error) {
	if len(c.Allocate) > 0 {
		return Payment{}, errs.New(errs.Invalid, "commission.settles_no_invoice")
	}
	earned, back, err := s.commissionDue(ctx, v.Payee, v.Payer, cur)
	if err != nil {
		return Payment{}, err
	}
	if v.Amount > earned-back {
		return s.firstPayment(ctx, a, c.Key, moreThanDue(cur, earned-back))
	}
	p := draft("payment.confirmed", fmt.Sprintf("payment/%d/confirm", v.ID), a.By(), v.ID, at, c.Key).OrElse(moved)
	p.Owe(v.Payee, v.Payer, cur, ledger.Commission, -v.Amount-back)
	p.Owe(v.Payer, v.Payee, cur, ledger.Commission, -back)
	moneyIn(p, v, cur, v.Amount)
	p.File(Part{PaymentID: v.ID, N: 1, Kind: partCommission, Amount: v.Amount}.row())
	p.Advance(paymentT, v.ID, v.Version, set("status", v.Status, PayConfirmed), set("allocated", v.Allocated, v.Amount),
		set("confirmed_by", v.ConfirmedBy, a.Person), set("confirmed_us", v.ConfirmedUs, at))
	p.Tell("payment.confirmed", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, c.Key, p)
}
