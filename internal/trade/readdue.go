package trade

import (
	"context"
	"fmt"
	"math"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
)

// Invoice shows an invoice or credit note to one of its parties.
func (s *Service) Invoice(ctx context.Context, a access.Actor, no id.ID) (InvoiceView, error) {
	v, err := s.invoiceOf(ctx, a.Org, no)
	if err != nil {
		return InvoiceView{}, err
	}
	if err := s.require(ctx, a, v.Rel(a.Org), "invoice", "read"); err != nil {
		return InvoiceView{}, err
	}
	out := InvoiceView{InvoiceItem: InvoiceItem{Invoice: v}}
	var names []struct{ SellerName, BuyerName, AgentName, OrderNumber string }
	err = s.DB.R(ctx).Raw(`SELECT COALESCE(x.name, '') AS seller_name, COALESCE(y.name, '') AS buyer_name, COALESCE(g.name, '') AS agent_name,
		COALESCE(o.number, '') AS order_number FROM invoice v LEFT JOIN org x ON x.id = v.seller LEFT JOIN org y ON y.id = v.buyer
		LEFT JOIN org g ON g.id = v.agent LEFT JOIN orders o ON o.id = v.order_id WHERE v.id = ? AND v.seller = ? AND v.buyer = ?`, v.ID, v.Seller, v.Buyer).Scan(&names).Error
	if err != nil {
		return out, fmt.Errorf("names of invoice %d: %w", no, err)
	}
	for _, n := range names {
		out.SellerName, out.BuyerName, out.AgentName, out.OrderNumber = n.SellerName, n.BuyerName, n.AgentName, n.OrderNumber
	}
	err = s.DB.R(ctx).Raw(`SELECT l.invoice_id, l.n, l.order_id, l.order_line, l.product, l.qty, l.net, l.tax_base, l.tax, l.settled,
		COALESCE(p.sku, '') AS sku, COALESCE(p.name, '') AS name, COALESCE(p.base_unit, '') AS base_unit
		FROM invoice_line l LEFT JOIN product p ON p.id = l.product WHERE l.invoice_id = ? ORDER BY l.n`, v.ID).Scan(&out.Lines).Error
	if err != nil {
		return out, fmt.Errorf("lines of invoice %d: %w", no, err)
	}
	credited, _, err := s.creditedOf(ctx, v.ID)
	if err != nil {
		return out, err
	}
	for i := range out.Lines {
		out.Lines[i].Credited = credited[out.Lines[i].N].Qty
	}
	if out.Settlements, err = s.settlements(ctx, v.ID); err != nil {
		return out, err
	}
	one := []InvoiceItem{out.InvoiceItem}
	if err := s.said(ctx, a, one); err != nil {
		return out, err
	}
	out.InvoiceItem = one[0]
	out.Reports, err = s.reportsOn(ctx, a, out.InvoiceItem)
	return out, err
}

// settlements are what settled an invoice, in the order of the book.
func (s *Service) settlements(ctx context.Context, invoice id.ID) (out []Settlement, err error) {
	err = s.DB.R(ctx).Raw(`SELECT p.id AS document, p.number, x.kind, p.value_on AS `+"`on`"+`, x.amount, CASE WHEN p.status = 'bounced' AND x.amount > 0 THEN 1 ELSE 0 END AS failed, x.seq
		FROM payment_part x JOIN payment p ON p.id = x.payment_id WHERE x.invoice_id = ? AND x.kind <> 'asked'
		UNION ALL SELECT c.id, c.number, 'credit', c.issued_on, -c.total, 0, c.seq FROM invoice c WHERE c.credits = ? AND c.kind = 'credit'
		ORDER BY seq`, invoice, invoice).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("what settled invoice %d: %w", invoice, err)
	}
	return out, nil
}

