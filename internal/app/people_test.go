package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/mail"
)

// letter waits for the n-th letter (from 1) to somebody.
func (p *portal) letter(to string, n int) mail.Letter {
	p.t.Helper()
	var all []mail.Letter
	require.Eventually(p.t, func() bool { all = p.sink().Letters(to); return len(all) >= n }, 15*time.Second, 20*time.Millisecond, "letter %d to %s", n, to)
	slices.SortFunc(all, func(a, b mail.Letter) int { return int(a.ID - b.ID) })
	return all[n-1]
}

// tokenOf is the last part of a letter's link.
func tokenOf(l mail.Letter) string { return l.Link[strings.LastIndex(l.Link, "/")+1:] }

func stranger(p *portal) *user { return &user{p: p} }

func TestAnInvitationIsALinkThatWorksOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	ask := func(email string) map[string]any {
		return m.seller.post("/invitations", map[string]any{"email": email, "role": "finance", "lang": "id"}, 201)
	}
	fresh, known := ask("baru@kopi.example"), ask("owner@toko.example") // the one is new, the other has an account elsewhere
	for _, k := range []string{"id", "email", "created_at", "expires_at"} {
		delete(fresh, k)
		delete(known, k)
	}
	require.Equal(t, fresh, known, "the answer says nothing of accounts")
	require.Equal(t, 409, m.seller.do("POST", "/invitations", map[string]any{"email": "baru@kopi.example", "role": "sales"}).status)
	require.Equal(t, 409, m.seller.do("POST", "/invitations", map[string]any{"email": "owner@kopi.example", "role": "sales"}).status)
	for _, bad := range []map[string]any{{"email": "x", "role": "sales"}, {"email": "a@b.example", "role": "king"}} {
		require.Equal(t, 422, m.seller.do("POST", "/invitations", bad).status)
	}
	l := m.letter("baru@kopi.example", 1)
	require.Contains(t, l.Text, "PT Kopi Gunung")
	require.Contains(t, l.Text, "Keuangan", "in the language of the receiver")
	require.Contains(t, m.letter("owner@toko.example", 2).Text, "Finance")

	token := tokenOf(l)
	says := stranger(m.portal).post("/join/invitation", map[string]any{"token": token}, 200)
	require.Equal(t, "finance", says["role"])
	require.Equal(t, 422, stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": token, "name": "Dewi", "password": "short"}).status)
	var wins, gone atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			a := stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": token, "name": fmt.Sprint("Dewi ", i), "password": password})
			if a.status == 204 {
				wins.Add(1)
			} else if a.status == 404 || a.status == 503 || a.status == 422 || a.status == 429 {
				gone.Add(1)
			}
		}()
	}
	all.Wait()
	require.EqualValues(t, 1, wins.Load())
	require.EqualValues(t, 39, gone.Load())
	require.Eventually(t, func() bool { // the losers were wrong about an account that there was by then: its sign-in waits for them
		return stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "baru@kopi.example", "password": password}).status != 429
	}, 20*time.Second, 500*time.Millisecond)
	require.Equal(t, "finance", m.signIn("baru@kopi.example").get("/me")["role"])

	other := tokenOf(m.letter("owner@toko.example", 2))
	require.Equal(t, 422, stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": other, "name": "X", "password": "not the password"}).status)
	require.Equal(t, 404, m.signIn("baru@kopi.example").do("POST", "/me/invitation", map[string]any{"token": other}).status, "somebody else's")
	require.Equal(t, 204, m.buyer.do("POST", "/me/invitation", map[string]any{"token": other}).status)
	require.Len(t, m.buyer.get("/me")["orgs"], 2, "one account, two organisations")

	ask("lagi@kopi.example")
	no := str(items(m.seller.get("/invitations"))[0], "id")
	first := tokenOf(m.letter("lagi@kopi.example", 1))
	require.Equal(t, 409, m.seller.do("POST", "/invitations/"+no+"/resend", nil).status, "a moment ago")
	_, err := m.DB.WriteSQL().Exec("UPDATE invitation SET sent_us = 0")
	require.NoError(t, err)
	require.Equal(t, 404, m.buyer.do("POST", "/invitations/"+no+"/resend", nil).status, "another organisation's")
	m.seller.post("/invitations/"+no+"/resend", nil, 200)
	require.Equal(t, 404, stranger(m.portal).do("POST", "/join/invitation", map[string]any{"token": first}).status)
	second := tokenOf(m.letter("lagi@kopi.example", 2))
	require.Equal(t, 403, m.signIn("baru@kopi.example").do("POST", "/invitations/"+no+"/withdraw", nil).status)
	require.Equal(t, 204, m.seller.do("POST", "/invitations/"+no+"/withdraw", nil).status)
	gone404 := stranger(m.portal).do("POST", "/join/invitation", map[string]any{"token": second})
	unknown := stranger(m.portal).do("POST", "/join/invitation", map[string]any{"token": strings.Repeat("x", 43)})
	require.Equal(t, 404, gone404.status)
	require.Equal(t, str(gone404.body, "detail"), str(unknown.body, "detail"))
}

