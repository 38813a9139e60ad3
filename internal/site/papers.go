package site

import (
	"bytes"
	"net/http"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/paper"
	"saluran/web/kit"
	"saluran/web/view"
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
	for path, kind := range slips {
		get(path+"/:id/slip", func(r *request) error { return s.slip(r, path, kind) })
		get(path+"/:id/escpos", func(r *request) error { return s.escpos(r, kind) })
	}
	get("/statement", s.statement)
	get("/statement/pdf", s.statementPDF)
}

// slips are the documents that shops hand over on a strip of paper.
var slips = map[string]string{"/invoices": paper.Invoice, "/payments": paper.Payment}

// stripOf is how wide the paper is: 58 mm, as most small printers have it, unless it is said.
func stripOf(size string) paper.Size {
	if size == string(paper.Strip8) {
		return paper.Strip8
	}
	return paper.Strip5
}

// slip shows a document as it comes out of a thermal printer, to print it from the browser.
func (s *Site) slip(r *request, path, kind string) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	p, err := s.Papers.Slip(r.ctx, r.a, paper.Ask{Kind: kind, ID: no, Lang: r.Query("lang"), Reader: r.lang})
	if err != nil {
		return err
	}
	v := view.Slip{Path: path + "/" + no.String(), Size: string(stripOf(r.Query("size"))), Lang: p.Lang, Title: p.Title, Number: p.Number, Code: p.Code, Foot: p.Foot.Text}
	v.Dots, v.Side = p.Dots()
	for _, x := range p.Rows {
		v.Rows = append(v.Rows, view.SlipRow{Kind: x.Kind, Text: x.Text, Value: x.Value, Strong: x.Strong, Points: x.Points})
	}
	r.Set(fiber.HeaderCacheControl, "no-store")
	place := map[string]string{"/invoices": "invoices", "/payments": "payments"}[path]
	return r.html(http.StatusOK, view.SlipPage(r.shell(r.t("slip.title", "number", p.Number), place, r.crumb("nav.home", "/"), r.crumb("nav."+place, path), kit.Crumb{Text: p.Number, Href: v.Path}, r.crumb("slip.name", "")), v))
}

// escpos is the same as the bytes that thermal printers read, for the programs on phones that hand them on.
func (s *Site) escpos(r *request, kind string) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	name, err := s.Papers.Raw(r.ctx, r.a, paper.Ask{Kind: kind, ID: no, Lang: r.Query("lang"), Reader: r.lang, Size: stripOf(r.Query("size"))}, &b)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	r.Set(fiber.HeaderCacheControl, "no-store")
	return r.Send(b.Bytes())
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
