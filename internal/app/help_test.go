package app_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"saluran/internal/help"
	"saluran/internal/i18n"
)

// TestEveryPageHasItsHelp: the question mark of each page leads to a topic that there is.
func TestEveryPageHasItsHelp(t *testing.T) {
	p := open(t)
	f, err := p.Handler()
	require.NoError(t, err)
	for _, r := range f.GetRoutes(true) {
		if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/assets/") || strings.HasPrefix(r.Path, "/help") {
			continue
		}
		if why := elsewhere[r.Path]; strings.Contains(r.Path, ".") || why == "a file" || why == "a stream" || why == "for machines" || why == "leads on" || why == "a part of a page" {
			continue
		}
		if strings.HasPrefix(r.Path, "/_") {
			continue
		}
		topic, ok := help.Of(r.Path)
		assert.True(t, ok, "no topic is named for %s: see internal/help/routes.go", r.Path)
		_, there := help.Get(i18n.ID, topic)
		assert.True(t, there || topic == help.Keyboard, "%s leads to %q, which is no topic", r.Path, topic)
	}
}

// TestHelpIsReadByEverybody: each topic in both languages by who is signed in, by anybody those of coming in; what is no topic is not
// found, and is not told from the others by who is not signed in.
func TestHelpIsReadByEverybody(t *testing.T) {
	m := newMarket(t, "delivery")
	b := m.enter("owner@toko.example")
	see := func(c *http.Client, path string) (int, string) {
		res, err := c.Get(m.url + path)
		require.NoError(t, err)
		return res.StatusCode, body(t, res)
	}
	_, index := see(b, "/help")
	require.Contains(t, index, `href="/help/keyboard"`)
	for _, x := range help.All(i18n.EN) {
		require.Contains(t, index, `href="/help/`+x.Key+`"`)
		status, said := see(b, "/help/"+x.Key)
		require.Equal(t, 200, status, x.Key)
		require.True(t, strings.Contains(said, "<h1>"+html.EscapeString(x.Title)+"</h1>") && strings.Contains(said, `<h2 id="`), x.Key)
		require.False(t, strings.Contains(said, ">help."), "a word is missing: %s", x.Key)
	}
	status, _ := see(b, "/help/nothing")
	require.Equal(t, 404, status)
	_, orders := see(b, "/orders")
	require.Contains(t, orders, `href="/help/orders"`)

	nobody := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	_, signIn := see(nobody, "/sign-in")
	require.Contains(t, signIn, `href="/help/sign-in"`)
	for _, path := range []string{"/help", "/help/sign-in", "/help/words"} {
		status, _ := see(nobody, path)
		require.Equal(t, 200, status, path)
	}
	for _, path := range []string{"/help/orders", "/help/nothing", "/help/keyboard"} {
		status, _ := see(nobody, path)
		require.Equal(t, 303, status, path)
	}
}
