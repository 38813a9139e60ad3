package app_test

import (
	"fmt"
	"strings"
	"time"
)

// beside adds a distributor beside that of x: of the same producer, in the same channel, with the same agent, and its own shop.
func (m *matrix) beside() {
	t, x := m.T, m.x
	own := x.users[producer]["owner"]
	z := &realm{p: m.p, word: "SAUDARA7", ids: map[string]string{}, lower: map[string]string{}, users: map[string]map[string]*user{}}
	own.post("/orgs", map[string]any{"code": z.word + "d", "kind": distributor, "name": "PT " + z.word, "address": "Jalan " + z.word}, 201)
	z.enter(t, distributor, z.word+"d")
	below := z.users[distributor]["owner"]
	below.post("/orgs", map[string]any{"code": z.word + "r", "kind": shop, "name": "Toko " + z.word}, 201)
	z.enter(t, shop, z.word+"r")
	z.users[producer], z.users[agent] = x.users[producer], x.users[agent]
	for k, v := range z.deal(t, own, below, x.ids["channels"], x.ids["products"]) {
		z.ids[k] = v
	}
	z.lower = z.deal(t, below, z.users[shop]["owner"], x.ids["channels"], x.ids["products"])
	z.ids["views"] = str(below.post("/views", map[string]any{"list": "orders", "name": "Tampilan " + z.word, "team": true}, 201), "id")
	z.ids["schedules"] = str(below.post("/schedules", stockDaily(), 201), "id")
	z.ids["keys"] = str(below.post("/keys", map[string]any{"name": "Kunci " + z.word, "scopes": []any{"order:read"}}, 201), "id")
	z.ids["places"] = str(items(below.get("/places"))[0], "id")
	z.ids["sharing"] = str(below.post("/sharing", map[string]any{"viewer": own.org, "measure": "sellout", "period": "month", "goods": "all", "place": "none",
		"delay_days": 7, "min_group": 5, "purpose": "Rencana " + z.word, "until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, 201), "id")
	z.ids["shared"] = z.ids["sharing"]
	z.ids["people"] = below.joins("third@"+strings.ToLower(z.word)+".example", "Tiga "+z.word, "sales")
	z.ids["exports"] = str(below.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202), "id")
	below.waitJob("/exports/" + z.ids["exports"])
	z.ids["jobs"] = z.ids["exports"]
	file := below.sendFile(z.word+".txt", strings.NewReader("Surat "+z.word), fmt.Sprint("file-", keys.Add(1)), "document_kind", "order", "document", z.ids["orders"])
	z.ids["files"], z.ids["attachments"] = str(file.body, "id"), str(file.body, "id")
	z.count()
	z.all = append(z.all[:0], z.without(own.org, x.users[agent]["owner"].org)...)
	m.z = z
}

// someDay is a day of its own for each number of some thousands.
func someDay(n int64) string {
	return time.Date(2000, 1, 1+int(n%9000), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// without are the ids of a realm but for some.
func (r *realm) without(some ...string) (out []string) {
	for _, id := range r.all {
		found := false
		for _, s := range some {
			found = found || s == id
		}
		if !found {
			out = append(out, id)
		}
	}
	return out
}

// common tells whether those beside each other both know a thing: the channel, its goods, their producer.
func (m *matrix) common(id string) bool {
	for _, thing := range []string{"channels", "products", "orgs", agent, "lots"} {
		if m.x.ids[thing] == id {
			return true
		}
	}
	return false
}
