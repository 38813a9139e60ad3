package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/talk"
)

// messages are what is shown of the conversation at an address.
func (u *user) messages(path string) []map[string]any {
	u.p.t.Helper()
	var out []map[string]any
	for _, m := range u.get(path + "/messages")["messages"].([]any) {
		out = append(out, m.(map[string]any))
	}
	return out
}

// TestAConversation: two sides talk on an order. What is internal is known to one side alone, by nothing; what is withdrawn says so; files
// are seen with their message; a stranger hears that there is nothing, and who reads the order without its money reads no words of it.
func TestAConversation(t *testing.T) {
	m := newMarket(t, "delivery")
	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	colleague := m.seller.joins("rina@kopi.example", "Rina", "sales")
	rival := m.rival(t)
	foreign := rival.do("POST", path+"/messages", map[string]any{"body": "Halo"})
	nothing := rival.do("POST", "/orders/"+nothing+"/messages", map[string]any{"body": "Halo"})
	require.Equal(t, 404, foreign.status)
	require.Equal(t, nothing.body["code"], foreign.body["code"])

	photo := m.seller.sendFile("slip.txt", strings.NewReader("Bukti"), "talk-file")
	require.Equal(t, 201, photo.status)
	say := map[string]any{"body": "Truk berangkat pukul 7.\r\nhttps://lacak.example/1", "mentions": []any{colleague}, "files": []any{str(photo.body, "id")}}
	first := m.seller.do("POST", path+"/messages", say, "Idempotency-Key", "say-1")
	require.Equal(t, 201, first.status, first.text)
	again := m.seller.do("POST", path+"/messages", say, "Idempotency-Key", "say-1")
	require.Equal(t, str(first.body, "id"), str(again.body, "id"), "twice is once")
	require.Equal(t, "Truk berangkat pukul 7.\nhttps://lacak.example/1", str(first.body, "body"))
	note := m.seller.post(path+"/messages", map[string]any{"body": "Pelanggan lama, beri potongan", "internal": true}, 201)

	seen := m.buyer.messages(path)
	require.Len(t, seen, 1, "an internal note is not of the other side")
	require.Equal(t, true, seen[0]["unread"])
	require.Equal(t, "Rina", seen[0]["mentions"].([]any)[0].(map[string]any)["name"])
	require.Equal(t, 404, m.buyer.do("GET", "/messages/"+str(note, "id"), nil).status)
	require.Len(t, items(m.buyer.get("/conversations?unread=true")), 1)
	require.EqualValues(t, 1, items(m.buyer.get("/conversations"))[0]["unread"])
	file := "/files/" + str(photo.body, "id")
	require.Equal(t, 200, m.buyer.do("GET", file, nil).status)
	require.Equal(t, 404, rival.do("GET", file, nil).status)
	require.Empty(t, items(rival.get("/conversations")))
	require.Equal(t, 404, rival.do("GET", "/messages/"+str(first.body, "id"), nil).status)

	require.Equal(t, 204, m.buyer.do("POST", path+"/messages/read", map[string]any{"upto": str(first.body, "id")}).status)
	require.Empty(t, items(m.buyer.get("/conversations?unread=true")))
	require.Equal(t, 404, m.buyer.do("POST", path+"/messages/read", map[string]any{"upto": str(note, "id")}).status)
	author := seen[0]["author"].(map[string]any)
	answer := m.buyer.post(path+"/messages", map[string]any{"body": "Terima kasih", "mentions": []any{author["id"]}}, 201)
	require.Equal(t, true, m.seller.messages(path)[2]["unread"])
	for name, bad := range map[string]map[string]any{
		"talk.empty": {"body": "  "}, "talk.mention_unknown": {"body": "x", "mentions": []any{m.shop}}, "text_not_plain": {"body": "a\u0000b"}, "talk.mention_internal": {"body": "x", "internal": true, "mentions": []any{author["id"]}}} {
		a := m.buyer.do("POST", path+"/messages", bad)
		require.Equal(t, 422, a.status, name)
		require.Contains(t, a.text, name)
	}
	require.Len(t, m.buyer.messages(path), 2, "what was refused changed nothing")

	require.Equal(t, 403, m.seller.do("POST", "/messages/"+str(answer, "id")+"/withdraw", nil).status, "another's")
	require.Equal(t, 404, m.buyer.do("POST", "/messages/"+str(note, "id")+"/withdraw", nil).status)
	m.seller.post("/messages/"+str(first.body, "id")+"/withdraw", nil, 200)
	m.seller.post("/messages/"+str(first.body, "id")+"/withdraw", nil, 200)
	gone := m.buyer.messages(path)[0]
	require.NotEmpty(t, gone["withdrawn_at"])
	require.Empty(t, gone["body"])
	require.Empty(t, gone["files"])
	require.Equal(t, 404, m.buyer.do("GET", file, nil).status, "its files went with it")
	require.Len(t, m.said(t, m.seller.org, "message.withdrawn"), 1)

	warehouse := m.seed(t, "KOPI", "warehouse", "seller")
	require.Equal(t, 403, warehouse.do("GET", path+"/messages", nil).status, "who reads no money reads no words of it")
	require.Empty(t, items(warehouse.get("/conversations")))
	viewer := m.seed(t, "KOPI", "viewer", "seller")
	require.Len(t, viewer.messages(path), 3)
	require.Equal(t, 403, viewer.do("POST", path+"/messages", map[string]any{"body": "x"}).status)
	m.seller.post(path+"/confirm", nil, 200)
	ship := "/shipments/" + str(m.seller.post(path+"/dispatch", nil, 201), "id")
	warehouse.post(ship+"/messages", map[string]any{"body": "Dua dus penyok"}, 201)
	require.Len(t, m.buyer.messages(ship), 1)

	m.seller.put("/people/"+colleague+"/role", map[string]any{"role": "warehouse"}, 204)
	require.Equal(t, 403, m.signIn("rina@kopi.example").do("GET", path+"/messages", nil).status, "by the right of now")
	m.holdsTogether(t)
}

