package partner_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
)

// asked is a link from the maker that waits for the distributor, who has set its data.
func (w *world) asked() partner.Link {
	o, err := w.s.Org(w.t.Context(), w.dist, w.dist.Org)
	require.NoError(w.t, err)
	_, err = w.s.Update(w.t.Context(), w.dist, partner.UpdateOrg{Org: o.ID, Version: o.Version, Name: o.Name, Zone: o.Zone, VATRegistered: true, TaxNo: "0011223344556677",
		Phone: "0811-2233", Address: "Jalan Rahasia 9", City: "Malang", Active: true})
	require.NoError(w.t, err)
	c, err := w.s.CreateChannel(w.t.Context(), w.maker, partner.NewChannel{Name: "Asked", Shape: "free", Tiers: []string{"producer", "distributor"}})
	require.NoError(w.t, err)
	l, _, err := w.s.CreateLink(w.t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: w.dist.Org, Code: w.code(w.dist.Org), Place: true})
	require.NoError(w.t, err)
	return l
}

func (w *world) sees(a access.Actor, org id.ID) (taxNo string) {
	o, err := w.s.Org(w.t.Context(), a, org)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, o.Name)
	p, err := w.s.List(w.t.Context(), a, list.Query{})
	require.NoError(w.t, err)
	for _, x := range p.Items {
		if x.ID == org {
			require.Equal(w.t, o.TaxNo+o.Phone+o.Address+o.City, x.TaxNo+x.Phone+x.Address+x.City, "the list says what the page says")
		}
	}
	require.Equal(w.t, o.TaxNo == "", o.Phone == "" && o.Address == "")
	return o.TaxNo
}

func TestALinkWaitsForTheOtherSide(t *testing.T) {
	w := newWorld(t)
	var told []string
	w.s.Tell = func(_ context.Context, org id.ID, kind, link string, args map[string]string) error {
		told = append(told, org.String()+" "+kind+" "+link)
		return nil
	}
	l := w.asked()
	require.True(t, l.WaitsFor(w.dist.Org))
	require.False(t, l.WaitsFor(w.maker.Org), "who proposes has agreed")
	require.Equal(t, []string{w.dist.Org.String() + " link_asked /partners/" + l.ID.String()}, told)
	require.Empty(t, w.sees(w.maker, w.dist.Org), "name and code alone")
	require.Equal(t, errs.NotFound, errs.KindOf(w.s.Trades(t.Context(), w.maker, w.dist.Org)), "no seals")
	_, _, err := w.s.Deal(t.Context(), w.maker.Org, w.maker.Org, w.dist.Org, "2026-03-02")
	require.Equal(t, errs.NotFound, errs.KindOf(err), "and no trade")

	_, err = w.s.AcceptLink(t.Context(), w.shop, audit.Key{}, l.ID, 0)
	require.Equal(t, errs.NotFound, errs.KindOf(err), "to anybody else it is none")
	_, err = w.s.AcceptLink(t.Context(), w.maker, audit.Key{}, l.ID, 0)
	require.NoError(t, err)
	viewer := w.dist
	viewer.Role = "viewer"
	_, err = w.s.AcceptLink(t.Context(), viewer, audit.Key{}, l.ID, 0)
	require.Equal(t, errs.Forbidden, errs.KindOf(err))
	require.Empty(t, w.sees(w.maker, w.dist.Org), "and the proposer does not agree for the other side")
	_, err = w.s.AcceptLink(t.Context(), w.dist, audit.Key{}, l.ID, l.Version+7)
	require.Equal(t, "changed", errs.CodeOf(err))
	k := audit.Key{Client: "accept", Hash: [32]byte{1}}
	for range 2 {
		got, err := w.s.AcceptLink(t.Context(), w.dist, k, l.ID, l.Version)
		require.NoError(t, err)
		require.EqualValues(t, l.Version+1, got.Version, "twice is once")
		require.False(t, got.Waits())
	}
	require.Equal(t, "0011223344556677", w.sees(w.maker, w.dist.Org))
	require.Equal(t, errs.NotFound, errs.KindOf(w.s.Trades(t.Context(), w.maker, w.dist.Org)), "seals want an accepted agreement")
}

