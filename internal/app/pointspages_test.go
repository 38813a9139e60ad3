package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPointsByThePages: a programme is begun, what is paid earns, points are spent on an invoice and the programme is ended: each
// looked at before it is sent, refused in words, closed to others, and done once.
func TestPointsByThePages(t *testing.T) {
	f := newFull(t, "delivery")
	c, shop, looks := f.clickAs("owner@kopi.example"), f.clickAs("owner@toko.example"), "viewer@KOPI.example"
	terms := map[string]string{"name": "Poin Toko", "currency": "IDR", "earn_on": "payment", "points": "2", "per_amount": "10000", "worth": "100", "expiry_days": "365", "from": "", "until": ""}
	with := func(field, value string) map[string]string {
		out := map[string]string{}
		for k, v := range terms {
			out[k] = v
		}
		out[field] = value
		return out
	}
	at := "/points?side=seller"
	viewer := f.clickAs(looks)
	form := viewer.get("/account").fields()
	for k, v := range terms {
		form.Set(k, v)
	}
	require.Equal(t, 403, viewer.post("/points/programmes", form).status)
	require.NotContains(t, viewer.get(at).text, `action="/points/programmes"`)
	f.kept(c, at, "/points/programmes", with("name", ""), 422, "This field is needed.")
	f.kept(c, at, "/points/programmes", with("points", "-1"), 422, "as a number")
	f.kept(c, at, "/points/programmes", with("points", "0"), 422, "must lie between")
	f.kept(c, at, "/points/programmes", with("worth", "0"), 422, "must lie between")
	f.kept(c, at, "/points/programmes", with("per_amount", "banyak"), 422, "amount")
	f.kept(c, at, "/points/programmes", with("from", "2020-01-01"), 422, "begins today or later")
	f.kept(c, at, "/points/programmes", with("expiry_days", "99999"), 422, "must lie between")
	f.weighed(c, at, "/points/programmes", terms, "2 points for every Rp10,000 paid", "worth Rp100", "365 days", "be changed later")
	programme := str(items(f.seller.get("/points/programmes"))[0], "id")
	require.Contains(t, c.get(at).text, "Poin Toko")
	require.Contains(t, shop.get("/points").text, "No points yet")

	// What is paid for the first order earns; on the second invoice the points are spent.
	_, first := f.sold("2")
	f.seller.post("/payments/"+str(f.buyer.post("/payments", map[string]any{"payee": f.seller.org, "currency": "IDR", "amount": str(first, "total"), "method": "transfer",
		"allocate": []any{map[string]any{"invoice": str(first, "id"), "amount": str(first, "total")}}}, 201), "id")+"/confirm", nil, 200)
	card := items(f.buyer.get("/points"))[0]
	require.Contains(t, shop.get("/points").text, "Poin Toko")
	require.Contains(t, shop.get("/points/moves").text, "Earned")
	require.Contains(t, c.get("/points/moves").text, "Toko Satu")
	_, v := f.sold("1")
	invoice := "/invoices/" + str(v, "id")
	spend := map[string]string{"points": "4", "programme": programme}
	require.Contains(t, shop.get(invoice).text, "Pay with points")
	f.closed(invoice+"/redeem", spend, looks)
	f.kept(shop, invoice, invoice+"/redeem", map[string]string{"points": ""}, 422, "This field is needed.")
	f.kept(shop, invoice, invoice+"/redeem", map[string]string{"points": "0"}, 422, "at least")
	f.kept(shop, invoice, invoice+"/redeem", map[string]string{"points": "9999999"}, 409, "not enough points")
	f.kept(shop, invoice, invoice+"/redeem", map[string]string{"points": "1", "programme": str(v, "id")}, 404, "")
	f.weighed(shop, invoice, invoice+"/redeem", map[string]string{"points": "4"}, "4 points go", "Rp400")
	require.Equal(t, "400", str(f.buyer.get(invoice), "settled"))
	require.Contains(t, shop.get("/points/moves").text, "Spent")
	require.NotContains(t, f.clickAs("owner@T02.example").get("/points").text, "Poin Toko")
	require.NotEmpty(t, card["points"])

	end := "/points/programmes/" + programme + "/end"
	f.closed(end, nil, looks)
	f.weighed(c, at, end, nil, "last day on which points are earned")
	require.NotContains(t, c.get(at).text, end, "it has ended")
	f.sound()
}
