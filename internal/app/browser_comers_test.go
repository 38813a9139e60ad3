package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"saluran/internal/identity"
	"saluran/internal/mail"
)

// authenticator gives the window a device that keeps passkeys and says yes.
func (v *visitor) authenticator() {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, webauthn.Enable, webauthn.EnableParams{})
	require.NoError(v.t, err)
	_, err = chromedp.Call(v.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	require.NoError(v.t, err)
}

// signs fills in the form of the sign-in page, and sends it.
func (v *visitor) signs(email string) {
	v.t.Helper()
	v.page("/sign-in")
	v.fill("form.k-form", "email", email)
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
}

func (v *visitor) home() {
	v.t.Helper()
	require.Equal(v.t, v.url+"/", v.place(), v.text("main"))
}

// leaves signs out by the menu of the account.
func (v *visitor) leaves() {
	v.t.Helper()
	v.click("header", "Account of ")
	v.pressIn("header", "Sign out")
	require.Equal(v.t, v.url+"/sign-in", v.place())
	v.open("/orders")
	require.Contains(v.t, v.place(), "/sign-in?next=", "signed out")
}

// fits holds the page that is open against what holds every page: its words, its widths, who can use it.
func (v *visitor) fits(name string) {
	v.t.Helper()
	v.measure(name, ask[string](v, `document.documentElement.lang`), true, &figures{})
}

// invitation is the newest letter of that kind to somebody; others tell of passkeys and sign-ins.
func (p *portal) invitation(to, org string) (l mail.Letter) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		for _, l = range p.sink().Letters(to) {
			if strings.HasPrefix(l.Link, p.url+"/invite/") && strings.Contains(l.Subject, org) {
				return true
			}
		}
		return false
	}, 15*time.Second, 20*time.Millisecond, "an invitation of %s to %s", to, org)
	return l
}

// invites asks somebody in by the page, and answers the path in the letter that arrives.
func (v *visitor) invites(p *portal, org, email, role, lang string) string {
	v.t.Helper()
	v.page("/invitations")
	v.fill(`form[action="/invitations"]`, "email", email)
	v.fill(`form[action="/invitations"]`, "role", role)
	v.fill(`form[action="/invitations"]`, "lang", lang)
	v.press("Send the invitation")
	require.Contains(v.t, v.place(), "/invitations?done=invite.sent", v.text("main"))
	v.sees(email, "The invitation was sent.")
	v.fits("invitations-" + role)
	l := p.invitation(email, org)
	require.Equal(v.t, lang, l.Lang)
	require.Contains(v.t, l.Text, l.Link)
	return strings.TrimPrefix(l.Link, p.url)
}

// whyNot follows the link of a refusal, and reads what decided.
func (v *visitor) whyNot(words string) map[string]string {
	v.t.Helper()
	v.press(words)
	require.Contains(v.t, v.place(), "/access/why?")
	return ask[map[string]string](v, `Object.fromEntries([...document.querySelectorAll('main dl.k-dl > div')].map(d =>
		[d.querySelector('dt').textContent, d.querySelector('dd').firstChild.textContent]))`)
}

// TestBrowserWhoComesIn walks with somebody who is invited: in by the letter, with a passkey and an authenticator, between two
// organisations, and up to a door that stays closed and says why.
func TestBrowserWhoComesIn(t *testing.T) {
	path := chromium(t)
	p := secure(t)
	seller := p.signIn("owner@kopi.example")
	seller.post("/orgs", map[string]any{"code": "T01", "kind": "retailer", "name": "Toko Satu"}, 201)
	shop, err := p.Partner.Resolve(context.Background(), "T01")
	require.NoError(t, err)
	_, err = p.Identity.Seed(context.Background(), shop.ID, shop.Kind, identity.NewPerson{Email: "owner@toko.example", Name: "Sri", Password: password, Lang: "en", Role: "owner"})
	require.NoError(t, err)
	w := &walk{App: p.App, t: t, url: p.url, ctx: launch(t, path)}

	owner := w.visit(t)
	owner.who = "the owner"
	owner.signs("owner@kopi.example")
	owner.home()
	letter := owner.invites(p, "PT Kopi Gunung", "dewi@kopi.example", "sales", "id")
	require.Contains(t, p.invitation("dewi@kopi.example", "PT Kopi Gunung").Text, "Budi mengundang Anda bekerja untuk PT Kopi Gunung di portal ini sebagai: Penjualan.")

	v := w.visit(t)
	v.who = "Dewi"
	v.authenticator()
	v.accepts(letter)
	v.enrols()
	v.comesBack()
	v.refused()

	sri := w.visit(t)
	sri.who = "the owner of the shop"
	sri.signs("owner@toko.example")
	sri.home()
	v.joins(sri.invites(p, "Toko Satu", "dewi@kopi.example", "warehouse", "en"))
	v.switches()
	for _, o := range []*visitor{owner, sri} {
		o.page("/people")
		o.sees("Dewi")
	}
}

