package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
)

// chance is what two demonstrations of one day differ in, and why. Everything else is the same to the number of each row.
var chance = map[string]string{
	"audit.mark": "made with the key of the installation", "audit.doc": "the number of that key", "seal_key.public": "a key of each installation", "seal_key.id": "the same", "person.password": "salted",
	"sharing.mask_key": "a secret of each agreement",
	"journal.hash":     "the chain holds the marks of audit rows", "journal.docs": "the same", "journal.doc": "where the marks begin, the number of the key", "lane.hash": "the same",
}

// sameRows compares every row of every table of two demonstrations.
func sameRows(t *testing.T, one, two *db.DB) {
	t.Helper()
	tables, cells := tablesOf(t, one), 0
	require.Greater(t, len(tables), 60)
	for _, table := range tables {
		if strings.HasPrefix(table, "goose_") {
			continue // when the tables were made
		}
		a, n := rowsOf(t, one, table)
		b, _ := rowsOf(t, two, table)
		require.Equal(t, a, b, table)
		cells += n
	}
	t.Logf("%d tables, %d cells, all the same but %d columns of chance", len(tables), cells, len(chance))
}

func tablesOf(t *testing.T, d *db.DB) (out []string) {
	t.Helper()
	ask := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if d.R(context.Background()).Dialector.Name() != "sqlite" {
		ask = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
	}
	require.NoError(t, d.R(context.Background()).Raw(ask).Scan(&out).Error)
	return out
}

// rowsOf are the rows of a table as text, sorted, without what hangs on chance, and how many cells that is.
func rowsOf(t *testing.T, d *db.DB, table string) (out []string, compared int) {
	t.Helper()
	rows, err := d.ReadSQL().Query("SELECT * FROM " + table)
	require.NoError(t, err)
	defer rows.Close()
	cols, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		cells, into := make([]any, len(cols)), make([]any, len(cols))
		for i := range cells {
			into[i] = &cells[i]
		}
		require.NoError(t, rows.Scan(into...))
		var b strings.Builder
		for i, c := range cols {
			if chance[table+"."+c] != "" {
				continue
			}
			compared++
			if x, ok := cells[i].([]byte); ok {
				fmt.Fprintf(&b, "%s=%x|", c, x)
				continue
			}
			fmt.Fprintf(&b, "%s=%v|", c, cells[i])
		}
		out = append(out, b.String())
	}
	require.NoError(t, rows.Err())
	slices.Sort(out)
	return out, compared
}
