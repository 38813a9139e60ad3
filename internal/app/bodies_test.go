package app_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// asks are what operations that only read must be told.
func (m *matrix) asks(r route) string {
	own, below := m.x.users[producer]["owner"].org, m.x.ids[distributor]
	switch strings.TrimPrefix(r.path, "/api/v1") {
	case "/views":
		return "?list=orders"
	case "/access/why":
		return "?relation=own&object=order&action=read"
	case "/files":
		return "?document_kind=order&document=" + m.x.ids["orders"]
	case "/visits/goods", "/m/visits/new", "/m/visits/goods":
		return "?seller=" + own + "&shop=" + below
	case "/offers":
		return "?seller=" + own
	case "/orgs/find":
		return "?kind=producer&code=KOPI"
	case "/statement", "/statement/pdf":
		return "?seller=" + own + "&buyer=" + below + "&currency=IDR&from=2025-01-01&to=2025-12-31"
	}
	return ""
}

// unjudged are the routes whose right is not reached by what the matrix sends, and why.
var unjudged = map[string]string{
	"POST /account/email/:token": tokens, "GET /reset/:token": tokens, "POST /reset/:token": tokens, "POST /api/v1/me/invitation": tokens, "POST /invite/:token/join": tokens,
	"GET /my-data/:token": tokens, "POST /my-data/:token/download": tokens, "POST /my-data/:token/erase": tokens, "POST /api/v1/own-data": tokens, "POST /api/v1/own-data/erase": tokens,
	"POST /account/erase": lasts, "POST /account/leave": lasts, "POST /api/v1/me/erase": lasts, "POST /api/v1/me/leave": lasts, "POST /account/password": lasts,
	"POST /account/factors/remove": factors, "POST /account/factors/rename": factors, "GET /account/fresh": factors, "POST /account/passkeys": factors,
	"POST /account/recovery": factors, "POST /account/totp": factors, "POST /step-up/begin": factors, "POST /step-up/sso": factors, "GET /sign-in/second": factors, "POST /sign-in/second": factors,
	"POST /sign-in/second/begin": factors, "POST /sign-in/second/passkey": factors, "POST /sign-in/passkey": factors, "POST /account/sessions/end": sessions,
	"DELETE /api/v1/sessions/{id}": sessions, "POST /sign-out": sessions, "POST /invite/:token": "goes on to signing in", "POST /sign-in": sessions, "POST /sign-in/code/enter": sessions, "POST /sign-in/sso": sessions,
	"GET /sign-in/sso/back": sessions, "POST /glass": "operators alone break glass: TestGlassIsBrokenForATimeAndSeen", "POST /api/v1/glass": "operators alone break glass: TestGlassIsBrokenForATimeAndSeen",
	"POST /application/:token/files": "a file with the form: TestPapersOfAnApplicationAreSeenWithItAlone",
	"GET /m/goods":                   "it is asked for a pair: TestWhatAPhoneKeeps",
	"POST /api/v1/claims/payments":   "goods must be lost on the way: TestAClaimForLostGoodsByTheAPI",
}

const (
	tokens   = "a letter to oneself has the link: the tests of letters and of people"
	lasts    = "ends the asker: the tests of people"
	factors  = "a factor or a ceremony of one's own: the tests of signing in"
	sessions = "a session of one's own: the tests of signing in"
)

// commons are the kinds of things that those beside each other share: goods, channels, and what stands in their way to both.
var commons = []string{"channels", "products", "doors", "orgs", "logos", "lots", distributor}

