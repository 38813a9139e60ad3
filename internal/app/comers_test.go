package app_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// guest is a browser without scripts: it keeps cookies, fills forms with the token of the page that it looks at, and follows nothing.
type guest struct {
	p    *portal
	http http.Client
	page string
	key  string
}

func newGuest(p *portal) *guest {
	jar, err := cookiejar.New(nil)
	require.NoError(p.t, err)
	return &guest{p: p, http: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var hiddenField = regexp.MustCompile(`name="(_csrf|_key)" value="([^"]*)"`)

func (g *guest) send(req *http.Request, err error) (status int, where string) {
	g.p.t.Helper()
	require.NoError(g.p.t, err)
	req.Header.Set("Accept-Language", "en")
	res, err := g.http.Do(req)
	require.NoError(g.p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(g.p.t, err)
	if res.StatusCode != 303 {
		g.page = string(b)
	}
	return res.StatusCode, res.Header.Get("Location")
}

func (g *guest) get(path string) int {
	status, _ := g.send(http.NewRequest("GET", g.p.url+path, nil))
	return status
}

func (g *guest) token() (csrf, key string) {
	for _, m := range hiddenField.FindAllStringSubmatch(g.page, -1) {
		if m[1] == "_csrf" {
			csrf = html.UnescapeString(m[2])
		} else {
			key = m[2]
		}
	}
	if g.key != "" {
		key = g.key
	}
	return csrf, key
}

// post sends a form of the page that was looked at last.
func (g *guest) post(path string, fields ...string) (int, string) {
	csrf, key := g.token()
	form := url.Values{"_csrf": {csrf}, "_key": {key}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequest("POST", g.p.url+path, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return g.send(req, err)
}

// upload sends a file with the form of the page.
func (g *guest) upload(path, name, content string) int {
	csrf, key := g.token()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	require.NoError(g.p.t, m.WriteField("_csrf", csrf))
	require.NoError(g.p.t, m.WriteField("_key", key))
	f, err := m.CreateFormFile("file", name)
	require.NoError(g.p.t, err)
	_, err = io.WriteString(f, content)
	require.NoError(g.p.t, err)
	require.NoError(g.p.t, m.Close())
	req, err := http.NewRequest("POST", g.p.url+path, &b)
	if err == nil {
		req.Header.Set("Content-Type", m.FormDataContentType())
	}
	status, _ := g.send(req, err)
	return status
}

func (p *portal) visit(email string) *guest {
	g := newGuest(p)
	g.get("/sign-in")
	status, _ := g.post("/sign-in", "email", email, "password", password)
	require.Equal(p.t, 303, status, g.page)
	return g
}

func TestComersFindTheirWayByThePages(t *testing.T) {
	m := newMarket(t, "delivery")
	owner, clerk := m.visit("owner@kopi.example"), m.seed(t, "KOPI", "viewer", "clerk")
	require.Equal(t, 403, m.visit(clerk.email).get("/invitations"))
	require.Equal(t, 200, owner.get("/invitations"))
	status, _ := owner.post("/invitations", "email", "nobody", "role", "sales")
	require.Equal(t, 422, status)
	owner.key = strings.Repeat("7", 32)
	for range 2 { // a form that is sent twice
		status, at := owner.post("/invitations", "email", "dewi@kopi.example", "role", "sales", "lang", "en")
		require.Equal(t, 303, status, owner.page)
		require.Equal(t, "/invitations?done=invite.sent", at)
	}
	owner.key = ""
	link := m.letter("dewi@kopi.example", 1).Link
	require.Len(t, m.sink().Letters("dewi@kopi.example"), 1)
	path := link[strings.Index(link, "/invite/"):]

	dewi := newGuest(m.portal)
	require.Equal(t, 200, dewi.get(path))
	require.Contains(t, dewi.page, "Invitation to PT Kopi Gunung")
	forged := newGuest(m.portal)
	status, _ = forged.post(path, "name", "Mallory", "password", password)
	require.Equal(t, 403, status, "without the token of the page")
	status, _ = dewi.post(path, "name", "Dewi", "password", "short")
	require.Equal(t, 422, status)
	require.NotContains(t, dewi.page, `value="short"`)
	status, at := dewi.post(path, "name", "Dewi", "password", password)
	require.Equal(t, 303, status, dewi.page)
	require.Equal(t, "/sign-in?done=invite.joined", at)
	require.Equal(t, 404, dewi.get(path), "it works once")
	require.Equal(t, 200, m.visit("dewi@kopi.example").get("/orders"))

	m.seller.post("/invitations", map[string]any{"email": "owner@toko.example", "role": "finance"}, 201)
	other := m.letter("owner@toko.example", 2).Link
	other = other[strings.Index(other, "/invite/"):]
	budi, buyer := m.visit("owner@kopi.example"), m.visit("owner@toko.example")
	require.Equal(t, 200, budi.get(other))
	require.Contains(t, budi.page, "signed in as somebody else")
	status, _ = budi.post(other + "/join")
	require.Equal(t, 404, status, "an invitation of another address")
	require.Equal(t, 200, buyer.get(other))
	status, at = buyer.post(other + "/join")
	require.Equal(t, 303, status, buyer.page)
	require.Equal(t, "/?done=invite.joined", at)
}

func TestPapersOfAnApplicationAreSeenWithItAlone(t *testing.T) {
	m := newMarket(t, "delivery")
	owner := m.visit("owner@kopi.example")
	owner.get("/applications")
	door := regexp.MustCompile(`action="(/doors/\d+)"`).FindStringSubmatch(owner.page)
	require.NotNil(t, door, owner.page)
	status, _ := owner.post(door[1], "open", "1")
	require.Equal(t, 303, status)
	owner.get("/applications")
	join := regexp.MustCompile(`href="(/join/[^"]+)"`).FindStringSubmatch(owner.page)[1]

	rina := newGuest(m.portal)
	require.Equal(t, 200, rina.get(join))
	form := []string{"name", "Toko Maju", "tax_no", "0092542943407000", "address", "Jl. Pasar 1", "city", "Malang", "phone", "0341", "contact", "Rina", "email", "rina@maju.example"}
	status, _ = rina.post(join, append(form, "tax_no", "12")...)
	require.Equal(t, 422, status)
	require.Contains(t, rina.page, "Jl. Pasar 1", "what was typed stays")
	status, _ = rina.post(join, form...)
	require.Equal(t, 200, status)
	link := m.letter("rina@maju.example", 1).Link
	mine := link[strings.Index(link, "/application/"):]
	require.Equal(t, 200, rina.get(mine))
	require.Contains(t, []int{403, 409, 413}, rina.upload(mine+"/files", "nib.txt", "before it is confirmed"))
	rina.get(mine)
	status, _ = rina.post(mine + "/confirm")
	require.Equal(t, 303, status)
	rina.get(mine)
	require.Equal(t, 422, rina.upload(mine+"/files", "nib.html", "<html><script>x()</script>"))
	for i := range 5 {
		rina.get(mine)
		require.Equal(t, 303, rina.upload(mine+"/files", fmt.Sprint("nib", i, ".txt"), fmt.Sprint("NIB RAHASIA ", i)), rina.page)
	}
	rina.get(mine)
	require.Contains(t, rina.page, "nib4.txt")
	require.Equal(t, 422, rina.upload(mine+"/files", "more.txt", "one too many"))
	require.Equal(t, 404, rina.get("/application/"+strings.Repeat("x", 43)))

	list := items(m.seller.get("/applications"))
	no := str(list[0], "id")
	got := items(m.seller.get("/files?document_kind=application&document=" + no))
	require.Len(t, got, 5)
	file := str(got[0], "id")
	require.Equal(t, 200, owner.get("/applications/"+no))
	require.Contains(t, owner.page, "Applicant")
	require.Equal(t, 200, owner.get("/attachments/"+file))
	require.Equal(t, "NIB RAHASIA 0", owner.page)
	for _, who := range []*user{m.buyer, m.seed(t, "KOPI", "viewer", "clerk"), m.operator(t)} {
		require.Equal(t, 404, who.do("GET", "/files/"+file, nil).status, who.email)
		require.Equal(t, 404, who.do("GET", "/files/"+file+"/content", nil).status, who.email)
		require.Equal(t, 404, m.visit(who.email).get("/attachments/"+file), who.email)
		require.Contains(t, []int{403, 404}, who.do("GET", "/files?document_kind=application&document="+no, nil).status)
	}
	owner.get("/applications/" + no)
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(owner.page)[1]
	status, _ = owner.post("/applications/"+no+"/approve", "code", "MAJU", "version", version)
	require.Equal(t, 303, status, owner.page)
	invite := m.letter("rina@maju.example", 2).Link
	invite = invite[strings.Index(invite, "/invite/"):]
	rina.get(invite)
	status, _ = rina.post(invite, "name", "Rina", "password", password)
	require.Equal(t, 303, status, rina.page)
	dbtest.Lift(t, m.DB)
	v, err := m.VerifyFiles(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
}

func TestWhoLeavesByThePageIsOutAndDocumentsStay(t *testing.T) {
	m := newMarket(t, "delivery")
	sari := m.seed(t, "T01", "purchasing", "shop")
	order := sari.post("/orders", map[string]any{"seller": m.seller.org, "lines": []any{map[string]any{"product": m.product, "qty": "2"}}}, 201)
	g, second := m.visit(sari.email), m.visit(sari.email)
	require.Equal(t, 200, g.get("/account/data"))
	require.Contains(t, g.page, sari.email)
	require.Equal(t, 200, g.get("/account/data.json"))
	g.get("/account/data")
	status, _ := g.post("/account/erase", "password", "not it at all")
	require.Equal(t, 422, status)
	g.get("/account")
	status, at := g.post("/account/leave")
	require.Equal(t, 303, status, g.page)
	require.Equal(t, "/sign-in?done=leave", at)
	require.Equal(t, 303, second.get("/orders"), "every session is over at once")
	require.Equal(t, 401, sari.do("GET", "/me", nil).status)
	require.Contains(t, m.buyer.do("GET", "/orders/"+str(order, "id")+"?story=true", nil).text, str(items(m.seller.get("/orders"))[0], "number"))
	last := m.visit("owner@toko.example")
	last.get("/account")
	status, _ = last.post("/account/leave")
	require.Equal(t, 409, status, "the last owner stays")

	adi := m.seed(t, "KOPI", "sales", "seller")
	m.seller.put("/orgs/"+m.shop+"/representatives", map[string]any{"duty": "sales", "person": str(adi.get("/me"), "person")}, 204)
	owner := m.visit("owner@kopi.example")
	require.Equal(t, 200, owner.get("/orders/"+str(order, "id")))
	require.Contains(t, owner.page, "Representatives", "named on the order")
	require.Equal(t, 200, owner.get("/people"))
	status, _ = owner.post("/people/" + str(adi.get("/me"), "person") + "/remove")
	require.Equal(t, 409, status)
	require.Contains(t, owner.page, "The work goes on with")
	status, _ = owner.post("/people/"+str(adi.get("/me"), "person")+"/remove", "heir", str(m.seller.get("/me"), "person"))
	require.Equal(t, 303, status, owner.page)
	require.Equal(t, 401, adi.do("GET", "/me", nil).status)
}
