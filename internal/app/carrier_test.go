package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// firm enters an organisation by the seller, with an owner who signs in.
func (m *market) firm(t *testing.T, code, kind string) *user {
	m.seller.post("/orgs", map[string]any{"code": code, "kind": kind, "name": "PT " + code}, 201)
	org, err := m.Partner.Resolve(t.Context(), code)
	require.NoError(t, err)
	email := "owner@" + code + ".example"
	_, err = m.Identity.Seed(t.Context(), org.ID, kind, identity.NewPerson{Email: email, Name: "Owner", Password: password, Lang: "en", Role: "owner"})
	require.NoError(t, err)
	return m.signIn(email)
}

// stranger is an organisation of a kind that nobody here has anything to do with.
func (m *market) stranger(t *testing.T, code, kind string) string {
	o, err := m.Partner.Create(context.Background(), access.Actor{Person: 1, Org: 999_999, Kind: producer, Role: "owner"}, partner.NewOrg{Code: code, Kind: kind, Name: "PT " + code})
	require.NoError(t, err)
	return o.ID.String()
}

// TestACarrierIsOneThatTheSellerSees: an organisation that the seller does not see answers word for word like one that does not
// exist, so that names cannot be listed by trying ids; what is no carrier is refused; afterwards the books verify.
func TestACarrierIsOneThatTheSellerSees(t *testing.T) {
	m := newMarket(t, "delivery")
	dbtest.Lift(t, m.DB)
	good, agency := m.firm(t, "exp1", "carrier"), m.firm(t, "agn1", "agent")
	hidden := m.stranger(t, "hid1", "carrier")
	path := "/orders/" + str(m.place(t, "10", ""), "id")
	m.seller.post(path+"/confirm", nil, 200)
	refused := func(carrier string) map[string]any {
		a := m.seller.do("POST", path+"/dispatch", map[string]any{"carrier": carrier})
		require.Equal(t, 422, a.status, a.text)
		require.Len(t, a.fields(), 1, a.text)
		require.Equal(t, "carrier", str(a.fields()[0], "path"))
		return a.fields()[0]
	}
	unknown := refused("999999")
	require.Equal(t, "order.unknown_carrier", unknown["code"])
	require.Equal(t, unknown, refused(hidden), "what one does not see is like what does not exist")
	for _, org := range []string{agency.org, m.shop, m.seller.org} {
		require.Equal(t, "order.not_a_carrier", refused(org)["code"])
	}
	require.Contains(t, m.clickAs("owner@kopi.example").get(path).text, `name="carrier"`, "the page offers the carriers")
	ship := m.seller.post(path+"/dispatch", map[string]any{"carrier": good.org}, 201)
	require.Equal(t, good.org, str(ship["carrier"].(map[string]any), "id"))
	m.verifies(t)
	m.carried(t, good, str(ship, "id"), path)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	m.verifies(t)
}

// carried holds what a carrier and the sender see of goods on their way: the carrier what it holds and between whom it goes, no step,
// no order and no money.
func (m *market) carried(t *testing.T, carrier *user, ship, order string) {
	for _, by := range []string{"?by=holder", ""} {
		stock := items(carrier.get("/stock" + by))
		require.Len(t, stock, 1, by)
		require.Equal(t, "10", str(stock[0], "qty"))
	}
	require.Empty(t, items(carrier.get("/stock?by=owner")))
	require.Len(t, items(carrier.get("/shipments")), 1)
	h := carrier.get("/shipments/" + ship)
	require.Equal(t, "Toko Satu", str(h["buyer"].(map[string]any), "name"))
	require.Equal(t, "10", str(items(map[string]any{"items": h["lines"]})[0], "qty"))
	require.Equal(t, 403, carrier.do("POST", "/shipments/"+ship+"/receive", nil).status)
	require.Equal(t, 404, carrier.do("GET", order, nil).status)
	require.Contains(t, m.clickAs("owner@exp1.example").get("/shipments/"+ship).text, "Toko Satu")
	require.Contains(t, m.clickAs("owner@kopi.example").get("/stock?by=owner").text, "PT exp1, in transit")
}

func (m *market) verifies(t *testing.T) {
	t.Helper()
	rep, err := m.Verify(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, rep.Problems)
}
