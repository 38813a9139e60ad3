package site

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"saluran/internal/money"
	"saluran/web/kit"
	"saluran/web/view"
)

// sure tells whether somebody who saw what a form will do sends it.
func (f *reader) sure() bool { return f.text("sure") == "1" }

// changed tells whether somebody who saw what a form will do wants to change it first.
func (f *reader) changed() bool { return f.text("sure") == "back" }

// weigh shows what a form will do before it is sent, and keeps what was typed; set replaces some of it by what it was understood as.
func (s *Site) weigh(r *request, current string, v view.Weigh, set map[string]string, crumbs ...kit.Crumb) error {
	typed := values(r.Ctx)
	maps.Copy(typed, set)
	for _, k := range slices.Sorted(maps.Keys(typed)) {
		if k != "_csrf" && k != "_key" && k != "sure" && !strings.HasPrefix(k, "_step_") {
			v.Hidden = append(v.Hidden, [2]string{k, typed[k]})
		}
	}
	if v.Action == "" {
		v.Action = r.Path()
	}
	if v.Look == "" {
		v.Look, v.Icon = "pri", "check"
	}
	crumbs = append([]kit.Crumb{r.crumb("nav.home", "/")}, append(crumbs, kit.Crumb{Text: v.Title})...)
	return r.html(http.StatusOK, view.WeighPage(r.shell(v.Title, current, crumbs...), v))
}

// backTo is the form shown again to somebody who wants to change it: nothing is wrong with it.
func (r *request) backTo() refusal {
	return refusal{Status: http.StatusOK, Form: kit.Form{Values: values(r.Ctx)}}
}

// money writes an amount as the pages do.
func (r *request) money(currency string, m money.Minor) string { return kit.Amount(r.ctx, currency, m) }
