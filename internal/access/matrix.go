package access

// Cell is what a role may do to an object under a relation.
type Cell struct {
	Role    string
	Name    string // of a role of the organisation's own
	Object  string
	Rel     Rel
	Actions []string
}

// Matrices are what the roles of the kind of an actor's organisation may do, and then its own roles (own: actors that hold
// them): of one role or all (""), on one object or all. What nobody may do is left out.
func (g *Gate) Matrices(a Actor, own []Actor, role, object string) (out []Cell) {
	d := g.now.Load()
	all := make([]Actor, 0, len(d.roles)+len(own))
	for _, r := range g.BuiltIn(a.Kind) {
		all = append(all, Actor{Org: a.Org, Kind: a.Kind, Role: r})
	}
	for _, who := range append(all, own...) {
		if role != "" && who.Role != role {
			continue
		}
		name := ""
		if who.Own != nil {
			name = who.Own.Name
		}
		for _, obj := range d.objs {
			if object != "" && obj != object {
				continue
			}
			for _, rel := range d.rels {
				var acts []string
				for _, act := range d.acts[obj] {
					if g.Can(who, Rel(rel), obj, act) {
						acts = append(acts, act)
					}
				}
				if len(acts) > 0 {
					out = append(out, Cell{who.Role, name, obj, Rel(rel), acts})
				}
			}
		}
	}
	return out
}

// Copy is what a built-in role may do in the organisation of an actor, as far as the actor may too.
func (g *Gate) Copy(a Actor, role string) (out []Grant) {
	for _, x := range g.Grants(Actor{Org: a.Org, Kind: a.Kind, Role: role}) {
		if g.Can(a, x.Rel, x.Object, x.Action) {
			out = append(out, x)
		}
	}
	return out
}
