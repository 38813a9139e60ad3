package visit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
	"saluran/internal/db/dbtest"
)

// TestShopsOfANameAreLookedUp: whether somebody stops at a shop of that name is found by the shop, and not among all stops.
func TestShopsOfANameAreLookedUp(t *testing.T) {
	if dbtest.Engine() != db.SQLite {
		t.Skip("there is no SQLite in this run, whose plan this is about; MariaDB plans by the rows that there are")
	}
	rows, err := dbtest.New(t).ReadSQL().Query("EXPLAIN QUERY PLAN "+shopsNamed, "", 1)
	require.NoError(t, err)
	defer rows.Close()
	var all string
	for rows.Next() {
		var no, parent, unused int
		var line string
		require.NoError(t, rows.Scan(&no, &parent, &unused, &line))
		all += line + "\n"
	}
	require.NoError(t, rows.Err())
	require.Regexp(t, `SEARCH x .*\(shop=\?\)`, all)
}
