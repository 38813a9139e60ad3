package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestACheckMakesNoDatabase: what is only looked at is looked at beside an empty database, and nothing of it stays.
func TestACheckMakesNoDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.db")
	c := importSalesCmd{command: command{DB: "sqlite:" + file}, Check: true}
	a, done, err := c.portal(t.Context())
	require.NoError(t, err)
	var orgs int64
	require.NoError(t, a.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM org").Scan(&orgs).Error)
	require.Zero(t, orgs)
	done()
	require.NoFileExists(t, file)

	c.Check = false
	_, done, err = c.portal(t.Context())
	require.NoError(t, err)
	done()
	require.FileExists(t, file)
	c.Check = true
	_, done, err = c.portal(t.Context())
	require.NoError(t, err, "one that is there is checked against")
	done()
}
