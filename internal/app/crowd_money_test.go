package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/money"
	"saluran/internal/qty"
)

// held is what the books hold of stock and credit for the shop: of the counters, and of the orders that made them.
func (m *market) held(t *testing.T) (stock, stockOfLines, credit, creditOfOrders int64) {
	t.Helper()
	one := func(sql string, args ...any) (n int64) {
		require.NoError(t, m.DB.R(t.Context()).Raw(sql, args...).Scan(&n).Error)
		return n
	}
	stock = one("SELECT COALESCE(SUM(held), 0) FROM stock WHERE seller = ?", m.seller.org)
	stockOfLines = one("SELECT COALESCE(SUM(l.held), 0) FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.seller = ?", m.seller.org)
	credit = one("SELECT COALESCE(SUM(held), 0) FROM exposure WHERE seller = ? AND bill_to = ?", m.seller.org, m.shop)
	creditOfOrders = one("SELECT COALESCE(SUM(credit_held), 0) FROM orders WHERE seller = ?", m.seller.org)
	return stock, stockOfLines, credit, creditOfOrders
}

// TestTwoHundredAmendmentsOfOneOrder at once, over two instances: of those that name the version they saw one is taken; of those that
// name none each that is taken makes a version. Stock and credit that are held are those of the last one.
func TestTwoHundredAmendmentsOfOneOrder(t *testing.T) {
	m := newMarket(t, "delivery")
	both := []*user{m.buyer, m.buyer.at(beside(t, m.Config.DB))}
	o := m.buyer.post("/orders", m.order(map[string]any{"product": m.product, "qty": "10"}), 201)
	path := "/orders/" + str(o, "id")
	amend := func(i int, key string, more ...any) answer {
		line := map[string]any{"line": 1, "qty": fmt.Sprint(11 + i)}
		header := append([]any{"Idempotency-Key", key}, more...)
		words := make([]string, len(header))
		for j, h := range header {
			words[j] = fmt.Sprint(h)
		}
		return both[i%2].do("POST", path+"/amend", map[string]any{"lines": []any{line}, "reason": fmt.Sprint("as many as ", 11+i)}, words...)
	}
	taken := func(got []answer) (n int) {
		for _, a := range got {
			if a.status == 200 {
				n++
				continue
			}
			require.Contains(t, []int{409, 412}, a.status, a.text)
			require.Contains(t, []any{"changed", "request.changed"}, a.body["code"], a.text)
		}
		return n
	}
	agree := func() {
		t.Helper()
		l := firstLine(answer{body: m.buyer.get(path)})
		stock, lines, credit, orders := m.held(t)
		want, err := qty.Parse(str(l, "qty"))
		require.NoError(t, err)
		require.Equal(t, []int64{int64(want), int64(want)}, []int64{stock, lines}, "held stock")
		total, err := money.Currency{Code: "IDR", Digits: 2}.Parse(str(m.buyer.get(path), "total"))
		require.NoError(t, err)
		require.Equal(t, []int64{int64(total), int64(total)}, []int64{credit, orders}, "held credit")
	}
	version := m.buyer.get(path)["version"].(float64)
	require.Equal(t, 1, taken(crowd(200, func(i int, key string) answer {
		return amend(i, key, "If-Match", fmt.Sprintf("%q", fmt.Sprint(version)))
	})))
	require.Equal(t, version+1, m.buyer.get(path)["version"])
	agree()
	n := taken(crowd(200, func(i int, key string) answer { return amend(i, key) }))
	require.Positive(t, n)
	require.Equal(t, version+1+float64(n), m.buyer.get(path)["version"], "as many versions as were taken")
	agree()
	m.holdsTogether(t)
}

// TestTakingBackAndInvoicingAnewAtOnce: two hundred over two instances, half of whom take the invoice back that stands while half invoice
// what is not invoiced. Never do two invoices of the same goods stand, and the debt is that of the one that stands.
func TestTakingBackAndInvoicingAnewAtOnce(t *testing.T) {
	m := newMarket(t, "delivery")
	both := []*user{m.seller, m.seller.at(beside(t, m.Config.DB))}
	o := m.buyer.post("/orders", m.order(map[string]any{"product": m.product, "qty": "7"}), 201)
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := str(m.seller.post(path+"/dispatch", nil, 201), "id")
	m.buyer.post("/shipments/"+ship+"/receive", nil, 200)
	m.seller.post(path+"/invoice", nil, 201)
	var open []string
	for range 3 {
		require.NoError(t, m.DB.R(t.Context()).Raw("SELECT id FROM invoice WHERE order_id = ? AND kind = 'invoice' AND status = 'open'", str(o, "id")).Scan(&open).Error)
		got := crowd(200, func(i int, key string) answer {
			u := both[i%2]
			if i%4 < 2 {
				return u.do("POST", path+"/invoice", nil, "Idempotency-Key", key)
			}
			for _, v := range open {
				return u.do("POST", "/invoices/"+v+"/credit-notes", map[string]any{"reason": "wrong address"}, "Idempotency-Key", key)
			}
			return u.do("POST", path+"/invoice", nil, "Idempotency-Key", key)
		})
		for _, a := range got {
			if a.status != 201 {
				require.Equal(t, 409, a.status, a.text)
				require.Contains(t, []any{"invoice.nothing_to_bill", "credit.nothing_left", "order.not_now", "changed"}, a.body["code"], a.text)
			}
		}
		var notes, standing, owed, total int64
		for sql, to := range map[string]*int64{
			"SELECT COUNT(*) FROM invoice WHERE order_id = ? AND kind = 'credit'":                                                                                                &notes,
			"SELECT COUNT(*) FROM invoice v WHERE v.order_id = ? AND v.kind = 'invoice' AND NOT EXISTS (SELECT 1 FROM invoice n WHERE n.credits = v.id AND n.seller = v.seller)": &standing,
			"SELECT COALESCE(SUM(total), 0) FROM invoice WHERE order_id = ?":                                                                                                     &owed,
			"SELECT total FROM orders WHERE id = ?":                                                                                                                              &total,
		} {
			require.NoError(t, m.DB.R(t.Context()).Raw(sql, str(o, "id")).Scan(to).Error)
		}
		require.LessOrEqual(t, standing, int64(1), "two invoices of the same goods stand")
		require.Equal(t, standing*total, owed)
		require.Positive(t, notes)
		_, _, credit, orders := m.held(t)
		require.Equal(t, []int64{(1 - standing) * total, (1 - standing) * total}, []int64{credit, orders}, "what is not invoiced holds credit")
	}
	m.holdsTogether(t)
}
