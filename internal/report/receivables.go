package report

import (
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/money"
)

// The ageing: not yet due, then by days overdue up to each bound, then beyond the last.
var ageBounds = []int{30, 60, 90}

// bucket is the column of an amount that is so many days overdue.
func bucket(days int) int {
	if days <= 0 {
		return 0
	}
	for i, to := range ageBounds {
		if days <= to {
			return i + 1
		}
	}
	return len(ageBounds) + 1
}

func (b *book) ageColumns() []column {
	out := []column{{key: "not_due", width: 18}}
	from := 1
	for _, to := range ageBounds {
		out = append(out, column{header: b.t("report.col.days", "from", fmt.Sprint(from), "to", fmt.Sprint(to)), width: 18})
		from = to + 1
	}
	return append(out, column{header: b.t("report.col.days_over", "from", fmt.Sprint(from-1)), width: 18}, column{key: "total", width: 18})
}

// agedOn is the day on which debts are aged: the last day asked for, else the day of the cut-off.
func (b *book) agedOn() clock.Date {
	if b.ask.To != "" {
		return b.ask.To
	}
	return b.sum.Recorded.In(b.org.zone)
}

// receivables writes who owes the organisation: one row for each debtor, and a sheet of the open invoices, commission and claims.
func (b *book) receivables() error {
	buyers, err := b.partners("buyer", false)
	if err != nil {
		return err
	}
	on := b.agedOn()
	b.extra = append(b.extra, note{label: b.t("report.note.aged"), text: string(on)})
	ages := b.ageColumns()
	t := b.table(b.t("report.name.receivables"), append([]column{{key: "code", width: 16}, {key: "name", width: 36}, {key: "invoices", width: 10}}, ages...), excel.Hint{})
	sums := make([]money.Minor, len(ages))
	var books money.Minor
	var n int64
	f := b.flow(buyers)
	defer f.close()
	for _, p := range buyers {
		row := make([]money.Minor, len(ages))
		var open int64
		owed, err := b.receivable(f, p.id, func(it *item) error {
			if it.Open != 0 {
				open++
				row[bucket(on.Days(clock.Date(it.due)))] += it.Open
				row[len(row)-1] += it.Open
			}
			return nil
		})
		if err != nil {
			return err
		}
		books += owed
		if open == 0 {
			continue
		}
		n += open
		t.code(p.code)
		t.text(p.name)
		t.int(open)
		for i, v := range row {
			t.money(v)
			sums[i] += v
		}
		t.end()
	}
	if err := f.end(); err != nil {
		return err
	}
	b.sum.Rows = t.Rows()
	totals := []excel.Total{{Col: 2, V: n}}
	for i, v := range sums {
		totals = append(totals, excel.Total{Col: 3 + i, V: int64(v), Scale: b.cur.Digits})
	}
	t.close(totals...)
	for i, v := range sums {
		t.sumOf(3+i, int64(v), b.cur.Digits, true)
	}
	b.booksNote(books, sums[len(sums)-1])
	return b.openInvoices(buyers, on)
}

// openInvoices writes the invoices, the commission and the claims behind the ageing.
func (b *book) openInvoices(buyers []partner, on clock.Date) error {
	t := b.table(b.t("report.sheet.invoices"), []column{{key: "partner_code", width: 16}, {key: "partner", width: 36}, {key: "invoice", width: 20},
		{key: "date", width: 12}, {key: "due", width: 12}, {key: "overdue_days", width: 12}, {key: "amount_due", width: 18},
		{key: "paid", width: 18}, {key: "balance", width: 18}, {key: "for", width: 14}}, excel.Hint{})
	t.what = b.whatFor()
	var all payee
	f := b.flow(buyers)
	defer f.close()
	for _, p := range buyers {
		_, err := b.receivable(f, p.id, func(it *item) error {
			if it.Open == 0 {
				return nil
			}
			all.add(it)
			t.code(p.code)
			t.text(p.name)
			t.code(it.number)
			t.date(clock.Date(it.issued))
			t.date(clock.Date(it.due))
			t.int(int64(max(on.Days(clock.Date(it.due)), 0)))
			t.money(it.Due)
			t.money(it.Paid)
			t.money(it.Open)
			t.text(t.what[it.what])
			t.end()
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := f.end(); err != nil {
		return err
	}
	d := b.cur.Digits
	t.close(excel.Total{Col: 6, V: int64(all.due), Scale: d}, excel.Total{Col: 7, V: int64(all.paid), Scale: d}, excel.Total{Col: 8, V: int64(all.open), Scale: d})
	return nil
}
