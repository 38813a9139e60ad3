package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/httpx"
)

// rows counts the rows of every table.
func (p *portal) rows(t *testing.T) map[string]int64 {
	t.Helper()
	sql := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if p.DB.Engine != "sqlite" {
		sql = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	var names []string
	require.NoError(t, p.DB.R(context.Background()).Raw(sql).Scan(&names).Error)
	out := map[string]int64{}
	for _, n := range names {
		var rows []int64
		require.NoError(t, p.DB.ReadSQL().QueryRow("SELECT COUNT(*) FROM "+n).Scan(newCount(&rows)))
		out[n] = rows[0]
	}
	return out
}

type counted struct{ into *[]int64 }

func newCount(into *[]int64) *counted { return &counted{into} }

// Scan keeps the number.
func (c *counted) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		_, err := fmt.Sscan(fmt.Sprintf("%s", v), &n)
		if err != nil {
			return err
		}
	}
	*c.into = append(*c.into, n)
	return nil
}

var parameter = regexp.MustCompile(`:\w+`)

// TestLongNothingChangesByGET asks for every page and every address of the API that is read, and finds every table as it was: with
// documents of one's own, with another's, signed in and not. A look at what somebody shares is written down, and what is printed or
// taken out; nothing else.
func TestLongNothingChangesByGET(t *testing.T) {
	at := dbtest.Ready(t)
	first := open(t, func(c *app.Config) { c.DB = at })
	r := newRealm(t, first, "SATU")
	other := newRealm(t, first, "DUA")
	require.NoError(t, first.stop())
	p := beside(t, at) // nobody works in the background
	own := r.users[producer]["owner"]
	c := p.clickAs(own.email)
	f, err := p.Handler()
	require.NoError(t, err)
	rows := func() map[string]int64 {
		all := p.rows(t)
		delete(all, "sharing_look")
		var written int64
		require.NoError(t, p.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE action = 'sharing.looked' OR action LIKE '%.printed' OR action LIKE '%.fetched'").Scan(&written).Error)
		all["audit"] -= written
		return all
	}
	before, n := rows(), 0
	for _, route := range f.GetRoutes(true) {
		if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "/stream") || strings.Contains(route.Path, "*") {
			continue
		}
		of := func(ids map[string]string) string {
			segments := strings.Split(strings.TrimPrefix(route.Path, "/api/v1"), "/")
			id := "1"
			if len(segments) > 1 && ids[segments[1]] != "" {
				id = ids[segments[1]]
			}
			return parameter.ReplaceAllString(strings.TrimSuffix(route.Path, "?"), id)
		}
		for _, path := range slices.Compact([]string{of(r.ids), of(other.ids)}) {
			for _, method := range []string{"GET", "HEAD"} {
				for _, header := range [][]string{{"Authorization", "Bearer " + own.token}, {"Cookie", ""}} {
					got := c.do(method, path+"?done=x&side=selling&q=a", nil, header...)
					require.Less(t, got.status, 500, "%s %s: %s", method, path, got.text)
					n++
				}
			}
		}
	}
	after := rows()
	require.Equal(t, before, after)
	require.Greater(t, n, 300)
	t.Logf("%d requests, %d tables as they were", n, len(after))
}

