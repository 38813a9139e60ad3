// Package reported tells what of open invoices is said to be paid and waits to be matched with the payee's account: one question of SQL,
// for whoever lists invoices, reminds of them or suggests what to pay.
//
// A report names its invoices, and then is for those; one that names none is for the oldest due first, as it will be matched, in so far as
// no other report names them. The discount that a report earns by being early counts with what it names: it is not left to pay while the
// report waits. No invoice has more reported than is open of it. What was rejected, confirmed or bounced is no report.
package reported

import (
	"slices"

	"saluran/internal/id"
	"saluran/internal/money"
)

// Of says whose invoices are meant: those on which an organisation stands on a side (seller, buyer, agent), between all partners or
// some. Org 0, with Side seller: those of Sellers, for the program itself, which reminds all of them.
type Of struct {
	Side            string
	Org             id.ID
	Sellers, Buyers []id.ID
	// Named says that every report that waits names its invoices, so that none has to be held against the oldest due; Ranked, that one names
	// none. Some learns it.
	Named, Ranked bool
}

// payers are the columns of payments for the sides of invoices.
var payers = map[string]string{"seller": "payee", "buyer": "payer", "agent": "agent"}

// where is the condition of reports that wait, for a payment p. Those of a side that wait are few, and an index holds them; those of pairs
// are all that were ever paid, and are not to be gone through.
func (o Of) where() (string, []any) {
	mine, whose := o.mine()
	cond, args := "p."+payers[o.Side]+mine+" AND p.status = 'reported' AND p.purpose = 'trade'", []any{whose}
	if len(o.Sellers) > 0 {
		cond, args = cond+" AND p.payee + 0 IN ?", append(args, o.Sellers)
	}
	if len(o.Buyers) > 0 {
		cond, args = cond+" AND p.payer + 0 IN ?", append(args, o.Buyers)
	}
	return cond, args
}

// mine is what the side of a row is held against.
func (o Of) mine() (sql string, arg any) {
	if o.Org == 0 {
		return " IN ?", o.Sellers
	}
	return " = ?", o.Org
}

// Loose is the condition of a payment p that names no invoice.
const Loose = "NOT EXISTS (SELECT 1 FROM payment_part z WHERE z.payment_id = p.id AND z.kind = 'asked')"

// Unnamed counts reports that name no invoice, up to one: a number n.
func (o Of) Unnamed() (sql string, args []any) {
	cond, args := o.where()
	return "SELECT COUNT(*) AS n FROM (SELECT p.id FROM payment p WHERE " + cond + " AND " + Loose + " LIMIT 1) l", args
}

// Learn notes whether a report names no invoice.
func (o *Of) Learn(unnamed bool) { o.Named, o.Ranked = !unnamed, unnamed }

const (
	open  = "v.kind = 'invoice' AND v.status IN ('open','part') AND v.settled < v.total"
	early = " LEFT JOIN payment_early e ON e.payment_id = x.payment_id AND e.invoice_id = x.invoice_id"
	// said is as much of what reports name (n) as is open.
	said   = "CASE WHEN COALESCE(n.amount, 0) < v.total - v.settled THEN COALESCE(n.amount, 0) ELSE v.total - v.settled END"
	byName = "SELECT v.id, v.currency, v.due_on, v.total - v.settled AS open, " + said + " AS said"
)

// namedBills is Bills where every report names its invoices: nothing is to be ranked by age.
func (o Of) namedBills() (sql string, args []any) {
	cond, mine := o.where()
	is, whose := o.mine()
	return byName + " FROM (SELECT x.invoice_id AS id, SUM(x.amount + COALESCE(e.amount, 0)) AS amount FROM payment p CROSS JOIN payment_part x ON x.payment_id = p.id AND x.kind = 'asked'" + early +
		" WHERE " + cond + " GROUP BY x.invoice_id) n CROSS JOIN invoice v ON v.id = n.id WHERE v." + o.Side + is + " AND " + open, append(mine, whose)
}

// Left is the condition of an invoice v of which reports do not name all that is open, and its arguments: for whoever reads invoices in an
// order until there are enough. Of an organisation, and only where all reports are Named.
func (o Of) Left() (cond string, args []any) {
	return "(v.settled >= v.total OR (SELECT COALESCE(SUM(x.amount + COALESCE(e.amount, 0)), 0) FROM payment_part x CROSS JOIN payment p ON p.id = x.payment_id" + early +
		" WHERE x.invoice_id = v.id AND x.kind = 'asked' AND p." + payers[o.Side] + " = ? AND p.status = 'reported' AND p.purpose = 'trade') < v.total - v.settled)", []any{o.Org}
}