// given are bodies of operations, where the smallest that the schema allows does not do.
func (m *matrix) given(op string, ids map[string]string) map[string]any {
	n := keys.Add(1)
	switch {
	case strings.HasPrefix(op, "say-on-"):
		return map[string]any{"body": "Kabar"}
	case strings.HasPrefix(op, "read-") && strings.HasSuffix(op, "-messages"):
		return map[string]any{"upto": cmp.Or(ids["upto"], ids["messages"], nothing)}
	}
	switch op {
	case "set-logo":
		return map[string]any{"picture": base64Of(drawnLogo(m, 64, 64))}
	case "add-visit-stop":
		return map[string]any{"seller": ids["orgs"], "shop": ids[distributor], "weekdays": []any{1, 4}}
	case "change-visit-stop":
		return map[string]any{"weekdays": []any{n%7 + 1}}
	case "check-in":
		return map[string]any{"seller": ids["orgs"], "shop": ids[distributor]}
	case "count-visit":
		return map[string]any{"lines": []any{map[string]any{"product": ids["products"], "qty": "1"}}}
	case "order-on-visit":
		return map[string]any{"order": ids["orders"]}
	case "check-out":
		return map[string]any{"result": "closed"}
	case "match-sheet":
		return map[string]any{"match": map[string]any{"sku": map[string]any{"column": 0}, "name": map[string]any{"column": 1}}}
	case "bulk":
		return map[string]any{"list": "orders", "do": "confirm", "ids": []string{ids["orders"]}}
	case "apply-sheet":
		return map[string]any{"accept_good": true}
	case "unread-notices":
		return map[string]any{"stamp": "1"}
	case "set-notices":
		return m.hears()
	case "ask-own-data":
		return map[string]any{"email": fmt.Sprint("siapa", n, "@kota.example")}
	case "place-member":
		return map[string]any{"org": ids["unlinked"], "tier": 2}
	case "make-role", "change-role":
		return map[string]any{"name": fmt.Sprint("Peran ", n), "from": "sales", "grants": []any{map[string]any{"relation": "own", "object": "product", "action": "read"}}}
	case "add-appointment":
		return map[string]any{"agent": ids[agent], "area": fmt.Sprint("Kota ", n), "commission_bps": 100, "commission_on": "order", "from": someDay(n)}
	case "report-payment":
		return map[string]any{"payee": ids["orgs"], "currency": "IDR", "amount": "1", "method": "transfer"}
	case "offer-sharing":
		return map[string]any{"viewer": ids["orgs"], "measure": "orders", "period": "month", "goods": "all", "place": "none", "delay_days": n%300 + 7, "min_group": 5, "purpose": "Rencana",
			"until": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}
	case "add-link":
		return map[string]any{"channel": ids["channels"], "seller": ids["orgs"], "buyer": ids["unlinked"], "place": true}
	case "set-representative":
		return map[string]any{"duty": "sales", "person": ids["people"]}
	case "change-link":
		if m.asker == m.x.users[producer]["owner"] {
			return map[string]any{"active": false}
		}
		return map[string]any{"active": true, "agent": ids[agent]}
	case "hand-over":
		return map[string]any{"heir": ids["heir"]}
	case "leave", "remove-person":
		return map[string]any{}
	case "erase-me":
		return map[string]any{"password": password}
	case "switch-org":
		return map[string]any{"org": m.y.ids["orgs"]}
	case "sign-in":
		return map[string]any{"email": m.y.users[producer]["owner"].email, "password": password}
	case "apply":
		return map[string]any{"door": ids["door"], "name": "Toko", "tax_no": "0092542943407000", "address": "Jalan", "city": "Malang", "phone": "0341 1", "contact": "Rina",
			"email": fmt.Sprintf("lamar%d@x.example", n)}
	case "accept-invitation":
		return map[string]any{"token": ids["token"], "name": "Tamu", "password": password}
	case "make-lot":
		return map[string]any{"product": ids["products"], "code": fmt.Sprint("L", n), "expires_on": "2030-01-01", "qty": "1"}
	case "open-cart":
		return map[string]any{"seller": ids["orgs"], "buyer": ids[distributor]}
	case "change-cart-line":
		return map[string]any{"product": ids["products"], "unit": "pcs", "do": "more"}
	case "read-into-cart":
		return map[string]any{"text": "kopi x 2"}
	case "order-cart":
		return map[string]any{"seen": cmp.Or(ids["seen"], "nothing")}
	case "amend-order":
		return map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "2"}}}
	case "add-programme":
		return map[string]any{"name": fmt.Sprint("Poin ", n), "currency": "IDR", "earn_on": "payment", "points": 1, "per_amount": "10000", "worth": "100", "from": "2098-01-01", "until": "2098-02-01"}
	case "redeem-points":
		return map[string]any{"programme": ids["points/programmes"], "invoice": ids["invoices"], "points": 1}
	case "add-product":
		return map[string]any{"sku": fmt.Sprint("SKU", n), "name": "Kopi"}
	case "apply-deposit":
		return map[string]any{"seller": ids["orgs"], "buyer": ids[distributor], "currency": "IDR", "allocate": []any{map[string]any{"invoice": ids["invoices"], "amount": "1"}}}
	case "refund-deposit":
		return map[string]any{"buyer": ids[distributor], "currency": "IDR", "method": "cash", "amount": "1"}
	case "remit-collection", "pay-commission":
		return map[string]any{"agent": ids[agent], "currency": "IDR", "method": "cash", "amount": "1"}
	case "repay-commission":
		return map[string]any{"principal": ids["orgs"], "currency": "IDR", "method": "cash", "amount": "1"}
	case "replay-webhook":
		return map[string]any{"since": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}
	case "add-webhook", "change-webhook":
		return map[string]any{"url": fmt.Sprintf("https://kait%d.example/x", n), "topics": []any{"order.placed"}}
	case "add-schedule":
		return stockDaily()
	case "change-schedule":
		return map[string]any{"every": "month", "on_day": 1, "at": fmt.Sprintf("%02d:%02d", keys.Add(1)%24, keys.Add(1)%60), "zone": "Asia/Jakarta", "lang": "id"}
	case "attach-file":
		return map[string]any{"document_kind": "order", "document": ids["orders"]}
	case "step-up":
		return map[string]any{"password": password}
	case "transfer":
		return map[string]any{"from": ids["places"], "to": ids["places2"], "product": ids["products"], "qty": "1"}
	case "propose-agreement":
		return map[string]any{"link": ids["links"], "from": "2099-01-01", "price_list": ids["price-lists"], "currency": "IDR", "title_on": "delivery", "risk_on": "delivery"}
	}
	return nil
}