// accepts opens the link of the letter where nobody is signed in, and makes the account.
func (v *visitor) accepts(letter string) {
	v.t.Helper()
	v.page(letter)
	v.sees("Invitation to PT Kopi Gunung", "You are invited to work for PT Kopi Gunung (Producer) as: Sales.", "dewi@kopi.example")
	v.fits("invite")
	v.fill("form.k-form", "name", "Dewi")
	v.fill("form.k-form", "password", "12345678")
	v.pressIn("form.k-form", "Accept the invitation")
	require.NotContains(v.t, v.place(), "/sign-in", "a password that everybody knows")
	v.fill("form.k-form", "name", "Dewi")
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "Accept the invitation")
	require.Equal(v.t, v.url+"/sign-in?done=invite.joined", v.place(), v.text("main"))
	v.sees("You have joined.")
	v.open(letter)
	require.EqualValues(v.t, 404, v.status, "the link works once")
	v.signs("dewi@kopi.example")
	v.home()
}

// enrols adds a passkey and an authenticator app.
func (v *visitor) enrols() {
	v.t.Helper()
	v.page("/account/security")
	v.fill("form[data-passkey]", "name", "Dewi's phone")
	v.press("Add a passkey")
	v.sees("Recovery codes")
	require.GreaterOrEqual(v.t, ask[int](v, `document.querySelectorAll('.k-codes li').length`), 8)
	v.fits("recovery")
	v.press("I have kept them")
	v.sees("Dewi's phone")

	v.press("Set up an app")
	v.secret = strings.ReplaceAll(strings.TrimSpace(strings.Split(v.text(".k-letter"), ":")[1]), " ", "")
	v.fits("totp")
	v.fill("form.k-form", "code", "000000")
	v.pressIn("form.k-form", "Set up")
	require.Contains(v.t, v.text("h1"), "Set up an authenticator app", "a wrong code sets nothing up")
	v.fill("form.k-form", "code", v.code(0))
	v.pressIn("form.k-form", "Set up")
	v.page("/account/security")
	v.sees("Set up since ", "Dewi's phone")
	v.fits("security-enrolled")
}

