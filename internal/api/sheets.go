package api

import (
	"bytes"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/intake"
)

func (a *API) sheets() {
	const tag = "Work"
	handle(a, get("sheet-kinds", "/sheet-kinds", tag, "The kinds of spreadsheets that you may send, with their columns"), a.sheetKinds)
	handle(a, workbook(get("sheet-template", "/sheet-template", tag, "The workbook that people fill in, with lists to choose from")), a.sheetTemplate)
	send := accepted(post("send-sheet", "/sheets", tag, "Send a spreadsheet: it is checked, and nothing is applied yet"))
	send.MaxBodyBytes = httpx.MaxUpload
	handle(a, send, a.sendSheet)
	handle(a, get("sheet", "/sheets/{id}", tag, "What the check of a spreadsheet found, or what came of applying it"), a.sheet)
	handle(a, accepted(post("match-sheet", "/sheets/{id}/match", tag, "Say where the columns come from, and how numbers and days are written: the file is checked again, and the columns are remembered")), a.matchSheet)
	handle(a, accepted(post("apply-sheet", "/sheets/{id}/apply", tag, "Apply a spreadsheet that was checked")), a.applySheet)
	handle(a, workbook(get("sheet-workbook", "/sheets/{id}/workbook", tag, "The rows as they came, with what is wrong in red and in words")), a.sheetWorkbook)
}

