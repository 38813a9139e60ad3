package identity

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/text"
)

// MaxRoles is how many roles of its own an organisation may have in use.
const MaxRoles = 50

// Role is a role that an organisation has defined for itself. Nobody outside it learns that it exists.
type Role struct {
	ID      id.ID
	Role    string // what a membership names: own: and the number
	Name    string
	Base    string // the built-in role that it was copied from; "" for none
	Grants  []access.Grant
	Holders int64 // people who have it
	Created clock.Instant
	Ended   clock.Instant // 0: in use
	Version int64
}

// NewRole is a role as somebody wants it.
type NewRole struct {
	Name   string
	Base   string
	Grants []access.Grant
}

// RoleBook is the use cases of the roles that organisations define for themselves.
type RoleBook struct {
	d     *db.DB
	clock clock.Clock
	gate  Gate
}

// NewRoleBook makes the service.
func NewRoleBook(d *db.DB, c clock.Clock, g Gate) *RoleBook { return &RoleBook{d, c, g} }

// check holds what somebody wants against what may be said and what the maker may hand on: a role never grants what its maker
// may not do.
func (n *NewRole) check(g Gate, a access.Actor) error {
	bad := text.Line("name", &n.Name, 60)
	if n.Name == "" {
		bad = append(bad, errs.F("name", "role.name_length"))
	}
	if utf8.RuneCountInString(list.Fold(n.Name)) > 120 { // signs that stand for whole words
		bad = append(bad, errs.F("name", "text_too_long", "max", "60"))
	}
	if reserved(g, n.Name) {
		bad = append(bad, errs.F("name", "role.name_built_in"))
	}
	if n.Base != "" && !validRole(n.Base, a.Kind) {
		bad = append(bad, errs.F("from", "person.role"))
	}
	known := g.Sorted(n.Grants)
	switch {
	case len(n.Grants) == 0:
		bad = append(bad, errs.F("grants", "role.empty"))
	case len(n.Grants) > 1000 || len(unknown(n.Grants, known)) > 0:
		bad = append(bad, errs.F("grants", "role.unknown_grant"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	n.Grants = known
	return beyond(g, a, n.Grants, "role.beyond")
}

func unknown(all, known []access.Grant) (out []access.Grant) {
	in := map[access.Grant]bool{}
	for _, g := range known {
		in[g] = true
	}
	for _, g := range all {
		if !in[g] {
			out = append(out, g)
		}
	}
	return out
}

// beyond refuses to hand on what one may not do oneself.
func beyond(g Gate, a access.Actor, all []access.Grant, code string) error {
	more := g.Beyond(a, all)
	if len(more) == 0 {
		return nil
	}
	return g.Why(a, more[0].Rel, more[0].Object, more[0].Action).RefusalAs(code)
}

// reserved refuses a name that is taken for a built-in role, in either language.
func reserved(g Gate, name string) bool {
	fold := list.Fold(name)
	for _, kind := range []string{"", "operator"} {
		for _, r := range g.BuiltIn(kind) {
			if fold == r || fold == list.Fold(i18n.T(i18n.ID, "role."+r)) || fold == list.Fold(i18n.T(i18n.EN, "role."+r)) {
				return true
			}
		}
	}
	return strings.HasPrefix(fold, access.OwnPrefix) || strings.HasPrefix(fold, "kind:")
}

// Make defines a role. Right: person manage and all that the role grants, with a fresh proof. Errors: invalid_fields, role.beyond,
// role.name_taken, role.too_many, step_up_required.
func (s *RoleBook) Make(ctx context.Context, a access.Actor, k audit.Key, n NewRole) (Role, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Role{}, err
	}
	if err := n.check(s.gate, a); err != nil {
		return Role{}, err
	}
	if err := sure(ctx, s.d, s.clock, a); err != nil {
		return Role{}, err
	}
	now := s.clock.Now()
	doc, _, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.d.BumpMaster(ctx); err != nil { // first, because it lets one change of rights at a time pass
			return 0, err
		}
		var n0 int64
		if err := s.d.R(ctx).Model(&roleRow{}).Where("org = ? AND ended_us = 0", a.Org).Count(&n0).Error; err != nil {
			return 0, err
		}
		if n0 >= MaxRoles {
			return 0, errs.New(errs.Conflict, "role.too_many", "n", fmt.Sprint(MaxRoles))
		}
		no, fold := s.d.IDs.Next(), list.Fold(n.Name)
		row := roleRow{ID: no, Org: a.Org, Role: access.OwnPrefix + no.String(), Name: n.Name, OpenName: &fold, Base: n.Base, CreatedUs: now, Version: 1}
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return 0, taken(err)
		}
		if err := saveGrants(ctx, s.d, no, 1, n.Grants); err != nil {
			return 0, err
		}
		diff := audit.Diff(map[string][2]any{"name": {"", n.Name}, "granted": {"", said(n.Grants)}})
		return no, audit.Record(ctx, s.d, a.By(), now, "role.made", no, diff)
	})
	if err != nil {
		return Role{}, err
	}
	return s.role(ctx, a.Org, doc)
}

