package identity_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// provider is an identity provider on this machine: discovery, keys, authorization codes that are good once, PKCE, RS256.
type provider struct {
	*httptest.Server
	w      *world
	key    *rsa.PrivateKey
	client string
	mu     sync.Mutex
	codes  map[string]url.Values // code → what the browser was sent with
	claims map[string]any        // over the usual ones; nil leaves one out
	sign   func(header, payload map[string]any) string
	asked  []string
	ends   string // what its name for itself ends in
}

func newProvider(t *testing.T, w *world) *provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p := &provider{w: w, key: key, client: "saluran", codes: map[string]url.Values{}, claims: map[string]any{}}
	p.sign = func(h, c map[string]any) string { return rs256(p.key, h, c) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{"issuer": p.URL + p.ends, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": b64(p.key.N.Bytes()),
			"e": b64(binary.BigEndian.AppendUint32(nil, uint32(p.key.E))[1:])}}})
	})
	mux.HandleFunc("/token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func rs256(key *rsa.PrivateKey, header, claims map[string]any) string {
	in := unsigned(header, claims)
	h := sha256.Sum256([]byte(in))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, h[:])
	if err != nil {
		panic(err)
	}
	return in + "." + b64(sig)
}

func unsigned(header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	return b64(h) + "." + b64(c)
}

