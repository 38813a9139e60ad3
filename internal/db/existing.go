package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("the program carries no migrations: %v", err)
	}
	number, _, _ := strings.Cut(files[len(files)-1], "_")
	return strconv.ParseInt(number, 10, 64)
}
