package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGoodsByThePages: a transfer between warehouses, its reversal with a reason, a lot that is recalled: each looked at before
// it is sent, refused in words, closed to others, and done once.
func TestGoodsByThePages(t *testing.T) {
	f := newFull(t, "delivery")
	f.sold("2")
	main := str(items(f.seller.get("/places"))[0], "id")
	second := str(f.seller.post("/places", map[string]any{"name": "Gudang belakang"}, 201), "id")
	c := f.clickAs("owner@kopi.example")
	f.person("KOPI", "warehouse")
	w := f.clickAs("warehouse@KOPI.example")
	at := "/transfers/new?product=" + f.product
	require.Contains(t, w.get("/transfers/new").text, "Robusta 250 g")
	move := map[string]string{"product": f.product, "from": main, "to": second, "qty": "5"}
	f.closed("/transfers", move, "viewer@KOPI.example")
	f.kept(w, at, "/transfers", map[string]string{"from": main, "to": second, "qty": "5000"}, 422, "Only 952")
	f.kept(w, at, "/transfers", map[string]string{"from": main, "to": main, "qty": "5"}, 422, "choose another warehouse")
	f.kept(w, at, "/transfers", map[string]string{"from": main, "to": second, "qty": "-1"}, 422, "number")
	f.weighed(w, at, "/transfers", map[string]string{"from": main, "to": second, "lot": "", "qty": "5"}, "952", "947", "Gudang belakang")
	require.Contains(t, w.get(at).text, "Gudang belakang")

	list := c.get("/movements").text
	_, seq, ok := strings.Cut(list, `href="/movements/`)
	require.True(t, ok, list)
	seq, _, _ = strings.Cut(seq, `"`)
	one, undo := "/movements/"+seq, "/movements/"+seq+"/reversal"
	require.Equal(t, 404, f.clickAs("owner@T02.example").get(one).status)
	require.NotContains(t, w.get(one).text, undo, "the warehouse does not undo")
	f.closed(undo, map[string]string{"reason": "x"}, "viewer@KOPI.example", "warehouse@KOPI.example")
	f.kept(c, one, undo, map[string]string{"reason": ""}, 422, "This field is needed.")
	f.weighed(c, one, undo, map[string]string{"reason": "salah gudang"}, "come back", "Gudang belakang")
	require.Contains(t, c.get(one).text, "Undone by")
	require.NotContains(t, c.get(one).text, undo)
	mirror := c.get("/movements?kind=reversal").text
	_, seq, ok = strings.Cut(mirror, `href="/movements/`)
	require.True(t, ok, mirror)
	seq, _, _ = strings.Cut(seq, `"`)
	require.Contains(t, c.get("/movements/"+seq).text, "salah gudang")
	csrf := c.get("/account").fields().Get("_csrf")
	again := c.post(undo, url.Values{"_csrf": {csrf}, "_key": {strings.Repeat("8", 32)}, "reason": {"x"}})
	require.Equal(t, 409, again.status)
	trade := f.count(t, "SELECT MAX(seq) FROM journal WHERE kind = 'order.placed'")
	require.Equal(t, 404, c.get(fmt.Sprint("/movements/", trade)).status, "what documents stand on is no movement")

	lot := items(f.seller.get("/lots/expiring?days=3650"))[0]
	page := "/lots/" + str(lot, "id")
	f.closed(page+"/recall", nil, "viewer@KOPI.example")
	require.Equal(t, 403, f.clickAs("owner@toko.example").post(page+"/recall", url.Values{"_csrf": {f.clickAs("owner@toko.example").get("/account").fields().Get("_csrf")}}).status)
	f.weighed(c, page, page+"/recall", nil, "L-1", "can sell this lot any more")
	require.NotContains(t, c.get(page).text, page+"/recall")
	f.sound()
}
