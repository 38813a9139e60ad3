package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func opened(t *testing.T) (*DB, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kept.db")
	d, err := openSQLite(file)
	require.NoError(t, err)
	d.wsql.SetMaxIdleConns(1)
	_, err = d.wsql.Exec("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
	require.NoError(t, err)
	return d, file
}

// Statements are run again as if each were new: inside one another, after a fault, after the schema has changed, and when many others
// came between.
func TestStatementsAreRunAgain(t *testing.T) {
	d, file := opened(t)
	ctx := context.Background()
	tx, err := d.wsql.BeginTx(ctx, nil)
	require.NoError(t, err)
	for i := range 3 {
		_, err = tx.Exec("INSERT INTO thing (id, name) VALUES (?, ?)", i, fmt.Sprint("n", i))
		require.NoError(t, err)
	}
	_, err = tx.Exec("INSERT INTO thing (id, name) VALUES (?, ?)", 9, "n1")
	require.ErrorContains(t, err, "UNIQUE")
	_, err = tx.Exec("INSERT INTO thing (id, name) VALUES (?, ?)", 9, "n9")
	require.NoError(t, err, "the statement that failed runs again")

	const all = "SELECT id FROM thing WHERE id >= ? ORDER BY id"
	outer, err := tx.Query(all, 1)
	require.NoError(t, err)
	var seen [][2]int
	for outer.Next() {
		var one, two int
		require.NoError(t, outer.Scan(&one))
		inner, err := tx.Query(all, one+1)
		require.NoError(t, err)
		for inner.Next() {
			require.NoError(t, inner.Scan(&two))
			seen = append(seen, [2]int{one, two})
		}
		require.NoError(t, inner.Close())
	}
	require.NoError(t, outer.Close())
	require.Equal(t, [][2]int{{1, 2}, {1, 9}, {2, 9}}, seen, "the same question inside itself")
	require.NoError(t, tx.Commit())

	columns := func() []string {
		rows, err := d.wsql.Query("SELECT * FROM thing")
		require.NoError(t, err)
		defer rows.Close()
		require.True(t, rows.Next())
		names, err := rows.Columns()
		require.NoError(t, err)
		return names
	}
	require.Equal(t, []string{"id", "name"}, columns())
	_, err = d.wsql.Exec("ALTER TABLE thing ADD COLUMN more TEXT NOT NULL DEFAULT 'x'")
	require.NoError(t, err)
	require.Equal(t, []string{"id", "name", "more"}, columns(), "the schema has changed")

	for i := range 3 * keptStmts {
		var n int
		require.NoError(t, d.wsql.QueryRow(fmt.Sprintf("SELECT COUNT(*) + %d FROM thing", i)).Scan(&n))
		require.Equal(t, 4+i, n)
	}
	held, err := d.wsql.Conn(ctx)
	require.NoError(t, err)
	require.NoError(t, held.Raw(func(c any) error {
		if w, ok := c.(*watchedConn); ok {
			c = w.Conn
		}
		require.Equal(t, keptStmts, c.(*keeper).last.Len())
		require.Len(t, c.(*keeper).by, keptStmts)
		return nil
	}))
	require.NoError(t, held.Close())
	require.NoError(t, d.Close())
	_, err = os.Stat(file + "-wal")
	require.ErrorIs(t, err, os.ErrNotExist, "a statement that stays open would keep the file open")
}

func TestOnlyRowsAreKept(t *testing.T) {
	for query, want := range map[string]bool{"SELECT 1": true, "\n\twith x AS (SELECT 1) SELECT * FROM x": true, "(SELECT 1)": true, "UPDATE thing SET id = 1": true, "PRAGMA user_version": false,
		"CREATE TABLE x (id)": false, "SELECT 1; SELECT 2": false, "VACUUM INTO 'x'": false, "": false, "BEGIN IMMEDIATE": false} {
		require.Equal(t, want, keepable(query), query)
	}
}

// What was written is read at once, by whichever connection, while others stop reading half-way, and have their statements taken away.
func TestWhatWasWrittenIsReadWhileOthersBreakOff(t *testing.T) {
	d, _ := opened(t)
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	var breakers sync.WaitGroup
	for k := range 8 {
		breakers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				short, cancel := context.WithTimeout(ctx, time.Duration((i*37+k*91)%500)*time.Microsecond)
				if rows, err := d.rsql.QueryContext(short, "SELECT id, name FROM thing ORDER BY name LIMIT 400"); err == nil {
					for n := i % 300; n > 0 && rows.Next(); n-- {
					}
					_ = rows.Close()
				}
				cancel()
			}
		})
	}
	for n := 0; ctx.Err() == nil; n++ {
		name := fmt.Sprint("n", n)
		_, err := d.wsql.Exec("INSERT INTO thing (id, name) VALUES (?, ?)", n, name)
		require.NoError(t, err)
		var readers sync.WaitGroup
		for range readersAtOnce {
			readers.Go(func() {
				var names []string
				assert.NoError(t, d.read.Raw("SELECT name FROM thing WHERE id = ?", n).Scan(&names).Error)
				assert.Equal(t, []string{name}, names)
			})
		}
		readers.Wait()
	}
	breakers.Wait()
	require.NoError(t, d.Close())
}

const readersAtOnce = 6
