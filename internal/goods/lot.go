package goods

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// Lot is so many of a product, made by one maker at one time.
type Lot struct {
	ID, Product, Maker id.ID
	SKU                string `gorm:"column:sku"`
	ProductName        string
	Code               string
	MadeOn, ExpiresOn  clock.Date // ExpiresOn is the last day on which it is sold; "" for never
	Status             string
	Version, Seq       int64
}

// NewLot brings goods into the world: made, bought outside or opening stock (Kind make, bought, opening).
type NewLot struct {
	Key       Key
	Kind      string
	Product   id.ID
	Warehouse id.ID // 0: the main one
	Code      string
	MadeOn    clock.Date // "": today
	ExpiresOn clock.Date
	Qty       qty.Qty // base units
	At        clock.Instant
}

var lotKinds = map[string]string{"make": "lot.made", "bought": "lot.bought", "opening": "lot.opened"}

// MakeLot makes a lot in a warehouse of the acting organisation, its own and at its risk, and sellable. Only the producer makes;
// whoever holds goods may have bought outside or begin with opening stock. The lot's maker is the acting organisation.
func (s *Service) MakeLot(ctx context.Context, a access.Actor, c NewLot) (Lot, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "lot", "make"); err != nil {
		return Lot{}, err
	}
	now := s.Clock.Now()
	if c.Kind == "" {
		c.Kind = "make"
	}
	pr, place, err := s.checkLot(ctx, a, &c, now)
	if err != nil {
		return Lot{}, err
	}
	if made, err := s.codeFree(ctx, a, c); err != nil || made != 0 {
		if err != nil {
			return Lot{}, err
		}
		return s.Lot(ctx, a, made)
	}
	l := Lot{ID: s.DB.IDs.Next(), Product: pr.ID, Maker: a.Org, Code: c.Code, MadeOn: c.MadeOn, ExpiresOn: c.ExpiresOn, Status: LotOK, Version: 1}
	p := draft(lotKinds[c.Kind], "lot/"+l.ID.String()+"/make", a.By(), l.ID, c.At, c.Key)
	p.File(lotT.Row(l.ID, l.Product, l.Maker, l.Code, l.MadeOn, l.ExpiresOn, l.Status, l.Version))
	to := ledger.Position{Lot: l.ID, Product: l.Product, Owner: a.Org, Place: place.ID, Bearer: a.Org, Seller: a.Org}
	if l.ExpiresOn != "" && l.ExpiresOn < now.In(a.Zone) {
		to.Seller = 0
	}
	p.Move(ledger.Outside(ledger.Origin, l.ID, l.Product), to, c.Qty)
	r, err := s.post(ctx, p)
	if err != nil {
		return Lot{}, err
	}
	return s.Lot(ctx, a, r.Doc)
}

// codeFree refuses a code that a lot bears already; where the same key made that lot, it is the answer.
func (s *Service) codeFree(ctx context.Context, a access.Actor, c NewLot) (made id.ID, err error) {
	old, err := s.lotByCode(ctx, a.Org, c.Product, c.Code)
	if err != nil || old == 0 {
		return 0, err
	}
	var n int64
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM journal WHERE org = ? AND client_key = ? AND doc = ?", a.Org, c.Key.Client, old).Scan(&n).Error
	if err != nil || n > 0 {
		return old, err
	}
	return 0, errs.OnFields("lot.code_taken", errs.F("code", "lot.code_taken", "code", c.Code))
}

func (s *Service) lotByCode(ctx context.Context, maker, product id.ID, code string) (id.ID, error) {
	var no []id.ID
	err := s.DB.R(ctx).Raw("SELECT id FROM lot WHERE product = ? AND maker = ? AND code = ?", product, maker, code).Scan(&no).Error
	return first(no), err
}

