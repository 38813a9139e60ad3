package app_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/internal/intake"
	"saluran/internal/ledger"
	"saluran/internal/trade"
)

const bottles = `Invoice/Item Number,Date,Store Number,Store Name,Vendor,Vendor Name,Item Number,Item Description,Pack,State Bottle Cost,State Bottle Retail,Bottles Sold,Sale (Dollars)
INV-100000001,2022-03-01,2001,CORNER SHOP,007,MAKER,11,GIN,6,4.00,6.00,10,60.00
INV-100000002,2022-03-01,2001,CORNER SHOP,007,MAKER,12,RUM,6,5.00,7.50,4,30.00
INV-200000001,2022-03-02,2002,OTHER SHOP,007,MAKER,11,GIN,6,4.00,6.00,6,36.00
`

const moreBottles = bottles + "INV-300000001,2022-03-02,2002,OTHER SHOP,007,MAKER,12,RUM,6,5.00,7.50,2,15.00\n"

// failing books the first day's purchase, and fails at whatever else there is: the days are booked side by side, in no order.
type failing struct {
	intake.Recorder
	begun  *atomic.Bool
	bought chan struct{} // closed when it stands
}

func fails(r intake.Recorder) failing { return failing{r, &atomic.Bool{}, make(chan struct{})} }

func (f failing) Record(ctx context.Context, a access.Actor, h trade.History) (ledger.Receipt, error) {
	if h.Kind != "history.purchase" || h.On != "2022-03-01" || f.begun.Swap(true) {
		<-f.bought
		return ledger.Receipt{}, errs.New(errs.Invalid, "import.too_large") // the queue tries again what is nobody's fault
	}
	defer close(f.bought)
	h.After = nil
	return f.Recorder.Record(context.WithoutCancel(ctx), a, h)
}

// broke is a portal on which an upload of the operator broke off when it began to sell; the page of it, by its id.
func broke(t *testing.T) (m *market, op *user, run, id string) {
	m = newMarket(t, "delivery")
	op = m.operator(t)
	whole := m.Intake.Trade
	m.Intake.Trade = fails(whole)
	check, found := op.checked("iowa", "lines", "march.csv", bottles)
	require.Equal(t, "done", str(found["job"].(map[string]any), "status"), "%v", found)
	run = str(op.post("/imports/"+check+"/apply", map[string]any{}, 202), "id")
	require.Equal(t, "failed", str(op.waitJob("/imports/runs/" + run)["job"].(map[string]any), "status"))
	m.Intake.Trade = whole
	all := items(op.get("/unfinished-imports"))
	require.Len(t, all, 1)
	require.Equal(t, false, all[0]["under_way"])
	require.Equal(t, "march.csv", str(all[0], "files"))
	return m, op, run, str(all[0], "id")
}

// TestAnImportThatBrokeOffIsGivenUp by one of two hundred who ask at once; each of the others is told so. Another file goes on.
func TestAnImportThatBrokeOffIsGivenUp(t *testing.T) {
	m, op, run, id := broke(t)
	path := "/unfinished-imports/" + id
	b := op.get(path)["bought"].(map[string]any)
	require.Equal(t, []any{1.0, 0.0, 2.0, "14"}, []any{b["purchases"], b["sales"], b["unsold_products"], b["unsold_quantity"]}, "what the first day needs is bought")

	for name, other := range map[string]*user{"a producer": m.seller, "a shop": m.buyer} {
		require.Equal(t, 404, other.do("GET", path, nil).status, name)
		require.Equal(t, 404, other.do("POST", path+"/give-up", nil).status, name)
		require.Empty(t, items(other.get("/unfinished-imports")), name)
	}
	org, err := m.Partner.Resolve(t.Context(), "KOPI")
	require.NoError(t, err)
	_, err = m.Identity.Seed(t.Context(), org.ID, org.Kind, identity.NewPerson{Email: "viewer@kopi.example", Name: "Vi", Password: password, Lang: "en", Role: "viewer"})
	require.NoError(t, err)
	require.Equal(t, 403, m.signIn("viewer@kopi.example").do("POST", path+"/give-up", nil).status)
	for _, none := range []string{"999999", run, m.product} {
		require.Equal(t, 404, op.do("POST", "/unfinished-imports/"+none+"/give-up", nil).status, none)
	}
	stopped := op.sendImport("other", "iowa", "lines", "april.csv", moreBottles)
	require.Equal(t, 202, stopped.status)
	failed := op.waitJob("/imports/" + str(stopped.body, "id"))["job"].(map[string]any)
	require.Contains(t, str(failed, "problem"), "march.csv")

	m.setJob(t, run, "running")
	busy := op.do("POST", path+"/give-up", nil)
	require.Equal(t, 409, busy.status, busy.text)
	require.Contains(t, busy.text, `"import.under_way"`)
	m.setJob(t, run, "failed")

	got := crowd(200, func(i int, key string) answer { return op.do("POST", path+"/give-up", nil, "Idempotency-Key", key) })
	given := 0
	for _, a := range got {
		if a.status == 200 {
			require.Equal(t, true, a.body["given_up"])
			given++
			continue
		}
		require.Equal(t, 409, a.status, a.text)
		require.Contains(t, a.text, `"import.given_up"`)
	}
	require.Equal(t, 1, given)
	require.Empty(t, items(op.get("/unfinished-imports")))
	var n int
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE org = ? AND action = 'import.given_up' AND changes LIKE '%march.csv%' AND seq > 0", op.org).Scan(&n).Error)
	require.Equal(t, 1, n, "the log says who gave it up")

	check, _ := op.checked("iowa", "lines", "april.csv", moreBottles)
	next := op.post("/imports/"+check+"/apply", map[string]any{}, 202)
	require.Equal(t, "done", str(op.waitJob("/imports/runs/" + str(next, "id"))["job"].(map[string]any), "status"))
	require.NoError(t, m.DB.R(t.Context()).Raw(`SELECT SUM(b.posted) FROM account a JOIN balance b ON b.acct = a.acct JOIN org s ON s.id = a.owner WHERE a.book = 1 AND s.code = 'IOWA'`).Scan(&n).Error)
	require.Equal(t, 14_000, n, "bottles that the first bought stay bought")
	all := op.do("POST", path+"/give-up", nil)
	require.Equal(t, 409, all.status)
	m.holdsTogether(t)
}

