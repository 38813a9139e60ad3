package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everybodys are writes that each person may try: what is their own, what needs no signing in, and exports, which viewers run.
func (r route) everybodys() bool {
	for _, own := range []string{"/me/", "/account/", "/sessions", "/sign-in", "/sign-out", "/forgot", "/reset/", "/language", "/switch", "/step-up", "/exports", "/seals", "/jobs/",
		"/join/", "/own-data", "/glass/end", "/hand-over", "/messages/read", "/notices", "/views", "/schedules", "/help/"} {
		if strings.Contains(r.path, own) && r.path != "/organisation/sign-in" {
			return true
		}
	}
	return false
}

// badly sends what no form and no document is: JSON that cannot be read, values of the wrong shape, empty and unreadable fields.
func (m *matrix) badly(u *user, r route, id string) (out []reply) {
	path := strings.ReplaceAll(r.path, "{id}", id)
	if r.op != nil {
		for _, body := range []string{`{"`, `{"no_such_field": 1, "lines": "x", "qty": -1}`, `{}`} {
			out = append(out, m.ask(u, r.method, path, []byte(body), "application/json"))
		}
		return out
	}
	for _, form := range []url.Values{{}, {"do": {"nothing"}, "qty": {"-1"}, "amount": {"x"}, "from": {"yesterday"}, "version": {"x"}}} {
		form.Set("_csrf", m.page(u)[1])
		form.Set("_key", fmt.Sprintf("%032d", keys.Add(1)))
		out = append(out, m.ask(u, r.method, path, []byte(form.Encode()), "application/x-www-form-urlencoded"))
	}
	return out
}

// TestLongWhoMayNotIsRefusedBeforeTheFormIsRead: a person without the right hears that, and never what is wrong with what was sent.
// A viewer may write nothing. (Who may do a thing on one side of the trade, and asks for it on the other, is refused once the
// document has been read, and so after its form.)
func TestLongWhoMayNotIsRefusedBeforeTheFormIsRead(t *testing.T) {
	m := newMatrix(t)
	writes, refused := 0, 0
	for _, r := range m.routes() {
		if r.method == "GET" || r.everybodys() || strings.Contains(r.path, ":") {
			continue
		}
		writes++
		id := "999999999"
		if thing := r.thing(); thing != "" && m.x.ids[thing] != "" {
			id = m.x.ids[thing]
		}
		for _, kind := range []string{producer, distributor, shop} {
			u := m.x.users[kind]["viewer"]
			require.NotNil(t, u, kind)
			for i, got := range m.badly(u, r, id) {
				refused++
				if got.status != 403 && got.status != 404 {
					t.Errorf("%s as viewer of a %s, bad request %d: answered %d (is its right named in rights.go?): %.200s", r, kind, i, got.status, got.body)
				}
			}
		}
	}
	t.Logf("%d writes, %d bad requests refused", writes, refused)
	require.Greater(t, writes, 80)
}
