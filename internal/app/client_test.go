package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/mail"
	"saluran/internal/partner"
)

const password = "kata-sandi-panjang"

// portal is a served portal with an operator and a producer whose owner is owner@kopi.example.
type portal struct {
	*app.App
	t    testing.TB
	url  string
	stop func() error
}

func open(t testing.TB, change ...func(*app.Config)) *portal {
	t.Helper()
	p := prepare(t, change...)
	l, err := httpx.Listen("127.0.0.1:0")
	require.NoError(t, err)
	p.serve(l)
	return p
}

// prepare makes a portal that is not served yet.
func prepare(t testing.TB, change ...func(*app.Config)) *portal {
	t.Helper()
	ctx := context.Background()
	c := app.Config{DB: dbtest.Ready(t), Log: dbtest.Log(), Mail: &mail.Sink{}}
	for _, f := range change {
		f(&c)
	}
	a, err := app.Open(ctx, c)
	require.NoError(t, err)
	_, err = a.Setup(ctx, "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "PT Kopi Gunung", VATRegistered: true},
		identity.NewPerson{Email: "owner@kopi.example", Name: "Budi", Password: password, Lang: "en", Role: "owner"})
	require.NoError(t, err)
	dbtest.Plant(t, a.DB)
	return &portal{App: a, t: t}
}

func (p *portal) serve(l *httpx.Listener) {
	serving, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(serving, l) }()
	p.url = "http://" + l.Addr().String()
	var once sync.Once
	p.stop = func() (err error) {
		once.Do(func() {
			cancel()
			err = <-ended
			if cerr := p.Close(); err == nil {
				err = cerr
			}
		})
		return err
	}
	p.t.Cleanup(func() { require.NoError(p.t, p.stop()) })
}

// reopen opens a database without the portal.
func reopen(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// joins makes somebody with an account a member of a user's organisation, as the command line does.
func (u *user) joins(email, name, role string) string {
	u.p.t.Helper()
	org, err := id.Parse(u.org)
	require.NoError(u.p.t, err)
	kind, err := u.p.Partner.KindOf(context.Background(), org)
	require.NoError(u.p.t, err)
	person, err := u.p.Identity.Seed(context.Background(), org, kind, identity.NewPerson{Email: email, Name: name, Password: password, Lang: "en", Role: role})
	require.NoError(u.p.t, err)
	return person.String()
}

// user is somebody signed in to the API.
type user struct {
	p     *portal
	token string
	org   string
	email string
}

var keys atomic.Int64

func (p *portal) signIn(email string) *user {
	u := &user{p: p, email: email}
	s := u.post("/sessions", map[string]any{"email": email, "password": password}, 201)
	u.token, u.org = s["token"].(string), s["org"].(string)
	return u
}

type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (u *user) do(method, path string, body any, header ...string) answer {
	u.p.t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	default:
		var err error
		sent, err = json.Marshal(b)
		require.NoError(u.p.t, err)
	}
	req, err := http.NewRequest(method, u.p.url+"/api/v1"+path, bytes.NewReader(sent))
	require.NoError(u.p.t, err)
	if u.token != "" {
		req.Header.Set("Authorization", "Bearer "+u.token)
	}
	req.Header.Set("Accept-Language", "en")
	if method != "GET" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", fmt.Sprint("key-", keys.Add(1)))
	}
	for i := 0; i+1 < len(header); i += 2 {
		if req.Header.Del(header[i]); header[i+1] != "" { // "" is without it
			req.Header.Set(header[i], header[i+1])
		}
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(u.p.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(u.p.t, err)
	keepsToContract(u.p.t, req, sent, res.StatusCode, res.Header, text)
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body)
	return a
}

func (u *user) post(path string, body any, want int, header ...string) map[string]any {
	u.p.t.Helper()
	a := u.do("POST", path, body, header...)
	require.Equal(u.p.t, want, a.status, "POST %s: %s", path, a.text)
	return a.body
}

func (u *user) get(path string) map[string]any {
	u.p.t.Helper()
	a := u.do("GET", path, nil)
	require.Equal(u.p.t, 200, a.status, "GET %s: %s", path, a.text)
	return a.body
}

func items(m map[string]any) []map[string]any {
	var out []map[string]any
	all, _ := m["items"].([]any)
	for _, x := range all {
		out = append(out, x.(map[string]any))
	}
	return out
}

func str(m map[string]any, k string) string { s, _ := m[k].(string); return s }

// waitJob waits until a job has ended and answers it.
func (u *user) waitJob(path string) map[string]any {
	u.p.t.Helper()
	for range 200 {
		j := u.get(path)
		if in, ok := j["job"].(map[string]any); ok {
			if s := str(in, "status"); s == "done" || s == "failed" {
				return j
			}
		} else if s := str(j, "status"); s == "done" || s == "failed" {
			return j
		}
		time.Sleep(50 * time.Millisecond)
	}
	u.p.t.Fatal("the job does not end", u.get(path))
	return nil
}

// TestASetupThatFailsLeavesNothing: the person is looked at after the organisations are made; a mistake there undoes all of it.
func TestASetupThatFailsLeavesNothing(t *testing.T) {
	p, err := app.Open(t.Context(), app.Config{DB: dbtest.URL(t), Log: dbtest.Log(), Mail: &mail.Sink{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	first := partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "PT Kopi Gunung"}
	for _, owner := range []identity.NewPerson{{Email: "budi@kopi.example", Name: "Budi", Password: "short7", Lang: "id", Role: "owner"},
		{Email: "no address", Name: "Budi", Password: password, Lang: "id", Role: "owner"}} {
		_, err := p.Setup(t.Context(), "Operator", first, owner)
		require.ErrorContains(t, err, "invalid")
		empty, err := p.Empty(t.Context())
		require.NoError(t, err)
		require.True(t, empty)
	}
	_, err = p.Setup(t.Context(), "Operator", first, identity.NewPerson{Email: "budi@kopi.example", Name: "Budi", Password: password, Lang: "id", Role: "owner"})
	require.NoError(t, err)
}