func (s *Service) checkLot(ctx context.Context, a access.Actor, c *NewLot, now clock.Instant) (product, Place, error) {
	pr, err := s.product(ctx, a.Org, c.Product)
	if err != nil {
		return pr, Place{}, err
	}
	if _, ok := lotKinds[c.Kind]; !ok {
		return pr, Place{}, errs.OnFields("goods.invalid", errs.F("kind", "lot.unknown_kind"))
	}
	if c.Kind == "make" && pr.Producer != a.Org {
		return pr, Place{}, errs.New(errs.Forbidden, "lot.not_the_producer", "sku", pr.SKU)
	}
	if err := pr.quantity("qty", c.Qty); err != nil {
		return pr, Place{}, err
	}
	if c.Code, err = named("code", c.Code, 60); err != nil {
		return pr, Place{}, err
	}
	if c.MadeOn == "" {
		c.MadeOn = now.In(a.Zone)
	}
	for field, d := range map[string]clock.Date{"made_on": c.MadeOn, "expires_on": c.ExpiresOn} {
		if _, err := clock.ParseDate(string(d)); err != nil && d != "" {
			return pr, Place{}, errs.OnFields("goods.invalid", errs.F(field, "date_malformed"))
		}
	}
	switch {
	case pr.Expires && c.ExpiresOn == "":
		return pr, Place{}, errs.OnFields("lot.needs_expiry", errs.F("expires_on", "lot.needs_expiry", "sku", pr.SKU))
	case c.ExpiresOn != "" && c.ExpiresOn < c.MadeOn:
		return pr, Place{}, errs.OnFields("lot.expires_before_made", errs.F("expires_on", "lot.expires_before_made"))
	}
	if c.At == 0 {
		c.At = now
	}
	if c.At < 0 || c.At > now {
		return pr, Place{}, errs.OnFields("time_in_future", errs.F("at", "time_in_future"))
	}
	place, err := s.warehouse(ctx, a.Org, c.Warehouse)
	return pr, place, err
}

// warehouse finds a warehouse of an organisation; 0 is the main one.
func (s *Service) warehouse(ctx context.Context, org, no id.ID) (Place, error) {
	where, args := "main = ?", []any{org, true}
	if no != 0 {
		where, args = "id = ?", []any{org, no}
	}
	var rows []Place
	err := s.DB.R(ctx).Raw("SELECT "+placeColumns+" FROM place WHERE org = ? AND kind = 'warehouse' AND "+where, args...).Scan(&rows).Error
	if err != nil {
		return Place{}, fmt.Errorf("read warehouse: %w", err)
	}
	if len(rows) == 0 || !rows[0].Active {
		return Place{}, errs.OnFields("place.no_warehouse", errs.F("warehouse", "place.no_warehouse"))
	}
	return rows[0], nil
}

const lotColumns = "l.id, l.product, l.maker, p.sku, p.name AS product_name, l.code, l.made_on, l.expires_on, l.status, l.version, l.seq"

// sees is the condition under which an organisation sees goods at account a: as owner, as bearer, as holder, or as a party of the
// shipment that carries them. It takes the viewer five times.
const sees = `(a.owner = ? OR a.bearer = ? OR a.place IN (SELECT id FROM place WHERE org = ?)
 OR a.place IN (SELECT id FROM shipment WHERE seller = ? OR buyer = ?))`

// seesUnit is sees of a lot's own accounts, which are few: the shipment of each is looked up, and not all that the viewer ever had.
const seesUnit = `(a.owner = ? OR a.bearer = ? OR EXISTS (SELECT 1 FROM place v WHERE v.id = a.place AND v.org = ?)
 OR EXISTS (SELECT 1 FROM shipment v WHERE v.id = a.place AND (v.seller = ? OR v.buyer = ?)))`

// Lot reads a lot that the organisation made, or has or had goods of.
func (s *Service) Lot(ctx context.Context, a access.Actor, no id.ID) (Lot, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return Lot{}, err
	}
	var rows []Lot
	err := s.DB.R(ctx).Raw("SELECT "+lotColumns+" FROM lot l JOIN product p ON p.id = l.product WHERE l.id = ? AND (l.maker = ? OR EXISTS (SELECT 1 FROM account a WHERE a.book = 1 AND a.unit = l.id AND "+seesUnit+"))",
		no, a.Org, a.Org, a.Org, a.Org, a.Org, a.Org).Scan(&rows).Error
	if err != nil {
		return Lot{}, fmt.Errorf("read lot %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Lot{}, errs.Gone()
	}
	return rows[0], nil
}

