package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
)

// typed is what stands in a field of a page.
func (p page) typed(name string) string {
	in := regexp.MustCompile(`<input[^>]*\bname="` + name + `"[^>]*>`).FindString(p.text)
	if v := valueIs.FindStringSubmatch(in); v != nil {
		return v[1]
	}
	return ""
}

// TestABillThatWasReportedIsNotOfferedAgain: on the first page and its steps, on the phone, on the invoice, its order and the form of
// payments, by page and by API: what is reported is said with the payment behind it, taken off what is suggested, and due again once
// it was rejected.
func TestABillThatWasReportedIsNotOfferedAgain(t *testing.T) {
	m := newMarket(t, "delivery")
	order, invoice := m.billed(t)
	total := str(m.buyer.get("/invoices/"+invoice), "open")
	require.Equal(t, "177600", total)
	c, seller := m.clickAs("owner@toko.example"), m.clickAs("owner@kopi.example")
	const waits = "waiting to be matched"
	form := "/payments/new?invoice=" + invoice
	phone := "/m/order?seller=" + m.seller.org
	require.Contains(t, c.get(phone).text, `href="/invoices/`+invoice+`"`)
	require.Equal(t, total, c.get(form).typed("amount"))
	require.Regexp(t, `<input[^>]*type="file"[^>]*capture="environment"`, c.get(form).text, "a proof comes from the camera of a phone, too")
	require.NotContains(t, c.get("/invoices/"+invoice).text+c.get(form).text+c.get("/").text, waits)

	report := func(amount string) string {
		return str(m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": amount, "method": "transfer",
			"allocate": []any{map[string]any{"invoice": invoice, "amount": amount}}}, 201), "id")
	}
	part := report("100000")
	require.Equal(t, "100000", str(m.buyer.get("/invoices/"+invoice), "reported"))
	page := c.get("/invoices/" + invoice).text
	for _, x := range []string{"Rp100,000 reported as paid", waits, `href="/payments/` + part + `"`, "reported by Toko Satu", "Not reported yet: Rp77,600"} {
		require.Contains(t, page, x)
	}
	again := c.get(form)
	require.Contains(t, again.text, "Rp100,000 reported as paid")
	require.Equal(t, "77600", again.typed("amount"), "what is reported is taken off")
	require.Equal(t, "77600", again.typed("settle-"+invoice))
	require.Contains(t, c.get(order).text, "Rp77,600 is unpaid")
	require.Contains(t, c.get(phone).text, "Rp77,600 due")
	require.Contains(t, c.get("/").text, "Rp100,000 reported")
	require.Contains(t, seller.get("/invoices/"+invoice).text, waits, "who is owed is told that it waits for it")

	rest := report("77600")
	require.Len(t, items(m.buyer.get("/invoices?side=buyer&status=to_pay")), 0)
	require.Len(t, items(m.buyer.get("/invoices?side=buyer&status=unpaid")), 1, "it is open in the books")
	again = c.get(form)
	require.Contains(t, again.text, "All Rp177,600 is reported already")
	require.Empty(t, again.typed("amount"))
	require.Empty(t, again.typed("settle-"+invoice))
	require.Contains(t, c.get("/").text, "All open invoices are reported as paid")
	require.NotContains(t, c.get(phone).text, `href="/invoices/`+invoice+`"`)
	require.NotContains(t, c.get(order).text, form, "the order does not lead to it")
	require.Contains(t, c.get(order).text, "is reported as paid, "+waits)
	require.Empty(t, m.buyer.get("/desk")["due"])
	require.Equal(t, total, str(m.buyer.get("/desk")["payables"].(map[string]any), "reported"))

	f := again.fields("/payments") // deliberately, for another amount
	f.Set("amount", "1000")
	f.Set("method", "cash")
	require.Equal(t, http.StatusSeeOther, c.post("/payments", f).status)
	for _, p := range []string{part, rest} {
		m.seller.post("/payments/"+p+"/reject", map[string]any{"reason": "did not come"}, 200)
	}
	page = c.get("/invoices/" + invoice).text
	require.Contains(t, page, "without naming an invoice")
	require.Contains(t, page, "Not reported yet: Rp176,600", "what was rejected is due again")
	require.True(t, strings.Contains(c.get("/invoices?side=buyer").text, "Rp1,000 reported"))
}

// TestNobodyIsRemindedOfWhatIsReported: a bill that is reported to the last is not nagged about while the report waits; of a part the rest
// is, and all of it once the report was rejected.
func TestNobodyIsRemindedOfWhatIsReported(t *testing.T) {
	o := newOffice(t)
	_, invoice := o.billed(t)
	_, whole := o.billed(t)
	v := o.buyer.get("/invoices/" + invoice)
	report := func(invoice, amount string) string {
		return str(o.buyer.post("/payments", map[string]any{"payee": o.seller.org, "currency": "IDR", "amount": amount, "method": "transfer",
			"allocate": []any{map[string]any{"invoice": invoice, "amount": amount}}}, 201), "id")
	}
	report(invoice, "1000")
	all := report(whole, str(v, "open"))
	o.at(str(v, "due_on") + " 09:00")
	told := func() (out []string) {
		require.NoError(t, o.Notices.Due(t.Context()))
		require.NoError(t, o.DB.R(t.Context()).Raw("SELECT DISTINCT CONCAT(event, ' ', doc) FROM notice WHERE event IN ('invoice.due', 'invoice.overdue') AND org IN (?, ?) ORDER BY 1", o.seller.org, o.shop).Scan(&out).Error)
		return out
	}
	require.Equal(t, []string{"invoice.due " + invoice}, told(), "of the part that is not reported")
	o.at(string(clock.Date(str(v, "due_on")).AddDays(1)) + " 09:00")
	require.Equal(t, []string{"invoice.due " + invoice, "invoice.overdue " + invoice}, told())
	o.seller.post("/payments/"+all+"/reject", map[string]any{"reason": "did not come"}, 200)
	require.Equal(t, []string{"invoice.due " + invoice, "invoice.overdue " + invoice, "invoice.overdue " + whole}, told(), "rejected, it is overdue")
}
