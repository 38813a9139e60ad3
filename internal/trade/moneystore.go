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
	"saluran/internal/qty"
)

// Invoice is an invoice, or a credit note (Kind "credit", Credits the invoice, amounts negative). Settled is what payments,
// deposits, discounts, credit notes and write-offs have settled of Total.
type Invoice struct {
	ID                   id.ID
	Number               string
	SerialNo             int64
	Kind                 string
	OrderID, Credits     id.ID
	Seller, Buyer, Agent id.ID
	Currency             string
	IssuedOn, DueOn      clock.Date
	Net, TaxBase, Tax    money.Minor
	Total, Settled       money.Minor
	Status               string // open, part, paid, credited
	Reason               string
	Version, Seq         int64
	Blind                bool `gorm:"-"` // who asked may not see money: amounts are zero
}

// Open is what is still owed on the invoice.
func (v Invoice) Open() money.Minor { return v.Total - v.Settled }

// Rel tells how an organisation stands to the invoice.
func (v Invoice) Rel(org id.ID) access.Rel { return access.RelOf(org, v.Seller, v.Buyer, v.Agent) }

// InvoiceLine is a line of an invoice: so many base units of an order line. Settled counts its net and tax together.
type InvoiceLine struct {
	InvoiceID         id.ID
	N                 int64
	OrderID           id.ID
	OrderLine         int64
	Product           id.ID
	Qty               qty.Qty
	Net, TaxBase, Tax money.Minor
	Settled           money.Minor
}

func (l InvoiceLine) amounts() amounts { return amounts{l.Net, l.TaxBase, l.Tax} }

// Kinds of invoices.
const (
	KindInvoice = "invoice"
	KindCredit  = "credit"
)

// Payment is money that is said to have been paid. Status is reported, confirmed, rejected or bounced for money; applied (a
// deposit set against invoices) and written_off are no money and stand here for what they settle.
type Payment struct {
	ID                      id.ID
	Number                  string
	Payer, Payee, Agent     id.ID
	Collected               bool   // the agent has the money and owes it to the payee
	Purpose                 string // trade; commission: between a principal and its Agent, who is Payee, or Payer where it pays back; claim: for goods that were lost, from buyer to seller or back
	Currency                string
	Amount                  money.Minor
	Method                  string
	ValueOn                 clock.Date
	BankAccount             id.ID
	Reference, Status       string
	Allocated, Deposited    money.Minor
	ReportedBy, ConfirmedBy id.ID
	ConfirmedUs             clock.Instant
	Reason                  string
	Version, Seq            int64
	Blind                   bool `gorm:"-"` // who asked may not see money: amounts are zero, and no account is named
}

// Statuses of payments.
const (
	PayReported   = "reported"
	PayConfirmed  = "confirmed"
	PayRejected   = "rejected"
	PayBounced    = "bounced"
	PayApplied    = "applied"
	PayWrittenOff = "written_off"
)

// What a payment is for.
const (
	ForTrade      = "trade"
	ForCommission = "commission"
	ForClaim      = "claim"
)

// Rel tells how an organisation stands to the payment: the payee is the seller. Of commission the principal is, whichever of
// the two pays: it is the side of its trade that the money belongs to.
func (v Payment) Rel(org id.ID) access.Rel {
	switch {
	case v.PaidBack():
		return access.RelOf(org, v.Payee, 0, v.Payer)
	case v.Purpose == ForCommission:
		return access.RelOf(org, v.Payer, 0, v.Payee)
	}
	return access.RelOf(org, v.Payee, v.Payer, v.Agent)
}

// PaidBack tells whether an agent pays commission back.
func (v Payment) PaidBack() bool { return v.Purpose == ForCommission && v.Agent == v.Payer }

