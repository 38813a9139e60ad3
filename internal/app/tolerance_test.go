package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestTolerancesAreKept: what the agreement lets be sent beyond an order is sent, received and invoiced, and no more; a line of which no
// more is left than it lets be missing is complete.
func TestTolerancesAreKept(t *testing.T) {
	m := newMarket(t, "delivery")
	link := str(m.seller.get("/agreements/"+m.agreement), "link")
	g := m.seller.post("/agreements", map[string]any{"link": link, "from": "2025-01-02", "price_list": m.list, "currency": "IDR", "net_days": 30,
		"credit_limit": "50000000", "title_on": "delivery", "risk_on": "delivery", "over_bps": 1000, "under_bps": 500}, 201)
	m.buyer.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	send := func(order, qty string) answer {
		return m.seller.do("POST", order+"/dispatch", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": qty}}})
	}
	line := func(order string) map[string]any { return m.buyer.get(order)["lines"].([]any)[0].(map[string]any) }

	order := "/orders/" + str(m.place(t, "40", ""), "id")
	m.seller.post(order+"/confirm", nil, 200)
	first := send(order, "30")
	require.Equal(t, 201, first.status, first.text)
	over := send(order, "15")
	require.Equal(t, 422, over.status, over.text)
	require.Contains(t, over.text, "Only 10 of ROB-250 is open, and with the tolerance of the agreement at most 14 may be sent")
	ship := send(order, "14")
	require.Equal(t, 201, ship.status, ship.text)
	require.Equal(t, 409, send(order, "1").status, "all of it has left")
	require.Equal(t, "44", str(line(order), "qty"))
	require.Equal(t, "1760000", str(m.buyer.get(order), "net"), "44 at 40,000")
	m.buyer.post("/shipments/"+str(ship.body, "id")+"/receive", map[string]any{"lines": []any{
		map[string]any{"n": 1, "received": "12", "refused": "2", "reason": "too many"}}}, 200)
	m.buyer.post("/shipments/"+str(first.body, "id")+"/receive", nil, 200)
	v := m.seller.post(order+"/invoice", nil, 201)
	require.Equal(t, "1680000", str(v, "net"), "what was received: 42")

	order = "/orders/" + str(m.place(t, "40", ""), "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship = send(order, "38")
	require.Equal(t, 201, ship.status, ship.text)
	require.Equal(t, "0", str(line(order), "cancelled"))
	m.buyer.post("/shipments/"+str(ship.body, "id")+"/receive", nil, 200)
	require.Equal(t, "2", str(line(order), "cancelled"), "no more than a twentieth is missing")
	require.Equal(t, "delivered", str(m.buyer.get(order), "status"))
	require.Equal(t, "1520000", str(m.seller.post(order+"/invoice", nil, 201), "net"))

	order = "/orders/" + str(m.place(t, "40", ""), "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship = send(order, "37")
	m.buyer.post("/shipments/"+str(ship.body, "id")+"/receive", nil, 200)
	require.Equal(t, "part_dispatched", str(m.buyer.get(order), "status"), "three are more than two")

	dbtest.Lift(t, m.DB)
	books, err := m.Verify(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, books.Failed(), "%v", books.Problems)
}
