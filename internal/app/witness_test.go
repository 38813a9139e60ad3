package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
)

// unlogged are writes that leave no row of who did what, and why.
var unlogged = map[string]string{
	"POST /account/fresh": "asks, and changes nothing", "POST /account/passkeys/begin": begins, "POST /account/totp/begin": begins, "POST /language": "a cookie",
	"POST /counter/pick": computes, "POST /counter/total": computes,
	"POST /api/v1/glass/end": "no glass is broken", "POST /glass/end": "no glass is broken", "POST /api/v1/seals": "a seal is signed and kept, and says when; the portal makes it",
	"POST /api/v1/join/application": applies, "POST /api/v1/join/application/answer": applies, "POST /api/v1/join/application/confirm": applies,
	"POST /api/v1/join/application/withdraw": applies, "POST /api/v1/join/applications": applies, "POST /application/:token/answer": applies,
	"POST /application/:token/confirm": applies, "POST /application/:token/withdraw": applies, "POST /join/:token": applies,
	"POST /orders/{id}/messages/read": marks, "POST /shipments/{id}/messages/read": marks, "POST /invoices/{id}/messages/read": marks, "POST /payments/{id}/messages/read": marks,
	"POST /notices/read": marks, "POST /notices/unread": marks, "POST /api/v1/notices/read": marks, "POST /api/v1/notices/unread": marks,
	"POST /api/v1/orders/{id}/messages/read": marks, "POST /api/v1/shipments/{id}/messages/read": marks, "POST /api/v1/invoices/{id}/messages/read": marks,
	"POST /api/v1/payments/{id}/messages/read": marks,
	"POST /api/v1/own-data/letter":             "a letter goes to whom it concerns, and nothing is changed",
	"POST /api/v1/join/invitation":             computes, "POST /api/v1/join/invitation/accept": "it is another who is invited: person.added is that person's",
	"POST /api/v1/links/{id}/accept": "it is accepted already: TestTwoHundredAcceptOnce", "POST /links/{id}/accept": "it is accepted already: TestTwoHundredAcceptOnce",
}

const (
	marks    = "how far somebody has read is nobody else's business"
	begins   = "a ceremony begins, and nothing is changed"
	computes = "only looks and computes"
	refused  = "who does not sell confirms nothing: the row says so"
	applies  = "who applies is nobody of the portal: the application keeps what was said and when"
)

// again are writes that succeed a second time without doing anything, and then leave no row.
var again = map[string]string{
	"POST /api/v1/bulk": refused, "POST /lists/:list/act": refused,
	"POST /api/v1/carts": "the basket is there already", "PUT /api/v1/links/{id}": "the other side leaves it as it is", "POST /links/{id}": "the other side leaves it as it is",
	"POST /agreements/{id}/accept": "one's own side has accepted it", "POST /api/v1/agreements/{id}/accept": "one's own side has accepted it",
}

// witness notes what the log says of a write that somebody just made: rows of that person, for its organisation, of a thing or
// a journal.
func (m *matrix) witness(r route, u *user, since clock.Instant) {
	m.Helper()
	a, _, err := m.p.Identity.Actor(m.Context(), u.token)
	require.NoError(m, err)
	var rows []struct {
		Action   string
		Doc, Seq int64
	}
	require.NoError(m, m.p.DB.R(m.Context()).Raw("SELECT action, doc, COALESCE(seq, 0) AS seq FROM audit WHERE org = ? AND person = ? AND at_us >= ?", a.Org, a.Person, since).Scan(&rows).Error)
	said := ""
	for _, row := range rows {
		if (row.Doc != 0 || row.Seq != 0) && row.Action != "" {
			said += " " + row.Action
		}
	}
	m.marks[r.String()] = append(m.marks[r.String()], strings.TrimSpace(said))
}

// audited fails on a write that succeeded and left no row, unless it is named with a reason.
func (m *matrix) audited(t *testing.T, all []route) {
	writes, actions := 0, map[string]bool{}
	for _, r := range all {
		for _, said := range m.marks[r.String()] {
			writes++
			if why := unlogged[r.String()]; (said == "") != (why != "") && !(said == "" && again[r.String()] != "" && strings.Join(m.marks[r.String()], "") != "") {
				t.Errorf("%s: the log says %q of who did it, and it is to say nothing because %q", r, said, why)
			}
			for _, action := range strings.Fields(said) {
				actions[action] = true
			}
		}
		if unlogged[r.String()] != "" && m.marks[r.String()] == nil {
			t.Errorf("%s is named, and was never made", r)
		}
	}
	for name := range unlogged {
		require.True(t, strings.Contains(fmt.Sprint(all), name), "%s is no route", name)
	}
	t.Logf("%d writes of %d routes, %d kinds of rows", writes, len(m.marks), len(actions))
	require.Greater(t, writes, 150)
}
