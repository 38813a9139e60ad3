package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/visit"
)

// TestMoreGoodsThanAPhoneKeeps: where a seller lists more than a phone has room for, who counts gets what stands at that shop first, finds
// the rest by searching, and loses nothing of what was counted or typed.
func TestMoreGoodsThanAPhoneKeeps(t *testing.T) {
	f := newField(t)
	shelf := "/m/visits/goods?seller=" + f.seller.org + "&shop=" + f.shop2.org
	c := f.clickAs("owner@agen.example")
	require.Len(t, c.kept(shelf)["goods"], 1)

	var prices []any
	last := ""
	for i := range visit.MostKept + 20 {
		no := str(f.seller.post("/products", map[string]any{"sku": fmt.Sprintf("Z-%03d", i), "name": fmt.Sprintf("Zaitun %03d", i)}, 201), "id")
		prices = append(prices, map[string]any{"product": no, "from": "2025-01-01", "price": "21000"})
		last = no
	}
	f.seller.post("/price-lists/"+f.list+"/prices", map[string]any{"prices": prices}, 204)
	named := func() (out []string) {
		for _, g := range c.kept(shelf)["goods"].([]any) {
			out = append(out, str(g.(map[string]any), "id"))
		}
		require.Len(t, out, visit.MostKept)
		return out
	}
	require.NotContains(t, named(), last, "the last by name has no room")

	var all []string
	for next := ""; ; {
		p := f.agent.get("/visits/goods?size=100&seller=" + f.seller.org + "&shop=" + f.shop2.org + "&cursor=" + next)
		for _, g := range items(p) {
			all = append(all, str(g, "name"))
		}
		if next, _ = p["next"].(string); next == "" {
			break
		}
	}
	require.Len(t, all, visit.MostKept+21)
	require.IsIncreasing(t, all)
	require.Len(t, items(f.agent.get("/visits/goods?q=zaitun+169&seller="+f.seller.org+"&shop="+f.shop2.org)), 1)

	v := f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org}, 201)
	at := "/m/visits/" + str(v, "id")
	require.NotContains(t, c.get(at).text, `name="qty-`+last+`"`)
	found := c.get(at + "?q=Zaitun+169")
	require.Contains(t, found.text, `name="qty-`+last+`"`)
	form := found.fields()
	form.Set("qty-"+last, "banyak")
	bad := c.post("/visits/"+str(v, "id")+"/count", form)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, `value="banyak"`, "what was searched for and typed stands there again")
	form = bad.fields()
	form.Set("qty-"+last, "3")
	require.Equal(t, 303, c.post("/visits/"+str(v, "id")+"/count", form).status)
	again := c.get(at + "?q=Zaitun+168").text
	require.Contains(t, again, "Zaitun 168")
	require.Contains(t, again, `name="qty-`+last+`"`, "what was counted stays beside what is searched for")
	require.Contains(t, named(), last, "what was counted here comes first")
	require.Contains(t, c.get(at+"?q=tidak-ada").text, `role="search"`, "who finds nothing searches again")
	require.NotContains(t, strings.ToLower(again), "nil")
}
