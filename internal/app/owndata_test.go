package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/identity"
)

// TestWhoHasLeftStillHasTheOwnData: without any organisation there is no signing in; by a letter the data are had, and erased once,
// however many ask at once.
func TestWhoHasLeftStillHasTheOwnData(t *testing.T) {
	m := newMarket(t, "delivery")
	person := m.seller.joins("wulan@kopi.example", "Wulan Sari", "sales")
	wulan, who := m.signIn("wulan@kopi.example"), stranger(m.portal)
	m.seller.post("/people/"+person+"/remove", map[string]any{}, 204)
	require.Equal(t, 401, wulan.do("GET", "/me/data", nil).status)
	in := who.do("POST", "/sessions", map[string]any{"email": "wulan@kopi.example", "password": password})
	require.Equal(t, []any{401, "sign_in.no_org"}, []any{in.status, str(in.body, "code")}, in.text)
	in = who.do("POST", "/sessions", map[string]any{"email": "wulan@kopi.example", "password": "not it at all"})
	require.Equal(t, "sign_in.wrong", str(in.body, "code"), "said to nobody else")

	for _, email := range []string{"wulan@kopi.example", "nobody@kopi.example"} {
		require.Equal(t, 202, who.do("POST", "/own-data/letter", map[string]any{"email": email}).status, "the same for everybody")
	}
	require.Equal(t, 422, who.do("POST", "/own-data/letter", map[string]any{"email": "no address"}).status)
	token := map[string]any{"token": tokenOf(m.letter("wulan@kopi.example", 1))}
	for range 2 {
		data := who.post("/own-data", token, 200)
		said := fmt.Sprint(items(data))
		for _, want := range []string{"Wulan Sari", "wulan@kopi.example", "session.opened", "127.0.0.1"} {
			require.Contains(t, said, want)
		}
		require.NotContains(t, said, "owner@kopi.example", "of oneself alone")
	}
	for _, bad := range []string{"", "x", strings.Repeat("a", 43)} {
		require.Equal(t, 422, who.do("POST", "/own-data", map[string]any{"token": bad}).status)
		require.Equal(t, 422, who.do("POST", "/own-data/erase", map[string]any{"token": bad}).status)
	}
	var all sync.WaitGroup
	answers := make(chan int, 12)
	for range cap(answers) {
		all.Add(1)
		go func() { defer all.Done(); answers <- who.do("POST", "/own-data/erase", token).status }()
	}
	all.Wait()
	close(answers)
	count := map[int]int{}
	for a := range answers {
		count[a]++
	}
	require.Equal(t, map[int]int{204: 1, 422: cap(answers) - 1}, count)
	require.Equal(t, 422, who.do("POST", "/own-data", token).status, "there is nobody any more")
	m.nowhere(t, "Wulan", "wulan@")
	m.holds(t)
}

// ownDataLink is the key of the link that somebody was sent.
func (m *market) ownDataLink(t *testing.T, email string) string {
	t.Helper()
	require.NoError(t, m.Mailer.Deliver(t.Context()))
	for _, l := range m.sink().Letters(email) {
		if strings.Contains(l.Link, "/my-data/") {
			return tokenOf(l)
		}
	}
	t.Fatal("no letter to ", email)
	return ""
}

