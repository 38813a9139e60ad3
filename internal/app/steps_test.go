package app_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestFirstStepsTickThemselvesOff: they name what waits for the person, are ticked off by what it has done, left, and brought back; and a
// role has none that it may not do.
func TestFirstStepsTickThemselvesOff(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	step := func(c *user, kind string) map[string]any {
		for _, x := range c.get("/desk/steps")["items"].([]any) {
			if s := x.(map[string]any); str(s, "kind") == kind {
				return s
			}
		}
		return nil
	}
	o := m.place(t, "2", "")
	got := step(m.seller, "confirm")
	require.Equal(t, str(o, "number"), str(got, "number"))
	require.Equal(t, str(o, "id"), str(got, "id"))
	require.Equal(t, false, got["done"])
	require.Equal(t, true, step(m.seller, "link")["done"], "what the organisation has needs nobody")
	m.seller.post("/orders/"+str(o, "id")+"/confirm", nil, 200)
	got = step(m.seller, "confirm")
	require.Equal(t, true, got["done"])
	require.NotContains(t, got, "number")
	require.Equal(t, true, step(m.buyer, "order")["done"])

	viewer := m.seed(t, "KOPI", "viewer", "seller")
	require.Empty(t, viewer.get("/desk/steps")["items"])
	house := m.seed(t, "KOPI", "warehouse", "seller")
	require.Nil(t, step(house, "late"))
	require.Equal(t, str(o, "id"), str(step(house, "ship"), "id"), "the order of the organisation, for who ships it")

	b := m.enter("owner@toko.example")
	page := func(path string) string {
		res, err := b.Get(m.url + path)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
		return body(t, res)
	}
	home := page("/")
	require.True(t, strings.Contains(home, `id="h-steps"`))
	leave := func(show string) {
		res, err := b.PostForm(m.url+"/help/steps", url.Values{"_csrf": {formToken.FindStringSubmatch(home)[1]}, "_key": {"steps-" + show}, "show": {show}})
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
		res.Body.Close()
	}
	leave("0")
	require.False(t, strings.Contains(page("/"), `id="h-steps"`), "they were left")
	require.True(t, strings.Contains(page("/help"), `id="h-steps"`), "the help keeps them")
	leave("1")
	require.True(t, strings.Contains(page("/"), `id="h-steps"`))
}
