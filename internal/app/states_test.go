package app_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

// prepare makes what those need who write without an id in the path.
func (m *matrix) prepare(r route, ids map[string]string) {
	own, below, its := m.x.users[producer]["owner"], m.x.users[distributor]["owner"], m.x.users[agent]["owner"]
	paid := func(u *user, more ...any) {
		body := map[string]any{"payee": own.org, "currency": "IDR", "amount": "1000", "method": "cash"}
		for i := 0; i+1 < len(more); i += 2 {
			body[more[i].(string)] = more[i+1]
		}
		p := str(u.post("/payments", body, 201), "id")
		own.post("/payments/"+p+"/confirm", map[string]any{"allocate": []any{}, "currency": "IDR"}, 200)
	}
	billed := func() string { return str(own.post("/orders/"+m.order("invoice")+"/invoice", nil, 201), "id") }
	switch path := strings.TrimPrefix(r.path, "/api/v1"); {
	case path == "/bulk", path == "/lists/:list/act":
		ids["orders"] = m.order("confirm")
	case path == "/visits":
		m.leave()
	case path == "/visit-plan":
		m.exec("UPDATE visit_stop SET ended_us = id WHERE ended_us = 0")
	case path == "/schedules":
		m.exec("UPDATE schedule SET status = 'ended', slot = id, next_us = 0 WHERE slot <= 20") // a person has twenty
	case path == "/links":
		m.newcomer(ids)
	case path == "/sharing":
		m.unshare()
	case path == "/deposits/apply":
		ids["invoices"] = billed()
		paid(below)
	case path == "/deposits/refund":
		paid(below)
	case path == "/collections/remit":
		paid(its, "payer", below.org, "collected", true)
	case path == "/points/redemptions":
		ids["invoices"] = billed()
	case path == "/commissions/repayments", path == "/commissions/repay":
		v := billed()
		p := own.do("POST", "/commissions/payments", map[string]any{"agent": its.org, "currency": "IDR", "method": "transfer"})
		if p.status == 201 {
			its.post("/payments/"+str(p.body, "id")+"/confirm", nil, 200)
		}
		lines := []any{} // named: the buyer is let off, and the commission falls away
		for _, l := range own.get("/invoices/" + v)["lines"].([]any) {
			lines = append(lines, map[string]any{"line": l.(map[string]any)["n"], "qty": l.(map[string]any)["qty"]})
		}
		own.post("/invoices/"+v+"/credit-notes", map[string]any{"reason": "basi", "lines": lines}, 201)
	case strings.HasPrefix(path, "/join/") && r.op != nil:
		m.arrival(r.op.OperationID, ids)
	case r.path == "/join/:token":
		m.arrival("apply", ids)
		ids["token"] = ids["door"]
	case strings.HasPrefix(r.path, "/invite/"):
		m.arrival("invitation", ids)
	case strings.HasPrefix(r.path, "/application/"):
		m.arrival(path[strings.LastIndex(path, "/")+1:]+"-application", ids)
	}
}

// newcomer enters an organisation that stands in no channel yet.
func (m *matrix) newcomer(ids map[string]string) {
	ids["unlinkedcode"] = fmt.Sprint("BARU", keys.Add(1))
	ids["unlinked"] = str(m.x.users[producer]["owner"].post("/orgs", map[string]any{"code": ids["unlinkedcode"], "kind": distributor, "name": "Baru", "address": "Jalan"}, 201), "id")
}

// exec changes a row so that time need not pass.
func (m *matrix) exec(sql string, args ...any) {
	m.Helper()
	require.NoError(m, m.p.DB.InTx(m.Context(), func(ctx context.Context) error { return m.p.DB.W(ctx).Exec(sql, args...).Error }))
}

// pictured gives a logo to an organisation that is asked for, and to that of who asks: to look at, or to take away.
func (m *matrix) pictured(org string, u *user) {
	for _, x := range []string{org, orgOf(u)} {
		if x != "" {
			m.exec("DELETE FROM org_logo WHERE org = ?", x)
			m.exec("INSERT INTO org_logo (org, width, height, bytes, set_us) VALUES (?, 64, 64, ?, 1)", x, drawnLogo(m, 64, 64))
			m.exec("UPDATE org SET logo = version WHERE id = ?", x)
		}
	}
}

func orgOf(u *user) string {
	if u == nil {
		return ""
	}
	return u.org
}

// order is an order of the distributor, as far along as a verb needs it.
func (m *matrix) order(verb string) string {
	own, below := m.x.users[producer]["owner"], m.x.users[distributor]["owner"]
	id := str(below.post("/orders", map[string]any{"seller": own.org, "lines": []any{map[string]any{"product": m.x.ids["products"], "qty": "1"}}}, 201), "id")
	switch verb {
	case "confirm", "reject", "amend", "cancel":
		return id
	}
	own.post("/orders/"+id+"/confirm", nil, 200)
	if verb == "invoice" || verb == "return" || verb == "close" {
		s := str(own.post("/orders/"+id+"/dispatch", nil, 201), "id")
		below.post("/shipments/"+s+"/receive", nil, 200)
	}
	return id
}

