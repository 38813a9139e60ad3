package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

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

// TestWhatIsSomebodyElsesCostsWhatNothingDoes: on every address that reads a thing by its id, the statements sent to the database for a
// thing of a competitor are those for the id of nothing, word for word: neither the answer nor the work for it tells that it is there.
func TestWhatIsSomebodyElsesCostsWhatNothingDoes(t *testing.T) {
	m := newMatrix(t)
	u := m.y.users[producer]["owner"]
	addresses := 0
	for _, r := range m.routes() {
		id := m.x.ids[r.thing()]
		if r.method != "GET" || id == "" || m.common(id) || r.ends() {
			continue
		}
		addresses++
		m.html = r.op == nil
		questions := func(id string) string {
			stop := dbtest.Record()
			m.probe(u, r, m.y.ids, id)
			return strings.ReplaceAll(strings.Join(stop(), "\n"), id, "N")
		}
		questions(nothing) // what is remembered between requests is remembered now
		none, foreign := questions(nothing), questions(id)
		for try := 0; none != foreign && try < 3; try++ { // a worker may have asked something meanwhile: never thrice
			none, foreign = questions(nothing), questions(id)
		}
		if none != foreign {
			t.Errorf("%s %s asks otherwise:\n%s\nfor nothing:\n%s", r.method, r.path, foreign, none)
		}
	}
	require.Greater(t, addresses, 30)
	t.Logf("%d addresses", addresses)
}
