package app_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/ledger"
	"saluran/internal/partner"
)

// realm is a channel of its own: a producer, its agent, a distributor and a shop, with one of each thing that the portal keeps.
// Every text in it carries its word, so that a single byte of it that turns up elsewhere is seen.
type realm struct {
	p     *portal
	word  string
	ids   map[string]string           // what the paths of the API call it → the producer's
	lower map[string]string           // the same of the trade between distributor and shop
	all   []string                    // every id of it
	users map[string]map[string]*user // PRODUCER … → role → user
	link  string                      // of the applicant
}

// The firms of a realm, and the roles that sign in for each.
const producer, distributor, shop, agent = "producer", "distributor", "retailer", "agent"

func newRealm(t *testing.T, p *portal, word string) *realm {
	r := firmsOf(t, p, word)
	r.fill(t)
	return r
}

// foreignOrder is an order, confirmed and more, between two firms of a realm of which nothing else is filled in.
func foreignOrder(t *testing.T, p *portal) string {
	r := firmsOf(t, p, "ASING")
	own := r.users[producer]["owner"]
	channel := str(own.post("/channels", map[string]any{"name": "Asing", "shape": "free", "tiers": []any{producer, distributor}}, 201), "id")
	own.post("/appointments", map[string]any{"agent": r.ids[agent], "commission_bps": 500, "commission_on": "order", "from": "2025-01-01"}, 201)
	own.post("/places", map[string]any{"name": "Pabrik"}, 201)
	product := str(own.post("/products", map[string]any{"sku": "ASING", "name": "Kopi"}, 201), "id")
	own.post("/lots", map[string]any{"product": product, "code": "A", "qty": "1000"}, 201)
	return r.deal(t, own, r.users[distributor]["owner"], channel, product)["orders"]
}

// firmsOf enters the firms of a realm and the people who sign in for them.
func firmsOf(t *testing.T, p *portal, word string) *realm {
	r := &realm{p: p, word: word, ids: map[string]string{}, lower: map[string]string{}, users: map[string]map[string]*user{}}
	kopi, err := p.Partner.Resolve(t.Context(), "KOPI")
	require.NoError(t, err)
	_, err = p.Partner.Create(t.Context(), access.Actor{Person: 1, Org: kopi.ID, Kind: producer, Role: "owner"},
		partner.NewOrg{Code: word, Kind: producer, Name: "PT " + word, VATRegistered: true})
	require.NoError(t, err)
	r.enter(t, producer, word)
	own := r.users[producer]["owner"]
	for _, kind := range []string{distributor, agent} {
		r.ids[kind] = str(own.post("/orgs", map[string]any{"code": word + kind[:1], "kind": kind, "name": kind + " " + word, "address": "Jalan " + word}, 201), "id")
		r.enter(t, kind, word+kind[:1])
	}
	r.users[distributor]["owner"].post("/orgs", map[string]any{"code": word + "r", "kind": shop, "name": "Toko " + word}, 201)
	r.enter(t, shop, word+"r")
	r.ids["orgs"], r.ids["logos"] = own.org, own.org
	return r
}

// roles that sign in for each firm of a realm.
var roles = []string{"owner", "sales", "finance", "viewer"}

// enter seeds a person of each role and signs it in.
func (r *realm) enter(t *testing.T, kind, code string) {
	org, err := r.p.Partner.Resolve(t.Context(), code)
	require.NoError(t, err)
	r.users[kind] = map[string]*user{}
	for _, role := range roles {
		email := strings.ToLower(role + "@" + code + ".example")
		_, err := r.p.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: email, Name: role + " " + code, Password: password, Lang: "en", Role: role})
		require.NoError(t, err)
		r.users[kind][role] = r.p.signIn(email)
	}
}

