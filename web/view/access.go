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
	Allowed                         bool
	Text                            string
	Role, Kind, Rel, Object, Action string
	RoleCode                        string
	Rule, Line                      string // what decided, and its text where it is a line of the grants
	Policy                          string
	Roles, People                   []string
	Asked                           [3]string // object, relation, action
	Objects, Rels, Actions          []kit.Option
}

func whyTone(v Why) string {
	if v.Allowed {
		return "ok"
	}
	return "bad"
}

func whyDecision(v Why) string {
	if v.Allowed {
		return "access.allowed"
	}
	return "access.refused"
}
