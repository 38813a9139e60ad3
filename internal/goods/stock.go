package goods

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// Standing is goods at one position, as an organisation sees it. Holder is the organisation of the place, in transit the
// carrier, 0 where none carries; PlaceName is the warehouse, or the number of the shipment.
type Standing struct {
	Acct                              int64
	Product                           id.ID
	SKU                               string `gorm:"column:sku"`
	ProductName, BaseUnit             string
	Lot                               id.ID
	LotCode                           string
	ExpiresOn                         clock.Date
	Status                            string
	Owner, Place, Bearer              id.ID
	Seller                            id.ID // whose sellable stock it is; 0: nobody's, or not the viewer's to know
	Holder                            id.ID
	OwnerName, HolderName, BearerName string
	PlaceName, PlaceKind              string // warehouse, quarantine, transit
	ShippedBy, ShippedTo              id.ID  // in transit: the parties of the shipment
	Qty                               qty.Qty
}

// By says which book is asked for: what the organisation owns, what stands at its places, what it loses if it is lost, or (All)
// everything that it may see.
type By string

// The three books of goods.
const (
	ByOwner  By = "owner"
	ByHolder By = "holder"
	ByBearer By = "bearer"
	All      By = ""
)

const standingColumns = `a.acct, a.product, p.sku, p.name AS product_name, p.base_unit, a.unit AS lot, l.code AS lot_code, l.expires_on, l.status,
 a.owner, a.place, a.bearer, CASE WHEN a.seller = ? THEN a.seller ELSE 0 END AS seller, COALESCE(w.org, sh.carrier, 0) AS holder,
 COALESCE(sh.seller, 0) AS shipped_by, COALESCE(sh.buyer, 0) AS shipped_to,
 COALESCE(o.name, '') AS owner_name, COALESCE(h.name, hc.name, '') AS holder_name, COALESCE(r.name, '') AS bearer_name,
 COALESCE(w.name, sh.number, '') AS place_name, COALESCE(w.kind, 'transit') AS place_kind`

const standingJoins = ` JOIN product p ON p.id = a.product JOIN lot l ON l.id = a.unit LEFT JOIN place w ON w.id = a.place
 LEFT JOIN shipment sh ON sh.id = a.place LEFT JOIN org o ON o.id = a.owner LEFT JOIN org h ON h.id = w.org LEFT JOIN org hc ON hc.id = sh.carrier LEFT JOIN org r ON r.id = a.bearer`

// Stock lists standing goods by account, oldest first. Filter: product, lot, place, partner (who is owner, holder or bearer, as far as one sees it),
// q (part of the name or SKU of a product, of the code of a lot, or of the name of an owner or holder that one trades with).
// asOf is the number of the journal as of which to look; 0 is now. An organisation sees what it owns, holds, bears, or sends or
// is sent; nothing else, and of others there only those that it trades with: the rest stand as id 0 without a name.
func (s *Service) Stock(ctx context.Context, a access.Actor, by By, asOf int64, q list.Query) (list.Page[Standing], error) {
	return s.stock(ctx, a, by, asOf, 0, q)
}

// StockAt lists what stood at an instant in the world, as known after journal known (0: as known now): what had happened by then,
// as far as it was recorded. The two clocks differ where something was recorded late.
func (s *Service) StockAt(ctx context.Context, a access.Actor, by By, at clock.Instant, known int64, q list.Query) (list.Page[Standing], error) {
	return s.stock(ctx, a, by, known, at, q)
}

func (s *Service) stock(ctx context.Context, a access.Actor, by By, asOf int64, at clock.Instant, q list.Query) (list.Page[Standing], error) {
	var none list.Page[Standing]
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return none, err
	}
	cond, args, err := viewed(by, a.Org)
	if err != nil {
		return none, err
	}
	more, some, err := sought(a.Org, q)
	if err != nil {
		return none, err
	}
	cond, args = cond+more, append(args, some...)
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		cond, args = cond+" AND a.acct > ?", append(args, k.ID)
	}
	if q.Sort != "" && q.Sort != "acct" {
		return none, errs.OnFields("list.bad_sort", errs.F("sort", "list.bad_sort"))
	}
	amount, join, inAmount, inJoin := balanceAt(asOf, at)
	all := append([]any{a.Org}, inAmount...)
	all = append(append(append(all, inJoin...), args...), q.Limit()+1)
	var rows []Standing
	err = s.DB.R(ctx).Raw("SELECT * FROM (SELECT "+standingColumns+", "+amount+" AS qty FROM account a"+join+standingJoins+
		" WHERE a.book = 1 AND a.place > 0 AND "+cond+") t WHERE t.qty > 0 ORDER BY t.acct LIMIT ?", all...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("stock of %d: %w", a.Org, err)
	}
	if err := s.veil(ctx, a.Org, rows); err != nil {
		return none, err
	}
	return list.Cut(rows, q.Limit(), func(r Standing) list.Key { return list.Key{ID: r.Acct} }), nil
}

