package sharing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// sum is a row of a question: a cell with how many shops stand behind it.
type sum struct {
	Bucket  int
	Product id.ID
	SKU     string `gorm:"column:sku"`
	Name    string
	Unit    string
	Region  string
	Shop    id.ID
	Qty     int64
	N       int64
	// Of an agreement with values, a cell is of one currency.
	Currency string
	Net      int64
}

// cells are the figures of periods that may be shown. What is hidden is taken out first, whatever is asked for; the ask chooses
// among the rest.
func (s *Service) cells(ctx context.Context, v Sharing, spans []Span, ask Ask) ([]Cell, error) {
	if len(spans) == 0 {
		return nil, nil
	}
	sums, err := s.sums(ctx, v, spans)
	if err != nil {
		return nil, err
	}
	if len(sums) > MostCells {
		return nil, errs.New(errs.Invalid, "sharing.too_many", "max", fmt.Sprint(MostCells))
	}
	return v.shown(spans, sums, ask), nil
}

// shown takes out what is hidden, and chooses among the rest.
func (v Sharing) shown(spans []Span, sums []sum, ask Ask) []Cell {
	type goods struct {
		bucket  int
		product id.ID
		unit    string
		cur     string
	}
	shops := map[goods]int64{}
	for _, x := range sums {
		shops[goods{x.Bucket, x.Product, x.Unit, x.Currency}]++
	}
	var out []Cell
	for _, x := range sums {
		n := x.N
		if v.Place == "shop" {
			n = shops[goods{x.Bucket, x.Product, x.Unit, x.Currency}]
		}
		if n < v.MinGroup {
			continue
		}
		c := Cell{Span: spans[x.Bucket], Product: x.Product, SKU: x.SKU, Name: x.Name, Unit: x.Unit, Region: x.Region, Qty: qty.Qty(x.Qty),
			Currency: x.Currency, Net: money.Minor(x.Net)}
		if v.Place == "shop" {
			c.Shop = mask(v.key, x.Shop)
		}
		if ask.wants(c) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(strings.Compare(string(b.First), string(a.First)), strings.Compare(a.SKU, b.SKU), cmp.Compare(a.Product, b.Product),
			strings.Compare(a.Unit, b.Unit), strings.Compare(a.Region, b.Region), strings.Compare(a.Shop, b.Shop), strings.Compare(a.Currency, b.Currency))
	})
	return out
}

func (s *Service) sums(ctx context.Context, v Sharing, spans []Span) ([]sum, error) {
	direct, _, err := s.sellers(ctx, v.Grantor)
	if err != nil {
		return nil, err
	}
	q := question{v: v, spans: spans, buyers: append(direct, v.Grantor)}
	if v.Measure == "orders" && v.Values {
		return s.wanted(ctx, q)
	}
	if v.Measure != "stock" {
		text, args := q.flow()
		var out []sum
		err := s.d.R(ctx).Raw(text, args...).Scan(&out).Error
		return out, wrapped(v, err)
	}
	var all []sum
	for i, p := range spans {
		var seq int64
		if err := s.d.R(ctx).Raw("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE recorded_us < ?", midnight(p.Last.AddDays(1), v.zone)).Scan(&seq).Error; err != nil {
			return nil, wrapped(v, err)
		}
		text, args := q.stock(i, seq)
		var out []sum
		if err := s.d.R(ctx).Raw(text, args...).Scan(&out).Error; err != nil {
			return nil, wrapped(v, err)
		}
		if all = append(all, out...); len(all) > MostCells {
			break
		}
	}
	return all, nil
}

func wrapped(v Sharing, err error) error {
	if err != nil {
		return fmt.Errorf("figures of %d for %d: %w", v.Grantor, v.Viewer, err)
	}
	return nil
}

// midnight is the beginning of a day in a zone.
func midnight(d clock.Date, zone string) clock.Instant {
	t := d.Time()
	return clock.At(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Zone(zone)))
}

type question struct {
	v      Sharing
	spans  []Span
	buyers []id.ID // the grantor, and who sells to it
}

// ofViewer is the condition under which goods are the viewer's business: it makes them, or sold them to the grantor or to one
// that sells to the grantor. Sold is what was delivered and is not all back: an order alone, which the viewer may place and cancel
// by itself, opens nothing.
const ofViewer = ` AND (p.producer = ? OR p.id IN (SELECT ol.product FROM orders vo JOIN order_line ol ON ol.order_id = vo.id
	WHERE vo.seller = ? AND vo.buyer IN ? AND vo.kind = 'sale' AND vo.status NOT IN ('rejected','cancelled') AND ol.dir = 1 AND ol.delivered > ol.returned))`

func (q question) goods() (columns, group string) {
	if q.v.Goods == "product" {
		return "p.id AS product, p.sku AS sku, p.name AS name, p.base_unit AS unit", "p.id, p.sku, p.name, p.base_unit"
	}
	return "0 AS product, '' AS sku, '' AS name, p.base_unit AS unit", "p.base_unit"
}

// stock asks for what stood at the grantor's places after a journal. A place is a shop; their region is the grantor's.
func (q question) stock(bucket int, seq int64) (string, []any) {
	cols, group := q.goods()
	args := []any{seq}
	region, shop, by := "''", "0", ""
	switch q.v.Place {
	case "region":
		region = "?"
		args = append([]any{q.v.city}, args...)
	case "shop":
		shop, by = "t.place", ", t.place"
	}
	text := fmt.Sprintf(`SELECT %d AS bucket, %s, %s AS region, %s AS shop, '' AS currency, SUM(t.bal) AS qty, 0 AS net, COUNT(DISTINCT t.place) AS n FROM (
		SELECT a.product, a.place, COALESCE((SELECT e.bal_after FROM entry e WHERE e.acct = a.acct AND e.seq <= ? ORDER BY e.seq DESC, e.leg DESC LIMIT 1), 0) AS bal
		FROM account a JOIN place w ON w.id = a.place WHERE a.book = 1 AND a.place > 0 AND w.org = ?) t
		JOIN product p ON p.id = t.product WHERE t.bal <> 0`, bucket, cols, region, shop)
	args = append(args, q.v.Grantor, q.v.Viewer, q.v.Viewer, q.buyers)
	return text + ofViewer + " GROUP BY " + group + by + fmt.Sprintf(" LIMIT %d", MostCells+1), args
}
