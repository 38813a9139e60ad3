package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestPointsByTheAPI: a programme, what is paid earns, what is spent is a discount to the last rupiah, others see nothing, and the books
// hold.
func TestPointsByTheAPI(t *testing.T) {
	m := newMarket(t, "delivery")
	ask := map[string]any{"name": "Poin Toko", "currency": "IDR", "earn_on": "payment", "points": 2, "per_amount": "10000", "worth": "100", "expiry_days": 365}
	for field, v := range map[string]any{"points": 0, "per_amount": "-1", "worth": "0.5", "expiry_days": 99999, "from": "2020-01-01", "currency": "XXX"} {
		bad := map[string]any{}
		for k, x := range ask {
			bad[k] = x
		}
		bad[field] = v
		a := m.seller.do("POST", "/points/programmes", bad)
		require.Equal(t, 422, a.status, "%s: %s", field, a.text)
	}
	g := m.seller.post("/points/programmes", ask, 201, "Idempotency-Key", "programme-1")
	require.Equal(t, g["id"], m.seller.post("/points/programmes", ask, 201, "Idempotency-Key", "programme-1")["id"])
	m.through(t, "2")
	card := items(m.buyer.get("/points"))[0]
	require.Equal(t, "364", card["points"], "two for each ten thousand of Rp1,824,000 before tax")
	require.Equal(t, card["points"], items(m.seller.get("/points?side=seller"))[0]["points"])
	require.Empty(t, items(m.seller.get("/points")))
	require.Equal(t, "earned", items(m.buyer.get("/points/moves?programme=" + str(g, "id")))[0]["kind"])

	o := "/orders/" + str(m.place(t, "1", "carton"), "id")
	m.seller.post(o+"/confirm", nil, 200)
	m.buyer.post("/shipments/"+str(m.seller.post(o+"/dispatch", nil, 201), "id")+"/receive", nil, 200)
	v := m.seller.post(o+"/invoice", nil, 201)
	spend := map[string]any{"programme": g["id"], "invoice": v["id"], "points": 64}
	require.Equal(t, 409, m.buyer.do("POST", "/points/redemptions", map[string]any{"programme": g["id"], "invoice": v["id"], "points": 365}).status)
	require.Equal(t, 404, m.buyer.do("POST", "/points/redemptions", map[string]any{"programme": v["id"], "invoice": v["id"], "points": 1}).status)
	pay := m.buyer.post("/points/redemptions", spend, 201, "Idempotency-Key", "spend-1")
	require.Equal(t, "points", pay["method"])
	require.Equal(t, "6400", pay["amount"])
	require.Equal(t, pay["id"], m.buyer.post("/points/redemptions", spend, 201, "Idempotency-Key", "spend-1")["id"])
	spend["points"] = 1
	require.Equal(t, 422, m.buyer.do("POST", "/points/redemptions", spend, "Idempotency-Key", "spend-1").status, "another request under the key")
	require.Equal(t, "300", items(m.buyer.get("/points"))[0]["points"])
	require.Equal(t, "6400", m.buyer.get("/invoices/" + str(v, "id"))["settled"])
	ended := m.seller.post("/points/programmes/"+str(g, "id")+"/end", nil, 200, "If-Match", `"1"`)
	require.EqualValues(t, 2, ended["version"])
	require.Equal(t, 404, m.buyer.do("POST", "/points/programmes/"+str(g, "id")+"/end", nil).status)

	dbtest.Lift(t, m.DB)
	rep, err := m.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Zero(t, rep.Failed(), "%v", rep.Problems)
}