// TestOwnDataByLetterAsksForTheSecondFactor: a mailbox alone does not do away with it; wrong codes are counted.
func TestOwnDataByLetterAsksForTheSecondFactor(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	person := m.seller.joins("wulan@kopi.example", "Wulan", "sales")
	token, _, err := m.Identity.SignIn(t.Context(), identity.SignIn{Email: "wulan@kopi.example", Password: password, Kind: "web", IP: "127.0.0.1"})
	require.NoError(t, err)
	a, _, err := m.Identity.Actor(t.Context(), token)
	require.NoError(t, err)
	e, err := m.Identity.BeginTOTP(t.Context(), a)
	require.NoError(t, err)
	code, err := totp.GenerateCode(e.Secret, time.Now())
	require.NoError(t, err)
	recovery, err := m.Identity.ConfirmTOTP(t.Context(), a, e.Token, code)
	require.NoError(t, err)
	m.seller.post("/people/"+person+"/remove", map[string]any{}, 204)
	who := stranger(m.portal)
	require.Equal(t, 202, who.do("POST", "/own-data/letter", map[string]any{"email": "wulan@kopi.example"}).status)
	link := m.ownDataLink(t, "wulan@kopi.example")
	for _, path := range []string{"/own-data", "/own-data/erase"} {
		for _, typed := range []string{"", "000000", "AAAA-BBBB-CCCC-DDDD"} {
			got := who.do("POST", path, map[string]any{"token": link, "code": typed})
			require.Equal(t, 422, got.status, got.text)
			require.Contains(t, got.text, `"path":"code"`)
		}
	}
	who.post("/own-data", map[string]any{"token": link, "code": recovery[0]}, 200)
	require.Equal(t, 422, who.do("POST", "/own-data/erase", map[string]any{"token": link, "code": recovery[0]}).status, "a code counts once")
	who.post("/own-data/erase", map[string]any{"token": link, "code": recovery[1]}, 204)
}

// TestOwnDataPages: who came by the organisation's provider alone, and has no password, finds the way: by a letter, without a script;
// following the link changes nothing; the last owner hands over first.
func TestOwnDataPages(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) {
		c.Key, c.Loopback, c.NoWorkers = bytes.Repeat([]byte{9}, 32), true, true
	})
	const email = "sso@kopi.example"
	at, nonce := newProvider(t, email)
	own := m.clickAs("owner@kopi.example")
	form := own.get("/organisation/sign-in").fields("/organisation/sign-in")
	for k, v := range map[string]string{"issuer": at, "client_id": "saluran", "secret": "between-us", "domains": "kopi.example"} {
		form.Set(k, v)
	}
	require.Equal(t, http.StatusSeeOther, own.post("/organisation/sign-in", form).status)
	m.seller.joins(email, "Sinta Olivia", "sales")
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
		return m.DB.W(ctx).Exec("UPDATE person SET password = '' WHERE email = ?", email).Error
	}))
	c := m.click()
	c.byProvider(t, nonce)
	refused := c.get("/account/data")
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Contains(t, refused.text, `href="/my-data"`)
	require.Contains(t, c.get("/account").text, `href="/my-data"`)

	g := m.click() // in any browser
	ask := g.get("/my-data").fields("/my-data")
	ask.Set("email", email)
	sent := g.post("/my-data", ask)
	require.Equal(t, http.StatusOK, sent.status, sent.text)
	link := "/my-data/" + m.ownDataLink(t, email)
	shown := g.get(link)
	require.Equal(t, http.StatusOK, shown.status)
	require.NotContains(t, shown.text, "Sinta", "nothing is told before it is asked for")
	got := g.post(link+"/download", shown.fields(link+"/download"))
	require.Equal(t, http.StatusOK, got.status, got.text)
	require.Contains(t, got.header.Get("Content-Disposition"), "saluran-my-data.json")
	require.Contains(t, got.text, "Sinta Olivia")
	erase := shown.fields(link + "/erase")
	again := g.post(link+"/erase", erase)
	require.Equal(t, http.StatusUnprocessableEntity, again.status)
	require.Contains(t, again.text, "Confirm that you want it")
	erase.Set("sure", "1")
	require.Equal(t, http.StatusForbidden, m.click().post(link+"/erase", erase).status, "not from elsewhere")
	done := g.post(link+"/erase", erase)
	require.Equal(t, http.StatusSeeOther, done.status, done.text)
	m.nowhere(t, "Sinta", email)
	require.Equal(t, http.StatusSeeOther, c.get("/orders").status, "its sessions are over")
	require.Equal(t, http.StatusUnprocessableEntity, g.get(link).status)

	ask.Set("email", "owner@kopi.example")
	require.Equal(t, http.StatusOK, g.post("/my-data", ask).status)
	link = "/my-data/" + m.ownDataLink(t, "owner@kopi.example")
	last := g.post(link+"/erase", url.Values{"_csrf": erase["_csrf"], "sure": {"1"}})
	require.Equal(t, http.StatusConflict, last.status, last.text)
	require.Contains(t, last.text, "at least one owner")
}

