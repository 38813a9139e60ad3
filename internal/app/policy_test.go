package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBrowserHearsOfThePolicy: the walks fail where a page holds what its content policy forbids. Here is a page with the policy of the
// portal and everything that it must not let run, and each of that is heard.
func TestBrowserHearsOfThePolicy(t *testing.T) {
	path := chromium(t)
	p := open(t)
	policy := p.click().get("/sign-in").header.Get("Content-Security-Policy")
	require.NotEmpty(t, policy)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<!DOCTYPE html><html lang="en"><title>x</title><link rel="icon" href="data:,"><style>p { color: red }</style><p style="color: red" onclick="ran = 1">x</p><script>ran = 1</script>
			<script src="data:text/javascript,ran=1"></script><base href="https://elsewhere.example/"></html>`))
	}))
	t.Cleanup(s.Close)
	v := (&walk{t: t, url: s.URL, ctx: launch(t, path)}).visit(t)
	v.page("/")
	ask[bool](v, `(document.querySelector('p').click(), true)`)
	require.False(t, ask[bool](v, `'ran' in window`))
	heard := func(what string) bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return strings.Contains(strings.Join(v.said, "\n"), "the content policy forbids "+what+":")
	}
	for _, what := range []string{"style-src-elem", "style-src-attr", "script-src-elem", "script-src-attr", "base-uri"} {
		require.Eventually(t, func() bool { return heard(what) }, 10*time.Second, 20*time.Millisecond, "%s in %v", what, v.said)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said = nil
}
