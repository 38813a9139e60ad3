package app_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/i18n"
)

// office is a market whose clock is moved by hand and whose work is done by hand.
type office struct {
	*market
	t     *testing.T
	clock *clock.Fixed
}

func newOffice(t *testing.T) *office {
	now := clock.NewFixed(jakarta("2026-03-09 12:00"))
	return &office{newMarket(t, "delivery", func(c *app.Config) { c.Clock, c.NoWorkers = now, true }), t, now}
}

func jakarta(s string) clock.Instant {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, clock.Zone("Asia/Jakarta"))
	if err != nil {
		panic(err)
	}
	return clock.At(t)
}

// at moves the clock; who was signed in signs in again, as people do on another day.
func (o *office) at(s string) {
	o.t.Helper()
	o.clock.Set(jakarta(s))
	o.seller.token, o.buyer.token = o.signIn("owner@kopi.example").token, o.signIn("owner@toko.example").token
}

// round has what is due made and told: a round asks for it, the queue makes it, a round tells.
func (o *office) round() {
	o.t.Helper()
	require.NoError(o.t, o.Schedules.Round(o.t.Context()))
	o.work()
	require.NoError(o.t, o.Schedules.Round(o.t.Context()))
}

// work does all jobs that wait.
func (o *office) work() {
	o.t.Helper()
	ctx, stop := context.WithCancel(o.t.Context())
	ended := make(chan struct{})
	go func() { o.Jobs.Run(ctx); close(ended) }()
	require.Eventually(o.t, func() bool {
		return o.count(o.t, "SELECT COUNT(*) FROM job WHERE status IN ('queued','running') AND id <> 7707707707006") == 0
	}, 30*time.Second, 20*time.Millisecond)
	stop()
	<-ended
}

// letters are the kinds of the letters about schedules to an address, oldest first.
func (o *office) letters(to string) (kinds []string) {
	o.t.Helper()
	require.NoError(o.t, o.DB.R(o.t.Context()).Raw("SELECT kind FROM mail WHERE receiver = ? AND kind LIKE 'schedule%' ORDER BY id", to).Scan(&kinds).Error)
	return kinds
}

func daily(more ...any) map[string]any {
	out := map[string]any{"report": "payment-sheet", "span": "before", "every": "day", "at": "07:00", "zone": "Asia/Jakarta", "lang": "id"}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
		if more[i+1] == nil {
			delete(out, more[i].(string))
		}
	}
	return out
}

// stockDaily is a schedule that whoever runs exports may make: a new one each time, because some tests write into the bodies they send.
func stockDaily() map[string]any {
	return map[string]any{"report": "stock", "every": "day", "at": "07:00", "zone": "Asia/Jakarta", "lang": "id"}
}

