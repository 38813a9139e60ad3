package access

import (
	"context"
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
