package app_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAnImportWhoseResultIsBeingWrittenIsThere: a job has its file before the file is whole, and is looked at meanwhile.
func TestAnImportWhoseResultIsBeingWrittenIsThere(t *testing.T) {
	m := newMarket(t, "delivery")
	var form bytes.Buffer
	f := multipart.NewWriter(&form)
	require.NoError(t, f.WriteField("map", "sales"))
	for name, text := range map[string]string{
		"lines": "Document,Date,Buyer,Product,Quantity,Amount\nINV-1,2026-01-05,2001,11,twelve,90.00\n",
	} {
		w, err := f.CreateFormFile(name, name+".csv")
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	up := m.seller.do("POST", "/imports", form.String(), "Content-Type", f.FormDataContentType())
	require.Equal(t, 202, up.status, up.text)
	path := "/imports/" + str(up.body, "id")
	j := m.seller.waitJob(path)
	require.Equal(t, "done", str(j["job"].(map[string]any), "status"), "%v", j)

	set := func(status string, size int) {
		require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
			until := time.Now().Add(time.Hour).UnixMicro()
			if err := m.DB.W(ctx).Exec("UPDATE job SET status = ?, locked_by = 'other/1', locked_until_us = ? WHERE id = ?", status, until, str(up.body, "id")).Error; err != nil {
				return err
			}
			return m.DB.W(ctx).Exec("UPDATE file SET size = ? WHERE id = (SELECT file FROM job WHERE id = ?)", size, str(up.body, "id")).Error
		}))
	}
	set("running", -1)
	owner := m.visit("owner@kopi.example")
	require.Equal(t, 200, owner.get(path), owner.page)
	require.Equal(t, "running", str(m.seller.get(path)["job"].(map[string]any), "status"))
}
