package app_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// newProvider is an identity provider on this machine that vouches for an address to whoever comes.
func newProvider(t *testing.T, email string) (at string, nonce *string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	b64, nonce := base64.RawURLEncoding.EncodeToString, new(string)
	send := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]any{"issuer": s.URL, "authorization_endpoint": s.URL + "/auth", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": b64(key.N.Bytes()),
			"e": b64(binary.BigEndian.AppendUint32(nil, uint32(key.E))[1:])}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now().Unix()
		head, _ := json.Marshal(map[string]any{"alg": "RS256", "kid": "one"})
		claims, _ := json.Marshal(map[string]any{"iss": s.URL, "aud": "saluran", "sub": "one", "iat": now, "exp": now + 300, "auth_time": now, "nonce": *nonce, "email": email, "email_verified": true})
		in := b64(head) + "." + b64(claims)
		h := sha256.Sum256([]byte(in))
		sig, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, h[:])
		send(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": in + "." + b64(sig)})
	})
	return s.URL, nonce
}

// TestPagesOfWhoCameByAProvider: from the provider's door through the pages: what is the person's own is neither shown nor done,
// with a sentence that says why; the organisation's own pages are as ever; and the API answers the same.
func TestPagesOfWhoCameByAProvider(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) {
		c.Key, c.Loopback = bytes.Repeat([]byte{9}, 32), true
	})
	const email = "owner@kopi.example"
	m.buyer.post("/invitations", map[string]any{"email": email, "role": "owner"}, 201)
	token := tokenOf(m.letter(email, 1))
	at, nonce := newProvider(t, email)
	own := m.clickAs(email)
	form := own.get("/organisation/sign-in").fields("/organisation/sign-in")
	for k, v := range map[string]string{"issuer": at, "client_id": "saluran", "secret": "between-us", "domains": "kopi.example"} {
		form.Set(k, v)
	}
	got := own.post("/organisation/sign-in", form)
	require.Equal(t, http.StatusSeeOther, got.status, got.text)

	c := m.click()
	c.byProvider(t, nonce)
	require.Empty(t, c.cookie("device"), "a provider's word makes no device known")

	const why = "reaches this organisation alone"
	require.Equal(t, http.StatusOK, c.get("/orders").status)
	for path, gone := range map[string][]string{"/account": {"/account/password", "/account/data"},
		"/account/security": {"/account/totp/begin", "/account/passkeys/begin", "/account/email"}} {
		shown := c.get(path)
		require.Equal(t, http.StatusOK, shown.status)
		require.Contains(t, shown.text, why)
		for _, form := range gone {
			require.NotContains(t, shown.text, `"`+form+`"`, path)
		}
		require.NotContains(t, own.get(path).text, why, "the person itself is told no such thing")
	}
	invited := c.get("/invite/" + token)
	require.Equal(t, http.StatusOK, invited.status)
	require.Empty(t, invited.form("/invite/"+token+"/join"), "nobody joins as somebody a provider says it is")
	require.NotEmpty(t, invited.form("/invite/"+token))
	require.NotEmpty(t, own.get("/invite/"+token).form("/invite/"+token+"/join"))

	csrf := c.get("/account").fields().Get("_csrf")
	for path, with := range map[string]url.Values{"/switch": {"org": {m.buyer.org}}, "/account/totp/begin": {}, "/account/recovery": {}, "/account/passkeys": {"name": {"x"}},
		"/account/email": {"email": {"thief@evil.example"}}, "/account/erase": {"password": {password}}, "/invite/" + token + "/join": {},
		"/account/password": {"old_password": {password}, "password": {"another long one"}, "again": {"another long one"}}} {
		with.Set("_csrf", csrf)
		with.Set("_key", strings.Repeat("a", 24)+base64.RawURLEncoding.EncodeToString([]byte(path))[:8])
		got := c.post(path, with)
		require.Equal(t, http.StatusForbidden, got.status, path)
		require.Contains(t, got.text, why, path)
	}
	require.Equal(t, http.StatusForbidden, c.get("/account/data").status)
	require.Equal(t, http.StatusForbidden, c.get("/account/data.json").status)
	require.Equal(t, http.StatusForbidden, c.post("/account/passkeys/begin", url.Values{"_csrf": {csrf}}).status)

	api := &user{p: m.portal, token: c.cookie("saluran_session")}
	require.Len(t, api.get("/me")["orgs"], 1)
	for _, x := range []reqOf{{"PUT", "/me/org", map[string]any{"org": m.buyer.org}}, {"POST", "/me/password", map[string]any{"old_password": password, "password": "another long one"}}} {
		a := api.do(x.method, x.path, x.body)
		require.Equal(t, []any{http.StatusForbidden, "sso.own_means"}, []any{a.status, str(a.body, "code")}, x.path)
	}
	require.Equal(t, http.StatusSeeOther, own.post("/invite/"+token+"/join", own.get("/invite/"+token).fields("/invite/"+token+"/join")).status)
}

