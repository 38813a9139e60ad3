package app_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// withGoods is a market with more goods on the shop's list.
func withGoods(t testing.TB) (*market, map[string]string) {
	m := newMarket(t, "delivery")
	nos := map[string]string{"ROB-250": m.product}
	for _, g := range []struct{ sku, name, gtin string }{{"ROB-500", "Robusta 500 g", ""}, {"GA330", "Gula Aren Cair 330 ml", "4006381333931"}, {"007", "Teh Melati", ""}} {
		body := map[string]any{"sku": g.sku, "name": g.name, "gtin": g.gtin, "units": []any{map[string]any{"name": "carton", "base": "12"}}}
		if g.sku == "007" {
			delete(body, "units")
		}
		nos[g.sku] = str(m.seller.post("/products", body, 201), "id")
		m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": nos[g.sku], "from": "2025-01-01", "price": "20000"}}}, 204)
	}
	return m, nos
}

func cartLineOf(t testing.TB, c map[string]any, sku string) map[string]any {
	t.Helper()
	for _, l := range c["lines"].([]any) {
		if str(l.(map[string]any), "sku") == sku {
			return l.(map[string]any)
		}
	}
	t.Fatalf("no line of %s in %v", sku, c["lines"])
	return nil
}

// setsAside: what is said around an order is no goods and stands in nobody's way; each line of it can be taken up again, or goes.
func (m *market) setsAside(t *testing.T, cart string, c map[string]any) map[string]any {
	goods := c["good"]
	read := m.buyer.post(cart+"/read", map[string]any{"text": "Selamat pagi\nkopi luwak asli\nterima kasih ya"}, 200)
	require.EqualValues(t, 3, read["read"])
	require.EqualValues(t, 1, read["wrong"], "an article that nobody knows is asked for, with no number too")
	require.EqualValues(t, 2, read["aside"])
	c = read["cart"].(map[string]any)
	require.EqualValues(t, 2, c["aside"])
	require.EqualValues(t, 1, c["wrong"])
	require.Equal(t, goods, c["good"])
	lines := map[string]any{}
	for _, l := range c["lines"].([]any) {
		x := l.(map[string]any)
		lines[str(x, "typed")] = x["line"]
		require.Equal(t, strings.Contains(str(x, "typed"), "pagi") || strings.Contains(str(x, "typed"), "kasih"), x["aside"] == true, x)
		if x["aside"] == true {
			require.Nil(t, x["problem"])
			require.Nil(t, x["net"])
		}
	}
	m.buyer.post(cart+"/lines", map[string]any{"line": 4711, "do": "take"}, 404)
	c = m.buyer.post(cart+"/lines", map[string]any{"line": lines["Selamat pagi"], "do": "take"}, 200)
	require.EqualValues(t, 1, c["aside"])
	require.EqualValues(t, 2, c["wrong"], "it is asked like any line")
	c = m.buyer.post(cart+"/lines", map[string]any{"line": lines["Selamat pagi"], "do": "take"}, 200)
	require.EqualValues(t, 2, c["wrong"], "twice is once")
	for _, typed := range []string{"Selamat pagi", "kopi luwak asli"} {
		c = m.buyer.post(cart+"/lines", map[string]any{"line": lines[typed], "do": "remove"}, 200)
	}
	require.EqualValues(t, 0, c["wrong"])
	require.EqualValues(t, 1, c["aside"], "thanks stay, and the order goes out without them")
	return c
}