// Part is what a payment settles. Kinds: asked (as reported, not yet true), invoice, discount, deposit, applied (from a
// deposit; negative where it was taken back), writeoff, refund, remittance, commission, claim, offset (a credit note of the pair that was
// for no invoice, against an invoice, or as a deposit; negative on the note). A discount or a write-off is negative where a credit note
// took its place.
type Part struct {
	PaymentID, InvoiceID id.ID
	N                    int64
	Kind                 string
	Amount               money.Minor
}

// Kinds of parts.
const (
	partAsked      = "asked"
	partInvoice    = "invoice"
	partDiscount   = "discount"
	partDeposit    = "deposit"
	partApplied    = "applied"
	partWriteOff   = "writeoff"
	partRefund     = "refund"
	partRemittance = "remittance"
	partCommission = "commission"
	partClaim      = "claim"
	partOffset     = "offset"
)

const invoiceCols = "id, number, serial_no, kind, order_id, credits, seller, buyer, agent, currency, issued_on, due_on, net, tax_base, tax, total, settled, status, reason, version, seq"
const paymentCols = "id, number, payer, payee, agent, collected, purpose, currency, amount, method, value_on, bank_account, reference, status, allocated, deposited, reported_by, confirmed_by, confirmed_us, reason, version, seq"

// invoiceOf reads an invoice that the viewer is a party of.
func (s *Service) invoiceOf(ctx context.Context, viewer, no id.ID) (v Invoice, err error) {
	var rows []Invoice
	err = s.DB.R(ctx).Raw("SELECT "+invoiceCols+" FROM invoice WHERE id = ? AND (seller = ? OR buyer = ? OR agent = ?)", no, viewer, viewer, viewer).Scan(&rows).Error
	if err != nil {
		return v, fmt.Errorf("read invoice %d: %w", no, err)
	}
	if len(rows) == 0 || viewer == 0 {
		return v, errs.Gone()
	}
	return rows[0], nil
}

func (s *Service) invoiceLines(ctx context.Context, invoice id.ID) (lines []InvoiceLine, err error) {
	err = s.DB.R(ctx).Raw("SELECT invoice_id, n, order_id, order_line, product, qty, net, tax_base, tax, settled FROM invoice_line WHERE invoice_id = ? ORDER BY n", invoice).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read lines of invoice %d: %w", invoice, err)
	}
	return lines, nil
}

// creditedOf is what credit notes have taken of an invoice, as positive amounts and quantities by its line number.
func (s *Service) creditedOf(ctx context.Context, invoice id.ID) (map[int64]InvoiceLine, money.Minor, error) {
	var lines []InvoiceLine
	err := s.DB.R(ctx).Raw(`SELECT l.n, l.qty, l.net, l.tax_base, l.tax FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id
		WHERE v.credits = ? AND v.kind = 'credit'`, invoice).Scan(&lines).Error
	if err != nil {
		return nil, 0, fmt.Errorf("credit notes of invoice %d: %w", invoice, err)
	}
	out := map[int64]InvoiceLine{}
	var sum money.Minor
	for _, l := range lines {
		c := out[l.N]
		c.Qty -= l.Qty
		c.Net, c.TaxBase, c.Tax = c.Net-l.Net, c.TaxBase-l.TaxBase, c.Tax-l.Tax
		out[l.N] = c
		sum -= l.Net + l.Tax
	}
	return out, sum, nil
}

// someOpen is how many open invoices of a pair are read at once.
const someOpen = 200

// openOf reads the invoices of a pair in a currency that are not settled, oldest due first: those after one, and no more than some.
// What an invoice's status says of its being settled is what the ledger's figures say: both are written by one post.
func (s *Service) openOf(ctx context.Context, seller, buyer id.ID, currency string, after Invoice) (open []Invoice, err error) {
	err = s.DB.R(ctx).Raw("SELECT "+invoiceCols+` FROM invoice WHERE seller = ? AND buyer = ? AND currency = ? AND kind = 'invoice' AND status IN ('open','part')
		AND settled < total AND (due_on > ? OR (due_on = ? AND id > ?)) ORDER BY due_on, id LIMIT ?`, seller, buyer, currency, after.DueOn, after.DueOn, after.ID, someOpen).Scan(&open).Error
	if err != nil {
		return nil, fmt.Errorf("open invoices: %w", err)
	}
	return open, nil
}

