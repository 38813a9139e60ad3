package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// Invoice as the API shows it; a credit note has negative amounts.
type Invoice struct {
	ID        id.ID         `json:"id"`
	Number    string        `json:"number"`
	Kind      string        `json:"kind" enum:"invoice,credit"`
	Order     id.ID         `json:"order,omitempty"`
	Credits   id.ID         `json:"credits,omitempty" doc:"The invoice that a credit note credits"`
	Seller    Party         `json:"seller"`
	Buyer     Party         `json:"buyer"`
	Agent     *Party        `json:"agent,omitempty"`
	Currency  string        `json:"currency"`
	IssuedOn  string        `json:"issued_on" format:"date"`
	DueOn     string        `json:"due_on" format:"date"`
	Net       string        `json:"net,omitempty" doc:"Amounts are left out for those who may issue invoices and not read them"`
	TaxBase   string        `json:"tax_base,omitempty"`
	Tax       string        `json:"tax,omitempty"`
	Total     string        `json:"total,omitempty"`
	Settled   string        `json:"settled,omitempty" doc:"What payments, deposits, discounts, credit notes and write-offs have settled"`
	Open      string        `json:"open,omitempty"`
	Reported  string        `json:"reported,omitempty" doc:"Of what is open: reported as paid, not matched yet. Left out where nothing is, and where payments may not be read"`
	Status    string        `json:"status"`
	Reason    string        `json:"reason,omitempty"`
	Version   int64         `json:"version"`
	Lines     []InvoiceLine `json:"lines,omitempty"`
	SettledBy []Settlement  `json:"settled_by,omitempty"`
	Reports   []ReportOn    `json:"reports,omitempty" doc:"Payments that wait to be matched and are, or may be, for this invoice; the first twenty"`
}

// ReportOn is a payment that waits to be matched.
type ReportOn struct {
	Payment  id.ID  `json:"payment"`
	Number   string `json:"number"`
	ValueOn  string `json:"value_on" format:"date"`
	Amount   string `json:"amount" doc:"What is reported for this invoice; all of the payment where it names none"`
	Reporter string `json:"reporter" doc:"The organisation that reported it"`
	Early    string `json:"early,omitempty" doc:"The discount that it earns on this invoice by being early: it is not left to pay while the report waits"`
	Unnamed  bool   `json:"unnamed,omitempty" doc:"It names no invoice: it is for the oldest due first"`
}

// Settlement is one thing that settled (a part of) an invoice.
type Settlement struct {
	Document id.ID  `json:"document"`
	Number   string `json:"number"`
	Kind     string `json:"kind" doc:"invoice, discount, applied, writeoff, credit"`
	On       string `json:"on"`
	Amount   string `json:"amount"`
	Failed   bool   `json:"failed,omitempty" doc:"The payment bounced: it settles nothing any more"`
}

// InvoiceLine as the API shows it.
type InvoiceLine struct {
	N         int64  `json:"n"`
	OrderLine int64  `json:"order_line"`
	Product   id.ID  `json:"product"`
	SKU       string `json:"sku,omitempty"`
	Name      string `json:"name,omitempty"`
	BaseUnit  string `json:"base_unit,omitempty"`
	Qty       string `json:"qty"`
	Net       string `json:"net"`
	TaxBase   string `json:"tax_base"`
	Tax       string `json:"tax"`
	Settled   string `json:"settled"`
	Credited  string `json:"credited" doc:"What credit notes have taken of it"`
}

func invoiceWire(v trade.Invoice) Invoice {
	m := shownMoney(v.Currency, v.Blind)
	return Invoice{ID: v.ID, Number: v.Number, Kind: v.Kind, Order: v.OrderID, Credits: v.Credits, Seller: Party{ID: v.Seller},
		Buyer: Party{ID: v.Buyer}, Agent: maybe(v.Agent, ""), Currency: v.Currency, IssuedOn: string(v.IssuedOn), DueOn: string(v.DueOn), Net: m(v.Net), TaxBase: m(v.TaxBase), Tax: m(v.Tax),
		Total: m(v.Total), Settled: m(v.Settled), Open: m(v.Open()), Status: v.Status, Reason: v.Reason, Version: v.Version}
}

// shownMoney tells amounts of a currency, or nothing where they may not be seen.
func shownMoney(currency string, blind bool) func(money.Minor) string {
	return func(x money.Minor) string {
		if blind {
			return ""
		}
		return minor(currency, x)
	}
}

func oneInvoice(v trade.Invoice, err error) (*one[Invoice], error) {
	if err != nil {
		return nil, err
	}
	return &one[Invoice]{httpx.ETag(v.Version), invoiceWire(v)}, nil
}

