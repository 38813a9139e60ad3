package site

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) sheetRoutes(get, post route) {
	get("/sheets/new", s.newSheet)
	get("/sheets/template", s.sheetTemplate)
	post("/sheets", s.sendSheet)
	get("/sheets/:id", s.sheet)
	post("/sheets/:id/match", s.matchSheet)
	post("/sheets/:id/apply", s.applySheet)
	get("/sheets/:id/workbook", s.sheetWorkbook)
}

// sheetKind is a kind as a page shows it.
func (r *request) sheetKind(k intake.Kind) view.SheetKind {
	v := view.SheetKind{Name: k.Name, Label: r.t("sheet.kind." + k.Name), About: r.t("sheet.about." + k.Name)}
	for _, c := range k.Columns {
		v.Columns = append(v.Columns, r.sheetColumn(k, c))
	}
	return v
}

func (r *request) sheetColumn(k intake.Kind, c intake.Column) view.SheetColumn {
	x := view.SheetColumn{Name: c.Name, Label: k.Label(r.lang, c), Must: c.Must, What: strings.TrimSpace(k.Hint(r.lang, c))}
	if x.What == "" {
		x.What = r.t("sheet.sort." + string(c.Sort))
	}
	for _, key := range c.Choices {
		x.Choices = append(x.Choices, intake.ChoiceLabel(r.lang, c, key))
	}
	return x
}

// newSheet is the page on which a spreadsheet is sent.
func (s *Site) newSheet(r *request) error {
	return s.newSheetPage(r, r.Query("kind", "products"), refusal{Status: http.StatusOK})
}

func (s *Site) newSheetPage(r *request, kind string, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "import", "run"); err != nil {
		return err
	}
	k, err := intake.KindOf(kind)
	if err != nil {
		return errs.Gone()
	}
	if err := s.Uploads.May(r.ctx, r.a, k); err != nil {
		return err
	}
	v := view.NewSheet{Kind: r.sheetKind(k), Form: back.Form}
	title := r.t("sheet.new", "kind", v.Kind.Label)
	return r.html(back.Status, view.NewSheetPage(r.shell(title, "imports", r.crumb("nav.home", "/"), r.crumb("nav.imports", "/imports"), kit.Crumb{Text: title}), v))
}

// sheetTemplate is the workbook that people fill in.
func (s *Site) sheetTemplate(r *request) error {
	kind := r.Query("kind", "products")
	if _, err := intake.KindOf(kind); err != nil {
		return errs.Gone()
	}
	var b bytes.Buffer
	if err := s.Uploads.SheetTemplate(r.ctx, r.a, kind, &b); err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, jobs.XLSX)
	r.Set(fiber.HeaderContentDisposition, files.Disposition(r.t("sheet.kind."+kind)+".xlsx", files.XLSX, false))
	return r.Send(b.Bytes())
}