// auth is the person agreeing at the provider: it answers state and code of the way back.
func (p *provider) auth(t *testing.T, to string) (state, code string) {
	u, err := url.Parse(to)
	require.NoError(t, err)
	require.Equal(t, p.URL+"/auth", u.Scheme+"://"+u.Host+u.Path)
	q := u.Query()
	require.Equal(t, []string{"code", p.client, "https://portal.example/sign-in/sso/back", "S256"},
		[]string{q.Get("response_type"), q.Get("client_id"), q.Get("redirect_uri"), q.Get("code_challenge_method")})
	require.NotEqual(t, q.Get("state"), q.Get("nonce"))
	for _, secret := range []string{"state", "nonce", "code_challenge"} {
		require.Len(t, q.Get(secret), 43, "%s: 256 bits", secret)
	}
	require.Contains(t, q.Get("scope"), "openid")
	p.mu.Lock()
	defer p.mu.Unlock()
	code = fmt.Sprint("code-", len(p.codes))
	p.codes[code] = q
	return q.Get("state"), code
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	q, ok := p.codes[r.Form.Get("code")]
	delete(p.codes, r.Form.Get("code"))
	h := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	user, pass, _ := r.BasicAuth()
	p.asked = append(p.asked, user+":"+pass)
	if !ok || b64(h[:]) != q.Get("code_challenge") || r.Form.Get("redirect_uri") != q.Get("redirect_uri") || r.Form.Get("grant_type") != "authorization_code" {
		w.WriteHeader(http.StatusBadRequest)
		p.json(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := p.w.clock.Now().Time()
	c := map[string]any{"iss": p.URL + p.ends, "aud": p.client, "sub": "ani-1", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(), "nonce": q.Get("nonce"),
		"email": "ani@example.id", "email_verified": true}
	for k, v := range p.claims {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	p.json(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(map[string]any{"alg": "RS256", "kid": "one", "typ": "JWT"}, c)})
}

// sso makes a world whose organisation 11 has a provider for example.id.
func sso(t *testing.T) (*world, *provider, access.Actor) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	p := newProvider(t, w)
	_, err := w.s.SetPolicy(t.Context(), a, identity.SetPolicy{Issuer: p.URL, ClientID: p.client, Secret: "between-us", Domains: "example.id"})
	require.NoError(t, err)
	return w, p, a
}

// enter goes the whole way by the provider of an organisation.
func (w *world) enter(t *testing.T, p *provider, code string) (string, identity.Session, error) {
	to, token, err := w.s.BeginSSO(t.Context(), code, "10.1.1.1", "/orders")
	require.NoError(t, err)
	state, grant := p.auth(t, to)
	session, out, next, err := w.s.FinishSSO(t.Context(), token, state, grant, identity.SignIn{Kind: "web", IP: "10.1.1.1"})
	if err == nil {
		require.Equal(t, "/orders", next)
	}
	return session, out, err
}

func TestAProviderVouches(t *testing.T) {
	w, p, _ := sso(t)
	session, _, err := w.enter(t, p, "P1")
	require.NoError(t, err)
	a, _, err := w.s.Actor(t.Context(), session)
	require.NoError(t, err)
	require.Equal(t, id.ID(11), a.Org)
	require.Equal(t, []string{"saluran:between-us"}, p.asked, "the secret goes to the provider, in the header")
	p.claims["email"] = "renamed@example.id"
	_, _, err = w.enter(t, p, "P1")
	require.NoError(t, err, "who is known by its subject may have another address of the domain")
	_, _, err = w.s.BeginSSO(t.Context(), "D1", "10.1.1.1", "")
	require.Equal(t, "sso.unknown", errs.CodeOf(err))
	_, _, none := w.s.BeginSSO(t.Context(), "NOBODY", "10.1.1.1", "")
	require.Equal(t, err.Error(), none.Error(), "an organisation without a provider is answered like none")
}

// TestAProviderWhoseNameEndsInASlash: what a provider calls itself holds to the letter, however the name was entered.
func TestAProviderWhoseNameEndsInASlash(t *testing.T) {
	for _, ends := range []string{"", "/"} {
		for _, entered := range []string{"", "/"} {
			w := newWorld(t)
			door(t, w)
			w.seed(t, 11, "producer", "ani@example.id", "owner")
			_, a := w.signIn(t, "ani@example.id")
			p := newProvider(t, w)
			p.ends = ends
			_, err := w.s.SetPolicy(t.Context(), a, identity.SetPolicy{Issuer: p.URL + entered, ClientID: p.client, Secret: "between-us", Domains: "example.id"})
			require.NoError(t, err)
			_, _, err = w.enter(t, p, "P1")
			require.NoError(t, err, "it is %q, entered %q", ends, entered)
			p.claims = map[string]any{"iss": p.URL + map[string]string{"": "/", "/": ""}[ends]}
			_, _, err = w.enter(t, p, "P1")
			require.Equal(t, "sso.refused", errs.CodeOf(err), "a token of the other name is none of its")
		}
	}
}

// TestAProviderIsNotBelieved: each thing that may be wrong with what comes back from a provider.
func TestAProviderIsNotBelieved(t *testing.T) {
	w, p, _ := sso(t)
	w.seed(t, 12, "distributor", "dewi@example.id", "owner")
	w.seed(t, 12, "distributor", "boss@other.id", "owner")
	w.seed(t, 11, "producer", "budi@elsewhere.id", "owner")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	now := w.clock.Now().Time()
	plain := p.sign
	for name, c := range map[string]struct {
		claims map[string]any
		sign   func(h, c map[string]any) string
		code   string
	}{
		"another nonce":        {claims: map[string]any{"nonce": "made up"}, code: "sso.refused"},
		"no nonce":             {claims: map[string]any{"nonce": nil}, code: "sso.refused"},
		"another audience":     {claims: map[string]any{"aud": "another client"}, code: "sso.refused"},
		"no audience":          {claims: map[string]any{"aud": nil}, code: "sso.refused"},
		"expired":              {claims: map[string]any{"exp": now.Add(-time.Minute).Unix(), "iat": now.Add(-time.Hour).Unix()}, code: "sso.refused"},
		"without an end":       {claims: map[string]any{"exp": nil}, code: "sso.refused"},
		"another issuer":       {claims: map[string]any{"iss": "https://accounts.example"}, code: "sso.refused"},
		"not signed":           {sign: func(_, c map[string]any) string { return unsigned(map[string]any{"alg": "none"}, c) + "." }, code: "sso.refused"},
		"signed by a stranger": {sign: func(h, c map[string]any) string { return rs256(other, h, c) }, code: "sso.refused"},
		"an unknown key": {sign: func(h, c map[string]any) string {
			h["kid"] = "two"
			return rs256(other, h, c)
		}, code: "sso.refused"},
		"a key that it brought": {sign: func(h, c map[string]any) string {
			h["jwk"] = map[string]any{"kty": "RSA", "n": b64(other.N.Bytes()), "e": "AQAB"}
			return rs256(other, h, c)
		}, code: "sso.refused"},
		"the public key as a shared secret": {sign: func(_, c map[string]any) string {
			in := unsigned(map[string]any{"alg": "HS256", "kid": "one"}, c)
			m := hmac.New(sha256.New, p.key.N.Bytes())
			m.Write([]byte(in))
			return in + "." + b64(m.Sum(nil))
		}, code: "sso.refused"},
		"altered": {sign: func(h, c map[string]any) string {
			parts := strings.Split(plain(h, c), ".")
			c["email"] = "dewi@example.id"
			return strings.Split(unsigned(h, c), ".")[0] + "." + strings.Split(unsigned(h, c), ".")[1] + "." + parts[2]
		}, code: "sso.refused"},
		"not a token":            {sign: func(_, _ map[string]any) string { return "§" }, code: "sso.refused"},
		"nothing":                {sign: func(_, _ map[string]any) string { return "" }, code: "sso.refused"},
		"not verified":           {claims: map[string]any{"email_verified": false}, code: "sso.no_member"},
		"not said to be":         {claims: map[string]any{"email_verified": nil}, code: "sso.no_member"},
		"no address":             {claims: map[string]any{"email": nil}, code: "sso.no_member"},
		"another organisation's": {claims: map[string]any{"email": "dewi@example.id", "sub": "dewi"}, code: "sso.no_member"},
		"of another domain":      {claims: map[string]any{"email": "boss@other.id", "sub": "boss"}, code: "sso.no_member"},
		"a member's, elsewhere":  {claims: map[string]any{"email": "budi@elsewhere.id", "sub": "budi"}, code: "sso.no_member"},
		"domain in the middle":   {claims: map[string]any{"email": "x@example.id@other.id", "sub": "x"}, code: "sso.no_member"},
		"nobody":                 {claims: map[string]any{"email": "nobody@example.id", "sub": "nobody"}, code: "sso.no_member"},
	} {
		t.Run(name, func(t *testing.T) {
			p.claims, p.sign = c.claims, plain
			if c.sign != nil {
				p.sign = c.sign
			}
			session, _, err := w.enter(t, p, "P1")
			require.Equal(t, c.code, errs.CodeOf(err), "%v", err)
			require.Empty(t, session)
			w.pass(time.Minute)
		})
	}
	p.claims, p.sign = nil, plain
	_, _, err = w.enter(t, p, "P1")
	require.NoError(t, err, "and after all that the right one is let in")
}

// TestTheWayBackIsGoneOnce: state, token and code are each good for one browser and one time.
func TestTheWayBackIsGoneOnce(t *testing.T) {
	w, p, _ := sso(t)
	in := identity.SignIn{Kind: "web", IP: "10.1.1.1"}
	begin := func() (token, state, code string) {
		to, token, err := w.s.BeginSSO(t.Context(), "P1", "10.1.1.1", "")
		require.NoError(t, err)
		state, code = p.auth(t, to)
		return token, state, code
	}
	finish := func(token, state, code string) string {
		_, _, _, err := w.s.FinishSSO(t.Context(), token, state, code, in)
		if err == nil {
			return ""
		}
		return errs.CodeOf(err)
	}
	token, state, code := begin()
	require.Empty(t, finish(token, state, code))
	require.Equal(t, "sign_in.link_stale", finish(token, state, code), "replayed")
	_, _, second := begin()
	require.Equal(t, "sign_in.link_stale", finish(token, state, second), "with another code too")

	token, _, code = begin()
	_, state, _ = begin()
	require.Equal(t, "sso.refused", finish(token, state, code), "the state of another browser")
	require.Equal(t, "sign_in.link_stale", finish(token, state, code), "which used the token up")
	token, state, _ = begin()
	_, _, code = begin()
	require.Equal(t, "sso.refused", finish(token, state, code), "a code that was asked for with another proof (PKCE)")
	token, state, _ = begin()
	require.Equal(t, "sso.refused", finish(token, state, ""), "no code")
	token, state, code = begin()
	require.Equal(t, "sign_in.link_stale", finish("", state, code), "a browser that did not begin")
	require.Equal(t, "sign_in.link_stale", finish(strings.Repeat("a", 43), state, code))
	w.pass(time.Hour)
	require.Equal(t, "sign_in.link_stale", finish(token, state, code), "too late")

	var ok sync.Map
	var wg sync.WaitGroup
	token, state, code = begin()
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if finish(token, state, code) == "" {
				ok.Store(i, true)
			}
		}()
	}
	wg.Wait()
	n := 0
	ok.Range(func(any, any) bool { n++; return true })
	require.Equal(t, 1, n, "twenty at once are one")
}

