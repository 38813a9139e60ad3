package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
)

// unread are the objects of which those who write in the test below may read nothing.
var unread = []string{"invoice", "payment", "price", "bank", "agreement", "appointment", "points"}

// blindKey is a key of an organisation that may do everything and read no money.
func (m *market) blindKey(t *testing.T, owner *user) *user {
	_, objects, actions := m.Gate.Vocabulary()
	var scopes []string
	for _, o := range objects {
		for _, act := range actions[o] {
			if _, unknown := m.Gate.ScopesOf([]string{o + ":" + act}); len(unknown) == 0 && (act != "read" || !slices.Contains(unread, o)) {
				scopes = append(scopes, o+":"+act)
			}
		}
	}
	made := owner.post("/keys", map[string]any{"name": "ERP", "scopes": scopes, "days": 30}, 201)
	return &user{p: m.portal, token: str(made, "secret"), org: owner.org}
}

// blindRole is somebody in a role of the organisation's own that may do everything and read no money.
func (m *market) blindRole(t *testing.T, owner *user, kind, email string) *user {
	person := owner.joins(email, "Blind", "warehouse")
	var grants []map[string]string
	for _, g := range m.Gate.Grants(access.Actor{Kind: kind, Role: "owner"}) {
		if g.Action != "read" || !slices.Contains(unread, g.Object) {
			grants = append(grants, map[string]string{"relation": string(g.Rel), "object": g.Object, "action": g.Action})
		}
	}
	own := owner.post("/roles", map[string]any{"name": "Everything but money", "grants": grants}, 201)
	a := owner.do("PUT", "/people/"+person+"/role", map[string]any{"role": str(own, "role")})
	require.Less(t, a.status, 300, a.text)
	return m.signIn(email)
}

// TestAnswersToWritesShowNoMoneyEither: who may place, bill, pay, agree and read none of it is answered without the money, the first
// time and when the request is sent again.
func TestAnswersToWritesShowNoMoneyEither(t *testing.T) {
	for _, who := range []string{"key", "role"} {
		t.Run(who, func(t *testing.T) {
			m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
			var s, b *user
			if who == "key" {
				s, b = m.blindKey(t, m.seller), m.blindKey(t, m.buyer)
			} else {
				s, b = m.blindRole(t, m.seller, "producer", "blind@kopi.example"), m.blindRole(t, m.buyer, "retailer", "blind@toko.example")
			}
			answers, there := 0, 0
			clean := func(method, path string, a answer) {
				op, _ := operation(method, path)
				media := op.Responses.Status(a.status).Value.Content["application/json"]
				if media == nil {
					return
				}
				var v any
				require.NoError(t, json.Unmarshal([]byte(a.text), &v))
				answers++
				each("", media.Schema, v, func(name, field string, x any) {
					if o := access.Fields[name][field]; slices.Contains(unread, o) {
						there++
						require.Contains(t, []any{nil, "", "0", false, float64(0)}, x, "%s %s answers %s.%s to who may not read %s", method, path, name, field, o)
					}
				})
			}
			do := func(u *user, path string, body any) map[string]any {
				key := "again" + strings.ReplaceAll(path, "/", "-") + u.org
				var out map[string]any
				for range 2 {
					a := u.do("POST", path, body, "Idempotency-Key", key)
					require.Less(t, a.status, 300, "POST %s: %s", path, a.text)
					clean("POST", path, a)
					out = a.body
				}
				return out
			}
			if who == "role" { // keys touch no bank accounts
				do(s, "/bank-accounts", map[string]any{"bank": "Mandiri", "number": "99", "holder": "PT Kopi", "currency": "IDR"})
			}
			bank := m.seller.post("/bank-accounts", map[string]any{"bank": "BCA", "number": "0011223344", "holder": "PT Kopi", "currency": "IDR", "main": true}, 201)
			lines := []any{map[string]any{"product": m.product, "qty": "48"}}
			o := do(b, "/orders", map[string]any{"seller": m.seller.org, "lines": lines})
			order := "/orders/" + str(o, "id")
			do(s, order+"/confirm", nil)
			ship := do(s, order+"/dispatch", nil)
			do(b, "/shipments/"+str(ship, "id")+"/receive", nil)
			inv := do(s, order+"/invoice", nil)
			total := str(m.seller.get("/invoices/"+str(inv, "id")), "total")
			pay := do(b, "/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": total, "method": "transfer", "bank_account": str(bank, "id")})
			do(s, "/payments/"+str(pay, "id")+"/confirm", nil)
			do(s, "/payments/"+str(pay, "id")+"/bounce", map[string]any{"reason": "Failed"})
			do(s, order+"/return", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "24"}}, "reason": "Too much"})
			do(s, "/invoices/"+str(inv, "id")+"/credit-notes", map[string]any{"reason": "All of it"})
			do(s, "/counter-sales", map[string]any{"price_list": m.list, "lines": lines, "paid": true})
			t.Logf("%d answers, %d empty fields", answers, there)
			require.Greater(t, answers, 20)
		})
	}
}
