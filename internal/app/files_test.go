package app_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// sendFile sends a file as a form to the API.
func (u *user) sendFile(name string, content io.Reader, key string, fields ...string) answer {
	u.p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(u.p.t, m.WriteField(fields[i], fields[i+1]))
	}
	w, err := m.CreateFormFile("file", name)
	require.NoError(u.p.t, err)
	_, err = io.Copy(w, content)
	require.NoError(u.p.t, err)
	require.NoError(u.p.t, m.Close())
	return u.do("POST", "/files", b.String(), "Content-Type", m.FormDataContentType(), "Idempotency-Key", key)
}

func TestFilesBySenderAndReader(t *testing.T) {
	p := open(t)
	u := p.signIn("owner@kopi.example")
	a := u.sendFile("../bukti\u202e.txt", strings.NewReader("paid in full, 10 bags"), "f1")
	require.Equal(t, 201, a.status, a.text)
	require.Equal(t, "bukti.txt", str(a.body, "name"))
	no := str(a.body, "id")
	require.Equal(t, no, str(u.sendFile("../bukti\u202e.txt", strings.NewReader("paid in full, 10 bags"), "f1").body, "id"), "the same file by the same key")
	require.Equal(t, 422, u.sendFile("bukti.txt", strings.NewReader("paid in half"), "f1").status)
	require.Equal(t, 422, u.sendFile("a.svg", strings.NewReader("<svg onload=x()>"), "f2").status)
	require.Equal(t, 404, u.sendFile("a.txt", strings.NewReader("x"), "f3", "document_kind", "order", "document", "123456").status)
	require.Equal(t, 413, u.sendFile("a.pdf", io.LimitReader(zeros{}, 50<<20), "f4").status)

	get := func(token string, header ...string) (*http.Response, string) {
		req, err := http.NewRequest("GET", p.url+"/api/v1/files/"+no+"/content", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, string(b)
	}
	res, body := get(u.token)
	require.Equal(t, 200, res.StatusCode, body)
	require.Equal(t, "paid in full, 10 bags", body)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control": "private, no-cache", "Content-Disposition": `attachment; filename="bukti.txt"; filename*=UTF-8''bukti.txt`,
		"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'", "Content-Type": "text/plain"} {
		require.Equal(t, want, res.Header.Get(name), name)
	}
	res, body = get(u.token, "Range", "bytes=5-6")
	require.Equal(t, fmt.Sprint(206, "in", "bytes 5-6/21"), fmt.Sprint(res.StatusCode, body, res.Header.Get("Content-Range")))
	res, _ = get(u.token, "Range", "bytes=99-")
	require.Equal(t, 416, res.StatusCode)
	res, _ = get(u.token, "If-None-Match", res.Header.Get("ETag"))
	require.Equal(t, 304, res.StatusCode)
	require.Equal(t, 204, u.do("DELETE", "/files/"+no, nil).status)
	res, gone := get(u.token)
	require.Equal(t, 404, res.StatusCode, gone)
	dbtest.Lift(t, p.DB)
	v, err := p.VerifyFiles(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
}
