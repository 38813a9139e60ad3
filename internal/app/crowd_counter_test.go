package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoHundredSalesOverTheCounterAtOnce: through two instances, while there is no walk-in customer yet; each is sold, invoiced and paid.
func TestTwoHundredSalesOverTheCounterAtOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	both := []*user{m.seller, m.seller.at(beside(t, m.Config.DB))}
	got := crowd(200, func(i int, key string) answer {
		return both[i%2].do("POST", "/counter-sales", map[string]any{"price_list": m.list, "paid": true, "lines": []any{map[string]any{"product": m.product, "qty": "1"}}}, "Idempotency-Key", key)
	})
	for _, a := range got {
		require.Equal(t, 201, a.status, a.text)
	}
	require.Len(t, items(m.seller.get("/invoices?side=seller&size=200")), 200)
	m.holdsTogether(t)
}
