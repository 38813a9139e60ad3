package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

var (
	emptyPlace = regexp.MustCompile(`(?s)<div class="k-empty">(.*?)</div>`)
	emptyHead  = regexp.MustCompile(`<h2>[^<]+</h2><p>[^<]+</p>`)
	emptyWay   = regexp.MustCompile(`<a class="k-btn[^"]*" href="([^"]+)">`)
	menuLink   = regexp.MustCompile(`<a href="(/[a-z/]*)"`)
)

// besides are pages that no menu leads to and that have nothing on them in an organisation that begins.
var besides = []string{"/orders?side=seller", "/orders?side=buyer", "/orders?q=nothing", "/invoices?side=buyer", "/payments?side=buyer", "/payments/new", "/deposits", "/deposits?side=buyer",
	"/movements", "/transfers/new", "/counter/use", "/points", "/points?side=buyer", "/points/moves", "/stock?by=holder", "/stock?by=bearer", "/notices?all=1", "/inbox?all=1", "/find?q=zzzz",
	"/invitations", "/applications", "/roles", "/keys", "/webhooks", "/glass", "/audit?from=2099-01-01", "/sharing", "/exports", "/schedules", "/imports", "/warehouses", "/map", "/appointments", "/banks",
	"/m/order", "/orders/quick", "/partners?q=zzzz"}

// TestEveryEmptyPlaceLeadsOn: in organisations that have nothing yet, whoever looks, each empty place says why it is empty and leads where
// one may go, or says who may, or that it fills by itself.
func TestEveryEmptyPlaceLeadsOn(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	seen, ways, whose := 0, 0, 0
	for _, kind := range []string{"producer", "wholesaler", "retailer", "agent", "carrier"} {
		code := "N" + strings.ToUpper(kind[:3])
		m.firm(t, code, kind)
		m.seed(t, code, "viewer", kind)
		m.seed(t, code, "warehouse", kind)
		for _, email := range []string{"owner@" + code + ".example", "viewer-" + kind + "@money.example", "warehouse-" + kind + "@money.example"} {
			c := m.clickAs(email)
			for _, path := range append(menu(c), besides...) {
				p := c.get(path)
				if p.status != 200 {
					continue // not theirs to see, which the matrix holds
				}
				for _, x := range emptyPlace.FindAllStringSubmatch(p.text, -1) {
					seen++
					if !emptyHead.MatchString(x[1]) {
						t.Errorf("%s %s has an empty place that does not say why: %s", email, path, x[1])
					}
					way := emptyWay.FindStringSubmatch(x[1])
					switch {
					case way == nil && strings.Contains(x[1], `<p class="who">`):
						whose++
					case way == nil:
					case strings.HasPrefix(way[1], "#"):
						ways++
						if !strings.Contains(p.text, ` id="`+way[1][1:]+`"`) {
							t.Errorf("%s %s leads to %s on the page, which is not there", email, path, way[1])
						}
					default:
						ways++
						to, anchor, _ := strings.Cut(entities.Replace(way[1]), "#")
						there := c.get(to)
						if there.status != 200 && there.status != 303 || anchor != "" && !strings.Contains(there.text, ` id="`+anchor+`"`) {
							t.Errorf("%s %s leads to %s, which answers %d, or has no such place", email, path, way[1], there.status)
						}
					}
				}
			}
		}
	}
	t.Log(seen, "empty places:", ways, "lead on,", whose, "say who may")
	require.Greater(t, seen, 200)
	require.Greater(t, ways, seen/2, "most lead on")
	require.NotZero(t, whose)
}

// menu is where the menu of somebody leads.
func menu(c *clicker) (out []string) {
	c.t.Helper()
	p := c.get("/")
	require.Equal(c.t, 200, p.status)
	for _, x := range menuLink.FindAllStringSubmatch(p.text, -1) {
		out = append(out, x[1])
	}
	require.Greater(c.t, len(out), 3)
	return out
}
