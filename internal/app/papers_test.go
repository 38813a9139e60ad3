package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/paper/papertest"
)

// papersOf carries an order to its payment, with a credit note, and says where the papers of it are.
func papersOf(t *testing.T, m *market) (at map[string]string, things map[string]map[string]any) {
	order := "/orders/" + str(m.place(t, "48", ""), "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship := m.seller.post(order+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	inv := m.seller.post(order+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(inv, "total"), "method": "transfer"}, 201)
	m.seller.post("/payments/"+str(pay, "id")+"/confirm", nil, 200)
	note := m.seller.post("/invoices/"+str(inv, "id")+"/credit-notes", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "2"}}, "reason": "Bungkus rusak"}, 201)
	at = map[string]string{"order": order, "shipment": "/shipments/" + str(ship, "id"), "invoice": "/invoices/" + str(inv, "id"), "payment": "/payments/" + str(pay, "id"),
		"credit": "/invoices/" + str(note, "id"), "statement": "/statement"}
	things = map[string]map[string]any{}
	for kind, path := range at {
		if kind != "statement" {
			things[kind] = m.seller.get(path)
		}
	}
	things["statement"] = m.seller.get(m.statementAt())
	return at, things
}

func (m *market) statementAt() string {
	return "/statement?seller=" + m.seller.org + "&buyer=" + m.shop + "&currency=IDR&from=2026-01-01&to=2099-01-01"
}

// TestLongDocumentsOnPaper: every document of a trade is a PDF in both languages and sizes, for both sides and nobody else. Another
// program reads it: its figures are those of the books, and its code is the address of the record.
func TestLongDocumentsOnPaper(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.URL = "https://portal.example" })
	at, things := papersOf(t, m)
	rival := m.rival(t)
	for kind, titles := range map[string][2]string{"order": {"Purchase order", "Pesanan"}, "shipment": {"Delivery note", "Surat jalan"}, "invoice": {"Invoice", "Tagihan"},
		"payment": {"Receipt", "Kuitansi"}, "credit": {"Credit note", "Nota kredit"}, "statement": {"Statement of account", "Rekening koran"}} {
		path, sizes := at[kind]+"/pdf?", []string{"a4", "80", "58"}
		if kind == "statement" {
			path, sizes = strings.Replace(m.statementAt(), "?", "/pdf?", 1)+"&", sizes[:1]
		}
		for _, who := range []*user{m.seller, m.buyer} {
			for i, lang := range []string{"en", "id"} {
				for _, size := range sizes {
					q := "lang=" + lang
					if kind != "statement" {
						q += "&size=" + size
					}
					a := who.do("GET", path+q, nil)
					require.Equal(t, 200, a.status, "%s: %s", kind, a.text)
					require.Equal(t, "application/pdf", a.header.Get("Content-Type"))
					require.Equal(t, "no-store", a.header.Get("Cache-Control"))
					require.Regexp(t, `^attachment; filename="`+strings.ReplaceAll(titles[i], " ", "-")+`-[A-Za-z0-9-]+\.pdf"$`, a.header.Get("Content-Disposition"))
					require.Less(t, len(a.text), 120_000, kind)
					text := strings.Join(strings.Fields(strings.Join(papertest.Text(t, []byte(a.text)), " ")), " ")
					require.Contains(t, text, titles[i])
					for _, raw := range []string{"paper.", "status.", "event.", "settle.", "%!"} {
						require.NotContains(t, text, raw, "a key without a word in %s %s", kind, lang)
					}
					for _, figure := range figuresOf(t, kind, things[kind], lang) {
						require.Contains(t, text, figure, "%s %s %s", kind, lang, size)
					}
					require.True(t, strings.HasPrefix(papertest.Code(t, []byte(a.text)), "https://portal.example"+at[kind]), "%s %s", kind, size)
				}
			}
		}
		require.Equal(t, http.StatusNotFound, rival.do("GET", path+"lang=id", nil).status, path)
	}
	require.Equal(t, 422, m.seller.do("GET", at["order"]+"/pdf?size=7", nil).status)
}

