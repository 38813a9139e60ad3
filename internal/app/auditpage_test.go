package app_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// colleague is somebody of the seller's whose name is no word but an attack, on a page and in a workbook.
const colleague = `=cmd|'/c calc'!A1 <b onclick=x>Sari</b>`

// logged is a market in which the owner, a colleague and the buyer have done something; it answers two orders, of which the
// colleague confirmed the second, and that colleague.
func logged(t *testing.T) (m *market, first, second map[string]any, sari string) {
	m = newMarket(t, "delivery")
	sari = m.seller.joins("sari@kopi.example", colleague, "sales")
	first, second = m.place(t, "1", ""), m.place(t, "2", "")
	m.seller.post("/orders/"+str(first, "id")+"/confirm", nil, 200)
	m.signIn("sari@kopi.example").post("/orders/"+str(second, "id")+"/confirm", nil, 200)
	a := m.seller.do("PUT", "/products/"+m.product, map[string]any{"name": "Robusta tua"}, "If-Match", `"1"`)
	require.Equal(t, 200, a.status, a.text)
	return m, first, second, sari
}

var (
	auditedRow = regexp.MustCompile(`(?s)<td class="main">.*?</tr>`)
	onward     = regexp.MustCompile(`href="(/audit\?[^"]*after=[^"]*)"`)
)

// TestTheLogIsSearchedByItsPage: by person, by what was done, by document and by time; what others did, and their documents, are
// not in it, and a number of theirs is told like that of nothing.
func TestTheLogIsSearchedByItsPage(t *testing.T) {
	m, first, second, sari := logged(t)
	for i := range 70 { // more than a page
		m.seller.post("/products", map[string]any{"sku": fmt.Sprint("P", i), "name": "Barang"}, 201)
	}
	owner := m.clickAs("owner@kopi.example")
	find := func(query string) []string {
		t.Helper()
		got := owner.get("/audit?" + query)
		require.Equal(t, 200, got.status, got.text)
		return auditedRow.FindAllString(got.text, -1)
	}
	escaped := html.EscapeString(colleague)
	mine := find("person=" + sari)
	require.NotEmpty(t, mine)
	for _, row := range mine {
		require.Contains(t, strings.NewReplacer("&#39;", "&#39;", "&quot;", "&#34;").Replace(row), escaped, "hers alone, and her name is text")
	}
	require.NotContains(t, owner.get("/audit?person="+sari).text, "<b onclick", "a name is no markup")
	for _, word := range []string{str(second, "id"), str(second, "number")} {
		rows := find("document=" + word)
		require.Len(t, rows, 1, "%s: the buyer's placing of it is the buyer's", word)
		require.Contains(t, rows[0], `href="/orders/`+str(second, "id")+`"`)
	}
	require.Len(t, find("action=order"), 2)
	require.Len(t, find("action=order&person="+sari), 1)
	require.Len(t, find("action=order.confirmed&document="+str(first, "id")), 1)
	changed := find("action=product&document=" + m.product)
	require.NotEmpty(t, changed)
	require.Contains(t, strings.Join(changed, ""), "Robusta tua")
	require.Contains(t, strings.Join(changed, ""), "Robusta 250 g", "what was before")
	require.Empty(t, find("from=2099-01-01"))
	require.Empty(t, find("to=2000-01-01"))
	require.NotEmpty(t, find("from=2000-01-01&to=2099-01-01&action=order"))
	require.NotEmpty(t, find("from=yesterday&person=x&on_behalf=x"), "what cannot be read asks for nothing")

	seen, pages := map[string]bool{}, 0
	for at := "/audit"; at != ""; pages++ {
		got := owner.get(at)
		require.Equal(t, 200, got.status)
		rows := auditedRow.FindAllString(got.text, -1)
		require.NotEmpty(t, rows, at)
		for _, row := range rows {
			seen[fmt.Sprint(len(seen), row)] = true
		}
		if at = ""; onward.MatchString(got.text) {
			at = html.UnescapeString(onward.FindStringSubmatch(got.text)[1])
		}
	}
	var there int
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE org = ?", m.seller.org).Scan(&there).Error)
	require.Greater(t, pages, 1)
	require.Len(t, seen, there, "each row stands on one page")

	foreign := foreignOrder(t, m.portal)
	require.Empty(t, find("document="+foreign))
	none := owner.get("/audit?document=SO-" + nothing)
	require.Contains(t, none.text, "No document of yours has the number SO-"+nothing+".")
	hidden := owner.get("/audit?document=SO-" + foreign)
	require.Equal(t, plain(none.text, nothing), plain(hidden.text, foreign))
	theirs := m.clickAs("owner@toko.example").get("/audit")
	require.Equal(t, 200, theirs.status)
	require.NotContains(t, theirs.text, "Budi")
	require.NotContains(t, theirs.text, "Sari")
	require.Contains(t, theirs.text, "Sri")
	m.seller.joins("lihat@kopi.example", "Lihat", "viewer")
	require.Equal(t, 403, m.clickAs("lihat@kopi.example").get("/audit").status)
	require.Equal(t, 403, m.clickAs("sari@kopi.example").get("/audit").status)
	require.Equal(t, 303, m.click().get("/audit").status)
}

// TestTheLogAsAWorkbook: each row that is in the chain, with what was before and after, and nothing that a table program would
// compute; nobody else's rows, and for those alone who may read the log.
func TestTheLogAsAWorkbook(t *testing.T) {
	m, first, second, _ := logged(t)
	require.NoError(t, m.Seals.Vouch(t.Context())) // what waits is taken into the chain
	read := func(u *user, ask map[string]any) (rows [][]string) {
		t.Helper()
		f, err := excelize.OpenReader(strings.NewReader(u.file(ask)))
		require.NoError(t, err)
		defer f.Close()
		for _, sheet := range f.GetSheetList() {
			all, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
			require.NoError(t, err)
			for r, row := range all {
				for c := range row {
					cell, err := excelize.CoordinatesToCellName(c+1, r+1)
					require.NoError(t, err)
					formula, err := f.GetCellFormula(sheet, cell)
					require.NoError(t, err)
					require.Empty(t, formula, "%s %s", sheet, cell)
				}
				if len(row) == 12 && row[11] != "" {
					rows = append(rows, row)
				}
			}
		}
		require.NotEmpty(t, rows)
		return rows[1:] // the names of the columns
	}
	rows := read(m.seller, map[string]any{"report": "audit"})
	var there int
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE org = ? AND seq IS NOT NULL", m.seller.org).Scan(&there).Error)
	require.GreaterOrEqual(t, there, len(rows))
	by := map[string]string{}
	for _, row := range rows {
		require.NotContains(t, row[2], "Sri", "the buyer's")
		by[row[3]+" "+row[4]] += row[2] + " " + row[10]
	}
	require.Contains(t, by["order.confirmed "+str(first, "id")], "Budi")
	require.Contains(t, by["order.confirmed "+str(second, "id")], colleague, "word by word, and no formula")
	require.Contains(t, fmt.Sprint(by), "Robusta 250 g")
	require.Contains(t, fmt.Sprint(by), "Robusta tua")
	require.Empty(t, by["order.placed "+str(first, "id")], "whoever placed it is the buyer's")
	theirs := fmt.Sprint(read(m.buyer, map[string]any{"report": "audit"}))
	require.Contains(t, theirs, "order.placed")
	require.NotContains(t, theirs, "Budi")
	require.NotContains(t, theirs, "order.confirmed")
	require.Equal(t, 403, m.signIn("sari@kopi.example").do("POST", "/exports", map[string]any{"report": "audit"}).status)
}
