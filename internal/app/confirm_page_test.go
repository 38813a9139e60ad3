package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestWhoReportedIsNotAskedToConfirm: who noted money that came in does not find the button that confirms it, for the service refuses
// that; a colleague finds it, and the one who noted it may still take it back.
func TestWhoReportedIsNotAskedToConfirm(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.seller.joins("rina@kopi.example", "Rina", "finance")
	noted := m.seller.post("/payments", map[string]any{"payer": m.shop, "payee": m.seller.org, "currency": "IDR", "amount": "500000", "method": "transfer"}, 201)
	path := "/payments/" + str(noted, "id")
	confirm, reject := `action="`+path+`/confirm"`, `action="`+path+`/reject"`
	owner, rina, shop := m.clickAs("owner@kopi.example"), m.clickAs("rina@kopi.example"), m.clickAs("owner@toko.example")

	own := owner.get(path)
	require.NotContains(t, own.text, confirm)
	require.Contains(t, own.text, reject)
	require.Contains(t, own.text, "A colleague matches it")
	refused := m.seller.do("POST", path+"/confirm", nil)
	require.Equal(t, 403, refused.status)
	require.Contains(t, refused.text, "payment.maker_checker")
	require.NotContains(t, shop.get(path).text, confirm)
	require.NotContains(t, shop.get(path).text, reject)

	others := rina.get(path)
	require.Contains(t, others.text, confirm)
	require.Contains(t, others.text, reject)
	require.Equal(t, 303, rina.post(path+"/confirm", others.fields(path+"/confirm")).status)
	require.Equal(t, "confirmed", str(m.seller.get(path), "status"))

	theirs := "/payments/" + str(m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": "1000", "method": "transfer"}, 201), "id")
	require.Contains(t, owner.get(theirs).text, `action="`+theirs+`/confirm"`, "what the payer reported is confirmed by any of the payee's finance")
}
