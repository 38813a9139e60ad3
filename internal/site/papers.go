package site

import (
	"bytes"
	"cmp"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/paper"
	"saluran/internal/trade"
)

// paperRoutes print the documents of trade.
func (s *Site) paperRoutes(get, _ route) {
	for path, kind := range map[string]string{"/orders": paper.Order, "/shipments": paper.Shipment, "/invoices": paper.Invoice, "/payments": paper.Payment} {
		get(path+"/:id/pdf", func(r *request) error {
			no, err := r.id("id")
			if err != nil {
				return err
			}
			return r.pdf(func(b *bytes.Buffer) (string, error) {
				return s.Papers.Print(r.ctx, r.a, paper.Ask{Kind: kind, ID: no, Lang: r.Query("lang"), Reader: r.lang, Size: paper.Size(r.Query("size"))}, b)
			})
		})
	}
	get("/statement/pdf", s.statementPDF)
}

// pdf shows a document in the browser, which offers to keep or print it.
func (r *request) pdf(write func(*bytes.Buffer) (string, error)) error {
	var b bytes.Buffer
	name, err := write(&b)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "application/pdf")
	r.Set(fiber.HeaderContentDisposition, `inline; filename="`+name+`"`)
	r.Set(fiber.HeaderCacheControl, "no-store")
	return r.Send(b.Bytes())
}

// statementPDF is the account with a partner over a period, the last three months where none is named; where the reader names a
// day that is past, as it was known at the end of it.
func (s *Site) statementPDF(r *request) error {
	ask := paper.AskStatement{Currency: cmp.Or(r.Query("currency"), "IDR"), Lang: r.Query("lang"), Reader: r.lang, Known: r.Query("known"), From: clock.Date(r.Query("from")), To: clock.Date(r.Query("to"))}
	for name, to := range map[string]*id.ID{"seller": &ask.Seller, "buyer": &ask.Buyer} {
		no, err := id.Parse(r.Query(name))
		if err != nil {
			return errs.Gone()
		}
		*to = no
	}
	if known := r.Query("known"); known != "" {
		seq, err := s.Jobs.CutOff(r.ctx, r.a, known)
		if err != nil {
			return err
		}
		ask.AsOf = trade.AsOf{Seq: seq}
	}
	return r.pdf(func(b *bytes.Buffer) (string, error) { return s.Papers.Statement(r.ctx, r.a, ask, b) })
}
