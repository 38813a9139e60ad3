package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
)

// told are the unread notices of somebody, as event and record.
func (u *user) told() (out []string) {
	u.p.t.Helper()
	for _, n := range items(u.get("/notices?unread=true")) {
		out = append(out, str(n, "event"))
	}
	return out
}

// followed lets the portal tell what has happened.
func (m *market) followed(t *testing.T) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = m.Notices.Follow(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, m.Notices.Jobs(t.Context()))
}

// TestPeopleHearWhatConcernsThem: those hear who may do something about it, not who did it; a right that is gone takes along what it
// showed; a rival hears nothing; read and taken back.
func TestPeopleHearWhatConcernsThem(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.followed(t)
	require.Empty(t, m.buyer.told(), "the link and the terms that it was asked about are answered")
	rival := m.rival(t)
	viewer := m.seed(t, "KOPI", "viewer", "seller")
	person := m.seller.joins("rina@kopi.example", "Rina", "sales")
	rina := m.signIn("rina@kopi.example")
	path := "/orders/" + str(m.place(t, "48", ""), "id")
	m.followed(t)
	m.followed(t)
	require.Equal(t, []string{"order.placed"}, m.seller.told())
	require.Equal(t, []string{"order.placed"}, rina.told())
	require.Empty(t, viewer.told(), "who can do nothing about it")
	require.Empty(t, m.buyer.told(), "who did it")
	m.seller.post(path+"/confirm", nil, 200)
	ship := str(m.seller.post(path+"/dispatch", nil, 201), "id")
	m.followed(t)
	require.Equal(t, []string{"order.dispatched", "order.confirmed"}, m.buyer.told())
	m.buyer.post("/shipments/"+ship+"/receive", map[string]any{"lines": []any{map[string]any{"n": 1, "received": "40", "refused": "8", "reason": "basah"}}}, 200)
	m.followed(t)
	require.Contains(t, m.seller.told(), "shipment.differs")
	v := m.seller.post(path+"/invoice", nil, 201)
	m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	m.buyer.post(path+"/messages", map[string]any{"body": "Sudah dibayar"}, 201)
	m.followed(t)
	require.Subset(t, m.seller.told(), []string{"payment.reported", "message"})
	require.Contains(t, m.buyer.told(), "invoice.issued")
	require.Empty(t, rival.told())

	require.Contains(t, rina.told(), "message")
	m.seller.put("/people/"+person+"/role", map[string]any{"role": "warehouse"}, 204)
	now := m.signIn("rina@kopi.example").told()
	require.NotContains(t, now, "message", "by the right of now")
	require.NotContains(t, now, "order.placed", "a colleague has confirmed it")
	require.Contains(t, now, "shipment.differs")

	n := len(m.buyer.told())
	stamp := str(m.buyer.post("/notices/read", map[string]any{"record_kind": "order", "record": strings.TrimPrefix(path, "/orders/")}, 200), "stamp")
	require.Len(t, m.buyer.told(), n-1)
	require.Equal(t, 204, m.buyer.do("POST", "/notices/unread", map[string]any{"stamp": stamp}).status)
	require.Len(t, m.buyer.told(), n)

	c := m.clickAs("owner@toko.example")
	page := c.get("/notices")
	require.Contains(t, page.text, fmt.Sprint(n, " unread notices"))
	got := c.post("/notices/read", page.fields("/notices/read"))
	require.Equal(t, http.StatusSeeOther, got.status)
	back := c.get(got.header.Get("Location"))
	require.Equal(t, 303, c.post("/notices/unread", back.fields("/notices/unread")).status)
	require.Len(t, m.buyer.told(), n, "taken back")
	require.Contains(t, m.clickAs("owner@kopi.example").get("/notices?all=1").text, "Order SO")
	a, _, err := m.Identity.Actor(t.Context(), rina.token)
	require.NoError(t, err)
	all, err := m.People.MyData(t.Context(), a)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(all), "order.placed")
	require.Equal(t, 204, rina.do("POST", "/me/erase", map[string]any{"password": password}).status)
	var left int64
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM notice WHERE person = ?", person).Scan(&left).Error)
	require.Zero(t, left)
}

