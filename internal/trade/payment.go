package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Methods of payment.
var Methods = []string{"transfer", "va", "qris", "cash", "giro"}

// Report says that money was paid: by the buyer, by the seller's own finance, or by the agent who collected it, where its
// appointment lets it. It moves nothing until the payee confirms it.
//
// Right: payment report; the payer with a fresh factor, where the organisation asks for one. Errors: not_found, payment.currency, payment.may_not_collect, fields amount, method, value_on,
// bank_account, reference, allocate.
func (s *Service) Report(ctx context.Context, a access.Actor, c Report) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.report(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) report(ctx context.Context, a access.Actor, c Report) (Payment, error) {
	if c.Payer == 0 {
		c.Payer = a.Org
	}
	cur, err := c.check()
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	d, zone, err := s.paying(ctx, a, c, cur, now)
	if err != nil {
		return Payment{}, err
	}
	rel := access.RelOf(a.Org, c.Payee, c.Payer, d.Agent)
	if err := s.require(ctx, a, rel, "payment", "report"); err != nil {
		return Payment{}, err
	}
	switch {
	case rel == access.Agent && !(c.Collected && d.MayCollect), c.Collected && rel != access.Agent:
		return Payment{}, errs.New(errs.Forbidden, "payment.may_not_collect")
	}
	if c.ValueOn, err = valueDate(c.ValueOn, now.In(zone)); err != nil {
		return Payment{}, err
	}
	early, err := s.payable(ctx, c, cur)
	if err != nil {
		return Payment{}, err
	}
	if c.Payer == a.Org {
		if err := s.sure(ctx, a, cur, c.Amount); err != nil {
			return Payment{}, err
		}
	}
	no := s.DB.IDs.Next()
	v := Payment{ID: no, Number: "PAY-" + no.String(), Payer: c.Payer, Payee: c.Payee, Agent: d.Agent, Collected: c.Collected,
		Currency: cur.Code, Amount: c.Amount, Method: c.Method, ValueOn: c.ValueOn, BankAccount: c.BankAccount, Reference: c.Reference,
		Status: PayReported, ReportedBy: a.Person, Version: 1}
	p := draft("payment.reported", fmt.Sprintf("payment/%d/report", no), by(a, c.Payee, rel), no, now, c.Key)
	p.File(v.row())
	for i, x := range c.Allocate {
		p.File(Part{PaymentID: no, N: int64(i + 1), InvoiceID: x.Invoice, Kind: partAsked, Amount: x.Amount}.row())
		if off := early[x.Invoice]; off > 0 {
			p.File(paymentEarlyT.Row(no, x.Invoice, off))
		}
	}
	p.Tell("payment.reported", fmt.Sprintf(`{"payment":"%d"}`, no))
	return s.postPayment(ctx, a, c.Key, p)
}

func (c *Report) check() (money.Currency, error) {
	cur, err := currency(c.Currency)
	if err != nil {
		return cur, err
	}
	if err = referred(&c.Reference); err != nil {
		return cur, err
	}
	switch {
	case c.Payee == 0:
		err = errs.OnFields("payment.invalid", errs.F("payee", "required"))
	case c.Payer == c.Payee:
		err = errs.New(errs.Invalid, "payment.to_oneself")
	case c.Amount <= 0:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_positive"))
	case c.Amount > maxAmount:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_too_large"))
	case !slices.Contains(Methods, c.Method):
		err = errs.OnFields("payment.invalid", errs.F("method", "payment.unknown_method"))
	case len(c.Allocate) > 5000:
		err = errs.OnFields("payment.invalid", errs.F("allocate", "order.too_many_lines", "max", "5000"))
	}
	return cur, err
}

// valueDate is the date on which money counts: today where none is named, never in the future.
func valueDate(on, today clock.Date) (clock.Date, error) {
	if on == "" {
		return today, nil
	}
	if _, err := clock.ParseDate(string(on)); err != nil {
		return "", errs.OnFields("payment.invalid", errs.F("value_on", "date_malformed"))
	}
	if on > today {
		return "", errs.OnFields("payment.invalid", errs.F("value_on", "time_in_future"))
	}
	return on, nil
}

// paying finds the deal between payer and payee. A link that has ended leaves its debts: where no deal is in force, open
// invoices between the two stand in for it. The currency must be that of the deal or of an invoice.
func (s *Service) paying(ctx context.Context, a access.Actor, c Report, cur money.Currency, now clock.Instant) (Deal, string, error) {
	d, _, _, err := s.dealToday(ctx, a, c.Payee, c.Payer, now)
	if err == nil && d.Currency.Code == cur.Code {
		return d, d.Zone, nil
	}
	if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Invalid) {
		return Deal{}, "", err
	}
	var rows []Invoice
	if e := s.DB.R(ctx).Raw(`SELECT currency, agent FROM invoice WHERE seller = ? AND buyer = ? AND kind = 'invoice' AND status IN ('open','part') AND settled < total
		AND (seller = ? OR buyer = ? OR agent = ?) ORDER BY id`, c.Payee, c.Payer, a.Org, a.Org, a.Org).Scan(&rows).Error; e != nil {
		return Deal{}, "", fmt.Errorf("currencies of a pair: %w", e)
	}
	for _, v := range rows {
		if v.Currency == cur.Code {
			return Deal{Seller: c.Payee, Buyer: c.Payer, Agent: v.Agent, MayCollect: d.MayCollect}, a.Zone, nil
		}
	}
	if err != nil && len(rows) == 0 {
		return Deal{}, "", err
	}
	return Deal{}, "", errs.New(errs.Invalid, "payment.currency", "currency", cur.Code)
}

