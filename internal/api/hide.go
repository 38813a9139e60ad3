package api

import (
	"reflect"
	"strings"

	"saluran/internal/access"
)

// Who may do something may do it without being allowed to read what comes of it: a key has the scopes that it needs, and an
// organisation defines roles of its own. The services show each document as its reader may see it; below them, no answer to a write
// has a field of access.Fields whose object the actor may read in no relation at all.

var relations = []access.Rel{access.Own, access.Seller, access.Buyer, access.Agent, access.Upstream, access.Financier}

// here is where the types of answers are.
var here = reflect.TypeFor[API]().PkgPath()

// hide empties those fields of an answer, which nobody else holds: every answer is made for its asker.
func (a *API) hide(who access.Actor, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			a.hide(who, v.Elem())
		}
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Pointer {
			for i := range v.Len() {
				a.hide(who, v.Index(i))
			}
		}
	case reflect.Struct:
		t := v.Type()
		if p := t.PkgPath(); p != "" && p != here { // a body may have no name of its own
			return
		}
		secret := access.Fields[t.Name()]
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			switch object := secret[name]; {
			case !v.Field(i).CanSet():
			case object != "" && !a.reads(who, object):
				v.Field(i).SetZero()
			default:
				a.hide(who, v.Field(i))
			}
		}
	}
}

// reads tells whether the actor may read an object in any relation.
func (a *API) reads(who access.Actor, object string) bool {
	for _, rel := range relations {
		if a.Gate.Can(who, rel, object, "read") {
			return true
		}
	}
	return false
}