func TestEitherSideEndsALink(t *testing.T) {
	w := newWorld(t)
	l := w.asked()
	ended, err := w.s.EndLink(t.Context(), w.dist, l.ID, l.Version)
	require.NoError(t, err)
	require.False(t, ended.Active)
	require.Empty(t, w.sees(w.maker, w.dist.Org))
	_, err = w.s.SetLink(t.Context(), w.maker, partner.SetLink{Link: l.ID, Version: ended.Version, Active: true})
	require.Equal(t, "partner.ended_by_other", errs.CodeOf(err), "and the proposer cannot take it up again")
	_, err = w.s.AcceptLink(t.Context(), w.dist, audit.Key{}, l.ID, 0)
	require.Equal(t, "partner.link_ended", errs.CodeOf(err))
	again, err := w.s.SetLink(t.Context(), w.dist, partner.SetLink{Link: l.ID, Version: ended.Version, Active: true})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, []bool{again.SellerWaits, again.BuyerWaits}, "who takes it up again asks the other anew")
	l = w.accepted(w.maker, again)
	require.NotEmpty(t, w.sees(w.maker, w.dist.Org))
	_, err = w.s.SetLink(t.Context(), w.dist, partner.SetLink{Link: l.ID, Version: l.Version, Agent: w.agent.Org, Active: true})
	require.Error(t, err, "its buyer changes nothing else")
	l, err = w.s.EndLink(t.Context(), w.maker, l.ID, l.Version)
	require.NoError(t, err)
	require.Empty(t, w.sees(w.maker, w.dist.Org), "nothing was agreed under it")
	_, err = w.s.SetLink(t.Context(), w.dist, partner.SetLink{Link: l.ID, Version: l.Version, Active: true})
	require.Equal(t, "partner.ended_by_other", errs.CodeOf(err))
}

// Accepting terms accepts the link; what was agreed stays known when it ends.
func TestAcceptedTermsAcceptTheLink(t *testing.T) {
	w := newWorld(t)
	l := w.asked()
	g, _, err := w.s.Propose(t.Context(), w.maker, partner.Propose{Link: l.ID, Terms: terms(w.list(w.maker.Org))})
	require.NoError(t, err)
	require.Empty(t, w.sees(w.maker, w.dist.Org), "an offer agrees to nothing for the other side")
	_, err = w.s.Accept(t.Context(), w.dist, g.ID)
	require.NoError(t, err)
	require.NotEmpty(t, w.sees(w.maker, w.dist.Org))
	require.NoError(t, w.s.Trades(t.Context(), w.maker, w.dist.Org))
	require.NoError(t, w.s.Trades(t.Context(), w.dist, w.maker.Org))
	l, err = w.s.EndLink(t.Context(), w.dist, l.ID, 0)
	require.NoError(t, err)
	require.NotEmpty(t, w.sees(w.maker, w.dist.Org), "who is owed something finds the debtor")
	_, _, err = w.s.Deal(t.Context(), w.maker.Org, w.maker.Org, w.dist.Org, "2026-03-02")
	require.Equal(t, errs.NotFound, errs.KindOf(err))
	_, _, err = w.s.Agreed(t.Context(), w.maker.Org, w.dist.Org, g.ID, "2026-03-02")
	require.NoError(t, err, "what was ordered is carried through")
}

// A shop that its distributor enters has nobody to ask; its first person may end what it finds.
func TestWhoHasNoPeopleIsLinkedAtOnce(t *testing.T) {
	w := newWorld(t)
	o, err := w.s.Create(t.Context(), w.maker, partner.NewOrg{Code: "T9", Kind: "distributor", Name: "Toko Baru", TaxNo: "0099887766554433", Phone: "1", Address: "Jalan 1"})
	require.NoError(t, err)
	c, err := w.s.CreateChannel(t.Context(), w.maker, partner.NewChannel{Name: "Own", Shape: "free", Tiers: []string{"producer", "distributor"}})
	require.NoError(t, err)
	l, _, err := w.s.CreateLink(t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: o.ID, Place: true})
	require.NoError(t, err)
	require.False(t, l.Waits())
	require.NotEmpty(t, w.sees(w.maker, o.ID))
	w.staffed(o.ID)
	require.NotEmpty(t, w.sees(w.maker, o.ID), "the link is there")
	_, err = w.s.EndLink(t.Context(), actor(o, "owner"), l.ID, 0)
	require.NoError(t, err)
	require.Empty(t, w.sees(w.maker, o.ID), "that it was entered by the other opens it no more")
}

