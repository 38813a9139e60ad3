package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/trade"
)

type invoicesIn struct {
	Paging
	Side      string `query:"side" enum:"seller,buyer,agent"`
	Status    string `query:"status" enum:"open,part,paid,credited,unpaid,to_pay" doc:"unpaid: open and part; to_pay: those of them that are not reported as paid to the last"`
	Kind      string `query:"kind" enum:"invoice,credit"`
	Partner   string `query:"partner" doc:"The other side's id"`
	Order     string `query:"order"`
	Currency  string `query:"currency"`
	DueBefore string `query:"due_before" doc:"Open and due before this date"`
}

func (a *API) listInvoices(ctx context.Context, who access.Actor, in *invoicesIn) (*page[Invoice], error) {
	p, err := a.Trade.Invoices(ctx, who, in.query("side", in.Side, "status", in.Status, "kind", in.Kind, "partner", in.Partner,
		"order", in.Order, "currency", in.Currency, "due_before", in.DueBefore))
	if err != nil {
		return nil, err
	}
	return listed(p, invoiceItem), nil
}

func invoiceItem(v trade.InvoiceItem) Invoice {
	w := invoiceWire(v.Invoice)
	w.Seller.Name, w.Buyer.Name = v.SellerName, v.BuyerName
	if w.Agent != nil {
		w.Agent.Name = v.AgentName
	}
	if v.Said != 0 {
		w.Reported = minor(v.Currency, v.Said)
	}
	return w
}