// Bills is a table of the open invoices of which something is reported: id, currency, due_on, open, said. It is for the clause FROM, in
// brackets, under a name. The reports that wait are read once.
func (o Of) Bills() (sql string, args []any) {
	if o.Named {
		return o.namedBills()
	}
	cond, mine := o.where()
	is, whose := o.mine()
	waits := "waits AS (SELECT p.payee, p.payer, p.currency, p.amount, x.invoice_id, x.amount + COALESCE(e.amount, 0) AS part FROM payment p LEFT JOIN payment_part x ON x.payment_id = p.id AND x.kind = 'asked'" + early + " WHERE " + cond + ")"
	const named = "named AS (SELECT w.invoice_id AS id, SUM(w.part) AS amount FROM waits w WHERE w.invoice_id IS NOT NULL GROUP BY w.invoice_id)"
	// The bills that are named are looked up, few as they are; by the other order all that are open would be read. MariaDB sees to that itself.
	byName := byName + " FROM named n CROSS JOIN invoice v ON v.id = n.id WHERE v." + o.Side + is + " AND " + open
	const pool = "SELECT w.payee, w.payer, w.currency, SUM(w.amount) AS amount FROM waits w WHERE w.invoice_id IS NULL GROUP BY w.payee, w.payer, w.currency"
	queue := "SELECT v.id, v.currency, v.due_on, v.total - v.settled AS open, q.amount AS pool, v.total - v.settled - " + said + " AS rest, SUM(v.total - v.settled - " + said +
		") OVER (PARTITION BY v.seller, v.buyer, v.currency ORDER BY v.due_on, v.id) AS upto FROM (" + pool + ") q CROSS JOIN invoice v ON v.seller = q.payee AND v.buyer = q.payer AND v.currency = q.currency" +
		" LEFT JOIN named n ON n.id = v.id WHERE v." + o.Side + is + " AND " + open
	byAge := "SELECT u.id, u.currency, u.due_on, u.open, CASE WHEN u.upto <= u.pool THEN u.rest ELSE u.pool - u.upto + u.rest END AS said FROM (" + queue + ") u WHERE u.rest > 0 AND u.upto - u.rest < u.pool"
	return "WITH " + waits + ", " + named + " SELECT r.id, r.currency, r.due_on, r.open, SUM(r.said) AS said FROM (" + byName + " UNION ALL " + byAge +
		") r GROUP BY r.id, r.currency, r.due_on, r.open", append(mine, whose, whose)
}

// Whole is a list of the invoices that are reported as paid to the last: for "id NOT IN (…)".
func (o Of) Whole() (sql string, args []any) {
	all, args := o.Bills()
	return "SELECT w.id FROM (" + all + ") w WHERE w.said >= w.open", args
}

// named is what reports that name invoices say of some of them, by their ids: reached from the invoice, for its reports are few.
func (o Of) named() (sql string, args []any) {
	return "SELECT s.id, CASE WHEN s.amount < s.open THEN s.amount ELSE s.open END AS said FROM (SELECT v.id, v.total - v.settled AS open, SUM(x.amount + COALESCE(e.amount, 0)) AS amount" +
		" FROM invoice v CROSS JOIN payment_part x ON x.invoice_id = v.id CROSS JOIN payment p ON p.id = x.payment_id" + early + " WHERE v.id IN ? AND (v.seller = ? OR v.buyer = ? OR v.agent = ?) AND v." + o.Side +
		" + 0 = ? AND v.kind = 'invoice' AND v.status IN ('open','part') AND v.settled < v.total AND x.kind = 'asked' AND (p.payer = ? OR p.payee = ? OR p.agent = ?) AND p." + payers[o.Side] +
		" + 0 = ? AND p.status = 'reported' AND p.purpose = 'trade' GROUP BY v.id, v.total, v.settled) s", []any{o.Org, o.Org, o.Org, o.Org, o.Org, o.Org, o.Org, o.Org}
}

type saidRow struct {
	ID   id.ID
	Said money.Minor
}

// Read asks one question.
type Read func(into any, query string, args ...any) error

// Some reads what is reported of some open invoices, by their ids. Those that reports name are looked up by the invoice; only where a report
// names none are all of them worked out, for then the oldest due of its pair come first. Of an organisation, not of the program itself.
func (o *Of) Some(read Read, ids []id.ID) (map[id.ID]money.Minor, error) {
	if len(ids) == 0 {
		return map[id.ID]money.Minor{}, nil
	}
	var rows []saidRow // that of id 0 says whether a report names none
	named, more := o.named()
	if o.Named {
		err := read(&rows, named, append([]any{ids}, more...)...)
		return byID(rows), err
	}
	unnamed, args := o.Unnamed()
	err := read(&rows, "SELECT 0 AS id, u.n AS said FROM ("+unnamed+") u UNION ALL "+named, append(append(args, ids), more...)...)
	if err != nil {
		return nil, err
	}
	o.Learn(slices.ContainsFunc(rows, func(r saidRow) bool { return r.ID == 0 && r.Said > 0 }))
	if o.Ranked {
		rows = nil
		query, args := o.Bills()
		if err := read(&rows, "SELECT b.id, b.said FROM ("+query+") b WHERE b.id IN ?", append(args, ids)...); err != nil {
			return nil, err
		}
	}
	return byID(rows), nil
}

func byID(rows []saidRow) map[id.ID]money.Minor {
	out := make(map[id.ID]money.Minor, len(rows))
	for _, r := range rows {
		if r.ID != 0 {
			out[r.ID] = r.Said
		}
	}
	return out
}
