package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/qty"
)

// market is what the orders are placed in: pairs of a seller with products in stock and a buyer who has a session.
type market struct {
	sellers []seller
}

// seller is a seller as one of its buyers meets it.
type seller struct {
	org, buyer    id.ID
	token         string // of the buyer
	products      []id.ID
	channel, list id.ID
}

// shape is how a market is laid out: so many sellers, each with so many products and buyers.
type shape struct{ sellers, products, buyers int }

const perOrder = 10 // lines of an order

// seed makes a market. Master data are written by plain SQL, as an import would have left them; stock and limits are posted, so that
// the books hold.
func seed(ctx context.Context, a *app.App, of shape) (*market, error) {
	mk := &market{}
	f := &filler{ctx: ctx, a: a}
	for i := range of.sellers {
		s := f.seller(fmt.Sprintf("%d-%04d", of.products, i), of.products)
		for k := range of.buyers {
			mk.sellers = append(mk.sellers, f.buyer(s, fmt.Sprintf("%d-%04d-%04d", of.products, i, k)))
		}
	}
	if err := f.flush(); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for i, s := range mk.sellers {
		g.Go(func() error {
			if i%of.buyers == 0 {
				if err := stockUp(gctx, a, s); err != nil {
					return err
				}
			}
			return credit(gctx, a, s)
		})
	}
	return mk, g.Wait()
}

// filler collects rows for multi-row inserts.
type filler struct {
	ctx  context.Context
	a    *app.App
	rows map[string][]string
}

// seedTables are filled in this order: parents first.
var seedTables = []struct{ name, columns string }{
	{"org", "id,code,kind,name,name_fold,country,currency,zone,vat_registered,large,tax_no,address,city,phone,nameless,active,created_us,version"},
	{"place", "id,org,kind,name,address,parent,main,active,version"},
	{"channel", "id,producer,name,shape,tiers,version"},
	{"channel_member", "channel,org,tier"},
	{"link", "id,channel,seller,buyer,agent,active,created_us,version"},
	{"product", "id,producer,sku,name,name_fold,kind,base_unit,decimals,vat_class,gtin,expires,active,version"},
	{"product_unit", "product,unit,base_qty"},
	{"price_list", "id,org,name,currency,version"},
	{"price", "id,list,product,min_qty,from_on,until_on,price"},
	{"agreement", "id,link,edition,seller,buyer,from_on,until_on,price_list,currency,prices_include_vat,min_order,net_days,early_days,early_bps," +
		"prepay,credit_limit,title_on,risk_on,resale_before_title,over_bps,freight_by,text_hash,seller_by,seller_us,buyer_by,buyer_us,version,limit_us"},
	{"person", "id,email,name,password,lang,active,created_us,version"},
	{"membership", "person,org,role,created_us"},
	{"appointment", "id,principal,agent,area,commission_bps,commission_on,may_bind,may_collect,sole,from_on,until_on,version"},
	{"talk", "id,doc_kind,doc,number,messages,changed_us"},
	{"talk_party", "talk,org,rel,last,last_us"},
	{"message", "id,talk,n,org,person,api_key,rel,duty,internal,body,created_us,withdrawn_us"},
	{"notice", "id,person,org,event,doc_kind,doc,rel,number,by_org,by_person,origin,in_app,mail,created_us,read_us,mail_us,mailed_us"},
	{"job", "id,kind,org,person,payload,status,done,total,message,result,file,attempts,run_us,locked_until_us,locked_by,created_us,ended_us,version"},
	{"visit_stop", "id,org,person,seller,shop,weekdays,weeks,turn,from_on,until_on,ended_us,created_us,version"},
	{"visit", "id,org,person,seller,shop,stop,day_on,caller,nth,in_us,in_phone_us,out_us,out_phone_us,closed_by,result,reason,note,spot,located,lat,lon,version"},
	{"visit_count", "visit,product,sku,name,qty,unit,base"},
	{"visit_order", "visit,order_id,number"},
	{"role_def", "id,org,role,name,open_name,base,created_us,ended_us,version"},
	{"role_grant", "def,version,rel,object,action"},
	{"session", "id,token_hash,person,org,kind,csrf,ip,agent,created_us,seen_us,expires_us,ended_us"},
}

func (f *filler) add(table, format string, args ...any) {
	if f.rows == nil {
		f.rows = map[string][]string{}
	}
	f.rows[table] = append(f.rows[table], "("+fmt.Sprintf(format, args...)+")")
}

func (f *filler) flush() error {
	return f.a.DB.InTx(f.ctx, func(ctx context.Context) error {
		for _, t := range seedTables {
			rows := f.rows[t.name]
			for len(rows) > 0 {
				k := min(500, len(rows))
				if err := f.a.DB.W(ctx).Exec("INSERT INTO " + t.name + " (" + t.columns + ") VALUES " + strings.Join(rows[:k], ",")).Error; err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				rows = rows[k:]
			}
		}
		return f.a.DB.BumpMaster(ctx)
	})
}

