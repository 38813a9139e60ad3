package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// idsIn are the places of a body in which an id stands, as the schema of an operation says.
func idsIn(s *openapi3.Schema, at []string) (out [][]string) {
	switch {
	case s.Pattern != "":
		return [][]string{at}
	case s.Type.Includes("object"):
		for name, p := range s.Properties {
			out = append(out, idsIn(p.Value, append(slices.Clone(at), name))...)
		}
	case s.Type.Includes("array"):
		out = idsIn(s.Items.Value, append(slices.Clone(at), "[]"))
	}
	return out
}

// named puts an id at a place of a body, and makes what is missing on the way there.
func named(v any, s *openapi3.Schema, at []string, id string, ids map[string]string) any {
	switch {
	case len(at) == 0:
		return id
	case at[0] == "[]":
		all, _ := v.([]any)
		if len(all) == 0 {
			all = []any{fillIn(s.Items.Value, "", ids)}
		}
		return append([]any{named(all[0], s.Items.Value, at[1:], id, ids)}, all[1:]...)
	}
	in, ok := v.(map[string]any)
	if !ok {
		in, _ = fillIn(s, "", ids).(map[string]any)
	}
	in[at[0]] = named(in[at[0]], s.Properties[at[0]].Value, at[1:], id, ids)
	return in
}

// state counts the rows of every table that a refused request may not change; those that workers fill on their own are left out.
func (m *matrix) state() []string {
	var out []string
	for table, n := range m.p.counts("session", "rate_count", "one_time", "throttle", "request_key", "journal", "seal", "hook_attempt", "hook_delivery", "mail", "job") {
		out = append(out, fmt.Sprint(table, "=", n))
	}
	slices.Sort(out)
	return out
}

// named are the ids of a realm that a field could take: its firms and people, its goods, its papers.
func (r *realm) named() (out []string) {
	for _, thing := range []string{"orgs", distributor, agent, "people", "products", "lots", "places", "price-lists", "links", "channels", "agreements", "orders", "shipments", "invoices",
		"payments", "bank-accounts", "points/programmes", "appointments"} {
		for _, m := range []map[string]string{r.ids, r.lower} {
			if m[thing] != "" && !slices.Contains(out, m[thing]) {
				out = append(out, m[thing])
			}
		}
	}
	for _, kind := range []string{distributor, shop} {
		if f := r.users[kind]["owner"]; f != nil && !slices.Contains(out, f.org) {
			out = append(out, f.org)
		}
	}
	return out
}

// firms are the organisations of a realm.
func (r *realm) firms() (out []string) {
	for _, m := range []map[string]string{r.ids, r.lower} {
		for _, thing := range []string{"orgs", distributor, agent} {
			if m[thing] != "" && !slices.Contains(out, m[thing]) {
				out = append(out, m[thing])
			}
		}
	}
	return out
}

// TestLongIdsInBodiesOfStrangersAreNone: in every field of every body that takes an id, one of somebody else's thing, be it of the
// nearest competitor in the same channel, does what the id of nothing does: same status, same words, and not a row. So does a firm of
// somebody else's in one field with any of its things in another: that the two belong together is not told either.
func TestLongIdsInBodiesOfStrangersAreNone(t *testing.T) {
	m := newMatrix(t)
	m.beside()
	for was := m.state(); ; was = m.state() { // what was planted is still being sent and written up
		time.Sleep(time.Second)
		if slices.Equal(was, m.state()) {
			break
		}
	}
	fields, probes, pairs := 0, 0, 0
	for _, r := range m.routes() {
		if r.op == nil || r.op.RequestBody == nil || r.ends() || r.linked() {
			continue
		}
		media := r.op.RequestBody.Value.Content["application/json"]
		if media == nil {
			continue
		}
		s := media.Schema.Value
		for _, at := range idsIn(s, nil) {
			fields++
			for _, z := range []struct {
				asker *user
				own   *realm // whose things stand in the other fields
				other *realm
			}{{m.y.users[producer]["owner"], m.y, m.x}, {m.z.users[distributor]["owner"], m.z, m.x}, {m.x.users[distributor]["owner"], m.x, m.z}} {
				ids := map[string]string{}
				for k, v := range m.x.ids { // what both know
					if z.other != m.x || z.own == m.z {
						ids[k] = v
					}
				}
				for k, v := range z.own.ids {
					ids[k] = v
				}
				if z.asker != z.own.users[producer]["owner"] {
					for k, v := range z.own.lower {
						ids[k] = v
					}
					ids["orgs"], ids[distributor] = z.asker.org, z.own.users[shop]["owner"].org
				}
				m.version, m.asker, m.html = `"1"`, z.asker, false
				ask := func(id string, second ...any) reply {
					var v any
					if given := m.given(r.op.OperationID, ids); given != nil {
						v = given
					} else {
						v = fillIn(s, "", ids)
					}
					v = named(v, s, at, id, ids)
					if len(second) > 0 {
						v = named(v, s, second[0].([]string), second[1].(string), ids)
					}
					body, err := json.Marshal(v)
					require.NoError(t, err)
					path := strings.NewReplacer("{id}", ids[r.thing()], "{delivery}", "1").Replace(r.path)
					return m.ask(z.asker, r.method, path, body, "application/json")
				}
				none := ask(nothing)
				if none.status < 300 { // the field is not looked at: whatever stands there is nothing
					continue
				}
				before := m.state()
				for _, id := range z.other.named() {
					if m.common(id) && z.own != m.y || id == z.asker.org {
						continue
					}
					probes++
					if got := ask(id); !alike(got, none, id) {
						t.Errorf("%s %s as %s: the id %s of %s answers otherwise than nothing does: %s", r, strings.Join(at, "."), z.asker.email, id, z.other.word, difference(got, none, id))
					}
				}
				for _, at2 := range idsIn(s, nil) { // a firm of theirs here and a thing of theirs there: that the two belong together is not told either
					if slices.Equal(at, at2) || at2[0] == at[0] {
						continue
					}
					const nobody = "999999998" // two that are the same are refused for being the same
					none := ask(nothing, at2, nobody)
					none.body, none.where = numbered(none.body, nobody), numbered(none.where, nobody)
					if none.status < 300 {
						continue
					}
					stranger := func(id string) bool { return (z.own == m.y || !m.common(id)) && id != z.asker.org }
					for _, one := range z.other.firms() {
						for _, two := range z.other.named() {
							if !stranger(one) || !stranger(two) || one == two {
								continue
							}
							pairs++
							got := ask(one, at2, two)
							if got.body, got.where = numbered(got.body, two), numbered(got.where, two); !alike(got, none, one) {
								t.Errorf("%s %s and %s as %s: the ids %s and %s of %s answer otherwise than nothing does: %s", r, strings.Join(at, "."), strings.Join(at2, "."),
									z.asker.email, one, two, z.other.word, difference(got, none, one))
							}
						}
					}
				}
				for i, now := range m.state() {
					if now != before[i] {
						t.Errorf("%s %s as %s leaves rows: %s, was %s", r, strings.Join(at, "."), z.asker.email, now, before[i])
					}
				}
			}
		}
	}
	t.Logf("%d fields, %d probes, %d pairs", fields, probes, pairs)
	require.Greater(t, pairs, 500)
	require.Greater(t, fields, 40)
}
