package jobs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// partSize is how much of a file one row holds.
const partSize = 1 << 20

// Files keeps files in the database, in parts.
type Files struct {
	db    *db.DB
	clock clock.Clock
}

// File is what is known of a finished file.
type File struct {
	ID      id.ID
	Org     id.ID
	Name    string
	Media   string
	Size    int64
	SHA256  []byte        `gorm:"column:sha256"`
	Created clock.Instant `gorm:"column:created_us"`
}

// ETag is the file's content as an HTTP entity tag.
func (f File) ETag() string { return `"` + hex.EncodeToString(f.SHA256) + `"` }

// FileWriter writes a file, part by part, each in a transaction of its own. Nobody sees the file before Close.
type FileWriter struct {
	ID   id.ID
	ctx  context.Context
	f    Files
	buf  []byte
	n    int64
	size int64
	sum  hash.Hash
}

// Create begins a file of an organisation.
func (f Files) Create(ctx context.Context, org id.ID, name, media string) (*FileWriter, error) {
	w := &FileWriter{ID: f.db.IDs.Next(), ctx: ctx, f: f, buf: make([]byte, 0, partSize), sum: sha256.New()}
	return w, f.exec(ctx, "INSERT INTO file (id, org, name, media, size, sha256, created_us) VALUES (?, ?, ?, ?, -1, ?, ?)",
		w.ID, org, name, media, []byte{}, f.clock.Now())
}

func (f Files) exec(ctx context.Context, sql string, args ...any) error {
	return f.db.InTx(ctx, func(ctx context.Context) error { return f.db.W(ctx).Exec(sql, args...).Error })
}

// Write takes the next bytes.
func (w *FileWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), partSize-len(w.buf))
		w.buf = append(w.buf, rest[:n]...)
		rest = rest[n:]
		if len(w.buf) == partSize {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (w *FileWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	if err := w.f.exec(w.ctx, "INSERT INTO file_part (file_id, n, bytes) VALUES (?, ?, ?)", w.ID, w.n, w.buf); err != nil {
		return err
	}
	w.sum.Write(w.buf)
	w.size += int64(len(w.buf))
	w.n++
	w.buf = w.buf[:0]
	return nil
}

// Close writes the rest and makes the file visible to its organisation.
func (w *FileWriter) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.f.exec(w.ctx, "UPDATE file SET size = ?, sha256 = ? WHERE id = ?", w.size, w.sum.Sum(nil), w.ID)
}

// Open opens a file of the viewer; NotFound where it has no such file. The reader reads part by part.
func (f Files) Open(ctx context.Context, viewer, no id.ID) (File, io.ReadCloser, error) {
	var rows []File
	err := f.db.R(ctx).Raw("SELECT id, org, name, media, size, sha256, created_us FROM file WHERE id = ? AND org = ? AND size >= 0", no, viewer).Scan(&rows).Error
	if err != nil {
		return File{}, nil, err
	}
	if len(rows) == 0 {
		return File{}, nil, errs.Gone()
	}
	return rows[0], &fileReader{ctx: ctx, f: f, file: rows[0]}, nil
}

// Remove removes a file with its parts.
func (f Files) Remove(ctx context.Context, no id.ID) error {
	return f.db.InTx(ctx, func(ctx context.Context) error {
		if err := f.db.W(ctx).Exec("DELETE FROM file_part WHERE file_id = ?", no).Error; err != nil {
			return err
		}
		return f.db.W(ctx).Exec("DELETE FROM file WHERE id = ?", no).Error
	})
}

type fileReader struct {
	ctx  context.Context
	f    Files
	file File
	n    int64
	read int64
	part []byte
}

// Read gives the next bytes; a part that is missing, because the file was removed meanwhile, is an unexpected end.
func (r *fileReader) Read(p []byte) (int, error) {
	if len(r.part) == 0 {
		if r.read == r.file.Size {
			return 0, io.EOF
		}
		err := r.f.db.R(r.ctx).Raw("SELECT bytes FROM file_part WHERE file_id = ? AND n = ?", r.file.ID, r.n).Row().Scan(&r.part)
		if errors.Is(err, sql.ErrNoRows) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		r.n++
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	r.read += int64(n)
	return n, nil
}

func (r *fileReader) Close() error { r.part = nil; return nil }
