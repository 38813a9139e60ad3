package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
)

// receiver is somebody's system that webhooks are sent to.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []heard
	code int // to answer; 0: 200
}

type heard struct {
	id, stamp, signature, body string
	topic                      string
	data                       map[string]any
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		var m struct {
			Type string
			Data map[string]any
		}
		_ = json.Unmarshal(b, &m)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, heard{q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), string(b), m.Type, m.Data})
		if r.code != 0 {
			w.WriteHeader(r.code)
		}
		fmt.Fprint(w, "heard")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(code int) { r.mu.Lock(); r.code = code; r.mu.Unlock() }

func (r *receiver) all() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]heard(nil), r.got...)
}

func (r *receiver) await(t *testing.T, n int) []heard {
	t.Helper()
	require.Eventually(t, func() bool { return len(r.all()) >= n }, 15*time.Second, 20*time.Millisecond, "%d messages", n)
	return r.all()
}

func (h heard) signedWith(t *testing.T, secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.id + "." + h.stamp + "." + h.body))
	return strings.Contains(" "+h.signature+" ", " v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))+" ")
}

func loopback(c *app.Config) { c.HookAllow = []string{"127.0.0.0/8"} }

func (u *user) listen(r *receiver, topics ...string) map[string]any {
	return u.post("/webhooks", map[string]any{"url": r.URL + "/saluran", "topics": topics}, 201)
}

// TestWebhooksTellThePartiesAndNobodyElse: what each party hears, signed; and that nothing of it shows money.
func TestWebhooksTellThePartiesAndNobodyElse(t *testing.T) {
	m := newMarket(t, "delivery", loopback)
	m.seller.post("/orgs", map[string]any{"code": "RIVAL", "kind": "retailer", "name": "Rival"}, 201)
	rival := m.seed(t, "RIVAL", "owner", "rival")
	sr, br, rr := receive(t), receive(t), receive(t)
	topics := []string{"order.placed", "order.confirmed", "order.dispatched", "shipment.received", "invoice.issued", "payment.reported", "payment.confirmed"}
	secret := str(m.seller.listen(sr, topics...), "secret")
	m.buyer.listen(br, "order.confirmed", "invoice.issued")
	rival.listen(rr, topics...)
	require.True(t, strings.HasPrefix(secret, "whsec_"))

	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	v := m.seller.post(path+"/invoice", nil, 201)

	got := sr.await(t, 5)
	heardOf := map[string]map[string]any{}
	for _, h := range append(got, br.await(t, 2)...) {
		for _, secretOf := range []string{str(v, "total"), "2024640", "1824000", "38000", "price", "total", "amount", "net"} {
			require.NotContains(t, h.body, secretOf)
		}
	}
	for _, h := range got {
		heardOf[h.topic] = h.data
		require.True(t, h.signedWith(t, secret), h.topic)
		require.Equal(t, "seller", h.data["side"])
	}
	require.Equal(t, str(o, "id"), heardOf["order.placed"]["id"])
	require.Equal(t, str(o, "number"), heardOf["order.placed"]["number"])
	require.Equal(t, str(ship, "id"), heardOf["order.dispatched"]["id"])
	require.Equal(t, str(o, "id"), heardOf["shipment.received"]["order"])
	require.Equal(t, str(v, "id"), heardOf["invoice.issued"]["id"])
	time.Sleep(1500 * time.Millisecond)
	require.Len(t, br.all(), 2, "what was asked for, no more")
	require.Empty(t, rr.all(), "no party, no message")
}