// TestLettersOfNoticesWaitForTheirHour: nothing is written in quiet hours, a digest tells what is unread at its hour, once over two
// instances, in the language of its person, and nothing that the person may read no more.
func TestLettersOfNoticesWaitForTheirHour(t *testing.T) {
	at := func(day clock.Date, hour, minute int) clock.Instant {
		d := day.Time()
		return clock.At(time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, clock.Zone("Asia/Jakarta")))
	}
	now := clock.NewFixed(at("2026-03-10", 21, 30))
	m := newMarket(t, "delivery", func(c *app.Config) { c.Clock, c.NoWorkers = now, true })
	m.followed(t)
	s := m.seller.get("/notices/settings")
	for _, x := range s["choices"].([]any) {
		c := x.(map[string]any)
		want := "digest"
		switch str(c, "event") {
		case "order.confirmed", "order.cancelled", "invoice.issued", "payment.confirmed", "limit.changed", "job.done":
			want = "none"
		}
		require.Equal(t, want, str(c, "mail"), "who has chosen nothing is written to of what waits alone: %s", str(c, "event"))
		require.Equal(t, true, c["in_app"])
	}
	set := map[string]any{"choices": []any{map[string]any{"event": "order.placed", "in_app": true, "mail": "once"}}, "zone": "Asia/Jakarta", "quiet_from": 20 * 60, "quiet_until": 6*60 + 30, "digest": "daily", "version": s["version"]}
	m.seller.post("/notices/settings", set, 200)
	require.Equal(t, 409, m.seller.do("POST", "/notices/settings", set).status, "it has changed since")
	set["zone"] = "Mars/Olympus"
	require.Equal(t, 422, m.seller.do("POST", "/notices/settings", set).status)
	m.seller.joins("rina@kopi.example", "Rina", "sales")
	path := "/orders/" + str(m.place(t, "48", ""), "id")
	m.buyer.post(path+"/messages", map[string]any{"body": "Rahasia harga"}, 201)
	m.followed(t)
	written := func(to string) (n int64) {
		t.Helper()
		require.NoError(t, m.Notices.Deliver(t.Context()))
		require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM mail WHERE receiver = ? AND kind IN ('notice','notices')", to).Scan(&n).Error)
		return n
	}
	require.Zero(t, written("owner@kopi.example"), "it is quiet")
	now.Set(at("2026-03-11", 6, 31))
	require.EqualValues(t, 1, written("owner@kopi.example"))
	require.EqualValues(t, 1, written("owner@kopi.example"), "once")
	require.Zero(t, written("rina@kopi.example"), "the digest is not due")
	now.Set(at("2026-03-11", 7, 1))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := m.Notices.Deliver(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, written("rina@kopi.example"), "one digest, however many write")
	require.EqualValues(t, 2, written("owner@kopi.example"), "the message comes in the digest")
	var body string
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT payload FROM mail WHERE receiver = ? AND kind = 'notices'", "rina@kopi.example").Scan(&body).Error)
	require.Contains(t, body, "SO")
	require.NotContains(t, body, "Rahasia")
	now.Set(at("2026-03-12", 7, 1))
	require.EqualValues(t, 1, written("rina@kopi.example"), "nothing new")
}

// TestTheBellCostsOneQuestion: and none more however much there is.
func TestTheBellCostsOneQuestion(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.followed(t)
	asked := m.counting()
	a, _, err := m.Identity.Actor(t.Context(), m.seller.token)
	require.NoError(t, err)
	count := func() int64 {
		before := asked.Load()
		_, err := m.Notices.Unread(t.Context(), a)
		require.NoError(t, err)
		return asked.Load() - before
	}
	require.EqualValues(t, 1, count())
	for range 5 {
		m.place(t, "1", "")
	}
	m.followed(t)
	require.EqualValues(t, 1, count())
	n, err := m.Notices.Unread(t.Context(), a)
	require.NoError(t, err)
	require.EqualValues(t, 5, n)
	require.NotEmpty(t, strings.TrimSpace(m.clickAs("owner@kopi.example").get("/notices").text))
}

// TestRepresentativesAreWrittenToByWhoMakesNotices: of each order once, and only who is named.
func TestRepresentativesAreWrittenToByWhoMakesNotices(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	budi := m.seed(t, "KOPI", "sales", "seller")
	letters := func() (n int64) {
		require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM mail WHERE kind = 'order_placed'").Scan(&n).Error)
		return n
	}
	m.followed(t)
	m.place(t, "2", "")
	m.followed(t)
	require.Zero(t, letters(), "nobody is named")
	m.seller.put("/orgs/"+m.shop+"/representatives", map[string]any{"duty": "field", "person": str(budi.get("/me"), "person")}, 204)
	for range 3 {
		m.place(t, "2", "")
	}
	m.followed(t)
	require.EqualValues(t, 3, letters())
	m.followed(t)
	require.EqualValues(t, 3, letters(), "once")
}
