package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatIsWrongIsSaidOfWhatIsWrong: the sentence is about the field and the fault that somebody has to mend.
func TestWhatIsWrongIsSaidOfWhatIsWrong(t *testing.T) {
	m := newMarket(t, "delivery")
	line := func(qty string) []any { return []any{map[string]any{"product": m.product, "qty": qty}} }
	says := func(u *user, path string, body map[string]any, words ...string) {
		t.Helper()
		got := fmt.Sprint(u.post(path, body, 422))
		for _, w := range words {
			require.Contains(t, got, w)
		}
	}
	says(m.seller, "/orders", map[string]any{"seller": m.seller.org, "lines": line("1")}, "order.to_oneself")
	const huge = "99999999999999999999"
	says(m.buyer, "/orders", map[string]any{"seller": m.seller.org, "lines": line(huge)}, "lines[0].qty", "too large")
	says(m.buyer, "/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": huge, "method": "transfer"}, "amount", "too large")
	o := "/orders/" + str(m.place(t, "3", "pcs"), "id")
	m.seller.post(o+"/confirm", nil, 200)
	says(m.seller, o+"/dispatch", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "0"}}}, "lines[0].qty", "above zero")
	s := m.seller.post(o+"/dispatch", nil, 201)
	got := fmt.Sprint(m.buyer.post("/shipments/"+str(s, "id")+"/receive", map[string]any{"lines": []any{map[string]any{"n": 1, "received": "3", "short": "-1"}}}, 422))
	require.Contains(t, got, "lines[0].short")
	require.NotContains(t, got, "lines[0].received")
	m.buyer.post("/shipments/"+str(s, "id")+"/receive", map[string]any{}, 200)
	v := m.seller.post(o+"/invoice", nil, 201)
	p := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	allot := []any{map[string]any{"invoice": str(v, "id"), "amount": str(v, "total")}}
	says(m.seller, "/payments/"+str(p, "id")+"/confirm", map[string]any{"allocate": allot}, "currency", "missing")
	m.seller.post("/payments/"+str(p, "id")+"/confirm", map[string]any{"allocate": allot, "currency": "IDR"}, 200)
}