// dealt is the condition that a link k was agreed to by both sides and is alive, or had an accepted agreement: whoever is on the other
// end of it is known. A proposal makes nobody known.
const dealt = `k.seller_waits = 0 AND k.buyer_waits = 0 AND (k.active = 1 OR EXISTS
 (SELECT 1 FROM agreement g WHERE g.link = k.id AND g.seller_by <> 0 AND g.buyer_by <> 0))`

// met are the organisations that one knows, which stands in both of its arguments.
const met = "(SELECT k.buyer FROM link k WHERE k.seller = ? AND " + dealt + " UNION SELECT k.seller FROM link k WHERE k.buyer = ? AND " + dealt + ")"

// sought is the condition of the filters of Stock. A filter finds what veil leaves to be seen and nothing else: whether there is a row
// says who stands in it as well as its columns do.
func sought(org id.ID, q list.Query) (cond string, args []any, err error) {
	for _, f := range []struct {
		name, cond string
		args       func(no id.ID) []any
	}{
		{"product", "a.product = ?", func(no id.ID) []any { return []any{no} }},
		{"lot", "a.unit = ?", func(no id.ID) []any { return []any{no} }},
		{"place", "a.place = ? AND (w.id IS NULL OR w.org = ? OR w.org IN " + met + ")", func(no id.ID) []any { return []any{no, org, org, org} }},
		{"partner", "(a.owner = ? OR a.bearer = ? OR w.org = ? OR sh.carrier = ?) AND (? = ? OR ? IN " + met +
			" OR (? IN (sh.seller, sh.buyer, sh.carrier) AND ? IN (sh.seller, sh.buyer, sh.carrier)))", func(no id.ID) []any {
			return []any{no, no, no, no, no, org, no, org, org, no, org}
		}},
	} {
		if v := q.Filter[f.name]; v != "" {
			no, err := id.Parse(v)
			if err != nil {
				return "", nil, errs.OnFields("list.bad_filter", errs.F(f.name, "list.bad_filter"))
			}
			cond, args = cond+" AND "+f.cond, append(args, f.args(no)...)
		}
	}
	if v := q.Filter["q"]; strings.TrimSpace(v) != "" {
		like := list.Like(v)
		cond += " AND (p.name_fold LIKE ? ESCAPE '!' OR LOWER(l.code) LIKE ? ESCAPE '!' OR (o.name_fold LIKE ? ESCAPE '!' AND (o.id = ? OR o.id IN " + met +
			")) OR (h.name_fold LIKE ? ESCAPE '!' AND (h.id = ? OR h.id IN " + met + ")))"
		args = append(args, like, like, like, org, org, org, like, org, org, org)
	}
	return cond, args, nil
}

// veil hides who the organisation does not trade with: a producer does not learn its distributor's customers from where its
// goods stand, nor a shop who stands behind its supplier.
func (s *Service) veil(ctx context.Context, org id.ID, rows []Standing) error {
	if len(rows) == 0 {
		return nil
	}
	var named, known []id.ID
	for _, r := range rows {
		named = append(named, r.Owner, r.Bearer, r.Holder)
	}
	slices.Sort(named)
	named = slices.Compact(named)
	err := s.DB.R(ctx).Raw("SELECT k.buyer FROM link k WHERE k.seller = ? AND k.buyer IN ? AND "+dealt+
		" UNION SELECT k.seller FROM link k WHERE k.buyer = ? AND k.seller IN ? AND "+dealt, org, named, org, named).Scan(&known).Error
	if err != nil {
		return fmt.Errorf("partners of %d: %w", org, err)
	}
	knows := map[id.ID]bool{org: true}
	for _, k := range known {
		knows[k] = true
	}
	for i := range rows {
		r := &rows[i]
		party := func(no id.ID) bool {
			return no != 0 && r.PlaceKind == "transit" && (no == r.ShippedBy || no == r.ShippedTo || no == r.Holder)
		}
		on := party(org) // the parties of a shipment know each other
		known := func(no id.ID) bool { return knows[no] || on && party(no) }
		if r.PlaceKind == "transit" && !known(r.Holder) {
			r.Holder, r.HolderName = 0, ""
		}
		if !known(r.Owner) {
			r.Owner, r.OwnerName = 0, ""
		}
		if !known(r.Bearer) {
			r.Bearer, r.BearerName = 0, ""
		}
		if r.Holder != 0 && !known(r.Holder) {
			r.Holder, r.HolderName, r.Place, r.PlaceName = 0, "", 0, ""
		}
	}
	return nil
}