// org makes an organisation with its warehouse and its owner, whose number it answers.
func (f *filler) org(o id.ID, kind, code string) id.ID {
	next := f.a.DB.IDs.Next
	f.add("org", "%d,'B%s','%s','%s %s','%s %s','ID','IDR','Asia/Jakarta',TRUE,FALSE,'','','','',FALSE,TRUE,1,1", o, code, kind, kind, code, kind, code)
	f.add("place", "%d,%d,'warehouse','Main','',0,TRUE,TRUE,1", next(), o)
	person := next()
	f.add("person", "%d,'%d@bench.invalid','Bench','','id',TRUE,1,1", person, person)
	f.add("membership", "%d,%d,'owner',1", person, o)
	return person
}

// seller makes a producer with a channel and m products on one list.
func (f *filler) seller(code string, m int) seller {
	next := f.a.DB.IDs.Next
	s := seller{org: next(), channel: next(), list: next()}
	f.org(s.org, "producer", code)
	f.add("channel", "%d,%d,'Bench','2','producer,retailer',1", s.channel, s.org)
	f.add("channel_member", "%d,%d,0", s.channel, s.org)
	f.add("price_list", "%d,%d,'Bench','IDR',1", s.list, s.org)
	for p := range m {
		pid := next()
		s.products = append(s.products, pid)
		f.add("product", "%d,%d,'K%03d','Kopi %d','kopi %d','goods','pcs',0,'standard','',FALSE,TRUE,1", pid, s.org, p, p, p)
		f.add("product_unit", "%d,'pcs',%d", pid, qty.Scale)
		f.add("price", "%d,%d,%d,0,'2020-01-01','9999-12-31',%d", next(), s.list, pid, 12500*money.PriceScale)
	}
	return s
}

// buyer makes a retailer of the seller's channel with a link, an agreement and a session.
func (f *filler) buyer(s seller, code string) seller {
	s.buyer = f.a.DB.IDs.Next()
	person := f.org(s.buyer, "retailer", code)
	f.add("channel_member", "%d,%d,1", s.channel, s.buyer)
	f.deal(s, s.buyer, 0)
	s.token = f.session(person, s.buyer, "api")
	return s
}

// deal makes a link of the seller with a buyer, and their agreement; it answers both.
func (f *filler) deal(s seller, buyer, agent id.ID) (link, agreement id.ID) {
	next := f.a.DB.IDs.Next
	link, agreement = next(), next()
	f.add("link", "%d,%d,%d,%d,%d,TRUE,1,1", link, s.channel, s.org, buyer, agent)
	terms := sha256.Sum256([]byte(partner.Agreement{Link: link, Edition: 1, Seller: s.org, Buyer: buyer, Terms: partner.Terms{From: "2020-01-01", Until: partner.Open,
		PriceList: s.list, Currency: "IDR", NetDays: 30, CreditLimit: ledger.NoLimit, TitleOn: "delivery", RiskOn: "delivery", ResaleBeforeTitle: true, FreightBy: "seller"}}.Text()))
	f.add("agreement", "%d,%d,1,%d,%d,'2020-01-01','9999-12-31',%d,'IDR',FALSE,0,30,0,0,FALSE,%d,'delivery','delivery',TRUE,0,'seller',X'%x',1,1,1,1,1,1",
		agreement, link, s.org, buyer, s.list, ledger.NoLimit, terms[:])
	return link, agreement
}

// session makes one of a person that lasts, and answers its token.
func (f *filler) session(person, org id.ID, kind string) string {
	no := f.a.DB.IDs.Next()
	token := fmt.Sprintf("bench%038d", int64(no)) // 43 characters, as a token has
	h, now := sha256.Sum256([]byte(token)), time.Now().UnixMicro()
	f.add("session", "%d,X'%x',%d,%d,'%s','','','',%d,%d,%d,0", no, h[:], person, org, kind, now, now, int64(1)<<60)
	return token
}

func stockUp(ctx context.Context, a *app.App, s seller) error {
	who := access.Actor{Org: s.org, Kind: "producer", Role: "owner", Zone: "Asia/Jakarta"}
	for _, p := range s.products {
		if _, err := a.Goods.MakeLot(ctx, who, goods.NewLot{Product: p, Code: "B1", Qty: qty.Units(100_000_000)}); err != nil {
			return fmt.Errorf("stock of the benchmark: %w", err)
		}
	}
	return nil
}

func credit(ctx context.Context, a *app.App, s seller) error {
	post := ledger.Draft("credit.limit_set", "bench/limit/"+s.buyer.String(), id.By{Org: s.org}, s.buyer, a.Config.Clock.Now()).
		Limit(s.org, s.buyer, money.Currencies["IDR"], ledger.NoLimit)
	_, err := a.Book.Post(ctx, post)
	return err
}
