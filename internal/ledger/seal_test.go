package ledger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/ledger/ledgertest"
	"saluran/internal/seal"
)

// kept is a world with a keeper over it.
type kept struct {
	*world
	keeper *seal.Keeper
	erased string // a query
}

func keep(t *testing.T) kept { return keepWith(t, 7) }

func keepWith(t *testing.T, key byte) kept {
	w := newWorld(t)
	k := seal.New(seal.Config{DB: w.d, Book: w.book, Clock: w.clock, By: id.By{Person: 1}, Concerns: concerns,
		Key: func() (seal.Key, error) {
			return seal.LoadKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{key}, 32)), "")
		}})
	w.d.Witness = k
	return kept{w, k, ""}
}

var concerns = []ledger.Concern{{Table: "test_paper", Columns: []string{"id"}}}

// TestAKeyThatEndsWithTheProgramIsKnownBeforeItSigns: a program without a place for its key is killed before it has taken its audit
// rows into the chain; the next one, with a key of its own, takes them, and everything holds.
func TestAKeyThatEndsWithTheProgramIsKnownBeforeItSigns(t *testing.T) {
	w := keep(t)
	none := func() (seal.Key, error) { return seal.LoadKey("", "mysql://root@127.0.0.1/none") }
	begin := func() {
		c := w.keeper.Config
		c.Key = none
		w.keeper = seal.New(c)
		w.d.Witness = w.keeper
	}
	begin()
	w.records(3)
	begin()
	w.records(2)
	require.EqualValues(t, 5, w.holds().Pending, "signed, and not in the chain yet")
	require.NoError(t, w.keeper.Vouch(t.Context()))
	require.Zero(t, w.holds().Pending)
	keys, err := w.keeper.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 2)
}

// records writes audit rows as ordinary transactions do.
func (w kept) records(n int) {
	w.Helper()
	for i := range n {
		require.NoError(w, w.d.InTx(w.Context(), func(ctx context.Context) error {
			return audit.Record(ctx, w.d, id.By{Person: 5, Org: producer, Session: 9, IP: "192.0.2.7"}, w.clock.Now(), "price_list.prices_set", id.ID(100+i),
				audit.Diff(map[string][2]any{"price": {i, i + 1}}))
		}))
	}
}

func (w kept) posts(from, n int) {
	w.Helper()
	for i := range n {
		_, err := w.book.Post(w.Context(), w.draft(fmt.Sprintf("paper %d", from+i)).File(paperT.Row(id.ID(1000+from+i), "name", "new", "", 1)))
		require.NoError(w, err)
	}
}

func (w kept) verify(c *seal.Check) *ledger.Report {
	w.Helper()
	c.Concerns = concerns
	rep, err := ledger.Verify(w.Context(), w.d, ledger.VerifyConfig{Watch: c.Watchers(), Erased: w.erased})
	require.NoError(w, err)
	return rep
}

func (w kept) holds() *seal.Check {
	w.Helper()
	c := &seal.Check{}
	require.Empty(w, w.verify(c).Problems)
	return c
}

func (w kept) behind(query string, args ...any) {
	w.Helper()
	unlock := w.d.LockWriter()
	_, err := w.d.WriteSQL().Exec(query, args...)
	unlock()
	require.NoError(w, err)
}

func names(rep *ledger.Report, where string) bool {
	for _, p := range rep.Problems {
		if strings.Contains(p.Where, where) {
			return true
		}
	}
	return false
}

