package app_test

import (
	"encoding/json"
	"maps"
	"os"
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
var sounds = regexp.MustCompile(`^(net|tax|total|cost|margin|owed|owing|due|limit|free|balance|amount|deposit(ed)?|allocated|settled|credited|overdue|open|opening|closing|used|claims?|claims_back|` +
	`returning|reported|worth|value|paid|earned|fee|rate|discount|rebate|bonus|profit|turnover|salary|bank|bank_account|account|account_no|swift|bic|holder|iban)$` +
	`|price|cost|margin|commission|min_order|credit_(held|limit)|_amount$|_fee$|_worth$|_balance$|account_number`)

// answered tells every field of every type that the API answers with, once.
func answered(tell func(name, field string, of *openapi3.SchemaRef)) {
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
		walk(name, s.Value.AdditionalProperties.Schema)
		for _, part := range slices.Concat(s.Value.AllOf, s.Value.AnyOf, s.Value.OneOf) {
			walk(name, part)
		}
		for field, of := range s.Value.Properties {
			tell(name, field, of)
			walk(name, of)
		}
	}
	for _, item := range contract().Paths.Map() {
		for _, op := range item.Operations() {
			for status, res := range op.Responses.Map() {
				for _, media := range res.Value.Content {
					if status[0] == '2' {
						walk(op.OperationID, media.Schema)
					}
				}
			}
		}
	}
}

// TestFieldsOfMoneyAreNamed: no type that the API answers has a field with the name of money or of a bank account that nobody
// has thought about, and the table names nothing that is no more.
func TestFieldsOfMoneyAreNamed(t *testing.T) {
	there, named := map[string]bool{}, 0
	answered(func(name, field string, _ *openapi3.SchemaRef) {
		there[name+"."+field] = true
		if access.Fields[name][field] != "" {
			named++
		} else if sounds.MatchString(field) && access.Plain[name+"."+field] == "" {
			t.Errorf("%s.%s: who may see it? (internal/access/fields.go)", name, field)
		}
	})
	for name, fields := range access.Fields {
		for field := range fields {
			require.True(t, there[name+"."+field], "no answer has %s.%s", name, field)
			require.Empty(t, access.Plain[name+"."+field], "%s.%s is in both tables", name, field)
		}
	}
	for field := range access.Plain {
		require.True(t, there[field], "no answer has %s", field)
	}
	t.Logf("%d fields of answers, %d of them for those alone who may read", len(there), named)
}

// TestNoFieldOfAnAnswerIsNew: each field of an answer is in the table of what is not for everybody, or in fields.golden, which is
// written with -update and read: so that one whose name sounds of nothing is thought about too.
func TestNoFieldOfAnAnswerIsNew(t *testing.T) {
	var all []string
	answered(func(name, field string, of *openapi3.SchemaRef) {
		if access.Fields[name][field] == "" && field != "$schema" {
			all = append(all, name+"."+field)
		}
	})
	slices.Sort(all)
	all = slices.Compact(all)
	if *update {
		require.NoError(t, os.WriteFile("fields.golden", []byte("# Fields of answers that whoever may see the thing may see. Written by go test ./internal/app -run TestNoFieldOfAnAnswerIsNew -update;\n"+
			"# what is money, or of a bank account, belongs into internal/access/fields.go instead.\n"+strings.Join(all, "\n")+"\n"), 0o644))
	}
	text, err := os.ReadFile("fields.golden")
	require.NoError(t, err)
	known := strings.Split(strings.TrimSpace(string(text)), "\n")[2:]
	for _, field := range all {
		if !slices.Contains(known, field) {
			t.Errorf("%s is new: may everybody see it who sees the rest? If not, internal/access/fields.go names it", field)
		}
	}
	for _, field := range known {
		require.Contains(t, all, field, "fields.golden names what is no more, or is not for everybody")
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
		"/stock?by=owner", "/offers?seller=" + m.seller.org, "/desk", "/desk?period=year", "/jobs", "/commissions/balances"}
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
