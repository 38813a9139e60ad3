package partner

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Deal is everything under which a pair trades on a date. Its fields are those of trade.Deal, name by name and in the same
// order, so that the one converts to the other.
type Deal struct {
	Link, Channel     id.ID
	Seller, Buyer     id.ID
	SellerName        string
	BuyerName         string
	AgentName         string
	SellerKind        string
	BuyerKind         string
	Agent             id.ID
	Appointment       id.ID
	CommissionBps     int64
	CommissionOn      string
	MayBind           bool
	MayCollect        bool
	Agreement         id.ID
	PriceList         id.ID
	Currency          money.Currency
	PricesIncludeVAT  bool
	MinOrder          money.Minor
	NetDays           int
	EarlyDays         int
	EarlyBps          int64
	Prepay            bool
	TitleOn           string
	RiskOn            string
	ResaleBeforeTitle bool
	OverBps           int64
	UnderBps          int64
	VATRegistered     bool
	Country           string
	Zone              string
	ShipFrom          id.ID
	DeliverTo         id.ID
}

// Shop is what a sale over the counter needs to know of its seller; it converts to trade.Shop.
type Shop struct {
	Consumer         id.ID
	Currency         money.Currency
	PricesIncludeVAT bool
	VATRegistered    bool
	Country, Zone    string
	Warehouse        id.ID
}

type pair struct{ seller, buyer id.ID }

// dossier is all that is known of a pair, whatever the date: cached once for each pair, and asked for each date in memory.
type dossier struct {
	seller, buyer       Org
	shipFrom, deliverTo id.ID
	links               []Link
	agreements          []Agreement      // accepted by both, the latest edition first
	agents              map[id.ID]string // names of the agents of the links
	appointments        []Appointment    // of the seller with the agents of the links, the latest first
}

// Deal finds the deal of a pair on a date of the seller's zone. It answers NotFound where the viewer is neither of the two nor
// the agent between them, or no link is active and agreed to; Invalid "order.no_agreement" where no agreement is in force. The epoch belongs
// into the post that is decided under the deal.
func (s *Service) Deal(ctx context.Context, viewer, seller, buyer id.ID, on clock.Date) (Deal, int64, error) {
	f, epoch, err := s.dossiers.Get(ctx, pair{seller, buyer}, s.loadDossier)
	if err != nil {
		return Deal{}, epoch, err
	}
	var first *Link
	for i := range f.links {
		l := &f.links[i]
		if !l.Active || l.Waits() || (viewer != seller && viewer != buyer && (viewer != l.Agent || viewer == 0)) {
			continue
		}
		if first == nil {
			first = l
		}
		for _, a := range f.agreements {
			if a.Link == l.ID && a.Covers(on) {
				return f.deal(*l, a, on), epoch, nil
			}
		}
	}
	if first == nil {
		return Deal{}, epoch, errs.Gone()
	}
	return Deal{}, epoch, errs.New(errs.Invalid, "order.no_agreement", "seller", f.seller.Name, "buyer", f.buyer.Name, "date", string(on))
}

// Agreed is the deal of a pair under one agreement, whether or not it is still in force or its link still active: what was
// ordered under it is carried through under it. on decides which appointment of an agent counts.
func (s *Service) Agreed(ctx context.Context, seller, buyer, agreement id.ID, on clock.Date) (Deal, int64, error) {
	f, epoch, err := s.dossiers.Get(ctx, pair{seller, buyer}, s.loadDossier)
	if err != nil {
		return Deal{}, epoch, err
	}
	for _, a := range f.agreements {
		for _, l := range f.links {
			if a.ID == agreement && l.ID == a.Link {
				return f.deal(l, a, on), epoch, nil
			}
		}
	}
	return Deal{}, epoch, errs.Gone()
}

func (f *dossier) deal(l Link, a Agreement, on clock.Date) Deal {
	cur, _ := money.Lookup(a.Terms.Currency)
	t := a.Terms
	d := Deal{
		Link: l.ID, Channel: l.Channel, Seller: l.Seller, Buyer: l.Buyer, SellerKind: f.seller.Kind, BuyerKind: f.buyer.Kind,
		SellerName: f.seller.Name, BuyerName: f.buyer.Name, Agent: l.Agent, AgentName: f.agents[l.Agent], Agreement: a.ID, PriceList: t.PriceList, Currency: cur, PricesIncludeVAT: t.PricesIncludeVAT,
		MinOrder: t.MinOrder, NetDays: int(t.NetDays), EarlyDays: int(t.EarlyDays), EarlyBps: t.EarlyBps, Prepay: t.Prepay,
		TitleOn: t.TitleOn, RiskOn: t.RiskOn, ResaleBeforeTitle: t.ResaleBeforeTitle, OverBps: t.OverBps, UnderBps: t.UnderBps,
		VATRegistered: f.seller.VATRegistered, Country: f.seller.Country, Zone: f.seller.Zone,
		ShipFrom: f.shipFrom, DeliverTo: f.deliverTo,
	}
	for _, p := range f.appointments {
		if l.Agent != 0 && p.Agent == l.Agent && p.From <= on && on <= p.Until {
			d.Appointment, d.CommissionBps, d.CommissionOn, d.MayBind, d.MayCollect = p.ID, p.CommissionBps, p.CommissionOn, p.MayBind, p.MayCollect
			break
		}
	}
	return d
}

