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

// PayClaim says that a claim for lost goods was paid: all that is due, or an amount; by the seller or by the buyer of those
// goods, whichever owes it. It moves nothing until the one who is paid confirms it with ConfirmPayment, who rejects or bounces it
// like any payment.
//
// Right: payment report, as the one who pays (a buyer's side) or is paid (a seller's). Errors: not_found (there never was a claim
// of the one on the other), claim.nothing_due, claim.more_than_due, fields amount, method, value_on, bank_account, reference.
func (s *Service) PayClaim(ctx context.Context, a access.Actor, c PayClaim) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.payClaim(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) payClaim(ctx context.Context, a access.Actor, c PayClaim) (Payment, error) {
	if c.Payer == 0 && c.Payee != a.Org {
		c.Payer = a.Org
	}
	if c.Payee == 0 && c.Payer != a.Org {
		c.Payee = a.Org
	}
	rel := access.RelOf(a.Org, c.Payee, c.Payer, 0)
	if rel == access.None || c.Payer == 0 || c.Payee == 0 || c.Payer == c.Payee {
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
	if c.Amount, err = s.payableClaim(ctx, c, cur); err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	if _, err := s.payable(ctx, Report{Payee: c.Payee, BankAccount: c.BankAccount}, cur); err != nil {
		return Payment{}, err
	}
	if c.Payer == a.Org {
		if err := s.sure(ctx, a, cur, c.Amount); err != nil {
			return Payment{}, err
		}
	}
	return s.reportBeside(ctx, a, c.Key, Payment{Payer: c.Payer, Payee: c.Payee, Purpose: ForClaim, Currency: cur.Code, Amount: c.Amount,
		Method: c.Method, ValueOn: c.ValueOn, BankAccount: c.BankAccount, Reference: c.Reference}, now)
}

// payableClaim is the amount that may be reported: what was named, or all that is due; what is reported already is not due twice.
func (s *Service) payableClaim(ctx context.Context, c PayClaim, cur money.Currency) (money.Minor, error) {
	var known int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT acct FROM account WHERE org = ? AND counterparty = ? AND book = 2 AND purpose = ? AND side = 1 LIMIT 1) x",
		c.Payee, c.Payer, int16(ledger.Claim)).Scan(&known).Error; err != nil {
		return 0, fmt.Errorf("claims between two: %w", err)
	}
	if known == 0 {
		return 0, errs.Gone()
	}
	due, err := s.owed(ctx, c.Payee, c.Payer, cur, ledger.Claim)
	if err != nil {
		return 0, err
	}
	waits, err := s.claimReported(ctx, c.Payer, c.Payee, cur)
	if err != nil {
		return 0, err
	}
	left := due - waits
	switch {
	case left <= 0:
		return 0, errs.New(errs.Conflict, "claim.nothing_due")
	case c.Amount > left:
		return 0, moreThanClaimed(cur, left)
	case c.Amount == 0:
		return left, nil
	}
	return c.Amount, nil
}

func moreThanClaimed(c money.Currency, due money.Minor) error {
	return errs.New(errs.Conflict, "claim.more_than_due", "due", c.Format(max(0, due)), "currency", c.Code)
}

// claimReported is what one says to have paid the other for claims, and that waits to be confirmed.
func (s *Service) claimReported(ctx context.Context, payer, payee id.ID, c money.Currency) (sum money.Minor, err error) {
	err = s.DB.R(ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM payment WHERE payee = ? AND payer = ? AND purpose = ? AND status = ? AND currency = ?",
		payee, payer, ForClaim, PayReported, c.Code).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("reported claims: %w", err)
	}
	return sum, nil
}

// confirmClaim ends what the payer owes for lost goods by what has arrived; more than that is refused.
func (s *Service) confirmClaim(ctx context.Context, a access.Actor, c Confirm, v Payment, cur money.Currency, at clock.Instant) (Payment, error) {
	if len(c.Allocate) > 0 {
		return Payment{}, errs.New(errs.Invalid, "claim.settles_no_invoice")
	}
	due, err := s.owed(ctx, v.Payee, v.Payer, cur, ledger.Claim)
	if err != nil {
		return Payment{}, err
	}
	if v.Amount > due {
		return s.firstPayment(ctx, a, c.Key, moreThanClaimed(cur, due))
	}
	if err := s.sure(ctx, a, cur, v.Amount); err != nil {
		return Payment{}, err
	}
	p := draft("payment.confirmed", fmt.Sprintf("payment/%d/confirm", v.ID), a.By(), v.ID, at, c.Key).OrElse(moved)
	p.Owe(v.Payee, v.Payer, cur, ledger.Claim, -v.Amount)
	moneyIn(p, v, cur, v.Amount)
	p.File(Part{PaymentID: v.ID, N: 1, Kind: partClaim, Amount: v.Amount}.row())
	p.Advance(paymentT, v.ID, v.Version, set("status", v.Status, PayConfirmed), set("allocated", v.Allocated, v.Amount),
		set("confirmed_by", v.ConfirmedBy, a.Person), set("confirmed_us", v.ConfirmedUs, at))
	p.Tell("payment.confirmed", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, c.Key, p)
}
