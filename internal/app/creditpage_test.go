package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheCreditNoteOfThePageNamesLines: what is named is let off, and not invoiced again; nothing named takes the invoice back.
func TestTheCreditNoteOfThePageNamesLines(t *testing.T) {
	m := newMarket(t, "delivery")
	order, invoice := m.billed(t)
	c := m.clickAs("owner@kopi.example")
	here := "/invoices/" + invoice
	shown := c.get(here)
	for _, said := range []string{"take the whole invoice back", "may be invoiced anew", "let Toko Satu off", "4\u00a0pcs left to credit"} {
		require.True(t, strings.Contains(shown.text, said), said)
	}
	send := func(what, reason string) (got page) {
		t.Helper()
		shown := c.get(here)
		require.Contains(t, shown.text, `name="credit-1"`, "the table has a field for each line")
		f := shown.fields(here + "/credit")
		f.Set("credit-1", what)
		f.Set("reason", reason)
		return c.post(here+"/credit", f)
	}
	for what, sentence := range map[string]string{"5": "Only 4 is left to credit", "0": "must be more than zero", "-1": "", "x": "", "1e30": "", "0.5": "", "99999999999999999999": ""} {
		got := send(what, "wet")
		require.Equal(t, 422, got.status, "%s: %s", what, got.text)
		require.Contains(t, got.text, `aria-invalid="true"`, what)
		require.Contains(t, got.text, sentence)
		require.Contains(t, got.text, `value="`+what+`"`, "what was typed stays")
	}
	require.Equal(t, 422, send("1", "").status, "a reason is needed")
	require.Len(t, items(m.seller.get("/invoices")), 1, "nothing was credited")

	require.Equal(t, 303, send("1,0", "wet").status)
	v := m.seller.get(here)
	require.Equal(t, "1", str(firstLine(answer{body: v}), "credited"))
	require.Equal(t, 409, m.seller.do("POST", order+"/invoice", nil).status, "what was let off is not invoiced again")
	require.Contains(t, c.get(here).text, "3\u00a0pcs left to credit")

	require.Equal(t, 303, send("", "wrong address").status)
	require.NotContains(t, c.get(here).text, here+"/credit")
	again := m.seller.post(order+"/invoice", nil, 201)
	require.Equal(t, "3", str(firstLine(answer{body: m.seller.get("/invoices/" + str(again, "id"))}), "qty"), "what was taken back is invoiced anew")
	m.holdsTogether(t)
}
