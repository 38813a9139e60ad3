package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"saluran/internal/db"
)

// A mould is what the migrations have made of an empty database, once in each program of tests: casting another database from it
// takes a fraction of the time that the migrations do.
type mould struct {
	file   []byte // SQLite: the file
	tables string // MariaDB: the statements that make the tables, and those that fill them
	rows   string
	values []any
}

var (
	migrated = sync.OnceValues(func() (mould, error) { return makeMould(false) })
	peopled  = sync.OnceValues(func() (mould, error) { return makeMould(true) }) // with the competitor
)

// makeMould migrates a database of its own, and keeps what has come of it.
func makeMould(competitor bool) (m mould, err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "saluran-mould-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	url, remove, err := vacant(dir)
	if err != nil {
		return m, err
	}
	defer remove()
	d, err := db.Open(ctx, url)
	if err != nil {
		return m, err
	}
	_, err = d.Migrate(ctx)
	if err == nil && competitor {
		err = plantAll(d)
	}
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return m, err
	}
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if m.file, err = os.ReadFile(file); err == nil && slices.ContainsFunc([]string{"-wal", "-shm"}, func(s string) bool { _, err := os.Stat(file + s); return err == nil }) {
			err = fmt.Errorf("the database of the mould was not closed")
		}
		return m, err
	}
	err = m.read(ctx, url)
	return m, err
}

// read keeps the tables of a MariaDB database and what is in them.
func (m *mould) read(ctx context.Context, url string) error {
	c, err := unwatched(url)
	if err != nil {
		return err
	}
	defer c.Close()
	var names []string
	rows, err := c.QueryContext(ctx, "SHOW TABLES")
	if err != nil {
		return err
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		var create string
		if err := c.QueryRowContext(ctx, "SHOW CREATE TABLE "+name).Scan(&name, &create); err != nil {
			return err
		}
		m.tables += create + ";\n"
		if err := m.fill(ctx, c, name); err != nil {
			return err
		}
	}
	return nil
}

func (m *mould) fill(ctx context.Context, c *sql.DB, table string) error {
	rows, err := c.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row, into := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		m.rows += "INSERT INTO " + table + " VALUES (?" + strings.Repeat(",?", len(cols)-1) + ");\n"
		m.values = append(m.values, row...)
	}
	return rows.Err()
}

// cast makes a vacant database like the mould.
func (m mould) cast(url string) error {
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return os.WriteFile(file, m.file, 0o600)
	}
	c, err := unwatched(url, "foreign_key_checks") // tables come by name, not in the order of their references
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err = c.Exec(m.tables); err == nil {
		_, err = c.Exec(m.rows, m.values...)
	}
	return err
}

// unwatched opens a MariaDB database past the reader of statements, without what the server would check.
func unwatched(url string, without ...string) (*sql.DB, error) {
	cfg, err := db.MySQLConfig(url)
	if err != nil {
		return nil, err
	}
	for _, check := range without {
		cfg.Params[check] = "0"
	}
	return sql.Open("mysql", cfg.FormatDSN())
}

// vacant makes room for a database that has no tables: a file in dir, or with SALURAN_TEST_MYSQL one of that server.
func vacant(dir string) (url string, remove func(), err error) {
	base := strings.TrimSuffix(os.Getenv("SALURAN_TEST_MYSQL"), "/")
	if base == "" {
		return "sqlite:" + filepath.Join(dir, "test.db"), func() {}, nil
	}
	admin, err := unwatched(base + "/mysql")
	if err != nil {
		return "", nil, err
	}
	name := uniqueName()
	if _, err := admin.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		admin.Close()
		return "", nil, fmt.Errorf("create test database (is SALURAN_TEST_MYSQL right?): %w", err)
	}
	return base + "/" + name, func() {
		admin.Exec("DROP DATABASE " + name)
		admin.Close()
	}, nil
}
