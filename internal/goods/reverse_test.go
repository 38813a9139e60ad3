package goods

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

func (y *yard) reverse(org id.ID, seq int64) error {
	_, err := y.s.Reverse(y.ctx, of(org), Reverse{Seq: seq})
	if err != nil {
		require.NotContains(y, i18n.Error(i18n.EN, err), "{", "%v", err)
		require.NotContains(y, i18n.Error(i18n.ID, err), "{", "%v", err)
	}
	return err
}

func (y *yard) at(place id.ID) (n int64) {
	p, err := y.s.Stock(y.ctx, of(maker), ByHolder, 0, list.Query{Filter: map[string]string{"place": place.String()}})
	require.NoError(y, err)
	for _, x := range p.Items {
		n += int64(x.Qty)
	}
	return n / qty.Scale
}

// TestAMistakeIsReversedByItsMirror: a transfer, a use, an intake; once, by its own organisation, and only while the goods are there.
func TestAMistakeIsReversedByItsMirror(tt *testing.T) {
	y := newYard(tt)
	a, b := y.place(maker, "A"), y.place(maker, "B")
	y.place(shop, "Toko")
	lot := y.lot(maker, "", "L", "2027-06-01", 10)
	sent, err := y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, From: a.ID, To: b.ID, Qty: qty.Units(7)})
	require.NoError(y, err)
	used, err := y.s.Use(y.ctx, of(maker), Use{Product: kopi, From: b.ID, Qty: qty.Units(6)})
	require.NoError(y, err)

	for _, seq := range []int64{0, -1, 1 << 60} {
		require.Equal(y, "not_found", errs.CodeOf(y.reverse(maker, seq)))
	}
	require.Equal(y, y.reverse(shop, 1<<60), y.reverse(shop, sent.Seq), "another's journal is like none")
	err = y.reverse(maker, sent.Seq)
	require.Equal(y, "journal.gone_on", errs.CodeOf(err))
	require.Contains(y, i18n.Error(i18n.EN, err), id.ID(used.Seq).String(), "the later journal is named")

	c := Reverse{Key: Key{"undo", [32]byte{1}}, Seq: used.Seq}
	first, err := y.s.Reverse(y.ctx, of(maker), c)
	require.NoError(y, err)
	again, err := y.s.Reverse(y.ctx, of(maker), c)
	require.NoError(y, err)
	require.Equal(y, first.Seq, again.Seq)
	require.Equal(y, "ledger.reversed_already", errs.CodeOf(y.reverse(maker, used.Seq)))
	c.Key.Hash = [32]byte{2}
	_, err = y.s.Reverse(y.ctx, of(maker), c)
	require.Equal(y, "ledger.key_reused", errs.CodeOf(err))
	require.Equal(y, "journal.not_reversible", errs.CodeOf(y.reverse(maker, first.Seq)), "a mirror is not mirrored")
	require.Equal(y, []int64{3, 7, 10}, []int64{y.at(a.ID), y.at(b.ID), y.sellable(maker)})

	require.NoError(y, y.reverse(maker, sent.Seq), "now that they are back they go home")
	require.Equal(y, []int64{10, 0}, []int64{y.at(a.ID), y.at(b.ID)})
	_, err = y.book.Post(y.ctx, ledger.Draft("test.held", "held/1", id.By{Org: maker}, 1, y.clock.Now()).Hold(maker, kopi, qty.Units(4)))
	require.NoError(y, err)
	require.Equal(y, "goods.promised", errs.CodeOf(y.reverse(maker, lot.Seq)))
	require.Equal(y, "journal.not_reversible", errs.CodeOf(y.reverse(maker, sent.Seq+4)), "a journal of another kind")
	_, err = y.book.Post(y.ctx, ledger.Draft("test.held", "held/2", id.By{Org: maker}, 1, y.clock.Now()).Hold(maker, kopi, -qty.Units(4)))
	require.NoError(y, err)
	require.NoError(y, y.reverse(maker, lot.Seq))
	require.Zero(y, y.sum(maker, All, 0))
	_, err = y.s.Lot(y.ctx, of(maker), lot.ID)
	require.NoError(y, err, "the lot stays, empty")
	dbtest.Lift(y, y.d)
	rep, err := ledger.Verify(y.ctx, y.d, ledger.VerifyConfig{})
	require.NoError(y, err)
	require.Empty(y, rep.Problems)
}

