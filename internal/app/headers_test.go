package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryRouteCarriesTheHeaders(t *testing.T) {
	p := open(t)
	f, err := p.Handler()
	require.NoError(t, err)
	n := 0
	seen := map[string]bool{}
	for _, r := range f.GetRoutes(true) {
		path := strings.NewReplacer(":", "1", "*", "x", "+", "x", "?", "").Replace(r.Path)
		if r.Method == http.MethodConnect || r.Method == http.MethodTrace || strings.HasSuffix(path, "/stream") || seen[r.Method+path] {
			continue
		}
		seen[r.Method+path] = true
		req, err := http.NewRequest(r.Method, p.url+path, nil)
		require.NoError(t, err)
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err, "%s %s", r.Method, path)
		res.Body.Close()
		n++
		h := res.Header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), "%s %s", r.Method, path)
		require.Equal(t, "DENY", h.Get("X-Frame-Options"), "%s %s", r.Method, path)
		require.NotEmpty(t, h.Get("Referrer-Policy"), "%s %s", r.Method, path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), "%s %s", r.Method, path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), "%s %s", r.Method, path)
		require.NotEmpty(t, h.Get("Permissions-Policy"), "%s %s", r.Method, path)
		csp := h.Get("Content-Security-Policy")
		require.Contains(t, csp, "default-src 'none'", "%s %s", r.Method, path)
		require.NotContains(t, csp, "unsafe", "%s %s", r.Method, path)
	}
	require.Greater(t, n, 100)
	t.Logf("%d routes", n)
}
