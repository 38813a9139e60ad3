package site

import (
	"net/http"
	"slices"
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
	return r.html(http.StatusOK, view.AccessPage(r.shell(r.t("access.title"), "access"), v))
}

func (s *Site) whyPage(r *request) error {
	e, err := s.Roles.Explain(r.ctx, r.a, access.Rel(r.Query("relation")), r.Query("object"), r.Query("action"))
	if err != nil {
		return err
	}
	v := view.Why{Allowed: e.Allowed, Text: i18n.Code(r.lang, "access.why."+string(e.Reason), e.Args()), Role: r.roleWord(e.Role, e.Name), RoleCode: e.Role,
		Kind: r.codeWord("kind.", e.Kind), Rel: r.codeWord("access.rel.", string(e.Rel)), Object: r.codeWord("access.object.", e.Object),
		Action: r.codeWord("access.action.", e.Action), Rule: r.rule(e.Decision), Line: e.Decision.Text, Policy: strconv.FormatInt(e.Policy, 10),
		Asked: [3]string{e.Object, string(e.Rel), e.Action}}
	for _, x := range e.Roles {
		v.Roles = append(v.Roles, r.roleWord(x.Role, x.RoleName))
	}
	for _, m := range e.People {
		v.People = append(v.People, m.Name+" ("+r.roleWord(m.Role, m.RoleName)+")")
	}
	rels, objects, actions := s.Gate.Vocabulary()
	v.Rels, v.Objects = r.words("access.rel.", rels), r.words("access.object.", objects)
	var acts []string
	for _, obj := range objects {
		for _, a := range actions[obj] {
			if !slices.Contains(acts, a) {
				acts = append(acts, a)
			}
		}
	}
	v.Actions = r.words("access.action.", acts)
	return r.html(http.StatusOK, view.WhyPage(r.shell(r.t("access.why_title"), "access"), v))
}

func (r *request) words(prefix string, codes []string) []kit.Option {
	out := make([]kit.Option, len(codes))
	for i, c := range codes {
		out[i] = kit.Option{Value: c, Label: r.codeWord(prefix, c)}
	}
	return out
}

// rule names what decided: a line of the grants, the organisation's own role, or the absence of any rule.
func (r *request) rule(d access.Decision) string {
	line, via := strconv.Itoa(d.Line), strconv.Itoa(d.Via)
	switch {
	case d.Reason == access.OwnSilent:
		return r.t("access.own_rule")
	case d.Line == 0:
		return r.t("access.no_rule")
	case d.Via != 0:
		return r.t("access.rule_via", "line", line, "via", via)
	}
	return r.t("access.rule_line", "line", line)
}

func ownName(a access.Actor) string {
	if a.Own == nil {
		return ""
	}
	return a.Own.Name
}