// figuresOf are the amounts and numbers of a document that the API has, as the paper writes them.
func figuresOf(t *testing.T, kind string, x map[string]any, lang string) (out []string) {
	rupiah, err := money.Lookup("IDR")
	require.NoError(t, err)
	amount := func(v any) string {
		m, err := rupiah.Parse(strings.TrimPrefix(v.(string), "-"))
		require.NoError(t, err)
		return i18n.Money(lang, "IDR", m)
	}
	switch kind {
	case "shipment":
		return []string{str(x, "number"), "L-1", "48 pcs"}
	case "payment":
		m, err := rupiah.Parse(str(x, "amount"))
		require.NoError(t, err)
		words := i18n.Words(lang, "IDR", m)
		return []string{str(x, "number"), amount(x["amount"]), words[1:]}
	case "statement":
		out = []string{amount(x["opening"]), amount(x["closing"]), amount(x["ageing"].(map[string]any)["open"])}
		require.Len(t, x["rows"], 3)
		for _, r := range x["rows"].([]any) {
			r := r.(map[string]any)
			out = append(out, str(r, "number"), amount(r["amount"]), amount(r["balance"]))
		}
		return out
	}
	out = []string{str(x, "number"), amount(x["net"]), amount(x["tax"]), amount(x["total"])}
	for _, l := range x["lines"].([]any) {
		out = append(out, amount(l.(map[string]any)["net"]))
	}
	return out
}

// TestPapersShowNoMoneyToThoseWhoMaySeeNone: the paper of an order in the hands of somebody who sees its goods alone has no amount
// on it; that of an invoice is refused as the invoice is.
func TestPapersShowNoMoneyToThoseWhoMaySeeNone(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	at, _ := papersOf(t, m)
	warehouse := m.seed(t, "KOPI", "warehouse", "seller")
	for _, size := range []string{"a4", "80", "58"} {
		a := warehouse.do("GET", at["order"]+"/pdf?size="+size, nil)
		require.Equal(t, 200, a.status)
		text := strings.Join(papertest.Text(t, []byte(a.text)), " ")
		require.Contains(t, text, "Robusta")
		require.NotContains(t, text, "Rp")
	}
	for _, kind := range []string{"invoice", "credit", "payment", "statement"} {
		page, file := at[kind], at[kind]+"/pdf"
		if kind == "statement" {
			page, file = m.statementAt(), strings.Replace(m.statementAt(), "?", "/pdf?", 1)
		}
		seen, printed := warehouse.do("GET", page, nil), warehouse.do("GET", file, nil)
		require.Equal(t, seen.status, printed.status, kind)
		if printed.status == 200 {
			require.NotContains(t, strings.Join(papertest.Text(t, []byte(printed.text)), " "), "Rp", kind)
		}
	}
}

// TestAStatementIsAPageToo: the account as a page says what the API says, to both sides, a part at a time, and leads to the papers; who is
// neither finds nothing.
func TestAStatementIsAPageToo(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	at, things := papersOf(t, m)
	for _, who := range []string{"owner@kopi.example", "owner@toko.example"} {
		p := m.clickAs(who).get(m.statementAt())
		require.Equal(t, 200, p.status, p.text)
		require.Equal(t, "no-store", p.header.Get("Cache-Control"))
		for _, figure := range figuresOf(t, "statement", things["statement"], "en") {
			require.Contains(t, p.text, figure)
		}
		require.Contains(t, p.text, `href="`+at["payment"]+`"`)
		require.Contains(t, p.text, "/statement/pdf?buyer=")
	}
	seller := m.clickAs("owner@kopi.example")
	require.Equal(t, 200, seller.get("/statement?seller="+m.seller.org+"&buyer="+m.shop).status, "a period is named for who names none")
	require.Equal(t, 404, seller.get("/statement?seller="+m.seller.org+"&buyer=x").status)
	require.Equal(t, 422, seller.get(strings.Replace(m.statementAt(), "from=2026", "from=3026", 1)).status)
	rival := m.rival(t)
	other := m.clickAs(rival.email)
	require.Equal(t, other.get("/statement?seller=1&buyer=2").status, other.get(m.statementAt()).status)
	require.Equal(t, 404, other.get(m.statementAt()).status)
}
