package app_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/id"
)

// waits is how many things of a kind wait for somebody on its first page.
func (u *user) waits(kind string) int {
	for _, w := range u.get("/desk")["waits"].([]any) {
		if x := w.(map[string]any); str(x, "kind") == kind {
			return int(x["count"].(float64))
		}
	}
	return 0
}

// TestTermsWaitForWhoAnswersThem: an offer stands on the first page and among the notices of whoever may answer it, and of nobody else;
// a counter-offer turns that round, and an answer of either kind ends it for all colleagues.
func TestTermsWaitForWhoAnswersThem(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	link := str(items(m.seller.get("/links"))[0], "id")
	store := m.seed(t, "T01", "warehouse", "shop")
	colleague := m.seed(t, "T01", "owner", "shop")
	offer := func(u *user, days int) string {
		return str(u.post("/agreements", map[string]any{"link": link, "from": "2025-01-01", "price_list": m.list, "currency": "IDR", "net_days": days, "title_on": "delivery", "risk_on": "delivery"}, 201), "id")
	}
	state := func(what string, seller, buyer int) {
		t.Helper()
		require.Equal(t, []int{seller, buyer, buyer, 0}, []int{m.seller.waits("terms"), m.buyer.waits("terms"), colleague.waits("terms"), store.waits("terms")}, what)
		told := func(u *user) (n int) {
			for _, e := range u.told() {
				if e == "terms.offered" {
					n++
				}
			}
			return n
		}
		require.Equal(t, []int{seller, buyer, buyer, 0}, []int{told(m.seller), told(m.buyer), told(colleague), told(store)}, "notices: %s", what)
		require.Len(t, items(m.buyer.get("/links?terms=true")), buyer, what)
		require.Len(t, items(m.seller.get("/links?terms=true")), seller, what)
	}
	state("agreed", 0, 0)
	first := offer(m.seller, 14)
	state("offered", 0, 1)
	c := m.clickAs("owner@toko.example")
	home := c.get("/").text
	require.Contains(t, home, "1 terms wait for your answer")
	require.Contains(t, home, `href="/partners/`+link+`"`)
	require.Contains(t, c.get("/partners?terms=1").text, `href="/partners/`+link+`"`)
	require.NotContains(t, m.clickAs("owner@kopi.example").get("/partners?terms=1").text, `href="/partners/`+link+`"`)
	require.Contains(t, c.get("/notices").text, "offered new terms")
	second := offer(m.buyer, 21)
	state("countered", 1, 0)
	m.seller.post("/agreements/"+second+"/decline", map[string]any{"reason": "too long"}, 200)
	state("declined", 0, 0)
	third := offer(m.seller, 10)
	state("offered again", 0, 1)
	m.buyer.post("/agreements/"+third+"/accept", nil, 200)
	state("accepted", 0, 0)
	offer(m.seller, 7)
	fifth := offer(m.seller, 8)
	state("replaced by its own side", 0, 1)
	m.seller.post("/agreements/"+fifth+"/decline", map[string]any{"reason": "a mistake"}, 200)
	state("withdrawn", 0, 0)
	require.NotEqual(t, first, second)
}

// TestWhatWasAnsweredAsksNobodyAnyMore: an order that is confirmed, goods that came and money that was matched leave the notices that
// asked for it read, for all who were asked.
func TestWhatWasAnsweredAsksNobodyAnyMore(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.followed(t)
	m.seller.joins("rina@kopi.example", "Rina", "owner")
	rina := m.signIn("rina@kopi.example")
	o := "/orders/" + str(m.place(t, "4", ""), "id")
	m.followed(t)
	require.Equal(t, []string{"order.placed"}, rina.told())
	m.seller.post(o+"/confirm", nil, 200)
	m.followed(t)
	require.Empty(t, rina.told())
	s := m.seller.post(o+"/dispatch", nil, 201)
	m.followed(t)
	require.Contains(t, m.buyer.told(), "order.dispatched")
	m.buyer.post("/shipments/"+str(s, "id")+"/receive", map[string]any{}, 200)
	m.followed(t)
	require.NotContains(t, m.buyer.told(), "order.dispatched")
	v := m.seller.post(o+"/invoice", nil, 201)
	p := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	m.followed(t)
	require.Equal(t, []string{"payment.reported"}, rina.told())
	m.seller.post("/payments/"+str(p, "id")+"/confirm", nil, 200)
	m.followed(t)
	require.Empty(t, rina.told())
	require.Contains(t, m.buyer.told(), "payment.confirmed", "what tells and asks nothing stays")
}

// TestWhatWasAnsweredIsSettledOnce, however many say so at once: each notice is read at one moment, and nobody is refused.
func TestWhatWasAnsweredIsSettledOnce(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.followed(t)
	for i := range 4 {
		m.seller.joins(fmt.Sprintf("rina%d@kopi.example", i), "Rina", "owner")
	}
	order := str(m.place(t, "4", ""), "id")
	m.followed(t)
	asked := func(more string) int64 {
		return m.count(t, "SELECT COUNT("+more+") FROM notice WHERE event = 'order.placed' AND doc = "+order)
	}
	require.EqualValues(t, 5, asked("*"))
	require.EqualValues(t, 1, asked("DISTINCT read_us"))
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if err := m.Notices.Answered(context.Background(), []id.ID{idIn(t, m.seller.org), idIn(t, m.shop)}, "order", idIn(t, order), "order.placed", "order.held"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 5, asked("NULLIF(read_us, 0)"), "all are read")
	require.EqualValues(t, 1, asked("DISTINCT read_us"), "one has settled them")
	require.Empty(t, m.seller.told())
}