// hears are the settings of the asker's notices, in their version of now.
func (m *matrix) hears() map[string]any {
	var now struct{ Version int64 }
	if m.asker != nil {
		_ = json.Unmarshal([]byte(m.ask(m.asker, "GET", "/api/v1/notices/settings", nil, "").body), &now)
	}
	return map[string]any{"choices": []any{map[string]any{"event": "message", "in_app": true, "mail": "none"}}, "zone": "Asia/Makassar", "quiet_from": keys.Add(1) % 1400, "quiet_until": 300, "digest": "daily",
		"version": now.Version}
}

// body is what an operation is sent.
func (m *matrix) body(op *openapi3.Operation, ids map[string]string) []byte {
	if op.RequestBody == nil {
		return nil
	}
	media := op.RequestBody.Value.Content["application/json"]
	if media == nil {
		return nil
	}
	if v := m.given(op.OperationID, ids); v != nil {
		return encoded(v)
	}
	return encoded(fillIn(media.Schema.Value, "", ids))
}

// fillIn makes the smallest body that a schema allows, of ids that fit the names.
func fillIn(s *openapi3.Schema, name string, ids map[string]string) any {
	thing := map[string]string{"seller": "orgs", "payee": "orgs", "principal": "orgs", "org": "orgs", "buyer": distributor, "product": "products", "lot": "lots",
		"link": "links", "price_list": "price-lists", "invoice": "invoices", "order": "orders", "from": "places", "to": "places", "channel": "channels", agent: agent,
		"heir": "heir", "person": "people"}
	switch {
	case s.Pattern != "" && ids[thing[name]] != "":
		return ids[thing[name]]
	case s.Pattern != "":
		return nothing
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Includes("object"):
		out := map[string]any{}
		for k, p := range s.Properties {
			if k != "$schema" && (slices.Contains(s.Required, k) || k == "seller" || k == "agent" || k == "reason") {
				out[k] = fillIn(p.Value, k, ids)
			}
		}
		return out
	case s.Type.Includes("array"):
		return []any{fillIn(s.Items.Value, name, ids)}
	case s.Type.Includes("boolean"):
		return true
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		return 1
	}
	return word(name, ids)
}

// word is what stands in a field of text.
func word(name string, ids map[string]string) string {
	n := fmt.Sprint(keys.Add(1))
	w, ok := map[string]string{"currency": "IDR", "from": "2099-01-01", "until": "2099-12-31", "role": "viewer", "qty": "1", "amount": "1", "price": "1", "kind": shop,
		"zone": "Asia/Jakarta", "email": "new" + n + "@x.example", "password": password, "old_password": password, "scopes": "order:read", "token": ids["token"], "door": ids["door"],
		"tax_no": "0092542943407000", "url": "https://x.example/x", "lang": "en"}[name]
	if ok {
		return w
	}
	return name + n
}

// read is the version in which a thing of the realm of x is now, as its header says it.
func (m *matrix) read(thing, id string) string {
	owner := m.x.users[producer]["owner"]
	thing = cmp.Or(map[string]string{"attachments": "files", "warehouses": "places"}[thing], thing)
	if list := map[string]string{"places": "/places", "bank-accounts": "/orgs/" + owner.org + "/bank-accounts"}[thing]; list != "" {
		var all struct {
			Items []struct {
				ID      string
				Version int64
			}
		}
		_ = json.Unmarshal([]byte(m.ask(owner, "GET", "/api/v1"+list, nil, "").body), &all)
		for _, x := range all.Items {
			if x.ID == id {
				return fmt.Sprintf("%q", fmt.Sprint(x.Version))
			}
		}
	}
	if slices.Contains([]string{"deliveries", "seals", "journals", "imports/runs"}, thing) {
		return `"1"`
	}
	got := m.ask(owner, "GET", "/api/v1/"+thing+"/"+id, nil, "")
	var v struct{ Version int64 }
	if _ = json.Unmarshal([]byte(got.body), &v); got.status != 200 || v.Version == 0 {
		return `"1"`
	}
	return fmt.Sprintf("%q", fmt.Sprint(v.Version))
}
