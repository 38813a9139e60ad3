package api

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/identity"
)

func (a *API) access() {
	const tag = "Access"
	handle(a, get("access-matrix", "/access/matrix", tag, "Who may do what in your organisation: role, relation, object, actions"), a.matrix)
	handle(a, get("access-why", "/access/why", tag, "Why you may do something, or may not, and who may instead"), a.why)
	handle(a, get("list-roles", "/roles", tag, "The roles that people of your organisation may be given"), a.listRoles)
	handle(a, made(post("make-role", "/roles", tag, "Define a role of your organisation's own")), a.makeRole)
	handle(a, get("role", "/roles/{id}", tag, "A role of your organisation's own, and what it grants"), a.role)
	handle(a, change("change-role", "/roles/{id}", tag, "Change a role; it holds for all who have it from their next request on"), a.changeRole)
	handle(a, del("end-role", "/roles/{id}", tag, "End a role that nobody has"), a.endRole)
}

// Allowed is what a role may do to one object under one relation.
type Allowed struct {
	Role     string   `json:"role"`
	Name     string   `json:"name" doc:"Of the role, in your language"`
	Object   string   `json:"object"`
	Relation string   `json:"relation" doc:"How your organisation stands to the object"`
	Actions  []string `json:"actions"`
}

type matrixIn struct {
	Role   string `query:"role" doc:"That role alone" maxLength:"24"`
	Object string `query:"object" doc:"That object alone" maxLength:"24"`
}

// Matrix is who may do what.
type Matrix struct {
	PolicyVersion int64     `json:"policy_version"`
	Kind          string    `json:"kind" doc:"Of your organisation"`
	Items         []Allowed `json:"items"`
}

func (a *API) matrix(ctx context.Context, who access.Actor, in *matrixIn) (*struct{ Body Matrix }, error) {
	own, err := a.Roles.Tables(ctx, who)
	if err != nil {
		return nil, err
	}
	m := Matrix{PolicyVersion: a.Gate.PolicyVersion(), Kind: who.Kind, Items: []Allowed{}}
	for _, c := range a.Gate.Matrices(who, own, in.Role, in.Object) {
		m.Items = append(m.Items, Allowed{c.Role, roleName(who.Lang, c.Role, c.Name), c.Object, string(c.Rel), c.Actions})
	}
	return &struct{ Body Matrix }{m}, nil
}

func roleName(lang, role, own string) string {
	switch {
	case own != "":
		return own
	case i18n.Has(lang, "role."+role):
		return i18n.T(lang, "role."+role)
	}
	return role
}

type whyIn struct {
	Relation string `query:"relation" required:"true" maxLength:"24" doc:"How your organisation stands to the object" example:"seller"`
	Object   string `query:"object" required:"true" maxLength:"24" example:"order"`
	Action   string `query:"action" required:"true" maxLength:"24" example:"confirm"`
}

// Why is a decision with its grounds.
type Why struct {
	Role          string   `json:"role"`
	Kind          string   `json:"kind"`
	Relation      string   `json:"relation"`
	Object        string   `json:"object"`
	Action        string   `json:"action"`
	Allowed       bool     `json:"allowed"`
	Reason        string   `json:"reason" enum:"granted,unknown,scope,kind_denied,kind_silent,role_denied,role_silent,own_silent"`
	Line          int      `json:"line,omitempty" doc:"The line of grants.csv that decided; left out where none does"`
	Text          string   `json:"text,omitempty" doc:"Of the line"`
	PolicyVersion int64    `json:"policy_version"`
	Detail        string   `json:"detail" doc:"The same in words"`
	Instead       []Named  `json:"instead" doc:"Roles of your organisation that may"`
	People        []Holder `json:"people" doc:"People of your organisation who may, if you may see people; twenty at most"`
}

// Named is a role.
type Named struct {
	Role string `json:"role"`
	Name string `json:"name"`
}

