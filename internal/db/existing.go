package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"saluran/migrations"
)

// ErrAbsent is what Existing and Present answer where there is no database, or one without tables.
var ErrAbsent = errors.New("there is no database")

// Existing opens a database that is there and whose schema is that of this program: it makes nothing, so that a mistyped
// address is told and not answered by an empty database.
func Existing(ctx context.Context, rawURL string) (*DB, error) {
	d, err := Present(ctx, rawURL)
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
	have, err := d.Schema(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case have == 0:
		return fmt.Errorf("%w with tables in this place yet: saluran migrate makes them", ErrAbsent)
	case have < want:
		return fmt.Errorf("the database's schema is older than this program (%d, not %d): saluran migrate brings it up to date", have, want)
	case have > want:
		return fmt.Errorf("the database's schema is newer than this program (%d, not %d)", have, want)
	}
	return nil
}

// latest is the number of the last migration that the program carries.
func latest() (int64, error) {
	all, err := numbers()
	if err != nil {
		return 0, err
	}
	return all[len(all)-1], nil
}

// numbers are those of the migrations that the program carries, in their order.
func numbers() (out []int64, err error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("the program carries no migrations: %v", err)
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out, nil
}

// complete tells whether the database, which has these tables, has had the program's migrations and no others.
func (d *DB) complete(ctx context.Context, tables []string) (bool, error) {
	if !slices.Contains(tables, versions) {
		return false, nil
	}
	want, err := numbers()
	if err != nil {
		return false, err
	}
	var have []int64
	err = each(ctx, d.rsql, "SELECT version_id FROM "+versions+" WHERE version_id > 0 AND is_applied = ? ORDER BY version_id", func(r *sql.Rows) error {
		var n int64
		err := r.Scan(&n)
		have = append(have, n)
		return err
	}, true)
	return err == nil && slices.Equal(have, want), err
}