// payable checks what a report names: the payee's bank account, and invoices of this pair in this currency. It answers the discount that
// each of them earns by being paid early.
func (s *Service) payable(ctx context.Context, c Report, cur money.Currency) (early map[id.ID]money.Minor, err error) {
	if c.BankAccount != 0 {
		var n int64
		if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM bank_account WHERE id = ? AND org = ?", c.BankAccount, c.Payee).Scan(&n).Error; err != nil {
			return nil, fmt.Errorf("bank account: %w", err)
		}
		if n == 0 {
			return nil, errs.OnFields("payment.invalid", errs.F("bank_account", "payment.not_the_payees_account"))
		}
	}
	if len(c.Allocate) == 0 {
		return nil, nil
	}
	open := map[id.ID]openInvoice{}
	for _, x := range c.Allocate {
		v, err := s.invoiceOf(ctx, c.Payee, x.Invoice)
		if err != nil {
			return nil, err
		}
		if v.Seller != c.Payee || v.Buyer != c.Payer || v.Kind != KindInvoice {
			return nil, errs.Gone()
		}
		if v.Currency != cur.Code {
			return nil, errs.New(errs.Invalid, "payment.currency", "currency", cur.Code, "invoice", v.Number)
		}
		o := openInvoice{ID: v.ID, No: v.Number, Due: v.DueOn, Open: v.Open()}
		if x.Amount < o.Open {
			if o.Early, err = s.earlyOn(ctx, v, cur, c.ValueOn); err != nil {
				return nil, err
			}
		}
		open[v.ID] = o
	}
	parts, _, err := asTold(open, c.Allocate, c.Amount)
	early = map[id.ID]money.Minor{}
	for _, x := range parts {
		early[x.Invoice] = x.Discount
	}
	return early, err
}

// earlyOn is the discount that a payment of a value date earns on an invoice when it covers the rest.
func (s *Service) earlyOn(ctx context.Context, v Invoice, cur money.Currency, on clock.Date) (money.Minor, error) {
	d, err := s.termsOf(ctx, v)
	if err != nil || d.EarlyDays <= 0 || d.EarlyBps <= 0 {
		return 0, err
	}
	_, credited, err := s.creditedOf(ctx, v.ID)
	return earlyDiscount(cur, v.Total-credited, v.IssuedOn, on, d.EarlyDays, d.EarlyBps), err
}

// RejectPayment says that reported money did not arrive. Nothing had been moved.
//
// Right: payment confirm, as the payee. Errors: not_found, changed, payment.not_reported, field reason.
func (s *Service) RejectPayment(ctx context.Context, a access.Actor, c PayStep) (v Payment, err error) {
	if c.Reason, err = reasoned(c.Reason); err != nil {
		return Payment{}, err
	}
	err = s.decide(ctx, c.Version != 0, func() error {
		v, err = s.rejectPayment(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) rejectPayment(ctx context.Context, a access.Actor, c PayStep) (Payment, error) {
	v, err := s.payeesOwn(ctx, a, c.Payment, c.Version, PayReported)
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	p := draft("payment.rejected", fmt.Sprintf("payment/%d/reject", v.ID), a.By(), v.ID, s.Clock.Now(), c.Key)
	p.Advance(paymentT, v.ID, v.Version, set("status", v.Status, PayRejected), set("reason", v.Reason, c.Reason))
	p.Tell("payment.rejected", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, c.Key, p)
}

// payeesOwn reads a payment for its payee's finance, as it must stand for what is to be done.
func (s *Service) payeesOwn(ctx context.Context, a access.Actor, no id.ID, version int64, status string) (Payment, error) {
	v, err := s.paymentOf(ctx, a.Org, no)
	if err != nil {
		return v, err
	}
	rel := v.Rel(a.Org)
	if err := s.require(ctx, a, rel, "payment", "confirm"); err != nil {
		return v, err
	}
	if v.Payee != a.Org { // an agent's right to confirm is for what it is itself paid
		return v, errs.New(errs.Forbidden, "payment.payee_confirms")
	}
	if v.Status != status {
		code := map[string]string{PayReported: "payment.not_reported", PayConfirmed: "payment.not_confirmed"}[status]
		return v, errs.New(errs.Conflict, code, "status", v.Status)
	}
	return v, seen(version, v.Version)
}