// orderFor is an order in the state in which a verb is its next step.
func (m *matrix) orderFor(verb string) string {
	own, below := m.x.users[producer]["owner"], m.x.users[distributor]["owner"]
	place := func(product, qty string, hold bool) string {
		return str(below.post("/orders", map[string]any{"seller": own.org, "hold_credit": hold, "lines": []any{map[string]any{"product": product, "qty": qty}}}, 201), "id")
	}
	switch verb {
	case "resume":
		own.do("POST", "/orders/"+m.held+"/cancel", map[string]any{"reason": "Terlalu banyak"})
		big := place(m.x.ids["products"], "700", false)
		m.held = place(m.x.ids["products"], "700", true)
		own.post("/orders/"+big+"/cancel", map[string]any{"reason": "Terlalu banyak"}, 200)
		return m.held
	case "fill":
		product := m.goods(fmt.Sprint("KOSONG", keys.Add(1)), "goods")
		o := place(product, "1", false)
		own.post("/orders/"+o+"/confirm", nil, 200)
		own.post("/lots", map[string]any{"product": product, "code": "K", "qty": "1"}, 201)
		return o
	case "perform", "accept":
		o := place(m.goods("JASA", "service"), "1", false)
		own.post("/orders/"+o+"/confirm", nil, 200)
		if verb == "accept" {
			own.post("/orders/"+o+"/perform", nil, 200)
		}
		return o
	case "close":
		o := m.order("invoice")
		v := own.post("/orders/"+o+"/invoice", nil, 201)
		p := below.post("/payments", map[string]any{"payee": own.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
		own.post("/payments/"+str(p, "id")+"/confirm", map[string]any{"currency": "IDR", "allocate": []any{map[string]any{"invoice": str(v, "id"), "amount": str(v, "total")}}}, 200)
		return o
	}
	return m.order(verb)
}

// goods are a product of x beside its first: one that is not on the shelf, and a service.
func (m *matrix) goods(sku, kind string) string {
	if m.x.ids[sku] == "" {
		own := m.x.users[producer]["owner"]
		m.x.ids[sku] = str(own.post("/products", map[string]any{"sku": sku, "name": "Barang " + sku, "kind": kind, "base_unit": "pcs"}, 201), "id")
		own.post("/price-lists/"+m.x.ids["price-lists"]+"/prices", map[string]any{"prices": []any{map[string]any{"product": m.x.ids[sku], "from": "2025-01-01", "price": "100"}}}, 204)
	}
	return m.x.ids[sku]
}

// sheet is an import of the distributor's sales that was found right.
func (m *matrix) sheet() string {
	own, n := m.x.users[producer]["owner"], keys.Add(1)
	lines := "Invoice,Line,Date,Customer Code,Customer Name,Product code,Product name,Quantity,Unit,Amount,Tax\n" +
		fmt.Sprintf("H-%d,1,2026-01-05,L%d,Toko Lama,%s,Kopi,1,,40000,4400\n", n, n, m.x.word)
	id, found := own.checked("sales", "lines", "sheet.csv", lines)
	require.Empty(m, found["summary"].(map[string]any)["problems"])
	return id
}

// arrival is what somebody needs who is on the way in: the address of the page to apply on, and the links of letters.
func (m *matrix) arrival(op string, ids map[string]string) {
	own, n := m.x.users[producer]["owner"], keys.Add(1)
	door := own.do("PUT", "/doors/"+m.x.ids["doors"], map[string]any{"open": true})
	require.Equal(m, 200, door.status, door.text)
	ids["door"] = strings.TrimPrefix(str(door.body, "path"), "/join/")
	m.exec("DELETE FROM door_try")
	switch op {
	case "apply":
	case "invitation", "accept-invitation":
		email := fmt.Sprintf("tamu%d@x.example", n)
		own.post("/invitations", map[string]any{"email": email, "role": "viewer"}, 201)
		ids["token"] = tokenOf(m.p.letter(email, 1))
	default:
		email := fmt.Sprintf("pelamar%d@x.example", n)
		asked := stranger(m.p).do("POST", "/join/applications", map[string]any{"door": ids["door"], "name": "Toko", "tax_no": "0092542943407000",
			"address": "Jalan", "city": "Malang", "phone": "0341 1", "contact": "Rina", "email": email, "message": "Kabar"})
		require.Equal(m, 202, asked.status, asked.text)
		ids["token"], ids["email"] = tokenOf(m.p.letter(email, 1)), email
		if op != "confirm-application" {
			require.Equal(m, 204, stranger(m.p).do("POST", "/join/application/confirm", map[string]any{"token": ids["token"]}).status)
		}
		if op == "answer-application" {
			own.post("/applications/"+m.applied(email)+"/ask", map[string]any{"said": "Apa?"}, 200)
		}
	}
}

// applied is the application of an address.
func (m *matrix) applied(email string) string {
	for _, a := range items(m.x.users[producer]["owner"].get("/applications")) {
		if str(a, "email") == email {
			return str(a, "id")
		}
	}
	m.Fatal("the application has not come")
	return ""
}

// application is one that waits for the owner of x.
func (m *matrix) application() string {
	ids := map[string]string{}
	m.arrival("", ids)
	return m.applied(ids["email"])
}

// unshare makes room for one more agreement to share orders.
func (m *matrix) unshare() {
	below := m.x.users[distributor]["owner"]
	for _, s := range items(below.get("/sharing")) {
		if str(s, "measure") == "orders" && (str(s, "status") == "offered" || str(s, "status") == "active") {
			below.post("/sharing/"+str(s, "id")+"/withdraw", nil, 200)
		}
	}
}