// TestABasketByTheAPI: what is pasted is read and never guessed; what was chosen is ordered once, at prices that were seen.
func TestABasketByTheAPI(t *testing.T) {
	m, nos := withGoods(t)
	c := m.buyer.post("/carts", map[string]any{"seller": m.seller.org}, 200)
	cart := "/carts/" + str(c, "id")
	read := m.buyer.post(cart+"/read", map[string]any{"text": "robusta 250 x 2 carton\n10 pcs robusta\n4006381333931\t3\tcarton\nGula Aren\t\tcarton\nteh melati 5\nteh melati 2\nmie goreng 1"}, 200)
	require.EqualValues(t, 7, read["read"])
	require.EqualValues(t, 1, read["merged"])
	require.EqualValues(t, 3, read["wrong"])
	c = read["cart"].(map[string]any)
	require.EqualValues(t, 6, len(c["lines"].([]any)))
	require.Equal(t, "7", str(cartLineOf(t, c, "007"), "qty"), "two lines of one thing are one")
	require.EqualValues(t, 1, cartLineOf(t, c, "007")["merged"])
	problems := map[string]map[string]any{}
	for _, l := range c["lines"].([]any) {
		if p := str(l.(map[string]any), "problem"); p != "" {
			problems[p] = l.(map[string]any)
		}
	}
	require.Len(t, problems["cart.which"]["candidates"], 2, "robusta is two things, and none is taken")
	require.Equal(t, "GA330", str(problems["cart.qty_missing"], "sku"), "no quantity is an error, and not one")
	require.Contains(t, problems, "cart.unknown")
	require.Nil(t, problems["cart.which"]["qty"])

	order := func(status int, seen any, version string) map[string]any {
		return m.buyer.post(cart+"/order", map[string]any{"seen": seen}, status, "If-Match", version)
	}
	tag := func(c map[string]any) string { return fmt.Sprintf(`"%.0f"`, c["version"]) }
	require.Equal(t, "cart.wrong_lines", str(order(422, c["seen"], tag(c)), "code"))
	c = m.buyer.post(cart+"/lines", map[string]any{"line": problems["cart.which"]["line"], "product": nos["ROB-500"]}, 200)
	require.Equal(t, "10", str(cartLineOf(t, c, "ROB-500"), "qty"), "who chooses keeps what was typed")
	c = m.buyer.post(cart+"/lines", map[string]any{"line": problems["cart.qty_missing"]["line"], "qty": "1"}, 200)
	c = m.buyer.post(cart+"/lines", map[string]any{"line": problems["cart.unknown"]["line"], "do": "remove"}, 200)
	require.EqualValues(t, 0, c["wrong"])
	require.Equal(t, "4", str(cartLineOf(t, c, "GA330"), "qty"), "what was added to a line of the same goods is one line")

	c = m.setsAside(t, cart, c)
	// a price that changes after it was seen
	seen, version := c["seen"], tag(c)
	today := time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly)
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": nos["GA330"], "from": today, "price": "25000"}}}, 204)
	require.Equal(t, "cart.prices_changed", str(order(409, seen, version), "code"))
	c = m.buyer.get(cart)
	require.Equal(t, "20000", str(cartLineOf(t, c, "GA330"), "was_price"))
	require.Empty(t, items(m.buyer.get("/orders")), "nothing was placed")

	// at once and again: one order
	var wg sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		wg.Go(func() { ids[i] = str(order(201, c["seen"], tag(c)), "id") })
	}
	wg.Wait()
	for _, no := range ids {
		require.Equal(t, ids[0], no)
	}
	require.Len(t, items(m.buyer.get("/orders")), 1)
	require.Equal(t, ids[0], str(order(201, c["seen"], tag(c)), "id"), "later, too")
	require.Equal(t, str(c, "total"), str(m.buyer.get("/orders/"+ids[0]), "total"))
	require.Empty(t, m.buyer.get(cart)["lines"], "the basket is empty")

	// again, and what is usual
	again := m.buyer.post("/orders/"+ids[0]+"/reorder", nil, 200)
	require.EqualValues(t, 0, again["wrong"])
	require.Len(t, again["cart"].(map[string]any)["lines"], 4)
	require.Len(t, items(m.buyer.get(cart+"/usual")), 4)
	// nobody else's
	require.Equal(t, 404, m.seller.do("GET", cart, nil).status)
	require.Equal(t, 404, m.seller.do("POST", cart+"/lines", map[string]any{"product": m.product, "qty": "1"}).status)
	require.Empty(t, items(m.seller.get("/carts")))
	require.Len(t, items(m.buyer.get("/carts")), 1)
	dbtest.Lift(t, m.DB)
	m.verifies(t)
}