// byProvider comes in by the provider of KOPI.
func (c *clicker) byProvider(t *testing.T, nonce *string) {
	form := c.get("/sign-in/sso").fields()
	form.Set("org", "KOPI")
	got := c.thither(t, nonce, c.post("/sign-in/sso", form))
	require.Equal(t, http.StatusSeeOther, got.status, got.text)
}

// thither follows a page that leads to the provider, and comes back.
func (c *clicker) thither(t *testing.T, nonce *string, led page) page {
	to, err := url.Parse(strings.TrimPrefix(led.header.Get("Refresh"), "0; url="))
	require.NoError(t, err)
	*nonce = to.Query().Get("nonce")
	return c.get("/sign-in/sso/back?" + url.Values{"state": {to.Query().Get("state")}, "code": {"once"}}.Encode())
}

// TestAProviderIsAskedOnceMore: who came by a provider and has no password confirms there, in a tab of its own, and the form that
// waits goes on; who has nothing at all is told what to do.
func TestAProviderIsAskedOnceMore(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) {
		c.Key, c.Loopback, c.NoWorkers = bytes.Repeat([]byte{9}, 32), true, true
	})
	const email = "owner@kopi.example"
	at, nonce := newProvider(t, email)
	own := m.clickAs(email)
	form := own.get("/organisation/sign-in").fields("/organisation/sign-in")
	for k, v := range map[string]string{"issuer": at, "client_id": "saluran", "secret": "between-us", "domains": "kopi.example"} {
		form.Set(k, v)
	}
	require.Contains(t, own.get("/organisation/sign-in").text, "Rp10,000,000", "the portal's limit is told")
	require.Equal(t, http.StatusSeeOther, own.post("/organisation/sign-in", form).status)
	c := m.click()
	c.byProvider(t, nonce)
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
		return m.DB.W(ctx).Exec("UPDATE person SET password = '' WHERE email = ?", email).Error
	}))
	m.tire(t)
	form = c.get("/keys").fields("/keys")
	form.Set("name", "ERP")
	form.Set("days", "30")
	form.Set("scope_order:read", "1")
	asks := c.post("/keys", form)
	require.Equal(t, http.StatusForbidden, asks.status, asks.text)
	require.NotContains(t, asks.text, "_step_password")
	require.Contains(t, asks.text, "Sign in at your organisation once more")
	waits := asks.fields("/keys")
	require.Equal(t, http.StatusForbidden, c.post("/keys", waits).status, "to go on without it asks again")
	confirmed := c.thither(t, nonce, c.post("/step-up/sso", asks.fields("/step-up/sso")))
	require.Equal(t, http.StatusOK, confirmed.status, confirmed.text)
	require.Contains(t, confirmed.text, "Your provider has confirmed it")
	done := c.post("/keys", waits)
	require.Equal(t, http.StatusOK, done.status, done.text)
	require.Contains(t, done.text, "slr_")

	stale := c.get("/sign-in/sso/back?state=x&code=y")
	require.NotEqual(t, http.StatusOK, stale.status, "the way back is good once")
	m.tire(t)
	nothing := own.post("/keys", own.get("/keys").fields("/keys"))
	require.NotContains(t, nothing.text, "_step_password")
	form.Set("_csrf", own.get("/keys").fields("/keys").Get("_csrf"))
	form.Del("_key")
	nothing = own.post("/keys", form)
	require.Equal(t, http.StatusForbidden, nothing.status, nothing.text)
	require.Contains(t, nothing.text, "Your account has no password to show")
	require.Contains(t, nothing.text, `href="/forgot"`)
	require.Equal(t, http.StatusForbidden, own.post("/step-up/sso", url.Values{"_csrf": form["_csrf"]}).status, "no provider let this one in")
}

type reqOf struct {
	method, path string
	body         map[string]any
}

// kept is a log that is read afterwards.
type kept struct {
	sync.Mutex
	b bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) { k.Lock(); defer k.Unlock(); return k.b.Write(p) }

// TestNoKeyOfALinkIsLogged asks every route whose path carries one.
func TestNoKeyOfALinkIsLogged(t *testing.T) {
	var log kept
	p := open(t, func(c *app.Config) {
		c.Log, c.NoWorkers = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), true
	})
	h, err := p.Handler()
	require.NoError(t, err)
	secret := strings.Repeat("q7", 21) + "q"
	n := 0
	c := p.click()
	for _, r := range h.GetRoutes(true) {
		if !strings.Contains(r.Path, ":token") || (r.Method != "GET" && r.Method != "POST") {
			continue
		}
		n++
		got := c.do(r.Method, strings.ReplaceAll(r.Path, ":token", secret), nil)
		require.NotZero(t, got.status)
	}
	require.GreaterOrEqual(t, n, 14)
	log.Lock()
	defer log.Unlock()
	require.Contains(t, log.b.String(), "/reset/-", "there is a log, and what was asked stands in it")
	require.NotContains(t, log.b.String(), secret)
}
