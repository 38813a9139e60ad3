package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"saluran/migrations"
)

// Existing opens a database that is there and whose schema is that of this program: it makes nothing, so that a mistyped
// address is told and not answered by an empty database.
func Existing(ctx context.Context, rawURL string) (*DB, error) {
	if file, ok := sqliteFile(rawURL); ok {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database %s (saluran setup, migrate, serve and demo make one)", redact(rawURL))
		}
	}
	d, err := Open(ctx, rawURL)
	if err != nil {
		return nil, err
	}
	if err := d.current(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", redact(rawURL), err)
	}
	return d, nil
}

func sqliteFile(rawURL string) (file string, ok bool) {
	file, ok = strings.CutPrefix(rawURL, "sqlite:")
	return strings.TrimPrefix(file, "//"), ok
}

// current tells what is wrong where the schema is not the one that this program makes.
func (d *DB) current(ctx context.Context) error {
	want, err := latest()
	if err != nil {
		return err
	}
	var have int64
	err = d.rsql.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = ?", true).Scan(&have)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && strings.Contains(err.Error(), "goose_db_version"):
		return errors.New("the database has no schema yet: saluran migrate makes it")
	case err != nil:
		return err
	case have < want:
		return fmt.Errorf("the database's schema is older than this program (%d, not %d): saluran migrate brings it up to date", have, want)
	case have > want:
		return fmt.Errorf("the database's schema is newer than this program (%d, not %d)", have, want)
	}
	return nil
}

// latest is the number of the last migration that the program carries.
func latest() (int64, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("the program carries no migrations: %v", err)
	}
	number, _, _ := strings.Cut(files[len(files)-1], "_")
	return strconv.ParseInt(number, 10, 64)
}