// TestAReportComesByTheCalendar: once on its date, over two instances too; the letter leads to the file and carries none; three days
// without the portal are one letter over three days; the list as it was filtered.
func TestAReportComesByTheCalendar(t *testing.T) {
	o := newOffice(t)
	s := o.buyer.post("/schedules", daily("title", "Yang harus dibayar"), 201)
	path := "/schedules/" + str(s, "id")
	require.Equal(t, jakarta("2026-03-10 07:00").RFC3339(), str(s, "next_at"))
	o.round()
	require.Empty(t, o.letters("owner@toko.example"), "not due")

	o.at("2026-03-10 07:00")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := o.Schedules.Round(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, o.count(t, "SELECT COUNT(*) FROM job WHERE kind = 'export' AND id <> 7707707707006"), "once, whoever asks")
	o.work()
	for range 8 {
		all.Go(func() {
			if err := o.Schedules.Round(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Equal(t, []string{"schedule_made"}, o.letters("owner@toko.example"), "once, whoever tells")
	var letter string
	require.NoError(t, o.DB.R(t.Context()).Raw("SELECT payload FROM mail WHERE kind = 'schedule_made'").Scan(&letter).Error)
	require.Contains(t, letter, "Yang harus dibayar")
	_, link, _ := strings.Cut(letter, `"link":"`)
	link, _, _ = strings.Cut(link, `"`)
	require.True(t, strings.HasPrefix(link, "/files/"), letter)
	require.Equal(t, 303, o.click().get(link).status, "who is not signed in signs in first")
	got := o.clickAs("owner@toko.example").get(link)
	require.Equal(t, 200, got.status)
	require.Contains(t, got.header.Get("Content-Disposition"), "2026-03-09_2026-03-09.xlsx")
	require.Equal(t, 404, o.clickAs("owner@kopi.example").get(link).status, "another organisation's")
	s = o.buyer.get(path)
	require.Equal(t, jakarta("2026-03-11 07:00").RFC3339(), str(s, "next_at"))
	require.NotEmpty(t, str(s, "sent_at"))

	list := o.seller.post("/schedules", daily("report", nil, "span", nil, "list", "orders", "filter", map[string]any{"side": "selling", "status": "placed"}, "every", "week", "on_day", 3, "at", "08:00", "zone", "Asia/Makassar"), 201)
	require.Equal(t, jakarta("2026-03-11 07:00").RFC3339(), str(list, "next_at"))
	o.at("2026-03-13 09:00")
	o.round()
	o.round()
	require.Len(t, o.letters("owner@toko.example"), 2, "three dates that passed are one letter")
	require.Len(t, o.letters("owner@kopi.example"), 1)
	var asked []string
	require.NoError(t, o.DB.R(t.Context()).Raw("SELECT payload FROM job WHERE kind = 'export' AND id <> 7707707707006 ORDER BY id").Scan(&asked).Error)
	require.Len(t, asked, 3)
	require.Contains(t, strings.Join(asked, "\n"), `"from":"2026-03-10","to":"2026-03-12"`, "no day is missing")
	require.Contains(t, strings.Join(asked, "\n"), `"status":"placed"`)
	require.Contains(t, strings.Join(asked, "\n"), `"zone":"Asia/Makassar"`, "its times are those of the schedule's zone")
	require.Equal(t, jakarta("2026-03-14 07:00").RFC3339(), str(o.buyer.get(path), "next_at"))
	require.Equal(t, 404, o.seller.do("GET", path, nil).status, "a schedule is its person's")
	require.Empty(t, items(o.seller.get("/schedules"))[1:])
	require.Contains(t, strings.Join(o.said(t, o.buyer.org, "schedule.made"), ""), "day 0 420 Asia/Jakarta")
	require.NotContains(t, strings.Join(o.said(t, o.buyer.org, "schedule.made"), ""), "Yang harus", "names of people's own stay out of the chain")
}

// TestAScheduleStopsWithTheRight, says so once, goes on when the right is back, and ends with the person.
func TestAScheduleStopsWithTheRight(t *testing.T) {
	o := newOffice(t)
	person := o.seller.joins("rina@kopi.example", "Rina", "finance")
	rina := o.signIn("rina@kopi.example")
	s := rina.post("/schedules", daily("report", "receivables"), 201)
	path := "/schedules/" + str(s, "id")
	o.seller.put("/people/"+person+"/role", map[string]any{"role": "warehouse"}, 204)
	o.at("2026-03-10 07:00")
	o.round()
	o.round()
	require.Equal(t, []string{"schedule_stopped"}, o.letters("rina@kopi.example"))
	rina = o.signIn("rina@kopi.example")
	s = rina.get(path)
	require.Equal(t, "stopped", str(s, "status"))
	require.Equal(t, "right", str(s, "why"))
	require.Empty(t, str(s, "next_at"))
	require.Equal(t, 403, rina.do("POST", path+"/resume", nil).status, "not without the right")
	require.Contains(t, o.clickAs("rina@kopi.example").get(path).text, "may no longer see or export")

	o.seller.put("/people/"+person+"/role", map[string]any{"role": "finance"}, 204)
	rina = o.signIn("rina@kopi.example")
	s = rina.post(path+"/resume", nil, 200)
	require.Equal(t, "on", str(s, "status"))
	o.at("2026-03-11 07:00")
	require.NoError(t, o.Schedules.Round(t.Context()))
	o.seller.put("/people/"+person+"/role", map[string]any{"role": "warehouse"}, 204) // between the asking and the writing
	o.work()
	require.NoError(t, o.Schedules.Round(t.Context()))
	require.Equal(t, []string{"schedule_stopped", "schedule_stopped"}, o.letters("rina@kopi.example"), "no file for who lost the right meanwhile")
	require.EqualValues(t, 0, o.count(t, "SELECT COUNT(*) FROM file WHERE kept = 0 AND id <> 7707707707006"))

	o.seller.put("/people/"+person+"/role", map[string]any{"role": "finance"}, 204)
	rina = o.signIn("rina@kopi.example")
	rina.post(path+"/resume", nil, 200)
	rina.post(path+"/end", nil, 200)
	o.seller.put("/people/"+person+"/role", map[string]any{"role": "warehouse"}, 204)
	rina = o.signIn("rina@kopi.example")
	require.Equal(t, 403, rina.do("POST", path+"/restore", nil).status, "what has ended is not taken up without the right")
	o.seller.put("/people/"+person+"/role", map[string]any{"role": "finance"}, 204)
	rina = o.signIn("rina@kopi.example")
	rina.post(path+"/restore", nil, 200)
	a, _, err := o.Identity.Actor(t.Context(), rina.token)
	require.NoError(t, err)
	known, err := o.People.MyData(t.Context(), a)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(known), "receivables")
	o.seller.post("/people/"+person+"/remove", map[string]any{}, 204)
	require.EqualValues(t, 1, o.count(t, "SELECT COUNT(*) FROM schedule WHERE status = 'ended' AND next_us = 0 AND person = "+person))
	o.at("2026-03-12 07:00")
	o.round()
	require.Len(t, o.letters("rina@kopi.example"), 2)
	require.Len(t, o.said(t, o.seller.org, "schedule.ended"), 2)
}

// TestAScheduleIsKeptByOnesHand: twice is once, at once, bad, forbidden, changed by another, too many.
func TestAScheduleIsKeptByOnesHand(t *testing.T) {
	o := newOffice(t)
	for name, bad := range map[string]map[string]any{"a day that no month has": daily("every", "month", "on_day", 29), "no weekday": daily("every", "week"), "no hour": daily("at", "25:00"),
		"a zone that is none": daily("zone", "Mars/Olympus"), "neither report nor list": daily("report", nil), "both": daily("list", "orders"), "no days": daily("span", nil),
		"a currency that is none": daily("currency", "XXX"), "too long a name": daily("title", strings.Repeat("a", 61)), "a control character": daily("title", "a\nb")} {
		a := o.seller.do("POST", "/schedules", bad)
		require.Equal(t, 422, a.status, "%s: %s", name, a.text)
	}
	require.Empty(t, items(o.seller.get("/schedules")))
	sales := o.seed(t, "KOPI", "warehouse", "seller")
	require.Equal(t, 403, sales.do("POST", "/schedules", daily("report", "receivables")).status, "what one may not have one does not schedule")

	s := o.seller.post("/schedules", daily(), 201)
	path := "/schedules/" + str(s, "id")
	require.Equal(t, 412, o.seller.do("PUT", path, daily("report", nil, "at", "08:30"), "If-Match", `"7"`).status)
	s = o.seller.get(path)
	a := o.seller.do("PUT", path, daily("report", nil, "at", "08:30"), "If-Match", `"1"`)
	require.Equal(t, 200, a.status, a.text)
	require.Equal(t, jakarta("2026-03-10 08:30").RFC3339(), str(a.body, "next_at"))
	o.seller.post(path+"/pause", nil, 200)
	require.Equal(t, "paused", str(o.seller.post(path+"/pause", nil, 200), "status"), "twice is once")
	o.at("2026-03-12 12:00")
	o.round()
	require.Empty(t, o.letters("owner@kopi.example"), "nothing is sent of what is paused")
	require.Equal(t, jakarta("2026-03-13 08:30").RFC3339(), str(o.seller.post(path+"/resume", nil, 200), "next_at"), "it goes on with the next date")
	o.seller.post(path+"/end", nil, 200)
	o.seller.post(path+"/end", nil, 200)
	require.Equal(t, 409, o.seller.do("POST", path+"/resume", nil).status, "what has ended has ended")
	require.Empty(t, items(o.seller.get("/schedules")))
	o.takesUpAgain(path)

	var made, full atomic.Int64
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			switch a := o.seller.do("POST", "/schedules", daily()); a.status {
			case 201:
				made.Add(1)
			case 409:
				full.Add(1)
			default:
				t.Error(a.status, a.text)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, []int64{20, 40}, []int64{made.Load(), full.Load()}, "a person has twenty, however many are asked for at once")
	require.EqualValues(t, 20, len(items(o.seller.get("/schedules"))))
	require.Equal(t, "schedule.too_many", str(o.seller.post(path+"/restore", nil, 409), "code"), "no room")
}

// takesUpAgain: what has ended can be taken up again, by the rights of then and where there is room, once however many ask at once.
func (o *office) takesUpAgain(path string) {
	t := o.t
	require.Equal(t, []string{path}, []string{"/schedules/" + str(items(o.seller.get("/schedules?ended=true"))[0], "id")})
	require.Equal(t, 404, o.buyer.do("POST", path+"/restore", nil).status, "another's is none")
	tag := fmt.Sprintf(`"%.0f"`, o.seller.get(path)["version"])
	require.Equal(t, 412, o.seller.do("POST", path+"/restore", nil, "If-Match", `"1"`).status, "it has changed since")
	before := o.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'schedule.restored'")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if a := o.seller.do("POST", path+"/restore", nil, "If-Match", tag); a.status != 200 {
				t.Error(a.status, a.text)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, o.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'schedule.restored'")-before, "once")
	s := o.seller.get(path)
	require.Equal(t, "on", str(s, "status"))
	require.NotEmpty(t, str(s, "next_at"))
	require.Len(t, items(o.seller.get("/schedules")), 1)
	require.Empty(t, items(o.seller.get("/schedules?ended=true")))
	o.seller.post(path+"/end", nil, 200)
}

// TestASchedulesPages do all of it without a script, from the list that is shown, and say what is wrong beside what was typed.
func TestASchedulesPages(t *testing.T) {
	o := newOffice(t)
	c := o.clickAs("owner@kopi.example")
	require.Contains(t, c.get("/schedules").text, "No scheduled reports yet")
	list := c.get("/orders?side=seller&status=placed")
	require.Contains(t, list.text, "/schedules/new?list=orders&amp;query=side%3Dseller%26status%3Dplaced")
	form := c.get("/schedules/new?list=orders&query=side%3Dseller%26status%3Dplaced")
	require.Contains(t, form.text, "Sales")
	f := form.fields("/schedules")
	f.Set("at", "hari ini")
	f.Set("title", "Pesanan menunggu")
	bad := c.post("/schedules", f)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "Pesanan menunggu", "what was typed stays")
	f = bad.fields("/schedules")
	for k, v := range map[string]string{"at": "06:30", "title": "Pesanan menunggu", "zone": "Asia/Jakarta", "lang": "id"} {
		f.Set(k, v)
	}
	f.Set("when", "month-1")
	got := c.post("/schedules", f)
	require.Equal(t, http.StatusSeeOther, got.status)
	page := c.get("/schedules")
	require.Contains(t, page.text, "Pesanan menunggu")
	require.Contains(t, page.text, "Every month on day 1 at 06:30")
	s := items(o.seller.get("/schedules"))[0]
	require.Equal(t, map[string]any{"side": "selling", "status": "placed"}, s["filter"])
	path := "/schedules/" + str(s, "id")
	one := c.get(path)
	stale := one.fields(path)
	for do, want := range map[string]string{"pause": "Paused"} {
		f := one.fields(path)
		f.Set("do", do)
		require.Equal(t, 303, c.post(path, f).status)
		require.Contains(t, c.get(path).text, want)
	}
	stale.Set("do", "resume")
	require.Equal(t, 409, c.post(path, stale).status, "it has changed since")
	require.Equal(t, 404, o.clickAs("owner@toko.example").get(path).status)
	require.Equal(t, 404, c.get("/schedules/new?list=secrets").status)
	o.keepsTheMap(c)
	f = c.get(path).fields(path)
	f.Set("do", "end")
	require.Equal(t, 303, c.post(path, f).status)
	page = c.get("/schedules")
	require.Contains(t, page.text, "No scheduled reports yet")
	require.Contains(t, page.text, "Ended (2)")
	f = page.fields(path)
	f.Set("do", "restore")
	require.Equal(t, 303, c.post(path, f).status)
	require.Contains(t, c.get("/schedules").text, "Every month on day 1 at 06:30")
}

// keepsTheMap: a map is sent as it is shown, but of the day on which it is sent.
func (o *office) keepsTheMap(c *clicker) {
	t := o.t
	channel := str(items(o.seller.get("/channels"))[0], "id")
	page := c.get("/channels/" + channel + "/map?on=2026-03-01&period=year&measure=dues").text
	href := regexp.MustCompile(`/schedules/new\?list=channel-map[^"]*`).FindString(page)
	require.NotEmpty(t, href)
	form := c.get(entities.Replace(href))
	require.Contains(t, form.text, i18n.T(i18n.EN, "map.by_dues"))
	f := form.fields("/schedules")
	for k, v := range map[string]string{"when": "week-1", "at": "06:30", "zone": "Asia/Jakarta", "lang": "id"} {
		f.Set(k, v)
	}
	require.Equal(t, 303, c.post("/schedules", f).status)
	all := items(o.seller.get("/schedules"))
	require.Equal(t, map[string]any{"channel": channel, "period": "year", "measure": "dues", "currency": "IDR"}, all[len(all)-1]["filter"])
	o.seller.post("/schedules/"+str(all[len(all)-1], "id")+"/end", nil, 200)
}

// TestAScheduleOfAKeyEndsWithTheKey, and what cannot be made is told of and tried again; what somebody cancels is told to nobody.
func TestAScheduleOfAKeyEndsWithTheKey(t *testing.T) {
	o := newOffice(t)
	made := o.seller.post("/keys", map[string]any{"name": "ERP", "scopes": []string{"export:run", "stock:read"}, "days": 30}, 201)
	key := &user{p: o.portal, token: str(made, "secret")}
	require.Equal(t, 403, key.do("POST", "/schedules", daily()).status, "a key schedules what it may have")
	key.post("/schedules", stockDaily(), 201)
	mine := "/schedules/" + str(o.seller.post("/schedules", stockDaily(), 201), "id")
	fails := func(day, status, message string) {
		o.at(day + " 07:00")
		require.NoError(t, o.Schedules.Round(t.Context()))
		require.NoError(t, o.DB.InTx(t.Context(), func(ctx context.Context) error {
			return o.DB.W(ctx).Exec("UPDATE job SET status = ?, message = ? WHERE status = 'queued' AND org = ?", status, message, o.seller.org).Error
		}))
		require.NoError(t, o.Schedules.Round(t.Context()))
	}
	fails("2026-03-10", "failed", `{"kind":1,"code":"report.several_currencies"}`)
	require.Equal(t, []string{"schedule_failed", "schedule_failed"}, o.letters("owner@kopi.example"))
	require.Equal(t, "on", str(o.seller.get(mine), "status"), "the next date is tried again")
	require.Empty(t, str(o.seller.get(mine), "sent_at"))

	require.Equal(t, 200, o.seller.do("DELETE", "/keys/"+str(made, "id"), nil).status)
	fails("2026-03-11", "cancelled", "")
	require.Len(t, o.letters("owner@kopi.example"), 2)
	require.EqualValues(t, 1, o.count(t, "SELECT COUNT(*) FROM schedule WHERE status = 'ended' AND api_key <> 0"), "no key, no schedule of it")
	require.Len(t, items(o.seller.get("/schedules")), 1)
}
