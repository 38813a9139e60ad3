package site

import (
	"net/http"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) roleRoutes(get, post route) {
	get("/roles", s.roles)
	post("/roles", s.makeRole)
	get("/roles/new", s.newRole)
	get("/roles/:id", s.role)
	post("/roles/:id", s.changeRole)
	post("/roles/:id/end", s.endRole)
}

func (s *Site) roles(r *request) error {
	own, err := s.Roles.List(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Roles{CanManage: r.can(access.Own, "person", "manage"), Full: len(own) >= identity.MaxRoles}
	for _, x := range s.Gate.BuiltIn(r.a.Kind) {
		v.BuiltIn = append(v.BuiltIn, view.RoleRow{Role: x, Name: r.roleWord(x, "")})
	}
	for _, x := range own {
		v.Own = append(v.Own, r.roleRow(x))
	}
	return r.html(http.StatusOK, view.RolesPage(r.shell(r.t("nav.roles"), "roles"), v))
}

func (r *request) roleRow(x identity.Role) view.RoleRow {
	row := view.RoleRow{ID: x.ID.String(), Role: x.Role, Name: x.Name, Holders: x.Holders}
	if x.Base != "" {
		row.From = r.roleWord(x.Base, "")
	}
	return row
}

func (s *Site) newRole(r *request) error {
	return s.newRolePage(r, refusal{Status: http.StatusOK}, s.Gate.Copy(r.a, r.Query("from")))
}

// newRolePage is the form of a role that is not yet. on are the grants that are ticked.
func (s *Site) newRolePage(r *request, back refusal, on []access.Grant) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "person", "manage"); err != nil {
		return err
	}
	v := view.RoleForm{Form: back.Form, CanChange: true, From: r.Query("from", back.Form.Values["from"]), Groups: r.grantGroups(on, nil)}
	v.Bases = []kit.Option{{Label: r.t("roles.from_nothing")}}
	for _, x := range s.Gate.BuiltIn(r.a.Kind) {
		v.Bases = append(v.Bases, kit.Option{Value: x, Label: r.roleWord(x, "")})
	}
	title := r.t("roles.new")
	return r.html(back.Status, view.RolePage(r.shell(title, "roles", r.crumb("nav.roles", "/roles"), kit.Crumb{Text: title}), v))
}

// grantGroups are the boxes of a role by object and relation: what the reader may do, and so hand on, and what the role grants
// already.
func (r *request) grantGroups(on, has []access.Grant) (out []view.GrantGroup) {
	all := r.s.Gate.Sorted(append(append(r.s.Gate.Grants(r.a), has...), on...))
	for _, g := range all {
		if len(out) == 0 || out[len(out)-1].Object != g.Object {
			out = append(out, view.GrantGroup{Object: g.Object, Word: r.codeWord("access.object.", g.Object)})
		}
		group := &out[len(out)-1]
		if n := len(group.Parts); n == 0 || group.Parts[n-1].Rel != string(g.Rel) {
			group.Parts = append(group.Parts, view.GrantPart{Rel: string(g.Rel), Word: r.codeWord("access.rel.", string(g.Rel))})
		}
		part := &group.Parts[len(group.Parts)-1]
		c := view.GrantBox{Name: boxOf(g), Word: r.codeWord("access.action.", g.Action), On: slices.Contains(on, g)}
		part.Boxes = append(part.Boxes, c)
		group.Of++
		if c.On {
			group.On++
		}
	}
	return out
}

func boxOf(g access.Grant) string { return "g_" + string(g.Rel) + "." + g.Object + "." + g.Action }

// ticked are the grants of a form, of all that can be asked at all; what its sender may not hand on is refused by the use case.
func (s *Site) ticked(f *reader) (out []access.Grant) {
	rels, objects, actions := s.Gate.Vocabulary()
	for _, obj := range objects {
		for _, rel := range rels {
			for _, act := range actions[obj] {
				if g := (access.Grant{Rel: access.Rel(rel), Object: obj, Action: act}); f.yes(boxOf(g)) {
					out = append(out, g)
				}
			}
		}
	}
	return out
}

// fieldOfRole says which field of the form a path of an error means.
func fieldOfRole(path string) string {
	if path == "name" {
		return path
	}
	return ""
}

func (s *Site) makeRole(r *request) error {
	f := r.reader()
	n := identity.NewRole{Name: f.text("name"), Base: f.text("from"), Grants: s.ticked(f)}
	x, err := s.Roles.Make(r.ctx, r.a, r.auditKey(), n)
	if err == nil {
		return r.to("/roles/"+x.ID.String(), "role.made")
	}
	back, ok := r.refused(err, fieldOfRole)
	if !ok {
		return err
	}
	return s.newRolePage(r, alerted(back), n.Grants)
}

func (s *Site) role(r *request) error { return s.rolePage(r, refusal{Status: http.StatusOK}, nil) }

// rolePage is a role with its form. typed are the grants of a form that was refused; nil: those that the role has.
func (s *Site) rolePage(r *request, back refusal, typed []access.Grant) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Roles.Role(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	on := typed
	if on == nil {
		on = x.Grants
	}
	v := view.RoleForm{RoleRow: r.roleRow(x), Version: strconv.FormatInt(x.Version, 10), Form: back.Form, Ended: x.Ended, Groups: r.grantGroups(on, x.Grants)}
	manages := r.can(access.Own, "person", "manage") && x.Ended == 0
	v.CanEnd = manages
	v.CanChange = manages && len(s.Gate.Beyond(r.a, x.Grants)) == 0
	v.Beyond = manages && !v.CanChange
	return r.html(back.Status, view.RolePage(r.shell(x.Name, "roles", r.crumb("nav.roles", "/roles"), kit.Crumb{Text: x.Name}), v))
}

func (s *Site) changeRole(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	n := identity.NewRole{Name: f.text("name"), Grants: s.ticked(f)}
	version, err := strconv.ParseInt(f.text("version"), 10, 64)
	if err != nil || version < 1 {
		version = -1 // no version of anything: the form says which one it changes
	}
	if _, err = s.Roles.Change(r.ctx, r.a, r.auditKey(), no, version, n); err == nil {
		return r.to("/roles/"+no.String(), "role.changed")
	}
	back, ok := r.refused(err, fieldOfRole)
	if !ok {
		return err
	}
	if errs.CodeOf(err) == "changed" { // somebody else's version is shown, not the one that was typed over it
		back.Form.Values = nil
		return s.rolePage(r, alerted(back), nil)
	}
	if n.Grants == nil {
		n.Grants = []access.Grant{}
	}
	return s.rolePage(r, alerted(back), n.Grants)
}

func (s *Site) endRole(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err = s.Roles.End(r.ctx, r.a, r.auditKey(), no); err == nil {
		return r.to("/roles", "role.ended")
	}
	back, ok := r.refused(err, nowhere)
	if !ok {
		return err
	}
	back.Form.Values = nil
	return s.rolePage(r, alerted(back), nil)
}

// roleOptions are the roles that people of the acting organisation may be given.
func (s *Site) roleOptions(r *request) ([]kit.Option, error) {
	own, err := s.Roles.List(r.ctx, r.a)
	if err != nil {
		return nil, err
	}
	var out []kit.Option
	for _, x := range s.Gate.BuiltIn(r.a.Kind) {
		out = append(out, kit.Option{Value: x, Label: r.roleWord(x, "")})
	}
	for _, x := range own {
		out = append(out, kit.Option{Value: x.Role, Label: x.Name})
	}
	return out, nil
}
