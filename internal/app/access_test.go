package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/httpx"
	"saluran/internal/mail"
	"saluran/policies"
)

// beside is another instance of the program on the database of p.
func beside(t *testing.T, url string, change ...func(*app.Config)) *portal {
	t.Helper()
	c := app.Config{DB: url, Log: dbtest.Log(), Mail: &mail.Sink{}, NoWorkers: true}
	for _, f := range change {
		f(&c)
	}
	a, err := app.Open(context.Background(), c)
	require.NoError(t, err)
	l, err := httpx.Listen("127.0.0.1:0")
	require.NoError(t, err)
	serving, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(serving, l) }()
	t.Cleanup(func() { cancel(); <-ended; a.Close() })
	return &portal{App: a, t: t, url: "http://" + l.Addr().String()}
}

// at is the same session at another instance.
func (u *user) at(p *portal) *user { return &user{p: p, token: u.token, org: u.org} }

// TestRevocationHoldsOnEveryInstanceWithTheNextRequest: what one instance takes away, another does not give once more. There is
// no waiting in this test: a cache that lags by a moment fails it.
func TestRevocationHoldsOnEveryInstanceWithTheNextRequest(t *testing.T) {
	url := dbtest.Ready(t)
	one := open(t, func(c *app.Config) { c.DB, c.Publish = url, true })
	two := beside(t, url)
	owner := one.signIn("owner@kopi.example")
	made := owner.joins("budi@kopi.example", "Budi Dua", "finance")
	there := two.signIn("budi@kopi.example")
	can := func(path string, want int) {
		t.Helper()
		require.Equal(t, want, there.do("GET", path, nil).status, path)
	}
	give := func(role string) {
		t.Helper()
		a := owner.do("PUT", "/people/"+made+"/role", map[string]any{"role": role})
		require.Less(t, a.status, 300, a.text)
	}
	for range 5 {
		can("/invoices", 200)
		give("warehouse")
		can("/invoices", 403)
		give("finance")
	}
	own := owner.post("/roles", map[string]any{"name": "Book keeper", "grants": []map[string]string{{"relation": "seller", "object": "invoice", "action": "read"}}}, 201)
	give(str(own, "role"))
	can("/invoices", 200)
	can("/payments", 403)
	version := fmt.Sprint(own["version"])
	for range 3 {
		a := owner.do("PUT", "/roles/"+str(own, "id"), map[string]any{"name": "Book keeper", "grants": []map[string]string{{"relation": "seller", "object": "payment", "action": "read"}}}, "If-Match", `"`+version+`"`)
		require.Equal(t, 200, a.status, a.text)
		can("/invoices", 403)
		can("/payments", 200)
		a = owner.do("PUT", "/roles/"+str(own, "id"), map[string]any{"name": "Book keeper", "grants": []map[string]string{{"relation": "seller", "object": "invoice", "action": "read"}}}, "If-Match", `"`+fmt.Sprint(a.body["version"])+`"`)
		require.Equal(t, 200, a.status, a.text)
		version = fmt.Sprint(a.body["version"])
		can("/invoices", 200)
		can("/payments", 403)
	}
	give("")
	can("/invoices", 401)

	// A session that ends at one instance has ended at the other.
	again := two.signIn("owner@kopi.example")
	require.Equal(t, 200, again.do("GET", "/me", nil).status)
	require.Less(t, again.at(one).do("DELETE", "/sessions/current", nil).status, 300)
	require.Equal(t, 401, again.do("GET", "/me", nil).status)
}

// TestOperatorsChangeGrantsWhileThePortalRuns: a directory of text; what is wrong in it names its line and changes nothing; what is
// right holds on every instance with the next request.
func TestOperatorsChangeGrantsWhileThePortalRuns(t *testing.T) {
	dir, url := t.TempDir(), dbtest.Ready(t)
	file := filepath.Join(dir, "grants.csv")
	put := func(text string) { t.Helper(); require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	put(policies.Grants)
	one := open(t, func(c *app.Config) { c.DB, c.Publish, c.Policies = url, true, dir })
	two := beside(t, url)
	owner := one.signIn("owner@kopi.example")
	owner.joins("v@kopi.example", "V", "viewer")
	there := two.signIn("v@kopi.example")
	require.Equal(t, http.StatusForbidden, there.do("GET", "/people", nil).status)
	put(policies.Grants + "p, viewer, own, person, read, allow\n")
	require.NoError(t, one.ReloadPolicies(t.Context()))
	require.Equal(t, http.StatusOK, there.do("GET", "/people", nil).status)
	require.EqualValues(t, 2, two.Gate.PolicyVersion())
	put(policies.Grants + "p, viewer, own, people, read, allow\n")
	err := one.ReloadPolicies(t.Context())
	require.ErrorContains(t, err, file+", line ")
	require.ErrorContains(t, err, "unknown object people")
	require.Equal(t, http.StatusOK, there.do("GET", "/people", nil).status)
	_, err = app.Open(t.Context(), app.Config{DB: url, Log: slog.New(slog.DiscardHandler), NoWorkers: true, Publish: true, Policies: dir})
	require.ErrorContains(t, err, "unknown object people", "and it does not start")
	put(policies.Grants)
	require.NoError(t, one.ReloadPolicies(t.Context()))
	require.Equal(t, http.StatusForbidden, there.do("GET", "/people", nil).status)
}
