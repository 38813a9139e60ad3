package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// clicker is somebody at the pages, without a script: it keeps cookies, fills the forms that it is shown and follows no redirect.
type clicker struct {
	t   testing.TB
	p   *portal
	web *http.Client
}

type page struct {
	status int
	header http.Header
	text   string
}

func (p *portal) click() *clicker {
	jar, err := cookiejar.New(nil)
	require.NoError(p.t, err)
	return &clicker{p.t, p, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// clickAs is click, signed in.
func (p *portal) clickAs(email string) *clicker {
	c := p.click()
	form := c.get("/sign-in").fields()
	form.Set("email", email)
	form.Set("password", password)
	got := c.post("/sign-in", form)
	require.Equal(p.t, http.StatusSeeOther, got.status, got.text)
	return c
}

func (c *clicker) do(method, path string, body io.Reader, header ...string) page {
	c.t.Helper()
	req, err := http.NewRequest(method, c.p.url+path, body)
	require.NoError(c.t, err)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(header); i += 2 {
		if req.Header.Del(header[i]); header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	res, err := c.web.Do(req)
	require.NoError(c.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return page{res.StatusCode, res.Header, string(text)}
}

func (c *clicker) get(path string) page { c.t.Helper(); return c.do("GET", path, nil) }

// post sends a form as a browser does.
func (c *clicker) post(path string, form url.Values, header ...string) page {
	c.t.Helper()
	return c.do("POST", path, strings.NewReader(form.Encode()),
		append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", c.p.url, "Sec-Fetch-Site", "same-origin"}, header...)...)
}

func (c *clicker) cookie(name string) string {
	at, err := url.Parse(c.p.url)
	require.NoError(c.t, err)
	for _, x := range c.web.Jar.Cookies(at) {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

var (
	inputs   = regexp.MustCompile(`<input[^>]*>`)
	nameIs   = regexp.MustCompile(` name="([^"]+)"`)
	valueIs  = regexp.MustCompile(` value="([^"]*)"`)
	hidden   = regexp.MustCompile(` type="hidden"`)
	entities = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// form is the part of a page that is the form with this action.
func (p page) form(action string) string {
	for _, f := range strings.Split(p.text, "<form")[1:] {
		f, _, _ = strings.Cut(f, "</form>")
		if head, _, _ := strings.Cut(f, ">"); strings.Contains(head, `action="`+action+`"`) {
			return f
		}
	}
	return ""
}

// fields are the hidden fields of the page's forms, or of the form with an action.
func (p page) fields(action ...string) url.Values {
	text, out := p.text, url.Values{}
	if len(action) > 0 {
		text = p.form(action[0])
	}
	for _, in := range inputs.FindAllString(text, -1) {
		if n, v := nameIs.FindStringSubmatch(in), valueIs.FindStringSubmatch(in); n != nil && v != nil && hidden.MatchString(in) {
			if len(action) > 0 {
				out.Add(n[1], entities.Replace(v[1]))
			} else {
				out.Set(n[1], entities.Replace(v[1]))
			}
		}
	}
	return out
}
