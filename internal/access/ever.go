package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Ever is nil where a may do one of the actions, each OBJECT:ACTION, in any relation: whoever may not is refused before anything
// that was sent is looked at. The relation itself is decided where the object is known.
func (g *Gate) Ever(ctx context.Context, a Actor, actions ...string) error {
	d := g.now.Load()
	var first error
	for _, x := range actions {
		object, action, _ := strings.Cut(x, ":")
		for _, rel := range d.rels {
			if g.Can(a, Rel(rel), object, action) {
				return nil
			}
		}
		if first == nil {
			first = g.Require(ctx, a, Own, object, action)
		}
	}
	return first
}

// Sight is a digest of all that an actor may do by role, kind of organisation and scopes: what was written for somebody with one
// sight is for nobody with another.
func (g *Gate) Sight(a Actor) string {
	d := g.now.Load()
	h := sha256.New()
	for _, obj := range d.objs {
		for _, act := range d.acts[obj] {
			for _, rel := range d.rels {
				if g.Can(a, Rel(rel), obj, act) {
					fmt.Fprintln(h, rel, obj, act)
				}
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
