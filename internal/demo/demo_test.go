package demo

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/ledger"
	"saluran/internal/ledger/ledgertest"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

const today clock.Date = "2026-11-20"

// opened is a demonstration that was loaded, as the program opens it.
func opened(t *testing.T, url string) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), app.Config{DB: url, NoWorkers: true, Clock: clock.NewFixed(moment(today, 8))})
	require.NoError(t, err)
	t.Cleanup(func() { a.Close() })
	return a
}

// count asks the database for a number.
func count(t *testing.T, d *db.DB, sql string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, d.R(context.Background()).Raw(sql, args...).Scan(&n).Error)
	return n
}

func TestLongWholeDemonstration(t *testing.T) {
	url := dbtest.URL(t)
	s, err := Load(context.Background(), url, today, t.Logf)
	require.NoError(t, err)
	s.People = nil
	t.Logf("%+v", s)
	a := opened(t, url)
	for _, status := range trade.Statuses {
		require.Positive(t, s.Orders[string(status)], status)
	}
	for _, status := range []string{trade.PayReported, trade.PayConfirmed, trade.PayRejected, trade.PayBounced, trade.PayApplied, trade.PayWrittenOff} {
		require.Positive(t, s.Payments[status], status)
	}
	for _, status := range []string{trade.InTransit, trade.Received, trade.Refused, trade.TakenBack, trade.ReturnDone} {
		require.Positive(t, s.Shipments[status], status)
	}
	for _, status := range []string{"open", "part", "paid", "credited"} {
		require.Positive(t, s.Invoices[status], status)
	}
	var orders int64
	for _, n := range s.Orders {
		orders += n
	}
	require.True(t, orders >= 600 && orders <= 1000, "%d orders", orders)
	require.Greater(t, s.Overdue, int64(10))
	fullOfLife(t, a.DB)
	everyoneThere(t, a)
	mapsAndReports(t, a)
}

// lastThings are what is done on the last working day.
var lastThings = map[string]string{
	"messages":                 "SELECT COUNT(*) FROM message",
	"messages to colleagues":   "SELECT COUNT(*) FROM message WHERE internal = 1",
	"people who are mentioned": "SELECT COUNT(*) FROM mention",
	"files in a conversation":  "SELECT COUNT(*) FROM attachment WHERE doc_kind = 'message'",
	"proofs of payment":        "SELECT COUNT(*) FROM attachment WHERE doc_kind = 'payment'",
	"saved views":              "SELECT COUNT(*) FROM desk_view WHERE ended_us = 0",
	"workbooks asked for":      "SELECT COUNT(*) FROM job WHERE kind = 'export'",
}

// A demonstration that is loaded on a Monday has its last working day on a Saturday.
func TestLongADemonstrationOfAMondayIsWhole(t *testing.T) {
	url := dbtest.URL(t)
	_, err := LoadWith(context.Background(), url, "2026-11-23", Options{Days: 30}, t.Logf)
	require.NoError(t, err)
	a := opened(t, url)
	for what, sql := range lastThings {
		assert.Positive(t, count(t, a.DB, sql), what)
	}
}

