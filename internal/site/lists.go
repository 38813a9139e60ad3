package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/desk"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/listing"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) listRoutes(_, post route) {
	post("/lists/:list/views", s.saveView)
	post("/lists/:list/columns", s.setColumns)
	post("/lists/:list/export", s.exportList)
	post("/lists/:list/act", s.bulk)
	post("/views/:id", s.changeView)
	post("/views/:id/restore", s.restoreView)
}

// named is the list that a path names; not_found where there is none.
func (r *request) named() (string, listed, error) {
	key := r.Params("list")
	l, ok := lists[key]
	if !ok {
		return "", l, errs.Gone()
	}
	return key, l, nil
}

// at is the address of a list, filtered by a query of its own parameters.
func at(key, query string) string {
	clean, _ := desk.Clean(key, query)
	if clean == "" {
		return lists[key].path
	}
	return lists[key].path + "?" + clean
}

// viewAt is the address of a saved view.
func viewAt(v desk.View) string {
	out := lists[v.List].path + "?view=" + v.ID.String()
	if v.Query != "" {
		out += "&" + v.Query
	}
	return out
}

// kept says on a page of its own why a setting was refused: there is no form beside it that could be shown again with its list.
func (s *Site) kept(err error, r *request, title, back string, f kit.Field) error {
	refused, ok := r.refused(err, same)
	if !ok {
		return err
	}
	refused = alerted(refused)
	v := view.Again{Title: r.t(title), Back: back, Action: r.Path(), Field: f, Form: refused.Form}
	for k, x := range values(r.Ctx) {
		if k != f.Name && !strings.HasPrefix(k, "_") {
			v.Hidden = append(v.Hidden, [2]string{k, x})
		}
	}
	slices.SortFunc(v.Hidden, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return r.html(refused.Status, view.AgainPage(r.shell(v.Title, "", r.crumb("nav.home", "/"), kit.Crumb{Text: v.Title}), v))
}

func (s *Site) saveView(r *request) error {
	key, _, err := r.named()
	if err != nil {
		return err
	}
	f := r.reader()
	v, err := s.Desk.Save(r.ctx, r.a, r.auditKey(), desk.View{List: key, Name: f.text("name"), Query: f.text("query"), Team: f.yes("team")})
	if err != nil {
		return s.kept(err, r, "listing.save", at(key, f.text("query")), kit.Field{Name: "name", Label: r.t("listing.name"), Max: 60, Required: true})
	}
	return r.to(viewAt(v), "view.saved")
}

// changeView gives a view another name, makes another of it, or takes it away, which can be undone.
func (s *Site) changeView(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	v, err := s.Desk.View(r.ctx, r.a, no, true)
	if err != nil {
		return err
	}
	f := r.reader()
	to, done := viewAt(v), "view.changed"
	switch f.text("do") {
	case "end":
		_, err = s.Desk.End(r.ctx, r.a, no, f.version())
		to, done = at(v.List, "")+"?undo=view-"+no.String(), "view.ended"
	case "copy":
		var c desk.View
		name := []rune(r.t("listing.copy_of", "name", v.Name))
		c, err = s.Desk.Save(r.ctx, r.a, r.auditKey(), desk.View{List: v.List, Name: string(name[:min(len(name), 60)]), Query: v.Query})
		to, done = viewAt(c), "view.saved"
	default:
		_, err = s.Desk.Change(r.ctx, r.a, no, f.version(), f.text("rename"), f.yes("team"))
	}
	if err != nil {
		return s.kept(err, r, "listing.rename", viewAt(v), kit.Field{Name: "rename", Label: r.t("listing.name"), Max: 60})
	}
	return r.to(to, done)
}

func (s *Site) restoreView(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	v, err := s.Desk.Restore(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	return r.to(viewAt(v), "view.restored")
}

// setColumns keeps which columns of a list are shown, and how close its rows stand.
func (s *Site) setColumns(r *request) error {
	key, l, err := r.named()
	if err != nil {
		return err
	}
	f := r.reader()
	var without []string
	for _, c := range l.columns {
		if !f.yes("show-" + columnKey(c)) {
			without = append(without, columnKey(c))
		}
	}
	if err := s.Desk.SetList(r.ctx, r.a, key, without, f.yes("dense")); err != nil {
		return err
	}
	return r.to(at(key, f.text("query")), "list.columns")
}

// exportList asks for the list as it is filtered, as a workbook.
func (s *Site) exportList(r *request) error {
	key, l, err := r.named()
	if err != nil {
		return err
	}
	q, err := s.queryOf(key, r.reader().text("query"))
	if err != nil {
		return err
	}
	code := ""
	if org, err := s.Partner.Org(r.ctx, r.a, r.a.Org); err == nil {
		code = org.Code
	}
	if _, err := s.Jobs.ExportList(r.ctx, r.a, code, key, l.where(r, q), r.lang, r.auditKey()); err != nil {
		return err
	}
	return r.to("/exports", "list.exported")
}

// queryOf reads the filter that a form carries, of what its list knows.
func (s *Site) queryOf(key, text string) (url.Values, error) {
	clean, ok := desk.Clean(key, text)
	if !ok {
		return nil, errs.OnFields("view.no_list", errs.F("query", "view.no_list"))
	}
	return url.ParseQuery(clean)
}

// bulk does something with several rows: it shows which before it is sure, unless it can be undone, and what became of each after.
func (s *Site) bulk(r *request) error {
	key, l, err := r.named()
	if err != nil {
		return err
	}
	f := r.reader()
	act, err := listing.Find(key, f.text("do"))
	if err != nil {
		return err
	}
	if err := s.Gate.Ever(r.ctx, r.a, act.Right); err != nil {
		return err
	}
	back := at(key, f.text("query"))
	if b := f.text("back"); strings.HasPrefix(b, l.path) && f.text("query") == "" {
		_, query, _ := strings.Cut(b, "?")
		back = at(key, query)
	}
	ids, err := s.chosenRows(r, key, l, f)
	if err != nil {
		return s.notChosen(r, err, key, back)
	}
	v := view.Bulk{List: key, Act: act.Name, Back: back, Reason: act.Reason, Means: r.t("bulk.means." + key + "." + act.Name), Undo: act.Undo}
	word := r.t("bulk." + key + "." + act.Name)
	for _, no := range ids {
		v.IDs = append(v.IDs, no.String())
	}
	if !f.sure() && act.Undo == "" {
		return s.weighBulk(r, v, word, ids, refusal{Status: http.StatusOK})
	}
	rows, err := s.Listing.Run(r.ctx, r.a, r.auditKey(), key, act.Name, ids, f.text("reason"))
	if err != nil {
		if errs.CodeOf(err) == "bulk.reason" {
			if back, ok := r.refused(err, same); ok {
				return s.weighBulk(r, v, word, ids, back)
			}
		}
		return s.notChosen(r, err, key, back)
	}
	return s.ranBulk(r, v, word, rows)
}

// notChosen leads back to the list with what is wrong with the choice.
func (s *Site) notChosen(r *request, err error, key, back string) error {
	refused, ok := r.refused(err, func(string) string { return "" })
	if !ok {
		return err
	}
	v := view.Again{Title: r.t("listing.bulk"), Back: back, Form: alerted(refused).Form}
	return r.html(refused.Status, view.AgainPage(r.shell(v.Title, key, r.crumb("nav.home", "/"), r.crumb("list."+key, back)), v))
}

// chosenRows are the rows that a form names, or all that its filter finds.
func (s *Site) chosenRows(r *request, key string, l listed, f *reader) (out []id.ID, err error) {
	if f.yes("all") {
		q, err := s.queryOf(key, f.text("query"))
		if err != nil {
			return nil, err
		}
		return s.Listing.IDs(r.ctx, r.a, key, l.where(r, q))
	}
	for _, x := range all(r.Ctx)["id"] {
		if no := ref(x); no != 0 {
			out = append(out, no)
		}
	}
	switch {
	case len(out) == 0:
		return nil, errs.New(errs.Invalid, "bulk.none")
	case len(out) > listing.Most:
		return nil, errs.New(errs.Invalid, "bulk.too_many", "n", i18n.Count(r.lang, listing.Most))
	}
	return out, nil
}

// weighBulk shows what is about to be done: every row by its number, with its other side and its amount where they may be seen.
func (s *Site) weighBulk(r *request, v view.Bulk, word string, ids []id.ID, back refusal) error {
	rows, err := s.Listing.Glance(r.ctx, r.a, v.List, ids)
	if err != nil {
		return err
	}
	n := i18n.Count(r.lang, int64(len(ids)))
	v.Title, v.Lead, v.Form = r.t("bulk.weigh", "act", word, "n", n), r.t("bulk.weigh_lead"), back.Form
	for _, x := range rows {
		row := view.BulkRow{Number: x.Number, Why: x.Partner}
		if x.Number != "" {
			row.Href = lists[v.List].path + "/" + x.ID.String()
		}
		if x.Currency != "" {
			row.Why += " · " + r.money(x.Currency, x.Amount)
		}
		v.Rows = append(v.Rows, row)
	}
	return r.html(back.Status, view.BulkPage(r.shell(v.Title, v.List, r.crumb("nav.home", "/"), r.crumb("list."+v.List, v.Back), kit.Crumb{Text: word}), v))
}

func (s *Site) ranBulk(r *request, v view.Bulk, word string, rows []listing.Result) error {
	v.Ran, v.Title = true, r.t("bulk.result", "act", word)
	for _, x := range rows {
		row := view.BulkRow{Number: x.Number}
		if x.Number != "" {
			row.Href = lists[v.List].path + "/" + x.ID.String()
		}
		if x.Err != nil {
			v.Refused++
			if errs.Is(x.Err, errs.Internal) {
				s.Log.Error("a row of a run", "list", v.List, "act", v.Act, "error", x.Err.Error())
			}
			row.Why = i18n.Error(r.lang, x.Err)
		} else {
			v.Done++
			v.UndoIDs = append(v.UndoIDs, x.ID.String())
		}
		v.Rows = append(v.Rows, row)
	}
	v.Lead = r.t("bulk.result_lead", "done", i18n.Count(r.lang, v.Done), "refused", i18n.Count(r.lang, v.Refused))
	return r.html(http.StatusOK, view.BulkPage(r.shell(v.Title, v.List, r.crumb("nav.home", "/"), r.crumb("list."+v.List, v.Back), kit.Crumb{Text: word}), v))
}

// saidDay writes a day of a filter as people do; what is none stays.
func saidDay(lang, day string) string {
	d, err := clock.ParseDate(day)
	if err != nil {
		return day
	}
	return i18n.Date(lang, d)
}
