package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
	"saluran/web/kit"
	"saluran/web/view"
)

// unfinished adds the imports that broke off to the page of imports.
func (s *Site) unfinished(r *request, v *view.Imports) error {
	all, err := s.Uploads.Unfinished(r.ctx, r.a)
	if err != nil {
		return err
	}
	for _, x := range all {
		if !x.UnderWay {
			v.Broken = append(v.Broken, view.BrokenImport{ID: x.ID.String(), Files: x.Files, Begun: x.Begun})
		}
	}
	return nil
}

// unfinishedImport is the page of one that broke off: what it has done, and the way to give it up.
func (s *Site) unfinishedImport(r *request) error {
	return s.unfinishedPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) unfinishedPage(r *request, back refusal) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, b, err := s.Uploads.OneUnfinished(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.Unfinished{BrokenImport: view.BrokenImport{ID: x.ID.String(), Files: x.Files, Begun: x.Begun}, State: "broken", Form: back.Form, Left: r.remains(b)}
	switch {
	case x.GivenUp():
		v.State = "given_up"
	case x.Finished != "":
		v.State = "whole"
	case x.UnderWay:
		v.State = "under_way"
	}
	v.CanGiveUp = v.State == "broken" && r.can(access.Own, "import", "run")
	v.Counts = []view.Count{{Label: r.t("import.broken_purchases"), N: b.Purchases}, {Label: r.t("import.broken_sales"), N: b.Sales}, {Label: r.t("import.broken_products"), N: b.Products}}
	sh := r.shell(r.t("import.broken_title"), "imports", r.crumb("nav.home", "/"), r.crumb("nav.imports", "/imports"), kit.Crumb{Text: r.t("import.broken_title")})
	return r.html(back.Status, view.UnfinishedPage(sh, v))
}

// remains says what of an import that broke off remains bought.
func (r *request) remains(b intake.Bought) string {
	if b.Products == 0 {
		return r.t("import.left_nothing")
	}
	return r.t("import.left_bought", "qty", i18n.Qty(r.lang, b.Left), "products", i18n.Count(r.lang, b.Products))
}

// giveUpImport gives up an import that broke off: it says first what remains bought.
func (s *Site) giveUpImport(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "import", "run"); err != nil {
		return err
	}
	x, b, err := s.Uploads.OneUnfinished(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	switch {
	case f.changed():
		return r.to("/unfinished-imports/"+no.String(), "")
	case f.sure():
		if _, err = s.Uploads.GiveUp(r.ctx, r.a, r.auditKey(), no); err == nil {
			return r.to("/imports", "import.given_up")
		}
	default:
		if err = x.Open(); err == nil {
			r.blind(false)
			return s.weigh(r, "imports", view.Weigh{Title: r.t("import.give_up"), Lead: x.Files, Look: "bad", Icon: "x", Button: r.t("import.give_up_do"),
				Says: []string{r.remains(b), r.t("import.give_up_others"), r.t("import.give_up_again"), r.t("weigh.final")}},
				nil, r.crumb("nav.imports", "/imports"), kit.Crumb{Text: r.t("import.broken_title"), Href: "/unfinished-imports/" + no.String()})
		}
	}
	back, ok := r.refused(err, same)
	if !ok && errs.Is(err, errs.Conflict) {
		back, ok = refusal{Status: http.StatusConflict, Form: kit.Form{Alert: i18n.Error(r.lang, err)}}, true
	}
	if !ok {
		return err
	}
	return s.unfinishedPage(r, alerted(back))
}
