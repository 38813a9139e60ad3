package trade

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// A till is a small channel on a real database: maker (1) sells to depot (2), depot to grosir (3), grosir to toko (4); agen (5)
// is the maker's agent. Each organisation o has the warehouse 10+o and the people 20+o and 30+o.
const (
	maker, depot, grosir, toko, agen id.ID = 1, 2, 3, 4, 5
	kopi                             id.ID = 101
	teh                              id.ID = 102
	lotKopi                          id.ID = 201
	lotTeh                           id.ID = 202
)

func shed(org id.ID) id.ID { return 10 + org }

type till struct {
	*testing.T
	ctx   context.Context
	url   string
	d     *db.DB
	s     *Service
	clock *clock.Fixed
	book  *ledger.Book
	deals map[[2]id.ID]*Deal
	extra money.Price // on every price
}

func (t *till) Require(context.Context, access.Actor, access.Rel, string, string) error { return nil }

func (t *till) Deal(_ context.Context, viewer, seller, buyer id.ID, _ clock.Date) (Deal, int64, error) {
	d := t.deals[[2]id.ID{seller, buyer}]
	if d == nil || (viewer != seller && viewer != buyer && viewer != d.Agent) {
		return Deal{}, 0, errs.Gone()
	}
	return *d, 0, nil
}

func (t *till) Agreed(ctx context.Context, seller, buyer, _ id.ID, on clock.Date) (Deal, int64, error) {
	return t.Deal(ctx, seller, seller, buyer, on)
}

var vat11of12 = Tax{Code: "ID-12-11/12", BaseNum: 11, BaseDen: 12, RateBps: 1200}

func (t *till) Items(_ context.Context, _ id.ID, _ string, products []id.ID, _ clock.Date) (map[id.ID]Item, int64, error) {
	out := map[id.ID]Item{}
	for _, p := range products {
		out[p] = Item{Product: p, SKU: p.String(), BaseUnit: "pcs", Units: map[string]qty.Qty{"pcs": qty.Units(1)},
			Breaks: []Break{{Price: money.Price(p)*100*money.PriceScale + t.extra}}, Tax: vat11of12}
	}
	return out, 0, nil
}

func (t *till) Quarantine(_ context.Context, org, _ id.ID) (id.ID, error) { return 40 + org, nil }

func (t *till) Shop(context.Context, id.ID, id.ID) (Shop, int64, error) {
	return Shop{}, 0, errs.Gone()
}

var kinds = map[id.ID]string{maker: "producer", depot: "distributor", grosir: "wholesaler", toko: "retailer", agen: "agent"}

