package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pressly/goose/v3"

	"saluran/migrations"
)

// Goose's list of migrations, and the mark of a database that a restore is filling: no program takes a marked one for whole.
const (
	versions   = "goose_db_version"
	unfinished = "restore_unfinished"
)

// errUnfinished is what every program says of a database that a restore did not finish.
var errUnfinished = errors.New("a restore into this database was not finished: empty it (drop and create the database) and restore again")

// Present opens a database that is there, whatever its schema: it makes nothing.
func Present(ctx context.Context, rawURL string) (*DB, error) {
	if file, ok := sqliteFile(rawURL); ok {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w %s (saluran setup, migrate, serve and demo make one)", ErrAbsent, redact(rawURL))
		}
	}
	return Open(ctx, rawURL)
}

// Schema is the number of the last migration that the database has had; 0 where it has no schema.
func (d *DB) Schema(ctx context.Context) (have int64, err error) {
	names, err := d.tableNames(ctx, d.rsql)
	if err != nil {
		return 0, err
	}
	there := map[string]bool{}
	for _, n := range names {
		there[n] = true
	}
	switch {
	case there[unfinished]:
		return 0, errUnfinished
	case !there[versions]:
		return 0, nil
	}
	err = d.rsql.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versions+" WHERE is_applied = ?", true).Scan(&have)
	return have, err
}

// LatestSchema is the number of the last migration that this program carries.
func LatestSchema() (int64, error) { return latest() }

// VacantFile says why an SQLite file cannot be made: it, or what an earlier one left beside it, is there. On the other engine
// it is nil; see Vacant.
func VacantFile(rawURL string) error {
	file, ok := sqliteFile(rawURL)
	if !ok {
		return nil
	}
	for _, beside := range []string{"", "-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(file + beside); err == nil {
			return fmt.Errorf("%s is there already: restore only into an empty place", file+beside)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Vacant says what stands in a database that should be empty.
func (d *DB) Vacant(ctx context.Context) error {
	names, err := d.tableNames(ctx, d.rsql)
	switch {
	case err != nil:
		return err
	case len(names) == 0:
		return nil
	case strings.Contains(" "+strings.Join(names, " ")+" ", " "+unfinished+" "):
		return errUnfinished
	}
	return fmt.Errorf("the database has %d tables already (%s, …): restore only into an empty place", len(names), names[0])
}

// MigrateTo brings the schema to a version that an older program made.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	defer d.LockWriter()()
	p, err := d.provider()
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate to %d: %w", version, err)
	}
	return nil
}

// SetUnfinished marks the database as one that a restore is filling, or takes the mark away. No program opens or migrates a
// marked one.
func (d *DB) SetUnfinished(ctx context.Context, yes bool) error {
	defer d.LockWriter()()
	do := "CREATE TABLE " + unfinished + " (at_us BIGINT NOT NULL)"
	if !yes {
		do = "DROP TABLE " + unfinished
	}
	_, err := d.wsql.ExecContext(ctx, do)
	return err
}

// DropAll removes every table, of a database that was empty before the caller filled it.
func (d *DB) DropAll(ctx context.Context) error {
	defer d.LockWriter()()
	names, err := d.tableNames(ctx, d.wsql)
	if err != nil {
		return err
	}
	return d.Unchecked(ctx, func(c *sql.Conn) error {
		for _, n := range names {
			if _, err := c.ExecContext(ctx, "DROP TABLE "+n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unchecked runs fn on one connection on which foreign keys are not checked, for rows that come in the order of an archive, and on
// which SQLite does not wait for the disk: the caller, who holds LockWriter, syncs the file before it counts.
func (d *DB) Unchecked(ctx context.Context, fn func(*sql.Conn) error) error {
	conn, err := d.wsql.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	off, on := []string{"SET foreign_key_checks = 0", "SET unique_checks = 0"}, []string{"SET foreign_key_checks = 1", "SET unique_checks = 1"}
	if d.Engine == SQLite {
		off, on = []string{"PRAGMA foreign_keys = 0", "PRAGMA synchronous = OFF"}, []string{"PRAGMA foreign_keys = 1", "PRAGMA synchronous = FULL"}
	}
	for _, s := range off {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	err = fn(conn)
	for _, s := range on {
		if _, e := conn.ExecContext(context.WithoutCancel(ctx), s); e != nil && err == nil {
			err = e
		}
	}
	return err
}

// provider is goose on this database, without a lock over instances.
func (d *DB) provider(opts ...goose.ProviderOption) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if d.Engine == MySQL {
		dialect = goose.DialectMySQL
	}
	return goose.NewProvider(dialect, d.wsql, migrations.FS, opts...)
}
