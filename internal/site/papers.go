package site

import (
	"bytes"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/paper"
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
	get("/statement", s.statement)
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