// TestWebhooksOfOthersDoNotExist: another organisation's endpoint and deliveries answer like nothing, other roles are refused.
func TestWebhooksOfOthersDoNotExist(t *testing.T) {
	m := newMarket(t, "delivery", loopback)
	r := receive(t)
	e := m.seller.listen(r, "order.placed")
	no := "/webhooks/" + str(e, "id")
	sent := m.seller.post(no+"/test", nil, 201)
	r.await(t, 1)
	body := map[string]any{"url": r.URL, "topics": []string{"order.placed"}}
	for _, x := range []struct {
		method, path string
		body         any
	}{{"GET", no, nil}, {"PUT", no, body}, {"DELETE", no, nil}, {"POST", no + "/rotate", map[string]any{}}, {"POST", no + "/test", nil},
		{"POST", no + "/replay", map[string]any{"since": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}}, {"GET", no + "/deliveries", nil},
		{"GET", no + "/deliveries/" + str(sent, "id"), nil}, {"POST", no + "/deliveries/" + str(sent, "id") + "/replay", nil}} {
		absent := strings.Replace(x.path, str(e, "id"), "999999999", 1)
		a, b := m.buyer.do(x.method, x.path, x.body, "If-Match", `"1"`), m.buyer.do(x.method, absent, x.body, "If-Match", `"1"`)
		require.Equal(t, 404, a.status, "%s %s: %s", x.method, x.path, a.text)
		require.Equal(t, str(a.body, "detail"), str(b.body, "detail"))
		require.Equal(t, a.status, b.status)
	}
	sales := m.seed(t, "KOPI", "sales", "seller")
	require.Equal(t, 403, sales.do("GET", "/webhooks", nil).status)
	require.Equal(t, 403, sales.do("POST", "/webhooks", body).status)
	for _, bad := range []map[string]any{{"url": "https://169.254.169.254/", "topics": []string{"order.placed"}}, {"url": "nonsense", "topics": []string{"order.placed"}},
		{"url": r.URL, "topics": []string{"order.flown"}}, {"url": r.URL, "topics": []string{}}} {
		require.Equal(t, 422, m.seller.do("POST", "/webhooks", bad).status)
	}
	one := m.seller.do("POST", "/webhooks", body, "Idempotency-Key", "hook-1")
	two := m.seller.do("POST", "/webhooks", body, "Idempotency-Key", "hook-1")
	require.Equal(t, str(one.body, "id"), str(two.body, "id"))
	require.NotContains(t, two.body, "secret", "a secret is shown once")
	require.Equal(t, 412, m.seller.do("PUT", no, body, "If-Match", `"7"`).status)
}

