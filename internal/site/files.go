package site

import (
	"mime/multipart"
	"strconv"

	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) fileRoutes(get, post route) {
	post("/attachments", s.attach)
	get("/attachments/:id", s.attachment)
	post("/attachments/:id/end", s.endAttachment)
}

// papers are the files of a document, for its page; nil where the person may not see them. What was refused just now is told there.
func (s *Site) papers(r *request, kind string, no id.ID) *view.Files {
	if s.Files == nil {
		return nil
	}
	all, may, err := s.Files.Of(r.ctx, r.a, files.Doc{Kind: kind, ID: no})
	if err != nil {
		if !errs.Is(err, errs.Forbidden) && !errs.Is(err, errs.NotFound) {
			s.Log.Error("attachments", "error", err.Error())
		}
		return nil
	}
	v := &view.Files{Kind: kind, Doc: no.String(), MayAttach: may, Error: r.fileFault, Accept: files.Accept}
	for _, x := range all {
		v.Rows = append(v.Rows, r.paper(x))
	}
	return v
}

func (r *request) paper(x files.Attachment) view.File {
	if x.DocKind == "application" && x.Person == 0 {
		x.OrgName = r.t("apply.applicant")
	}
	return view.File{ID: x.ID.String(), Name: x.Name, Media: x.Media, Size: r.bytes(x.Size), From: x.OrgName, Person: x.PersonName, Sent: x.Created,
		Picture: x.Picture(), MayEnd: x.MayEnd, Version: x.Version}
}

// bytes is a size as people say it.
func (r *request) bytes(n int64) string {
	if n < 1_000_000 {
		return r.t("file.kb", "n", i18n.Count(r.lang, max(1, n/1000)))
	}
	return r.t("file.mb", "n", i18n.Qty(r.lang, qty.Qty(n/100_000)*qty.Scale/10))
}

// sentFiles are the files of a form's field that hold anything: a browser sends an empty one where none was chosen.
func (r *request) sentFiles(field string) []*multipart.FileHeader {
	form, err := r.MultipartForm()
	if err != nil {
		return nil
	}
	var out []*multipart.FileHeader
	for _, h := range form.File[field] {
		if h.Size > 0 || h.Filename != "" {
			out = append(out, h)
		}
	}
	return out
}

// keepFiles keeps each file of a field: attached to a document, or for one that does not exist yet. The keys are made of the form's.
func (s *Site) keepFiles(r *request, field string, d files.Doc) (out []files.Attachment, err error) {
	sent := r.sentFiles(field)
	if len(sent) > maxSent {
		return nil, errs.OnFields("file.too_many", errs.F(field, "file.too_many", "max", strconv.Itoa(maxSent)))
	}
	k := r.auditKey()
	for i, h := range sent {
		x, err := s.keepFile(r, h, k.Client, i, d)
		if err != nil {
			return out, onField(err, field)
		}
		out = append(out, x)
	}
	return out, nil
}

// maxSent is how many files one form may bring.
const maxSent = 10

func (s *Site) keepFile(r *request, h *multipart.FileHeader, client string, n int, d files.Doc) (files.Attachment, error) {
	f, err := h.Open()
	if err != nil {
		return files.Attachment{}, errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	defer f.Close()
	k := r.auditKey()
	if k.Client = client; client != "" {
		k.Client += "-f" + strconv.Itoa(n)
	}
	return s.Files.Upload(r.ctx, r.a, files.Upload{Key: k, Doc: d, Name: h.Filename, Content: f, Size: h.Size})
}

// onField puts what is wrong with a file on the field that brought it.
func onField(err error, field string) error {
	e, ok := httpx.Known(err).(*errs.Error)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = []errs.Field{{Path: field, Code: e.Fields[0].Code, Args: e.Fields[0].Args}}
	return &out
}

// docPage shows the page of a document, with what is wrong with a file told beside its files.
func (s *Site) docPage(r *request, d files.Doc, err error) error {
	r.fileFault = i18n.Error(r.lang, err)
	return s.docPageWith(r, d, refusal{Status: httpx.Status(err)})
}

// docPageWith shows the page of a document with a status.
func (s *Site) docPageWith(r *request, d files.Doc, back refusal) error {
	switch d.Kind {
	case "order":
		return s.orderPage(r, d.ID, "", back)
	case "shipment":
		return s.shipmentPage(r, d.ID, back)
	case "invoice":
		return s.invoicePage(r, d.ID, back, invoiceForms{})
	case "payment":
		return s.paymentPage(r, d.ID, back, kit.Form{})
	case "application":
		return s.applicationPage(r, d.ID, "", back)
	case "visit":
		return s.visitPage(r, d.ID, r.phone(), back, "photo")
	}
	return errs.Gone()
}

// pageOf is the address of a document's page.
func pageOf(d files.Doc) string {
	switch d.Kind {
	case "order", "shipment", "invoice", "payment", "application", "visit":
		return "/" + d.Kind + "s/" + d.ID.String()
	}
	return "/"
}

// told are the errors that a person mends; others are pages of their own.
func told(err error) bool {
	return errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooLarge) || errs.Is(err, errs.Conflict)
}

func (s *Site) attach(r *request) error {
	d := files.Doc{Kind: r.FormValue("document_kind"), ID: ref(r.FormValue("document"))}
	if pageOf(d) == "/" || d.ID == 0 {
		return errs.Gone()
	}
	var err error
	if len(r.sentFiles("file")) == 0 {
		if _, _, err = s.Files.Of(r.ctx, r.a, d); err == nil {
			err = errs.OnFields("site.no_file", errs.F("file", "site.no_file"))
		}
	} else {
		_, err = s.keepFiles(r, "file", d)
	}
	if err == nil {
		return r.to(r.docAt(d), "file.attached")
	}
	if !told(err) || r.taken() {
		return err
	}
	return s.docPage(r, d, err)
}

// docAt is where one goes on after something was done to a document: of a visit on the phone, for those who came from there.
func (r *request) docAt(d files.Doc) string {
	if d.Kind == "visit" && r.phone() {
		return visitAt(true, d.ID)
	}
	return pageOf(d)
}

func (s *Site) attachment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, open, err := s.Files.Open(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	return httpx.Send(r.Ctx, httpx.Sent{Media: x.Media, Disposition: files.Disposition(x.Name, x.Media, r.Query("show") == "1"), ETag: x.ETag(), Size: x.Size, Open: open})
}

func (s *Site) endAttachment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Files.One(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.FormValue("version"), 10, 64)
	d := files.Doc{Kind: x.DocKind, ID: x.Doc}
	if err = s.Files.End(r.ctx, r.a, r.auditKey(), no, version); err == nil {
		return r.to(pageOf(d), "file.ended")
	}
	if !told(err) || d.ID == 0 {
		return err
	}
	return s.docPage(r, d, err)
}

// keptFiles are files that an earlier try of the same form has kept, whose ids it carries: those that are still the person's to attach.
func (s *Site) keptFiles(r *request) (out []files.Attachment) {
	for i, v := range all(r.Ctx)["kept"] {
		if i == maxSent {
			break
		}
		if x, err := s.Files.One(r.ctx, r.a, ref(v)); err == nil && x.Org == r.a.Org && x.Doc == 0 {
			out = append(out, x)
		}
	}
	return out
}