// TestNoWriteFromElsewhere sends every form of the pages as another site's page could, and as none of ours does.
func TestNoWriteFromElsewhere(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	c := m.clickAs("owner@toko.example")
	f, err := m.Handler()
	require.NoError(t, err)
	token := c.get("/").fields().Get("_csrf")
	require.NotEmpty(t, token)
	const form = "application/x-www-form-urlencoded"
	before, n := m.rows(t), 0
	for _, route := range f.GetRoutes(true) {
		if route.Method != http.MethodPost || strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		path := parameter.ReplaceAllString(route.Path, "1")
		right := url.Values{"_csrf": {token}, "name": {"x"}}.Encode()
		for name, h := range map[string]struct {
			body   string
			header []string
		}{
			"another site's form":   {right, []string{"Content-Type", form, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}},
			"a sister site's form":  {right, []string{"Content-Type", form, "Sec-Fetch-Site", "same-site"}},
			"an origin alone":       {right, []string{"Content-Type", form, "Origin", "https://evil.example"}},
			"a hidden origin":       {right, []string{"Content-Type", form, "Origin", "null"}},
			"an origin like ours":   {right, []string{"Content-Type", form, "Origin", m.url + ".evil.example"}},
			"no token":              {"name=x", []string{"Content-Type", form, "Origin", m.url, "Sec-Fetch-Site", "same-origin"}},
			"no origin, no token":   {"name=x", []string{"Content-Type", form}},
			"another's token":       {url.Values{"_csrf": {strings.Repeat("a", len(token))}}.Encode(), []string{"Content-Type", form}},
			"text":                  {right, []string{"Content-Type", "text/plain"}},
			"no type":               {right, nil},
			"JSON":                  {`{"_csrf":"` + token + `"}`, []string{"Content-Type", "application/json"}},
			"the token in the path": {"name=x", []string{"Content-Type", form, "X-Note", "?_csrf=" + token}},
		} {
			to := path
			if name == "the token in the path" {
				to += "?_csrf=" + url.QueryEscape(token)
			}
			got := c.do("POST", to, strings.NewReader(h.body), h.header...)
			require.Equal(t, http.StatusForbidden, got.status, "%s by %s: %s", path, name, got.text)
			n++
		}
	}
	require.Equal(t, before, m.rows(t), "nothing was done, and nobody was signed out")
	require.Equal(t, 200, c.get("/").status)
	t.Logf("%d refused", n)
	require.Greater(t, n, 500)

	// The cookie of a session opens nothing of the API, so that no form of another site can either.
	for _, path := range []string{"/api/v1/orders", "/api/v1/me/password", "/api/v1/sessions/current"} {
		for _, method := range []string{"POST", "GET", "DELETE"} {
			require.Contains(t, []int{401, 404, 405}, c.do(method, path, strings.NewReader("{}"), "Content-Type", "text/plain").status)
		}
	}
}

// TestASessionIsNeverTheSendersChoice: what a browser brings is never what it leaves with.
func TestASessionIsNeverTheSendersChoice(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	chosen := strings.Repeat("c", 43)
	at, err := url.Parse(m.url)
	require.NoError(t, err)
	c := m.click()
	plant := func(value string) {
		c.web.Jar.SetCookies(at, []*http.Cookie{{Name: "saluran_session", Value: value, Path: "/"}})
	}
	enter := func(prior string) string {
		c.web.Jar.SetCookies(at, []*http.Cookie{{Name: "saluran_session", Path: "/", MaxAge: -1}})
		form := c.get("/sign-in").fields()
		plant(prior)
		form.Set("email", "owner@toko.example")
		form.Set("password", password)
		got := c.post("/sign-in", form)
		require.Equal(t, http.StatusSeeOther, got.status, got.text)
		for _, x := range got.header.Values("Set-Cookie") {
			if strings.HasPrefix(x, "saluran_session=") {
				require.Contains(t, x, "HttpOnly")
				require.Contains(t, x, "SameSite=Lax")
			}
		}
		return c.cookie("saluran_session")
	}
	open := func(token string) bool {
		s := m.click()
		s.web.Jar.SetCookies(at, []*http.Cookie{{Name: "saluran_session", Value: token, Path: "/"}})
		return s.get("/orders").status == 200
	}
	plant(chosen)
	require.Equal(t, http.StatusSeeOther, c.get("/orders").status)
	first := enter(chosen)
	require.NotEqual(t, chosen, first)
	require.Len(t, first, 43, "256 bits")
	require.False(t, open(chosen), "what was planted opens nothing")
	require.True(t, open(first))
	second := enter(first)
	require.NotEqual(t, first, second, "rotated at each sign-in")
	require.False(t, open(first), "and what was before has ended")
	// An attacker's own open session, planted into a browser, ends where somebody signs in over it.
	theirs := m.clickAs("owner@kopi.example").cookie("saluran_session")
	require.True(t, open(theirs))
	third := enter(theirs)
	require.False(t, open(theirs))
	var kept int64
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM session WHERE token_hash = ?", []byte(third)).Scan(&kept).Error)
	require.Zero(t, kept, "tokens are not stored")

	out := c.post("/sign-out", url.Values{"_csrf": {c.get("/").fields().Get("_csrf")}})
	require.Equal(t, http.StatusSeeOther, out.status)
	require.False(t, open(third), "signed out is signed out, whoever kept the cookie")
}