// staffed gives an organisation its first person.
func (w *world) staffed(org id.ID) {
	require.NoError(w.t, w.d.InTx(w.t.Context(), func(ctx context.Context) error {
		if err := w.d.W(ctx).Exec("INSERT INTO person (id, email, name, password, lang, active, created_us, version) VALUES (?, ?, 'X', '', 'id', ?, 1, 1)", org+1_000_000, org.String()+"@x.id", true).Error; err != nil {
			return err
		}
		return w.d.W(ctx).Exec("INSERT INTO membership (person, org, role, created_us) VALUES (?, ?, 'owner', 1)", org+1_000_000, org).Error
	}))
}

// An import agrees to nothing for those who have people, whoever imports: the link waits, and the terms are an offer at most.
func TestImportsDoNotAgreeForThoseWhoHavePeople(t *testing.T) {
	w := newWorld(t)
	own, err := w.s.Create(t.Context(), w.dist, partner.NewOrg{Code: "T8", Kind: "retailer", Name: "Toko Sepi"})
	require.NoError(t, err)
	w.staffed(w.shop.Org)
	w.staffed(w.dist.Org)
	tm := terms(w.list(w.dist.Org))
	quiet, staffed := partner.Pair{Seller: w.dist.Org, Buyer: own.ID}, partner.Pair{Seller: w.dist.Org, Buyer: w.shop.Org}
	for _, x := range []struct {
		by                id.By
		channel           string
		quiet, sellerAsks bool
	}{{w.dist.By(), "Own", true, false}, {w.op.By(), "Operator", false, true}} {
		c, err := w.s.BulkChannel(t.Context(), x.by, w.dist.Org, x.channel, []string{"any", "any"})
		require.NoError(t, err)
		links, err := w.s.BulkLinks(t.Context(), x.by, c, 1, 2, []partner.Pair{quiet, staffed})
		require.NoError(t, err)
		made, err := w.s.BulkAgreements(t.Context(), x.by, map[id.ID]partner.Terms{links[quiet]: tm, links[staffed]: tm})
		require.NoError(t, err)
		require.Equal(t, x.quiet, made[links[quiet]] != 0)
		require.Zero(t, made[links[staffed]], "its people have agreed to nothing")
		l, err := w.s.Link(t.Context(), w.shop, links[staffed])
		require.NoError(t, err)
		require.True(t, l.WaitsFor(w.shop.Org))
		require.Equal(t, x.sellerAsks, l.WaitsFor(w.dist.Org))
	}
	require.Empty(t, w.sees(w.dist, w.shop.Org))
	require.Len(t, w.limits.set, 1, "a limit is of terms that both agreed to")
	_, _, err = w.s.Deal(t.Context(), w.dist.Org, w.dist.Org, w.shop.Org, "2026-03-02")
	require.Equal(t, errs.NotFound, errs.KindOf(err))
}

func TestTwoHundredAcceptOnce(t *testing.T) {
	w := newWorld(t)
	l := w.asked()
	var wg sync.WaitGroup
	var ok atomic.Int64
	for range 200 {
		wg.Go(func() {
			got, err := w.s.AcceptLink(t.Context(), w.dist, audit.Key{}, l.ID, 0)
			if err == nil && got.Version == l.Version+1 {
				ok.Add(1)
			} else if errs.KindOf(err) != errs.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Positive(t, ok.Load())
	var rows int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE action = 'link.accepted' AND doc = ?", l.ID).Scan(&rows).Error)
	require.EqualValues(t, 1, rows)
}
