package goods

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

const (
	maker, shop, agen id.ID = 1, 2, 3
	kopi, jasa        id.ID = 101, 102
)

var kinds = map[id.ID]string{maker: "producer", shop: "retailer", agen: "agent"}

type yard struct {
	*testing.T
	ctx   context.Context
	d     *db.DB
	s     *Service
	book  *ledger.Book
	clock *clock.Fixed
	taken qty.Qty        // promises that were taken back
	blind map[id.ID]bool // organisations that know no product
}

func (y *yard) Require(context.Context, access.Actor, access.Rel, string, string) error { return nil }

func (y *yard) Known(_ context.Context, org, _ id.ID) (bool, error) { return !y.blind[org], nil }

func (y *yard) Shrink(_ context.Context, p *ledger.Post, seller, product id.ID, n qty.Qty) error {
	y.taken += n
	p.Hold(seller, product, -n)
	return nil
}

func newYard(tt *testing.T) *yard {
	y := &yard{T: tt, ctx: tt.Context(), d: dbtest.New(tt), clock: clock.NewFixed(clock.Date("2026-03-02").Noon("Asia/Jakarta"))}
	y.book = ledger.New(ledger.Config{DB: y.d, Clock: y.clock, IDs: y.d.IDs, Kind: func(_ context.Context, o id.ID) (string, error) { return kinds[o], nil }})
	tt.Cleanup(y.book.Close)
	y.s = New(Config{DB: y.d, Book: y.book, Clock: y.clock, Gate: y, Products: y, Promises: y})
	require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error {
		w := y.d.W(ctx)
		for o, kind := range kinds {
			if err := w.Exec(`INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version)
				VALUES (?, ?, ?, ?, ?, 'ID', 'IDR', 'Asia/Jakarta', 1, 0, '', '', '', '', 0, 1, 0, 0, 1)`, o, o.String(), kind, kind, kind).Error; err != nil {
				return err
			}
		}
		for p, kind := range map[id.ID]string{kopi: "goods", jasa: "service"} {
			if err := w.Exec(`INSERT INTO product (id, producer, sku, name, name_fold, kind, base_unit, decimals, vat_class, gtin, expires, active, version)
				VALUES (?, 1, ?, 'p', 'p', ?, 'pcs', 0, 'standard', '', ?, 1, 1)`, p, p.String(), kind, kind == "goods").Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return y
}

func of(org id.ID) access.Actor {
	return access.Actor{Person: 20 + org, Org: org, Kind: kinds[org], Role: "owner", Zone: "Asia/Jakarta"}
}

func (y *yard) place(org id.ID, name string) Place {
	y.Helper()
	p, err := y.s.AddPlace(y.ctx, of(org), audit.Key{}, name, "", false)
	require.NoError(y, err)
	return p
}

func (y *yard) lot(org id.ID, kind, code string, expires clock.Date, n int64) Lot {
	y.Helper()
	l, err := y.s.MakeLot(y.ctx, of(org), NewLot{Kind: kind, Product: kopi, Code: code, ExpiresOn: expires, Qty: qty.Units(n)})
	require.NoError(y, err)
	return l
}

func (y *yard) sum(org id.ID, by By, asOf int64) (n int64) {
	y.Helper()
	p, err := y.s.Stock(y.ctx, of(org), by, asOf, list.Query{})
	require.NoError(y, err)
	for _, x := range p.Items {
		n += int64(x.Qty)
	}
	return n / qty.Scale
}

func (y *yard) counter(org id.ID) Count {
	y.Helper()
	p, err := y.s.Counts(y.ctx, of(org), list.Query{})
	require.NoError(y, err)
	require.Len(y, p.Items, 1)
	return p.Items[0]
}

func TestPlaces(tt *testing.T) {
	y := newYard(tt)
	first, second := y.place(maker, "Gudang A"), y.place(maker, "Gudang B")
	require.True(y, first.Main)
	require.False(y, second.Main)
	_, err := y.s.AddPlace(y.ctx, of(maker), audit.Key{}, " Gudang A ", "", false)
	require.Equal(y, "place.name_taken", errs.CodeOf(err))
	_, err = y.s.AddPlace(y.ctx, of(agen), audit.Key{}, "Gudang", "", false)
	require.Equal(y, "place.kind_holds_no_goods", errs.CodeOf(err))
	second.Main = true
	second, err = y.s.ChangePlace(y.ctx, of(maker), audit.Key{}, second)
	require.NoError(y, err)
	require.True(y, second.Main)
	second.Active = false
	_, err = y.s.ChangePlace(y.ctx, of(maker), audit.Key{}, second)
	require.Equal(y, "place.is_main", errs.CodeOf(err))
	_, err = y.s.ChangePlace(y.ctx, of(shop), audit.Key{}, second)
	require.Equal(y, "not_found", errs.CodeOf(err))
	q, err := y.s.Quarantine(y.ctx, maker, first.ID)
	require.NoError(y, err)
	again, err := y.s.Quarantine(y.ctx, maker, first.ID)
	require.NoError(y, err)
	require.Equal(y, q, again)
	all, err := y.s.Places(y.ctx, of(maker))
	require.NoError(y, err)
	require.Len(y, all, 3)
	require.Equal(y, second.ID, all[0].ID)
}

func TestLotsComeIntoTheWorld(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "Gudang")
	for name, c := range map[string]struct {
		code string
		as   id.ID
		lot  NewLot
	}{
		"no product":    {"goods.unknown_product", maker, NewLot{Product: 7, Code: "x", Qty: 1000}},
		"a service":     {"goods.is_a_service", maker, NewLot{Product: jasa, Code: "x", Qty: 1000}},
		"zero":          {"order.qty_not_positive", maker, NewLot{Product: kopi, Code: "x", ExpiresOn: "2027-01-01"}},
		"half":          {"order.qty_decimals", maker, NewLot{Product: kopi, Code: "x", ExpiresOn: "2027-01-01", Qty: 500}},
		"huge":          {"order.qty_too_large", maker, NewLot{Product: kopi, Code: "x", ExpiresOn: "2027-01-01", Qty: qty.Max + 1000}},
		"no expiry":     {"lot.needs_expiry", maker, NewLot{Product: kopi, Code: "x", Qty: 1000}},
		"bad date":      {"goods.invalid", maker, NewLot{Product: kopi, Code: "x", ExpiresOn: "soon", Qty: 1000}},
		"backwards":     {"lot.expires_before_made", maker, NewLot{Product: kopi, Code: "x", MadeOn: "2026-03-01", ExpiresOn: "2026-02-01", Qty: 1000}},
		"no code":       {"goods.invalid", maker, NewLot{Product: kopi, ExpiresOn: "2027-01-01", Qty: 1000}},
		"not the maker": {"lot.not_the_producer", shop, NewLot{Product: kopi, Code: "x", ExpiresOn: "2027-01-01", Qty: 1000}},
		"no warehouse":  {"place.no_warehouse", shop, NewLot{Kind: "opening", Product: kopi, Code: "x", ExpiresOn: "2027-01-01", Qty: 1000}},
	} {
		_, err := y.s.MakeLot(y.ctx, of(c.as), c.lot)
		require.Equal(y, c.code, errs.CodeOf(err), "%s: %v", name, err)
		require.NotContains(y, i18n.Error(i18n.EN, err), "{", name)
	}
	c := NewLot{Key: Key{"k", [32]byte{1}}, Product: kopi, Code: "L1", ExpiresOn: "2027-01-01", Qty: qty.Units(10)}
	l, err := y.s.MakeLot(y.ctx, of(maker), c)
	require.NoError(y, err)
	again, err := y.s.MakeLot(y.ctx, of(maker), c)
	require.NoError(y, err)
	require.Equal(y, l, again)
	c.Key = Key{}
	_, err = y.s.MakeLot(y.ctx, of(maker), c)
	require.Equal(y, "lot.code_taken", errs.CodeOf(err))
	require.Equal(y, qty.Units(10), y.counter(maker).Sellable)
	_, err = y.s.Lot(y.ctx, of(shop), l.ID)
	require.Equal(y, "not_found", errs.CodeOf(err))
}

func TestMovingUsingAndLookingBack(tt *testing.T) {
	y := newYard(tt)
	a, b := y.place(maker, "A"), y.place(maker, "B")
	y.place(shop, "Toko")
	late, soon := y.lot(maker, "", "late", "2027-06-01", 10), y.lot(maker, "", "soon", "2026-06-01", 5)
	r, err := y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, From: a.ID, To: b.ID, Qty: qty.Units(7)})
	require.NoError(y, err)
	p, err := y.s.Stock(y.ctx, of(maker), ByHolder, 0, list.Query{Filter: map[string]string{"place": b.ID.String()}})
	require.NoError(y, err)
	require.Len(y, p.Items, 2)
	require.ElementsMatch(y, []id.ID{late.ID, soon.ID}, []id.ID{p.Items[0].Lot, p.Items[1].Lot}, "the five that expire first, then two")
	use := Use{Key: Key{"u", [32]byte{3}}, Product: kopi, From: b.ID, Qty: qty.Units(6)}
	for range 2 {
		_, err = y.s.Use(y.ctx, of(maker), use)
		require.NoError(y, err, "the second time is free")
	}
	require.Equal(y, int64(9), y.sum(maker, ByOwner, 0))
	require.Equal(y, int64(15), y.sum(maker, ByOwner, r.Seq))
	require.Equal(y, int64(10), y.sum(maker, ByBearer, r.Seq-2))
	require.Zero(y, y.sum(shop, All, 0))
	seq, err := y.s.SeqAt(y.ctx, y.clock.Now())
	require.NoError(y, err)
	require.Equal(y, r.Seq+1, seq)
	_, err = y.s.Use(y.ctx, of(shop), Use{Product: kopi, From: b.ID, Qty: 1000})
	require.Equal(y, "not_found", errs.CodeOf(err))
	_, err = y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, From: a.ID, To: a.ID, Qty: 1000})
	require.Equal(y, "goods.same_place", errs.CodeOf(err))
}