// eachOpen takes the open invoices of a pair one after the other, oldest due first, for as long as take wants more.
func (s *Service) eachOpen(ctx context.Context, seller, buyer id.ID, currency string, take func(Invoice) (more bool, err error)) error {
	var last Invoice
	for {
		some, err := s.openOf(ctx, seller, buyer, currency, last)
		if err != nil {
			return err
		}
		for _, inv := range some {
			if more, err := take(inv); err != nil || !more {
				return err
			}
		}
		if len(some) < someOpen {
			return nil
		}
		last = some[len(some)-1]
	}
}

// paymentOf reads a payment that the viewer is a party of.
func (s *Service) paymentOf(ctx context.Context, viewer, no id.ID) (v Payment, err error) {
	var rows []Payment
	err = s.DB.R(ctx).Raw("SELECT "+paymentCols+" FROM payment WHERE id = ? AND (payer = ? OR payee = ? OR agent = ?)", no, viewer, viewer, viewer).Scan(&rows).Error
	if err != nil {
		return v, fmt.Errorf("read payment %d: %w", no, err)
	}
	if len(rows) == 0 || viewer == 0 {
		return v, errs.Gone()
	}
	return rows[0], nil
}

func (s *Service) partsOf(ctx context.Context, payment id.ID) (parts []Part, err error) {
	err = s.DB.R(ctx).Raw("SELECT payment_id, invoice_id, n, kind, amount FROM payment_part WHERE payment_id = ? ORDER BY n", payment).Scan(&parts).Error
	if err != nil {
		return nil, fmt.Errorf("parts of payment %d: %w", payment, err)
	}
	return parts, nil
}

// owed is what debtor owes creditor for a purpose, as the books have it.
func (s *Service) owed(ctx context.Context, creditor, debtor id.ID, c money.Currency, why ledger.Purpose) (money.Minor, error) {
	var rows []money.Minor
	err := s.DB.R(ctx).Raw(`SELECT b.posted FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 2 AND a.unit = ? AND a.org = ?
		AND a.counterparty = ? AND a.purpose = ? AND a.side = 1`, c.ID, creditor, debtor, int16(why)).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0], nil
}

// row is the invoice as it is filed; number and serial may be placeholders.
func (v Invoice) row(number, serial any) ledger.Row {
	return invoiceT.Row(v.ID, number, serial, v.Kind, v.OrderID, v.Credits, v.Seller, v.Buyer, v.Agent, v.Currency, v.IssuedOn, v.DueOn,
		v.Net, v.TaxBase, v.Tax, v.Total, v.Settled, v.Status, v.Reason, v.Version)
}

func (l InvoiceLine) row() ledger.Row {
	return invoiceLineT.Row(l.InvoiceID, l.N, l.OrderID, l.OrderLine, l.Product, l.Qty, l.Net, l.TaxBase, l.Tax, l.Settled)
}

func (v Payment) row() ledger.Row {
	if v.Purpose == "" {
		v.Purpose = ForTrade
	}
	return paymentT.Row(v.ID, v.Number, v.Payer, v.Payee, v.Agent, v.Collected, v.Purpose, v.Currency, v.Amount, v.Method, v.ValueOn, v.BankAccount,
		v.Reference, v.Status, v.Allocated, v.Deposited, v.ReportedBy, v.ConfirmedBy, v.ConfirmedUs, v.Reason, v.Version)
}

func (v Part) row() ledger.Row {
	return paymentPartT.Row(v.PaymentID, v.N, v.InvoiceID, v.Kind, v.Amount)
}
