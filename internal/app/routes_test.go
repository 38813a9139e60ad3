package app_test

import (
	"cmp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// route is an operation of the API or a page.
type route struct {
	method, path string
	op           *openapi3.Operation // nil for a page
}

func (r route) String() string { return r.method + " " + r.path }

// thing is what stands before a path's id: what kind of id belongs there.
func (r route) thing() string {
	before, after, ok := strings.Cut(r.path, "/{id}")
	before = strings.Trim(strings.TrimPrefix(before, "/api/v1"), "/")
	switch {
	case !ok:
		return ""
	case r.op != nil && before+after == "people/remove":
		return "leavers" // the pages still need the others
	case before+after == "orgs/representatives":
		return distributor // whom one deals with
	case r.op == nil && before+after == "files":
		return "exported"
	case before+after == "orgs/erase":
		return "consumers"
	}
	return cmp.Or(map[string]string{"partners": "links", "prices": "price-lists", "banks": "bank-accounts", "m/visits": "visits", "imports/:run": "imports/runs"}[before], before)
}

// routes are all operations of the document and all routes of the pages.
func (m *matrix) routes() (out []route) {
	for path, item := range contract().Paths.Map() {
		for method, op := range item.Operations() {
			out = append(out, route{method, "/api/v1" + strings.ReplaceAll(path, "{seq}", "{id}"), op})
		}
	}
	h, err := m.p.Handler()
	require.NoError(m, err)
	seen := map[string]bool{}
	for _, x := range h.GetRoutes(true) {
		path := strings.NewReplacer(":id", "{id}", ":delivery", "{delivery}").Replace(x.Path)
		if strings.HasPrefix(path, "/api/") || strings.ContainsAny(path, "*") || (x.Method != "GET" && x.Method != "POST") || seen[x.Method+path] || strings.Contains(path, ":file") {
			continue
		}
		seen[x.Method+path] = true
		out = append(out, route{x.Method, path, nil})
	}
	slices.SortFunc(out, func(a, b route) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return out
}

// linked says that a route is for those who hold the link of a letter, or of a page on which one applies.
func (r route) linked() bool {
	for _, start := range []string{"/join/", "/api/v1/join/", "/invite/", "/application/"} {
		if strings.HasPrefix(r.path, start) {
			return true
		}
	}
	return false
}

// ends says that a route ends what the asker itself needs to go on.
func (r route) ends() bool {
	return strings.Contains(r.path, "session") || strings.Contains(r.path, "password") || strings.HasSuffix(r.path, "/sign-out") || strings.HasSuffix(r.path, "/me/org") || strings.HasSuffix(r.path, "/leave") || strings.HasSuffix(r.path, "/erase") && !strings.Contains(r.path, "{id}") || strings.HasSuffix(r.path, "/switch")
}

// public are the routes that need no signing in.
var public = []string{"POST /api/v1/sessions", "GET /sign-in", "POST /sign-in", "POST /language", "GET /_mail", "GET /healthz", "GET /readyz",
	"GET /metrics", "GET /.well-known/saluran-seals.json", "POST /api/v1/join/application/answer", "POST /api/v1/join/application/confirm", "POST /api/v1/join/application/withdraw",
	"POST /api/v1/join/applications", "POST /api/v1/join/application", "POST /api/v1/join/invitation", "POST /api/v1/join/invitation/accept",
	"GET /application/:token", "POST /application/:token/answer", "POST /application/:token/confirm", "POST /application/:token/withdraw", "GET /invite/:token",
	"POST /invite/:token", "GET /join/:token", "POST /join/:token", "POST /forgot", "POST /sign-in/code", "POST /sign-in/passkey/begin",
	"GET /sign-in/sso", "GET /sign-in/sso/back", "GET /sign-in/code", "GET /forgot", "GET /reset/:token", "GET /account/email/:token",
	"GET /sw.js", "GET /manifest.webmanifest", "GET /m/outbox", "GET /my-data", "POST /my-data", "GET /help", "POST /api/v1/own-data/letter"}
