package app_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLongDocumentsOnPaper: every document of a trade is a PDF in both languages and sizes, for both sides and nobody else.
func TestLongDocumentsOnPaper(t *testing.T) {
	m := newMarket(t, "delivery")
	o := m.place(t, "48", "")
	order := "/orders/" + str(o, "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship := m.seller.post(order+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	inv := m.seller.post(order+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(inv, "total"), "method": "transfer"}, 201)
	m.seller.post("/payments/"+str(pay, "id")+"/confirm", nil, 200)
	rival := m.rival(t)
	for path, words := range map[string][2]string{
		order: {"Purchase order", "Pesanan"}, "/shipments/" + str(ship, "id"): {"Delivery note", "Surat jalan"},
		"/invoices/" + str(inv, "id"): {"Invoice", "Tagihan"}, "/payments/" + str(pay, "id"): {"Receipt", "Kuitansi"},
		"/statement": {"Statement of account", "Rekening koran"}} {
		query := "?"
		if path == "/statement" {
			query = "?seller=" + m.seller.org + "&buyer=" + m.shop + "&currency=IDR&from=2026-01-01&to=2099-01-01&"
		}
		for _, who := range []*user{m.seller, m.buyer} {
			for i, lang := range []string{"en", "id"} {
				for _, size := range []string{"a4", "80", "58"} {
					q := query + "lang=" + lang
					if path != "/statement" {
						q += "&size=" + size
					}
					a := who.do("GET", path+"/pdf"+q, nil)
					require.Equal(t, 200, a.status, "%s: %s", path, a.text)
					require.Equal(t, "application/pdf", a.header.Get("Content-Type"))
					require.Regexp(t, `^attachment; filename="[A-Za-z0-9_./-]+\.pdf"$`, a.header.Get("Content-Disposition"))
					require.True(t, strings.HasPrefix(a.text, "%PDF-"), path)
					require.Less(t, len(a.text), 120_000, path)
					if text := pdfText(t, []byte(a.text)); text != "" {
						require.Contains(t, text, words[i])
						require.NotContains(t, text, "paper.", "a key without a word")
						require.NotContains(t, text, "%!")
					}
				}
			}
		}
		require.Equal(t, http.StatusNotFound, rival.do("GET", path+"/pdf"+query, nil).status, path)
	}
	require.Equal(t, 422, m.seller.do("GET", order+"/pdf?size=7", nil).status)
}

// pdfText is what a reader of PDF finds in a document; nothing where no such program is installed.
func pdfText(t *testing.T, pdf []byte) string {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		return ""
	}
	file := filepath.Join(t.TempDir(), "x.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	var said bytes.Buffer
	cmd := exec.Command(program, "-layout", file, "-")
	cmd.Stderr = &said
	out, err := cmd.Output()
	require.NoError(t, err, said.String())
	require.Empty(t, said.String(), "it complains of the file")
	return string(out)
}
