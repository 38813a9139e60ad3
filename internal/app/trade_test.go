package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
)

// market is a portal in which a producer sells one product to one shop.
type market struct {
	*portal
	seller, buyer     *user
	shop              string
	product, list     string
	agreement, placed string
}

func newMarket(t testing.TB, titleOn string, change ...func(*app.Config)) *market {
	p := open(t, change...)
	m := &market{portal: p, seller: p.signIn("owner@kopi.example")}
	shop := m.seller.post("/orgs", map[string]any{"code": "T01", "kind": "retailer", "name": "Toko Satu"}, 201)
	m.shop = str(shop, "id")
	org, err := p.Partner.Resolve(context.Background(), "T01")
	require.NoError(t, err)
	_, err = p.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: "owner@toko.example", Name: "Sri",
		Password: password, Lang: "en", Role: "owner"})
	require.NoError(t, err)
	m.buyer = p.signIn("owner@toko.example")
	m.buyer.post("/places", map[string]any{"name": "Toko"}, 201)

	m.product = str(m.seller.post("/products", map[string]any{"sku": "ROB-250", "name": "Robusta 250 g", "expires": true,
		"units": []any{map[string]any{"name": "carton", "base": "24"}}}, 201), "id")
	m.list = str(m.seller.post("/price-lists", map[string]any{"name": "Toko", "currency": "IDR"}, 201), "id")
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{
		map[string]any{"product": m.product, "from": "2025-01-01", "price": "40000"},
		map[string]any{"product": m.product, "from": "2025-01-01", "min_qty": "48", "price": "38000"}}}, 204)
	channel := m.seller.post("/channels", map[string]any{"name": "Toko langsung", "shape": "retail"}, 201)
	link := m.seller.post("/links", map[string]any{"channel": str(channel, "id"), "seller": m.seller.org, "buyer": m.shop, "place": true}, 201)
	g := m.seller.post("/agreements", map[string]any{"link": str(link, "id"), "from": "2025-01-01", "price_list": m.list, "currency": "IDR",
		"net_days": 30, "credit_limit": "50000000", "title_on": titleOn, "risk_on": "delivery"}, 201)
	m.agreement = str(g, "id")
	accepted := m.buyer.post("/agreements/"+m.agreement+"/accept", nil, 200)
	require.NotEmpty(t, str(accepted, "buyer_accepted_at"))
	m.seller.post("/lots", map[string]any{"product": m.product, "code": "L-1", "expires_on": "2030-01-01", "qty": "1000"}, 201)
	return m
}

func (m *market) place(t testing.TB, qty, unit string) map[string]any {
	t.Helper()
	return m.buyer.post("/orders", map[string]any{"seller": m.seller.org, "reference": "PO-1",
		"lines": []any{map[string]any{"product": m.product, "qty": qty, "unit": unit}}}, 201)
}

