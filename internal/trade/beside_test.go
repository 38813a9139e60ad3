package trade

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// TestTenCartonsThroughTwoInstances: two programs on one database promise no carton twice.
func TestTenCartonsThroughTwoInstances(tt *testing.T) {
	t := newTill(tt)
	t.ordered(maker, depot, pieces(kopi, 990))
	both := [2]*till{t, t.beside()}
	var held, waiting atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			o, err := both[i%2].s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 1)}})
			if err != nil {
				t.Error(err)
				return
			}
			held.Add(int64(o.Lines[0].Held / qty.Scale))
			waiting.Add(int64(o.Lines[0].BackOrder() / qty.Scale))
		})
	}
	all.Wait()
	require.Equal(t, []int64{10, 190}, []int64{held.Load(), waiting.Load()})
	_, promised := both[1].counts(maker, kopi)
	require.EqualValues(t, 1000, promised)
	t.even()
}

// TestOneCreditThroughTwoInstances: credit for one order is given once, and one deposit lets one shipment go.
func TestOneCreditThroughTwoInstances(tt *testing.T) {
	t := newTill(tt)
	t.limit(maker, depot, 1_200_000_00) // one order of 100 pieces, with its tax 1.121.100
	both := [2]*till{t, t.beside()}
	var done, refused atomic.Int64
	each := func(n int, code string, do func(s *Service, i int) error) {
		done.Store(0)
		refused.Store(0)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				err := do(both[i%2].s, i)
				switch {
				case err == nil:
					done.Add(1)
				case errs.CodeOf(err) == code:
					refused.Add(1)
				default:
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		require.Equal(t, []int64{1, int64(n) - 1}, []int64{done.Load(), refused.Load()}, code)
		t.even()
	}
	each(8, "order.credit_exceeded", func(s *Service, _ int) error {
		_, err := s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 100)}})
		return err
	})
	t.deals[[2]id.ID{depot, grosir}].Prepay = true
	t.lot(203, teh, depot, "", 100)
	var orders []Order
	for range 6 {
		orders = append(orders, t.confirmed(t.ordered(depot, grosir, pieces(teh, 5))))
	}
	t.paid(depot, grosir, orders[0].Total)
	each(6, "order.prepay_due", func(s *Service, i int) error {
		_, err := s.Dispatch(t.ctx, of(depot), Dispatch{Step: Step{Order: orders[i].ID}})
		return err
	})
}
