package site

import (
	"net/http"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) accessRoutes(get route) {
	get("/access", s.accessPage)
	get("/access/why", s.whyPage)
}

// roleWord is the name of a role: the organisation's own for its own roles.
func (r *request) roleWord(role, own string) string {
	if own != "" {
		return own
	}
	return r.codeWord("role.", role)
}

func (r *request) codeWord(prefix, code string) string {
	if i18n.Has(r.lang, prefix+code) {
		return r.t(prefix + code)
	}
	return code
}

func (s *Site) accessPage(r *request) error {
	own, err := s.Roles.Tables(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Access{Role: r.Query("role", r.a.Role), Object: r.Query("object"), Policy: strconv.FormatInt(s.Gate.PolicyVersion(), 10)}
	if r.Query("role") == "" && (v.Object != "" || r.Request().URI().QueryArgs().Has("role")) {
		v.Role = ""
	}
	v.Roles = []kit.Option{{Label: r.t("access.every_role")}}
	for _, x := range s.Gate.BuiltIn(r.a.Kind) {
		v.Roles = append(v.Roles, kit.Option{Value: x, Label: r.roleWord(x, "")})
	}
	for _, x := range own {
		v.Roles = append(v.Roles, kit.Option{Value: x.Role, Label: x.Own.Name})
	}
	_, objects, _ := s.Gate.Vocabulary()
	v.Objects = []kit.Option{{Label: r.t("access.every_object")}}
	for _, o := range objects {
		v.Objects = append(v.Objects, kit.Option{Value: o, Label: r.codeWord("access.object.", o)})
	}
	for _, c := range s.Gate.Matrices(r.a, own, v.Role, v.Object) {
		acts := make([]string, len(c.Actions))
		for i, a := range c.Actions {
			acts[i] = r.codeWord("access.action.", a)
		}
		v.Rows = append(v.Rows, view.AccessRow{Role: r.roleWord(c.Role, c.Name), Object: r.codeWord("access.object.", c.Object),
			Rel: r.codeWord("access.rel.", string(c.Rel)), Actions: strings.Join(acts, ", ")})
	}
	return r.html(http.StatusOK, view.AccessPage(r.shell(r.t("access.title"), "people"), v))
}

func (s *Site) whyPage(r *request) error {
	e, err := s.Roles.Explain(r.ctx, r.a, access.Rel(r.Query("relation")), r.Query("object"), r.Query("action"))
	if err != nil {
		return err
	}
	v := view.Why{Allowed: e.Allowed, Text: i18n.Code(r.lang, "access.why."+string(e.Reason), e.Args()), Line: e.Text}
	for _, x := range e.Roles {
		v.Roles = append(v.Roles, r.roleWord(x.Role, x.RoleName))
	}
	for _, m := range e.People {
		v.People = append(v.People, m.Name+" ("+r.roleWord(m.Role, m.RoleName)+")")
	}
	return r.html(http.StatusOK, view.WhyPage(r.shell(r.t("access.why_title"), ""), v))
}

func ownName(a access.Actor) string {
	if a.Own == nil {
		return ""
	}
	return a.Own.Name
}