// Payment shows a payment to one of its parties.
func (s *Service) Payment(ctx context.Context, a access.Actor, no id.ID) (PaymentView, error) {
	v, err := s.paymentOf(ctx, a.Org, no)
	if err != nil {
		return PaymentView{}, err
	}
	if err := s.require(ctx, a, v.Rel(a.Org), "payment", "read"); err != nil {
		return PaymentView{}, err
	}
	var out PaymentView
	if err := s.DB.R(ctx).Raw(paymentSelect+" WHERE v.id = ? AND (v.payer = ? OR v.payee = ? OR v.agent = ?)", no, a.Org, a.Org, a.Org).Scan(&out.PaymentItem).Error; err != nil {
		return out, fmt.Errorf("payment %d: %w", no, err)
	}
	err = s.DB.R(ctx).Raw(`SELECT x.payment_id, x.invoice_id, x.n, x.kind, x.amount, COALESCE(i.number, '') AS number
		FROM payment_part x LEFT JOIN invoice i ON i.id = x.invoice_id WHERE x.payment_id = ? ORDER BY x.n`, no).Scan(&out.Parts).Error
	if err != nil {
		return out, fmt.Errorf("parts of payment %d: %w", no, err)
	}
	return out, nil
}

// Exposure is what a buyer owes and has been promised by a seller, and how far it may go. Used is open invoices less deposits;
// Held is orders that are not invoiced, tax included.
type Exposure struct {
	Seller, Buyer         id.ID
	SellerName, BuyerName string
	Currency              string
	Used, Held, Limit     money.Minor // Limit is ledger.NoLimit for none
	Open, Overdue         money.Minor // of invoices
	Deposit               money.Minor
	Claim, ClaimBack      money.Minor // for lost goods: what the buyer owes the seller, and the seller the buyer; in nothing else
}

// Free is how much more may be ordered; ok is false where there is no limit.
func (e Exposure) Free() (left money.Minor, ok bool) {
	return max(0, e.Limit-e.Used-e.Held), e.Limit < ledger.NoLimit
}

// Exposures lists what the partners of the acting organisation owe it (side seller, the default) or what it owes them (side
// buyer), by partner's id. Filter: side, partner (id). An agent has none; see CommissionBalances.
func (s *Service) Exposures(ctx context.Context, a access.Actor, q list.Query, x AsOf) (list.Page[Exposure], error) {
	side, cut, err := s.counters(ctx, a, q)
	out := list.Page[Exposure]{Items: []Exposure{}, Next: cut.Next}
	if err != nil || side == "" {
		return out, err
	}
	if x.Now() {
		out.Items, err = s.exposures(ctx, side, cut.Items, a.Org, s.Clock.Now().In(a.Zone))
	} else {
		out.Items, err = s.exposuresAt(ctx, side, cut.Items, a.Org, x)
	}
	if err != nil {
		return list.Page[Exposure]{}, err
	}
	return out, s.withClaims(ctx, a.Org, side, cut.Items, out.Items, x)
}

// CreditLines is the counters of Exposures alone: how far partners may go, without the invoices and deposits that they are made of.
func (s *Service) CreditLines(ctx context.Context, a access.Actor, q list.Query) ([]Exposure, error) {
	_, cut, err := s.counters(ctx, a, q)
	var out []Exposure
	for _, r := range cut.Items {
		out = append(out, r.counter())
	}
	return out, err
}