func taken(err error) error {
	if db.Classify(err) == db.Duplicate {
		return errs.Wrap(errs.Conflict, "role.name_taken", err)
	}
	return err
}

func said(all []access.Grant) string {
	words := make([]string, len(all))
	for i, g := range all {
		words[i] = string(g.Rel) + "." + g.Object + "." + g.Action
	}
	return strings.Join(words, " ")
}

// Change gives a role another name and other grants: they hold for all who have it from their next request on. Right: person
// manage and all that the role grants, before and after, with a fresh proof. Errors: those of Make, changed, role.ended.
func (s *RoleBook) Change(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, n NewRole) (Role, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Role{}, err
	}
	if err := n.check(s.gate, a); err != nil {
		return Role{}, err
	}
	if err := sure(ctx, s.d, s.clock, a); err != nil {
		return Role{}, err
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return no, s.change(ctx, a, no, version, n)
	})
	if err != nil {
		return Role{}, err
	}
	return s.role(ctx, a.Org, no)
}

func (s *RoleBook) change(ctx context.Context, a access.Actor, no id.ID, version int64, n NewRole) error {
	if err := s.d.BumpMaster(ctx); err != nil {
		return err
	}
	was, err := s.role(ctx, a.Org, no)
	switch {
	case err != nil:
		return err
	case was.Ended != 0:
		return errs.New(errs.Conflict, "role.ended")
	case version != 0 && version != was.Version:
		return errs.New(errs.Conflict, "changed")
	}
	if err := beyond(s.gate, a, s.gate.Sorted(was.Grants), "role.beyond"); err != nil {
		return err
	}
	set := map[string]any{"name": n.Name, "open_name": list.Fold(n.Name), "version": was.Version + 1}
	if err := s.d.W(ctx).Model(&roleRow{}).Where("id = ? AND org = ?", no, a.Org).Updates(set).Error; err != nil {
		return taken(err)
	}
	if err := saveGrants(ctx, s.d, no, was.Version+1, n.Grants); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"name": {was.Name, n.Name}, "granted": {"", said(unknown(n.Grants, was.Grants))},
		"withdrawn": {"", said(unknown(was.Grants, n.Grants))}})
	return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "role.changed", no, diff)
}

// End takes a role out of use; ending it again does nothing. Right: person manage, with a fresh proof. Errors: role.held
// while somebody has it, step_up_required.
func (s *RoleBook) End(ctx context.Context, a access.Actor, k audit.Key, no id.ID) (Role, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Role{}, err
	}
	if err := sure(ctx, s.d, s.clock, a); err != nil {
		return Role{}, err
	}
	now := s.clock.Now()
	_, _, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.d.BumpMaster(ctx); err != nil {
			return 0, err
		}
		was, err := s.role(ctx, a.Org, no)
		if err != nil || was.Ended != 0 {
			return no, err
		}
		if was.Holders > 0 {
			return 0, errs.New(errs.Conflict, "role.held", "n", fmt.Sprint(was.Holders))
		}
		set := map[string]any{"ended_us": now, "open_name": nil, "version": was.Version + 1}
		if err := s.d.W(ctx).Model(&roleRow{}).Where("id = ? AND org = ?", no, a.Org).Updates(set).Error; err != nil {
			return 0, err
		}
		if err := saveGrants(ctx, s.d, no, was.Version+1, was.Grants); err != nil {
			return 0, err
		}
		return no, audit.Record(ctx, s.d, a.By(), now, "role.ended", no, audit.Diff(map[string][2]any{"status": {"active", "ended"}}))
	})
	if err != nil {
		return Role{}, err
	}
	return s.role(ctx, a.Org, no)
}