// TestNothingComesBackIntoSaleOfARecalledLot, nor into a place that is out of use.
func TestNothingComesBackIntoSaleOfARecalledLot(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	b := y.place(maker, "B")
	use := func(l Lot) int64 {
		r, err := y.s.Use(y.ctx, of(maker), Use{Product: kopi, Lot: l.ID, From: y.main(maker), Qty: qty.Units(1)})
		require.NoError(y, err)
		return r.Seq
	}
	recalled, soon := y.lot(maker, "", "bad", "2027-06-01", 10), y.lot(maker, "", "soon", "2026-03-10", 10)
	one, two := use(recalled), use(soon)
	_, err := y.s.Recall(y.ctx, of(maker), recalled.ID, Key{})
	require.NoError(y, err)
	require.Equal(y, "journal.lot_unsellable", errs.CodeOf(y.reverse(maker, one)))
	away, err := y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, Lot: soon.ID, From: y.main(maker), To: b.ID, Qty: qty.Units(9)})
	require.NoError(y, err)
	b.Main = true
	_, err = y.s.ChangePlace(y.ctx, of(maker), audit.Key{}, b)
	require.NoError(y, err)
	all, err := y.s.Places(y.ctx, of(maker))
	require.NoError(y, err)
	for _, p := range all {
		if p.Name == "A" {
			_, err = y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, From: p.ID, To: b.ID, Qty: qty.Units(9)})
			require.NoError(y, err)
			p.Active = false
			_, err = y.s.ChangePlace(y.ctx, of(maker), audit.Key{}, p)
			require.NoError(y, err)
		}
	}
	require.Equal(y, "journal.place_closed", errs.CodeOf(y.reverse(maker, away.Seq)))
	y.clock.Set(y.clock.Now().Add(10 * 24 * time.Hour))
	require.NotNil(y, y.reverse(maker, two))
}

// TestTwoHundredMirrorsAreOne: whoever asks, a journal is reversed once.
func TestTwoHundredMirrorsAreOne(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	lot := y.lot(maker, "", "L", "2027-06-01", 10)
	var done atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		c := Reverse{Seq: lot.Seq}
		if i%2 == 0 { // each with a key of its own, of one and the same request
			c.Key = Key{Client: fmt.Sprint("mirror-", i), Hash: [32]byte{7}}
		}
		wg.Go(func() {
			if _, err := y.s.Reverse(y.ctx, of(maker), c); err == nil {
				done.Add(1)
			} else if errs.CodeOf(err) != "ledger.reversed_already" {
				tt.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(y, int64(1), done.Load())
	require.Zero(y, y.sum(maker, All, 0))
}

// TestAUseThatBroughtTitleIsNotReversed: title that came with it stands in documents.
func TestAUseThatBroughtTitleIsNotReversed(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	l := y.lot(maker, "", "L", "2027-06-01", 10)
	y.s.Titles = marks{l}
	r, err := y.s.Use(y.ctx, of(maker), Use{Product: kopi, From: y.main(maker), Qty: qty.Units(1)})
	require.NoError(y, err)
	require.Equal(y, "journal.not_reversible", errs.CodeOf(y.reverse(maker, r.Seq)))
}

// marks stands for the trade: bringing title changes a document.
type marks struct{ lot Lot }

func (m marks) Bring(_ context.Context, p *ledger.Post, _ clock.Instant, _ id.ID, stands []Stand) ([]Stand, error) {
	p.Advance(lotT, m.lot.ID, m.lot.Version)
	return stands, nil
}

// TestOnlyWhoMayReverses: the right is asked first.
func TestOnlyWhoMayReverses(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	lot := y.lot(maker, "", "L", "2027-06-01", 10)
	y.s.Gate = closed{}
	_, err := y.s.Reverse(y.ctx, of(maker), Reverse{Seq: lot.Seq})
	require.Equal(y, "forbidden", errs.CodeOf(err))
}

type closed struct{}

func (closed) Require(context.Context, access.Actor, access.Rel, string, string) error {
	return errs.New(errs.Forbidden, "forbidden")
}
