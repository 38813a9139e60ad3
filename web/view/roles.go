package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/web/kit"
)

// Roles is the page of the roles that people may be given.
type Roles struct {
	BuiltIn, Own []RoleRow
	CanManage    bool
	Full         bool // as many as can be
}

// RoleRow is a role; From is the word of the built-in role that it was copied from.
type RoleRow struct {
	ID, Role, Name, From string
	Holders              int64
}

// RoleForm is the page of a role of the organisation's own, or of one that is to be made.
type RoleForm struct {
	RoleRow
	From      string // of a new role: the built-in role that is copied
	Bases     []kit.Option
	Groups    []GrantGroup
	Version   string
	Ended     clock.Instant
	CanChange bool
	CanEnd    bool
	Beyond    bool // the role may do what its reader may not
	Form      kit.Form
}

// GrantGroup is what may be done to an object, by relation; On of Of boxes are ticked.
type GrantGroup struct {
	Object, Word string
	On, Of       int
	Parts        []GrantPart
}

// GrantPart is one relation of a group.
type GrantPart struct {
	Rel, Word string
	Boxes     []GrantBox
}

// GrantBox is one thing that a role may do.
type GrantBox struct {
	Name, Word string
	On         bool
}

func roleLead(ctx context.Context, v RoleForm) string {
	if v.ID == "" {
		return t(ctx, "roles.new_lead")
	}
	if v.RoleRow.From != "" {
		return t(ctx, "roles.copied", "role", v.RoleRow.From)
	}
	return t(ctx, "roles.own_lead")
}

func roleAction(v RoleForm) string {
	if v.ID == "" {
		return "/roles"
	}
	return "/roles/" + v.ID
}

func roleSave(v RoleForm) string {
	if v.ID == "" {
		return "roles.make"
	}
	return "kit.save"
}
