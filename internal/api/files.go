package api

import (
	"context"
	"encoding/hex"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/id"
)

// File is what was attached to a document, or waits to be.
type File struct {
	ID           id.ID  `json:"id"`
	Name         string `json:"name" doc:"What its sender called it, cleaned"`
	Media        string `json:"media" enum:"application/pdf,image/jpeg,image/png,image/webp,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,text/csv,text/plain" doc:"Decided by its content"`
	Size         int64  `json:"size" doc:"Bytes that are kept: of a photo without what tells where it was taken"`
	SHA256       string `json:"sha256" doc:"Of the bytes that are kept"`
	From         Party  `json:"from" doc:"Whose people sent it"`
	Person       string `json:"person,omitempty" doc:"Who sent it; told to the own organisation"`
	DocumentKind string `json:"document_kind,omitempty" enum:"order,shipment,invoice,payment,application,message,visit" doc:"Left out until it is attached"`
	Document     id.ID  `json:"document,omitempty"`
	SentAt       string `json:"sent_at"`
	AttachedAt   string `json:"attached_at,omitempty"`
	MayEnd       bool   `json:"may_end" doc:"It may still be taken off"`
	Content      string `json:"content" doc:"Where its bytes can be had"`
	Version      int64  `json:"version"`
}

func fileWire(x files.Attachment) File {
	return File{ID: x.ID, Name: x.Name, Media: x.Media, Size: x.Size, SHA256: hex.EncodeToString(x.SHA256), From: Party{x.Org, x.OrgName}, Person: x.PersonName,
		DocumentKind: x.DocKind, Document: x.Doc, SentAt: instant(x.Created), AttachedAt: instant(x.Attached), MayEnd: x.MayEnd,
		Content: prefix + "/files/" + x.ID.String() + "/content", Version: x.Version}
}

func oneFile(x files.Attachment, err error) (*one[File], error) {
	if err != nil {
		return nil, err
	}
	return &one[File]{httpx.ETag(x.Version), fileWire(x)}, nil
}

func (a *API) attachments() {
	const tag = "Files"
	send := made(post("send-file", "/files", tag, "Send a file, at most one a request; it is attached at once where a document is named, else within a day"))
	send.Description = "PDF, JPEG, PNG, WEBP, XLSX, CSV or plain text, decided by content. The same key with the same file answers the first one again."
	send.MaxBodyBytes = httpx.MaxUpload
	send.Errors = append(send.Errors, 408, 413)
	handle(a, send, a.sendFile)
	handle(a, get("list-files", "/files", tag, "What is attached to a document, oldest first"), a.listFiles)
	handle(a, get("file", "/files/{id}", tag, "A file, without its content"), a.file)
	content := get("file-content", "/files/{id}/content", tag, "The content of a file, or a range of it")
	content.Responses = map[string]*huma.Response{
		"206": {Description: "The range that was asked for", Content: map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}},
		"304": {Description: "It is the one of If-None-Match"}, "416": {Description: "It has no such range"}}
	handle(a, content, a.fileContent)
	handle(a, step("attach-file", "/files/{id}/attach", tag, "Attach a file that was sent to its document"), a.attachFile)
	end := del("end-file", "/files/{id}", tag, "Take a file off, while its document is not confirmed")
	end.Parameters = append(end.Parameters, matchParam)
	end.Errors = append(end.Errors, 412)
	handle(a, end, a.endFile)
}

type sendForm struct {
	File         huma.FormFile `form:"file" required:"true" contentType:"application/octet-stream"`
	DocumentKind string        `form:"document_kind" required:"false" enum:"order,shipment,invoice,payment,application,visit"`
	Document     string        `form:"document" required:"false" doc:"Its id"`
}

type sendIn struct {
	RawBody huma.MultipartFormFiles[sendForm]
}

func (a *API) sendFile(ctx context.Context, who access.Actor, in *sendIn) (*one[File], error) {
	form := in.RawBody.Form
	value := func(name string) string {
		if v := form.Value[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	var r reader
	d := files.Doc{Kind: value("document_kind")}
	if v := value("document"); v != "" {
		no, err := id.Parse(v)
		if err != nil {
			r.wrong("document", "field.id")
		}
		d.ID = no
	}
	if (d.Kind == "") != (d.ID == 0) {
		r.wrong("document", "field.required")
	}
	sent := form.File["file"]
	if len(sent) != 1 {
		r.wrong("file", "file.one")
	}
	if err := a.maySend(ctx, who, d.Kind); err != nil {
		return nil, err
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	f, err := sent[0].Open()
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	defer f.Close()
	x, err := a.Files.Upload(ctx, who, files.Upload{Key: key(ctx), Doc: d, Name: sent[0].Filename, Content: f, Size: sent[0].Size})
	return oneFile(x, err)
}

// maySend refuses, before anything is said of the form, those who may attach to no document of trade, whichever side they are on.
func (a *API) maySend(ctx context.Context, who access.Actor, kind string) error {
	if kind == "application" { // whose right hangs on the application
		return nil
	}
	for _, rel := range []access.Rel{access.Seller, access.Buyer, access.Agent} {
		if a.Gate.Can(who, rel, "file", "attach") {
			return nil
		}
	}
	return a.Gate.Require(ctx, who, access.Own, "file", "attach")
}

type filesIn struct {
	DocumentKind string `query:"document_kind" required:"true" enum:"order,shipment,invoice,payment,application,visit"`
	Document     ref    `query:"document" required:"true"`
}

// Files are the files of a document.
type Files struct {
	Items     []File `json:"items"`
	MayAttach bool   `json:"may_attach" doc:"You may attach more"`
}

func (a *API) listFiles(ctx context.Context, who access.Actor, in *filesIn) (*struct{ Body Files }, error) {
	all, may, err := a.Files.Of(ctx, who, files.Doc{Kind: in.DocumentKind, ID: in.Document.ID})
	if err != nil {
		return nil, err
	}
	out := Files{Items: []File{}, MayAttach: may}
	for _, x := range all {
		out.Items = append(out.Items, fileWire(x))
	}
	return &struct{ Body Files }{out}, nil
}

func (a *API) file(ctx context.Context, who access.Actor, in *ByID) (*one[File], error) {
	x, err := a.Files.One(ctx, who, in.ID.ID)
	return oneFile(x, err)
}

type contentOut struct {
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	Body        func(huma.Context)
}

func (a *API) fileContent(ctx context.Context, who access.Actor, in *ByID) (*contentOut, error) {
	x, open, err := a.Files.Open(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &contentOut{x.Media, x.ETag(), func(c huma.Context) {
		f := humafiber.Unwrap(c)
		if err := httpx.Send(f, httpx.Sent{Media: x.Media, Disposition: files.Disposition(x.Name, x.Media, false), ETag: x.ETag(), Size: x.Size, Open: open}); err != nil {
			_ = httpx.Tell(ctx, a.log, err).Write(f)
		}
	}}, nil
}

type attachIn struct {
	ByID
	Body struct {
		DocumentKind string `json:"document_kind" enum:"order,shipment,invoice,payment,application,visit"`
		Document     id.ID  `json:"document"`
	}
}

func (a *API) attachFile(ctx context.Context, who access.Actor, in *attachIn) (*one[File], error) {
	x, err := a.Files.Attach(ctx, who, key(ctx), in.ID.ID, files.Doc{Kind: in.Body.DocumentKind, ID: in.Body.Document})
	return oneFile(x, err)
}

func (a *API) endFile(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	return nil, a.Files.End(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch)
}
