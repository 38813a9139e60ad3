package app_test

// nothing is the id of nothing.
const nothing = "999999999"

// strangers asks for every id of a channel as everybody of the other one, and of the sibling as everybody of the distributor
// beside it: the answer is that of an id that does not exist. The owners ask for every id, those of producers
// and distributors as a browser does; the other roles take turns.
func (m *matrix) strangers(all []route) {
	m.version = `"1"`
	for _, z := range [][2]*realm{{m.x, m.y}, {m.y, m.x}, {m.z, m.x}} {
		kinds := []string{producer, distributor, shop, agent}
		if z[0] == m.z {
			kinds = []string{distributor, shop}
		}
		for _, kind := range kinds {
			for i, r := range all {
				if r.thing() == "" || r.ends() {
					continue
				}
				none := map[string]reply{}
				for n, id := range z[0].all {
					if z[0] == m.z && m.common(id) {
						continue
					}
					for _, role := range []string{"owner", roles[1+(i+n)%(len(roles)-1)]} {
						m.stranger(z, kind, role, r, id, none)
					}
				}
			}
		}
	}
}

// stranger asks for an id of a realm as somebody of another, and holds the answer against that for nothing.
func (m *matrix) stranger(z [2]*realm, kind, role string, r route, id string, none map[string]reply) {
	m.Helper()
	u := z[1].users[kind][role]
	m.html = role == "owner" && (kind == producer || kind == distributor)
	if _, ok := none[role]; !ok {
		none[role] = m.probe(u, r, z[0].ids, nothing)
	}
	if got := m.probe(u, r, z[0].ids, id); !alike(got, none[role], id) {
		m.Errorf("%s %s as %s of %s: id %s answers otherwise than nothing does: %s", r.method, r.path, role, z[1].word, id, difference(got, none[role], id))
	}
}
