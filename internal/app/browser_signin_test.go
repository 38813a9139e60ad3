package app_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/httpx"
)

// secure serves a portal under a name: passkeys belong to names, not to addresses.
func secure(t *testing.T) *portal {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	l.Close()
	return openAt(t, "localhost:"+port, func(c *app.Config) { c.URL = "http://localhost:" + port })
}

func openAt(t *testing.T, addr string, change ...func(*app.Config)) *portal {
	p := prepare(t, change...)
	l, err := httpx.Listen(addr)
	require.NoError(t, err)
	p.serve(l)
	p.url = "http://" + addr
	return p
}

func TestBrowserSignInWithPasskeyAndCode(t *testing.T) {
	path := chromium(t)
	p := secure(t)
	w := &walk{App: p.App, t: t, url: p.url, ctx: launch(t, path)}
	v := w.visit(t)
	v.who = "owner"
	v.authenticator()

	v.page("/sign-in")
	v.picture("sign-in")
	v.fill("form.k-form", "email", "owner@kopi.example")
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
	v.page("/account/security")
	v.picture("security")
	v.press("Set up an app")
	v.picture("totp")
	secret := strings.ReplaceAll(strings.TrimSpace(strings.Split(v.text(".k-letter"), ":")[1]), " ", "")
	confirm, err := totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
	v.fill("form.k-form", "code", confirm)
	v.pressIn("form.k-form", "")
	v.sees("Recovery codes")
	v.picture("recovery")
	recovery := ask[string](v, `document.querySelector('.k-codes li').innerText`)

	v.page("/account/security")
	v.fill("form[data-passkey]", "name", "My phone")
	v.press("Add a passkey")
	v.sees("My phone")
	v.picture("security-full")

	v.press("End other sessions")
	out(v)
	v.page("/sign-in")
	v.press("Use a passkey")
	require.Equal(t, p.url+"/", v.place(), v.text("main"))
	out(v)
	v.page("/sign-in")
	v.fill("form.k-form", "email", "owner@kopi.example")
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
	v.sees("One more step")
	v.picture("second")
	v.fill("form.k-form", "code", recovery)
	v.pressIn("form.k-form", "")
	require.Equal(t, p.url+"/", v.place(), v.text("main"))
	out(v)
	v.page("/sign-in")
	v.fill("form.k-form", "email", "owner@kopi.example")
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
	v.press("Use a passkey")
	require.Equal(t, p.url+"/", v.place(), "the passkey as second factor")
}

// out signs out by ending the cookie's session at the server, and forgets the cookie.
func out(v *visitor) {
	v.t.Helper()
	v.page("/account/security")
	token := ask[string](v, `document.querySelector('[name=_csrf]').value`)
	require.True(v.t, ask[bool](v, `(() => { const f = document.createElement('form'); f.method = 'post'; f.action = '/sign-out';
		const i = document.createElement('input'); i.name = '_csrf'; i.value = $1; f.append(i); document.body.append(f); setTimeout(() => f.submit(), 10); return true; })()`, token))
	v.until("the sign-in page", `location.pathname === '/sign-in'`)
}
