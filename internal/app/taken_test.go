package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// said are the rows of the log that an organisation has of an action, and that each says what was before and after.
func (m *market) said(t *testing.T, org, action string) (changes []string) {
	t.Helper()
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COALESCE(changes, '') FROM audit WHERE org = ? AND action = ? ORDER BY id", org, action).Scan(&changes).Error)
	for _, c := range changes {
		require.Contains(t, c, `":[`, action)
	}
	return changes
}

// TestWhatIsTakenOutIsLogged: workbooks, files and printed papers leave a row of whoever took them, once; jobs that are asked for and
// cancelled too.
func TestWhatIsTakenOutIsLogged(t *testing.T) {
	m := newMarket(t, "delivery")
	job := m.seller.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202)
	m.seller.waitJob("/exports/" + str(job, "id"))
	require.Len(t, m.said(t, m.seller.org, "export.asked"), 1)
	require.Contains(t, m.said(t, m.seller.org, "export.asked")[0], "payment-sheet")
	require.Empty(t, m.said(t, m.seller.org, "export.fetched"))
	o := m.place(t, "2", "")
	file := m.buyer.sendFile("surat.txt", strings.NewReader("Surat"), "file-1", "document_kind", "order", "document", str(o, "id"))
	require.Equal(t, 201, file.status, file.text)
	for range 2 { // the second time within the hour says nothing new
		for _, path := range []string{"/exports/" + str(job, "id") + "/file", "/orders/" + str(o, "id") + "/pdf", "/files/" + str(file.body, "id") + "/content"} {
			req, err := http.NewRequest(http.MethodGet, m.url+"/api/v1"+path, nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+m.seller.token)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.Equal(t, 200, res.StatusCode, "%s: %s", path, body(t, res))
		}
	}
	for _, action := range []string{"export.fetched", "order.printed", "file.fetched"} {
		require.Len(t, m.said(t, m.seller.org, action), 1, action)
		require.Empty(t, m.said(t, m.buyer.org, action), action)
	}
	require.Equal(t, 409, m.seller.do("POST", "/jobs/"+str(job, "id")+"/cancel", nil).status)
	require.Empty(t, m.said(t, m.seller.org, "export.cancelled"), "it had ended")
}

// TestWrongPasswordsAreLoggedTogether: some hundred of them leave a handful of rows with their number, and of nobody none.
func TestWrongPasswordsAreLoggedTogether(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	for range 9 {
		require.NotEqual(t, http.StatusCreated, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "owner@kopi.example", "password": "wrong wrong wrong"}).status)
		_, err := m.DB.WriteSQL().Exec("UPDATE throttle SET last_us = last_us - 120000000") // its wait is over
		require.NoError(t, err)
		stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "nobody@kopi.example", "password": "wrong wrong wrong"})
	}
	require.Equal(t, []string{`{"wrong_passwords":[0,1]}`, `{"wrong_passwords":[1,2]}`, `{"wrong_passwords":[2,4]}`, `{"wrong_passwords":[4,8]}`}, m.said(t, m.seller.org, "session.refused"))
}

// TestTheLogOfLooksCannotBeMadeShorter: a look at what is shared stands in the chained log too, and verify misses it.
func TestTheLogOfLooksCannotBeMadeShorter(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	sharing := m.buyer.post("/sharing", map[string]any{"viewer": m.seller.org, "measure": "orders", "period": "day", "goods": "product", "place": "none", "delay_days": 1,
		"min_group": 1, "purpose": "x", "until": time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}, 201)
	m.seller.post("/sharing/"+str(sharing, "id")+"/accept", nil, 200)
	m.seller.get("/shared/" + str(sharing, "id"))
	require.Len(t, m.said(t, m.seller.org, "sharing.looked"), 1)
	said := func() (out []string) {
		r, err := m.Verify(t.Context(), nil)
		require.NoError(t, err)
		for _, p := range r.Problems {
			if strings.Contains(p.Where, "sharing") {
				out = append(out, p.Where+": "+p.What)
			}
		}
		return out
	}
	place := "sharing " + str(sharing, "id")
	for _, p := range said() {
		require.NotContains(t, p, place+":")
	}
	_, err := m.DB.WriteSQL().Exec("DELETE FROM sharing_look WHERE sharing = ?", str(sharing, "id"))
	require.NoError(t, err)
	require.Contains(t, said(), place+": 0 rows of looks, but the chained log says 1")
}
