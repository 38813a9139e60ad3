package app_test

import (
	"fmt"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/partner"
)

// ready makes a thing in the state in which a route changes it, so that one asker's change stands in no other's way. Things that
// bear to be changed again stay.
func (m *matrix) ready(r route, ids map[string]string, id string) (map[string]string, string) {
	verb := path.Base(r.path)
	own, below := m.x.users[producer]["owner"], m.x.users[distributor]["owner"]
	ids = maps.Clone(ids)
	n := keys.Add(1)
	set := func(thing, id string) { ids[thing] = id }
	if _, talks, _ := strings.Cut(r.path, "/{id}/messages"); r.method != "GET" && (talks != "" || strings.HasSuffix(r.path, "/{id}/messages")) {
		m.exec("UPDATE message SET created_us = created_us - 60000000") // nobody is too fast
		set("upto", str(own.post("/"+r.thing()+"/"+ids[r.thing()]+"/messages", map[string]any{"body": "Kabar"}, 201), "id"))
		return ids, id
	}
	switch thing := r.thing(); thing {
	case "messages":
		m.exec("UPDATE message SET created_us = created_us - 60000000")
		if said := m.asker.do("POST", "/orders/"+ids["orders"]+"/messages", map[string]any{"body": "Kabar"}); said.status == 201 {
			set(thing, str(said.body, "id")) // one's own
		}
	case "orders":
		set(thing, m.orderFor(verb))
	case "carts":
		set(thing, m.basket(ids))
	case "invoices":
		o := m.order("invoice")
		set(thing, str(own.post("/orders/"+o+"/invoice", nil, 201), "id"))
	case "shipments":
		o := m.order("dispatch")
		set(thing, str(own.post("/orders/"+o+"/dispatch", nil, 201), "id"))
		if strings.HasPrefix(verb, "take") {
			below.post("/shipments/"+ids[thing]+"/receive", map[string]any{"lines": []any{map[string]any{"n": 1, "received": "0", "refused": "1", "reason": "basah"}}}, 200)
		}
	case "payments":
		p := str(below.post("/payments", map[string]any{"payee": own.org, "currency": "IDR", "amount": "1000", "method": "transfer"}, 201), "id")
		if verb == "bounce" {
			own.post("/payments/"+p+"/confirm", nil, 200)
		}
		set(thing, p)
	case "agreements":
		set(thing, str(own.post("/agreements", map[string]any{"link": ids["links"], "from": "2098-01-01", "price_list": ids["price-lists"], "currency": "IDR", "title_on": "delivery",
			"risk_on": "delivery"}, 201), "id"))
	case "appointments":
		set(thing, str(own.post("/appointments", map[string]any{"agent": ids[agent], "area": fmt.Sprint("Kota ", n), "commission_bps": 100, "commission_on": "order", "from": someDay(n)}, 201), "id"))
	case "files", "attachments":
		doc := []string{"document_kind", "order", "document", m.order("amend")}
		if verb == "attach" {
			doc = nil
		}
		f := own.sendFile("baru.txt", strings.NewReader("Surat"), fmt.Sprint("file-", n), doc...)
		set(thing, str(f.body, "id"))
	case "invitations":
		set(thing, str(own.post("/invitations", map[string]any{"email": fmt.Sprintf("invited%d@x.example", n), "role": "viewer"}, 201), "id"))
		m.exec("UPDATE invitation SET sent_us = 1 WHERE id = ?", ids[thing])
	case "jobs":
		set(thing, str(own.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202), "id"))
		own.waitJob("/exports/" + ids[thing])
		m.exec("UPDATE job SET status = 'queued', run_us = ? WHERE id = ?", time.Now().Add(time.Hour).UnixMicro(), ids[thing])
	case "imports":
		set(thing, m.sheet())
	case "sheets":
		set(thing, own.spreadsheet(fmt.Sprint(m.x.word, "-", n)))
	case "unfinished-imports":
		set(thing, own.breakOff(m.x.word+".csv"))
	case "links":
		if verb != "{id}" || m.asker != own {
			return ids, id
		}
		m.newcomer(ids) // the owner ends a link that nothing stands on
		set(thing, str(own.post("/links", map[string]any{"channel": ids["channels"], "seller": ids["orgs"], "buyer": ids["unlinked"], "place": true}, 201), "id"))
	case "points/programmes":
		set(thing, str(own.post("/points/programmes", map[string]any{"name": fmt.Sprint("Poin ", n), "currency": "IDR", "earn_on": "payment", "points": 1, "per_amount": "10000", "worth": "100",
			"from": "2098-01-01", "until": "2098-02-01"}, 201), "id"))
	case "views":
		m.exec("UPDATE desk_view SET ended_us = 1 WHERE list = 'stock' AND org = ?", own.org) // a list holds thirty
		set(thing, str(own.post("/views", map[string]any{"list": "stock", "name": fmt.Sprint("Tampilan ", n), "team": true}, 201), "id"))
		if verb == "restore" {
			own.post("/views/"+ids[thing]+"/end", nil, 200)
		}
	case "schedules":
		m.exec("UPDATE schedule SET status = 'ended', slot = id, next_us = 0 WHERE slot <= 20") // a person has twenty
		set(thing, str(own.post("/schedules", stockDaily(), 201), "id"))
		if verb == "resume" {
			own.post("/schedules/"+ids[thing]+"/pause", nil, 200)
		}
		if verb == "restore" {
			own.post("/schedules/"+ids[thing]+"/end", nil, 200)
		}
	case "visits":
		m.leave()
		if verb == "orders" {
			set("orders", m.order("amend")) // one that stands on no visit yet
		}
		set(thing, str(own.post("/visits", map[string]any{"shop": m.x.ids[distributor]}, 201), "id"))
	case "visit-plan":
		m.exec("UPDATE visit_stop SET ended_us = id WHERE ended_us = 0")
		set(thing, str(own.post("/visit-plan", map[string]any{"shop": m.x.ids[distributor], "weekdays": []any{1}}, 201), "id"))
	case "warehouses", "places":
		set(thing, ids["places2"])
	case "keys":
		set(thing, str(own.post("/keys", map[string]any{"name": fmt.Sprint("Kunci ", n), "scopes": []any{"order:read"}}, 201), "id"))
	case "lots":
		set(thing, str(own.post("/lots", map[string]any{"product": ids["products"], "code": fmt.Sprint("L", n), "expires_on": "2030-01-01", "qty": "1"}, 201), "id"))
	case "leavers", "people":
		set(thing, own.joins(fmt.Sprintf("leaver%d@x.example", n), "Pergi", "sales"))
	case "roles":
		set(thing, str(own.post("/roles", map[string]any{"name": fmt.Sprint("Peran ", n), "from": "sales"}, 201), "id"))
	case "sharing":
		m.unshare()
		s := str(below.post("/sharing", map[string]any{"viewer": own.org, "measure": "orders", "period": "month", "goods": "all", "place": "none", "delay_days": 7, "min_group": 5 + n%400,
			"purpose": "Rencana", "until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, 201), "id")
		if verb == "end" {
			own.post("/sharing/"+s+"/accept", nil, 200)
		}
		set(thing, s)
	case "webhooks":
		for _, h := range items(own.get("/webhooks")) { // an organisation has 20 at most
			if strings.Contains(str(h, "url"), "://kait") {
				require.Less(m, own.do("DELETE", "/webhooks/"+str(h, "id"), nil).status, 300)
			}
		}
		set(thing, str(own.post("/webhooks", map[string]any{"url": fmt.Sprintf("https://kait%d.example/x", n), "topics": []any{"order.placed"}}, 201), "id"))
		if verb == "replay" && strings.Contains(r.path, "deliveries") {
			set(thing, m.x.ids["webhooks"])
		}
	case "applications":
		set(thing, m.application())
	case "channels":
		if r.method == "POST" && verb == "links" {
			m.newcomer(ids)
			own.do("PUT", "/channels/"+ids["channels"]+"/members", map[string]any{"org": ids["unlinked"], "tier": 2})
			return ids, id
		}
		m.newcomer(ids)
		return ids, id
	case "movements", "journals":
		set(thing, fmt.Sprintf("%.0f", own.post("/stock/uses", map[string]any{"from": ids["places"], "product": ids["products"], "qty": "1"}, 200)["seq"]))
	case "consumers":
		org, err := m.p.Partner.Create(m.Context(), access.Actor{Person: 1, Org: orgID(own.org), Kind: producer, Role: "owner"},
			partner.NewOrg{Code: fmt.Sprint("P", n), Kind: "consumer", Name: "Pak Budi"})
		if err != nil {
			m.Fatal(err)
		}
		set(thing, org.ID.String())
	case "":
		m.prepare(r, ids)
		if r.op != nil && (r.op.OperationID == "issue-invoice" || r.op.OperationID == "ship") {
			set("orders", m.order(map[string]string{"issue-invoice": "invoice", "ship": "dispatch"}[r.op.OperationID]))
		}
		return ids, id
	default:
		return ids, id
	}
	return ids, ids[r.thing()]
}

// leave ends every visit that lasts.
func (m *matrix) leave() { m.exec("UPDATE visit SET out_us = in_us + 1 WHERE out_us = 0") }

// basket is the asker's basket with a line in it, or the distributor's where the asker has none.
func (m *matrix) basket(ids map[string]string) string {
	own, below := m.x.users[producer]["owner"], m.x.users[distributor]["owner"]
	who, pair := m.asker, map[string]any{"seller": own.org, "buyer": below.org}
	if who == nil || who.do("POST", "/carts", pair).status != 200 {
		who = below
	}
	no := str(who.post("/carts", pair, 200), "id")
	who.post("/carts/"+no+"/clear", nil, 200)
	b := who.post("/carts/"+no+"/lines", map[string]any{"product": m.x.ids["products"], "unit": "pcs", "qty": "1"}, 200)
	ids["seen"], ids["seen-version"] = str(b, "seen"), fmt.Sprintf("%.0f", b["version"])
	return no
}
