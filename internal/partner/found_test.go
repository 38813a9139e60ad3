package partner_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/partner"
)

// none is the id of no organisation.
const none = id.ID(999_999_999)

// rows counts the rows that a write would leave.
func (w *world) rows() string {
	out := ""
	for _, table := range []string{"link", "channel_member", "appointment", "audit", "request_key", "org"} {
		var n int64
		require.NoError(w.t, w.d.R(w.t.Context()).Table(table).Count(&n).Error)
		out += fmt.Sprint(table, " ", n, " ")
	}
	return out
}

// TestMembersOfAChannelCannotBeCountedThrough: an organisation that stands in the channel, but that the actor does not see, is as good
// as none, wherever a request names it, and nothing comes of the request.
func TestMembersOfAChannelCannotBeCountedThrough(t *testing.T) {
	w := newWorld(t)
	far := w.add("retailer", "T7", "Toko Pesaing")
	c, err := w.s.CreateChannel(t.Context(), w.maker, partner.NewChannel{Name: "All", Shape: "free", Tiers: []string{"producer", "distributor", "retailer"}})
	require.NoError(t, err)
	rival := w.add("distributor", "D2", "Pesaing Jaya")
	for _, b := range []access.Actor{w.dist, rival} {
		l, _, err := w.s.CreateLink(t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: b.Org, Code: w.code(b.Org), Place: true})
		require.NoError(t, err)
		w.accepted(b, l)
	}
	l, _, err := w.s.CreateLink(t.Context(), rival, partner.NewLink{Channel: c.ID, Seller: rival.Org, Buyer: far.Org, Code: w.code(far.Org), Place: true})
	require.NoError(t, err)
	w.accepted(far, l)
	before := w.rows()
	for what, try := range map[string]func(x id.ID) error{
		"buyer": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.dist, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: x})
			return err
		},
		"buyer, and no agent": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.dist, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: x, Agent: w.dist.Org})
			return err
		},
		"placed buyer": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.dist, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: x, Place: true})
			return err
		},
		"buyer of the producer": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: x})
			return err
		},
		"seller": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: x, Buyer: w.dist.Org})
			return err
		},
		"agent": func(x id.ID) error {
			_, _, err := w.s.CreateLink(t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: w.dist.Org, Agent: x})
			return err
		},
		"checked": func(x id.ID) error {
			_, err := w.s.CheckLink(t.Context(), w.dist, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: x})
			return err
		},
		"channel": func(x id.ID) error {
			in := c.ID
			if x == none {
				in = none
			}
			_, _, err := w.s.CreateLink(t.Context(), w.shop, partner.NewLink{Channel: in, Seller: w.shop.Org, Buyer: w.shop.Org + 1})
			return err
		},
		"member": func(x id.ID) error {
			return w.s.PlaceMember(t.Context(), w.dist, audit.Key{}, c.ID, x, "", 3)
		},
		"wrong code": func(x id.ID) error {
			return w.s.PlaceMember(t.Context(), w.dist, audit.Key{}, c.ID, x, "T9999", 3)
		},
		"appointed": func(x id.ID) error {
			_, _, err := w.s.Appoint(t.Context(), w.dist, partner.NewAppointment{Agent: x, CommissionOn: "order", From: "2026-01-01"})
			return err
		},
	} {
		for _, x := range []id.ID{far.Org, none} {
			err := try(x)
			require.Equal(t, errs.Gone(), err, "%s %d", what, x)
		}
	}
	require.Equal(t, before, w.rows())
	_, err = w.s.Org(t.Context(), w.dist, far.Org)
	require.Equal(t, errs.Gone(), err)

	l, _, err = w.s.CreateLink(t.Context(), w.dist, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: far.Org, Code: w.code(far.Org)})
	require.NoError(t, err, "whose code one was told may be asked")
	require.True(t, l.WaitsFor(far.Org))
	require.Empty(t, w.sees(w.dist, far.Org), "and shows its code and name until it agrees")
}

