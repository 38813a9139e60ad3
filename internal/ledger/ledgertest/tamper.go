// Package ledgertest holds what tests of several packages ask of the ledger.
package ledgertest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
	"saluran/internal/ledger"
)

// Tamper changes every column that verify vouches for, in one row, one at a time, behind the program's back, and fails the
// test unless verify finds it and names the row: its table and its whole primary key, as it is or as it was before the change. more are columns that cfg.Watch vouches for. Columns of empty tables are returned, so that the caller can say so.
func Tamper(t *testing.T, d *db.DB, cfg ledger.VerifyConfig, more ...string) (tried int, empty []string) {
	t.Helper()
	rep, err := ledger.Verify(t.Context(), d, cfg)
	require.NoError(t, err)
	require.Empty(t, rep.Problems, "the books must hold before they are tampered with")
	for _, tc := range append(ledger.Vouched(), more...) {
		table, col, _ := strings.Cut(tc, ".")
		key, undo, ok := change(t, d, table, col)
		if !ok {
			empty = append(empty, tc)
			continue
		}
		tried++
		rep, err := ledger.Verify(t.Context(), d, cfg)
		require.NoError(t, err, tc)
		if !key.namedBy(rep, table) {
			t.Errorf("%s was changed and verify did not name the row %v: %v", tc, key, rep.Problems)
		}
		undo()
	}
	rep, err = ledger.Verify(t.Context(), d, cfg)
	require.NoError(t, err)
	require.Empty(t, rep.Problems, "the books must hold after all is put back")
	return tried, empty
}

// rowKey is the primary key of a row before and after its change.
type rowKey struct{ before, after []string }

// namedBy tells that a problem names the table and the row, each as words of their own: "order_line" does not name "order".
func (k rowKey) namedBy(rep *ledger.Report, table string) bool {
	for _, p := range rep.Problems {
		words := strings.FieldsFunc(p.Where, func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if slices.Contains(words, table) && (holds(words, k.before) || holds(words, k.after)) {
			return true
		}
	}
	return false
}

// holds tells that each part of a key stands among words as often as in the key.
func holds(words, key []string) bool {
	rest := slices.Clone(words)
	for _, k := range key {
		i := slices.Index(rest, k)
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(key) > 0
}

// keyOf reads which columns are the table's primary key, and gives a row's values of them.
func keyOf(t *testing.T, d *db.DB, table string, cols []string, row []any) []string {
	t.Helper()
	ask := "SELECT name FROM pragma_table_info(?) WHERE pk > 0"
	if d.Engine == db.MySQL {
		ask = "SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND table_name = ? AND constraint_name = 'PRIMARY'"
	}
	rows, err := d.ReadSQL().Query(ask, table)
	require.NoError(t, err)
	defer rows.Close()
	var key []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		i := slices.Index(cols, name)
		require.GreaterOrEqual(t, i, 0, "%s.%s", table, name)
		if text, ok := row[i].([]byte); ok {
			key = append(key, string(text))
		} else {
			key = append(key, fmt.Sprint(row[i]))
		}
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, key, "%s has no primary key", table)
	return key
}

// change alters one value of one filed row and gives back the row's key and how to put it right.
func change(t *testing.T, d *db.DB, table, col string) (key rowKey, undo func(), ok bool) {
	t.Helper()
	where := ""
	if table == "audit" || table == "outbox" { // rows without seq are those of ordinary transactions
		where = " WHERE seq IS NOT NULL"
		if col == "changes" || col == "mark" {
			where += " AND " + col + " IS NOT NULL"
		}
	}
	if table == "journal" && (col == "client_key" || col == "request_hash" || col == "reverses") {
		where = " WHERE " + col + " IS NOT NULL"
	}
	if table == "lot" || col == "expires_on" {
		where = ""
	}
	row, cols, ok := pick(t, d, table, where)
	if !ok {
		return key, nil, false
	}
	i := slices.Index(cols, col)
	require.GreaterOrEqual(t, i, 0, "%s.%s is not a column", table, col)
	cond, args := match(cols, row)
	err := fmt.Errorf("no value tried")
	var used any
	for _, v := range others(row[i]) {
		if err = exec(d, "UPDATE "+table+" SET "+col+" = ? WHERE "+cond, append([]any{v}, args...)...); err == nil {
			used = v
			break
		}
	}
	require.NoError(t, err, "%s.%s", table, col)
	changed := append([]any(nil), row...)
	changed[i] = used
	key = rowKey{keyOf(t, d, table, cols, row), keyOf(t, d, table, cols, changed)}
	return key, func() {
		cond, args := match(cols, changed)
		require.NoError(t, exec(d, "UPDATE "+table+" SET "+col+" = ? WHERE "+cond, append([]any{row[i]}, args...)...))
	}, true
}

func pick(t *testing.T, d *db.DB, table, where string) (row []any, cols []string, ok bool) {
	t.Helper()
	rows, err := d.ReadSQL().Query("SELECT * FROM " + table + where + " LIMIT 1")
	require.NoError(t, err)
	defer rows.Close()
	cols, err = rows.Columns()
	require.NoError(t, err)
	if !rows.Next() {
		return nil, nil, false
	}
	row = make([]any, len(cols))
	ptr := make([]any, len(cols))
	for i := range row {
		ptr[i] = &row[i]
	}
	require.NoError(t, rows.Scan(ptr...))
	return row, cols, true
}

func match(cols []string, row []any) (cond string, args []any) {
	var parts []string
	for i, c := range cols {
		if row[i] == nil {
			parts = append(parts, c+" IS NULL")
			continue
		}
		parts = append(parts, c+" = ?")
		args = append(args, row[i])
	}
	return strings.Join(parts, " AND "), args
}

// others are values that differ from v, of its type; the first that the column takes is used.
func others(v any) []any {
	switch x := v.(type) {
	case int64:
		return []any{x + 1_000_003, x + 1}
	case string:
		return []any{otherText(x), x[:max(0, len(x)-1)] + "~"}
	case []byte: // MySQL gives text and blobs alike
		return []any{[]byte(otherText(string(x))), []byte(string(x[:max(0, len(x)-1)]) + "~")}
	case nil:
		return []any{int64(999_983), "x"}
	case bool:
		return []any{!x}
	}
	return nil
}

// otherText changes the last byte, so that no length limit is passed.
func otherText(s string) string {
	if s == "" {
		return "x"
	}
	last := s[len(s)-1]
	swap := byte('1')
	if last == '1' {
		swap = '2'
	}
	return s[:len(s)-1] + string(swap)
}

// exec writes past the program: constraints off, as somebody with the database's password would.
func exec(d *db.DB, query string, args ...any) error {
	defer d.LockWriter()()
	ctx := context.Background()
	conn, err := d.WriteSQL().Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	off, on := []string{"PRAGMA foreign_keys=0", "PRAGMA ignore_check_constraints=1"}, []string{"PRAGMA foreign_keys=1", "PRAGMA ignore_check_constraints=0"}
	if d.Engine == db.MySQL {
		off, on = []string{"SET SESSION foreign_key_checks=0", "SET SESSION check_constraint_checks=0"},
			[]string{"SET SESSION foreign_key_checks=1", "SET SESSION check_constraint_checks=1"}
	}
	run(ctx, conn, off)
	defer run(ctx, conn, on)
	_, err = conn.ExecContext(ctx, query, args...)
	return err
}

func run(ctx context.Context, conn *sql.Conn, stmts []string) {
	for _, s := range stmts {
		_, _ = conn.ExecContext(ctx, s)
	}
}