// TestTwoHundredSayAtOnce: each message has its own place, and nobody writes more than a person can.
func TestTwoHundredSayAtOnce(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	var people []*user
	for i := range 10 {
		email := fmt.Sprintf("ramai%d@kopi.example", i)
		m.seller.joins(email, fmt.Sprint("Ramai ", i), "sales")
		people = append(people, m.signIn(email))
	}
	for i, a := range crowd(200, func(i int, key string) answer {
		return people[i%10].do("POST", path+"/messages", map[string]any{"body": fmt.Sprint("Pesan ", i)}, "Idempotency-Key", key)
	}) {
		require.Equal(t, 201, a.status, "%d: %s", i, a.text)
	}
	var row struct{ N, Least, Most, Messages int64 }
	require.NoError(t, m.DB.R(t.Context()).Raw(`SELECT COUNT(*) AS n, MIN(m.n) AS least, MAX(m.n) AS most, MAX(t.messages) AS messages FROM message m JOIN talk t ON t.id = m.talk
		WHERE t.doc = ? AND t.doc_kind = 'order'`, str(o, "id")).Scan(&row).Error)
	require.Equal(t, struct{ N, Least, Most, Messages int64 }{200, 1, 200, 200}, row)
	tired := people[0].do("POST", path+"/messages", map[string]any{"body": "Satu lagi"})
	require.Equal(t, 503, tired.status)
	require.Contains(t, tired.text, "talk.too_fast")
	shown := m.buyer.get(path + "/messages")
	require.Len(t, shown["messages"], talk.PageSize)
	require.NotEmpty(t, shown["older"])
	older := m.buyer.get(path + "/messages?before=" + str(shown, "older"))
	require.Len(t, older["messages"], talk.PageSize)
}

// TestAConversationIsLive: what one side says stands on the other's page at once, and a right that is taken away ends the stream.
func TestAConversationIsLive(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers, c.Recheck = true, 100*time.Millisecond })
	path := "/orders/" + str(m.place(t, "48", ""), "id")
	doc := strings.TrimPrefix(path, "/orders/")
	person := m.seller.joins("rina@kopi.example", "Rina", "sales")
	c := m.clickAs("rina@kopi.example")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	req, err := http.NewRequestWithContext(ctx, "GET", m.url+"/live/stream?kind=order&document="+doc+"&state=0.0", nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/event-stream")
	res, err := c.web.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	hear := func(word string) string {
		t.Helper()
		for end := time.After(10 * time.Second); ; {
			select {
			case l, open := <-lines:
				require.True(t, open, "it ended before %q", word)
				if strings.Contains(l, word) {
					return l
				}
			case <-end:
				t.Fatalf("%q was never told", word)
			}
		}
	}
	began := time.Now()
	said := m.buyer.post(path+"/messages", map[string]any{"body": "Kapan dikirim?"}, 201)
	author := said["author"].(map[string]any)
	require.Contains(t, hear("Kapan dikirim?"), `name="mentions" value="`+str(author, "id")+`"`, "who wrote for the first time can be mentioned at once")
	t.Logf("told after %v", time.Since(began).Round(time.Millisecond))
	m.buyer.post(path+"/messages", map[string]any{"body": "Rahasia toko", "internal": true}, 201)
	m.buyer.post("/messages/"+str(said, "id")+"/withdraw", nil, 200)
	hear("withdrew")
	m.seller.put("/people/"+person+"/role", map[string]any{"role": "warehouse"}, 204)
	for end := time.After(10 * time.Second); ; {
		select {
		case l, open := <-lines:
			require.NotContains(t, l, "Rahasia")
			if !open {
				return
			}
		case <-end:
			t.Fatal("it goes on for who may read no more")
		}
	}
}