// TestSteppersAtOnce: many presses at once are all counted, and one that is sent twice once.
func TestSteppersAtOnce(t *testing.T) {
	m, _ := withGoods(t)
	cart := "/carts/" + str(m.buyer.post("/carts", map[string]any{"seller": m.seller.org}, 200), "id")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			m.buyer.post(cart+"/lines", map[string]any{"product": m.product, "unit": "carton", "do": "more"}, 200)
		})
	}
	wg.Wait()
	require.Equal(t, "20", str(cartLineOf(t, m.buyer.get(cart), "ROB-250"), "qty"))
	one := map[string]any{"product": m.product, "unit": "carton", "do": "more"}
	for range 2 {
		require.Equal(t, 200, m.buyer.do("POST", cart+"/lines", one, "Idempotency-Key", "the-same").status)
	}
	require.Equal(t, "21", str(cartLineOf(t, m.buyer.get(cart), "ROB-250"), "qty"))
}

// lineOfProblem is the number of the first line of a basket's page that is not clear.
func lineOfProblem(text string) string {
	_, after, _ := strings.Cut(text, `class="c-line bad" id="l-`)
	no, _, _ := strings.Cut(after, `"`)
	return no
}

// weigh is how many bytes a page and all that it fetches at once come to, compressed.
func (c *clicker) weigh(t *testing.T, path string) (sum int) {
	t.Helper()
	fetch := func(path string) []byte {
		req, err := http.NewRequest("GET", c.p.url+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Encoding", "br, gzip")
		req.Header.Set("Accept", "text/html")
		res, err := c.web.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode, path)
		if res.Header.Get("Content-Type") != "image/png" { // which is compressed as it is
			require.NotEmpty(t, res.Header.Get("Content-Encoding"), path)
		}
		return b
	}
	sum = len(fetch(path))
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"#]+)`).FindAllStringSubmatch(c.get(path).text, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			sum += len(fetch(m[1]))
		}
	}
	return sum
}

// TestQuickOrderByForms goes from the usual goods to the order without scripts, on the phone's pages.
func TestQuickOrderByForms(t *testing.T) {
	m, nos := withGoods(t)
	m.place(t, "2", "carton")
	c := m.clickAs("owner@toko.example")
	pair := "seller=" + m.seller.org + "&buyer=" + m.shop
	page := c.get("/m/order?" + pair)
	require.Equal(t, 200, page.status)
	require.Contains(t, page.text, "Robusta 250 g", "what was ordered is usual")
	require.NotContains(t, page.text, "Teh Melati")
	add := page.fields("/cart/lines")
	add.Set("do", "more")
	got := c.post("/cart/lines", add)
	require.Equal(t, 303, got.status, got.text)
	require.Contains(t, got.header.Get("Location"), "/m/order?"+pair)
	require.Equal(t, 303, c.post("/cart/lines", add).status, "sent twice")
	page = c.get("/m/order?" + pair)
	require.Contains(t, page.text, `value="1"`)
	part := c.post("/cart/lines", add, "HX-Request", "true")
	require.Contains(t, part.text, "hx-partial")

	// paste, with what is not clear
	paste := c.get("/m/order?" + pair + "&tab=paste").fields("/cart/read")
	paste.Set("text", "")
	require.Equal(t, 422, c.post("/cart/read", paste).status)
	paste = c.get("/m/order?" + pair + "&tab=paste").fields("/cart/read")
	paste.Set("text", "robusta 3 carton\nteh melati 2 pcs\n")
	got = c.post("/cart/read", paste)
	require.Equal(t, 303, got.status, got.text)
	cart := c.get(got.header.Get("Location"))
	require.Contains(t, cart.text, "Robusta 500 g")
	require.Contains(t, cart.text, "2 products match")
	require.Contains(t, cart.text, "Written: robusta 3 carton")

	// it is not sent like this
	send := cart.fields("/cart/send")
	bad := c.post("/cart/send", send)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "1 line still needs attention")
	choose := cart.fields("/cart/lines")
	choose.Set("line", lineOfProblem(cart.text))
	choose.Set("product", nos["ROB-500"])
	choose.Del("do")
	choose.Del("unit")
	require.Equal(t, 303, c.post("/cart/lines", choose).status)
	cart = c.get("/m/cart?" + pair)
	require.NotContains(t, cart.text, "products match")

	// a price changes meanwhile
	send = cart.fields("/cart/send")
	send.Set("reference", "PO-77")
	today := time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly)
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": nos["007"], "from": today, "price": "21000"}}}, 204)
	bad = c.post("/cart/send", send)
	require.Equal(t, 409, bad.status, bad.text)
	require.Contains(t, bad.text, "<del>")
	require.Contains(t, bad.text, `value="PO-77"`, "what was typed stays")
	require.Len(t, items(m.buyer.get("/orders")), 1)
	send = bad.fields("/cart/send")
	send.Set("reference", "PO-77")
	sent := c.post("/cart/send", send)
	require.Equal(t, 303, sent.status, sent.text)
	order, _, _ := strings.Cut(sent.header.Get("Location"), "?")
	require.Equal(t, sent.header.Get("Location"), c.post("/cart/send", send).header.Get("Location"), "sent twice is one order")
	require.Len(t, items(m.buyer.get("/orders")), 2)
	require.True(t, strings.Contains(c.get(order).text, "PO-77"))
	require.Contains(t, c.get("/m/cart?"+pair).text, "The cart is empty")
	again := c.get(order).fields("/cart/like")
	require.Equal(t, 303, c.post("/cart/like", again).status)
	require.Contains(t, c.get("/cart?"+pair).text, "Robusta 500 g")
}