// workbook declares that an operation answers with one.
func workbook(o huma.Operation) huma.Operation {
	o.Responses = map[string]*huma.Response{"200": {Description: "The workbook", Content: map[string]*huma.MediaType{files.XLSX: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	return o
}

// SheetKind is a kind of spreadsheet.
type SheetKind struct {
	Kind    string        `json:"kind"`
	Label   string        `json:"label"`
	About   string        `json:"about"`
	Columns []SheetColumn `json:"columns"`
}

// SheetColumn is a column of a kind.
type SheetColumn struct {
	Column   string   `json:"column"`
	Label    string   `json:"label"`
	Sort     string   `json:"sort" enum:"text,code,number,price,money,whole,day,choice"`
	Required bool     `json:"required"`
	Hint     string   `json:"hint,omitempty"`
	Choices  []string `json:"choices,omitempty"`
}

func (a *API) sheetKinds(ctx context.Context, who access.Actor, _ *struct{}) (*page[SheetKind], error) {
	if err := a.Gate.Require(ctx, who, access.Own, "import", "read"); err != nil {
		return nil, err
	}
	out := &page[SheetKind]{}
	out.Body.Items = []SheetKind{}
	for _, k := range a.Uploads.MaySend(ctx, who) {
		w := SheetKind{Kind: k.Name, Label: i18n.T(who.Lang, "sheet.kind."+k.Name), About: i18n.T(who.Lang, "sheet.about."+k.Name)}
		for _, c := range k.Columns {
			w.Columns = append(w.Columns, SheetColumn{c.Name, k.Label(who.Lang, c), string(c.Sort), c.Must, k.Hint(who.Lang, c), c.Choices})
		}
		out.Body.Items = append(out.Body.Items, w)
	}
	return out, nil
}

type templateIn struct {
	Kind string `query:"kind" doc:"One of sheet-kinds; products when left out"`
}

func (a *API) sheetTemplate(ctx context.Context, who access.Actor, in *templateIn) (*fileOut, error) {
	if in.Kind == "" {
		in.Kind = "products"
	}
	var b bytes.Buffer
	if err := a.Uploads.SheetTemplate(ctx, who, in.Kind, &b); err != nil {
		return nil, err
	}
	return &fileOut{files.XLSX, files.Disposition(i18n.T(who.Lang, "sheet.kind."+in.Kind)+".xlsx", files.XLSX, false), "", func(c huma.Context) { c.BodyWriter().Write(b.Bytes()) }}, nil
}

type sheetForm struct {
	Kind string        `form:"kind" required:"true" doc:"One of sheet-kinds"`
	File huma.FormFile `form:"file" required:"true" contentType:"application/octet-stream,text/csv,text/plain,application/gzip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
}

type sheetIn struct {
	RawBody huma.MultipartFormFiles[sheetForm]
}

func (a *API) sendSheet(ctx context.Context, who access.Actor, in *sheetIn) (*jobOut, error) {
	form := in.RawBody.Form
	kind := ""
	if v := form.Value["kind"]; len(v) > 0 {
		kind = v[0]
	}
	hs := form.File["file"]
	if len(hs) == 0 {
		return nil, errs.OnFields("site.no_file", errs.F("file", "site.no_file"))
	}
	j, err := a.Uploads.SendSheet(ctx, who, key(ctx), kind, sent(hs[0]))
	return a.oneJob(who, j, err)
}

// Sheet is a spreadsheet that was sent.
type Sheet struct {
	Job       Job                  `json:"job"`
	Kind      string               `json:"kind,omitempty"`
	File      string               `json:"file,omitempty"`
	Header    []string             `json:"header,omitempty"`
	Match     map[string]SheetFrom `json:"match,omitempty" doc:"Where our columns come from"`
	Needs     []string             `json:"needs,omitempty" doc:"Columns that must be there and are not matched: see match-sheet"`
	Asks      []SheetAsk           `json:"asks,omitempty" doc:"What of its writing you must say: see match-sheet"`
	Order     string               `json:"order,omitempty" enum:"dmy,mdy" doc:"Of days written with figures alone"`
	Decimal   string               `json:"decimal,omitempty" doc:"The sign before fractions"`
	Rows      int64                `json:"rows"`
	New       int64                `json:"new"`
	Changed   int64                `json:"changed"`
	Same      int64                `json:"same" doc:"There already"`
	Bad       int64                `json:"bad"`
	Applied   int64                `json:"applied"`
	Problems  []SheetProblem       `json:"problems,omitempty"`
	FirstRows []SheetRow           `json:"first_rows,omitempty"`
	WrongRows []SheetRow           `json:"wrong_rows,omitempty" doc:"The first that something is wrong with, beyond those"`
	Workbook  string               `json:"workbook,omitempty" doc:"Where the rows can be had with what is wrong in red"`
}

// SheetFrom is a column of the file, or one value for all rows.
type SheetFrom struct {
	Column int    `json:"column" doc:"Counted from 0; -1 where there is one value for all rows"`
	Value  string `json:"value,omitempty" maxLength:"200"`
	How    string `json:"how,omitempty" readOnly:"true" doc:"header, remembered or person"`
}

// SheetAsk is a question about the writing of a file, with a cell that makes it necessary.
type SheetAsk struct {
	What   string `json:"what" enum:"order,decimal"`
	Row    int64  `json:"row"`
	Column string `json:"column"`
	Value  string `json:"value"`
}

// SheetProblem is one way in which cells are wrong.
type SheetProblem struct {
	Column string `json:"column"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Count  int64  `json:"count"`
	Row    int64  `json:"row" doc:"The first"`
	Value  string `json:"value"`
}

// SheetRow is a row as it stands in the file, with what is wrong with it.
type SheetRow struct {
	Row   int64       `json:"row"`
	State string      `json:"state" enum:"new,changed,same,bad"`
	Cells []string    `json:"cells"`
	Marks []SheetMark `json:"marks,omitempty"`
}

// SheetMark is what is wrong with a cell.
type SheetMark struct {
	Column string `json:"column"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (a *API) sheet(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body Sheet }, error) {
	v, j, err := a.Uploads.Sheet(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := Sheet{Job: a.jobWire(who.Lang)(j)}
	if v == nil {
		return &struct{ Body Sheet }{w}, nil
	}
	w.Kind, w.File, w.Header, w.Needs, w.Order, w.Decimal = v.Kind, v.File, v.Header, v.Needs, v.Reading.Order, v.Reading.Decimal
	w.Rows, w.New, w.Changed, w.Same, w.Bad, w.Applied = v.Rows, v.New, v.Changed, v.Same, v.Bad, v.Applied
	w.Match = map[string]SheetFrom{}
	for name, f := range v.Match {
		w.Match[name] = SheetFrom(f)
	}
	for _, x := range v.Asks {
		w.Asks = append(w.Asks, SheetAsk{x.What, x.Row, x.Column, x.Value})
	}
	for _, p := range v.Problems {
		w.Problems = append(w.Problems, SheetProblem{p.Column, p.Code, i18n.Code(who.Lang, p.Code, p.Args), p.N, p.Row, p.Value})
	}
	w.FirstRows, w.WrongRows = sheetRows(who.Lang, v.First), sheetRows(who.Lang, v.Wrong)
	if v.Back != 0 {
		w.Workbook = prefix + "/sheets/" + j.ID.String() + "/workbook"
	}
	return &struct{ Body Sheet }{w}, nil
}

func sheetRows(lang string, rows []intake.SheetRow) (out []SheetRow) {
	for _, r := range rows {
		w := SheetRow{Row: r.Row, State: r.State, Cells: r.Cells}
		for _, m := range r.Marks {
			w.Marks = append(w.Marks, SheetMark{m.Column, m.Code, i18n.Code(lang, m.Code, m.Args)})
		}
		out = append(out, w)
	}
	return out
}

type matchIn struct {
	ByID
	Body struct {
		Match   map[string]SheetFrom `json:"match" maxProperties:"50" doc:"By the names of our columns"`
		Order   string               `json:"order,omitempty" enum:"dmy,mdy"`
		Decimal string               `json:"decimal,omitempty" maxLength:"1" doc:"\",\" or \".\""`
	}
}

func (a *API) matchSheet(ctx context.Context, who access.Actor, in *matchIn) (*jobOut, error) {
	m := intake.Match{}
	for name, f := range in.Body.Match {
		m[name] = intake.From{Column: f.Column, Value: f.Value, How: intake.ByPerson}
	}
	j, err := a.Uploads.MatchSheet(ctx, who, key(ctx), in.ID.ID, m, intake.Reading{Order: in.Body.Order, Decimal: in.Body.Decimal})
	return a.oneJob(who, j, err)
}

type applySheetIn struct {
	ByID
	Body struct {
		AcceptGood bool `json:"accept_good,omitempty" doc:"Apply the good rows although others are bad"`
	}
}

func (a *API) applySheet(ctx context.Context, who access.Actor, in *applySheetIn) (*jobOut, error) {
	j, err := a.Uploads.ApplySheet(ctx, who, key(ctx), in.ID.ID, in.Body.AcceptGood)
	return a.oneJob(who, j, err)
}

func (a *API) sheetWorkbook(ctx context.Context, who access.Actor, in *ByID) (*fileOut, error) {
	f, body, err := a.Uploads.SheetBack(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &fileOut{f.Media, files.Disposition(f.Name, files.XLSX, false), f.ETag(), func(c huma.Context) { stream(c, body, f.Size) }}, nil
}
