package sharing

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// cellOf is what makes a row of a question a cell.
const cellOf = "t.bucket, t.product, t.sku, t.name, t.unit, t.region, t.shop, t.currency"

// flow asks for what was sold or ordered, by period.
func (q question) flow() (string, []any) {
	text, args := q.rows("")
	return fmt.Sprintf("SELECT %s, SUM(t.amount) AS qty, SUM(t.net) AS net, COUNT(DISTINCT t.who) AS n FROM (%s) t GROUP BY %s LIMIT %d", cellOf, text, cellOf, MostCells+1), args
}

// rows are the lines of bills, or of orders, that the question is about. A buyer without a name is a customer of a counter: each bill
// is one of them, the shop is where it was sold, and its region is the grantor's. Values are read where they are shared, and else
// neither they nor their currencies are.
func (q question) rows(more string) (string, []any) {
	day, amount, net, from, doc := "i.issued_on", "l.qty", "l.net", "invoice i JOIN invoice_line l ON l.invoice_id = i.id LEFT JOIN orders d ON d.id = i.order_id AND d.seller = i.seller", "i"
	where := "i.seller = ?"
	if q.v.Measure == "orders" {
		day, amount, from, doc = "d.ordered_on", "(l.qty - l.cancelled)", "orders d JOIN order_line l ON l.order_id = d.id", "d"
		net = "CASE WHEN l.cancelled = 0 THEN l.net ELSE 0 END" // see wanted
		where = "d.seller = ? AND d.kind = 'sale' AND d.status NOT IN ('rejected','cancelled')"
	}
	var b strings.Builder
	var args []any
	b.WriteString("SELECT CASE")
	for i := len(q.spans) - 1; i > 0; i-- { // spans run backwards, without gaps
		fmt.Fprintf(&b, " WHEN %s <= ? THEN %d", day, i)
		args = append(args, q.spans[i].Last)
	}
	b.WriteString(" WHEN 1 = 1 THEN 0 END AS bucket, ")
	cols, _ := q.goods()
	b.WriteString(cols)
	switch q.v.Place {
	case "region":
		b.WriteString(", CASE WHEN o.nameless THEN ? ELSE o.city END AS region, 0 AS shop")
		args = append(args, q.v.city)
	case "shop":
		b.WriteString(", '' AS region, CASE WHEN o.nameless THEN COALESCE(d.ship_from, 0) ELSE o.id END AS shop")
	default:
		b.WriteString(", '' AS region, 0 AS shop")
	}
	if q.v.Values {
		fmt.Fprintf(&b, ", %s.currency AS currency, %s AS net, l.net AS whole, l.qty AS ordered", doc, net)
	} else {
		b.WriteString(", '' AS currency, 0 AS net")
	}
	fmt.Fprintf(&b, ", CASE WHEN o.nameless THEN %s.id ELSE o.id END AS who, %s AS amount FROM %s JOIN product p ON p.id = l.product JOIN org o ON o.id = %s.buyer WHERE %s AND %s >= ? AND %s <= ?",
		doc, amount, from, doc, where, day, day)
	b.WriteString(more + ofViewer)
	return b.String(), append(args, q.v.Grantor, q.spans[len(q.spans)-1].First, q.spans[0].Last, q.v.Viewer, q.v.Viewer, q.buyers)
}

// part is a row of what was ordered with its value: a cell, or lines alike of which some was cancelled (Sum.N of them in that cell,
// each of Sum.Qty that is still wanted of Ordered, at Whole).
type part struct {
	Part           bool
	Sum            sum `gorm:"embedded"`
	Whole, Ordered int64
}

// wanted asks for what was ordered and what it is worth. The books keep the value of a line as it was ordered: of one of which some was
// cancelled it is the share of what is left, rounded line by line as trade does, and not by the database. One question asks for both,
// so that no order changes in between.
func (s *Service) wanted(ctx context.Context, q question) ([]sum, error) {
	all, args := q.flow()
	some, more := q.rows(" AND l.cancelled > 0 AND l.cancelled < l.qty")
	text := fmt.Sprintf(`SELECT 0 AS part, c.*, 0 AS whole, 0 AS ordered FROM (%s) c UNION ALL
		SELECT 1 AS part, x.* FROM (SELECT %s, t.amount AS qty, 0 AS net, COUNT(*) AS n, t.whole, t.ordered FROM (%s) t GROUP BY %s, t.amount, t.whole, t.ordered LIMIT %d) x`,
		all, cellOf, some, cellOf, MostCells+1)
	var rows []part
	if err := s.d.R(ctx).Raw(text, append(args, more...)...).Scan(&rows).Error; err != nil {
		return nil, wrapped(q.v, err)
	}
	return worth(rows)
}

// worth adds the lines of which some was cancelled to their cells.
func worth(rows []part) ([]sum, error) {
	type cell struct {
		bucket             int
		product, shop      id.ID
		unit, region, code string
	}
	of := func(x sum) cell { return cell{x.Bucket, x.Product, x.Shop, x.Unit, x.Region, x.Currency} }
	var out []sum
	at, parts := map[cell]int{}, 0
	for _, r := range rows {
		if !r.Part {
			at[of(r.Sum)] = len(out)
			out = append(out, r.Sum)
		}
	}
	for _, r := range rows {
		if !r.Part {
			continue
		}
		parts++
		n, ok := at[of(r.Sum)]
		if !ok {
			continue // of a cell beyond the most, which are not shown at all
		}
		cur, err := money.Lookup(r.Sum.Currency)
		if err != nil {
			return nil, err
		}
		left, _ := cur.Share(money.Minor(r.Whole), r.Sum.Qty, r.Ordered)
		out[n].Net += int64(left) * r.Sum.N
	}
	if parts > MostCells {
		return nil, errs.New(errs.Invalid, "sharing.too_many", "max", fmt.Sprint(MostCells))
	}
	return out, nil
}