// TestGivingUpTwiceWithOneKeyIsGivingUpOnce: also a hundred times at once.
func TestGivingUpTwiceWithOneKeyIsGivingUpOnce(t *testing.T) {
	m, op, _, id := broke(t)
	for _, a := range crowd(100, func(int, string) answer {
		return op.do("POST", "/unfinished-imports/"+id+"/give-up", nil, "Idempotency-Key", "once")
	}) {
		require.Equal(t, 200, a.status, a.text)
	}
	require.Equal(t, 200, op.do("POST", "/unfinished-imports/"+id+"/give-up", nil, "Idempotency-Key", "once").status)
	m.holdsTogether(t)
}

// TestAnImportOfTheCommandLineIsGivenUpWhenItIsQuiet: while it posts it is under way.
func TestAnImportOfTheCommandLineIsGivenUpWhenItIsQuiet(t *testing.T) {
	m := newMarket(t, "delivery")
	op := m.operator(t)
	whole := m.Intake.Trade
	m.Intake.Trade = fails(whole)
	imap, err := intake.ShippedMapping("iowa")
	require.NoError(t, err)
	_, err = m.Intake.Run(t.Context(), intake.System(), intake.Job{Map: imap, Lines: []intake.Source{sourceOf("march.csv", bottles)}})
	require.Equal(t, "import.too_large", errs.CodeOf(err))
	m.Intake.Trade = whole
	all := items(op.get("/unfinished-imports"))
	require.Len(t, all, 1)
	require.Equal(t, true, all[0]["under_way"], "it has posted a moment ago")
	path := "/unfinished-imports/" + str(all[0], "id")
	require.Contains(t, op.do("POST", path+"/give-up", nil).text, `"import.under_way"`)
	require.Equal(t, "14", str(op.get(path)["bought"].(map[string]any), "unsold_quantity"), "in the seller's name")
	_, err = m.Intake.Run(t.Context(), intake.System(), intake.Job{Map: imap, Lines: []intake.Source{sourceOf("march.csv", bottles)}})
	require.NoError(t, err)
	require.Empty(t, items(op.get("/unfinished-imports")))
	require.Contains(t, op.do("POST", path+"/give-up", nil).text, `"import.whole"`)
}

// TestAnImportIsGivenUpOnThePage, after the page has said what remains bought.
func TestAnImportIsGivenUpOnThePage(t *testing.T) {
	m, op, run, id := broke(t)
	c := m.clickAs("op@portal.example")
	here := "/unfinished-imports/" + id
	require.Contains(t, c.get("/imports").text, here)
	page := c.get(here)
	require.Contains(t, page.text, "14 units of 2 products are bought and not sold")
	form := page.fields(here + "/give-up")
	ask := c.post(here+"/give-up", form)
	require.Equal(t, 200, ask.status)
	require.Contains(t, ask.text, "14 units of 2 products")
	require.Len(t, items(op.get("/unfinished-imports")), 1, "nothing was done yet")
	sure := ask.fields(here + "/give-up")
	sure.Set("sure", "1")

	m.setJob(t, run, "running")
	busy := c.post(here+"/give-up", sure)
	require.Equal(t, 409, busy.status)
	require.Contains(t, busy.text, "it is being worked on just now")
	require.NotContains(t, c.get("/imports").text, here)
	m.setJob(t, run, "failed")

	sure = c.post(here+"/give-up", c.get(here).fields(here+"/give-up")).fields(here + "/give-up")
	sure.Set("sure", "1")
	require.Equal(t, 303, c.post(here+"/give-up", sure).status)
	require.Equal(t, 303, c.post(here+"/give-up", sure).status, "sent twice, done once")
	again := c.post(here+"/give-up", form)
	require.Equal(t, 409, again.status)
	require.Contains(t, again.text, "was given up already")
	require.NotContains(t, c.get("/imports").text, here)
	require.Equal(t, 404, m.clickAs("owner@kopi.example").get(here).status)
	m.holdsTogether(t)
}

func sourceOf(name, content string) intake.Source {
	return intake.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

func (m *market) setJob(t *testing.T, id, status string) {
	t.Helper()
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
		until := m.Config.Clock.Now() + 3_600_000_000
		return m.DB.W(ctx).Exec("UPDATE job SET status = ?, locked_by = 'other/1', locked_until_us = ? WHERE id = ?", status, until, fmt.Sprint(id)).Error
	}))
}
