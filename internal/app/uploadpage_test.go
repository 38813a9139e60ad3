package app_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// send posts a form with files, which come by threes: field, name, content.
func (c *clicker) send(path string, form url.Values, files ...string) page {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, all := range form {
		for _, v := range all {
			require.NoError(c.t, w.WriteField(k, v))
		}
	}
	for i := 0; i+2 < len(files); i += 3 {
		f, err := w.CreateFormFile(files[i], files[i+1])
		require.NoError(c.t, err)
		_, err = f.Write([]byte(files[i+2]))
		require.NoError(c.t, err)
	}
	require.NoError(c.t, w.Close())
	return c.do("POST", path, &b, "Content-Type", w.FormDataContentType(), "Origin", c.p.url, "Sec-Fetch-Site", "same-origin")
}

// TestASheetIsUploadedByThePage: what is wrong with a file stands beside the form, and nothing has begun; a sheet is looked at first and
// applied once, however often it is sent; markup in a cell is text; nobody else comes by it, and no page says that it exists.
func TestASheetIsUploadedByThePage(t *testing.T) {
	m, sales := distributed(t)
	c := m.clickAs("sales@sebar.example")
	form := func() url.Values {
		t.Helper()
		out := c.get("/imports").fields("/imports")
		require.NotEmpty(t, out.Get("_csrf"))
		out.Set("map", "sales")
		return out
	}
	begun := func() (n int) {
		t.Helper()
		require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM job WHERE org = ?", sales.org).Scan(&n).Error)
		return n
	}
	before := begun()
	for name, files := range map[string][]string{"no file": nil, "an empty one": {"lines", "x.csv", ""}, "no sheet": {"lines", "x.csv", "\x00\x01\x02\x03 no sheet"},
		"a broken workbook": {"lines", "x.xlsx", "PK\x03\x04 and no more"}, "no mapping": {"lines", "x.csv", history, "mapping", "m.json", "{"},
		"a program": {"lines", "x.csv", "MZ\x90\x00\x03"}} {
		got := c.send("/imports", form(), files...)
		if got.status == 303 { // what only reading it shows is said on the page of the job
			job := strings.TrimPrefix(strings.Split(got.header.Get("Location"), "?")[0], "/imports/")
			done := sales.waitJob("/imports/" + job)
			require.NotEqual(t, "done", str(done["job"].(map[string]any), "status"), "%s: %v", name, done)
			got = c.get("/imports/" + job)
			require.Equal(t, 200, got.status, name)
			require.NotContains(t, got.text, `action="/imports/`+job+`/apply"`, name)
			before++
			continue
		}
		require.Equal(t, 422, got.status, "%s: %s", name, got.text)
		require.Contains(t, got.text, `action="/imports"`, "%s: the form is there again", name)
		require.Regexp(t, `is-invalid|role="alert"`, got.text, "%s: it says why", name)
	}
	require.Equal(t, before, begun(), "nothing has begun")
	old := form()
	old.Set("_csrf", strings.Repeat("x", 32))
	require.Equal(t, 403, c.send("/imports", old, "lines", "x.csv", history).status)

	ask := form()
	text := history + "H-009,1,2026-01-09,0042,<script>alert(1)</script>,ROB-250,Robusta,x,,1,0\n"
	up := c.send("/imports", ask, "lines", "sheet <b>.csv", text)
	require.Equal(t, 303, up.status, up.text)
	at := strings.Split(up.header.Get("Location"), "?")[0]
	require.Equal(t, up.header.Get("Location"), c.send("/imports", ask, "lines", "sheet <b>.csv", text).header.Get("Location"), "sent twice")
	require.Equal(t, before+1, begun())
	sales.waitJob(at)
	look := c.get(at)
	require.Equal(t, 200, look.status)
	require.NotContains(t, look.text, "<script>alert", "a cell is text")
	require.NotContains(t, look.text, "sheet <b>", "a name is text")
	require.Contains(t, look.text, html.EscapeString("<script>alert(1)</script>"))

	for email, status := range map[string]int{"owner@kopi.example": 404, "owner@toko.example": 404, "warehouse@sebar.example": 403} {
		other := m.clickAs(email)
		hidden, none := other.get(at), other.get("/imports/999999999")
		require.Equal(t, status, hidden.status, email)
		require.Equal(t, none.status, hidden.status, email)
		other.refused(t, at+"/apply")
		u := m.signIn(email)
		require.Equal(t, u.do("GET", "/imports/999999999", nil).status, u.do("GET", at, nil).status, "%s by the API", email)
		if status == 404 {
			require.NotContains(t, other.get("/imports").text, at)
		}
	}
	apply := look.fields(at + "/apply")
	require.NotEmpty(t, apply.Get("_key"), "the good rows can be taken")
	apply.Set("mode", "good")
	run := c.post(at+"/apply", apply)
	require.Equal(t, 303, run.status, run.text)
	require.Equal(t, run.header.Get("Location"), c.post(at+"/apply", apply).header.Get("Location"), "applied twice, done once")
	done := sales.waitJob("/imports/runs/" + strings.TrimPrefix(strings.Split(run.header.Get("Location"), "?")[0], "/imports/"))
	require.EqualValues(t, 3, done["summary"].(map[string]any)["applied_documents"], "%v", done)
	require.Equal(t, 200, c.get(strings.Split(run.header.Get("Location"), "?")[0]).status)
}

// refused holds that a write of somebody who may not, or to whom the thing is unknown, changes nothing.
func (c *clicker) refused(t *testing.T, path string) {
	t.Helper()
	form := c.get("/account").fields()
	form.Set("_key", strings.Repeat("6", 32))
	got := c.post(path, form)
	require.Contains(t, []int{403, 404}, got.status, path)
}