// TestALeaverLeavesNothingRunning: the keys that somebody made end, each in the log; webhooks go to the heir, or send nothing more
// until somebody has looked at them; other organisations' are left alone.
func TestALeaverLeavesNothingRunning(t *testing.T) {
	m := newMarket(t, "delivery", loopback)
	for _, heir := range []bool{false, true} {
		name := fmt.Sprint("pergi-", heir)
		person := m.seller.joins(name+"@kopi.example", "Pergi", "owner")
		m.buyer.joins(name+"@kopi.example", "Pergi", "owner")
		u := m.signIn(name + "@kopi.example")
		r, before := receive(t), receive(t)
		k := u.post("/keys", map[string]any{"name": "ERP", "scopes": []any{"order:read"}}, 201)
		hook := u.listen(r, "order.placed")
		paused := u.post("/webhooks", map[string]any{"url": r.URL + "/x", "topics": []any{"order.placed"}, "paused": true}, 201)
		u.put("/me/org", map[string]any{"org": m.buyer.org}, 204)
		elsewhere := u.listen(before, "order.placed")
		key := &user{p: m.portal, token: str(k, "secret")}
		require.Equal(t, 200, key.do("GET", "/orders", nil).status)
		body := map[string]any{}
		mine := str(m.seller.get("/me"), "person")
		if heir {
			body["heir"] = mine
		}
		m.seller.post("/people/"+person+"/remove", body, 204)
		require.Equal(t, 401, key.do("GET", "/orders", nil).status, "from the next request on")
		log := fmt.Sprint(items(m.seller.get("/audit?document=" + str(k, "id"))))
		require.Contains(t, log, "key.revoked")
		require.Contains(t, log, "maker_left")
		m.place(t, "4", "")
		before.await(t, 1)
		require.Equal(t, "active", str(u.get("/webhooks/"+str(elsewhere, "id")), "status"), "of the other organisation")
		now := m.seller.get("/webhooks/" + str(hook, "id"))
		log = fmt.Sprint(items(m.seller.get("/audit?document=" + str(hook, "id"))))
		if heir {
			require.Equal(t, "active", str(now, "status"))
			require.Contains(t, log, "webhook.handed_over")
			require.Contains(t, log, mine)
			r.await(t, 1)
			continue
		}
		require.Equal(t, []string{"disabled", "left"}, []string{str(now, "status"), str(now, "reason")})
		require.Equal(t, "disabled", str(m.seller.get("/webhooks/"+str(paused, "id")), "status"), "what is paused is not taken up unseen either")
		require.Contains(t, log, "webhook.disabled")
		require.Contains(t, m.letter("owner@kopi.example", 2).Text, "has left your organisation")
		require.Empty(t, r.all(), "nothing was sent there any more")
		page := m.clickAs("owner@kopi.example").get("/webhooks/" + str(hook, "id"))
		require.Contains(t, page.text, "who set it up has left")
		m.tire(t)
		change := func() answer {
			return m.seller.do("PUT", "/webhooks/"+str(hook, "id"), map[string]any{"url": r.URL + "/saluran", "topics": []any{"order.placed"}}, "If-Match", `"`+fmt.Sprint(now["version"])+`"`)
		}
		require.Equal(t, 403, change().status, "to send there again asks who it is")
		m.seller.post("/me/step-up", map[string]any{"password": password}, 204)
		require.Equal(t, 200, change().status)
		m.place(t, "4", "")
		r.await(t, 1)
		other := m.seller.joins("lain@kopi.example", "Lain", "owner")
		m.seller.post("/people/"+other+"/remove", map[string]any{}, 204)
		require.Equal(t, "active", str(m.seller.get("/webhooks/"+str(hook, "id")), "status"), "it is somebody else's by now")
	}
}
