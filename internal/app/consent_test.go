package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nobody makes an account for another; an invitation says nothing of whether there is one.
func TestAccountsAreMadeByWhoOpensThem(t *testing.T) {
	m := newMarket(t, "delivery")
	a := m.seller.do("POST", "/people", map[string]any{"email": "bookkeeper@free.example", "name": "B", "password": password, "role": "finance"})
	require.Contains(t, []int{404, 405}, a.status, a.text)
	known := m.seller.do("POST", "/invitations", map[string]any{"email": "owner@toko.example", "role": "viewer"})
	fresh := m.seller.do("POST", "/invitations", map[string]any{"email": "owner@nobody.example", "role": "viewer"})
	require.Equal(t, 201, known.status)
	require.Equal(t, 201, fresh.status)
	like := func(a map[string]any) (keys []string) {
		for k, v := range a {
			if k != "id" && !strings.Contains(k, "email") && !strings.HasSuffix(k, "_at") {
				keys = append(keys, k, str(map[string]any{"v": v}, "v"))
			}
		}
		return keys
	}
	require.ElementsMatch(t, like(known.body), like(fresh.body))
	// Who comes chooses the password: whoever invited does not know it, there or elsewhere.
	m.seller.post("/invitations", map[string]any{"email": "bookkeeper@free.example", "role": "finance"}, 201)
	link := tokenOf(m.letter("bookkeeper@free.example", 1))
	require.Equal(t, 204, stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": link, "name": "B", "password": "kata sandi B sendiri"}).status)
	require.Equal(t, 401, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "bookkeeper@free.example", "password": password}).status)
	require.Equal(t, 201, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "bookkeeper@free.example", "password": "kata sandi B sendiri"}).status)
}