func newTill(tt *testing.T) *till {
	url := dbtest.Planted(tt)
	t := &till{T: tt, ctx: tt.Context(), url: url, d: dbtest.Open(tt, url), clock: clock.NewFixed(clock.Date("2026-03-02").Noon("Asia/Jakarta")), deals: map[[2]id.ID]*Deal{}}
	t.open()
	require.NoError(t, t.d.InTx(t.ctx, func(ctx context.Context) error {
		w := t.d.W(ctx)
		for o, kind := range kinds {
			if err := w.Exec(`INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version)
				VALUES (?, ?, ?, ?, ?, 'ID', 'IDR', 'Asia/Jakarta', 1, 0, '', '', '', '', 0, 1, 0, 0, 1)`, o, o.String(), kind, kind, kind).Error; err != nil {
				return err
			}
			for place, kind := range map[id.ID]string{shed(o): "warehouse", 40 + o: "quarantine"} {
				if err := w.Exec("INSERT INTO place (id, org, kind, name, address, parent, main, active, version) VALUES (?, ?, ?, 'x', '', 0, 1, 1, 1)", place, o, kind).Error; err != nil {
					return err
				}
			}
		}
		for lot, product := range map[id.ID]id.ID{lotKopi: kopi, lotTeh: teh} {
			if err := w.Exec(`INSERT INTO product (id, producer, sku, name, name_fold, kind, base_unit, decimals, vat_class, gtin, expires, active, version)
				VALUES (?, 1, ?, 'p', 'p', 'goods', 'pcs', 0, 'standard', '', 0, 1, 1)`, product, product.String()).Error; err != nil {
				return err
			}
			if err := w.Exec("INSERT INTO lot (id, product, maker, code, made_on, expires_on, status, version, seq) VALUES (?, ?, 1, 'L', '2026-01-01', '', 'ok', 1, 0)", lot, product).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	t.trades(maker, depot)
	t.trades(depot, grosir)
	t.trades(grosir, toko)
	for lot, product := range map[id.ID]id.ID{lotKopi: kopi, lotTeh: teh} {
		p := ledger.Draft("stock.opened", fmt.Sprintf("lot/%d/open", lot), id.By{Person: 21, Org: maker}, lot, t.clock.Now())
		p.Move(ledger.Outside(ledger.Origin, lot, product), ledger.Position{Lot: lot, Product: product, Owner: maker, Place: shed(maker), Bearer: maker, Seller: maker}, qty.Units(1000))
		_, err := t.book.Post(t.ctx, p)
		require.NoError(t, err)
	}
	return t
}

// open starts a lane and a service on the database.
func (t *till) open() {
	t.book = ledger.New(ledger.Config{DB: t.d, Clock: t.clock, IDs: t.d.IDs, Kind: func(_ context.Context, o id.ID) (string, error) { return kinds[o], nil },
		Holder: func(ctx context.Context, place id.ID) (id.ID, error) { return t.s.HolderOf(ctx, place) }})
	t.Cleanup(t.book.Close)
	t.s = New(Config{DB: t.d, Book: t.book, Clock: t.clock, Gate: t, Deals: t, Prices: t, Places: t, Shops: t})
}

// beside is a second instance of the program on the same database.
func (t *till) beside() *till {
	b := *t
	b.d = dbtest.Open(t, t.url)
	b.open()
	return &b
}

// trades opens trade between two: title on payment, risk on delivery, 30 days, no limit.
func (t *till) trades(seller, buyer id.ID) *Deal {
	d := &Deal{Seller: seller, Buyer: buyer, Link: 300 + seller, Agreement: 400 + seller, PriceList: 500, SellerKind: kinds[seller], BuyerKind: kinds[buyer],
		Currency: money.Currencies["IDR"], NetDays: 30, TitleOn: "payment", RiskOn: "delivery", ResaleBeforeTitle: true, VATRegistered: true,
		Country: "ID", Zone: "Asia/Jakarta", ShipFrom: shed(seller), DeliverTo: shed(buyer)}
	t.deals[[2]id.ID{seller, buyer}] = d
	t.limit(seller, buyer, ledger.NoLimit)
	return d
}

func (t *till) limit(seller, buyer id.ID, m money.Minor) { t.limitIn("IDR", seller, buyer, m) }

func (t *till) limitIn(currency string, seller, buyer id.ID, m money.Minor) {
	no := t.d.IDs.Next()
	_, err := t.book.Post(t.ctx, ledger.Draft("credit.limited", fmt.Sprintf("limit/%d", no), id.By{Person: 21, Org: seller}, no, t.clock.Now()).
		Limit(seller, buyer, money.Currencies[currency], m))
	require.NoError(t, err)
}

// of is the first person of an organisation, second the other one.
func of(org id.ID) access.Actor {
	return access.Actor{Person: 20 + org, Org: org, Kind: kinds[org], Role: "owner", Zone: "Asia/Jakarta"}
}

func second(org id.ID) access.Actor { a := of(org); a.Person = 30 + org; return a }

// days moves the clock on.
func (t *till) days(n int) { t.clock.Set(t.clock.Now().Add(time.Duration(n) * 24 * time.Hour)) }

// line is so many pieces of a product.
func pieces(p id.ID, n int64) PlaceLine { return PlaceLine{Product: p, Qty: qty.Units(n)} }

// delivered orders, confirms, dispatches and receives.
func (t *till) delivered(seller, buyer id.ID, lines ...PlaceLine) Order {
	t.Helper()
	o, err := t.s.Place(t.ctx, of(buyer), Place{Seller: seller, Buyer: buyer, Lines: lines})
	require.NoError(t, err)
	_, err = t.s.Confirm(t.ctx, of(seller), Step{Order: o.ID})
	require.NoError(t, err)
	return t.sent(o)
}

func (t *till) sent(o Order) Order {
	t.Helper()
	ship, err := t.s.Dispatch(t.ctx, of(o.Seller), Dispatch{Step: Step{Order: o.ID}})
	require.NoError(t, err)
	_, err = t.s.Receive(t.ctx, of(o.Buyer), Receive{Shipment: ship.ID})
	require.NoError(t, err)
	return t.order(o)
}

func (t *till) order(o Order) Order {
	t.Helper()
	o, err := t.s.order(t.ctx, o.Seller, o.ID)
	require.NoError(t, err)
	return o
}

func (t *till) billed(o Order, lines ...BillLine) Invoice {
	t.Helper()
	v, err := t.s.Bill(t.ctx, of(o.Seller), Bill{Step: Step{Order: o.ID}, Lines: lines})
	require.NoError(t, err)
	t.even()
	return v
}

func (t *till) reported(seller, buyer id.ID, amount money.Minor, told ...Allocation) Payment {
	t.Helper()
	v, err := t.s.Report(t.ctx, of(buyer), Report{Payee: seller, Currency: "IDR", Amount: amount, Method: "transfer", Allocate: told})
	require.NoError(t, err)
	return v
}

func (t *till) paid(seller, buyer id.ID, amount money.Minor, told ...Allocation) Payment {
	t.Helper()
	v := t.reported(seller, buyer, amount, told...)
	v, err := t.s.ConfirmPayment(t.ctx, of(seller), Confirm{Payment: v.ID})
	require.NoError(t, err)
	t.even()
	return v
}

func (t *till) invoice(v Invoice) Invoice {
	t.Helper()
	v, err := t.s.invoiceOf(t.ctx, v.Seller, v.ID)
	require.NoError(t, err)
	return v
}

func (t *till) owed(creditor, debtor id.ID, why ledger.Purpose) money.Minor {
	t.Helper()
	m, err := t.s.owed(t.ctx, creditor, debtor, money.Currencies["IDR"], why)
	require.NoError(t, err)
	return m
}

// owns is how many pieces of a lot an organisation has title to, wherever they are.
func (t *till) owns(org, lot id.ID) int64 {
	t.Helper()
	var n qty.Qty
	require.NoError(t, t.d.R(t.ctx).Raw(`SELECT COALESCE(SUM(b.posted), 0) FROM account a JOIN balance b ON b.acct = a.acct
		WHERE a.book = 1 AND a.owner = ? AND a.unit = ? AND a.place > 0`, org, lot).Scan(&n).Error)
	return int64(n) / qty.Scale
}

// even holds the counters against what they are made of: used is open invoices less deposits, held is the orders' credit; lines
// of an invoice sum to it; the ledger's own invariants hold.
func (t *till) even() {
	t.Helper()
	dbtest.Lift(t, t.d)
	var rows []struct {
		Seller, BillTo id.ID
		Used, Held     money.Minor
	}
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT seller, bill_to, used, held FROM exposure").Scan(&rows).Error)
	sum := func(sql string, args ...any) (m money.Minor) {
		require.NoError(t, t.d.R(t.ctx).Raw(sql, args...).Scan(&m).Error)
		return m
	}
	for _, r := range rows {
		open := sum("SELECT COALESCE(SUM(total - settled), 0) FROM invoice WHERE seller = ? AND buyer = ?", r.Seller, r.BillTo)
		require.Equal(t, open-t.owed(r.BillTo, r.Seller, ledger.Deposit), r.Used, "used by %d with %d", r.BillTo, r.Seller)
		t.aged(r.Seller, r.BillTo)
		require.Equal(t, sum("SELECT COALESCE(SUM(credit_held), 0) FROM orders WHERE seller = ? AND buyer = ?", r.Seller, r.BillTo), r.Held)
	}
	require.Zero(t, sum(`SELECT COUNT(*) FROM invoice v WHERE v.settled <> (SELECT SUM(l.settled) FROM invoice_line l WHERE l.invoice_id = v.id)
		OR v.total <> (SELECT SUM(l.net + l.tax) FROM invoice_line l WHERE l.invoice_id = v.id)`), "lines of invoices sum to them")
	rep, err := ledger.Verify(t.ctx, t.d, ledger.VerifyConfig{Holds: Holds, Places: PlacesOf, Watch: []ledger.Watcher{PointsProved()}})
	require.NoError(t, err)
	require.Empty(t, rep.Problems)
}