func TestLongMasterDataAuditIsInTheChain(t *testing.T) {
	w := keep(t)
	w.records(3)
	require.Equal(t, int64(3), w.holds().Pending)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	w.posts(0, 2)
	w.records(4)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	c := w.holds()
	require.Zero(t, c.Pending)
	require.EqualValues(t, 3+4+2+3, c.Rows, "ordinary rows, posts, and the chain's own three journals")
	require.Zero(t, w.int("SELECT COUNT(*) FROM audit WHERE seq IS NULL"))

	row := w.int("SELECT MIN(id) FROM audit WHERE org = ? AND doc = 100", producer)
	other := w.int("SELECT MIN(id) FROM audit WHERE org = ? AND doc = 101", producer)
	for name, attack := range map[string][3]string{
		"changed":  {"UPDATE audit SET changes = '{\"price\":[0,9]}' WHERE id = %[1]d", "UPDATE audit SET changes = '{\"price\":[0,1]}' WHERE id = %[1]d", "audit %[1]d"},
		"person":   {"UPDATE audit SET person = 6 WHERE id = %[1]d", "UPDATE audit SET person = 5 WHERE id = %[1]d", "audit %[1]d"},
		"deleted":  {"UPDATE audit SET id = 999999999 WHERE id = %[1]d", "UPDATE audit SET id = %[1]d WHERE id = 999999999", "audit %[1]d"},
		"swapped":  {"UPDATE audit SET doc = 201 - doc WHERE id IN (%[1]d, %[2]d)", "UPDATE audit SET doc = 201 - doc WHERE id IN (%[1]d, %[2]d)", "audit %[2]d"},
		"appended": {"INSERT INTO audit (id,at_us,person,org,on_behalf,session,action,doc) VALUES (888888888,1,5,11,0,0,'price_list.prices_set',7)", "DELETE FROM audit WHERE id = 888888888", "audit 888888888"},
		"slipped in": {"INSERT INTO audit (id,at_us,person,org,on_behalf,session,action,doc,seq) VALUES (888888888,1,5,11,0,0,'x',7,1)",
			"DELETE FROM audit WHERE id = 888888888", "audit 888888888"},
	} {
		fill := func(s string) string {
			return strings.NewReplacer("%[1]d", fmt.Sprint(row), "%[2]d", fmt.Sprint(other)).Replace(s)
		}
		w.behind(fill(attack[0]))
		require.NoError(t, w.keeper.Vouch(t.Context()), name)
		rep := w.verify(&seal.Check{})
		require.True(t, names(rep, fill(attack[2])), "%s: %v", name, rep.Problems)
		w.behind(fill(attack[1]))
		w.holds()
	}
	w.behind("DELETE FROM audit WHERE id = " + fmt.Sprint(row))
	require.True(t, names(w.verify(&seal.Check{}), fmt.Sprintf("audit %d", row)), "a row that is gone is named")
}

func TestTwoKeepersTakeEachRowOnce(t *testing.T) {
	w := keep(t)
	w.records(1)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	w.records(30)
	second := seal.New(w.keeper.Config)
	done := make(chan error, 2)
	for _, k := range []*seal.Keeper{w.keeper, second} {
		go func() { done <- k.Vouch(context.Background()) }()
	}
	for range 2 {
		require.NoError(t, <-done)
	}
	require.Zero(t, w.holds().Pending)
}

// Two programs on one database whose clocks strike together: whoever is later begins where the other ended.
func TestTwoKeepersSealAtOnce(t *testing.T) {
	w := keep(t)
	second := seal.New(w.keeper.Config)
	const stranger id.ID = 987 // party to nothing
	asks := []func(context.Context) error{w.keeper.Pass, second.Pass,
		func(ctx context.Context) error { _, err := w.keeper.Now(ctx, producer); return err },
		func(ctx context.Context) error { _, err := second.Now(ctx, producer); return err },
		func(ctx context.Context) error { _, err := w.keeper.Now(ctx, stranger); return err },
		func(ctx context.Context) error { _, err := second.Now(ctx, stranger); return err }}
	for round := range 60 {
		w.posts(10*round, 3)
		pair := asks[round%3*2:][:2]
		if round%5 == 4 {
			pair = asks
		}
		done, start := make(chan error, len(asks)), make(chan struct{})
		for _, ask := range pair {
			go func() {
				<-start
				done <- ask(context.WithoutCancel(w.Context()))
			}()
		}
		close(start)
		if round%2 == 1 {
			w.posts(10*round+5, 1) // the books go on meanwhile
		}
		for range pair {
			require.NoError(t, <-done)
		}
	}
	require.NoError(t, w.keeper.Pass(t.Context()))
	require.Positive(t, w.holds().Seals)
	require.Zero(t, w.int("SELECT COUNT(*) FROM seal WHERE from_seq > to_seq"))
	require.Equal(t, w.int("SELECT MAX(seq) FROM journal"), w.int("SELECT MAX(to_seq) FROM seal WHERE org = 0"))
}

func TestAnErasedAddressBreaksNoProof(t *testing.T) {
	w := keep(t)
	w.records(1)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	w.behind("UPDATE audit SET ip = '' WHERE ip <> ''")
	require.NotEmpty(t, w.verify(&seal.Check{}).Problems, "nobody erased them")
	w.erased = "SELECT DISTINCT person FROM audit"
	w.holds()
}

func TestRowsOfBeforeAreTakenAsTheyStand(t *testing.T) {
	w := keep(t)
	w.d.Witness = nil
	w.records(5)
	w.d.Witness = w.keeper
	require.NoError(t, w.keeper.Vouch(t.Context()))
	require.Zero(t, w.holds().Pending)
	w.d.Witness = nil
	w.records(1)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	require.Len(t, w.verify(&seal.Check{}).Problems, 1, "afterwards nothing is taken without a mark")
}

