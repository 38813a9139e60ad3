package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAnOrderSaysWhatWaitsOnItsOtherPages: who may receive goods or pay an invoice is led there from the order; nobody else is.
func TestAnOrderSaysWhatWaitsOnItsOtherPages(t *testing.T) {
	m := newMarket(t, "delivery")
	m.seed(t, "T01", "warehouse", "shop")
	people := map[string]*clicker{"shop": m.clickAs("owner@toko.example"), "store": m.clickAs("warehouse-shop@money.example"), "seller": m.clickAs("owner@kopi.example")}
	path := "/orders/" + str(m.place(t, "10", ""), "id")
	led := func(words string, to ...string) {
		t.Helper()
		for who, c := range people {
			page := c.get(path)
			require.Equal(t, 200, page.status, who)
			require.Equal(t, strings.Contains(strings.Join(to, " "), who), strings.Contains(page.text, words), "%s: %s", who, words)
		}
	}
	const onTheWay, unpaid = "is on its way to you", "is unpaid, due"
	m.seller.post(path+"/confirm", nil, 200)
	led(onTheWay)
	ship := str(m.seller.post(path+"/dispatch", nil, 201), "id")
	led(onTheWay, "shop", "store")
	led(unpaid)
	require.Contains(t, people["store"].get(path).text, `class="k-btn pri" href="/shipments/`+ship+`"`)
	m.buyer.post("/shipments/"+ship+"/receive", nil, 200)
	led(onTheWay)
	invoice := str(m.seller.post(path+"/invoice", nil, 201), "id")
	led(unpaid, "shop")
	require.Contains(t, people["shop"].get(path).text, `href="/payments/new?invoice=`+invoice+`"`)
}
