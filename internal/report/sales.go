package report

import (
	"strconv"

	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/money"
)

// grouping is a report of invoice lines, added up by something: header code, name, lines, orders, quantity, amount.
type grouping struct {
	key  string // the column to group by
	join string // what the grouping needs besides invoice i and invoice_line l
	code string // code of the group
	name string // its name, a column
	kind string // whose name it is, as db.Keep knows it; "" where it is no name
	from string // where code and name come from, by g.k
}

var (
	byPartner  = grouping{key: "i.buyer", code: "o.code", name: "o.name", kind: "org", from: "JOIN org o ON o.id = g.k"}
	byProduct  = grouping{key: "l.product", code: "p.sku", name: "p.name", kind: "product", from: "JOIN product p ON p.id = g.k"}
	bySupplier = grouping{key: "p.producer", join: "JOIN product p ON p.id = l.product", code: "o.code", name: "o.name", kind: "org", from: "JOIN org o ON o.id = g.k"}
	byDay      = grouping{key: "i.issued_on", code: "g.k", name: "g.k", from: ""}
	byOrder    = grouping{key: "l.order_id", code: "d.number", name: "o.name", kind: "org", from: "JOIN orders d ON d.id = g.k JOIN org o ON o.id = d.buyer"}
	purchases  = grouping{key: "i.seller", code: "o.code", name: "o.name", kind: "org", from: "JOIN org o ON o.id = g.k"}
)

func (g grouping) sql(b *book) string {
	name := g.name
	if g.kind != "" {
		name = b.was(g.kind, g.name)
	}
	return "SELECT " + g.code + ", " + name + ", g.line_count, g.order_count, g.quantity, g.amount FROM (" +
		"SELECT " + g.key + " AS k, COUNT(*) AS line_count, COUNT(DISTINCT l.order_id) AS order_count, SUM(l.qty) AS quantity, SUM(l.net) AS amount" +
		" FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id " + g.join +
		" WHERE i." + b.party() + " = ? AND i.issued_on >= ? AND i.issued_on <= ? AND i.seq <= ? AND i.currency = ?" +
		" GROUP BY " + g.key + ") g " + g.from + " ORDER BY 1, g.k"
}

func (g grouping) write(b *book) error {
	from, to := b.period()
	rows, err := b.conn.QueryContext(b.ctx, g.sql(b), b.ask.Org, from, to, b.sum.Seq, b.cur.Code)
	if err != nil {
		return err
	}
	defer rows.Close()
	t := b.table(b.t("report.name."+b.ask.Report), []column{{key: "code", width: 16}, {key: "name", width: 40}, {key: "lines", width: 10},
		{key: "orders", width: 10}, {key: "quantity", width: 14}, {key: "amount", width: 18}}, excel.Hint{})
	var all struct{ lines, quantity, amount int64 }
	for rows.Next() {
		var code, name string
		var lines, orders, quantity, amount int64
		if err := rows.Scan(&code, &name, &lines, &orders, &quantity, &amount); err != nil {
			return err
		}
		if g.key == "i.issued_on" {
			name = b.weekday(code)
		}
		t.code(code)
		t.text(name)
		t.int(lines)
		t.int(orders)
		t.qty(quantity)
		t.money(money.Minor(amount))
		t.end()
		all.lines += lines
		all.quantity += quantity
		all.amount += amount
	}
	if err := rows.Err(); err != nil {
		return err
	}
	b.sum.Rows = t.Rows()
	t.close() // no row of totals: the sheet is a plain table, its sums stand in the notes
	t.sumOf(2, all.lines, 0, false)
	t.sumOf(4, all.quantity, 3, false)
	t.sumOf(5, all.amount, b.cur.Digits, true)
	return nil
}

func (b *book) weekday(day string) string {
	return b.t("report.weekday." + strconv.Itoa(int(clock.Date(day).Time().Weekday())))
}