// TestCodesAreNotGuessed: strangers are asked for thirty times an hour, found or not, over all instances; what one sees costs nothing,
// and what was found is in the audit.
func TestCodesAreNotGuessed(t *testing.T) {
	w := newWorld(t)
	l := w.chain(w.dist, 0)
	other := partner.New(w.d, w.gate, w.clock, w.limits) // another instance
	found := func() (n int64) {
		require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE action = 'partner.found' AND org = ? AND doc = ?", w.dist.Org, w.shop.Org).Scan(&n).Error)
		return n
	}
	o, err := w.s.Lookup(t.Context(), w.dist, "retailer", "T1")
	require.NoError(t, err)
	require.Equal(t, partner.Org{ID: w.shop.Org, Code: "T1", Kind: "retailer", Name: "Toko Ibu", Active: true}, o)
	require.EqualValues(t, 1, found())
	var wg sync.WaitGroup
	var answered, often atomic.Int64
	for i := range 200 {
		s := []*partner.Service{w.s, other}[i%2]
		wg.Go(func() {
			switch _, err := s.Lookup(t.Context(), w.dist, "retailer", fmt.Sprint("X", i)); {
			case errs.KindOf(err) == errs.NotFound:
				answered.Add(1)
			case errs.CodeOf(err) == "partner.asked_often":
				often.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, []int64{29, 171}, []int64{answered.Load(), often.Load()})
	for what, try := range map[string]func() error{
		"found": func() error { _, err := w.s.Lookup(t.Context(), w.dist, "retailer", "T1"); return err },
		"entered": func() error {
			_, err := w.s.Create(t.Context(), w.dist, partner.NewOrg{Code: "T1", Kind: "retailer", Name: "X"})
			return err
		},
		"entered under a free code": func() error {
			_, err := w.s.Create(t.Context(), w.dist, partner.NewOrg{Code: "T1-FREE", Kind: "retailer", Name: "X"})
			return err
		},
		"guessed by id": func() error {
			return w.s.PlaceMember(t.Context(), w.dist, audit.Key{}, l.Channel, w.shop.Org, "T2", 3)
		},
		"guessed of none": func() error { return w.s.PlaceMember(t.Context(), w.dist, audit.Key{}, l.Channel, none, "T2", 3) },
		"appointed": func() error {
			_, _, err := w.s.Appoint(t.Context(), w.dist, partner.NewAppointment{Agent: w.agent.Org, Code: "A1", CommissionOn: "order", From: "2026-01-01"})
			return err
		},
	} {
		require.Equal(t, "partner.asked_often", errs.CodeOf(try()), what)
	}
	require.EqualValues(t, 1, found())
	_, err = w.s.Lookup(t.Context(), w.dist, "producer", "KOPI")
	require.NoError(t, err, "its own partner it may ask for as often as it likes")
	colleague := w.dist
	colleague.Person++
	_, err = w.s.Lookup(t.Context(), colleague, "retailer", "T1")
	require.NoError(t, err, "a colleague is another")
	_, err = w.s.Lookup(t.Context(), w.maker, "retailer", "T1")
	require.NoError(t, err)
	w.clock.Set(w.clock.Now().Add(time.Hour))
	_, err = w.s.Lookup(t.Context(), w.dist, "retailer", "T1")
	require.NoError(t, err)
	require.EqualValues(t, 3, found(), "twice, and by the colleague")

	asked := 0
	for p := range 5 { // and all who act for it share a number three times as large
		who := w.dist
		who.Person += id.ID(100 + p)
		for range 30 {
			if _, err := w.s.Lookup(t.Context(), who, "retailer", "X"); errs.KindOf(err) == errs.NotFound {
				asked++
			}
		}
	}
	require.Equal(t, 89, asked)
}

// A code that was told right costs nothing, however often: thirty shops can be placed one after the other, and more.
func TestWhoKnowsTheCodesIsNotHeldUp(t *testing.T) {
	w := newWorld(t)
	c, err := w.s.CreateChannel(t.Context(), w.maker, partner.NewChannel{Name: "All", Shape: "free", Tiers: []string{"producer", "retailer"}})
	require.NoError(t, err)
	for i := range 40 {
		o := w.add("retailer", fmt.Sprint("N", i), "Toko")
		require.NoError(t, w.s.PlaceMember(t.Context(), w.maker, audit.Key{}, c.ID, o.Org, fmt.Sprint("N", i), 2))
	}
}

// TestEnteringIsAsking: entering organisations under codes that are taken is held up like asking for them, and then what is free is
// answered like what is taken; entering what is free costs nothing, however often, and a request that was answered is answered again.
func TestEnteringIsAsking(t *testing.T) {
	w := newWorld(t)
	enter := func(code, key string) error {
		_, err := w.s.Create(t.Context(), w.dist, partner.NewOrg{Key: audit.Key{Client: key, Hash: audit.HashOf(code)}, Code: code, Kind: "retailer", Name: "X"})
		return err
	}
	for i := range 40 {
		require.NoError(t, enter(fmt.Sprint("N", i), fmt.Sprint("n", i)))
	}
	for i := range 30 {
		require.Equal(t, "partner.code_taken", errs.CodeOf(enter("T1", "")), i)
	}
	before := w.rows()
	for _, code := range []string{"T1", "N1", "FREE"} {
		require.Equal(t, "partner.asked_often", errs.CodeOf(enter(code, "")), code)
	}
	require.NoError(t, enter("N1", "n1"), "sent again")
	require.Equal(t, before, w.rows())
	_, err := w.s.Create(t.Context(), w.op, partner.NewOrg{Code: "T1", Kind: "retailer", Name: "X"})
	require.Equal(t, "partner.code_taken", errs.CodeOf(err), "the operator keeps the codes")

	// What is entered in another's transaction is counted around it, where no end of it takes the count back.
	l := w.chain(w.shop, 0)
	for i := range 40 {
		err := w.s.Entering(t.Context(), w.maker, audit.Key{}, func() error {
			_, err := w.s.EnterBelow(t.Context(), w.maker, l.Channel, partner.NewOrg{Code: "T1", Kind: "retailer", Name: "X"})
			return err
		})
		require.Equal(t, i >= 30, errs.CodeOf(err) == "partner.asked_often", "%d %v", i, err)
	}
}
