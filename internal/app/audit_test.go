package app_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// silent are actions whose audit row has nothing to say of before and after, and why.
var silent = map[string]string{
	"session.opened": "a session is new", "session.ended": "it is over", "session.switched": "the document is the organisation",
	"person.password_set": "a secret", "person.email_asked": "an address is a person's own", "person.email_changed": "the same",
	"factor.recovery_used": "a secret", "factor.recovery_made": "a secret", "session.stepped_up": "nothing changed",
	"cart.changed": "what somebody means to order is its own until it is an order", "webhook.tested": "nothing changed", "webhook.replayed": "nothing changed",
}

// TestLongAuditRowsSayWhatChanged: whatever the realm and the writes of master data below have done, each audit row of an ordinary
// transaction says what was before and after, unless its action is named with a reason.
func TestLongAuditRowsSayWhatChanged(t *testing.T) {
	p := open(t)
	r := newRealm(t, p, "RAHASIAX7")
	own := r.users[producer]["owner"]
	do := func(method, path string, body any, header ...string) {
		t.Helper()
		a := own.do(method, path, body, header...)
		require.Less(t, a.status, 300, "%s %s: %s", method, path, a.text)
	}
	own.post("/keys/"+r.ids["keys"]+"/rotate", nil, 200)
	do("DELETE", "/keys/"+r.ids["keys"], nil)
	own.post("/webhooks/"+r.ids["webhooks"]+"/rotate", map[string]any{"overlap_hours": 1}, 200)
	do("DELETE", "/webhooks/"+r.ids["webhooks"], nil)
	do("PUT", "/places/"+r.ids["places"], map[string]any{"name": "Gudang lama"}, "If-Match", `"1"`)
	do("PUT", "/people/"+r.ids["people"]+"/role", map[string]any{"role": "finance"})
	own.post("/price-lists/"+r.ids["price-lists"]+"/prices", map[string]any{"prices": []any{map[string]any{"product": r.ids["products"], "from": "2099-01-01", "price": "41000"}}}, 204)
	own.post("/price-lists/"+r.ids["price-lists"]+"/prices", map[string]any{"prices": []any{map[string]any{"product": r.ids["products"], "from": "2099-01-01", "price": "42000"}}}, 204)

	var rows []struct{ Action, Changes string }
	require.NoError(t, p.DB.R(context.Background()).Raw("SELECT action, COALESCE(changes, '') AS changes FROM audit WHERE mark IS NOT NULL").Scan(&rows).Error)
	seen := map[string]bool{}
	for _, row := range rows {
		seen[row.Action] = true
		if strings.HasPrefix(row.Action, "audit.") || silent[row.Action] != "" {
			continue
		}
		if row.Changes == "" {
			t.Errorf("%s says nothing of before and after", row.Action)
		}
	}
	for _, action := range []string{"product.added", "price_list.added", "price_list.prices_set", "link.created", "appointment.created", "partner.bank_added", "person.added", "key.revoked"} {
		require.True(t, seen[action], "%s did not happen", action)
	}
	require.True(t, func() bool {
		for _, row := range rows {
			if row.Action == "price_list.prices_set" && strings.Contains(row.Changes, `["41000`) && strings.Contains(row.Changes, `"42000`) {
				return true
			}
		}
		return false
	}(), "a price has its price before")
	for _, row := range rows {
		require.NotContains(t, row.Changes, "0001RAHASIAX7", "an account's whole number stays out of what is never changed")
	}
}

// TestSealsByTheAPI: who may make and see them, that one stands for a whole moment however often it is asked for, and what the
// public keys are.
func TestSealsByTheAPI(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true }) // nothing else seals, or leaves a row meanwhile
	m.place(t, "1", "")
	made := m.seller.do("POST", "/seals", nil, "Idempotency-Key", "seal-1")
	require.Equal(t, 201, made.status, made.text)
	again := m.seller.do("POST", "/seals", nil, "Idempotency-Key", "seal-1")
	require.Equal(t, []any{made.status, made.text}, []any{again.status, again.text}, "sent twice")
	require.Equal(t, made.text, m.seller.do("POST", "/seals", nil, "Idempotency-Key", "seal-2").text, "nothing has come since")
	require.Equal(t, str(made.body, "text"), str(items(m.seller.get("/seals"))[0], "text"))
	require.Equal(t, str(made.body, "text"), str(items(m.buyer.get("/seals?organisation=" + m.seller.org))[0], "text"), "partners are given it")
	m.place(t, "1", "")
	next := m.seller.post("/seals", nil, 201)
	require.EqualValues(t, made.body["n"].(float64)+1, next["n"])
	require.NotEqual(t, made.body["hash"], next["hash"])
}

// TestStrangersHearNothingOfSeals: what one may not see is told like what does not exist; keys are for everybody.
func TestStrangersHearNothingOfSeals(t *testing.T) {
	m := newMarket(t, "delivery")
	m.place(t, "1", "")
	m.seller.post("/seals", nil, 201)
	x := newRealm(t, m.portal, "RAHASIAX7")
	stranger := x.users[producer]["owner"]
	none, hidden := stranger.do("GET", "/seals?organisation=999999999", nil), stranger.do("GET", "/seals?organisation="+m.seller.org, nil)
	require.Equal(t, []any{404, none.body["detail"]}, []any{hidden.status, hidden.body["detail"]}, "a stranger's seals are told like those of nobody")
	require.Equal(t, 403, x.users[producer]["viewer"].do("POST", "/seals", nil).status)
	require.Equal(t, 401, (&user{p: m.portal}).do("POST", "/seals", nil).status)

	keys := m.seller.get("/seals/keys")["keys"].([]any)
	require.Len(t, keys, 1)
	public, err := base64.StdEncoding.DecodeString(str(keys[0].(map[string]any), "public"))
	require.NoError(t, err)
	require.Len(t, public, 32)
	res, err := http.Get(m.url + "/.well-known/saluran-seals.json")
	require.NoError(t, err)
	require.Contains(t, body(t, res), str(keys[0].(map[string]any), "public"))
}