// fullOfLife looks for what a page would be empty without.
func fullOfLife(t *testing.T, d *db.DB) {
	for what, sql := range lastThings {
		assert.Positive(t, count(t, d, sql), what)
	}
	for what, sql := range map[string]string{
		"back-orders":               "SELECT COUNT(*) FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.kind = 'sale' AND l.qty - l.cancelled - l.dispatched - l.held - l.allotted > 0",
		"goods set aside":           "SELECT COUNT(*) FROM order_line WHERE allotted > 0",
		"orders by the agent":       "SELECT COUNT(*) FROM orders WHERE placed_by = 'agent'",
		"visits with an order":      "SELECT COUNT(*) FROM visit WHERE result = 'order'",
		"visits without":            "SELECT COUNT(*) FROM visit WHERE result = 'none' AND reason <> ''",
		"shelf counts":              "SELECT COUNT(*) FROM visit_count",
		"stops of a round":          "SELECT COUNT(*) FROM visit_stop WHERE ended_us = 0",
		"orders by the seller":      "SELECT COUNT(*) FROM orders WHERE placed_by = 'seller'",
		"counter sales":             "SELECT COUNT(*) FROM orders WHERE number LIKE 'CS-%'",
		"services":                  "SELECT COUNT(*) FROM order_line l JOIN product p ON p.id = l.product WHERE p.kind = 'service' AND l.delivered > 0",
		"luxury":                    "SELECT COUNT(*) FROM order_line WHERE tax * 1000 > net * 115",
		"no tax":                    "SELECT COUNT(*) FROM order_line WHERE tax = 0",
		"credit notes":              "SELECT COUNT(*) FROM invoice WHERE kind = 'credit'",
		"early discounts":           "SELECT COUNT(*) FROM payment_part WHERE kind = 'discount'",
		"deposits":                  "SELECT COUNT(*) FROM payment WHERE deposited > 0",
		"points earned":             "SELECT COUNT(*) FROM points_move WHERE kind = 'earned' AND amount > 0",
		"points spent":              "SELECT COUNT(*) FROM points_move WHERE kind = 'spent'",
		"points expired":            "SELECT COUNT(*) FROM points_move WHERE kind = 'expired'",
		"refunds":                   "SELECT COUNT(*) FROM payment_part WHERE kind = 'refund'",
		"remittances":               "SELECT COUNT(*) FROM payment_part WHERE kind = 'remittance'",
		"collections":               "SELECT COUNT(*) FROM payment WHERE collected = 1",
		"commission on payment":     "SELECT COUNT(*) FROM commission WHERE cause = 'payment'",
		"commission on delivery":    "SELECT COUNT(*) FROM commission WHERE cause = 'delivery'",
		"expired lots":              "SELECT COUNT(*) FROM lot WHERE status = 'expired'",
		"recalled lots":             "SELECT COUNT(*) FROM lot WHERE status = 'recalled'",
		"agreements that wait":      "SELECT COUNT(*) FROM agreement WHERE buyer_by = 0",
		"second editions":           "SELECT COUNT(*) FROM agreement WHERE edition > 1 AND buyer_by <> 0",
		"people of two firms":       "SELECT COUNT(*) FROM (SELECT person FROM membership GROUP BY person HAVING COUNT(*) > 1) x",
		"sellable, about to expire": "SELECT COUNT(*) FROM lot l JOIN account a ON a.unit = l.id AND a.book = 1 AND a.seller <> 0 JOIN balance b ON b.acct = a.acct AND b.posted > 0 WHERE l.expires_on >= '2026-11-20' AND l.expires_on <= '2026-12-20'",
	} {
		assert.Positive(t, count(t, d, sql), what)
	}
	for _, shape := range []string{"direct", "retail", "wholesale", "agent", "full", "merchants"} {
		n := count(t, d, "SELECT COUNT(*) FROM orders o JOIN link l ON l.id = o.link JOIN channel c ON c.id = l.channel WHERE c.shape = ?", shape)
		require.Greater(t, n, int64(10), shape)
	}
	for _, point := range []string{"confirmation", "dispatch", "delivery", "payment"} {
		require.Positive(t, count(t, d, "SELECT COUNT(*) FROM agreement WHERE title_on = ?", point), point)
	}
	for _, point := range []string{"dispatch", "delivery", "title"} {
		require.Positive(t, count(t, d, "SELECT COUNT(*) FROM agreement WHERE risk_on = ?", point), point)
	}
	require.Zero(t, count(t, d, "SELECT COUNT(*) FROM account a JOIN org o ON o.id = a.owner WHERE a.book = 1 AND o.kind = 'agent'"), "an agent never owns")
	require.Zero(t, count(t, d, "SELECT COUNT(*) FROM journal WHERE recorded_us >= ?", int64(moment(today, 0))), "nothing lies in the future")
}

