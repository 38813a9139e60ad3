// Package paper prints the documents of trade as PDF: orders, delivery notes, invoices and credit notes, receipts, statements of
// account. They are read through the services of trade as the acting organisation, so that nobody gets on paper what it may not
// see on a page. Each bears the number of its journal in the books and a QR code that leads to the record.
//
// A document has three shapes: A4, a strip for thermal printers of 58 or 80 mm, and the bytes that such printers read. The same
// document printed at the same moment gives the same bytes.
package paper

import (
	"context"
	"io"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/egress"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

// Kinds of papers, as they stand in addresses.
const (
	Order    = "order"
	Shipment = "shipment"
	Invoice  = "invoice"
	Payment  = "payment"
)

// Size of the sheet.
type Size string

// The sizes. The strips are as long as what stands on them.
const (
	A4     Size = "a4"
	Strip8 Size = "80"
	Strip5 Size = "58"
)

// Ask asks for one document.
type Ask struct {
	Kind   string
	ID     id.ID
	Lang   string // id or en; "" for that of who receives the document
	Reader string // the language of who asks; "" where nobody reads
	Size   Size   // A4 where ""
}

// AskStatement asks for the account of a buyer with a seller, both days included.
type AskStatement struct {
	Seller, Buyer id.ID
	Currency      string
	From, To      clock.Date
	AsOf          trade.AsOf // the zero value for all that is known
	Known         string     // the day up to which it is known, as its page was asked for it
	Lang, Reader  string     // as those of Ask
}

// Trade reads the documents; internal/trade.
type Trade interface {
	Order(ctx context.Context, a access.Actor, order id.ID) (trade.View, error)
	Shipment(ctx context.Context, a access.Actor, shipment id.ID) (trade.Shipment, error)
	Invoice(ctx context.Context, a access.Actor, invoice id.ID) (trade.InvoiceView, error)
	Payment(ctx context.Context, a access.Actor, payment id.ID) (trade.PaymentView, error)
	Statement(ctx context.Context, a access.Actor, seller, buyer id.ID, currency string, from, to clock.Date, x trade.AsOf) (trade.Statement, error)
}

// Partners are what a letterhead says of a party, and where it wants to be paid; internal/partner. An organisation that the actor
// may not see is not_found, and then stands on the paper with the name that the document gives it.
type Partners interface {
	Org(ctx context.Context, a access.Actor, org id.ID) (partner.Org, error)
	Banks(ctx context.Context, a access.Actor, org id.ID) ([]partner.Bank, error)
	Logo(ctx context.Context, a access.Actor, org id.ID) (partner.Logo, error)
}

// Printer prints; any number at a time.
type Printer struct {
	Trade    Trade
	Partners Partners
	Clock    clock.Clock
	Fetched  func(ctx context.Context, a access.Actor, kind string, doc id.ID) error // leaves who printed what in the log
	URL      string                                                                  // where people reach the portal, for the QR codes; none is printed where ""
}

// Print writes a document to w and answers its file name, such as SO-2611-0001.pdf. Errors: those of reading it; file_size.
func (p *Printer) Print(ctx context.Context, a access.Actor, ask Ask, w io.Writer) (name string, err error) {
	if ask.Size == "" {
		ask.Size = A4
	}
	if ask.Size != A4 && ask.Size != Strip8 && ask.Size != Strip5 {
		return "", errs.OnFields("paper.size", errs.F("size", "paper.size"))
	}
	s, err := p.sheetOf(ctx, a, ask)
	if err != nil {
		return "", err
	}
	return s.file("pdf"), p.write(s, ask.Size, w)
}

// sheetOf reads a document, and leaves in the log that it was printed.
func (p *Printer) sheetOf(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	read := map[string]func(context.Context, access.Actor, Ask) (*sheet, error){
		Order: p.order, Shipment: p.shipment, Invoice: p.invoice, Payment: p.payment}[ask.Kind]
	if read == nil {
		return nil, errs.Gone()
	}
	s, err := read(ctx, a, ask)
	if err == nil && p.Fetched != nil {
		err = p.Fetched(ctx, a, ask.Kind, ask.ID)
	}
	return s, err
}

// Statement writes a statement of account to w and answers its file name.
func (p *Printer) Statement(ctx context.Context, a access.Actor, ask AskStatement, w io.Writer) (name string, err error) {
	s, err := p.statement(ctx, a, ask)
	if err == nil && p.Fetched != nil {
		other := ask.Seller
		if other == a.Org {
			other = ask.Buyer
		}
		err = p.Fetched(ctx, a, "statement", other)
	}
	if err != nil {
		return "", err
	}
	return s.file("pdf"), p.write(s, A4, w)
}

// stamp says when it was printed, and where its record is.
func (p *Printer) stamp(s *sheet) {
	s.printed = p.Clock.Now()
	if p.URL != "" && s.path != "" {
		s.url = p.URL + s.path
	}
}

func (p *Printer) write(s *sheet, size Size, w io.Writer) error {
	p.stamp(s)
	if egress.Watched() { // what stands in the file is compressed, and drawn letter by letter
		egress.Out(egress.File, s.number, []byte(s.reading()))
	}
	if size == A4 {
		return s.a4(w)
	}
	return s.strip(size, w)
}