// TestAStrangersProductIsNoProduct: what one does not know is answered like what does not exist, whatever is asked of it.
func TestAStrangersProductIsNoProduct(tt *testing.T) {
	y := newYard(tt)
	y.blind = map[id.ID]bool{shop: true}
	y.place(maker, "A")
	a, b := y.place(shop, "Toko"), y.place(shop, "Toko dua")
	lot := y.lot(maker, "", "L", "2027-06-01", 10)
	ask := map[string]func(product, lot id.ID, n qty.Qty) error{
		"use": func(product, lot id.ID, n qty.Qty) error {
			_, err := y.s.Use(y.ctx, of(shop), Use{Product: product, Lot: lot, From: a.ID, Qty: n})
			return err
		},
		"transfer": func(product, lot id.ID, n qty.Qty) error {
			_, err := y.s.Transfer(y.ctx, of(shop), Transfer{Product: product, Lot: lot, From: a.ID, To: b.ID, Qty: n})
			return err
		},
		"make": func(product, _ id.ID, n qty.Qty) error {
			_, err := y.s.MakeLot(y.ctx, of(shop), NewLot{Product: product, Code: "x", ExpiresOn: "2027-01-01", Qty: n})
			return err
		},
		"open": func(product, _ id.ID, n qty.Qty) error {
			_, err := y.s.MakeLot(y.ctx, of(shop), NewLot{Kind: "opening", Product: product, Code: "x", ExpiresOn: "2027-01-01", Qty: n})
			return err
		},
	}
	for name, do := range ask {
		for _, product := range []id.ID{kopi, jasa} {
			for _, n := range []qty.Qty{qty.Units(1), 500, 0} {
				none := do(7_000_000, 0, n)
				require.Equal(y, "goods.unknown_product", errs.CodeOf(none), name)
				require.Equal(y, none, do(product, 0, n), "%s of %d", name, product)
				require.Equal(y, none, do(product, lot.ID, n), "%s of %d by lot", name, product)
			}
		}
	}
	from := ledger.Position{Lot: lot.ID, Product: kopi, Owner: maker, Place: y.main(maker), Bearer: maker, Seller: maker}
	to := ledger.Position{Lot: lot.ID, Product: kopi, Owner: shop, Place: a.ID, Bearer: shop, Seller: shop}
	_, err := y.book.Post(y.ctx, ledger.Draft("test.sent", "sent/1", id.By{Org: maker}, 1, y.clock.Now()).Move(from, to, qty.Units(4)))
	require.NoError(y, err)
	require.NoError(y, ask["use"](kopi, 0, qty.Units(1)), "what it holds it knows, whoever's list has it")
	require.Equal(y, "order.no_stock", errs.CodeOf(ask["transfer"](kopi, 0, qty.Units(9))))
}