// TestAnOrganisationsProviderIsItsOwn: what one organisation's provider says counts nowhere else.
func TestAnOrganisationsProviderIsItsOwn(t *testing.T) {
	w, p, a := sso(t)
	w.seed(t, 12, "distributor", "dewi@example.id", "owner")
	w.seed(t, 12, "distributor", "ani@example.id", "viewer")
	_, b := w.signIn(t, "dewi@example.id")
	theirs := newProvider(t, w)
	_, err := w.s.SetPolicy(t.Context(), b, identity.SetPolicy{Issuer: theirs.URL, ClientID: "saluran", Domains: "example.id"})
	require.NoError(t, err)
	session, _, err := w.enter(t, theirs, "D1")
	require.NoError(t, err)
	actor, _, err := w.s.Actor(t.Context(), session)
	require.NoError(t, err)
	require.Equal(t, id.ID(12), actor.Org, "it opens its own organisation, though ani's first one is another")

	// A token of theirs at the door of ours: the issuer is another, and so are the keys.
	p.sign = func(h, c map[string]any) string { c["iss"] = theirs.URL; return rs256(theirs.key, h, c) }
	_, _, err = w.enter(t, p, "P1")
	require.Equal(t, "sso.refused", errs.CodeOf(err))
	p.sign = func(h, c map[string]any) string { return rs256(p.key, h, c) }

	// Asked for alone, it is the only way, and another organisation's provider is none.
	session, _, err = w.enter(t, p, "P1")
	require.NoError(t, err)
	a, _, err = w.s.Actor(t.Context(), session)
	require.NoError(t, err)
	now, err := w.s.PolicyOf(t.Context(), a)
	require.NoError(t, err)
	_, err = w.s.SetPolicy(t.Context(), a, identity.SetPolicy{Issuer: p.URL, ClientID: p.client, Domains: "example.id", Required: true, Version: now.Version})
	require.NoError(t, err)
	require.Equal(t, "sso.own_means", errs.CodeOf(w.s.SwitchOrg(t.Context(), a, 12)))
	session, _, err = w.enter(t, theirs, "D1")
	require.NoError(t, err)
	actor, _, err = w.s.Actor(t.Context(), session)
	require.NoError(t, err)
	require.Equal(t, "sso.own_means", errs.CodeOf(w.s.SwitchOrg(t.Context(), actor, 11)))
	_, own := w.signIn(t, "ani@example.id") // by password it acts for the other one
	require.Equal(t, id.ID(12), own.Org)
	require.Equal(t, "sign_in.sso_needed", errs.CodeOf(w.s.SwitchOrg(t.Context(), own, 11)))
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Org = 11 }))
	require.Equal(t, "sign_in.sso_needed", errs.CodeOf(err))
}