func (s *Service) loadDossier(ctx context.Context, p pair) (*dossier, error) {
	f := &dossier{}
	var links []linkRow
	if err := s.d.R(ctx).Where("seller = ? AND buyer = ?", p.seller, p.buyer).Order("id").Find(&links).Error; err != nil {
		return nil, err
	}
	if len(links) == 0 {
		return nil, errs.Gone()
	}
	var agents []id.ID
	for _, l := range links {
		f.links = append(f.links, Link(l))
		if l.Agent != 0 {
			agents = append(agents, l.Agent)
		}
	}
	var orgs []orgRow
	if err := s.d.R(ctx).Where("id IN ? AND active = ?", []id.ID{p.seller, p.buyer}, true).Find(&orgs).Error; err != nil {
		return nil, err
	}
	if len(orgs) != 2 {
		return nil, errs.Gone()
	}
	for _, o := range orgs {
		if o.ID == p.seller {
			f.seller = o.org()
		} else {
			f.buyer = o.org()
		}
	}
	var rows []agreementRow
	err := s.d.R(ctx).Where("seller = ? AND buyer = ? AND seller_by <> 0 AND buyer_by <> 0", p.seller, p.buyer).Order("edition DESC").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		f.agreements = append(f.agreements, r.agreement())
	}
	if len(agents) > 0 {
		var names []orgRow
		if err := s.d.R(ctx).Where("id IN ?", agents).Find(&names).Error; err != nil {
			return nil, err
		}
		f.agents = map[id.ID]string{}
		for _, o := range names {
			f.agents[o.ID] = o.Name
		}
		var apps []appointmentRow
		if err := s.d.R(ctx).Where("principal = ? AND agent IN ?", p.seller, agents).Order("from_on DESC").Find(&apps).Error; err != nil {
			return nil, err
		}
		for _, a := range apps {
			f.appointments = append(f.appointments, Appointment(a))
		}
	}
	if f.shipFrom, err = s.mainWarehouse(ctx, p.seller); err == nil {
		f.deliverTo, err = s.mainWarehouse(ctx, p.buyer)
	}
	return f, err
}

func (s *Service) mainWarehouse(ctx context.Context, org id.ID) (place id.ID, err error) {
	var ids []id.ID
	err = s.d.R(ctx).Table("place").Where("org = ? AND kind = 'warehouse' AND main = ? AND active = ?", org, true, true).Order("id").Limit(1).Pluck("id", &ids).Error
	if len(ids) > 0 {
		place = ids[0]
	}
	return place, err
}

// Shop finds the shop of a seller that sells over the counter by one of its own price lists: NotFound where the list is not
// the seller's. The seller's nameless consumer is made when it is missing. A counter's prices include VAT.
func (s *Service) Shop(ctx context.Context, seller, list id.ID) (Shop, int64, error) {
	k := pair{seller, list}
	shop, epoch, err := s.shops.Get(ctx, k, s.loadShop)
	if err == nil && shop.Consumer == 0 {
		if _, err = s.Nameless(ctx, seller); err == nil {
			err = s.d.RefreshEpoch(ctx) // another may have made it since: what is kept is older
		}
		if err == nil {
			shop, epoch, err = s.shops.Get(ctx, k, s.loadShop)
		}
	}
	return shop, epoch, err
}

func (s *Service) loadShop(ctx context.Context, k pair) (Shop, error) {
	var o orgRow
	if err := s.d.R(ctx).Where("id = ? AND active = ?", k.seller, true).Take(&o).Error; err != nil {
		return Shop{}, gone(err)
	}
	var cur []string
	if err := s.d.R(ctx).Table("price_list").Where("id = ? AND org = ?", k.buyer, k.seller).Pluck("currency", &cur).Error; err != nil {
		return Shop{}, err
	}
	if len(cur) == 0 {
		return Shop{}, errs.Gone()
	}
	c, err := money.Lookup(cur[0])
	if err != nil {
		return Shop{}, errs.Wrap(errs.Internal, "internal", err)
	}
	shop := Shop{Currency: c, PricesIncludeVAT: true, VATRegistered: o.VATRegistered, Country: o.Country, Zone: o.Zone}
	if shop.Warehouse, err = s.mainWarehouse(ctx, k.seller); err != nil {
		return Shop{}, err
	}
	var w orgRow
	err = s.d.R(ctx).Where("kind = 'consumer' AND code = ?", namelessCode(k.seller)).Take(&w).Error
	if err == nil {
		shop.Consumer = w.ID
	} else if db.Classify(err) != db.Other || !missing(err) {
		return Shop{}, err
	}
	return shop, nil
}