// everyoneThere signs everybody in, who stand in each role of each kind.
func everyoneThere(t *testing.T, a *app.App) {
	met := map[string]bool{}
	for _, p := range SignIns() {
		met[p.Kind+" "+p.Role] = true
	}
	for _, kind := range []string{"producer", "distributor", "wholesaler", "agent", "retailer"} {
		for _, role := range roles {
			require.True(t, met[kind+" "+role], "%s %s", kind, role)
		}
	}
	for _, p := range []SignIn{SignIns()[0], SignIns()[3], SignIns()[len(SignIns())-1]} {
		token, _, err := a.Identity.SignIn(context.Background(), identity.SignIn{Email: p.Email, Password: Password, Kind: "web", IP: "127.0.0.1"})
		require.NoError(t, err, p.Email)
		actor, _, err := a.Identity.Actor(context.Background(), token)
		require.NoError(t, err)
		require.Equal(t, p.Role, actor.Role)
		require.Equal(t, p.Org, actor.OrgName)
	}
	_, _, err := a.Identity.SignIn(context.Background(), identity.SignIn{Email: "owner@t02.example", Password: "", Kind: "web", IP: "127.0.0.2"})
	require.Error(t, err, "who has no password cannot sign in")
}

func TestLongTheSameDayGivesTheSameDemonstration(t *testing.T) {
	short := Options{Days: 16}
	one, two := dbtest.URL(t), dbtest.URL(t)
	s1, err := LoadWith(context.Background(), one, today, short, t.Logf)
	require.NoError(t, err)
	s2, err := LoadWith(context.Background(), two, today, short, t.Logf)
	require.NoError(t, err)
	require.Positive(t, s1.Journals)
	require.Equal(t, s1, s2)
	sameRows(t, opened(t, one).DB, opened(t, two).DB)
	again, err := Load(context.Background(), one, today, t.Logf)
	require.NoError(t, err)
	require.False(t, again.Loaded)
	require.Equal(t, SignIns(), again.People)
	t.Run("tampering is found", func(t *testing.T) { tamperingIsFound(t, opened(t, two)) })
}

func TestADatabaseInUseIsLeftAlone(t *testing.T) {
	url := dbtest.Ready(t)
	a := opened(t, url)
	_, _, err := a.Partner.Setup(context.Background(), cast[1].freshAs("operator"), cast[2].fresh())
	require.NoError(t, err)
	s, err := Load(context.Background(), url, today, t.Logf)
	require.NoError(t, err)
	require.False(t, s.Loaded)
	require.Empty(t, s.People)
	require.Equal(t, int64(2), count(t, a.DB, "SELECT COUNT(*) FROM org"))
}

func (p part) freshAs(kind string) (n partner.NewOrg) {
	n = p.fresh()
	n.Kind = kind
	return n
}

func TestADemonstrationThatBrokeOffIsNamed(t *testing.T) {
	url := dbtest.Ready(t)
	a := opened(t, url)
	_, _, err := a.Partner.Setup(context.Background(), cast[0].fresh(), cast[1].fresh())
	require.NoError(t, err)
	_, err = Load(context.Background(), url, today, t.Logf)
	require.ErrorContains(t, err, "broke off")
}

// tamperingIsFound changes every column that verify vouches for behind the program's back, in books that real trade has written.
func tamperingIsFound(t *testing.T, a *app.App) {
	reversed(t, a)
	tried, empty := ledgertest.Tamper(t, a.DB, a.VerifyConfig(), partner.Vouched()...)
	t.Logf("%d columns changed, each found and named; empty: %v", tried, empty)
	require.Empty(t, empty, "columns that nothing fills")
}

// reversed books a claim by mistake and takes it back: no use case of the demonstration reverses a journal.
func reversed(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cur := context.Background(), money.Currencies["IDR"]
	var orgs []id.ID
	require.NoError(t, a.DB.R(ctx).Raw("SELECT id FROM org WHERE kind IN ('producer', 'distributor') ORDER BY id LIMIT 2").Scan(&orgs).Error)
	by := id.By{Person: app.Program, Org: orgs[0]}
	r, err := a.Book.Post(ctx, ledger.Draft("test.mistake", "test/mistake", by, orgs[0], a.Clock.Now()).Owe(orgs[0], orgs[1], cur, ledger.Claim, rupiah(500)))
	require.NoError(t, err)
	back, err := ledger.Reversal(ctx, a.DB.ReadSQL(), r.Seq, "test/undo", by, a.Clock.Now())
	require.NoError(t, err)
	_, err = a.Book.Post(ctx, back)
	require.NoError(t, err)
}
