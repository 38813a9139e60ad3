package goods

import (
	"context"
	"fmt"
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

// Stock lists standing goods by account, oldest first; what an organisation holds, by its places. Filter: product, lot, place, partner (who is owner, holder or bearer, as far as one sees it),
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