// TestTalkingByThePages: without a script, with what was typed kept when it is refused.
func TestTalkingByThePages(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	path := "/orders/" + str(m.place(t, "48", ""), "id")
	seller, buyer := m.clickAs("owner@kopi.example"), m.clickAs("owner@toko.example")
	form := seller.get(path).fields(path + "/messages")
	form.Set("body", "Halo <script>alert(1)</script> javascript:alert(1) https://lacak.example/a?b=1.")
	form.Set("internal", "0")
	got := seller.post(path+"/messages", form)
	require.Equal(t, 303, got.status, got.text)
	require.Equal(t, path+"?done=talk.sent#talk", got.header.Get("Location"))
	require.Equal(t, 303, seller.post(path+"/messages", form).status, "sent twice")
	page := buyer.get(path).text
	require.Equal(t, 1, strings.Count(page, "Halo &lt;script&gt;"))
	require.NotContains(t, page, `href="javascript`)
	require.Contains(t, page, `href="https://lacak.example/a?b=1"`)
	require.Contains(t, buyer.get("/inbox").text, path+"#talk")
	read := buyer.get(path).fields(path + "/messages/read")
	require.Equal(t, 303, buyer.post(path+"/messages/read", read).status)
	require.NotContains(t, buyer.get("/inbox").text, path+"#talk")
	require.Contains(t, buyer.get("/inbox?all=1").text, path+"#talk")

	form = buyer.get(path).fields(path + "/messages")
	form.Set("body", strings.Repeat("panjang ", 600))
	form.Set("internal", "1")
	bad := buyer.post(path+"/messages", form)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "panjang panjang")
	require.Regexp(t, `name="internal" value="1" checked`, bad.text)
	part := buyer.post(path+"/messages", form, "HX-Request", "true")
	require.Equal(t, 422, part.status)
	require.NotContains(t, part.text, "<html")
	form.Set("body", "Catatan kami")
	part = buyer.post(path+"/messages", form, "HX-Request", "true")
	require.Equal(t, 200, part.status)
	require.Contains(t, part.text, "Catatan kami")
	require.NotContains(t, seller.get(path).text, "Catatan kami")
	mine := buyer.get(path)
	at := strings.Index(mine.text, "/messages/")
	require.Positive(t, at)
	no := str(m.buyer.messages(path)[1], "id")
	require.Equal(t, 303, buyer.post("/messages/"+no+"/withdraw", mine.fields("/messages/"+no+"/withdraw")).status)
	require.NotContains(t, buyer.get(path).text, "Catatan kami")
}

// TestAnErasedPersonLeavesNoWords: who is erased takes along what was said; that something was said, and its digest, stay.
func TestAnErasedPersonLeavesNoWords(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	path := "/orders/" + str(m.place(t, "48", ""), "id")
	m.seller.joins("rina@kopi.example", "Rina", "sales")
	rina := m.signIn("rina@kopi.example")
	rina.post(path+"/messages", map[string]any{"body": "Kata-kata Rina"}, 201)
	a, _, err := m.Identity.Actor(t.Context(), rina.token)
	require.NoError(t, err)
	all, err := m.People.MyData(t.Context(), a)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(all), "Kata-kata Rina")
	require.Equal(t, 204, rina.do("POST", "/me/erase", map[string]any{"password": password}).status)
	left := m.buyer.messages(path)
	require.Len(t, left, 1)
	require.NotContains(t, fmt.Sprint(left), "Rina")
	m.nowhere(t, "Kata-kata Rina")
	require.Contains(t, m.said(t, m.seller.org, "message.sent")[0], "sha256")
	m.holdsTogether(t)
}
