package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3/lock"
)

// Kind is what a column holds, the same word on both engines.
type Kind string

// The kinds of columns that the schema uses: whole numbers (truth values too), text, bytes.
const (
	Int   Kind = "int"
	Text  Kind = "text"
	Bytes Kind = "bytes"
)

// Column is a column of a table as the database's catalogue says.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Reference is a foreign key of one column.
type Reference struct{ Column, Parent, ParentColumn string }

// Table is a table of the portal as the database's catalogue says.
type Table struct {
	Name       string
	Columns    []Column
	References []Reference
}

// Querier is a connection, a transaction or a pool.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// bookkeeping are tables that are not the portal's: goose's list of migrations and its lock, the mark of SetUnfinished.
var bookkeeping = []string{versions, unfinished, lock.DefaultLockTableName}

// Catalogue reads the portal's tables, sorted by name, from the catalogue of the database that q looks into.
func (d *DB) Catalogue(ctx context.Context, q Querier) ([]Table, error) {
	names, err := d.tableNames(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Table
	for _, name := range names {
		if slices.Contains(bookkeeping, name) {
			continue
		}
		t := Table{Name: name}
		if t.Columns, err = d.columns(ctx, q, name); err == nil {
			t.References, err = d.references(ctx, q, name)
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// tableNames are all tables, goose's too, sorted by name.
func (d *DB) tableNames(ctx context.Context, q Querier) (names []string, err error) {
	ask := "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	if d.Engine == SQLite {
		ask = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	}
	err = each(ctx, q, ask, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	})
	slices.Sort(names)
	return names, err
}

func (d *DB) columns(ctx context.Context, q Querier, table string) (out []Column, err error) {
	ask := "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position"
	if d.Engine == SQLite {
		ask = "SELECT name, type FROM pragma_table_info(?) ORDER BY cid"
	}
	err = each(ctx, q, ask, func(r *sql.Rows) error {
		var name, declared string
		if err := r.Scan(&name, &declared); err != nil {
			return err
		}
		kind, ok := kindOf(declared)
		if !ok {
			return fmt.Errorf("column %s is a %s, and only whole numbers, text and bytes are known", name, declared)
		}
		out = append(out, Column{name, kind})
		return nil
	}, table)
	return out, err
}

// kindOf maps a declared type: "BIGINT", "varchar(32)", "MEDIUMBLOB".
func kindOf(declared string) (Kind, bool) {
	word, _, _ := strings.Cut(strings.ToUpper(declared), "(")
	switch strings.TrimSpace(word) {
	case "BIGINT", "INT", "INTEGER", "SMALLINT", "TINYINT", "BOOLEAN":
		return Int, true
	case "CHAR", "VARCHAR", "TEXT", "MEDIUMTEXT", "LONGTEXT":
		return Text, true
	case "BINARY", "VARBINARY", "BLOB", "MEDIUMBLOB", "LONGBLOB":
		return Bytes, true
	}
	return "", false
}

func (d *DB) references(ctx context.Context, q Querier, table string) (out []Reference, err error) {
	ask := "SELECT column_name, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage " +
		"WHERE table_schema = DATABASE() AND table_name = ? AND referenced_table_name IS NOT NULL"
	if d.Engine == SQLite {
		ask = `SELECT "from", "table", COALESCE("to", "from") FROM pragma_foreign_key_list(?)`
	}
	err = each(ctx, q, ask, func(r *sql.Rows) error {
		var ref Reference
		err := r.Scan(&ref.Column, &ref.Parent, &ref.ParentColumn)
		out = append(out, ref)
		return err
	}, table)
	return out, err
}

func each(ctx context.Context, q Querier, ask string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := q.QueryContext(ctx, ask, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Snapshot opens a read-only look at the database as it is now, in which later commits do not appear, while writers go on. The
// caller ends it with the release.
func (d *DB) Snapshot(ctx context.Context) (*sql.Conn, func(), error) {
	conn, err := d.rsql.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	begin := []string{"SET SESSION net_write_timeout = 3600", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"}
	if d.Engine == SQLite {
		begin = []string{"BEGIN", "SELECT COUNT(*) FROM sqlite_master"} // the first read takes the snapshot
	}
	for _, s := range begin {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			conn.Close()
			return nil, nil, fmt.Errorf("take a snapshot: %w", err)
		}
	}
	return conn, func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		conn.Close()
	}, nil
}