// NearExpiry lists lots of which the organisation has sellable goods and that expire on or before a date, soonest first.
func (s *Service) NearExpiry(ctx context.Context, a access.Actor, until clock.Date, q list.Query) (list.Page[LotStock], error) {
	var none list.Page[LotStock]
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return none, err
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	x := nextLots{org: a.Org, cond: "l.expires_on > '' AND l.expires_on <= ?", args: []any{until}, limit: q.Limit() + 1}
	if ok {
		x.cond, x.args = x.cond+" AND (l.expires_on > ? OR (l.expires_on = ? AND l.id > ?))", append(x.args, k.S, k.S, k.ID)
	}
	rows, err := s.nextLots(ctx, x)
	if err != nil {
		return none, fmt.Errorf("lots near expiry: %w", err)
	}
	return list.Cut(rows, q.Limit(), func(r LotStock) list.Key { return list.Key{S: string(r.ExpiresOn), ID: int64(r.ID)} }), nil
}

// nearLots is among how many lots, of whomever, those are looked for first that an organisation has goods of and that expire next.
const nearLots = 1000

type nextLots struct {
	org   id.ID
	cond  string // of lot l
	args  []any
	limit int
}

// nextLots reads the lots that expire next: of those that do so first at all, and, where those were not enough, of all that the
// organisation has goods of.
func (s *Service) nextLots(ctx context.Context, x nextLots) ([]LotStock, error) {
	n, err := s.expiring(ctx, x)
	if err != nil {
		return nil, err
	}
	in := s.DB.InOrder()
	rows, err := s.lotStock(ctx, x, "(SELECT l.id FROM lot l WHERE "+x.cond+" ORDER BY l.expires_on, l.id LIMIT ?) n"+in+"lot l ON l.id = n.id"+in+"account a ON a.unit = l.id", append(x.args[:len(x.args):len(x.args)], nearLots), "1 = 1", nil)
	if err != nil || n < nearLots || len(rows) >= x.limit {
		return rows, err
	}
	return s.lotStock(ctx, x, "account a"+in+"lot l ON l.id = a.unit", nil, x.cond, x.args)
}

// expiring is how many lots expire next, counted as far as nearLots.
func (s *Service) expiring(ctx context.Context, x nextLots) (n int64, err error) {
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT l.id FROM lot l WHERE "+x.cond+" LIMIT ?) c", append(x.args[:len(x.args):len(x.args)], nearLots)...).Row().Scan(&n)
	return n, err
}

func (s *Service) lotStock(ctx context.Context, x nextLots, from string, inFrom []any, cond string, inCond []any) (rows []LotStock, err error) {
	in := s.DB.InOrder()
	args := append(append(inFrom[:len(inFrom):len(inFrom)], x.org, x.org), inCond...)
	return rows, s.DB.R(ctx).Raw("SELECT "+lotColumns+", SUM(b.posted) AS qty FROM "+from+in+"balance b ON b.acct = a.acct"+in+"product p ON p.id = l.product"+
		" WHERE a.book = 1 AND a.place IN (SELECT id FROM place WHERE org = ?) AND a.seller = ? AND "+cond+" AND b.posted > 0"+
		" GROUP BY l.id, l.product, l.maker, p.sku, p.name, l.code, l.made_on, l.expires_on, l.status, l.version, l.seq ORDER BY l.expires_on, l.id LIMIT ?",
		append(args, x.limit)...).Scan(&rows).Error
}

// LotStock is a lot and how much of it stands sellable.
type LotStock struct {
	Lot `gorm:"embedded"`
	Qty qty.Qty
}

// FindLots finds lots by the beginning of their code, of those that the organisation made, or has or had goods of; at most n.
func (s *Service) FindLots(ctx context.Context, a access.Actor, code string, n int) ([]Lot, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return nil, err
	}
	var rows []Lot
	const end = "\U0010FFFF" // behind every text that begins so
	up := strings.ToUpper(code)
	err := s.DB.R(ctx).Raw("SELECT "+lotColumns+" FROM lot l JOIN product p ON p.id = l.product WHERE ((l.code >= ? AND l.code < ?) OR (l.code >= ? AND l.code < ?))"+
		" AND (l.maker = ? OR EXISTS (SELECT 1 FROM account a WHERE a.book = 1 AND a.unit = l.id AND "+seesUnit+")) ORDER BY l.code, l.id LIMIT ?",
		code, code+end, up, up+end, a.Org, a.Org, a.Org, a.Org, a.Org, a.Org, n).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find lots: %w", err)
	}
	return rows, nil
}