func TestAnApplicantIsReviewedAndJoins(t *testing.T) {
	m := newMarket(t, "delivery")
	channel := str(items(m.seller.get("/channels"))[0], "id")
	door := m.seller.do("PUT", "/doors/"+channel, map[string]any{"open": true})
	require.Equal(t, 200, door.status, door.text)
	token := strings.TrimPrefix(str(door.body, "path"), "/join/")
	form := func(change ...string) map[string]any {
		f := map[string]any{"door": token, "name": "Toko Maju", "tax_no": "09.254.294.3-407.000", "nib": "1234567890123", "address": "Jl. Pasar 1", "city": "Malang",
			"phone": "0341 1", "contact": "Rina", "email": "rina@maju.example", "lang": "en", "message": "We sell coffee"}
		for i := 0; i+1 < len(change); i += 2 {
			f[change[i]] = change[i+1]
		}
		return f
	}
	who := stranger(m.portal)
	require.Equal(t, 404, who.do("POST", "/join/applications", form("door", strings.Repeat("z", 43))).status)
	for k, v := range map[string]string{"tax_no": "12", "nib": "9", "kind": "agent", "city": ""} {
		require.Equal(t, 422, who.do("POST", "/join/applications", form(k, v)).status, k)
	}
	a := who.do("POST", "/join/applications", form())
	require.Equal(t, 202, a.status, a.text)
	same := who.do("POST", "/join/applications", form("name", "Somebody Else"))
	require.Equal(t, 202, same.status, "the same answer, and nothing overwritten")
	require.Empty(t, items(m.seller.get("/applications")), "nobody sees it before the address is confirmed")
	link := tokenOf(m.letter("rina@maju.example", 2))
	require.Equal(t, 200, who.do("POST", "/join/application", map[string]any{"token": tokenOf(m.letter("rina@maju.example", 1))}).status, "who asks again voids no link")
	require.Equal(t, 204, who.do("POST", "/join/application/confirm", map[string]any{"token": link}).status)
	require.Contains(t, m.letter("owner@kopi.example", 1).Text, "Toko Maju")
	list := items(m.seller.get("/applications"))
	require.Len(t, list, 1)
	path := "/applications/" + str(list[0], "id")
	require.Equal(t, "0092542943407000", list[0]["tax_no"])
	require.Equal(t, 404, m.buyer.do("GET", path, nil).status)

	require.Equal(t, 422, m.seller.do("POST", path+"/ask", map[string]any{"said": " "}).status)
	m.seller.post(path+"/ask", map[string]any{"said": "Which street exactly?"}, 200)
	require.Equal(t, 412, m.seller.do("POST", path+"/approve", map[string]any{"code": "MAJU"}, "If-Match", `"1"`).status)
	asked := m.letter("rina@maju.example", 3)
	require.Contains(t, asked.Text, "Which street exactly?")
	link = tokenOf(asked)
	mine := who.post("/join/application", map[string]any{"token": link}, 200)
	require.Equal(t, "asked", mine["status"])
	require.NotContains(t, fmt.Sprint(mine["notes"]), "Budi", "the applicant reads no names of reviewers")
	require.Equal(t, 204, who.do("POST", "/join/application/answer", map[string]any{"token": link, "said": "Number 1"}).status)
	require.Equal(t, 409, m.seller.do("POST", path+"/approve", map[string]any{"code": "T01"}).status, "the code is taken")
	require.Equal(t, "new", m.seller.get(path)["status"], "and nothing was done")
	v := m.seller.post(path+"/approve", map[string]any{"code": "MAJU"}, 200)
	require.Equal(t, "approved", v["status"])
	require.Equal(t, 409, m.seller.do("POST", path+"/refuse", map[string]any{"said": "No"}).status)
	invite := tokenOf(m.letter("rina@maju.example", 4))
	require.Equal(t, 204, who.do("POST", "/join/invitation/accept", map[string]any{"token": invite, "name": "Rina", "password": password}).status)
	rina := m.signIn("rina@maju.example")
	require.Equal(t, "owner", rina.get("/me")["role"])
	require.Len(t, items(rina.get("/links")), 1)
	require.Equal(t, "approved", who.post("/join/application", map[string]any{"token": link}, 200)["status"])

	who.do("POST", "/join/applications", form("email", "x@y.example"))
	next := tokenOf(m.letter("x@y.example", 1))
	require.Equal(t, 204, who.do("POST", "/join/application/confirm", map[string]any{"token": next}).status)
	refused := "/applications/" + str(items(m.seller.get("/applications?status=new"))[0], "id")
	m.seller.post(refused+"/refuse", map[string]any{"said": "We have a shop there"}, 200)
	require.Contains(t, m.letter("x@y.example", 2).Text, "We have a shop there")
	for range 12 {
		a = who.do("POST", "/join/applications", form("email", "z@y.example"))
	}
	require.Equal(t, 429, a.status)
}

