package db_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
)

// TestExistingMakesNothing: no file, no schema, an older and a newer schema are told; a database of today is opened.
func TestExistingMakesNothing(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	missing := filepath.Join(dir, "no", "such.db")
	_, err := db.Existing(ctx, "sqlite:"+missing)
	require.ErrorContains(t, err, "there is no database")
	_, err = os.Stat(filepath.Dir(missing))
	require.ErrorIs(t, err, os.ErrNotExist)

	url := "sqlite:" + filepath.Join(dir, "a.db")
	d, err := db.Open(ctx, url)
	require.NoError(t, err)
	defer d.Close()
	_, err = d.WriteSQL().ExecContext(ctx, "CREATE TABLE other (x INTEGER)")
	require.NoError(t, err)
	_, err = db.Existing(ctx, url)
	require.ErrorContains(t, err, "with tables in this place yet")

	_, err = d.Migrate(ctx)
	require.NoError(t, err)
	again, err := db.Existing(ctx, url)
	require.NoError(t, err)
	require.NoError(t, again.Close())

	shift := func(by int) {
		_, err := d.WriteSQL().ExecContext(ctx, "UPDATE goose_db_version SET version_id = version_id + ?", by)
		require.NoError(t, err)
	}
	shift(-1)
	_, err = db.Existing(ctx, url)
	require.ErrorContains(t, err, "older than this program")
	shift(2)
	_, err = db.Existing(ctx, url)
	require.ErrorContains(t, err, "newer than this program")
}

// TestAnAddressIsToldWithoutItsPassword, also one that is not written as it must be.
func TestAnAddressIsToldWithoutItsPassword(t *testing.T) {
	for _, raw := range []string{"mysql://u:s3cret@h:3306/x", "mysql://u:s3cr%zzet@h/x", "mysql:u:s3cret@h", "mysql:u:s3cret", "mysql://u:s3cret/x", "postgres://u:p@s3cret@h/x", "mysql://s3cret:x"} {
		_, err := db.Open(t.Context(), raw)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "cret", raw)
	}
}
