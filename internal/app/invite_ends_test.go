package app_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// me is the number of whoever is signed in.
func me(u *user) string { return str(u.get("/me"), "person") }

// TestAnInvitationEndsWithItsInviter: who leaves, is taken out, loses the right or the password leaves no open door behind; what
// others have sent goes on.
func TestAnInvitationEndsWithItsInviter(t *testing.T) {
	m := newMarket(t, "delivery")
	invite := func(u *user, email, role string) string {
		u.post("/invitations", map[string]any{"email": email, "role": role}, 201)
		return tokenOf(m.letter(email, 1))
	}
	look := func(token string) answer {
		return stranger(m.portal).do("POST", "/join/invitation", map[string]any{"token": token})
	}
	none := look(strings.Repeat("x", 43))
	over := func(why, token string) {
		t.Helper()
		for _, a := range []answer{look(token), stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": token, "name": "Mallory", "password": password})} {
			require.Equal(t, none.status, a.status, why)
			require.Equal(t, str(none.body, "detail"), str(a.body, "detail"), why)
		}
	}
	role := func(u *user, role string) {
		t.Helper()
		a := m.seller.do("PUT", "/people/"+me(u)+"/role", map[string]any{"role": role})
		require.Equal(t, 204, a.status, a.text)
	}
	kept := invite(m.seller, "stays@kopi.example", "sales")

	gone := m.seed(t, "KOPI", "owner", "gone")
	token := invite(gone, "back1@kopi.example", "owner")
	require.Equal(t, 204, m.seller.do("POST", "/people/"+me(gone)+"/remove", map[string]any{}).status)
	over("taken out", token)

	left := m.seed(t, "KOPI", "owner", "left")
	token = invite(left, "back2@kopi.example", "owner")
	require.Equal(t, 204, left.do("POST", "/me/leave", map[string]any{}).status)
	over("left", token)

	fell := m.seed(t, "KOPI", "owner", "fell")
	token = invite(fell, "back3@kopi.example", "owner")
	role(fell, "sales")
	over("may not invite any more", token)
	role(fell, "owner")
	over("and not again when it may", token)

	lost := m.seed(t, "KOPI", "owner", "lost")
	token = invite(lost, "back4@kopi.example", "owner")
	require.NoError(t, m.Identity.ResetPassword(t.Context(), lost.email, "quite another secret"))
	over("lost the password", token)

	var ended int64
	require.NoError(t, m.DB.WriteSQL().QueryRow("SELECT COUNT(*) FROM audit WHERE action = 'person.invitation_withdrawn' AND changes LIKE '%inviter%'").Scan(&ended))
	require.EqualValues(t, 4, ended, "the log names each")
	require.Equal(t, 200, look(kept).status)

	// What the table still calls open is asked for again when it is taken up.
	quiet := m.seed(t, "KOPI", "owner", "quiet")
	token = invite(quiet, "back5@kopi.example", "owner")
	_, err := m.DB.WriteSQL().Exec("UPDATE membership SET role = 'viewer' WHERE person = ?", me(quiet))
	require.NoError(t, err)
	over("is somebody else now", token)
	require.Equal(t, 204, stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": kept, "name": "Sari", "password": password}).status)
	require.Equal(t, "sales", m.signIn("stays@kopi.example").get("/me")["role"])
}

// TestSendingAnInvitationAgainAsksOnceMore: a new link is as good as a new invitation.
func TestSendingAnInvitationAgainAsksOnceMore(t *testing.T) {
	m := newMarket(t, "delivery")
	no := str(m.seller.post("/invitations", map[string]any{"email": "lagi@kopi.example", "role": "sales"}, 201), "id")
	_, err := m.DB.WriteSQL().Exec("UPDATE invitation SET sent_us = 0")
	require.NoError(t, err)
	_, err = m.DB.WriteSQL().Exec("UPDATE session SET fresh_us = 0 WHERE person = ?", me(m.seller))
	require.NoError(t, err)
	a := m.seller.do("POST", "/invitations/"+no+"/resend", nil)
	require.Equal(t, 403, a.status, a.text)
	require.Contains(t, a.text, "step_up_required")
	require.Equal(t, 404, m.buyer.do("POST", "/invitations/"+no+"/resend", nil).status, "another organisation's is none")
	require.Equal(t, 204, m.seller.do("POST", "/me/step-up", map[string]any{"password": password}).status)
	m.seller.post("/invitations/"+no+"/resend", nil, 200)
}

// TestTwoHundredGuessesAtAnInvitation: each is counted before it is judged, on the link and on the account.
func TestTwoHundredGuessesAtAnInvitation(t *testing.T) {
	m := newMarket(t, "delivery")
	m.seller.post("/invitations", map[string]any{"email": "owner@toko.example", "role": "viewer"}, 201)
	token := tokenOf(m.letter("owner@toko.example", 2))
	before := m.Identity.Stats.Wrong.Load()
	said := map[int]*atomic.Int64{404: {}, 422: {}, 429: {}, 503: {}}
	var all sync.WaitGroup
	for i := range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			a := stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": token, "name": "X", "password": fmt.Sprint("guess guess ", i)})
			if n := said[a.status]; n != nil {
				n.Add(1)
			} else {
				t.Errorf("%d %s", a.status, a.text)
			}
		}()
	}
	all.Wait()
	judged := m.Identity.Stats.Wrong.Load() - before
	require.Positive(t, judged)
	require.LessOrEqual(t, judged, int64(10), "five at once from one place, ten on one link however long it takes")
	require.Equal(t, judged, said[422].Load())
	var most int64
	require.NoError(t, m.DB.WriteSQL().QueryRow("SELECT MAX(n) FROM throttle").Scan(&most))
	require.GreaterOrEqual(t, most, judged, "what was judged is counted as at the door")
}
