package app_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ofHeader are headers that say when, and how long the answer is.
var ofHeader = []string{"date", "content-length", "etag"}

// alike holds two answers against each other, whole: status, headers and body, but for the id that was asked for and the key of a
// form. (Every request of the matrix has the same number.)
func alike(got, none reply, id string) bool {
	return got.status == none.status && plain(got.where, id) == plain(none.where, nothing) && plain(got.body, id) == plain(none.body, nothing) &&
		headers(got.header, id) == headers(none.header, nothing)
}

// difference is where two answers begin to differ.
func difference(got, none reply, id string) string {
	a := fmt.Sprint(got.status, " ", plain(got.where, id), "\n", headers(got.header, id), "\n", plain(got.body, id))
	b := fmt.Sprint(none.status, " ", plain(none.where, nothing), "\n", headers(none.header, nothing), "\n", plain(none.body, nothing))
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return fmt.Sprintf("%q, %q", a[max(0, at-60):min(len(a), at+60)], b[max(0, at-60):min(len(b), at+60)])
}

func plain(text, id string) string {
	text = unrung(text)
	const key, length = `name="_key" value="`, 32
	for at := strings.Index(text, key); at >= 0; at = strings.Index(text, key) {
		end := min(len(text), at+len(key)+length)
		text = text[:at] + text[end:]
	}
	if _, after, ok := strings.Cut(text, "deliveries/"); ok { // the second id of a path is the same in both
		text = text[:len(text)-len(after)] + strings.TrimLeft(after, "0123456789")
	}
	return numbered(text, id)
}

// listened is what a page says of the bell where it listens for the next notice.
var listened = regexp.MustCompile(`(/live/stream\?bell=)\d+`)

// unrung leaves the bell out of a page: how many notices its reader has not seen yet, which a worker brings in its own time.
func unrung(text string) string {
	before, bell, ok := strings.Cut(text, `<a id="bell"`)
	if !ok {
		return text
	}
	_, after, _ := strings.Cut(bell, "</a>")
	return listened.ReplaceAllString(before+after, "$1")
}

// numbered puts N for a number wherever it stands by itself, and not as a part of another word: the name of a style sheet has figures too.
func numbered(text, id string) string {
	var b strings.Builder
	part := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	for {
		at := strings.Index(text, id)
		if id == "" || at < 0 {
			return b.String() + text
		}
		end := at + len(id)
		whole := (at == 0 || !part(text[at-1])) && (end == len(text) || !part(text[end]))
		b.WriteString(text[:at])
		if whole {
			b.WriteString("N")
		} else {
			b.WriteString(id)
		}
		text = text[end:]
	}
}

func headers(text, id string) string {
	var out []string
	for _, line := range strings.Split(text, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		if !slices.Contains(ofHeader, strings.ToLower(name)) {
			out = append(out, plain(line, id))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestAnswersAreHeldWhole: two answers that differ in anything but the request itself are not alike.
func TestAnswersAreHeldWhole(t *testing.T) {
	page := reply{404, "", `<p>No 812.</p><input name="_key" value="0123456789abcdef0123456789abcdef">`, "HTTP/1.1 404 Not Found\r\nDate: now\r\nContent-Type: text/html"}
	same := reply{404, "", `<p>No 999999999.</p><input name="_key" value="fedcba9876543210fedcba9876543210">`, "HTTP/1.1 404 Not Found\r\nDate: then\r\nContent-Type: text/html"}
	if !alike(page, same, "812") {
		t.Error("the same of two ids")
	}
	if got := numbered("812 app.f812c.js 8123 1812 SO-812,812", "812"); got != "N app.f812c.js 8123 1812 SO-N,N" {
		t.Error(got)
	}
	for what, change := range map[string]func(*reply){
		"status": func(r *reply) { r.status = 403 }, "where": func(r *reply) { r.where = "/x" }, "a word": func(r *reply) { r.body += " It is confirmed." },
		"a field": func(r *reply) { r.body = strings.Replace(r.body, "No", `{"version":2}`, 1) }, "another id": func(r *reply) { r.body += "813" },
		"a header": func(r *reply) { r.header += "\r\nX-Version: 2" }, "a header's value": func(r *reply) { r.header = strings.Replace(r.header, "text/html", "text/plain", 1) },
	} {
		other := same
		change(&other)
		if alike(page, other, "812") {
			t.Errorf("%s may differ", what)
		}
	}
}