func TestSealsFindWhatPlainVerifyCannot(t *testing.T) {
	w := keep(t)
	var given []seal.Seal
	sealNow := func() seal.Seal {
		s, err := w.keeper.Now(t.Context(), producer)
		require.NoError(t, err)
		given = append(given, s)
		return s
	}
	for i := range 3 {
		w.records(1)
		require.NoError(t, w.keeper.Vouch(t.Context()))
		w.posts(10*i, 4)
		sealNow()
	}
	again, err := w.keeper.Now(t.Context(), producer)
	require.NoError(t, err)
	require.Equal(t, given[2].Text(), again.Text(), "nothing has come since")
	c := &seal.Check{Given: given}
	require.Empty(t, w.verify(c).Problems)
	require.Positive(t, c.Seals)

	t.Run("the tail is cut off and all is computed anew", func(t *testing.T) {
		cut := given[1].ToSeq + 1
		w.behind("DELETE FROM seal WHERE to_seq > ?", cut)
		require.NoError(t, ledger.Forge(t.Context(), w.d, cut))
		w.holds() // plain verify sees nothing
		c := &seal.Check{Given: given}
		rep := w.verify(c)
		require.Equal(t, 1, rep.Failed())
		require.EqualValues(t, 1, c.Failed)
		require.Equal(t, fmt.Sprintf("%d/3", producer), c.First)
		require.Contains(t, rep.Problems[0].What, "cut off")
	})
	t.Run("history is written anew", func(t *testing.T) {
		w.behind("UPDATE journal SET doc = doc + 1 WHERE seq = ?", given[0].ToSeq+1)
		w.behind("DELETE FROM seal")
		require.NoError(t, ledger.Forge(t.Context(), w.d, 0))
		w.holds()
		c := &seal.Check{Given: given[:2]}
		rep := w.verify(c)
		require.EqualValues(t, 2, c.Failed, "the second for its hash; the first, which was before, because the portal keeps it no more")
		require.Contains(t, rep.Problems[1].What, "written anew")
	})
}

func TestForgedAndForeignSealsFail(t *testing.T) {
	w := keep(t)
	w.posts(0, 3)
	s, err := w.keeper.Now(t.Context(), producer)
	require.NoError(t, err)
	forged := s
	forged.ToSeq--
	c := &seal.Check{Given: []seal.Seal{forged}}
	require.Contains(t, w.verify(c).Problems[0].What, "signature")
	require.Equal(t, fmt.Sprintf("%d/1", producer), c.First)
	c = &seal.Check{Given: []seal.Seal{s}, Keys: []string{base64.StdEncoding.EncodeToString(make([]byte, 32))}}
	require.Contains(t, w.verify(c).Problems[0].What, "key")
	s.Org++ // a seal of the table that was changed
	w.behind("UPDATE seal SET org = org + 1 WHERE org = ?", producer)
	require.True(t, names(w.verify(&seal.Check{}), "seal"))
}

func TestLongSealsAndMarksAreProvedColumnByColumn(t *testing.T) {
	w := keep(t)
	w.makes(5)
	w.records(2)
	require.NoError(t, w.keeper.Vouch(t.Context()))
	_, err := w.keeper.Now(t.Context(), producer)
	require.NoError(t, err)
	c := &seal.Check{Concerns: concerns}
	tried, _ := ledgertest.Tamper(t, w.d, ledger.VerifyConfig{Watch: c.Watchers()}, seal.Vouched()...)
	require.Greater(t, tried, 60)
}

func TestSealsAreFoundInFilesOfAnyKind(t *testing.T) {
	w := keep(t)
	w.posts(0, 2)
	s, err := w.keeper.Now(t.Context(), producer)
	require.NoError(t, err)
	found, err := seal.Find(strings.NewReader(`{"items":[{"text":"` + s.Text() + `"}]} and again ` + s.Text() + "\n"))
	require.NoError(t, err)
	require.Equal(t, []seal.Seal{s}, found)
	_, err = seal.Find(strings.NewReader("nothing"))
	require.Error(t, err)
}

func TestTheKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	one, err := seal.LoadKey("", "sqlite:"+file)
	require.NoError(t, err)
	two, err := seal.LoadKey("", "sqlite:"+file)
	require.NoError(t, err)
	require.Equal(t, one.Public(), two.Public())
	st, err := os.Stat(file + ".sealkey")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	_, err = seal.LoadKey("file:/nowhere/at/all", "")
	require.Error(t, err)
	_, err = seal.LoadKey("short", "")
	require.Error(t, err)
}
