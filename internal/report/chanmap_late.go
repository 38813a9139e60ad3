package report

import (
	"database/sql"

	"saluran/internal/id"
	"saluran/internal/money"
)

// late adds up what was due before the day and open at its end. Of today the invoices say it themselves; of another day it is worked
// out from what had settled each of them by then, as the report of receivables does.
func (w *mapper) late() error {
	return w.sides(func(mine, other string) error {
		if !w.m.Now() {
			return w.lateThen(mine, other)
		}
		return w.each("SELECT "+other+", SUM(total - settled) FROM invoice WHERE "+mine+" = ? AND status IN ('open','part') AND kind = 'invoice' AND currency = ? AND due_on < ? GROUP BY "+other,
			[]any{w.org, w.cur.Code, w.m.On}, func(rows *sql.Rows) error {
				var org id.ID
				var open money.Minor
				if err := rows.Scan(&org, &open); err != nil {
					return err
				}
				w.fact(other, org).late = open
				return nil
			})
	})
}

// stood is an invoice that was not settled for good by the day, with what had settled it.
type stood struct {
	partner id.ID
	item
}

// unsettledThen is the condition for invoices of which something may have been open: those that are open now, and those that something
// settled afterwards. Its arguments are the reader, the currency, the day twice, and the first moment after it, and the day.
func unsettledThen(mine string) string {
	return "i." + mine + " = ? AND i.kind = 'invoice' AND i.currency = ? AND i.due_on < ? AND i.issued_on <= ? AND (i.status IN ('open','part')" +
		" OR EXISTS (SELECT 1 FROM payment_part x JOIN journal j ON j.seq = x.seq WHERE x.invoice_id = i.id AND j.effective_us >= ?)" +
		" OR EXISTS (SELECT 1 FROM invoice c WHERE c.credits = i.id AND c.issued_on > ?))"
}

func (w *mapper) lateThen(mine, other string) error {
	cond, args := unsettledThen(mine), []any{w.org, w.cur.Code, w.m.On, w.m.On, w.end, w.m.On}
	all := map[int64]*stood{}
	err := w.each("SELECT i.id, i."+other+", i.total FROM invoice i WHERE "+cond+" LIMIT ?", append(args[:len(args):len(args)], MostStood+1), func(rows *sql.Rows) error {
		x := &stood{}
		if err := rows.Scan(&x.id, &x.partner, &x.total); err != nil {
			return err
		}
		all[x.id] = x
		return nil
	})
	if err != nil || len(all) == 0 || w.m.LateLeft {
		return err
	}
	if len(all) > MostStood {
		w.m.LateLeft = true
		for _, side := range w.facts {
			for _, f := range side {
				f.late = 0
			}
		}
		return nil
	}
	if err := w.creditedThen(cond, args, all); err != nil {
		return err
	}
	if err := w.paidThen(cond, args, all); err != nil {
		return err
	}
	for _, x := range all {
		x.settle()
		if x.Open != 0 {
			w.fact(other, x.partner).late += x.Open
		}
	}
	return nil
}

// creditedThen adds the credit notes of the day and before.
func (w *mapper) creditedThen(cond string, args []any, all map[int64]*stood) error {
	return w.each("SELECT c.credits, c.id, c.total, c.seq FROM invoice i JOIN invoice c ON c.credits = i.id WHERE "+cond+" AND c.issued_on <= ?", append(args[:len(args):len(args)], w.m.On), func(rows *sql.Rows) error {
		var no int64
		e := event{kind: "credit"}
		if err := rows.Scan(&no, &e.doc, &e.amount, &e.seq); err != nil {
			return err
		}
		e.amount = -e.amount
		all[no].events = append(all[no].events, e)
		return nil
	})
}

// paidThen adds the parts of payments of the day and before, and what had come back of them by then.
func (w *mapper) paidThen(cond string, args []any, all map[int64]*stood) error {
	return w.each(`SELECT x.invoice_id, x.kind, x.amount, x.seq, x.payment_id, x.n, COALESCE((SELECT MIN(r.seq) FROM journal r WHERE r.doc = x.payment_id AND r.kind = 'payment.bounced' AND r.effective_us < ?), 0)
 FROM invoice i JOIN payment_part x ON x.invoice_id = i.id JOIN journal j ON j.seq = x.seq WHERE `+cond+" AND x.kind IN ('invoice', 'applied', 'discount', 'writeoff', 'offset') AND j.effective_us < ?",
		append(append([]any{w.end}, args...), w.end), func(rows *sql.Rows) error {
			var no, back int64
			var e event
			if err := rows.Scan(&no, &e.kind, &e.amount, &e.seq, &e.doc, &e.n, &back); err != nil {
				return err
			}
			all[no].events = append(all[no].events, e)
			if back != 0 && (e.kind == "invoice" || e.kind == "discount") {
				e.seq, e.amount, e.n = back, -e.amount, -e.n
				all[no].events = append(all[no].events, e)
			}
			return nil
		})
}