const roleQuery = `SELECT r.id, r.org, r.role, r.name, r.base, r.created_us, r.ended_us, r.version,
 (SELECT COUNT(*) FROM membership m WHERE m.org = r.org AND m.role = r.role) AS holders FROM role_def r WHERE r.org = ?`

type roleView struct {
	Row     roleRow `gorm:"embedded"`
	Holders int64
}

func (v roleView) role() Role {
	r := v.Row
	return Role{ID: r.ID, Role: r.Role, Name: r.Name, Base: r.Base, Holders: v.Holders, Created: r.CreatedUs, Ended: r.EndedUs, Version: r.Version}
}

func (s *RoleBook) role(ctx context.Context, org, no id.ID) (Role, error) {
	var rows []roleView
	if err := s.d.R(ctx).Raw(roleQuery+" AND r.id = ?", org, no).Scan(&rows).Error; err != nil {
		return Role{}, fmt.Errorf("role %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Role{}, errs.Gone()
	}
	out := rows[0].role()
	var err error
	out.Grants, err = grantsOf(ctx, s.d, no, out.Version)
	out.Grants = s.gate.Sorted(out.Grants)
	return out, err
}

// Role is one role of the acting organisation. Right: person read.
func (s *RoleBook) Role(ctx context.Context, a access.Actor, no id.ID) (Role, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "read"); err != nil {
		return Role{}, err
	}
	return s.role(ctx, a.Org, no)
}

// List are the roles in use of the acting organisation, by name, without their grants. Right: to belong to it: the names of its
// roles are no secret among its people.
func (s *RoleBook) List(ctx context.Context, a access.Actor) ([]Role, error) {
	var rows []roleView
	err := s.d.R(ctx).Raw(roleQuery+" AND r.ended_us = 0 ORDER BY r.open_name, r.id LIMIT ?", a.Org, MaxRoles).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("roles: %w", err)
	}
	out := make([]Role, len(rows))
	for i, r := range rows {
		out[i] = r.role()
	}
	return out, nil
}

// Tables are the roles in use of the acting organisation as actors that hold them: what a matrix asks. Right: to belong to it.
func (s *RoleBook) Tables(ctx context.Context, a access.Actor) ([]access.Actor, error) {
	all, err := s.List(ctx, a)
	if err != nil {
		return nil, err
	}
	out := make([]access.Actor, 0, len(all))
	for _, r := range all {
		grants, err := grantsOf(ctx, s.d, r.ID, r.Version)
		if err != nil {
			return nil, err
		}
		own, err := s.gate.Compile(access.OwnRole{Org: a.Org, Role: r.Role, Name: r.Name, Version: r.Version}, grants)
		if err != nil {
			return nil, err
		}
		out = append(out, access.Actor{Org: a.Org, Kind: a.Kind, Role: r.Role, Own: own})
	}
	return out, nil
}

// Holders are people of the acting organisation who have one of some roles, by name; at most twenty. None, without an error,
// where the asker may not see people.
func (s *RoleBook) Holders(ctx context.Context, a access.Actor, roles []string) ([]Membership, error) {
	if len(roles) == 0 || !s.gate.Can(a, access.Own, "person", "read") {
		return nil, nil
	}
	var rows []Membership
	err := s.d.R(ctx).Raw(memberQuery+"m.org = ? AND m.role IN ? ORDER BY p.name, m.person LIMIT ?", a.Org, roles, min(20, list.MaxSize)).Scan(&rows).Error
	return rows, err
}

// giveable refuses a role that the acting organisation does not have, and one that may do what the giver may not. Call it
// inside the transaction that gives the role, after BumpMaster: then the role cannot end meanwhile.
func (s *Service) giveable(ctx context.Context, a access.Actor, role string) error {
	var grants []access.Grant
	switch {
	case access.IsOwn(role):
		def, err := findRole(ctx, s.d, a.Org, role)
		if err != nil {
			return err
		}
		if def.ID == 0 {
			return errs.OnFields("invalid_fields", errs.F("role", "person.role"))
		}
		if grants, err = grantsOf(ctx, s.d, def.ID, def.Version); err != nil {
			return err
		}
		grants = s.gate.Sorted(grants)
	case validRole(role, a.Kind):
		grants = s.gate.Grants(access.Actor{Org: a.Org, Kind: a.Kind, Role: role})
	default:
		return errs.OnFields("invalid_fields", errs.F("role", "person.role"))
	}
	return beyond(s.gate, a, grants, "person.beyond")
}