// counters reads a page of counters, and on which side of them the acting organisation stands; "" for an agent, who has none: nobody owes
// it for goods, what it is owed is commission.
func (s *Service) counters(ctx context.Context, a access.Actor, q list.Query) (side string, cut list.Page[exposureRow], err error) {
	side, other, rel := "seller", "bill_to", access.Seller
	if q.Filter["side"] == string(access.Buyer) {
		side, other, rel = "bill_to", "seller", access.Buyer
	}
	if a.Kind == "agent" {
		return "", cut, s.require(ctx, a, access.Agent, "invoice", "read")
	}
	if err := s.require(ctx, a, rel, "invoice", "read"); err != nil {
		return "", cut, err
	}
	w := &where{}
	w.and("e."+side+" = ?", a.Org)
	if err := w.id(q.Filter, "partner", "e."+other); err != nil {
		return "", cut, err
	}
	k, ok, err := q.After()
	if err != nil {
		return "", cut, err
	}
	if ok {
		w.and("(e."+other+" > ? OR (e."+other+" = ? AND e.currency > ?))", k.ID, k.ID, k.V)
	}
	var rows []exposureRow
	err = s.DB.R(ctx).Raw(`SELECT e.seller, e.bill_to, e.currency, e.used, e.held, e.limit_amt, COALESCE(x.name, '') AS seller_name,
		COALESCE(y.name, '') AS buyer_name FROM exposure e LEFT JOIN org x ON x.id = e.seller LEFT JOIN org y ON y.id = e.bill_to`+
		w.sql()+" ORDER BY e."+other+", e.currency LIMIT ?", append(w.args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return "", cut, fmt.Errorf("list exposures: %w", err)
	}
	return side, list.Cut(rows, q.Limit(), func(r exposureRow) list.Key {
		return list.Key{ID: int64(r.partner(rel)), V: r.Currency}
	}), nil
}

type exposureRow struct {
	Seller, BillTo        id.ID
	SellerName, BuyerName string
	Currency              int64
	Used, Held, LimitAmt  money.Minor
}

func (r exposureRow) partner(rel access.Rel) id.ID {
	if rel == access.Buyer {
		return r.Seller
	}
	return r.BillTo
}

// counter is what the counter says by itself.
func (r exposureRow) counter() Exposure {
	return Exposure{Seller: r.Seller, Buyer: r.BillTo, SellerName: r.SellerName, BuyerName: r.BuyerName, Currency: money.ByID(r.Currency).Code, Used: r.Used, Held: r.Held, Limit: r.LimitAmt}
}

// exposures adds to counters of one organisation what they are made of: open invoices and deposits, each by one question for all
// of its partners. side is the column in which the organisation stands, seller or bill_to.
func (s *Service) exposures(ctx context.Context, side string, rows []exposureRow, org id.ID, today clock.Date) ([]Exposure, error) {
	out := []Exposure{}
	if len(rows) == 0 {
		return out, nil
	}
	// a deposit is owed to the buyer: its account is the buyer's, with the seller as counterparty
	mine, theirs, own, partner := "seller", "buyer", "a.counterparty", "a.org"
	partners := make([]id.ID, len(rows))
	for i, r := range rows {
		partners[i] = r.BillTo
		if side != "seller" {
			partners[i] = r.Seller
		}
	}
	if side != "seller" {
		mine, theirs, own, partner = "buyer", "seller", "a.org", "a.counterparty"
	}
	type key struct {
		partner  id.ID
		currency string
	}
	var sums []struct {
		Partner       id.ID
		Currency      string
		Open, Overdue money.Minor
	}
	err := s.DB.R(ctx).Raw("SELECT "+theirs+` AS partner, currency, SUM(total - settled) AS open, SUM(CASE WHEN due_on < ? THEN total - settled ELSE 0 END) AS overdue
		FROM invoice WHERE `+mine+" = ? AND "+theirs+" IN ? AND kind = 'invoice' AND status IN ('open','part') AND settled < total GROUP BY "+theirs+", currency", today, org, partners).Scan(&sums).Error
	if err != nil {
		return nil, fmt.Errorf("open invoices of %d: %w", org, err)
	}
	open := map[key]int{}
	for i, x := range sums {
		open[key{x.Partner, x.Currency}] = i
	}
	var deposits []struct {
		Partner id.ID
		Unit    int64
		Posted  money.Minor
	}
	err = s.DB.R(ctx).Raw("SELECT "+partner+" AS partner, a.unit, b.posted FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 2 AND a.purpose = ? AND a.side = 1 AND "+
		own+" = ? AND "+partner+" IN ?", int16(ledger.Deposit), org, partners).Scan(&deposits).Error
	if err != nil {
		return nil, fmt.Errorf("deposits of %d: %w", org, err)
	}
	left := map[key]money.Minor{}
	for _, d := range deposits {
		left[key{d.Partner, money.ByID(d.Unit).Code}] += d.Posted
	}
	for i, r := range rows {
		e := r.counter()
		e.Deposit = left[key{partners[i], e.Currency}]
		if n, ok := open[key{partners[i], e.Currency}]; ok {
			e.Open, e.Overdue = sums[n].Open, sums[n].Overdue
		}
		out = append(out, e)
	}
	return out, nil
}

// StatementRow is one event between two organisations: Amount raises (invoice) or lowers (payment, credit note) what the buyer
// owes, deposits deducted; Balance is what it owes afterwards.
type StatementRow struct {
	Seq      int64
	At       clock.Instant
	On       clock.Date
	Kind     string // of the journal: order.invoiced, payment.confirmed, …
	Document id.ID
	Number   string
	Amount   money.Minor
	Balance  money.Minor
}

// Statement is the account of a buyer with a seller in a currency.
type Statement struct {
	Seller, Buyer    id.ID
	Currency         string
	From, To         clock.Date
	Opening, Closing money.Minor
	Rows             []StatementRow
	Aged             bool   // not between a principal and its agent, who owe each other no invoices
	Ageing           Ageing // of what was open at the end of To; Closing is it less deposits, and what is owed for lost goods
}

// MaxStatement is how many events one statement may have; a longer period is refused.
const MaxStatement = 20000

// Statement reads the account of a buyer with a seller out of the books, both days included, by the seller's business dates.
// The acting organisation is one of the two. That of an agent (as the buyer) with its principal is what it collected less the
// commission that is due to it. x cuts it off in either time. Errors: not_found, statement.too_long, fields from, to.
func (s *Service) Statement(ctx context.Context, a access.Actor, seller, buyer id.ID, code string, from, to clock.Date, x AsOf) (Statement, error) {
	rel := access.RelOf(a.Org, seller, buyer, 0)
	if rel == access.None {
		return Statement{}, errs.Gone()
	}
	zone, agents, err := s.pairOf(ctx, seller, buyer)
	if err != nil {
		return Statement{}, err
	}
	switch {
	case a.Kind == "agent":
		rel = access.Agent
	case agents:
		rel = access.Seller // a principal, on whichever side it was named
	}
	if err := s.require(ctx, a, rel, "invoice", "read"); err != nil {
		return Statement{}, err
	}
	c, err := currency(code)
	if err != nil {
		return Statement{}, err
	}
	if _, err := clock.ParseDate(string(from)); err != nil {
		return Statement{}, errs.OnFields("statement.invalid", errs.F("from", "date_malformed"))
	}
	if _, err := clock.ParseDate(string(to)); err != nil || to < from {
		return Statement{}, errs.OnFields("statement.invalid", errs.F("to", "date_malformed"))
	}
	out := Statement{Seller: seller, Buyer: buyer, Currency: c.Code, From: from, To: to}
	start, end := clock.At(midnight(from, zone)), clock.At(midnight(to.AddDays(1), zone))
	seq, at := x.until()
	at = min(at, math.MaxInt64-1) // the moment itself counts
	end = min(end, at+1)
	if out.Opening, err = s.accountBefore(ctx, seller, buyer, c, min(start, at+1), seq); err != nil {
		return out, err
	}
	if out.Rows, err = s.accountRows(ctx, seller, buyer, c, start, end, seq); err != nil {
		return out, err
	}
	if len(out.Rows) > MaxStatement {
		return out, errs.New(errs.Invalid, "statement.too_long", "max", fmt.Sprint(MaxStatement))
	}
	out.Closing = out.Opening
	for i := range out.Rows {
		r := &out.Rows[i]
		out.Closing += r.Amount
		r.Balance, r.On = out.Closing, r.At.In(zone)
	}
	if out.Aged = !agents; out.Aged {
		out.Ageing, err = s.ageing(ctx, seller, buyer, c.Code, to, end, seq)
	}
	return out, err
}

// pairOf is the zone of the first of two organisations, and whether the one is an agent of the other: an appointment or an account is
// between them. What kind an organisation is that one has nothing to do with is not looked at: it would tell that there is one.
func (s *Service) pairOf(ctx context.Context, first, second id.ID) (zone string, agents bool, err error) {
	var rows []struct {
		ID     id.ID
		Zone   string
		Agents bool
	}
	err = s.DB.R(ctx).Raw(`SELECT o.id, o.zone, CASE WHEN o.kind = 'agent' AND (
 EXISTS (SELECT 1 FROM appointment p WHERE (p.principal = ? AND p.agent = ?) OR (p.principal = ? AND p.agent = ?))
 OR EXISTS (SELECT 1 FROM account x WHERE x.book = 2 AND ((x.org = ? AND x.counterparty = ?) OR (x.org = ? AND x.counterparty = ?)))) THEN 1 ELSE 0 END AS agents
 FROM org o WHERE o.id IN ?`, first, second, second, first, first, second, second, first, []id.ID{first, second}).Scan(&rows).Error
	if err != nil {
		return "", false, fmt.Errorf("a pair: %w", err)
	}
	zone = "UTC"
	for _, r := range rows {
		if agents = agents || r.Agents; r.ID == first {
			zone = r.Zone
		}
	}
	return zone, agents, nil
}
