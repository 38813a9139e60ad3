package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSlowReceiversOfOneOrganisationHoldUpNobodyElse: with every endpoint that it may have, each of them slow and with much to hear,
// an organisation holds a quarter of what one program sends at a time; somebody else's message goes out meanwhile.
func TestSlowReceiversOfOneOrganisationHoldUpNobodyElse(t *testing.T) {
	m := newMarket(t, "delivery", loopback)
	var now, most, begun atomic.Int64
	over := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		begun.Add(1)
		for n := now.Add(1); ; {
			if was := most.Load(); n <= was || most.CompareAndSwap(was, n) {
				break
			}
		}
		defer now.Add(-1)
		select {
		case <-over:
		case <-q.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(over)
	for i := range 20 {
		no := str(m.buyer.post("/webhooks", map[string]any{"url": fmt.Sprint(slow.URL, "/", i), "topics": []any{"order.confirmed"}}, 201), "id")
		for range 4 {
			m.buyer.post("/webhooks/"+no+"/test", nil, 201)
		}
	}
	require.Eventually(t, func() bool { return begun.Load() >= 4 }, 10*time.Second, 10*time.Millisecond)
	r := receive(t)
	start := time.Now()
	no := "/webhooks/" + str(m.seller.listen(r, "order.placed"), "id")
	m.seller.post(no+"/test", nil, 201)
	require.Eventually(t, func() bool { return len(r.all()) == 1 }, 6*time.Second, 10*time.Millisecond)
	t.Logf("heard after %s", time.Since(start))
	require.EqualValues(t, 4, most.Load())
	require.EqualValues(t, 4, now.Load(), "the others are still at it")
}
