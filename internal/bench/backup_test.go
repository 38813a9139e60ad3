package bench

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
	"saluran/internal/db/dbtest"
)

// Backups while clients place orders, restored into empty places: on MariaDB into SQLite too.
func TestLongBackupUnderLoad(t *testing.T) {
	program := filepath.Join(t.TempDir(), "saluran")
	out, err := exec.Command("go", "build", "-o", program, "saluran/cmd/saluran").CombinedOutput()
	require.NoError(t, err, "%s", out)
	o := BackupOptions{DB: dbtest.URL(t), Backups: 2, Clients: 8, Program: program, Out: t.Output()}
	if dbtest.Engine() == db.MySQL {
		o.Other = "sqlite:" + filepath.Join(t.TempDir(), "other.db")
	}
	res, err := Backup(t.Context(), o)
	require.NoError(t, err)
	t.Logf("%+v", res)
	require.False(t, res.Wrong(), "%+v", res)
	require.Positive(t, res.Before)
	require.Greater(t, res.Acknowledged, res.Before/len(res.Restores), "trade went on")
}