// deal makes terms between two firms, a price list and goods to sell under them, and carries one order through; it answers the
// ids by the names that the paths give them.
func (r *realm) deal(t *testing.T, seller, buyer *user, channel, product string) map[string]string {
	w, out := r.word, map[string]string{"channels": channel, "products": product}
	out["price-lists"] = str(seller.post("/price-lists", map[string]any{"name": "Harga " + w, "currency": "IDR"}, 201), "id")
	seller.post("/price-lists/"+out["price-lists"]+"/prices", map[string]any{"prices": []any{map[string]any{"product": product, "from": "2025-01-01", "price": "40000"}}}, 204)
	link := map[string]any{"channel": channel, "seller": seller.org, "buyer": buyer.org, "place": true}
	if seller == r.users[producer]["owner"] {
		link["agent"] = r.users[agent]["owner"].org
	}
	out["links"] = str(seller.post("/links", link, 201), "id")
	out["agreements"] = str(seller.post("/agreements", map[string]any{"link": out["links"], "from": "2025-01-01", "price_list": out["price-lists"], "currency": "IDR",
		"net_days": 30, "credit_limit": "50000000", "title_on": "delivery", "risk_on": "delivery"}, 201), "id")
	buyer.post("/agreements/"+out["agreements"]+"/accept", nil, 200)
	if len(items(buyer.get("/places"))) == 0 {
		buyer.post("/places", map[string]any{"name": "Gudang " + w, "address": "Jalan " + w}, 201)
	}
	order := func() string {
		return str(buyer.post("/orders", map[string]any{"seller": seller.org, "reference": w, "note": w,
			"lines": []any{map[string]any{"product": product, "qty": "4"}}}, 201), "id")
	}
	out["orders"] = order()
	path := "/orders/" + out["orders"]
	seller.post(path+"/confirm", nil, 200)
	out["shipments"] = str(seller.post(path+"/dispatch", map[string]any{"tracking": w}, 201), "id")
	buyer.post("/shipments/"+out["shipments"]+"/receive", map[string]any{"note": w}, 200)
	out["invoices"] = str(seller.post(path+"/invoice", nil, 201), "id")
	out["payments"] = str(buyer.post("/payments", map[string]any{"payee": seller.org, "currency": "IDR", "amount": "1000", "method": "transfer", "reference": w}, 201), "id")
	order() // and one that is only placed
	return out
}

func (r *realm) fill(t *testing.T) {
	w, own := r.word, r.users[producer]["owner"]
	channel := str(own.post("/channels", map[string]any{"name": "Saluran " + w, "shape": "free", "tiers": []any{producer, distributor, shop}}, 201), "id")
	r.ids["appointments"] = str(own.post("/appointments", map[string]any{"agent": r.ids[agent], "commission_bps": 500, "commission_on": "order",
		"may_collect": true, "from": "2025-01-01"}, 201), "id")
	own.post("/places", map[string]any{"name": "Pabrik " + w, "address": "Jalan " + w}, 201)
	product := str(own.post("/products", map[string]any{"sku": w, "name": "Kopi " + w, "expires": true}, 201), "id")
	r.ids["lots"] = str(own.post("/lots", map[string]any{"product": product, "code": w, "expires_on": "2030-01-01", "qty": "1000"}, 201), "id")
	for k, v := range r.deal(t, own, r.users[distributor]["owner"], channel, product) {
		r.ids[k] = v
	}
	r.lower = r.deal(t, r.users[distributor]["owner"], r.users[shop]["owner"], channel, product)
	r.ids["places"] = str(items(own.get("/places"))[0], "id")
	r.ids["bank-accounts"] = str(own.post("/bank-accounts", map[string]any{"bank": "BCA " + w, "currency": "IDR", "holder": w, "number": "0001" + w}, 201), "id")
	r.ids["people"] = own.joins(strings.ToLower("third@"+w+".example"), "Tiga "+w, "sales")
	r.ids["exports"] = str(own.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202), "id")
	own.waitJob("/exports/" + r.ids["exports"])
	r.ids["jobs"] = r.ids["exports"]
	var made int64
	require.NoError(t, r.p.DB.R(t.Context()).Raw("SELECT file FROM job WHERE org = ? AND id = ?", own.org, r.ids["exports"]).Scan(&made).Error)
	r.ids["exported"] = fmt.Sprint(made)
	r.upload(t, own)
	r.more(t, own)
	r.count()
}

