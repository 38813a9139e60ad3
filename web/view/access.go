package view

import "saluran/web/kit"

// Access is the matrix of roles.
type Access struct {
	Role, Object   string
	Roles, Objects []kit.Option
	Policy         string
	Rows           []AccessRow
}

// AccessRow is what a role may do to an object under a relation, in words.
type AccessRow struct{ Role, Object, Rel, Actions string }

// Why explains a decision, in words.
type Why struct {
	Allowed        bool
	Text, Line     string
	Roles, People  []string
	SeesPeople     bool
	Policy, Reason string
}