func TestWhoLeavesHandsOverAndIsOutAtOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	budi := m.seed(t, "KOPI", "sales", "seller")
	citra := m.seed(t, "KOPI", "purchasing", "seller")
	no := func(u *user) string { return str(u.get("/me"), "person") }
	m.seller.put("/orgs/"+m.shop+"/representatives", map[string]any{"duty": "sales", "person": no(budi), "cover": no(citra), "cover_from": "2020-01-01", "cover_until": "2090-01-01"}, 204)
	require.Equal(t, 422, m.seller.do("PUT", "/orgs/"+m.shop+"/representatives", map[string]any{"duty": "field", "person": no(m.buyer)}).status, "of another organisation")
	require.Equal(t, 409, m.seller.do("PUT", "/orgs/"+m.shop+"/representatives", map[string]any{"duty": "sales", "person": no(citra)}).status, "somebody is named already")
	require.Equal(t, 403, m.seed(t, "KOPI", "viewer", "seller").do("PUT", "/orgs/"+m.shop+"/representatives", map[string]any{"duty": "field", "person": no(budi)}).status)
	theirs := items(m.buyer.get("/orgs/" + m.seller.org + "/representatives"))
	require.Len(t, theirs, 1)
	require.Equal(t, "theirs", theirs[0]["side"])
	require.Equal(t, "purchasing", theirs[0]["cover"].(map[string]any)["name"])

	m.place(t, "2", "")
	l := m.letter("purchasing-seller@money.example", 1)
	require.Contains(t, l.Subject, "Toko Satu", "the one who covers is told")

	require.Equal(t, 409, m.seller.do("POST", "/people/"+no(budi)+"/remove", nil).status, "open work")
	require.Equal(t, 409, budi.do("POST", "/me/leave", nil).status)
	require.Equal(t, 422, m.seller.do("POST", "/people/"+no(budi)+"/remove", map[string]any{"heir": no(m.buyer)}).status)
	require.Equal(t, 404, m.buyer.do("POST", "/people/"+no(budi)+"/remove", map[string]any{"heir": no(m.buyer)}).status)
	gone := no(budi)
	require.Equal(t, 204, m.seller.do("POST", "/people/"+gone+"/remove", map[string]any{"heir": no(citra)}).status)
	require.Equal(t, 401, budi.do("GET", "/me", nil).status, "from the next request on")
	left := items(m.seller.get("/orgs/" + m.shop + "/representatives"))
	require.Equal(t, "purchasing", left[0]["name"])
	require.Nil(t, left[0]["cover"], "nobody covers for himself")
	require.Equal(t, 409, m.seller.do("POST", "/me/leave", nil).status, "the last owner")
	var keys int
	require.NoError(t, m.DB.ReadSQL().QueryRow("SELECT COUNT(*) FROM session WHERE person = "+gone+" AND ended_us = 0").Scan(&keys))
	require.Zero(t, keys)
}

