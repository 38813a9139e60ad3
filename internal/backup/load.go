package backup

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"saluran/internal/db"
)

// site is the database while a restore fills it.
type site struct {
	db  *db.DB
	url string
	to  string // SQLite: the file's name in the end
}

const filling = ".restoring"

func newSite(ctx context.Context, url string) (*site, error) {
	s := &site{url: url}
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		s.to = strings.TrimPrefix(file, "//")
		s.url += filling
		if err := db.VacantFile(s.url); err != nil {
			return nil, fmt.Errorf("%w; it is of a restore that is running or was killed: remove it if none is running", err)
		}
		if err := os.MkdirAll(filepath.Dir(s.to), 0o750); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(s.to+filling, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		f.Close()
	}
	d, err := db.Open(ctx, s.url)
	if err != nil {
		return nil, err
	}
	s.db = d
	if err := d.Vacant(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return s, nil
}

// finish gives the database its name.
func (s *site) finish() error {
	if s.to == "" {
		return s.db.Close()
	}
	if err := s.db.Close(); err != nil { // the last to close folds the log into the file, which was written without waiting for the disk
		return err
	}
	if err := db.VacantFile("sqlite:" + s.to); err != nil {
		return err
	}
	f, err := os.Open(s.to + filling)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return publish(s.to+filling, s.to)
}

func (s *site) undo(ctx context.Context) error {
	if s.to == "" {
		err := s.db.DropAll(ctx)
		return errors.Join(err, s.db.Close())
	}
	err := s.db.Close()
	for _, beside := range []string{"", "-wal", "-shm", "-journal"} {
		if e := os.Remove(s.to + filling + beside); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// A statement inserts at most so many values, and some text.
const (
	maxValues = 8000
	maxText   = 1 << 20
)

// loadPart inserts the rows of a part in one transaction.
func (r *Restore) loadPart(ctx context.Context, conn *sql.Conn, name string, in io.Reader) error {
	of, _, _ := strings.Cut(name, "/")
	var t *Table
	for i := range r.m.Tables {
		if r.m.Tables[i].Name == of {
			t = &r.m.Tables[i]
		}
	}
	if t == nil {
		return fmt.Errorf("the manifest has no table %s", of)
	}
	packed, err := io.ReadAll(io.LimitReader(in, maxPart))
	if err != nil {
		return err
	}
	lines, err := r.unz.DecodeAll(packed, nil)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := r.insert(ctx, tx, t, lines); err != nil {
		return err
	}
	return tx.Commit()
}

func (r *Restore) insert(ctx context.Context, tx *sql.Tx, t *Table, lines []byte) error {
	var args []any
	text, rows := 0, 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		r.done += int64(rows)
		if time.Since(r.said) > 2*time.Second {
			r.said = time.Now()
			r.Say("%d of %d rows, in table %s", r.done, r.m.rows(), t.Name)
		}
		_, err := tx.ExecContext(ctx, insertSQL(t, rows), args...)
		args, text, rows = args[:0], 0, 0
		return err
	}
	for len(lines) > 0 {
		end := bytes.IndexByte(lines, '\n')
		if end < 0 {
			return errLine
		}
		values, err := parseRow(lines[:end], t.Columns)
		if err != nil {
			return err
		}
		if rows > 0 && (len(args)+len(values) > maxValues || text+end > maxText) {
			if err := flush(); err != nil {
				return err
			}
		}
		args = append(args, values...)
		text += end
		rows++
		lines = lines[end+1:]
	}
	return flush()
}

func insertSQL(t *Table, rows int) string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	row := "(?" + strings.Repeat(",?", len(names)-1) + ")"
	return "INSERT INTO " + t.Name + " (" + strings.Join(names, ", ") + ") VALUES " + row + strings.Repeat(","+row, rows-1)
}

// readBack reads every table and compares it with the manifest: how many rows, and the digest over them.
func (r *Restore) readBack(ctx context.Context, d *db.DB) error {
	for _, t := range r.m.Tables {
		var total sum
		var rows int64
		err := readRows(ctx, d.ReadSQL(), t, func(line []byte) error {
			total.add(line)
			rows++
			return nil
		})
		if err != nil {
			return fmt.Errorf("read table %s back: %w", t.Name, err)
		}
		if rows != t.Rows || total.String() != t.Sum {
			return fmt.Errorf("table %s has %d rows, and not just the %d of the archive", t.Name, rows, t.Rows)
		}
	}
	return nil
}

// parents checks the foreign keys, which were not checked while rows came in the order of the archive.
func parents(ctx context.Context, d *db.DB, tables []db.Table) error {
	for _, t := range tables {
		for _, ref := range t.References {
			var orphans int64
			err := d.ReadSQL().QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) FROM %s c WHERE c.%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = c.%s)",
				t.Name, ref.Column, ref.Parent, ref.ParentColumn, ref.Column)).Scan(&orphans)
			if err != nil {
				return err
			}
			if orphans > 0 {
				return fmt.Errorf("%d rows of table %s name a %s that is not there", orphans, t.Name, ref.Parent)
			}
		}
	}
	return nil
}
