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

// partner is the node of an organisation on the given side of the reader; nil where it has none.
func (w *mapper) partner(org id.ID, side string) *MapNode {
	if i, ok := w.at[org]; ok && w.m.Partners[i].Side == side {
		return &w.m.Partners[i]
	}
	return nil
}

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
			if n := w.partner(org, other); n != nil {
				n.Sales, n.Last = net, last
			}
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
				if n := w.partner(org, other); n != nil {
					n.Dues = owed
				}
				return nil
			})
	})
}

// goods finds where the reader's goods stood: with itself, with partners, or on the way to them.
func (w *mapper) goods() error {
	if !w.m.Goods {
		return nil
	}
	amount, from, args := "b.posted", "balance b ON b.acct = a.acct", []any{w.org}
	if !w.m.Now() {
		amount, from, args = "e.amt", "entry e ON e.acct = a.acct AND e.effective_us < ?", []any{w.end, w.org}
	}
	err := w.each("SELECT COALESCE(pl.org, h.buyer, 0), p.base_unit, SUM("+amount+") FROM account a JOIN "+from+
		" JOIN product p ON p.id = a.product LEFT JOIN place pl ON pl.id = a.place LEFT JOIN shipment h ON h.id = a.place"+
		" WHERE a.book = 1 AND a.place > 0 AND a.owner = ? GROUP BY COALESCE(pl.org, h.buyer, 0), p.base_unit", args, func(rows *sql.Rows) error {
		var org id.ID
		var g Goods
		if err := rows.Scan(&org, &g.Unit, &g.Qty); err != nil || g.Qty == 0 {
			return err
		}
		if i, ok := w.at[org]; ok {
			w.m.Partners[i].Stock = append(w.m.Partners[i].Stock, g)
		} else if org == w.org {
			w.m.Self.Stock = append(w.m.Self.Stock, g)
		}
		return nil
	})
	for i := range w.m.Partners {
		sortGoods(w.m.Partners[i].Stock)
	}
	sortGoods(w.m.Self.Stock)
	return err
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