// TestFailedDeliveriesAreTriedAgainAndReplayed: the log tells each try; a person sends one again, or all since a time.
func TestFailedDeliveriesAreTriedAgainAndReplayed(t *testing.T) {
	began := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	m := newMarket(t, "delivery", loopback)
	missed := m.place(t, "1", "") // before anybody listened
	r := receive(t)
	r.answer(500)
	e := m.seller.listen(r, "order.placed", "order.confirmed")
	no := "/webhooks/" + str(e, "id")
	o := m.place(t, "1", "")
	first := r.await(t, 1)[0]
	var d map[string]any
	require.Eventually(t, func() bool {
		d = items(m.seller.get(no + "/deliveries"))[0]
		return str(d, "problem") == "answer"
	}, 5*time.Second, 20*time.Millisecond)
	require.Equal(t, []any{"queued", float64(1), float64(500)}, []any{d["status"], d["attempts"], d["code"]})
	require.NotEmpty(t, d["next_at"])
	one := m.seller.get(no + "/deliveries/" + str(d, "id"))
	require.Equal(t, "heard", one["tries"].([]any)[0].(map[string]any)["excerpt"])
	require.EqualValues(t, 1, m.seller.get(no)["fails"])

	r.answer(0)
	m.seller.post(no+"/deliveries/"+str(d, "id")+"/replay", nil, 200)
	again := r.await(t, 2)[1]
	require.Equal(t, first.id, again.id, "the same message under the same id")
	require.Equal(t, first.body, again.body)
	require.Eventually(t, func() bool {
		return str(m.seller.get(no+"/deliveries/"+str(d, "id")), "status") == "delivered" && m.seller.get(no)["fails"] == float64(0)
	}, 5*time.Second, 20*time.Millisecond)

	m.seller.post(no+"/replay", map[string]any{"since": began}, 202)
	docs := map[string]int{}
	for _, h := range r.await(t, 4) {
		docs[h.data["id"].(string)]++
	}
	require.Equal(t, map[string]int{str(missed, "id"): 1, str(o, "id"): 3}, docs, "what was missed, and what was sent")
	require.Equal(t, 422, m.seller.do("POST", no+"/replay", map[string]any{"since": "2020-01-01T00:00:00Z"}).status)

	// Two signatures while the old secret overlaps; one when it does not.
	rotated := m.seller.post(no+"/rotate", map[string]any{"overlap_hours": 1}, 200)
	m.seller.post(no+"/test", nil, 201)
	h := r.await(t, 5)[4]
	require.True(t, h.signedWith(t, str(e, "secret")) && h.signedWith(t, str(rotated, "secret")))
	fresh := m.seller.post(no+"/rotate", map[string]any{"overlap_hours": 0}, 200)
	m.seller.post(no+"/test", nil, 201)
	h = r.await(t, 6)[5]
	require.True(t, h.signedWith(t, str(fresh, "secret")))
	require.False(t, h.signedWith(t, str(rotated, "secret")))

	// Paused: what happens meanwhile is not queued. 410: the portal switches it off, and writes to the owner.
	paused := m.seller.do("PUT", no, map[string]any{"url": r.URL, "topics": []string{"order.placed"}, "paused": true}, "If-Match", `"`+fmt.Sprint(m.seller.get(no)["version"])+`"`)
	require.Equal(t, 200, paused.status, paused.text)
	require.Equal(t, 409, m.seller.do("POST", no+"/test", nil).status)
	m.place(t, "1", "")
	time.Sleep(1500 * time.Millisecond)
	require.Len(t, r.all(), 6)
	m.seller.do("PUT", no, map[string]any{"url": r.URL, "topics": []string{"order.placed"}}, "If-Match", fmt.Sprintf(`"%v"`, paused.body["version"]))
	r.answer(410)
	m.place(t, "1", "")
	require.Eventually(t, func() bool { return str(m.seller.get(no), "status") == "disabled" }, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, "gone", str(m.seller.get(no), "reason"))
	var letters int64
	require.NoError(t, m.App.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM mail WHERE kind = 'webhook_disabled'").Scan(&letters).Error)
	require.EqualValues(t, 1, letters)
	require.Equal(t, 204, m.seller.do("DELETE", no, nil).status)
	require.Equal(t, 404, m.seller.do("GET", no, nil).status)
}

// TestADeliveryOfADeadProgramIsSentAgain: what it held is taken over when its lease is over, and not before.
func TestADeliveryOfADeadProgramIsSentAgain(t *testing.T) {
	m := newMarket(t, "delivery", loopback, func(c *app.Config) { c.NoWorkers = true })
	r := receive(t)
	no := "/webhooks/" + str(m.seller.listen(r, "order.placed"), "id")
	d := m.seller.post(no+"/test", nil, 201)
	until := m.App.Config.Clock.Now().Add(3 * time.Second)
	require.NoError(t, m.App.DB.InTx(t.Context(), func(ctx context.Context) error {
		return m.App.DB.W(ctx).Exec("UPDATE hook_delivery SET locked_by = 'dead/1', locked_until_us = ?, attempts = 1 WHERE id = ?", until, str(d, "id")).Error
	}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.Hooks.Run(ctx) }()
	time.Sleep(1500 * time.Millisecond)
	require.Empty(t, r.all(), "held by another")
	r.await(t, 1)
	require.Eventually(t, func() bool { return str(m.seller.get(no+"/deliveries/"+str(d, "id")), "status") == "delivered" }, 5*time.Second, 20*time.Millisecond)
	require.EqualValues(t, 2, m.seller.get(no + "/deliveries/" + str(d, "id"))["attempts"])
	stop()
	<-ended
}

// TestTwoWorkersDeliverOnce: two instances of the program over one database send each message once where it succeeds.
func TestTwoWorkersDeliverOnce(t *testing.T) {
	url := dbtest.Ready(t)
	m := newMarket(t, "delivery", loopback, func(c *app.Config) { c.DB = url })
	second, err := app.Open(context.Background(), app.Config{DB: url, Log: dbtest.Log(), HookAllow: []string{"127.0.0.0/8"}})
	require.NoError(t, err)
	defer second.Close()
	r := receive(t)
	no := "/webhooks/" + str(m.seller.listen(r, "order.placed"), "id")
	for range 15 {
		m.place(t, "1", "")
		m.seller.post(no+"/test", nil, 201)
	}
	r.await(t, 30)
	time.Sleep(1500 * time.Millisecond)
	times := map[string]int{}
	for _, h := range r.all() {
		times[h.id]++
	}
	require.Len(t, times, 30)
	for id, n := range times {
		require.Equal(t, 1, n, id)
	}
}