// put is a write that must answer so.
func (u *user) put(path string, body any, want int) {
	u.p.t.Helper()
	a := u.do("PUT", path, body)
	require.Equal(u.p.t, want, a.status, "PUT %s: %s", path, a.text)
}

// TestGlassIsBrokenForATimeAndSeen: read-only, told, written down, and over by itself.
func TestGlassIsBrokenForATimeAndSeen(t *testing.T) {
	m := newMarket(t, "delivery")
	order := "/orders/" + str(m.place(t, "48", ""), "id")
	op := m.operator(t)
	body := map[string]any{"org": m.seller.org, "reason": "Ticket 17: an order does not show", "minutes": 30}
	require.Equal(t, 422, op.do("POST", "/glass", map[string]any{"org": m.seller.org, "reason": "x", "minutes": 30}).status)
	require.Equal(t, 422, op.do("POST", "/glass", map[string]any{"org": m.seller.org, "reason": "A good reason", "minutes": 3000}).status)
	require.Equal(t, 404, op.do("POST", "/glass", map[string]any{"org": "999999999", "reason": "A good reason", "minutes": 30}).status)
	require.Contains(t, []int{403, 404}, m.buyer.do("POST", "/glass", body).status, "an owner is no operator")
	require.Equal(t, 404, op.do("GET", order, nil).status, "not without breaking it")
	a := op.do("POST", "/glass", body)
	require.Equal(t, 201, a.status, a.text)
	require.Equal(t, m.seller.org, str(op.get("/me"), "org"))
	require.Contains(t, m.letter("owner@kopi.example", 1).Text, "Ticket 17")
	op.get(order)
	for _, w := range []struct{ method, path string }{{"POST", order + "/confirm"}, {"POST", "/invitations"}, {"POST", "/exports"}, {"POST", "/glass"}, {"POST", "/me/leave"}} {
		a := op.do(w.method, w.path, map[string]any{"email": "a@b.example", "role": "owner", "report": "payment-sheet", "org": m.seller.org, "reason": "Another reason", "minutes": 30})
		require.Contains(t, []int{403, 409, 422}, a.status, "%s: %s", w.path, a.text)
	}
	require.Equal(t, "placed", m.seller.get(order)["status"])
	trail := fmt.Sprint(items(m.seller.get("/audit")))
	require.Contains(t, trail, "glass.broken")
	require.Contains(t, trail, "glass.looked")
	require.Len(t, items(m.seller.get("/glass")), 1)
	_, err := m.DB.WriteSQL().Exec("UPDATE glass SET until_us = 1")
	require.NoError(t, err)
	require.NoError(t, m.Identity.MendGlasses(context.Background()))
	require.Equal(t, "operator", op.get("/me")["role"], "over by itself, and back where it came from")
	require.Equal(t, 404, op.do("GET", order, nil).status)
	require.Contains(t, fmt.Sprint(items(m.seller.get("/audit"))), "glass.mended")
}
