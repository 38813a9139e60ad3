package api

import (
	"bytes"
	"cmp"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/paper"
)

// papers are the documents of trade as PDF.
func (a *API) papers() {
	for _, x := range []struct{ kind, path, tag, summary string }{
		{paper.Order, "/orders/{id}/pdf", "Orders", "The order as PDF"},
		{paper.Shipment, "/shipments/{id}/pdf", "Shipments", "The delivery note as PDF, without prices"},
		{paper.Invoice, "/invoices/{id}/pdf", "Invoices", "The invoice or credit note as PDF"},
		{paper.Payment, "/payments/{id}/pdf", "Payments", "The receipt as PDF"},
	} {
		handle(a, printed(get(x.kind+"-pdf", x.path, x.tag, x.summary)), a.paper(x.kind))
	}
	for _, x := range []struct{ kind, path, tag, summary string }{
		{paper.Invoice, "/invoices/{id}/escpos", "Invoices", "The invoice or credit note as bytes for thermal printers (ESC/POS)"},
		{paper.Payment, "/payments/{id}/escpos", "Payments", "The receipt as bytes for thermal printers (ESC/POS)"},
	} {
		handle(a, sends(get(x.kind+"-escpos", x.path, x.tag, x.summary), "application/octet-stream"), a.escpos(x.kind))
	}
	handle(a, printed(get("statement-pdf", "/statement/pdf", "Payments", "The account of a buyer with a seller as PDF")), a.statementPaper)
}

// printed says that an operation answers a PDF.
func printed(op huma.Operation) huma.Operation { return sends(op, "application/pdf") }

// sends says that an operation answers a file of a type.
func sends(op huma.Operation, media string) huma.Operation {
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	return op
}

type paperIn struct {
	ID   ref    `path:"id"`
	Lang string `query:"lang" enum:"id,en" doc:"id when left out"`
	Size string `query:"size" enum:"a4,80,58" doc:"a4 when left out; 80 and 58 are strips for thermal printers, in millimetres"`
}

type paperOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func onPaper(write func(*bytes.Buffer) (string, error)) (*paperOut, error) {
	var b bytes.Buffer
	name, err := write(&b)
	if err != nil {
		return nil, err
	}
	return &paperOut{"application/pdf", `attachment; filename="` + name + `"`, b.Bytes()}, nil
}

func (a *API) paper(kind string) func(context.Context, access.Actor, *paperIn) (*paperOut, error) {
	return func(ctx context.Context, who access.Actor, in *paperIn) (*paperOut, error) {
		return onPaper(func(b *bytes.Buffer) (string, error) {
			return a.Papers.Print(ctx, who, paper.Ask{Kind: kind, ID: id.ID(in.ID.ID), Lang: in.Lang, Size: paper.Size(in.Size)}, b)
		})
	}
}

type escposIn struct {
	ID   ref    `path:"id"`
	Lang string `query:"lang" enum:"id,en" doc:"id when left out"`
	Size string `query:"size" enum:"80,58" doc:"how wide the paper is, in millimetres; 58 when left out"`
}

func (a *API) escpos(kind string) func(context.Context, access.Actor, *escposIn) (*paperOut, error) {
	return func(ctx context.Context, who access.Actor, in *escposIn) (*paperOut, error) {
		var b bytes.Buffer
		name, err := a.Papers.Raw(ctx, who, paper.Ask{Kind: kind, ID: id.ID(in.ID.ID), Lang: in.Lang, Size: cmp.Or(paper.Size(in.Size), paper.Strip5)}, &b)
		if err != nil {
			return nil, err
		}
		return &paperOut{"application/octet-stream", `attachment; filename="` + name + `"`, b.Bytes()}, nil
	}
}

type statementPaperIn struct {
	StatementQuery
	Lang string `query:"lang" enum:"id,en" doc:"id when left out"`
}

func (a *API) statementPaper(ctx context.Context, who access.Actor, in *statementPaperIn) (*paperOut, error) {
	x, err := a.lookBack(ctx, in.LookBack)
	if err != nil {
		return nil, err
	}
	return onPaper(func(b *bytes.Buffer) (string, error) {
		return a.Papers.Statement(ctx, who, paper.AskStatement{Seller: in.Seller.ID, Buyer: in.Buyer.ID, Currency: in.Currency,
			From: clock.Date(in.From), To: clock.Date(in.To), AsOf: x, Lang: in.Lang}, b)
	})
}