// code is what the authenticator app shows so many steps of half a minute from now.
func (v *visitor) code(steps int) string {
	v.t.Helper()
	code, err := totp.GenerateCode(v.secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(v.t, err)
	return code
}

// comesBack signs in with the passkey, and with password and code; the password alone opens nothing.
func (v *visitor) comesBack() {
	v.t.Helper()
	v.leaves()
	v.page("/sign-in")
	v.press("Use a passkey")
	v.home()
	v.leaves()

	v.signs("dewi@kopi.example")
	v.sees("One more step")
	v.fits("second")
	v.open("/orders")
	require.Contains(v.t, v.place(), "/sign-in?next=", "the password is half the way")
	v.signs("dewi@kopi.example")
	v.fill("form.k-form", "code", "000000")
	v.pressIn("form.k-form", "Sign in")
	require.Contains(v.t, v.place(), "/sign-in/second", "a wrong code opens nothing")
	v.fill("form.k-form", "code", v.code(1)) // that of now was used to set the app up, and works once
	v.pressIn("form.k-form", "Sign in")
	v.home()
}

// refused opens a page that sales may not, in both languages, and asks why.
func (v *visitor) refused() {
	v.t.Helper()
	for _, x := range []struct {
		lang, title, says, ask, text string
		why                          [4]string
		facts                        map[string]string
	}{
		{"en", "You do not have the right", "Your role (Sales) may not do this: manage, people and roles (of one's own organisation).", "Why, and who may instead",
			"None: what no rule allows is refused", [4]string{"Your role (Sales) may not do this", "No line of the grants allows it.", "These roles may", "Owner"},
			map[string]string{"Role": "Sales", "On what": "people and roles", "How your organisation stands to it": "of one's own organisation", "What was to be done": "manage", "Decision": "Refused"}},
		{"id", "Anda tidak punya hak", "Peran Anda (Penjualan) tidak boleh melakukan ini: mengelola, orang dan peran (milik organisasi sendiri).", "Mengapa, dan siapa yang boleh",
			"Tidak ada: yang tidak diizinkan aturan mana pun ditolak", [4]string{"Peran Anda (Penjualan) tidak boleh melakukan ini", "Tidak ada baris dari daftar izin yang membolehkannya.", "Peran", "Pemilik"},
			map[string]string{"Peran": "Penjualan", "Yang hendak dilakukan": "mengelola", "Keputusan": "Ditolak"}},
	} {
		if x.lang == "id" {
			v.page("/")
			v.pressIn(`form[action="/language"]`, "")
		}
		v.open("/invitations")
		require.EqualValues(v.t, 403, v.status)
		require.Equal(v.t, x.lang, ask[string](v, `document.documentElement.lang`))
		require.Equal(v.t, x.title, v.text("h1"))
		v.sees(x.says)
		v.fits("refused-" + x.lang)
		facts := v.whyNot(x.ask)
		for k, want := range x.facts {
			require.Equal(v.t, want, facts[k], "%s in %v", k, facts)
		}
		v.sees(append(x.why[:], x.text)...)
		v.fits("why-" + x.lang)
	}
	v.page("/")
	v.pressIn(`form[action="/language"]`, "")
	require.Equal(v.t, "en", ask[string](v, `document.documentElement.lang`))
}

// joins takes the invitation of a second organisation as who is signed in.
func (v *visitor) joins(letter string) {
	v.t.Helper()
	v.page(letter)
	v.sees("Invitation to Toko Satu", "as: Warehouse.")
	v.fits("invite-second")
	v.press("Join as Dewi")
	require.Equal(v.t, v.url+"/?done=invite.joined", v.place(), v.text("main"))
	require.Contains(v.t, v.text(".k-org summary"), "PT Kopi Gunung", "joining alone does not change for whom one acts")
	v.open(letter)
	require.EqualValues(v.t, 404, v.status, "the link works once")
}

// switches acts for the other organisation, where the same person may less.
func (v *visitor) switches() {
	v.t.Helper()
	v.page("/orders/quick")
	v.click("aside", "PT Kopi Gunung")
	v.pressIn("aside .pop", "Toko Satu")
	require.Contains(v.t, v.text(".k-org summary"), "Toko Satu")
	v.open("/orders/quick")
	require.EqualValues(v.t, 403, v.status, "warehouse may not order")
	facts := v.whyNot("Why, and who may instead")
	require.Equal(v.t, []string{"Warehouse", "orders", "place", "Refused"}, []string{facts["Role"], facts["On what"], facts["What was to be done"], facts["Decision"]})
	v.sees("Shop", "None: what no rule allows is refused", "Purchasing", "Owner")
	require.NotContains(v.t, v.text("main"), "Sri", "who may not see the people is told of roles alone")
	v.open("/invoices")
	require.EqualValues(v.t, 403, v.status, "the warehouse sees no price")
	v.whyNot("Why, and who may instead")
	v.sees("of the grants denies it.", "p, warehouse, *, price|invoice|payment|agreement|appointment, *, deny")
	v.fits("why-denied")
	v.click("aside", "Toko Satu")
	v.pressIn("aside .pop", "PT Kopi Gunung")
	require.Contains(v.t, v.text(".k-org summary"), "PT Kopi Gunung")
	v.page("/orders/quick")
}