// TestClosedAccountsAreOutAtOnce: with the next request, over pages and API.
func TestClosedAccountsAreOutAtOnce(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	person := m.seller.joins("sales@kopi.example", "Ani", "sales")
	u, c := m.signIn("sales@kopi.example"), m.clickAs("sales@kopi.example")
	u.get("/orders")
	require.Equal(t, 200, c.get("/orders").status)
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
		if err := m.DB.W(ctx).Exec("UPDATE person SET active = ? WHERE id = ?", false, person).Error; err != nil {
			return err
		}
		return m.DB.BumpMaster(ctx)
	}))
	require.Equal(t, 401, u.do("GET", "/orders", nil).status)
	require.Equal(t, http.StatusSeeOther, c.get("/orders").status)
}

// TestWhatIsTooMuchIsRefused: over real HTTP, by the program's own server; afterwards it answers as before.
func TestWhatIsTooMuchIsRefused(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	before := m.rows(t)
	for name, c := range map[string]struct {
		body   string
		status []int
	}{
		"depth of lists":   {strings.Repeat("[", 500_000), []int{400, 422}},
		"depth of objects": {strings.Repeat(`{"a":`, 300_000) + "1" + strings.Repeat("}", 300_000), []int{400, 422}},
		"depth inside":     {`{"seller":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + `}`, []int{400, 422}},
		"50 MB":            {`{"reference":"` + strings.Repeat("x", 50<<20) + `"}`, []int{413}},
		"two objects":      {`{"seller":"1"}{"seller":"2"}`, []int{400, 422}},
		"no JSON":          {"\x00\xff", []int{400, 422}},
		"a huge number":    {`{"lines":[{"product":"1","qty":` + strings.Repeat("9", 1_000_000) + `}]}`, []int{400, 422}},
	} {
		began := time.Now()
		a := m.buyer.do("POST", "/orders", c.body)
		require.Contains(t, c.status, a.status, "%s: %.200s", name, a.text)
		require.Less(t, time.Since(began), 10*time.Second, name)
		require.NotEmpty(t, str(a.body, "code"), name)
	}
	require.Equal(t, before, m.rows(t))
	m.place(t, "1", "")
}

// TestTooManyRequestsHearWhen: a page and a sentence, and everybody else goes on.
func TestTooManyRequestsHearWhen(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers, c.Rate = true, httpx.Rate{Account: 4} })
	c := m.clickAs("owner@toko.example")
	var last page
	for range 400 {
		if last = c.get("/orders"); last.status != 200 {
			break
		}
	}
	require.Equal(t, http.StatusTooManyRequests, last.status, last.text)
	require.Contains(t, last.text, "Too many requests. Wait")
	require.NotEmpty(t, last.header.Get("Retry-After"))
	require.NotContains(t, last.text, "Toko Satu", "the answer asks nothing of the database")
	a := m.buyer.do("POST", "/orders", map[string]any{})
	for i := 0; i < 200 && a.status != 429; i++ { // a slow machine has let the window slide on
		a = m.buyer.do("POST", "/orders", map[string]any{})
	}
	require.Equal(t, []any{429, "request.rate"}, []any{a.status, str(a.body, "code")}, "another session of the same person: %s", a.text)
	require.Contains(t, a.text, "Nothing was saved")
	require.Equal(t, 200, m.signIn("owner@kopi.example").do("GET", "/orders", nil).status, "another goes on")
	res, err := http.Get(m.url + "/metrics")
	require.NoError(t, err)
	require.Contains(t, body(t, res), `saluran_rate_refused_total{by="account"}`)
}

// TestHTTPSAlways: a portal that is reached by https says so with every answer, those of the API among them.
func TestHTTPSAlways(t *testing.T) {
	p := open(t, func(c *app.Config) { c.URL, c.NoWorkers = "https://portal.example", true })
	for _, path := range []string{"/", "/sign-in", "/api/v1/orders", "/api/openapi.json", "/healthz", "/nothing", "/api/nothing"} {
		res, err := http.DefaultTransport.RoundTrip(must(http.NewRequest("GET", p.url+path, bytes.NewReader(nil))))
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, "max-age=31536000", res.Header.Get("Strict-Transport-Security"), path)
	}
}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}
