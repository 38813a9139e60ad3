package app_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLongFilesBelongToTheirDocument: who may not attach is refused before the form is looked at; a stranger's document and file are
// those that do not exist, on the API and on the pages; what is shown comes with headers that let it do nothing.
func TestLongFilesBelongToTheirDocument(t *testing.T) {
	m := newMarket(t, "delivery")
	order := str(m.place(t, "1", ""), "id")
	viewer := m.seed(t, "KOPI", "viewer", "seller")
	for _, fields := range [][]string{{"document_kind", "order", "document", order}, {"document_kind", "order", "document", "not-a-number"}, {"document_kind", "order"}, nil} {
		a := viewer.sendFile("a.txt", strings.NewReader("x"), fmt.Sprint("v", keys.Add(1)), fields...)
		require.Equal(t, 403, a.status, "%v: %s", fields, a.text)
	}
	a := m.buyer.sendFile("page.html", strings.NewReader("<html><script>alert(1)</script>"), "html", "document_kind", "order", "document", order)
	require.Equal(t, 422, a.status, a.text)
	a = m.buyer.sendFile("bukti.txt", strings.NewReader("paid"), "good", "document_kind", "order", "document", order)
	require.Equal(t, 201, a.status, a.text)
	file := str(a.body, "id")

	x := newRealm(t, m.portal, "RAHASIAX7")
	stranger := x.users[producer]["owner"]
	for _, path := range []string{"/files/%s", "/files/%s/content"} {
		theirs, none := stranger.do("GET", fmt.Sprintf(path, file), nil), stranger.do("GET", fmt.Sprintf(path, "999999999"), nil)
		require.Equal(t, []any{404, none.body["detail"]}, []any{theirs.status, theirs.body["detail"]}, path)
	}
	theirs := stranger.sendFile("a.txt", strings.NewReader("x"), "s1", "document_kind", "order", "document", order)
	none := stranger.sendFile("a.txt", strings.NewReader("x"), "s2", "document_kind", "order", "document", "999999999")
	require.Equal(t, []any{404, none.body["detail"]}, []any{theirs.status, theirs.body["detail"]})

	look := func(c *http.Client, path string) (*http.Response, string) {
		res, err := c.Get(m.url + path)
		require.NoError(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, string(b)
	}
	seller := m.enter("owner@kopi.example")
	_, page := look(seller, "/orders/"+order)
	require.Contains(t, page, "/attachments/"+file)
	res, text := look(seller, "/attachments/"+file)
	require.Equal(t, []any{200, "paid"}, []any{res.StatusCode, text})
	require.Equal(t, "default-src 'none'; sandbox; frame-ancestors 'none'", res.Header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.Contains(t, res.Header.Get("Content-Disposition"), "attachment")
	other := m.enter(stranger.email)
	res, _ = look(other, "/attachments/"+file)
	gone, _ := look(other, "/attachments/999999999")
	require.Equal(t, []any{404, 404}, []any{res.StatusCode, gone.StatusCode})
}