func TestExpiryAndRecallTakeGoodsOutOfSale(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	soon, late := y.lot(maker, "", "soon", "2026-03-10", 10), y.lot(maker, "", "late", "2027-06-01", 5)
	_, err := y.book.Post(y.ctx, ledger.Draft("test.held", "held/1", id.By{Org: maker}, 1, y.clock.Now()).Hold(maker, kopi, qty.Units(12)))
	require.NoError(y, err)
	near, err := y.s.NearExpiry(y.ctx, of(maker), "2026-04-01", list.Query{})
	require.NoError(y, err)
	require.Len(y, near.Items, 1)
	require.Equal(y, qty.Units(10), near.Items[0].Qty)
	y.clock.Set(y.clock.Now().Add(8 * 24 * time.Hour)) // its last day
	n, err := y.s.ExpireLots(y.ctx, id.By{}, y.clock.Now())
	require.NoError(y, err)
	require.Zero(y, n)
	y.clock.Set(y.clock.Now().Add(24 * time.Hour))
	for _, want := range []int{1, 0} {
		n, err = y.s.ExpireLots(y.ctx, id.By{}, y.clock.Now())
		require.NoError(y, err)
		require.Equal(y, want, n)
	}
	require.Equal(y, qty.Units(7), y.taken)
	require.Equal(y, Count{Product: kopi, SKU: "101", ProductName: "p", BaseUnit: "pcs", Sellable: qty.Units(5), Held: qty.Units(5)}, y.counter(maker))
	l, err := y.s.Lot(y.ctx, of(maker), soon.ID)
	require.NoError(y, err)
	require.Equal(y, LotExpired, l.Status)
	l, err = y.s.Recall(y.ctx, of(maker), late.ID, Key{})
	require.NoError(y, err)
	require.Equal(y, LotRecalled, l.Status)
	require.Equal(y, qty.Units(12), y.taken)
	require.Equal(y, int64(15), y.sum(maker, ByOwner, 0), "it is still there, and still its own")
	dbtest.Lift(y, y.d)
	rep, err := ledger.Verify(y.ctx, y.d, ledger.VerifyConfig{})
	require.NoError(y, err)
	require.Empty(y, rep.Problems)
}

