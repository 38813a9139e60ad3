package trade

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// History is a document of trade that is over: goods went, an invoice was written. It is filed as it was, with the numbers
// and amounts of its source, in one journal: order, invoice and credit note, goods and debt.
type History struct {
	Event    string // the sentence that makes it unique for ever
	Key      Key
	Kind     string // of the journal: history.sale, history.return, …
	Number   string // of the order, and of the invoice or credit note
	Seller   id.ID
	Buyer    id.ID
	Link     id.ID
	Agreed   id.ID // the agreement
	Currency money.Currency
	On       clock.Date
	At       clock.Instant // when it happened
	Due      clock.Date
	From, To id.ID // warehouses of seller and buyer
	// Made says that the goods which are sold begin with the seller: they come from the origin first.
	Made  bool
	Lines []HistoryLine
	// After keeps it back until what it builds on stands; nil for nothing. See ledger.Post.After.
	After <-chan struct{}
}

// HistoryLine is one line. Qty, Net and Tax are below zero for what came back; Net is authoritative, the unit price follows.
type HistoryLine struct {
	N       int64
	Product id.ID
	Lot     id.ID
	Unit    string
	Qty     qty.Qty // in base units
	UnitQty qty.Qty // in Unit; 0: the same as Qty
	Net     money.Minor
	Tax     money.Minor
	TaxCode string
	// Opening is what the buyer must have held before it could give this back: its opening stock, from the origin.
	Opening qty.Qty
}

// Record files history. The same event again is answered with Replayed and posts nothing. It asks for the right to import for
// the seller: an actor of another organisation is refused, unless it is the operator's.
func (s *Service) Record(ctx context.Context, a access.Actor, h History) (ledger.Receipt, error) {
	if err := s.require(ctx, a, access.Own, "import", "run"); err != nil {
		return ledger.Receipt{}, err
	}
	if a.Org != h.Seller && a.Org != h.Buyer && a.Kind != "operator" {
		return ledger.Receipt{}, errs.Gone()
	}
	if len(h.Lines) == 0 || h.Seller == h.Buyer || h.From == 0 || h.To == 0 {
		return ledger.Receipt{}, errs.New(errs.Internal, "trade.bad_history", "event", h.Event)
	}
	return s.Book.Post(ctx, h.post(a, s.DB.IDs))
}

// post makes the journal.
func (h History) post(a access.Actor, ids id.Source) *ledger.Post {
	o := Order{ID: ids.Next(), Number: h.Number, Kind: KindSale, Seller: h.Seller, Buyer: h.Buyer, Link: h.Link, Agreement: h.Agreed,
		PlacedBy: "seller", Currency: h.Currency.Code, Status: Invoiced, ShipFrom: h.From, DeliverTo: h.To, OrderedOn: h.On,
		WantedOn: h.On, Placed: h.At, Version: 1}
	p := draft(h.Kind, h.Event, by(a, h.Seller, access.Seller), o.ID, h.At, h.Key)
	var sold, back []InvoiceLine
	for _, l := range h.Lines {
		line := l.order(h.Currency)
		p.File(line.row(o.ID))
		o.Net += l.Net
		o.Tax += l.Tax
		v := InvoiceLine{OrderID: o.ID, OrderLine: l.N, N: l.N, Product: l.Product, Qty: l.Qty, Net: l.Net, TaxBase: l.Net, Tax: l.Tax}
		if l.Qty < 0 {
			back = append(back, v)
		} else {
			sold = append(sold, v)
		}
	}
	h.goods(p)
	o.Total = o.Net + o.Tax
	if len(back) > 0 && (o.Total < 0 || len(sold) == 0) {
		o.Kind, o.Status, o.ShipFrom, o.DeliverTo = KindReturn, Returned, h.To, h.From
	}
	p.File(o.row())
	owed, over := h.bills(p, o, sold, back, ids)
	return p.Owe(h.Seller, h.Buyer, h.Currency, ledger.Trade, owed).Owe(h.Buyer, h.Seller, h.Currency, ledger.Deposit, over).After(h.After)
}

// order is the line as the order keeps it: quantities above zero, Dir for the direction, all of it done.
func (l HistoryLine) order(c money.Currency) Line {
	out := Line{N: l.N, Product: l.Product, Unit: l.Unit, UnitQty: l.Qty, Qty: l.Qty, Price: c.PerUnit(l.Net, l.Qty), Net: l.Net,
		TaxBase: l.Net, Tax: l.Tax, TaxCode: l.TaxCode, Purpose: "resale", Dir: 1}
	if l.UnitQty != 0 {
		out.UnitQty = l.UnitQty
	}
	if l.Qty < 0 {
		out.Dir, out.Qty, out.UnitQty, out.Net, out.TaxBase, out.Tax = -1, -l.Qty, -out.UnitQty, -l.Net, -l.Net, -l.Tax
		out.Returned = out.Qty
	}
	out.Dispatched, out.Delivered, out.Invoiced = out.Qty, out.Qty, out.Qty
	return out
}