// carries is the condition that an organisation is the carrier of goods at account a.
const carries = "a.place IN (SELECT id FROM shipment WHERE carrier = ?)"

// viewed is the condition of a book.
func viewed(by By, org id.ID) (string, []any, error) {
	switch by {
	case ByOwner:
		return "a.owner = ?", []any{org}, nil
	case ByHolder:
		return "(a.place IN (SELECT id FROM place WHERE org = ?) OR " + carries + ")", []any{org, org}, nil
	case ByBearer:
		return "a.bearer = ?", []any{org}, nil
	case All:
		return "(" + sees + " OR " + carries + ")", []any{org, org, org, org, org, org}, nil
	}
	return "", nil, errs.OnFields("list.bad_filter", errs.F("by", "list.bad_filter"))
}

// balanceAt is the expression for a balance: now; as of a journal (the balance after the last entry up to it); or at an instant
// in the world as known after a journal (see ledger.EffectiveAt: the last entry in order, and the late ones recorded after it).
func balanceAt(seq int64, at clock.Instant) (amount, join string, inAmount, inJoin []any) {
	switch {
	case at != 0:
		if seq == 0 {
			seq = math.MaxInt64
		}
		return `(COALESCE((SELECT e.bal_after FROM entry e WHERE e.acct = a.acct AND e.seq <= ? AND e.late = 0 AND e.effective_us <= ?
 ORDER BY e.seq DESC, e.leg DESC LIMIT 1), 0) + COALESCE((SELECT SUM(x.amt) FROM entry x WHERE x.acct = a.acct AND x.late = 1
 AND x.effective_us <= ? AND x.seq <= ? AND x.seq > COALESCE((SELECT MAX(y.seq) FROM entry y WHERE y.acct = a.acct AND y.late = 0
 AND y.effective_us <= ? AND y.seq <= ?), 0)), 0))`, "", []any{seq, at, at, seq, at, seq}, nil
	case seq == 0:
		return "b.posted", " JOIN balance b ON b.acct = a.acct", nil, nil
	}
	return "e.bal_after", ` JOIN (SELECT acct, MAX(seq) AS seq FROM entry WHERE seq <= ? GROUP BY acct) m ON m.acct = a.acct
 JOIN entry e ON e.acct = a.acct AND e.seq = m.seq AND e.leg = (SELECT MAX(x.leg) FROM entry x WHERE x.acct = a.acct AND x.seq = m.seq)`, nil, []any{seq}
}

// Count is what an organisation may sell of a product, and has promised.
type Count struct {
	Product               id.ID
	SKU                   string `gorm:"column:sku"`
	ProductName, BaseUnit string
	Sellable, Held        qty.Qty
}

// Free is what may still be promised.
func (c Count) Free() qty.Qty { return c.Sellable - c.Held }

// Counts lists the counters of the acting organisation, by product. Filter: product (one, or several with commas), q (part of a name or SKU), free=1 (only what
// may still be promised).
func (s *Service) Counts(ctx context.Context, a access.Actor, q list.Query) (list.Page[Count], error) {
	var none list.Page[Count]
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return none, err
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	more, args := "", []any{a.Org}
	if ok {
		more, args = " AND k.product > ?", append(args, k.ID)
	}
	if v := q.Filter["product"]; v != "" {
		var some []id.ID
		for _, x := range strings.Split(v, ",") {
			no, err := id.Parse(x)
			if err != nil {
				return none, errs.OnFields("list.bad_filter", errs.F("product", "list.bad_filter"))
			}
			some = append(some, no)
		}
		more, args = more+" AND k.product IN ?", append(args, some)
	}
	if v := q.Filter["q"]; strings.TrimSpace(v) != "" {
		more, args = more+" AND p.name_fold LIKE ? ESCAPE '!'", append(args, list.Like(v))
	}
	if q.Filter["free"] != "" {
		more += " AND k.sellable > k.held"
	}
	var rows []Count
	err = s.DB.R(ctx).Raw(`SELECT k.product, p.sku, p.name AS product_name, p.base_unit, k.sellable, k.held FROM stock k JOIN product p ON p.id = k.product
 WHERE k.seller = ?`+more+" ORDER BY k.product LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("counters of %d: %w", a.Org, err)
	}
	return list.Cut(rows, q.Limit(), func(c Count) list.Key { return list.Key{ID: int64(c.Product)} }), nil
}

// SeqAt is the number of the last journal recorded up to an instant: what "as of" by recording time means.
func (s *Service) SeqAt(ctx context.Context, at clock.Instant) (seq int64, err error) {
	err = s.DB.R(ctx).Raw("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE recorded_us <= ?", at).Scan(&seq).Error
	return seq, err
}