// more makes what the parts of the portal beside the trade keep.
func (r *realm) more(t *testing.T, own *user) {
	r.ids["views"] = str(own.post("/views", map[string]any{"list": "orders", "name": "Tampilan " + r.word, "team": true}, 201), "id")
	r.ids["visit-plan"] = str(own.post("/visit-plan", map[string]any{"shop": r.ids[distributor], "weekdays": []any{1}}, 201), "id")
	r.ids["visits"] = str(own.post("/visits", map[string]any{"shop": r.ids[distributor], "result": "none", "reason": "price", "note": "Catatan " + r.word}, 201), "id")
	r.ids["schedules"] = str(own.post("/schedules", map[string]any{"title": "Jadwal " + r.word, "report": "stock", "every": "day", "at": "07:00", "zone": "Asia/Jakarta", "lang": "id"}, 201), "id")
	r.ids["keys"] = str(own.post("/keys", map[string]any{"name": "Kunci " + r.word, "scopes": []any{"order:read"}}, 201), "id")
	r.ids["roles"] = str(own.post("/roles", map[string]any{"name": "Peran " + r.word, "from": "sales"}, 201), "id")
	r.ids["carts"] = str(own.post("/carts", map[string]any{"seller": own.org, "buyer": r.ids[distributor]}, 200), "id")
	r.ids["webhooks"] = str(own.post("/webhooks", map[string]any{"url": "https://" + strings.ToLower(r.word) + ".example/saluran", "topics": []any{"order.placed"}}, 201), "id")
	r.ids["points/programmes"] = str(own.post("/points/programmes", map[string]any{"name": "Poin " + r.word, "currency": "IDR", "earn_on": "delivery", "points": 1,
		"per_amount": "10000", "worth": "100"}, 201), "id")
	below := r.users[distributor]["owner"]
	r.ids["sharing"] = str(below.post("/sharing", map[string]any{"viewer": own.org, "measure": "sellout", "period": "month", "goods": "all", "place": "none",
		"delay_days": 7, "min_group": 5, "purpose": "Rencana " + r.word, "until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, 201), "id")
	own.post("/sharing/"+r.ids["sharing"]+"/accept", nil, 200)
	r.ids["shared"] = r.ids["sharing"]
	file := own.sendFile(r.word+".txt", strings.NewReader("Surat "+r.word), fmt.Sprint("file-", keys.Add(1)), "document_kind", "order", "document", r.ids["orders"])
	require.Equal(t, 201, file.status, file.text)
	r.ids["files"], r.ids["attachments"] = str(file.body, "id"), str(file.body, "id")
	r.ids["messages"] = str(own.post("/orders/"+r.ids["orders"]+"/messages", map[string]any{"body": "Kabar " + r.word}, 201), "id")
	r.ids["heir"] = own.joins(strings.ToLower("heir@"+r.word+".example"), "Ahli "+r.word, "sales")
	r.ids["places2"] = str(own.post("/places", map[string]any{"name": "Gudang kedua " + r.word, "address": "Jalan " + r.word}, 201), "id")
	r.ids["unlinked"] = str(own.post("/orgs", map[string]any{"code": r.word + "u", "kind": distributor, "name": "Baru " + r.word, "address": "Jalan " + r.word}, 201), "id")
	r.ids["journals"] = fmt.Sprintf("%.0f", own.post("/stock/uses", map[string]any{"from": r.ids["places"], "product": r.ids["products"], "qty": "1"}, 200)["seq"])
	consumer, err := r.p.Partner.Create(t.Context(), access.Actor{Person: 1, Org: orgID(own.org), Kind: producer, Role: "owner"}, partner.NewOrg{Code: "P" + r.word, Kind: "consumer", Name: "Pak " + r.word})
	require.NoError(t, err)
	r.ids["consumers"] = consumer.ID.String()
	require.Less(t, own.do("POST", "/webhooks/"+r.ids["webhooks"]+"/test", nil).status, 300)
	r.ids["deliveries"] = str(items(own.get("/webhooks/" + r.ids["webhooks"] + "/deliveries"))[0], "id")
	r.ids["movements"] = r.ids["journals"]
	r.ids["warehouses"] = r.ids["places"]
	r.ids["unfinished-imports"] = own.breakOff(r.word + ".csv")
	r.ids["sessions"] = str(items(own.get("/sessions"))[0], "id")
	r.comers(t, own)
}

// comers are people and organisations on their way in, and one on the way out.
func (r *realm) comers(t *testing.T, own *user) {
	word := strings.ToLower(r.word)
	r.ids["invitations"] = str(own.post("/invitations", map[string]any{"email": "invited@" + word + ".example", "role": "viewer"}, 201), "id")
	r.ids["leavers"] = own.joins("leaver@"+word+".example", "Pergi "+r.word, "sales")
	r.ids["doors"] = r.ids["channels"]
	door := own.do("PUT", "/doors/"+r.ids["doors"], map[string]any{"open": true})
	require.Equal(t, 200, door.status, door.text)
	who, email := stranger(r.p), "applicant@"+word+".example"
	asked := who.do("POST", "/join/applications", map[string]any{"door": strings.TrimPrefix(str(door.body, "path"), "/join/"), "name": "Toko " + r.word, "tax_no": "0092542943407000",
		"address": "Jalan " + r.word, "city": r.word, "phone": "0341 1", "contact": "Rina " + r.word, "email": email, "message": "Kabar " + r.word})
	require.Equal(t, 202, asked.status, asked.text)
	r.link = tokenOf(r.p.letter(email, 1))
	require.Equal(t, 204, who.do("POST", "/join/application/confirm", map[string]any{"token": r.link}).status)
	r.ids["applications"] = str(items(own.get("/applications"))[0], "id")
	own.put("/orgs/"+r.ids[distributor]+"/representatives", map[string]any{"duty": "sales", "person": r.ids["people"]}, 204)
}

// upload has a sheet of history read, which is refused for what it says.
func (r *realm) upload(t *testing.T, own *user) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(t, form.WriteField("map", "sales"))
	f, err := form.CreateFormFile("lines", r.word+".csv")
	require.NoError(t, err)
	fmt.Fprintf(f, "Invoice,Date\n%s,2025-01-01\n", r.word)
	require.NoError(t, form.Close())
	a := own.do("POST", "/imports", b.String(), "Content-Type", form.FormDataContentType())
	require.Equal(t, 202, a.status, a.text)
	r.ids["imports"] = cmpOr(str(a.body, "id"), r.ids["exports"])
	r.ids["imports/runs"] = r.ids["imports"]
	r.ids["sheets"] = own.spreadsheet(r.word)
}

// spreadsheet is one of products that was sent and checked: one row is new, one is wrong.
func (u *user) spreadsheet(word string) string {
	u.p.t.Helper()
	a := u.sendSheet("products", word+".csv", "kode,nama\n"+word+"-B,Kopi "+word+"\n"+word+"-C,\n")
	require.Equal(u.p.t, 202, a.status, a.text)
	u.waitJob("/sheets/" + str(a.body, "id"))
	return str(a.body, "id")
}

func (u *user) sendSheet(kind, name, content string, headers ...string) answer {
	u.p.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(u.p.t, form.WriteField("kind", kind))
	f, err := form.CreateFormFile("file", name)
	require.NoError(u.p.t, err)
	fmt.Fprint(f, content)
	require.NoError(u.p.t, form.Close())
	return u.do("POST", "/sheets", b.String(), append([]string{"Content-Type", form.FormDataContentType()}, headers...)...)
}

// breakOff puts into the books that an import of an organisation has begun, and no more; its id.
func (u *user) breakOff(files string) string {
	no, n := u.p.DB.IDs.Next(), keys.Add(1)
	by := id.By{Person: 2, Org: orgID(u.org)} // nobody at the command line
	_, err := u.p.Book.Post(context.Background(), ledger.Draft("import.begun", fmt.Sprintf("import-run/%016x/0000000001/1", n), by, no, u.p.Config.Clock.Now()).
		Client(fmt.Sprintf("i.%016x.%032x", n, n), [32]byte{1}).Because(files))
	require.NoError(u.p.t, err)
	return no.String()
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func orgID(s string) id.ID {
	no, err := id.Parse(s)
	if err != nil {
		panic(err)
	}
	return no
}

// has tells whether somebody is of the realm.
func (r *realm) has(u *user) bool {
	for _, firm := range r.users {
		for _, x := range firm {
			if x == u {
				return true
			}
		}
	}
	return false
}

// count gathers every id that the realm's tables have.
func (r *realm) count() {
	seen := map[string]bool{}
	for _, m := range []map[string]string{r.ids, r.lower} {
		for thing, id := range m {
			if id != "" && !seen[id] && thing != "journals" && thing != "movements" { // a small number, which is said for other reasons too
				seen[id] = true
				r.all = append(r.all, id)
			}
		}
	}
	for _, firm := range r.users {
		if id := firm["owner"].org; !seen[id] {
			seen[id] = true
			r.all = append(r.all, id)
		}
	}
}
