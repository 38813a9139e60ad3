package app_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

var (
	tableFoot = regexp.MustCompile(`(?s)<tfoot>.*?</tfoot>`)
	footSum   = regexp.MustCompile(`<td class="r" data-l="[^"]*"><span>Rp([^<]*)</span>`)
)

// foot is what stands in the foot of the only list of a page that has one.
func (c *clicker) foot(t *testing.T, path string) (sums []string) {
	t.Helper()
	p := c.get(path)
	require.Equal(t, 200, p.status, path)
	for _, x := range footSum.FindAllStringSubmatch(tableFoot.FindString(p.text), -1) {
		sums = append(sums, x[1])
	}
	return sums
}

// TestFeetOfListsSayWhatAllRowsComeTo: sales over the counter and deposits, on both sides; all rows count, and not those of the page alone.
func TestFeetOfListsSayWhatAllRowsComeTo(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	seller, buyer := m.clickAs("owner@kopi.example"), m.clickAs("owner@toko.example")
	require.Empty(t, seller.foot(t, "/counter"))
	require.Empty(t, seller.foot(t, "/deposits"))
	for range 2 {
		m.seller.post("/counter-sales", map[string]any{"price_list": m.list, "paid": true, "lines": []any{map[string]any{"product": m.product, "qty": "1"}}}, 201)
	}
	one := m.seller.get("/orders?size=1")
	require.Equal(t, "40000", str(items(one)[0], "total"))
	require.Equal(t, []string{"80,000"}, seller.foot(t, "/counter"))
	for range 30 {
		m.seller.post("/counter-sales", map[string]any{"price_list": m.list, "paid": true, "lines": []any{map[string]any{"product": m.product, "qty": "1"}}}, 201)
	}
	require.Equal(t, []string{"1,280,000"}, seller.foot(t, "/counter"), "more than a page")

	for _, amount := range []string{"1000", "2500"} {
		p := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": amount, "method": "transfer"}, 201)
		m.seller.post("/payments/"+str(p, "id")+"/confirm", nil, 200)
	}
	require.Equal(t, []string{"3,500"}, seller.foot(t, "/deposits"))
	require.Equal(t, []string{"3,500"}, buyer.foot(t, "/deposits?side="+url.QueryEscape("buyer")))
	require.Empty(t, buyer.foot(t, "/deposits?side=seller"))
}
