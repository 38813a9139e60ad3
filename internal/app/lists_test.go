package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"saluran/internal/app"
)

// TestListsAskTheSameWhateverTheirLength: the pages of lists put as many questions to the database when they show one row as
// when they show a whole page of them.
func TestListsAskTheSameWhateverTheirLength(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true }) // they would be counted too
	asked := m.counting()
	deal := func() {
		o := m.place(t, "1", "carton")
		path := "/orders/" + str(o, "id")
		m.seller.post(path+"/confirm", nil, 200)
		ship := m.seller.post(path+"/dispatch", nil, 201)
		m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
		v := m.seller.post(path+"/invoice", nil, 201)
		m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	}
	deal()
	pages := []string{"/", "/orders", "/orders?side=seller", "/shipments", "/invoices", "/payments", "/stock", "/stock?by=holder", "/warehouses", "/orders/quick?tab=find&seller=" +
		m.seller.org + "&buyer=" + m.shop, "/orders/quick?seller=" + m.seller.org + "&buyer=" + m.shop, "/orders/quick?tab=paste&seller=" + m.seller.org + "&buyer=" + m.shop, "/m/order?tab=again&seller=" + m.seller.org + "&buyer=" + m.shop,
		"/cart?seller=" + m.seller.org + "&buyer=" + m.shop, "/payments/new", "/partners", "/products", "/exports", "/schedules", "/imports", "/people", "/channels", "/appointments", "/banks", "/deposits", "/deposits?side=buyer", "/movements", "/transfers/new", "/commissions", "/counter", "/find?q=Robusta", "/find?q=-", "/find?in=palette&q=o", "/points?side=seller", "/points/moves", "/visits", "/visits?side=principal", "/visit-plan"}
	browser := m.enter("owner@kopi.example")
	count := func() map[string]int64 {
		out := map[string]int64{}
		for _, p := range pages {
			for i := range 4 { // what runs in the background asks, too: the least of several visits counts
				before := asked.Load()
				res, err := browser.Get(m.url + p)
				require.NoError(t, err)
				res.Body.Close()
				require.Equal(t, 200, res.StatusCode, p)
				if n := asked.Load() - before; i == 0 || n < out[p] {
					out[p] = n
				}
			}
		}
		return out
	}
	one := count()
	for range 14 {
		deal()
	}
	for range 40 {
		m.place(t, "1", "")
	}
	many := count()
	for _, p := range pages {
		require.LessOrEqual(t, many[p], one[p]+2, "questions of %s with more rows", p)
		require.Less(t, many[p], int64(40), "questions of %s", p)
	}
	t.Log(many)
}

// counting counts the reads that go through gorm.
func (p *portal) counting() *atomic.Int64 {
	var n atomic.Int64
	tick := func(*gorm.DB) { n.Add(1) }
	c := p.DB.R(context.Background()).Callback()
	require.NoError(p.t, c.Query().Before("gorm:query").Register("count:query", tick))
	require.NoError(p.t, c.Row().Before("gorm:row").Register("count:row", tick))
	require.NoError(p.t, c.Raw().Before("gorm:raw").Register("count:raw", tick))
	return &n
}

var formToken = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// enter signs somebody in to the pages.
func (p *portal) enter(email string) *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(p.t, err)
	c := &http.Client{Jar: jar}
	res, err := c.Get(p.url + "/sign-in")
	require.NoError(p.t, err)
	found := formToken.FindStringSubmatch(body(p.t, res))
	require.NotEmpty(p.t, found)
	res, err = c.PostForm(p.url+"/sign-in", url.Values{"_csrf": {found[1]}, "email": {email}, "password": {password}, "next": {"/"}})
	require.NoError(p.t, err)
	require.Equal(p.t, "/", res.Request.URL.Path, body(p.t, res))
	return c
}

func body(t testing.TB, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(b)
}
