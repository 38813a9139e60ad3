package files

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"saluran/internal/db"
	"saluran/internal/id"
)

// partSize is how much of a file one row holds.
const partSize = 1 << 20

// database keeps files in parts, each written in a transaction of its own, so that a large file holds no lock.
type database struct{ db *db.DB }

func (database) Kind() string { return "db" }

func (s database) Create(ctx context.Context, f File) (Sink, error) {
	return &parts{ctx: ctx, s: s, file: f.ID, buf: make([]byte, 0, 64<<10)}, nil
}

func (s database) exec(ctx context.Context, sql string, args ...any) error {
	return s.db.InTx(ctx, func(ctx context.Context) error { return s.db.W(ctx).Exec(sql, args...).Error })
}

func (s database) Remove(ctx context.Context, f File) error {
	return s.exec(ctx, "DELETE FROM file_part WHERE file_id = ?", f.ID)
}

func (s database) Open(ctx context.Context, f File, offset int64) (io.ReadCloser, error) {
	return &partReader{ctx: ctx, s: s, file: f, n: offset / partSize, skip: offset % partSize, at: offset}, nil
}

type parts struct {
	ctx  context.Context
	s    database
	file id.ID
	n    int64
	buf  []byte
}

func (w *parts) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), partSize-len(w.buf))
		w.buf = append(w.buf, rest[:n]...)
		rest = rest[n:]
		if len(w.buf) == partSize {
			if err := w.Commit(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// Commit writes what is left; the row of the file is what makes it readable.
func (w *parts) Commit() error {
	if len(w.buf) == 0 {
		return nil
	}
	if err := w.s.exec(w.ctx, "INSERT INTO file_part (file_id, n, bytes) VALUES (?, ?, ?)", w.file, w.n, w.buf); err != nil {
		return err
	}
	w.n++
	w.buf = w.buf[:0]
	return nil
}

func (w *parts) Abort() error {
	return w.s.Remove(context.WithoutCancel(w.ctx), File{ID: w.file})
}

type partReader struct {
	ctx      context.Context
	s        database
	file     File
	n        int64
	skip, at int64
	part     []byte
}

// Read gives the next bytes; a part that is missing, because the file was removed meanwhile, is an unexpected end.
func (r *partReader) Read(p []byte) (int, error) {
	for len(r.part) == 0 {
		if r.at >= r.file.Size {
			return 0, io.EOF
		}
		err := r.s.db.R(r.ctx).Raw("SELECT bytes FROM file_part WHERE file_id = ? AND n = ?", r.file.ID, r.n).Row().Scan(&r.part)
		if errors.Is(err, sql.ErrNoRows) || err == nil && int64(len(r.part)) <= r.skip {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		r.part, r.skip = r.part[r.skip:], 0
		r.n++
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	r.at += int64(n)
	return n, nil
}

func (r *partReader) Close() error { r.part = nil; return nil }