// TestAWholeTradeByTheAPI goes from the offer to the workbook.
func TestAWholeTradeByTheAPI(t *testing.T) {
	m := newMarket(t, "delivery")
	offer := m.buyer.get("/offers?seller=" + m.seller.org)
	require.Equal(t, "IDR", offer["currency"])
	require.Len(t, items(offer), 1)

	o := m.place(t, "3", "carton")
	order := "/orders/" + str(o, "id")
	require.Equal(t, "placed", o["status"])
	require.Equal(t, "2736000", o["net"], "72 pcs at the break of 48")
	require.Equal(t, "3036960", o["total"], "VAT 12% on 11/12")
	require.Equal(t, "PO-1", o["reference"])
	require.Len(t, items(m.seller.get("/orders?side=selling&status=placed")), 1)

	o = m.seller.post(order+"/confirm", nil, 200, "If-Match", `"1"`)
	require.Equal(t, "confirmed", o["status"])
	stale := m.seller.do("POST", order+"/cancel", map[string]any{"reason": "late"}, "If-Match", `"1"`)
	require.Equal(t, 412, stale.status, stale.text)

	ship := m.seller.post(order+"/dispatch", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "48"}}}, 201)
	require.Equal(t, "in_transit", ship["status"])
	holder := items(m.buyer.get("/stock?by=holder"))
	require.Empty(t, holder)
	got := m.buyer.post("/shipments/"+str(ship, "id")+"/receive", map[string]any{"lines": []any{
		map[string]any{"n": 1, "received": "46", "damaged": "1", "short": "1", "reason": "box crushed"}}}, 200)
	require.Equal(t, "received", got["status"])
	require.Equal(t, true, got["waits"], "the damaged one waits to be taken back")
	own := items(m.buyer.get("/stock?by=owner"))
	require.Len(t, own, 1)
	require.Equal(t, "46", own[0]["qty"])

	v := m.seller.post(order+"/invoice", nil, 201)
	require.Equal(t, "invoice", v["kind"])
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer",
		"allocate": []any{map[string]any{"invoice": str(v, "id"), "amount": str(v, "total")}}}, 201)
	require.Equal(t, "reported", pay["status"])
	pay = m.seller.post("/payments/"+str(pay, "id")+"/confirm", nil, 200)
	require.Equal(t, "confirmed", pay["status"])
	v = m.buyer.get("/invoices/" + str(v, "id"))
	require.Equal(t, "paid", v["status"])
	require.NotEmpty(t, v["settled_by"])
	story := m.buyer.get(order + "?story=true")["story"].(map[string]any)
	require.GreaterOrEqual(t, len(story["timeline"].([]any)), 5)

	exposure := items(m.seller.get("/exposures"))
	require.Len(t, exposure, 1)
	m.seller.get("/statement?seller=" + m.seller.org + "&buyer=" + m.shop + "&currency=IDR&from=2025-01-01&to=2099-01-01")
	require.NotEmpty(t, items(m.seller.get("/audit")))
	m.workbook(t, v)

	dbtest.Lift(t, m.DB)
	rep, err := m.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Zero(t, rep.Failed(), "%v", rep.Problems)
}

// workbook is the sheet of what the buyer owes: the invoice that it has paid, to the amount, and no other row.
func (m *market) workbook(t *testing.T, invoice map[string]any) {
	j := m.buyer.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202)
	done := m.buyer.waitJob("/exports/" + str(j, "id"))
	require.Equal(t, "done", done["status"], "%v", done)
	req, _ := http.NewRequest("GET", m.url+str(done, "file"), nil)
	req.Header.Set("Authorization", "Bearer "+m.buyer.token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode, string(b))
	require.Contains(t, res.Header.Get("Content-Disposition"), ".xlsx")
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	defer f.Close()
	require.GreaterOrEqual(t, len(f.GetSheetList()), 2)
	rows, err := f.GetRows(f.GetSheetList()[0])
	require.NoError(t, err)
	require.Len(t, rows, 3, "header, invoice, total: %v", rows)
	column := map[string]string{}
	for i, name := range rows[0] {
		column[name] = rows[1][i]
	}
	require.Equal(t, []string{str(invoice, "number"), str(invoice, "total"), str(invoice, "total"), "0"},
		[]string{column["invoice"], column["amount due"], column["paid"], column["balance"]}, "%v", rows)
	require.Equal(t, 404, m.seller.do("GET", "/exports/"+str(j, "id")+"/file", nil).status, "another organisation's workbook")
}

// TestSentTwiceIsDoneOnce: one key is one order and one answer; another request under it is refused.
func TestSentTwiceIsDoneOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	body := map[string]any{"seller": m.seller.org, "lines": []any{map[string]any{"product": m.product, "qty": "5"}}}
	first := m.buyer.do("POST", "/orders", body, "Idempotency-Key", "once")
	again := m.buyer.do("POST", "/orders", body, "Idempotency-Key", "once")
	require.Equal(t, 201, first.status, first.text)
	require.Equal(t, first.text, again.text)
	body["reference"] = "other"
	other := m.buyer.do("POST", "/orders", body, "Idempotency-Key", "once")
	require.Equal(t, 422, other.status, other.text)
	require.Contains(t, other.text, "key_reused")
	require.Len(t, items(m.buyer.get("/orders")), 1)
}