// TestCreditThatDoesNotSuffice: the basket says by how much, and what can be done; held, the order waits for the seller.
func TestCreditThatDoesNotSuffice(t *testing.T) {
	m, _ := withGoods(t)
	c := m.clickAs("owner@toko.example")
	pair := "seller=" + m.seller.org + "&buyer=" + m.shop
	paste := c.get("/m/order?" + pair + "&tab=paste").fields("/cart/read")
	paste.Set("text", "robusta 250 x 100 carton")
	cart := c.get(c.post("/cart/read", paste).header.Get("Location"))
	require.Contains(t, cart.text, "The credit is short by")
	send := cart.fields("/cart/send")
	send.Del("hold_credit")
	bad := c.post("/cart/send", send)
	require.Equal(t, 409, bad.status)
	require.Contains(t, bad.text, "Not enough credit")
	send = bad.fields("/cart/send")
	send.Set("hold_credit", "1")
	sent := c.post("/cart/send", send)
	require.Equal(t, 303, sent.status, sent.text)
	require.Contains(t, sent.header.Get("Location"), "done=order.held")
}

// TestASheetIntoTheBasket: a text file with columns, and one that is none.
func TestASheetIntoTheBasket(t *testing.T) {
	m, _ := withGoods(t)
	c := m.clickAs("owner@toko.example")
	pair := "seller=" + m.seller.org + "&buyer=" + m.shop
	page := c.get("/orders/quick?" + pair + "&tab=file")
	got := c.send("/cart/read", page.fields("/cart/read"), "file", "pesanan.csv", "Kode;Jumlah;Satuan\n007;5;pcs\nROB-250;;carton\nGA330;2;carton\n")
	require.Equal(t, 303, got.status, got.text)
	text := c.get(got.header.Get("Location")).text
	for _, want := range []string{"3 lines were read", "Teh Melati", "The quantity is missing", "Gula Aren Cair"} {
		require.Contains(t, text, want)
	}
	page = c.get("/orders/quick?" + pair + "&tab=file")
	require.Equal(t, 422, c.send("/cart/read", page.fields("/cart/read")).status)
	require.Equal(t, 422, c.send("/cart/read", page.fields("/cart/read"), "file", "x.xlsx", "PK\x03\x04 no workbook").status)
}

// TestThePhonePageIsLight: all that a phone fetches for quick order, compressed, and where its camera is allowed.
func TestThePhonePageIsLight(t *testing.T) {
	m, _ := withGoods(t)
	m.place(t, "2", "carton")
	c := m.clickAs("owner@toko.example")
	pair := "seller=" + m.seller.org + "&buyer=" + m.shop
	sum := c.weigh(t, "/m/order?"+pair+"&tab=find")
	t.Logf("%d bytes", sum)
	require.Less(t, sum, 60<<10)
	require.Contains(t, c.get("/m/order?"+pair+"&tab=scan").header.Get("Permissions-Policy"), "camera=(self)")
	require.Contains(t, c.get("/m/order?"+pair+"&tab=scan").text, "scan.")
	for _, p := range []string{"/m/order?" + pair, "/cart?" + pair, "/orders/quick?tab=find&" + pair} {
		page := c.get(p)
		require.Contains(t, page.header.Get("Permissions-Policy"), "camera=()", p)
		require.NotContains(t, page.text, "/assets/scan.", p)
	}
}
