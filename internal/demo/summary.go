package demo

import (
	"saluran/internal/money"
)

// Summary is what a demonstration contains. Amounts are minor units of rupiah.
type Summary struct {
	Loaded        bool // false where the database had organisations already
	People        []SignIn
	Organisations int64
	Links         int64
	Products      int64
	Lots          int64
	Journals      int64
	Orders        map[string]int64 // by status
	Shipments     map[string]int64 // by status
	Invoices      map[string]int64 // by status
	Payments      map[string]int64 // by status
	Invoiced      money.Minor      // invoices and credit notes, tax included
	Settled       money.Minor
	Overdue       int64 // open invoices that were due before today
}

func (l *load) summary() (Summary, error) {
	s := Summary{Loaded: true, People: SignIns()}
	d := l.DB.R(l.ctx)
	for _, q := range []struct {
		into any
		sql  string
		args []any
	}{
		{&s.Organisations, "SELECT COUNT(*) FROM org", nil},
		{&s.Links, "SELECT COUNT(*) FROM link", nil},
		{&s.Products, "SELECT COUNT(*) FROM product", nil},
		{&s.Lots, "SELECT COUNT(*) FROM lot", nil},
		{&s.Journals, "SELECT COUNT(*) FROM journal", nil},
		{&s.Invoiced, "SELECT COALESCE(SUM(total), 0) FROM invoice", nil},
		{&s.Settled, "SELECT COALESCE(SUM(settled), 0) FROM invoice", nil},
		{&s.Overdue, "SELECT COUNT(*) FROM invoice WHERE kind = 'invoice' AND settled < total AND due_on < ?", []any{l.today}},
	} {
		if err := d.Raw(q.sql, q.args...).Scan(q.into).Error; err != nil {
			return s, err
		}
	}
	for _, q := range []struct {
		into  *map[string]int64
		table string
	}{{&s.Orders, "orders"}, {&s.Shipments, "shipment"}, {&s.Invoices, "invoice"}, {&s.Payments, "payment"}} {
		var rows []struct {
			Status string
			N      int64
		}
		if err := d.Raw("SELECT status, COUNT(*) AS n FROM " + q.table + " GROUP BY status").Scan(&rows).Error; err != nil {
			return s, err
		}
		*q.into = map[string]int64{}
		for _, r := range rows {
			(*q.into)[r.Status] = r.N
		}
	}
	return s, nil
}
