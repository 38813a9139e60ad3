package app_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
)

// sounds is how fields are called that are not for everybody.
var sounds = regexp.MustCompile(`^(net|tax|total|cost|margin|owed|due|limit|balance|amount|deposit(ed)?|allocated|settled|overdue|open|opening|used|bank|bank_account|holder|iban)$|price|credit_(held|limit)|commission_bps|_amount$`)

// TestFieldsOfMoneyAreNamed: no type that the API answers has a field with the name of money or of a bank account that nobody
// has thought about.
func TestFieldsOfMoneyAreNamed(t *testing.T) {
	seen := map[string]bool{}
	var walk func(name string, s *openapi3.SchemaRef)
	walk = func(name string, s *openapi3.SchemaRef) {
		if s == nil || s.Value == nil {
			return
		}
		if s.Ref != "" {
			if name = s.Ref[strings.LastIndex(s.Ref, "/")+1:]; seen[name] {
				return
			}
			seen[name] = true
		}
		walk(name, s.Value.Items)
		for field, of := range s.Value.Properties {
			known := access.Fields[name][field] != "" || access.Plain[name+"."+field] != ""
			if sounds.MatchString(field) && !known && !strings.HasSuffix(name, "Body") {
				t.Errorf("%s.%s: who may see it? (internal/access/fields.go)", name, field)
			}
			walk(name, of)
		}
	}
	for _, item := range contract().Paths.Map() {
		for _, op := range item.Operations() {
			for status, res := range op.Responses.Map() {
				if media := res.Value.Content["application/json"]; status[0] == '2' && media != nil {
					walk("", media.Schema)
				}
			}
		}
	}
	for name, fields := range access.Fields {
		require.NotNil(t, contract().Components.Schemas[name], "%s is no type of the API", name)
		for field := range fields {
			require.NotNil(t, contract().Components.Schemas[name].Value.Properties[field], "%s has no %s", name, field)
		}
	}
}

// TestLongFieldsAreShownByRole: in every role on both sides, no answer holds a field that the role may not read.
func TestLongFieldsAreShownByRole(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.seller.post("/bank-accounts", map[string]any{"bank": "BCA", "number": "0011223344", "holder": "PT Kopi", "currency": "IDR", "main": true}, 201)
	o := m.place(t, "48", "")
	order := "/orders/" + str(o, "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship := m.seller.post(order+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	inv := m.seller.post(order+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(inv, "total"), "method": "transfer"}, 201)
	paths := []string{"/orders", order, order + "?story=true", "/shipments", "/shipments/" + str(ship, "id"), "/invoices", "/invoices/" + str(inv, "id"), "/payments",
		"/payments/" + str(pay, "id"), "/exposures", "/commissions", "/agreements", "/agreements/" + m.agreement, "/price-lists", "/price-lists/" + m.list,
		"/price-lists/" + m.list + "/prices", "/products", "/products/" + m.product, "/bank-accounts", "/orgs/" + m.seller.org + "/bank-accounts", "/orgs", "/links", "/appointments",
		"/stock?by=owner", "/offers?seller=" + m.seller.org, "/jobs", "/commissions/balances"}
	checked, shown := 0, 0
	for side, c := range map[string]struct {
		code, kind string
		rel        access.Rel
	}{"seller": {"KOPI", "producer", access.Seller}, "buyer": {"T01", "retailer", access.Buyer}} {
		for _, role := range []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"} {
			who := m.seed(t, c.code, role, side)
			a := access.Actor{Kind: c.kind, Role: role}
			for _, p := range paths {
				op, _ := operation("GET", p)
				if op == nil {
					continue
				}
				got := who.do("GET", p, nil)
				if got.status != 200 {
					continue
				}
				media := op.Responses.Status(200).Value.Content["application/json"]
				var v any
				require.NoError(t, json.Unmarshal([]byte(got.text), &v))
				each("", media.Schema, v, func(name, field string, x any) {
					object := access.Fields[name][field]
					if object == "" || x == nil || x == "" {
						return
					}
					shown++
					may := m.Gate.Can(a, c.rel, object, "read") || m.Gate.Can(a, access.Own, object, "read")
					require.True(t, may, "%s of the %s reads %s.%s at %s without %s read", role, side, name, field, p, object)
				})
				checked++
			}
		}
	}
	t.Logf("%d answers, %d fields of %d types", checked, shown, len(slices.Collect(maps.Keys(access.Fields))))
	require.Greater(t, shown, 200)
}

// each tells every field of an answer with the type that it is of.
func each(name string, s *openapi3.SchemaRef, v any, f func(name, field string, x any)) {
	if s == nil || s.Value == nil {
		return
	}
	if s.Ref != "" {
		name = s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			each(name, s.Value.Items, x, f)
		}
	case map[string]any:
		for field, x := range v {
			f(name, field, x)
			each(name, s.Value.Properties[field], x, f)
		}
	}
}
