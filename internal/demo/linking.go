package demo

import (
	"context"
	"fmt"

	"saluran/internal/audit"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/sharing"
)

type ctx = context.Context

func units(n int64) qty.Qty { return qty.Units(n) }

// linking makes channels, appointments, links and agreements, upstream first; whoever resells makes its lists once it is
// offered the goods.
func (l *load) linking() error {
	for _, c := range channels {
		x, err := l.Partner.CreateChannel(l.ctx, l.firms[c.owner].as("owner"), partner.NewChannel{Key: audit.Key(l.key("channel")), Name: c.name, Shape: c.shape})
		if err != nil {
			return fmt.Errorf("channel %s: %w", c.name, err)
		}
		l.channels[c.key] = x.ID
	}
	if err := l.appoint(); err != nil {
		return err
	}
	for _, b := range bonds() {
		x := &bondage{bond: b, from: l.firms[b.seller], to: l.firms[b.buyer], via: l.firms[b.agent]}
		if err := l.bind(x); err != nil {
			return fmt.Errorf("%s to %s: %w", b.seller, b.buyer, err)
		}
		l.bonds = append(l.bonds, x)
		if err := l.price(b.buyer); err != nil {
			return err
		}
	}
	return nil
}

// appoint appoints the agent: of the producer, whose money it may collect, and of the roaster.
func (l *load) appoint() error {
	for _, n := range []struct {
		by string
		partner.NewAppointment
	}{
		{producer, partner.NewAppointment{Area: "DIY dan Jawa Tengah", CommissionBps: 300, CommissionOn: "payment", MayBind: true, MayCollect: true, Sole: true}},
		{roaster, partner.NewAppointment{Area: "Jawa Tengah", CommissionBps: 750, CommissionOn: "delivery"}},
	} {
		n.Key, n.Agent, n.Code, n.From = audit.Key(l.key("appointment")), l.firms[agent].ID, l.firms[agent].Code, l.start
		if _, _, err := l.Partner.Appoint(l.ctx, l.firms[n.by].as("owner"), n.NewAppointment); err != nil {
			return err
		}
	}
	return nil
}

// bind makes the link and its first agreement: the seller proposes, the buyer accepts.
func (l *load) bind(x *bondage) error {
	n := partner.NewLink{Key: audit.Key(l.key("link")), Channel: l.channels[x.channel], Seller: x.from.ID, Buyer: x.to.ID, Code: x.to.Code, Place: true}
	if x.via != nil {
		n.Agent = x.via.ID
	}
	k, _, err := l.Partner.CreateLink(l.ctx, x.from.as("sales"), n)
	if err != nil {
		return err
	}
	x.link = k.ID
	t := x.terms
	t.From = l.start
	return l.agree(x, t)
}

// agree proposes terms and accepts them.
func (l *load) agree(x *bondage, t partner.Terms) error {
	a, err := l.propose(x, t)
	if err == nil {
		_, err = l.Partner.Accept(l.ctx, x.to.as("owner"), a.ID)
	}
	return err
}

func (l *load) propose(x *bondage, t partner.Terms) (partner.Agreement, error) {
	t.PriceList = l.lists[x.list]
	a, _, err := l.Partner.Propose(l.ctx, x.from.as("sales"), partner.Propose{Key: audit.Key(l.key("terms")), Link: x.link, Terms: t})
	return a, err
}

// sharing has the distributors show the producer what they sell on: by week and product; one of them with its values.
func (l *load) sharing() error {
	for _, code := range []string{"MNT", "SPL"} {
		x, err := l.Sharing.Offer(l.ctx, l.firms[code].as("owner"), sharing.Offer{Key: audit.Key(l.key("sharing")), Viewer: l.firms[producer].ID, Terms: sharing.Terms{Measure: "sellout",
			Period: "week", Goods: "product", Place: "none", MinGroup: 1, Purpose: "Rencana produksi dan pengiriman", Since: l.start, Until: l.today.AddDays(180),
			Values: code == "SPL"}})
		if err == nil {
			_, err = l.Sharing.Step(l.ctx, l.firms[producer].as("sales"), audit.Key(l.key("sharing")), x.ID, 0, "accept")
		}
		if err != nil {
			return fmt.Errorf("what %s shares: %w", code, err)
		}
	}
	return nil
}
