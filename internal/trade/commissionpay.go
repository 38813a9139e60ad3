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

// PayCommission says that a principal has paid its agent commission, or that the agent has paid back what it had too much of:
// all that is due, or an amount. It moves nothing until the one who is paid confirms it with ConfirmPayment, who rejects or
// bounces it like any payment.
//
// Right: payment report, as the principal or the agent. Errors: not_found (the two have no commission between them),
// commission.nothing_due, commission.nothing_owed_back, commission.more_than_due, fields amount, method, value_on, bank_account,
// reference.
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
	rel := access.RelOf(a.Org, c.Principal, 0, c.Agent)
	if rel == access.None || c.Principal == 0 || c.Agent == 0 {
		return Payment{}, errs.Gone()
	}
	if err := s.require(ctx, a, rel, "payment", "report"); err != nil {
		return Payment{}, err
	}
	cur, err := besideInvoices(c.Currency, c.Amount, c.Method, &c.Reference)
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	if c.ValueOn, err = valueDate(c.ValueOn, now.In(a.Zone)); err != nil {
		return Payment{}, err
	}
	payer, payee := c.sides()
	if c.Amount, err = s.payableCommission(ctx, c, cur); err != nil { // first: whose account it is, is told to those alone who have commission between them
		return s.firstPayment(ctx, a, c.Key, err)
	}
	if _, err := s.payable(ctx, Report{Payee: payee, BankAccount: c.BankAccount}, cur); err != nil {
		return Payment{}, err
	}
	if payer == a.Org {
		if err := s.sure(ctx, a, cur, c.Amount); err != nil {
			return Payment{}, err
		}
	}
	return s.reportBeside(ctx, a, c.Key, Payment{Payer: payer, Payee: payee, Agent: c.Agent, Purpose: ForCommission, Currency: cur.Code, Amount: c.Amount,
		Method: c.Method, ValueOn: c.ValueOn, BankAccount: c.BankAccount, Reference: c.Reference}, now)
}

// sides are who pays and who is paid.
func (c PayCommission) sides() (payer, payee id.ID) {
	if c.Back {
		return c.Agent, c.Principal
	}
	return c.Principal, c.Agent
}

// besideInvoices checks what a payment that settles no invoice (commission, a claim) says of itself; an amount of 0 is all that is due.
func besideInvoices(code string, amount money.Minor, method string, reference *string) (money.Currency, error) {
	cur, err := currency(code)
	if err != nil {
		return cur, err
	}
	if err = referred(reference); err != nil {
		return cur, err
	}
	switch {
	case amount < 0:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_positive"))
	case amount > maxAmount:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_too_large"))
	case !slices.Contains(Methods, method):
		err = errs.OnFields("payment.invalid", errs.F("method", "payment.unknown_method"))
	}
	return cur, err
}

// reportBeside files a payment that settles no invoice as reported: it moves nothing until it is confirmed.
func (s *Service) reportBeside(ctx context.Context, a access.Actor, k Key, v Payment, now clock.Instant) (Payment, error) {
	v.ID = s.DB.IDs.Next()
	v.Number, v.Status, v.ReportedBy, v.Version = "PAY-"+v.ID.String(), PayReported, a.Person, 1
	p := draft("payment.reported", fmt.Sprintf("payment/%d/report", v.ID), a.By(), v.ID, now, k)
	p.File(v.row()).Tell("payment.reported", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, k, p)
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
	payer, payee := c.sides()
	due, back, err := s.commissionDue(ctx, payee, payer, cur)
	if err != nil {
		return 0, err
	}
	waits, err := s.commissionReported(ctx, payer, payee, cur)
	if err != nil {
		return 0, err
	}
	left := due - back - waits
	switch {
	case left <= 0 && c.Back:
		return 0, errs.New(errs.Conflict, "commission.nothing_owed_back")
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

// commissionReported is the commission that one says to have paid the other, and that waits to be confirmed.
func (s *Service) commissionReported(ctx context.Context, payer, payee id.ID, c money.Currency) (sum money.Minor, err error) {
	err = s.DB.R(ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM payment WHERE payee = ? AND payer = ? AND purpose = ? AND status = ? AND currency = ?",
		payee, payer, ForCommission, PayReported, c.Code).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("reported commission: %w", err)
	}
	return sum, nil
}

// commissionDue is what the books say one owes the other of commission, and what that one owes back: of a principal who pays,
// what was earned and what fell away after it was paid; of an agent who pays back, the other way round.
func (s *Service) commissionDue(ctx context.Context, payee, payer id.ID, c money.Currency) (due, back money.Minor, err error) {
	if due, err = s.owed(ctx, payee, payer, c, ledger.Commission); err != nil {
		return 0, 0, err
	}
	back, err = s.owed(ctx, payer, payee, c, ledger.Commission)
	return due, back, err
}

// confirmCommission ends what the payer owes by what has arrived, and sets off what the payee owed it. The set-off is taken whole, so that of two payments confirmed at once neither counts on what the other has used.
func (s *Service) confirmCommission(ctx context.Context, a access.Actor, c Confirm, v Payment, cur money.Currency, at clock.Instant) (Payment, error) {
	if len(c.Allocate) > 0 {
		return Payment{}, errs.New(errs.Invalid, "commission.settles_no_invoice")
	}
	due, back, err := s.commissionDue(ctx, v.Payee, v.Payer, cur)
	if err != nil {
		return Payment{}, err
	}
	if v.Amount > due-back {
		return s.firstPayment(ctx, a, c.Key, moreThanDue(cur, due-back))
	}
	if err := s.sure(ctx, a, cur, v.Amount); err != nil {
		return Payment{}, err
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
