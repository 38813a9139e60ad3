package app_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/mail"
)

// sink is where the letters of a portal under test are kept.
func (p *portal) sink() *mail.Sink { return p.Config.Mail.(*mail.Sink) }

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}

func TestLettersAreShownWhereTheyAreNotSent(t *testing.T) {
	p := open(t)
	require.NoError(t, p.Mailer.Send(t.Context(), mail.Message{To: "ani@example.id", Lang: "en", Kind: "test", Args: map[string]string{"name": "<b>Ani"}, Link: "/find"}))
	_, ok := p.sink().Await("ani@example.id", 0, 5*time.Second)
	require.True(t, ok)
	status, page := fetch(t, p.url+"/_mail")
	require.Equal(t, 200, status)
	require.Contains(t, page, "A letter to try: &lt;b&gt;Ani")
	_, page = fetch(t, p.url+"/_mail?to=budi@example.id")
	require.NotContains(t, page, "A letter to try")

	req, err := http.NewRequest("GET", p.url+"/_mail", nil)
	require.NoError(t, err)
	req.Header.Set("X-Forwarded-For", "203.0.113.7")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 404, res.StatusCode, "letters are read at the machine itself, not through a proxy on it")

	sent := open(t, func(c *app.Config) { c.Mail = nil })
	status, _ = fetch(t, sent.url+"/_mail")
	require.NotEqual(t, 200, status, "elsewhere there is no such page")
}