func (a *API) oneInvoice(ctx context.Context, who access.Actor, in *ByID) (*one[Invoice], error) {
	v, err := a.Trade.Invoice(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := invoiceItem(v.InvoiceItem)
	m := func(x money.Minor) string { return minor(v.Currency, x) }
	for _, l := range v.Lines {
		w.Lines = append(w.Lines, InvoiceLine{N: l.N, OrderLine: l.OrderLine, Product: l.Product, SKU: l.SKU, Name: l.Name, BaseUnit: l.BaseUnit,
			Qty: l.Qty.String(), Net: m(l.Net), TaxBase: m(l.TaxBase), Tax: m(l.Tax), Settled: m(l.Settled), Credited: l.Credited.String()})
	}
	for _, s := range v.Settlements {
		w.SettledBy = append(w.SettledBy, Settlement{s.Document, s.Number, s.Kind, string(s.On), m(s.Amount), s.Failed})
	}
	for _, x := range v.Reports {
		on := ReportOn{Payment: x.Payment, Number: x.Number, ValueOn: string(x.On), Amount: m(x.Amount), Reporter: x.ByName, Unnamed: x.Loose}
		if x.Early != 0 {
			on.Early = m(x.Early)
		}
		w.Reports = append(w.Reports, on)
	}
	return &one[Invoice]{httpx.ETag(v.Version), w}, nil
}

type paymentsIn struct {
	Paging
	Side     string `query:"side" enum:"seller,buyer,agent" doc:"seller is the payee"`
	Status   string `query:"status" enum:"reported,confirmed,rejected,bounced,applied,written_off"`
	Method   string `query:"method"`
	Purpose  string `query:"purpose" enum:"trade,commission,claim"`
	Partner  string `query:"partner"`
	Currency string `query:"currency"`
}

func (a *API) listPayments(ctx context.Context, who access.Actor, in *paymentsIn) (*page[Payment], error) {
	p, err := a.Trade.Payments(ctx, who, in.query("side", in.Side, "status", in.Status, "method", in.Method, "purpose", in.Purpose, "partner", in.Partner,
		"currency", in.Currency))
	if err != nil {
		return nil, err
	}
	return listed(p, paymentItem), nil
}

func paymentItem(v trade.PaymentItem) Payment {
	w := paymentWire(v.Payment)
	w.Payer.Name, w.Payee.Name = v.PayerName, v.PayeeName
	if w.Agent != nil {
		w.Agent.Name = v.AgentName
	}
	return w
}

func (a *API) onePayment(ctx context.Context, who access.Actor, in *ByID) (*one[Payment], error) {
	v, err := a.Trade.Payment(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := paymentItem(v.PaymentItem)
	for _, p := range v.Parts {
		w.Parts = append(w.Parts, PaymentPart{p.N, p.Kind, p.InvoiceID, p.Number, minor(v.Currency, p.Amount)})
	}
	return &one[Payment]{httpx.ETag(v.Version), w}, nil
}

// Exposure is what a buyer owes a seller and has been promised, and how far it may go.
type Exposure struct {
	Seller   Party  `json:"seller"`
	Buyer    Party  `json:"buyer"`
	Currency string `json:"currency"`
	Used     string `json:"used" doc:"Open invoices less deposits"`
	Held     string `json:"held,omitempty" doc:"Orders that are not invoiced, tax included. Left out in a look back, as are overdue, limit and free: the books have what was owed"`
	Limit    string `json:"limit,omitempty" doc:"Left out where there is none"`
	Free     string `json:"free,omitempty"`
	Open     string `json:"open" doc:"Of invoices"`
	Overdue  string `json:"overdue,omitempty"`
	Deposit  string `json:"deposit"`

	Claims     string `json:"claims" doc:"What the buyer owes the seller for goods that were lost; beside used"`
	ClaimsBack string `json:"claims_back" doc:"What the seller owes the buyer for goods that were lost; beside used"`
}

type exposuresIn struct {
	Paging
	Side    string `query:"side" enum:"seller,buyer" doc:"seller (what is owed to you) when left out"`
	Partner string `query:"partner"`
	LookBack
}

// LookBack asks for what was, in either time.
type LookBack struct {
	AsOf string `query:"asof" doc:"RFC 3339: as known at this moment, by the time of recording; now when left out"`
	At   string `query:"at" doc:"RFC 3339: what stood at this moment in the world, as known at asof; what was recorded late shows the difference"`
}

func (a *API) lookBack(ctx context.Context, in LookBack) (x trade.AsOf, err error) {
	var r reader
	moment, at := r.instant("asof", in.AsOf), r.instant("at", in.At)
	if err := r.err(); err != nil {
		return x, err
	}
	x.At = at
	x.Seq, err = a.seqAt(ctx, moment)
	return x, err
}

func (a *API) exposures(ctx context.Context, who access.Actor, in *exposuresIn) (*page[Exposure], error) {
	x, err := a.lookBack(ctx, in.LookBack)
	if err != nil {
		return nil, err
	}
	p, err := a.Trade.Exposures(ctx, who, in.query("side", in.Side, "partner", in.Partner), x)
	if err != nil {
		return nil, err
	}
	return listed(p, func(e trade.Exposure) Exposure {
		m := func(x money.Minor) string { return minor(e.Currency, x) }
		w := Exposure{Seller: Party{e.Seller, e.SellerName}, Buyer: Party{e.Buyer, e.BuyerName}, Currency: e.Currency, Used: m(e.Used),
			Open: m(e.Open), Deposit: m(e.Deposit), Claims: m(e.Claim), ClaimsBack: m(e.ClaimBack)}
		if !x.Now() {
			return w
		}
		w.Held, w.Overdue = m(e.Held), m(e.Overdue)
		if left, limited := e.Free(); limited && e.Limit < ledger.NoLimit {
			w.Limit, w.Free = m(e.Limit), m(left)
		}
		return w
	}), nil
}

// Statement is the account of a buyer with a seller.
type Statement struct {
	Seller   id.ID          `json:"seller"`
	Buyer    id.ID          `json:"buyer"`
	Currency string         `json:"currency"`
	From     string         `json:"from"`
	To       string         `json:"to"`
	Opening  string         `json:"opening"`
	Closing  string         `json:"closing"`
	Rows     []StatementRow `json:"rows"`
	Ageing   *Ageing        `json:"ageing,omitempty" doc:"None between a principal and its agent"`
}

// Ageing is what was open of invoices at the end of a statement, by how long it had been due.
type Ageing struct {
	NotDue string `json:"not_due"`
	To30   string `json:"to30" doc:"1 to 30 days overdue"`
	To60   string `json:"to60"`
	To90   string `json:"to90"`
	Beyond string `json:"beyond"`
	Open   string `json:"open" doc:"All of it; closing is this less deposits, and what is owed for lost goods"`
}

// StatementRow is one event of it.
type StatementRow struct {
	Seq      int64  `json:"seq" doc:"Of the journal"`
	At       string `json:"at"`
	On       string `json:"on"`
	Kind     string `json:"kind"`
	Document id.ID  `json:"document"`
	Number   string `json:"number"`
	Amount   string `json:"amount"`
	Balance  string `json:"balance"`
}

// StatementQuery names a statement.
type StatementQuery struct {
	Seller   ref    `query:"seller" required:"true"`
	Buyer    ref    `query:"buyer" required:"true"`
	Currency string `query:"currency" required:"true"`
	From     string `query:"from" required:"true" doc:"YYYY-MM-DD, included"`
	To       string `query:"to" required:"true" doc:"YYYY-MM-DD, included"`
	LookBack
}

func (a *API) statement(ctx context.Context, who access.Actor, in *StatementQuery) (*struct{ Body Statement }, error) {
	x, err := a.lookBack(ctx, in.LookBack)
	if err != nil {
		return nil, err
	}
	s, err := a.Trade.Statement(ctx, who, in.Seller.ID, in.Buyer.ID, in.Currency, clock.Date(in.From), clock.Date(in.To), x)
	if err != nil {
		return nil, err
	}
	m := func(x money.Minor) string { return minor(s.Currency, x) }
	out := &struct{ Body Statement }{Statement{Seller: s.Seller, Buyer: s.Buyer, Currency: s.Currency, From: string(s.From), To: string(s.To),
		Opening: m(s.Opening), Closing: m(s.Closing), Rows: make([]StatementRow, 0, len(s.Rows))}}
	for _, r := range s.Rows {
		out.Body.Rows = append(out.Body.Rows, StatementRow{r.Seq, instant(r.At), string(r.On), r.Kind, r.Document, r.Number, m(r.Amount), m(r.Balance)})
	}
	if g := s.Ageing; s.Aged {
		out.Body.Ageing = &Ageing{m(g[0]), m(g[1]), m(g[2]), m(g[3]), m(g[4]), m(g.Open())}
	}
	return out, nil
}
