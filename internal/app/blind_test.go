package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/identity"
)

// TestLongAnOrderShowsItsMoneyToThoseWhoMaySeeItsInvoices: in every role and on both sides, the order, its list, its page and its
// invoice agree on whether there is money to be seen.
func TestLongAnOrderShowsItsMoneyToThoseWhoMaySeeItsInvoices(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	v := m.seller.post(path+"/invoice", nil, 201)
	total := str(v, "total")
	printed := strings.ReplaceAll(printedAmount(total), ",", ".")
	for side, c := range map[string]struct {
		code  string
		sees  string // roles that see the money
		blind string
	}{
		"seller": {"KOPI", "owner sales finance service viewer", "purchasing warehouse marketing"},
		"buyer":  {"T01", "owner purchasing finance viewer", "sales warehouse service marketing"},
	} {
		for _, role := range strings.Fields(c.sees + " " + c.blind) {
			who := m.seed(t, c.code, role, side)
			sees := strings.Contains(c.sees, role)
			got := who.get(path)
			if sees {
				require.Equal(t, total, got["total"], "%s of the %s", role, side)
				who.get("/invoices/" + str(v, "id"))
			} else {
				require.NotContains(t, got, "total", "%s of the %s", role, side)
				require.NotContains(t, got["lines"].([]any)[0], "price")
				require.Contains(t, []int{403, 404}, who.do("GET", "/invoices/"+str(v, "id"), nil).status, "%s of the %s", role, side)
			}
			row := items(who.get("/orders"))[0]
			require.Equal(t, sees, row["total"] != nil, "the list, %s of the %s", role, side)
			browser := m.enter(role + "-" + side + "@money.example")
			for _, page := range []string{"/orders", path} {
				res, err := browser.Get(m.url + page)
				require.NoError(t, err)
				require.Equal(t, sees, strings.Contains(strings.ReplaceAll(body(t, res), ",", "."), printed), "the page %s, %s of the %s", page, role, side)
			}
		}
	}
}

// seed adds somebody to an organisation and signs them in.
func (m *market) seed(t *testing.T, code, role, side string) *user {
	t.Helper()
	org, err := m.Partner.Resolve(context.Background(), code)
	require.NoError(t, err)
	email := role + "-" + side + "@money.example"
	_, err = m.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: email, Name: role, Password: password, Lang: "en", Role: role})
	require.NoError(t, err)
	return m.signIn(email)
}

// printedAmount is the first digits of an amount, as pages group them: 2024640 is 2.024.640.
func printedAmount(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	return whole[:len(whole)-6] + "." + whole[len(whole)-6:len(whole)-3] + "." + whole[len(whole)-3:]
}
