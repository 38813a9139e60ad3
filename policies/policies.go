// Package policies carries the rules of access as text: the model that gives a grant its meaning, and the grants. Package
// access compiles them; policies/matrix.golden prints what comes out, so that a change of rights is read in a diff.
package policies

import "embed"

// FS holds model.conf and grants.csv.
//
//go:embed model.conf grants.csv
var FS embed.FS

// Model is the casbin model.
//
//go:embed model.conf
var Model string

// Grants are the vocabulary and the grants of the roles that every organisation has.
//
//go:embed grants.csv
var Grants string