func (s *Site) sendSheet(r *request) error {
	form, err := r.MultipartForm()
	if err != nil {
		return errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	kind := r.FormValue("kind")
	if hs := form.File["file"]; len(hs) == 0 || hs[0].Size == 0 {
		err = errs.OnFields("site.check_form", errs.F("file", "site.no_file"))
	} else {
		var j jobs.Job
		if j, err = s.Uploads.SendSheet(r.ctx, r.a, r.auditKey(), kind, sent(hs[0])); err == nil {
			return r.to("/sheets/"+j.ID.String(), "import.started")
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	if _, unknown := intake.KindOf(kind); unknown != nil {
		kind = "products"
	}
	return s.newSheetPage(r, kind, alerted(back))
}

func (s *Site) sheet(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.sheetPage(r, no, refusal{Status: http.StatusOK})
}

// sheetPage shows how a spreadsheet is understood, what is wrong with it, and what became of it.
func (s *Site) sheetPage(r *request, no id.ID, back refusal) error {
	x, j, err := s.Uploads.Sheet(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.Sheet{ID: no.String(), Form: back.Form, Job: r.job(j), Run: j.Kind == intake.SheetRunKind}
	var ask intake.SheetAsked
	if err := json.Unmarshal([]byte(j.Payload), &ask); err != nil {
		return err
	}
	k, err := intake.KindOf(ask.Kind)
	if err != nil {
		return errs.Gone()
	}
	v.Kind, v.File = r.t("sheet.kind."+k.Name), ask.Name()
	may := s.Uploads.May(r.ctx, r.a, k) == nil
	if x != nil {
		r.understood(&v, k, x)
		v.CanMatch = may && !v.Run
		v.CanApply = may && !v.Run && x.Ready() && x.New+x.Changed > 0
	}
	if v.Job.Message != "" && j.Status == jobs.Failed {
		v.Form.Alert = v.Job.Message
	}
	sh := r.shell(v.Kind+": "+v.File, "imports", r.crumb("nav.home", "/"), r.crumb("nav.imports", "/imports"), kit.Crumb{Text: v.File})
	return r.html(back.Status, view.SheetPage(sh, v))
}

// understood puts on the page what a check found, or a run did.
func (r *request) understood(v *view.Sheet, k intake.Kind, x *intake.SheetView) {
	v.Header, v.Samples, v.Open, v.SomeBad, v.Back = x.Header, x.Samples, !x.Ready(), x.Bad > 0, x.Back != 0
	r.matched(v, k, x)
	if v.Open {
		return
	}
	for _, c := range []struct {
		key string
		n   int64
	}{{"rows", x.Rows}, {"new", x.New}, {"changed", x.Changed}, {"same", x.Same}, {"bad", x.Bad}} {
		if k.Name == "sales" { // counted by documents, of which none changes
			if c.key == "changed" {
				continue
			}
			c.key = map[string]string{"new": "new_documents", "same": "same_documents"}[c.key] + map[string]string{"rows": "rows", "bad": "bad"}[c.key]
		}
		v.Counts = append(v.Counts, view.Count{Label: r.t("sheet.found_" + c.key), N: c.n})
	}
	if v.Run {
		v.Counts = append(v.Counts, view.Count{Label: r.t("sheet.found_applied"), N: x.Applied})
	}
	for _, p := range x.Problems {
		v.Problems = append(v.Problems, view.SheetProblem{N: p.N, Column: r.columnLabel(k, p.Column), Reason: i18n.Code(r.lang, p.Code, p.Args), Row: strconv.FormatInt(p.Row, 10), Like: p.Value})
	}
	v.Rows, v.Wrong = r.sheetRows(k, x, x.First), r.sheetRows(k, x, x.Wrong)
	v.Header = slices.Clone(v.Header)
	for _, row := range slices.Concat(v.Rows, v.Wrong) { // a cell behind the header stands under what a spreadsheet calls its column
		for i := len(v.Header); i < len(row.Cells); i++ {
			v.Header = append(v.Header, intake.ColumnLetters(i))
		}
	}
}

func (r *request) columnLabel(k intake.Kind, name string) string {
	for _, c := range k.Columns {
		if c.Name == name {
			return k.Label(r.lang, c)
		}
	}
	return "–"
}

func (r *request) sheetRows(k intake.Kind, x *intake.SheetView, rows []intake.SheetRow) []view.PreviewRow {
	var out []view.PreviewRow
	for _, row := range rows {
		p := view.PreviewRow{N: row.Row, State: row.State, Cells: row.Cells, Bad: map[int]string{}}
		for _, m := range row.Marks {
			at, marked := m.Beyond()
			if f, ok := x.Match[m.Column]; ok && f.Value == "" {
				at, marked = f.Column, true
			}
			if marked {
				for len(p.Cells) <= at { // a cell that is not there can be wrong too
					p.Cells = append(p.Cells, "")
				}
				p.Bad[at] = strings.TrimSpace(p.Bad[at] + " " + i18n.Code(r.lang, m.Code, m.Args))
			}
		}
		out = append(out, p)
	}
	return out
}

// matched says where each column of ours comes from, and what a person must say.
func (r *request) matched(v *view.Sheet, k intake.Kind, x *intake.SheetView) {
	options := []kit.Option{{Label: r.t("sheet.no_column")}}
	for i, h := range x.Header {
		label := h
		if len(x.Samples) > 0 && i < len(x.Samples[0]) && x.Samples[0][i] != "" {
			label += " (" + clipped(x.Samples[0][i], 24) + ")"
		}
		options = append(options, kit.Option{Value: strconv.Itoa(i), Label: label})
	}
	for _, c := range k.Columns {
		m := view.SheetMatch{SheetColumn: r.sheetColumn(k, c), Options: options}
		if f, ok := x.Match[c.Name]; ok {
			m.Value, m.Say = f.Value, r.t("sheet.how_"+f.How)
			if f.Value == "" {
				m.From = strconv.Itoa(f.Column)
				if f.Column < len(x.Header) {
					m.Column = x.Header[f.Column]
				}
			}
		}
		v.Columns = append(v.Columns, m)
	}
	asked := map[string]string{}
	for _, a := range x.Asks {
		asked[a.What] += " " + r.t("sheet.seen", "value", a.Value, "row", strconv.FormatInt(a.Row, 10), "column", a.Column)
	}
	for _, a := range x.Shown {
		v.Shown = append(v.Shown, r.t("sheet.shown_"+a.What+"_"+readingWord(x.Reading, a.What), "value", a.Value, "row", strconv.FormatInt(a.Row, 10)))
	}
	for what, now := range map[string]string{"order": x.Reading.Order, "decimal": x.Reading.Decimal} {
		if asked[what] == "" && now == "" {
			continue
		}
		q := view.SheetAsk{Name: what, Label: r.t("sheet.ask_" + what), Value: now, Why: strings.TrimSpace(asked[what])}
		if now == "" {
			q.Options = append(q.Options, kit.Option{Label: r.t("sheet.ask_choose")})
		}
		for _, o := range map[string][]string{"order": {"dmy", "mdy"}, "decimal": {",", "."}}[what] {
			q.Options = append(q.Options, kit.Option{Value: o, Label: r.t("sheet.answer_" + readingWord(intake.Reading{Order: o, Decimal: o}, what))})
		}
		v.Asks = append(v.Asks, q)
	}
	if len(v.Asks) == 2 && v.Asks[0].Name == "order" { // always in the same order
		v.Asks[0], v.Asks[1] = v.Asks[1], v.Asks[0]
	}
}

// readingWord is a reading as the catalogue calls it.
func readingWord(rd intake.Reading, what string) string {
	if what == "order" {
		return rd.Order
	}
	return map[string]string{",": "comma", ".": "point"}[rd.Decimal]
}

func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func (s *Site) matchSheet(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	m := intake.Match{}
	for name, v := range f.v {
		if column, ok := strings.CutPrefix(name, "c_"); ok {
			value := strings.TrimSpace(f.v["v_"+column])
			n, err := strconv.Atoi(v)
			switch {
			case value != "":
				m[column] = intake.From{Column: -1, Value: value, How: intake.ByPerson}
			case v != "" && err != nil:
				m[column] = intake.From{Column: -1}
			case v != "":
				m[column] = intake.From{Column: n, How: intake.ByPerson}
			}
		}
	}
	j, err := s.Uploads.MatchSheet(r.ctx, r.a, r.auditKey(), no, m, intake.Reading{Order: f.text("order"), Decimal: f.text("decimal")})
	if err == nil {
		return r.to("/sheets/"+j.ID.String(), "sheet.matched")
	}
	back, ok := r.refused(err, func(path string) string { return strings.Replace(path, "match.", "c_", 1) })
	if !ok {
		return err
	}
	return s.sheetPage(r, no, alerted(back))
}

func (s *Site) applySheet(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	mode := r.FormValue("mode")
	if mode == "cancel" {
		if _, _, err := s.Uploads.Sheet(r.ctx, r.a, no); err != nil {
			return err
		}
		if err := s.Jobs.Cancel(r.ctx, r.a.By(), no); err != nil && !errs.Is(err, errs.Conflict) {
			return err
		}
		return r.to("/imports", "import.cancelled")
	}
	j, err := s.Uploads.ApplySheet(r.ctx, r.a, r.auditKey(), no, mode == "good")
	if err == nil {
		return r.to("/sheets/"+j.ID.String(), "import.applied")
	}
	back, ok := r.refused(err, func(string) string { return "" })
	if !ok {
		return err
	}
	return s.sheetPage(r, no, alerted(back))
}

// sheetWorkbook is the workbook that goes back.
func (s *Site) sheetWorkbook(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f, body, err := s.Uploads.SheetBack(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, f.Media)
	r.Set(fiber.HeaderContentDisposition, files.Disposition(f.Name, files.XLSX, false))
	return r.SendStream(body, int(f.Size))
}
