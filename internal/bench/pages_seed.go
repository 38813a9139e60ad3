package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// street is the market in which pages are asked: one of each kind, with so many rows between them as are asked for.
type street struct {
	a      *app.App
	rows   int // of partners, products, notices and so on
	trades int // of documents of each kind
	out    io.Writer

	producer, wholesaler, shop, agent party
	supply, sale                      pact // of the producer with the wholesaler, of the wholesaler with the shop
	others                            []pact
	products, lots                    []id.ID
	shops, people                     []id.ID // partners of the wholesaler, and who sells for it
	visited                           []id.ID // visits on which something was ordered
	till                              id.ID   // the price list of the shop's counter
	logins                            []login
}

// party is an organisation with its warehouse.
type party struct {
	org, place id.ID
	kind       string
	owner      id.ID // the person
}

func (p party) actor() access.Actor {
	return access.Actor{Org: p.org, Kind: p.kind, Role: "owner", Zone: "Asia/Jakarta", Person: p.owner}
}

// pact is a link with its agreement.
type pact struct{ buyer, place, link, agreement id.ID }

// login is somebody who asks for pages.
type login struct {
	name  string
	org   id.ID
	token string
}

// spread is how many shops besides the one buy in the books of the wholesaler.
const spread = 500

// lay makes the street: master data by plain SQL, as an import would have left them, everything of the books by the services
// that people use, so that the books hold.
func lay(ctx context.Context, a *app.App, rows, trades int, out io.Writer) error {
	begin := time.Now()
	s := &street{a: a, rows: rows, trades: trades, out: out}
	f := &filler{ctx: ctx, a: a}
	up := s.parties(f)
	down := s.offer(f, up)
	s.partners(f, up, down)
	s.talk(f)
	s.visits(f)
	if err := f.flush(); err != nil {
		return fmt.Errorf("master data: %w", err)
	}
	fmt.Fprintf(out, "  partners, products, notices, visits: %s\n", took(begin))
	return s.trade(ctx)
}

// parties makes the organisations and those who look: an owner of each, and who sells and who pays.
func (s *street) parties(f *filler) seller {
	next := f.a.DB.IDs.Next
	up := f.seller("0", s.rows)
	s.products = up.products
	s.producer = party{org: up.org, kind: "producer"}
	for _, p := range []struct {
		into *party
		kind string
	}{{&s.wholesaler, "wholesaler"}, {&s.shop, "retailer"}, {&s.agent, "agent"}} {
		*p.into = party{org: next(), kind: p.kind}
		p.into.owner = f.org(p.into.org, p.kind, "0")
	}
	add := func(name string, p *party, role string) {
		person := next()
		f.add("person", "%d,'%d@bench.invalid','Bench','','id',TRUE,1,1", person, person)
		f.add("membership", "%d,%d,'%s',1", person, p.org, role)
		s.logins = append(s.logins, login{name, p.org, f.session(person, p.org, "web")})
		if role == "owner" {
			p.owner = person
		}
	}
	add("producer", &s.producer, "owner")
	add("wholesaler", &s.wholesaler, "owner")
	add("finance", &s.wholesaler, "finance")
	add("warehouse", &s.wholesaler, "warehouse")
	add("agent", &s.agent, "owner")
	add("shop", &s.shop, "owner")
	for range s.rows {
		person := next()
		f.add("person", "%d,'%d@bench.invalid','Bench','','id',TRUE,1,1", person, person)
		f.add("membership", "%d,%d,'sales',1", person, s.wholesaler.org)
		s.people = append(s.people, person)
	}
	return up
}

// offer gives the wholesaler a list of its own, and appoints the agent.
func (s *street) offer(f *filler, up seller) seller {
	next := f.a.DB.IDs.Next
	down := seller{org: s.wholesaler.org, channel: up.channel, list: next()}
	f.add("price_list", "%d,%d,'Bench','IDR',1", down.list, down.org)
	for _, p := range up.products {
		f.add("price", "%d,%d,%d,0,'2020-01-01','9999-12-31',%d", next(), down.list, p, 15000*money.PriceScale)
	}
	s.till = next()
	f.add("price_list", "%d,%d,'Kasir','IDR',1", s.till, s.shop.org)
	for _, p := range up.products[:min(len(up.products), max(1, s.trades/20))] {
		f.add("price", "%d,%d,%d,0,'2020-01-01','9999-12-31',%d", next(), s.till, p, 18000*money.PriceScale)
	}
	f.add("channel_member", "%d,%d,1", up.channel, down.org)
	f.add("appointment", "%d,%d,%d,'Jawa',250,'delivery',TRUE,TRUE,FALSE,'2020-01-01','9999-12-31',1", next(), down.org, s.agent.org)
	return down
}

// partners are the buyers: the wholesaler of the producer, and so many shops of both, which the agent looks after.
func (s *street) partners(f *filler, up, down seller) {
	next := f.a.DB.IDs.Next
	deal := func(of seller, buyer, agent id.ID) pact {
		link, agreement := f.deal(of, buyer, agent)
		return pact{buyer: buyer, link: link, agreement: agreement}
	}
	s.supply = deal(up, s.wholesaler.org, 0)
	f.add("channel_member", "%d,%d,2", up.channel, s.shop.org)
	s.sale = deal(down, s.shop.org, s.agent.org)
	for i := range s.rows {
		shop := next()
		f.add("org", "%d,'S%06d','retailer','Toko %d','toko %d','ID','IDR','Asia/Jakarta',TRUE,FALSE,'','','Kota %d','',FALSE,TRUE,1,1", shop, i, i, i, i%300)
		f.add("channel_member", "%d,%d,2", up.channel, shop)
		s.shops = append(s.shops, shop)
		deal(up, shop, 0)
		if d := deal(down, shop, s.agent.org); len(s.others) < min(spread, s.rows) {
			d.place = next()
			f.add("place", "%d,%d,'warehouse','Toko','',0,TRUE,TRUE,1", d.place, shop)
			s.others = append(s.others, d)
		}
	}
}

// talk fills conversations, notices and finished work, which no book holds.
func (s *street) talk(f *filler) {
	next, now := f.a.DB.IDs.Next, time.Now().UnixMicro()
	for i := range s.rows {
		at := now - int64(i)*300_000_000
		talk, doc := next(), next()
		f.add("talk", "%d,'order',%d,'SO-%d',1,%d", talk, doc, i, at)
		f.add("talk_party", "%d,%d,'seller',1,%d", talk, s.wholesaler.org, at)
		f.add("talk_party", "%d,%d,'buyer',1,%d", talk, s.shop.org, at)
		f.add("message", "%d,%d,1,%d,%d,0,'seller','sales',0,'Barang dikirim besok pagi.',%d,0", next(), talk, s.wholesaler.org, s.wholesaler.owner, at)
		for _, p := range []party{s.wholesaler, s.shop} {
			f.add("notice", "%d,%d,%d,'order.placed','order',%d,'seller','SO-%d',%d,%d,'bench/%d',1,'none',%d,0,0,0", next(), p.owner, p.org, doc, i, s.shop.org, s.shop.owner, i, at)
		}
		f.add("job", "%d,'export',%d,%d,'{\"report\":\"payment-sheet\",\"from\":\"2026-01-01\",\"to\":\"2026-12-31\"}','done',1,1,'','',0,1,%d,0,'',%d,%d,1",
			next(), s.wholesaler.org, s.wholesaler.owner, at, at, at)
	}
}

// stock is what a document of the producer brings of a product, and sells on.
const (
	brought = 10 * qty.Scale
	sold    = 4 * qty.Scale
)