// TestALotExpiresWhenItsSellersDayIsOver: the same lot in Jakarta, and two hours ahead of it in Jayapura.
func TestALotExpiresWhenItsSellersDayIsOver(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	there := y.place(shop, "Toko")
	require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error {
		return y.d.W(ctx).Exec("UPDATE org SET zone = 'Asia/Jayapura' WHERE id = ?", shop).Error
	}))
	l := y.lot(maker, "", "L", "2026-03-10", 10)
	from := ledger.Position{Lot: l.ID, Product: kopi, Owner: maker, Place: y.main(maker), Bearer: maker, Seller: maker}
	to := ledger.Position{Lot: l.ID, Product: kopi, Owner: shop, Place: there.ID, Bearer: shop, Seller: shop}
	_, err := y.book.Post(y.ctx, ledger.Draft("test.sent", "sent/1", id.By{Org: maker}, 1, y.clock.Now()).Move(from, to, qty.Units(4)))
	require.NoError(y, err)
	midnight := clock.Date("2026-03-10").Noon("Asia/Jakarta").Add(12 * time.Hour) // of the maker's day, 17:00 UTC
	for _, c := range []struct {
		before      time.Duration
		changed     int
		maker, shop int64
		status      string
	}{{3 * time.Hour, 0, 6, 4, LotOK}, {time.Hour, 1, 6, 0, LotOK}, {time.Minute, 0, 6, 0, LotOK}, {-time.Minute, 1, 0, 0, LotExpired}} {
		y.clock.Set(midnight.Add(-c.before))
		n, err := y.s.ExpireLots(y.ctx, id.By{}, y.clock.Now())
		require.NoError(y, err)
		got, err := y.s.Lot(y.ctx, of(maker), l.ID)
		require.NoError(y, err)
		require.Equal(y, []any{c.changed, c.maker, c.shop, c.status}, []any{n, y.sellable(maker), y.sellable(shop), got.Status}, "%s before", c.before)
	}
}

func (y *yard) main(org id.ID) (no id.ID) {
	require.NoError(y, y.d.R(y.ctx).Raw("SELECT id FROM place WHERE org = ? AND main = ?", org, true).Scan(&no).Error)
	return no
}