// goods moves what was sold first, then what came back: owner, place and bearer change together.
func (h History) goods(p *ledger.Post) {
	stand := func(l HistoryLine, org, place id.ID) ledger.Position {
		return ledger.Position{Lot: l.Lot, Product: l.Product, Owner: org, Place: place, Bearer: org, Seller: org}
	}
	for _, l := range h.Lines {
		if l.Qty < 0 {
			continue
		}
		if h.Made {
			p.Move(ledger.Outside(ledger.Origin, l.Lot, l.Product), stand(l, h.Seller, h.From), l.Qty)
		}
		p.Move(stand(l, h.Seller, h.From), stand(l, h.Buyer, h.To), l.Qty)
	}
	for _, l := range h.Lines {
		if l.Qty > 0 {
			continue
		}
		if l.Opening > 0 {
			p.Move(ledger.Outside(ledger.Origin, l.Lot, l.Product), stand(l, h.Buyer, h.To), l.Opening)
		}
		p.Move(stand(l, h.Buyer, h.To), stand(l, h.Seller, h.From), -l.Qty)
	}
}

// SecondPaper is what stands behind the number of the lesser paper of a document that both sells and takes back: its credit note, or
// its invoice where more came back than went.
func SecondPaper(total money.Minor) string {
	if total < 0 {
		return "/I"
	}
	return "/C"
}

// bills files the invoice and the credit note of a document. A note beside an invoice credits it, as far as that goes; what it is
// beyond that is a deposit of the buyer. A note alone stands in the buyer's favour until something is set against it. It answers what
// the buyer owes by the document, below zero where it is owed, and its deposit.
func (h History) bills(p *ledger.Post, o Order, sold, back []InvoiceLine, ids id.Source) (owed, deposit money.Minor) {
	v, note := h.bill(KindInvoice, o, sold, ids), h.bill(KindCredit, o, back, ids)
	if len(sold) > 0 && len(back) > 0 && v.Total > 0 && note.Total < 0 {
		note.Credits, note.Settled = v.ID, note.Total
		h.match(sold, back)
		left := min(v.Total, -note.Total)
		for i := range back {
			back[i].Settled = back[i].Net + back[i].Tax
			done := settleAt(sold, max(0, min(left, -back[i].Settled)), back[i].N)
			v.Settled, left = v.Settled+done, left-done
		}
		v.Settled += settleAt(sold, left, 0)
		deposit = -note.Total - v.Settled
	}
	v.Status, note.Status = invoiceStatus(v.Total, v.Settled, -note.Settled), invoiceStatus(-note.Total, -note.Settled, 0)
	h.file(p, o, v, sold)
	h.file(p, o, note, back)
	return o.Total + deposit, deposit
}

// settleAt settles an amount of lines, a line of that number first, and says how much it was.
func settleAt(lines []InvoiceLine, amount money.Minor, first int64) (done money.Minor) {
	state := make([]lineDue, len(lines))
	for i, l := range lines {
		state[i] = lineDue{l.N, l.Net + l.Tax, l.Settled}
	}
	after := settleLines(state, amount, first)
	for i := range lines {
		if s, ok := after[lines[i].N]; ok {
			done += s - lines[i].Settled
			lines[i].Settled = s
		}
	}
	return done
}

// match gives what came back the number of the line of its own document with which it was sold, so that this line is credited by it
// and not once more: where the two are for the same goods, and it is no more in quantity and money than that part of the line. Other
// goods were sold by another document: of this one they only settle.
func (h History) match(sold, back []InvoiceLine) {
	taken := map[int64]bool{}
	for i, b := range back {
		for _, l := range sold {
			if b.Product != l.Product || taken[l.N] || -b.Qty > l.Qty {
				continue
			}
			m := partOf(h.Currency, l.amounts(), amounts{}, -b.Qty, l.Qty)
			if -b.Net <= m.net && -b.TaxBase <= m.base && -b.Tax <= m.tax {
				back[i].N, taken[l.N] = l.N, true
				break
			}
		}
	}
}

// bill is the invoice, or the credit note, for lines of a document; nothing of it is settled yet.
func (h History) bill(kind string, o Order, lines []InvoiceLine, ids id.Source) (v Invoice) {
	if len(lines) == 0 {
		return v
	}
	v = Invoice{ID: ids.Next(), Kind: kind, OrderID: o.ID, Seller: h.Seller, Buyer: h.Buyer, Currency: h.Currency.Code, IssuedOn: h.On,
		DueOn: h.Due, Version: 1}
	for _, l := range lines {
		v.Net += l.Net
		v.Tax += l.Tax
	}
	v.TaxBase, v.Total = v.Net, v.Net+v.Tax
	return v
}

// file files an invoice or a credit note under the document's number; where a document is both, the lesser one carries a letter
// behind it.
func (h History) file(p *ledger.Post, o Order, v Invoice, lines []InvoiceLine) {
	if len(lines) == 0 {
		return
	}
	for _, l := range lines {
		l.InvoiceID = v.ID
		p.File(l.row())
	}
	number := h.Number
	if (v.Kind == KindCredit) != (o.Kind == KindReturn) {
		number += SecondPaper(o.Total)
	}
	p.File(v.row(number, int64(0)))
}