// Holder is somebody who has a role.
type Holder struct {
	Person id.ID  `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

func (a *API) why(ctx context.Context, who access.Actor, in *whyIn) (*struct{ Body Why }, error) {
	e, err := a.Roles.Explain(ctx, who, access.Rel(in.Relation), in.Object, in.Action)
	if err != nil {
		return nil, err
	}
	w := Why{Role: e.Role, Kind: e.Kind, Relation: string(e.Rel), Object: e.Object, Action: e.Action, Allowed: e.Allowed, Reason: string(e.Reason),
		Line: e.Line, Text: e.Text, PolicyVersion: e.Policy, Detail: i18n.Code(who.Lang, "access.why."+string(e.Reason), e.Args()), Instead: []Named{}, People: []Holder{}}
	for _, r := range e.Roles {
		w.Instead = append(w.Instead, Named{r.Role, roleName(who.Lang, r.Role, r.RoleName)})
	}
	for _, m := range e.People {
		w.People = append(w.People, Holder{m.Person, m.Name, m.Role})
	}
	return &struct{ Body Why }{w}, nil
}

// Granted is one thing that a role may do.
type Granted struct {
	Relation string `json:"relation" maxLength:"24" example:"seller"`
	Object   string `json:"object" maxLength:"24" example:"order"`
	Action   string `json:"action" maxLength:"24" example:"confirm"`
}

// OwnRole is a role that people of the organisation may be given.
type OwnRole struct {
	ID      id.ID     `json:"id,omitempty" doc:"Of a role of your organisation's own"`
	Role    string    `json:"role" doc:"What a person is given"`
	Name    string    `json:"name"`
	From    string    `json:"from,omitempty" doc:"The role that it was copied from"`
	Own     bool      `json:"own"`
	Holders int64     `json:"holders,omitempty" doc:"How many people have it"`
	Ended   string    `json:"ended_at,omitempty"`
	Version int64     `json:"version,omitempty"`
	Grants  []Granted `json:"grants,omitempty"`
}

func ownRoleWire(r identity.Role) OwnRole {
	out := OwnRole{ID: r.ID, Role: r.Role, Name: r.Name, From: r.Base, Own: true, Holders: r.Holders, Ended: instant(r.Ended), Version: r.Version}
	for _, g := range r.Grants {
		out.Grants = append(out.Grants, Granted{string(g.Rel), g.Object, g.Action})
	}
	return out
}

func oneRole(r identity.Role, err error) (*one[OwnRole], error) {
	if err != nil {
		return nil, err
	}
	return &one[OwnRole]{httpx.ETag(r.Version), ownRoleWire(r)}, nil
}

func (a *API) listRoles(ctx context.Context, who access.Actor, _ *struct{}) (*page[OwnRole], error) {
	all, err := a.Roles.List(ctx, who)
	if err != nil {
		return nil, err
	}
	var out []OwnRole
	for _, r := range a.Gate.BuiltIn(who.Kind) {
		out = append(out, OwnRole{Role: r, Name: roleName(who.Lang, r, "")})
	}
	for _, r := range all {
		out = append(out, ownRoleWire(r))
	}
	return whole(out, func(r OwnRole) OwnRole { return r }), nil
}

type roleBody struct {
	Name   string    `json:"name" doc:"1 to 60 characters"`
	From   string    `json:"from,omitempty" doc:"A built-in role to copy: where grants are left out, all that it may do and you may too"`
	Grants []Granted `json:"grants,omitempty" maxItems:"1000"`
}

func (a *API) newRole(who access.Actor, b roleBody) (identity.NewRole, error) {
	n := identity.NewRole{Name: b.Name, Base: b.From}
	for _, g := range b.Grants {
		n.Grants = append(n.Grants, access.Grant{Rel: access.Rel(g.Relation), Object: g.Object, Action: g.Action})
	}
	if len(n.Grants) == 0 && b.From != "" {
		if !slices.Contains(a.Gate.BuiltIn(who.Kind), b.From) {
			return n, errs.OnFields("invalid_fields", errs.F("from", "person.role"))
		}
		n.Grants = a.Gate.Copy(who, b.From)
	}
	return n, nil
}

func (a *API) makeRole(ctx context.Context, who access.Actor, in *struct{ Body roleBody }) (*one[OwnRole], error) {
	n, err := a.newRole(who, in.Body)
	if err != nil {
		return nil, err
	}
	return oneRole(a.Roles.Make(ctx, who, key(ctx), n))
}

func (a *API) role(ctx context.Context, who access.Actor, in *ByID) (*one[OwnRole], error) {
	return oneRole(a.Roles.Role(ctx, who, in.ID.ID))
}

type roleIn struct {
	ByID
	Body roleBody
}

func (a *API) changeRole(ctx context.Context, who access.Actor, in *roleIn) (*one[OwnRole], error) {
	n, err := a.newRole(who, in.Body)
	if err != nil {
		return nil, err
	}
	return oneRole(a.Roles.Change(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, n))
}

func (a *API) endRole(ctx context.Context, who access.Actor, in *ByID) (*one[OwnRole], error) {
	return oneRole(a.Roles.End(ctx, who, key(ctx), in.ID.ID))
}