func (y *yard) sellable(org id.ID) (n int64) {
	require.NoError(y, y.d.R(y.ctx).Raw("SELECT COALESCE(SUM(sellable), 0) FROM stock WHERE seller = ?", org).Scan(&n).Error)
	return n / qty.Scale
}

func TestWhoIsNotAPartnerStaysUnnamed(tt *testing.T) {
	y := newYard(tt)
	a, far := y.place(maker, "A"), y.place(shop, "Toko")
	l := y.lot(maker, "", "L", "2027-06-01", 10)
	from := ledger.Position{Lot: l.ID, Product: kopi, Owner: maker, Place: a.ID, Bearer: maker, Seller: maker}
	to := from
	to.Place, to.Bearer, to.Seller = far.ID, shop, shop
	_, err := y.book.Post(y.ctx, ledger.Draft("test.sent", "sent/1", id.By{Org: maker}, 1, y.clock.Now()).Move(from, to, qty.Units(4)))
	require.NoError(y, err)
	seen := func(org id.ID, by By) Standing {
		p, err := y.s.Stock(y.ctx, of(org), by, 0, list.Query{})
		require.NoError(y, err)
		require.NotEmpty(y, p.Items)
		return p.Items[len(p.Items)-1]
	}
	x := seen(maker, ByOwner)
	require.Equal(y, maker, x.Owner)
	require.Zero(y, x.Holder)
	require.Zero(y, x.Bearer)
	require.Empty(y, x.PlaceName)
	require.Zero(y, x.Seller)
	require.Equal(y, qty.Units(4), x.Qty)
	x = seen(shop, ByHolder)
	require.Zero(y, x.Owner)
	require.Equal(y, shop, x.Holder)
	require.Equal(y, shop, x.Seller)
	found := func(org id.ID, by By, field string, no id.ID) int {
		p, err := y.s.Stock(y.ctx, of(org), by, 0, list.Query{Filter: map[string]string{field: no.String()}})
		require.NoError(y, err)
		return len(p.Items)
	}
	require.Zero(y, found(maker, ByOwner, "partner", shop), "a filter finds nobody whom the row does not show")
	require.Zero(y, found(maker, ByOwner, "place", far.ID))
	require.Zero(y, found(maker, ByOwner, "q", shop))
	require.Zero(y, found(shop, ByHolder, "partner", maker))
	require.Equal(y, 2, found(maker, ByOwner, "partner", maker))
	require.Equal(y, 1, found(shop, ByHolder, "partner", shop))
	require.Equal(y, 1, found(shop, ByHolder, "place", far.ID))

	link := func(sql string, args ...any) {
		require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error { return y.d.W(ctx).Exec(sql, args...).Error }))
	}
	link("INSERT INTO channel (id, producer, name, shape, tiers, version) VALUES (7, ?, 'c', 'free', 'producer,any', 1)", maker)
	link("INSERT INTO link (id, channel, seller, buyer, agent, active, created_us, version, seller_waits, buyer_waits) VALUES (8, 7, ?, ?, 0, ?, 1, 1, ?, ?)", maker, shop, true, false, true)
	require.Zero(y, seen(maker, ByOwner).Holder, "a proposal makes nobody known")
	require.Zero(y, found(maker, ByOwner, "partner", shop))
	require.Zero(y, found(maker, ByOwner, "place", far.ID))
	p, err := y.s.Stock(y.ctx, of(maker), ByOwner, 0, list.Query{Filter: map[string]string{"q": "retailer"}})
	require.NoError(y, err)
	require.Empty(y, p.Items)
	link("UPDATE link SET buyer_waits = ? WHERE id = 8 AND seller = ?", false, maker)
	require.Equal(y, shop, seen(maker, ByOwner).Holder)
	require.Equal(y, 1, found(maker, ByOwner, "partner", shop))
	require.Equal(y, 1, found(maker, ByOwner, "place", far.ID))
	p, err = y.s.Stock(y.ctx, of(maker), ByOwner, 0, list.Query{Filter: map[string]string{"q": "retailer"}})
	require.NoError(y, err)
	require.Len(y, p.Items, 1)
	link("UPDATE link SET active = ? WHERE id = 8 AND seller = ?", false, maker)
	require.Zero(y, seen(maker, ByOwner).Holder, "nor one that ended before anything was agreed under it")
	require.Zero(y, found(maker, ByOwner, "partner", shop))
}

