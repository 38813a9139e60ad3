package ledger_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// debtT is a document of these tests that holds credit: what orders are to the trade.
var debtT = ledger.Register(ledger.Table{Name: "test_debt", Key: 1, Header: true,
	Columns: ledger.Cols(ledger.I("id", "seller", "buyer"), ledger.T("currency"), ledger.M("held", "version"))})

func (w *world) behind(stmts ...string) {
	w.Helper()
	require.NoError(w, w.d.InTx(w.Context(), func(ctx context.Context) error {
		for _, s := range stmts {
			if err := w.d.W(ctx).Exec(s).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// broken are the promises that verify finds broken, by a word of their names.
func (w *world) broken(cfg ledger.VerifyConfig, word string) []ledger.Problem {
	w.Helper()
	rep, err := ledger.Verify(w.Context(), w.d, cfg)
	require.NoError(w, err)
	var out []ledger.Problem
	for _, p := range rep.Problems {
		if strings.Contains(p.Invariant, word) {
			out = append(out, p)
		}
	}
	return out
}

// TestWhatStandsTwiceIsCounted: without its unique indexes the database takes a second event, key, reversal, account and entry; verify
// counts the rows and names each.
func TestWhatStandsTwiceIsCounted(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	w.makes(1)
	for _, key := range []string{"a", "b"} {
		_, err := w.book.Post(t.Context(), w.draft("x/"+key).Client(key, [32]byte{1}).Move(made, at(buyer, whB, buyer, buyer), qty.Units(1)))
		require.NoError(t, err)
	}
	rev, err := ledger.Reversal(t.Context(), w.d.ReadSQL(), 4, "undo", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	_, err = w.book.Post(t.Context(), rev)
	require.NoError(t, err)
	require.Empty(t, w.broken(ledger.VerifyConfig{}, ""))
	for _, table := range []string{"journal", "account", "entry"} {
		w.behind("CREATE TABLE bare AS SELECT * FROM "+table, "DROP TABLE "+table, "ALTER TABLE bare RENAME TO "+table)
	}
	require.Empty(t, w.broken(ledger.VerifyConfig{}, ""), "the rows are what they were")
	for _, c := range []struct{ stmt, where, undo string }{
		{"UPDATE journal SET event_key = 'lot/1/make' WHERE seq = 2", "journal (event_key lot/1/make)", "UPDATE journal SET event_key = 'lot/2/make' WHERE seq = 2"},
		{"UPDATE journal SET client_key = 'a' WHERE seq = 4", "journal (org, client_key 11/a)", "UPDATE journal SET client_key = 'b' WHERE seq = 4"},
		{"UPDATE journal SET reverses = 4 WHERE seq = 3", "journal (reverses 4)", "UPDATE journal SET reverses = NULL WHERE seq = 3"},
		{"INSERT INTO journal SELECT * FROM journal WHERE seq = 2", "journal (seq 2)", ""},
		{"INSERT INTO entry SELECT * FROM entry WHERE seq = 2", "entry (acct, seq, leg ", ""},
		{"INSERT INTO account SELECT * FROM account WHERE place = -1", "account (acct ", ""},
	} {
		w.behind(c.stmt)
		found := false
		for _, p := range w.broken(ledger.VerifyConfig{}, "stands once") {
			found = found || strings.HasPrefix(p.Where, c.where)
		}
		require.True(t, found, c.stmt)
		if c.undo != "" {
			w.behind(c.undo)
		}
	}
}

// TestLimitsAreFollowedJournalByJournal: what is above the limit because the limit was lowered is right, and what a journal raised above
// it is not, unless it is of a kind that may.
func TestLimitsAreFollowedJournalByJournal(t *testing.T) {
	w := newWorld(t)
	cfg := func(past ...string) ledger.VerifyConfig {
		return ledger.VerifyConfig{Holds: &ledger.HoldSource{Credit: "SELECT seller, buyer, currency, SUM(held) FROM test_debt WHERE held <> 0 GROUP BY seller, buyer, currency",
			CreditIn: &ledger.CreditColumn{Table: debtT, Held: "held", Seller: "seller", BillTo: "buyer", Cur: "currency", PastLimit: past}}}
	}
	post := func(p *ledger.Post) {
		t.Helper()
		_, err := w.book.Post(t.Context(), p)
		require.NoError(t, err)
	}
	post(w.draft("limit").Limit(producer, buyer, idr, 1000))
	post(w.draft("place").Credit(producer, buyer, idr, 600).File(debtT.Row(id.ID(5), producer, buyer, "IDR", money.Minor(600), 1)))
	post(w.draft("amend").Credit(producer, buyer, idr, 400).Advance(debtT, 5, 1, ledger.Set{Col: "held", Before: money.Minor(600), After: money.Minor(1000)}))
	post(w.draft("lower").Limit(producer, buyer, idr, 100))
	post(w.draft("bill").Credit(producer, buyer, idr, -700).Owe(producer, buyer, idr, ledger.Trade, 700).
		Advance(debtT, 5, 2, ledger.Set{Col: "held", Before: money.Minor(1000), After: money.Minor(300)}))
	post(w.draft("pay").Owe(producer, buyer, idr, ledger.Trade, -700))
	require.Empty(t, w.broken(cfg(), ""), "a limit that was lowered stops only what would be added")
	post(ledger.Draft("test.bounced", "bounce", id.By{Person: 1, Org: producer}, 7, w.clock.Now()).PastLimit().Owe(producer, buyer, idr, ledger.Trade, 700))
	require.Empty(t, w.broken(cfg("test.bounced"), ""))
	require.Len(t, w.broken(cfg(), "limit of that moment"), 1, "a journal of another kind may not")
	w.behind("UPDATE credit_limit SET limit_amt = 999 WHERE limit_amt = 1000")
	require.NoError(t, ledger.Forge(t.Context(), w.d, 0))
	found := w.broken(cfg("test.bounced"), "limit of that moment")
	require.Len(t, found, 1, "also where all hashes were made anew")
	require.Contains(t, found[0].Where, "(amend)")
}

func TestNobodyHoldsWhoMayNot(t *testing.T) {
	w := newWorld(t)
	w.makes(1)
	w.behind("INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, created_us, version) VALUES " +
		"(13, 'A', 'agent', 'A', 'a', 'ID', 'IDR', 'Asia/Jakarta', FALSE, FALSE, '', '', '', '', FALSE, TRUE, 1, 1)")
	require.Empty(t, w.broken(ledger.VerifyConfig{Places: "SELECT 41, 11"}, ""))
	found := w.broken(ledger.VerifyConfig{Places: "SELECT 41, 13"}, "never goods")
	require.Len(t, found, 1)
	require.Contains(t, found[0].What, "organisation 13 (agent) has the goods")
}

func TestWhatWasDatedBackFitsWhereItTookEffect(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	_, err := w.book.Post(t.Context(), w.draft("ship").Move(made, at(buyer, whB, buyer, buyer), qty.Units(4)))
	require.NoError(t, err)
	later := int64(w.clock.Now().Add(3_600_000_000_000))
	w.behind("UPDATE journal SET effective_us = "+id.ID(later).String()+" WHERE seq = 1",
		"UPDATE entry SET effective_us = "+id.ID(later).String()+" WHERE seq = 1", "UPDATE entry SET late = 1 WHERE seq = 2")
	require.NoError(t, ledger.Forge(t.Context(), w.d, 0))
	require.NotEmpty(t, w.broken(ledger.VerifyConfig{}, "took effect"))
}

// TestNothingAndEmptyAreNotTheSame: what the hash of a journal cannot tell apart, a missing value from an empty one, and an address that
// was taken away from one that was erased, verify tells apart all the same.
func TestNothingAndEmptyAreNotTheSame(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	by := id.By{Person: 77, Org: producer, IP: "10.1.2.3"}
	bare, err := w.book.Post(t.Context(), ledger.Draft("test.moved", "bare", by, 7, w.clock.Now()).Move(made, at(buyer, whB, buyer, buyer), qty.Units(1)))
	require.NoError(t, err)
	keyed, err := w.book.Post(t.Context(), ledger.Draft("test.moved", "keyed", by, 7, w.clock.Now()).Client("k", [32]byte{1}).Move(made, at(buyer, whB, buyer, buyer), qty.Units(1)))
	require.NoError(t, err)
	require.Empty(t, w.broken(ledger.VerifyConfig{}, ""))
	for _, x := range []struct {
		seq       int64
		set, back string
	}{
		{bare.Seq, "client_key = ''", "client_key = NULL"},
		{bare.Seq, "reverses = 0", "reverses = NULL"},
		{bare.Seq, "request_hash = X'" + strings.Repeat("00", 32) + "'", "request_hash = NULL"},
		{keyed.Seq, "request_hash = X'01" + strings.Repeat("00", 32) + "'", "request_hash = X'01" + strings.Repeat("00", 31) + "'"},
	} {
		if w.d.Engine == db.MySQL && strings.Count(x.set, "0") > 64 {
			continue // the column takes 32 bytes there
		}
		w.behind("UPDATE journal SET " + x.set + " WHERE seq = " + strconv.FormatInt(x.seq, 10))
		found := w.broken(ledger.VerifyConfig{}, "")
		require.NotEmpty(t, found, x.set)
		require.Contains(t, found[0].Where, "journal "+strconv.FormatInt(x.seq, 10))
		w.behind("UPDATE journal SET " + x.back + " WHERE seq = " + strconv.FormatInt(x.seq, 10))
	}
	require.Empty(t, w.broken(ledger.VerifyConfig{}, ""))
	w.behind("UPDATE audit SET ip = '' WHERE seq = " + strconv.FormatInt(bare.Seq, 10))
	require.Len(t, w.broken(ledger.VerifyConfig{}, ""), 1, "nobody erased it")
	require.Empty(t, w.broken(ledger.VerifyConfig{Erased: "SELECT 77"}, ""))
}