// Payment as the API shows it.
type Payment struct {
	ID          id.ID         `json:"id"`
	Number      string        `json:"number"`
	Payer       Party         `json:"payer"`
	Payee       Party         `json:"payee"`
	Agent       *Party        `json:"agent,omitempty"`
	Collected   bool          `json:"collected,omitempty" doc:"The agent has the money and owes it to the payee"`
	Purpose     string        `json:"purpose" enum:"trade,commission,claim"`
	Currency    string        `json:"currency"`
	Amount      string        `json:"amount,omitempty" doc:"Amounts are left out for those who may report payments and not read them"`
	Method      string        `json:"method"`
	ValueOn     string        `json:"value_on"`
	BankAccount id.ID         `json:"bank_account,omitempty"`
	Reference   string        `json:"reference,omitempty"`
	Status      string        `json:"status"`
	Allocated   string        `json:"allocated,omitempty"`
	Deposited   string        `json:"deposited,omitempty"`
	ConfirmedAt string        `json:"confirmed_at,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Version     int64         `json:"version"`
	Parts       []PaymentPart `json:"parts,omitempty"`
}

// PaymentPart is what a payment settles.
type PaymentPart struct {
	N       int64  `json:"n"`
	Kind    string `json:"kind"`
	Invoice id.ID  `json:"invoice,omitempty"`
	Number  string `json:"number,omitempty" doc:"Of the invoice"`
	Amount  string `json:"amount"`
}

func paymentWire(v trade.Payment) Payment {
	m := shownMoney(v.Currency, v.Blind)
	return Payment{ID: v.ID, Number: v.Number, Payer: Party{ID: v.Payer}, Payee: Party{ID: v.Payee}, Agent: maybe(v.Agent, ""),
		Collected: v.Collected, Purpose: v.Purpose, Currency: v.Currency, Amount: m(v.Amount), Method: v.Method, ValueOn: string(v.ValueOn), BankAccount: v.BankAccount, Reference: v.Reference, Status: v.Status,
		Allocated: m(v.Allocated), Deposited: m(v.Deposited), ConfirmedAt: instant(v.ConfirmedUs), Reason: v.Reason, Version: v.Version}
}

func onePayment(v trade.Payment, err error) (*one[Payment], error) {
	if err != nil {
		return nil, err
	}
	return &one[Payment]{httpx.ETag(v.Version), paymentWire(v)}, nil
}

func (a *API) moneyRoutes() {
	handle(a, made(post("issue-invoice", "/invoices", "Invoices", "Invoice an order")), a.invoice)
	handle(a, get("list-invoices", "/invoices", "Invoices", "The invoices and credit notes that your organisation is a party of"), a.listInvoices)
	handle(a, get("invoice", "/invoices/{id}", "Invoices", "An invoice with its lines"), a.oneInvoice)
	handle(a, made(step("credit-invoice", "/invoices/{id}/credit-notes", "Invoices", "Credit an invoice: without lines it is taken back, and its goods may be invoiced anew; lines that are named the buyer is let off")), a.credit)
	handle(a, step("write-off-invoice", "/invoices/{id}/write-off", "Invoices", "Forgive what is open of an invoice"), a.writeOff)
	handle(a, made(post("report-payment", "/payments", "Payments", "Say that money was paid")), a.report)
	handle(a, get("list-payments", "/payments", "Payments", "The payments that your organisation is a party of"), a.listPayments)
	handle(a, get("payment", "/payments/{id}", "Payments", "A payment with what it settles"), a.onePayment)
	handle(a, step("confirm-payment", "/payments/{id}/confirm", "Payments", "Say that the money has arrived, as the payee"), a.confirmPayment)
	handle(a, step("reject-payment", "/payments/{id}/reject", "Payments", "Say that the money did not arrive"), payStep(a, (*trade.Service).RejectPayment))
	handle(a, step("bounce-payment", "/payments/{id}/bounce", "Payments", "Say that confirmed money failed: the debt stands again"), payStep(a, (*trade.Service).Bounce))
	handle(a, get("list-exposures", "/exposures", "Payments", "What partners owe and have been promised, and how far they may go"), a.exposures)
	handle(a, get("statement", "/statement", "Payments", "The account of a buyer with a seller"), a.statement)
	handle(a, made(post("apply-deposit", "/deposits/apply", "Payments", "Settle invoices out of a deposit")), a.apply)
	handle(a, made(post("refund-deposit", "/deposits/refund", "Payments", "Pay a deposit back to the buyer")), a.refund)
	handle(a, made(post("remit-collection", "/collections/remit", "Payments", "Say that an agent has handed over what it collected")), a.remit)
	a.heldRoutes()
	a.commissionRoutes()
	handle(a, made(post("pay-claim", "/claims/payments", "Payments", "Say that a claim for lost goods was paid; whoever is paid confirms it as a payment")), a.payClaim)
	a.points()
}

// Allocation settles an invoice by an amount.
type Allocation struct {
	Invoice id.ID  `json:"invoice"`
	Amount  string `json:"amount"`
}

func (r *reader) allocations(c money.Currency, in []Allocation) []trade.Allocation {
	if in == nil {
		return nil
	}
	out := []trade.Allocation{} // an empty list is not one that was left out
	for i, l := range in {
		out = append(out, trade.Allocation{Invoice: l.Invoice, Amount: r.money(at("allocate", i, "amount"), c, l.Amount)})
	}
	return out
}

// amount reads an amount that may be left out.
func (r *reader) amount(path string, c money.Currency, s string) money.Minor {
	if s == "" {
		return 0
	}
	return r.money(path, c, s)
}

type creditIn struct {
	ByID
	Body struct {
		Lines  []LineQty `json:"lines,omitempty" maxItems:"5000" doc:"Lines of the invoice; all that is left of it when left out"`
		Reason string    `json:"reason"`
		On     string    `json:"on,omitempty"`
	}
}

func (a *API) credit(ctx context.Context, who access.Actor, in *creditIn) (*one[Invoice], error) {
	var r reader
	req := httpx.Of(ctx)
	c := trade.Credit{Key: trade.Key(req.Key), Invoice: in.ID.ID, Version: req.IfMatch, Lines: r.billLines(in.Body.Lines), Reason: in.Body.Reason,
		On: r.date("on", in.Body.On)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Credit(ctx, who, c)
	return oneInvoice(v, err)
}

// Reporting says that money was paid.
type Reporting struct {
	Payer       id.ID        `json:"payer,omitempty" doc:"Your organisation when left out"`
	Payee       id.ID        `json:"payee"`
	Currency    string       `json:"currency" example:"IDR"`
	Amount      string       `json:"amount"`
	Method      string       `json:"method" enum:"transfer,va,qris,cash,giro"`
	ValueOn     string       `json:"value_on,omitempty" doc:"YYYY-MM-DD"`
	BankAccount id.ID        `json:"bank_account,omitempty" doc:"Of the payee"`
	Reference   string       `json:"reference,omitempty"`
	Collected   bool         `json:"collected,omitempty" doc:"An agent collected it for the payee"`
	Allocate    []Allocation `json:"allocate,omitempty" maxItems:"1000" doc:"Which invoices it is for; the oldest first when left out"`
}

func (a *API) report(ctx context.Context, who access.Actor, in *struct{ Body Reporting }) (*one[Payment], error) {
	var r reader
	b := in.Body
	cur := r.currency("currency", b.Currency)
	c := trade.Report{Key: trade.Key(httpx.Of(ctx).Key), Payer: b.Payer, Payee: b.Payee, Currency: b.Currency, Amount: r.money("amount", cur, b.Amount),
		Method: b.Method, ValueOn: r.date("value_on", b.ValueOn), BankAccount: b.BankAccount, Reference: b.Reference, Collected: b.Collected,
		Allocate: r.allocations(cur, b.Allocate)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Report(ctx, who, c)
	return onePayment(v, err)
}

type confirmIn struct {
	ByID
	Body struct {
		Currency string       `json:"currency,omitempty" doc:"Of the amounts to allocate"`
		Allocate []Allocation `json:"allocate,omitempty" maxItems:"1000" doc:"As reported, else the oldest first, when left out; the rest is a deposit"`
		At       string       `json:"at,omitempty"`
	}
}

func (a *API) confirmPayment(ctx context.Context, who access.Actor, in *confirmIn) (*one[Payment], error) {
	var r reader
	req := httpx.Of(ctx)
	c := trade.Confirm{Key: trade.Key(req.Key), Payment: in.ID.ID, Version: req.IfMatch, At: r.instant("at", in.Body.At)}
	if c.Allocate = r.allocations(money.Currency{}, in.Body.Allocate[:0]); len(in.Body.Allocate) > 0 { // none is told, too: all of it a deposit
		if in.Body.Currency == "" {
			return nil, errs.OnFields("request.fields", errs.F("currency", "field.required"))
		}
		c.Allocate = r.allocations(r.currency("currency", in.Body.Currency), in.Body.Allocate)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.ConfirmPayment(ctx, who, c)
	return onePayment(v, err)
}

type payDo func(*trade.Service, context.Context, access.Actor, trade.PayStep) (trade.Payment, error)

func payStep(a *API, do payDo) func(context.Context, access.Actor, *onOrderBecause) (*one[Payment], error) {
	return func(ctx context.Context, who access.Actor, in *onOrderBecause) (*one[Payment], error) {
		r := httpx.Of(ctx)
		v, err := do(a.Trade, ctx, who, trade.PayStep{Key: trade.Key(r.Key), Payment: in.ID.ID, Version: r.IfMatch, Reason: in.Body.Reason})
		return onePayment(v, err)
	}
}