// On the way, the parties of a shipment know each other, and whoever owns what is under way without being one of them finds none of
// them by asking for it.
func TestWhoIsSentWhatIsFoundByThePartiesAlone(tt *testing.T) {
	y := newYard(tt)
	a := y.place(maker, "A")
	l := y.lot(maker, "", "L", "2027-06-01", 10)
	const ship id.ID = 900_001
	require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error {
		return y.d.W(ctx).Exec(`INSERT INTO shipment (id, number, kind, order_id, seller, buyer, agent, carrier, from_place, to_place, status, dispatched_us, received_us, waits, tracking, version, seq)
			VALUES (?, 'SH-1', 'delivery', 1, ?, ?, 0, 0, 0, 0, 'dispatched', 1, 0, 0, '', 1, 1)`, ship, shop, agen).Error
	}))
	from := ledger.Position{Lot: l.ID, Product: kopi, Owner: maker, Place: a.ID, Bearer: maker, Seller: maker}
	to := from
	to.Place, to.Bearer, to.Seller = ship, shop, shop
	_, err := y.book.Post(y.ctx, ledger.Draft("test.sent", "sent/1", id.By{Org: maker}, 1, y.clock.Now()).Move(from, to, qty.Units(4)))
	require.NoError(y, err)
	found := func(org id.ID, by By, partner id.ID) (n int) {
		p, err := y.s.Stock(y.ctx, of(org), by, 0, list.Query{Filter: map[string]string{"partner": partner.String(), "place": ship.String()}})
		require.NoError(y, err)
		for _, x := range p.Items {
			require.Contains(y, []id.ID{x.Owner, x.Bearer, x.Holder}, partner, "what is found shows why")
		}
		return len(p.Items)
	}
	require.Equal(y, []int{1, 0, 0}, []int{found(maker, ByOwner, maker), found(maker, ByOwner, shop), found(maker, ByOwner, agen)})
	require.Equal(y, []int{0, 1, 0}, []int{found(shop, ByBearer, maker), found(shop, ByBearer, shop), found(shop, ByBearer, agen)})
}

// TestWhatIsHeldIsListedPlaceByPlace: however many places there are, and wherever a page ends.
func TestWhatIsHeldIsListedPlaceByPlace(tt *testing.T) {
	y := newYard(tt)
	want := map[string]bool{}
	for n := range somePlaces + 4 { // more than one question is about
		p := y.place(shop, fmt.Sprintf("Gudang %02d", n))
		for l := range n % 3 {
			code := fmt.Sprintf("P%02d-%d", n, l)
			_, err := y.s.MakeLot(y.ctx, of(shop), NewLot{Kind: "bought", Product: kopi, Warehouse: p.ID, Code: code, ExpiresOn: "2027-06-01", Qty: qty.Units(1)})
			require.NoError(y, err)
			want[code] = true
		}
	}
	for _, size := range []int{1, 3, 200} {
		for _, find := range []string{"", "p"} {
			seen, q := map[string]bool{}, list.Query{Size: size, Filter: map[string]string{"q": find}}
			var last Standing
			for {
				p, err := y.s.Stock(y.ctx, of(shop), ByHolder, 0, q)
				require.NoError(y, err)
				for _, r := range p.Items {
					require.False(y, seen[r.LotCode], "%s twice", r.LotCode)
					require.True(y, r.Place > last.Place || r.Place == last.Place && r.Acct > last.Acct)
					seen[r.LotCode], last = true, r
				}
				if q.Cursor = p.Next; q.Cursor == "" {
					break
				}
			}
			require.Equal(y, want, seen, "pages of %d, %q", size, find)
		}
	}
	p, err := y.s.Stock(y.ctx, of(shop), ByHolder, 0, list.Query{Filter: map[string]string{"q": "p05-"}})
	require.NoError(y, err)
	require.Len(y, p.Items, 2)
	for _, find := range []string{"p05-", "P", "p1", "retail", "producer", "nothing"} { // whoever owns many looks for names first
		var found [2][]Standing
		for i, many := range []int{manyOwned, 1} {
			y.s.many = many
			p, err := y.s.Stock(y.ctx, of(shop), ByOwner, 0, list.Query{Size: 200, Filter: map[string]string{"q": find}})
			require.NoError(y, err)
			found[i] = p.Items
		}
		require.Equal(y, found[0], found[1], find)
	}
}
