package report

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// sides calls f for those sides whose money the reader may see: the reader's column of an invoice, the partner's, and what the
// partner is to the reader.
func (w *mapper) sides(f func(mine, other string) error) error {
	if w.m.Sells {
		if err := f("seller", "buyer"); err != nil {
			return err
		}
	}
	if w.m.Buys {
		return f("buyer", "seller")
	}
	return nil
}

// flows adds up what was invoiced in the span, credit notes taken off, as the reports of the same days do, and finds the day of the
// last invoice.
func (w *mapper) flows() error {
	since := min(w.span.From, w.m.On.AddDays(1-SilentMap))
	return w.sides(func(mine, other string) error {
		return w.each("SELECT "+other+", COALESCE(SUM(CASE WHEN issued_on >= ? THEN net ELSE 0 END), 0), MAX(issued_on) FROM invoice WHERE "+mine+
			" = ? AND issued_on >= ? AND issued_on <= ? AND currency = ? GROUP BY "+other, []any{w.span.From, w.org, since, w.m.On, w.cur.Code}, func(rows *sql.Rows) error {
			var org id.ID
			var net money.Minor
			var last clock.Date
			if err := rows.Scan(&org, &net, &last); err != nil {
				return err
			}
			f := w.fact(other, org)
			f.sales, f.last = net, last
			return nil
		})
	})
}

// dues reads out of the books what was owed for goods at the end of the day: today as the balances are, of another day what had
// happened by then.
func (w *mapper) dues() error {
	return w.sides(func(mine, other string) error {
		creditor, debtor := "a.org", "a.counterparty"
		if mine == "buyer" {
			creditor, debtor = debtor, creditor
		}
		amount, from, args := "b.posted", "balance b ON b.acct = a.acct", []any{purposeTrade, w.cur.ID, w.org}
		if !w.m.Now() {
			amount, from, args = "e.amt", "entry e ON e.acct = a.acct AND e.effective_us < ?", append([]any{w.end}, args...)
		}
		return w.each("SELECT "+debtor+", SUM("+amount+") FROM account a JOIN "+from+" WHERE a.book = 2 AND a.side = 1 AND a.purpose = ? AND a.unit = ? AND "+creditor+" = ? GROUP BY "+debtor,
			args, func(rows *sql.Rows) error {
				var org id.ID
				var owed money.Minor
				if err := rows.Scan(&org, &owed); err != nil {
					return err
				}
				if owed != 0 {
					w.fact(other, org).dues = owed
				}
				return nil
			})
	})
}

// mostStands is of how many positions a map adds up where goods stand; of more it does so where that is what is asked for.
const mostStands = 20_000

// goods finds where the reader's goods stood: with itself, with partners, or on the way to them.
func (w *mapper) goods() error {
	if !w.m.Goods {
		return nil
	}
	if w.m.Measure != "stock" && !w.ask.All {
		var n []int64
		if err := w.read(&n, "SELECT COUNT(*) FROM (SELECT a.acct FROM account a WHERE a.owner = ? LIMIT ?) c", w.org, mostStands+1); err != nil {
			return err
		}
		if w.m.StockLeft = n[0] > mostStands; w.m.StockLeft {
			return nil
		}
	}
	amount, from, args := "b.posted", "balance b ON b.acct = a.acct", []any{w.org}
	if !w.m.Now() {
		amount, from, args = "e.amt", "entry e ON e.acct = a.acct AND e.effective_us < ?", []any{w.end, w.org}
	}
	return w.each("SELECT COALESCE(pl.org, h.buyer, 0), x.base_unit, SUM(x.amount) FROM (SELECT a.place, p.base_unit, SUM("+amount+") AS amount FROM account a JOIN "+from+
		" JOIN product p ON p.id = a.product WHERE a.book = 1 AND a.place > 0 AND a.owner = ? GROUP BY a.place, p.base_unit) x"+
		" LEFT JOIN place pl ON pl.id = x.place LEFT JOIN shipment h ON h.id = x.place GROUP BY COALESCE(pl.org, h.buyer, 0), x.base_unit", args, func(rows *sql.Rows) error {
		var org id.ID
		var g Goods
		if err := rows.Scan(&org, &g.Unit, &g.Qty); err != nil || g.Qty == 0 {
			return err
		}
		w.stock[org] = append(w.stock[org], g)
		return nil
	})
}

func sortGoods(all []Goods) {
	slices.SortFunc(all, func(a, b Goods) int { return cmp.Or(cmp.Compare(b.Qty, a.Qty), cmp.Compare(a.Unit, b.Unit)) })
}

// Agreed adds the terms that were in force on the day of the map to some of its partners: those that are shown. It asks one question
// for every five hundred of them.
func (s *Service) Agreed(ctx context.Context, a access.Actor, m *Map, some []*MapNode) error {
	if !m.Terms {
		return nil
	}
	d := &desk{s: s, ctx: ctx, a: a, org: a.Org, zone: a.Zone}
	end := d.midnight(m.On.AddDays(1))
	for part := range slices.Chunk(some, 500) {
		of := map[id.ID]*MapNode{}
		links := make([]id.ID, 0, len(part))
		for _, n := range part {
			if n.Link != 0 {
				of[n.Link], links = n, append(links, n.Link)
			}
		}
		if len(links) == 0 {
			continue
		}
		var rows []struct {
			Link            id.ID
			Edition         int64
			NetDays         int64
			Prepay          bool
			CreditLimit     money.Minor
			Currency        string
			TitleOn, RiskOn string
			FromOn, UntilOn clock.Date
		}
		err := d.read(&rows, `SELECT link, edition, net_days, prepay, credit_limit, currency, title_on, risk_on, from_on, until_on FROM agreement
 WHERE link IN ? AND (seller = ? OR buyer = ?) AND seller_by <> 0 AND buyer_by <> 0 AND seller_us < ? AND buyer_us < ? AND from_on <= ? AND until_on >= ? ORDER BY edition`,
			links, a.Org, a.Org, end, end, m.On, m.On)
		if err != nil {
			return err
		}
		for _, r := range rows { // of two editions that cover the day the later holds
			of[r.Link].Terms = &MapTerms{r.Edition, r.NetDays, r.Prepay, r.CreditLimit, r.Currency, r.TitleOn, r.RiskOn, r.FromOn, r.UntilOn}
		}
	}
	return nil
}
