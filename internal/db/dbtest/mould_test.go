package dbtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
)

// TestACastIsWhatTheMigrationsMake: tests run on casts of a migrated database, which must not differ from it.
func TestACastIsWhatTheMigrationsMake(t *testing.T) {
	made, copied := URL(t), Ready(t)
	one, two := Open(t, made), Open(t, copied)
	want, err := one.Catalogue(t.Context(), one.ReadSQL())
	require.NoError(t, err)
	require.Greater(t, len(want), 80)
	got, err := two.Catalogue(t.Context(), two.ReadSQL())
	require.NoError(t, err)
	require.Equal(t, want, got)
	if Engine() == db.SQLite {
		require.Equal(t, statements(t, one), statements(t, two))
		return
	}
	var a, b mould
	require.NoError(t, a.read(t.Context(), made))
	require.NoError(t, b.read(t.Context(), copied))
	require.Equal(t, strings.Split(a.tables, "\n"), strings.Split(b.tables, "\n"))
	require.Equal(t, a.rows, b.rows)
	moment := func(v any) bool { _, ok := v.(time.Time); return ok } // when it was migrated
	require.Equal(t, slices.DeleteFunc(a.values, moment), slices.DeleteFunc(b.values, moment))
}

func statements(t *testing.T, d *db.DB) (out []string) {
	rows, err := d.ReadSQL().Query("SELECT name || ': ' || COALESCE(sql, '') FROM sqlite_master ORDER BY name")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var s string
		require.NoError(t, rows.Scan(&s))
		out = append(out, s)
	}
	require.NoError(t, rows.Err())
	return out
}
