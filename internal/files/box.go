package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/egress"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Box is every file of the portal: rows in the database, bytes in their stores. It writes into one store and reads from all that
// it knows.
type Box struct {
	db     *db.DB
	clock  clock.Clock
	into   Store
	stores map[string]Store
}

// NewBox makes a box that writes into a store; what lies in the database is read too.
func NewBox(d *db.DB, c clock.Clock, into Store) *Box {
	b := &Box{db: d, clock: c, into: into, stores: map[string]Store{"db": database{d}}}
	b.stores[into.Kind()] = into
	return b
}

// InDatabase is a box whose files lie in the database.
func InDatabase(d *db.DB, c clock.Clock) *Box { return NewBox(d, c, database{d}) }

func (b *Box) store(f File) (Store, error) {
	if s := b.stores[f.Store]; s != nil {
		return s, nil
	}
	return nil, errs.Wrap(errs.Internal, "internal", fmt.Errorf("file %d lies in the store %q, which is not configured", f.ID, f.Store))
}

// Writer writes a file. Nobody sees it before Close; what is neither closed nor aborted is swept away.
type Writer struct {
	File
	ctx  context.Context
	b    *Box
	sink Sink
	sum  hash.Hash
	n    int64
}

// Create begins a file of an organisation. A kept one is not swept away with what jobs made.
func (b *Box) Create(ctx context.Context, org id.ID, name, media string, kept bool) (*Writer, error) {
	f := File{ID: b.db.IDs.Next(), Org: org, Name: name, Media: media, Created: b.clock.Now()}
	if kept {
		f.Kept = 1
	}
	return b.begin(ctx, f)
}

// begin writes the row first: every object has one, so that the sweep finds what a crash left.
func (b *Box) begin(ctx context.Context, f File) (*Writer, error) {
	f.Store, f.Object, f.Size = b.into.Kind(), "", 0
	if f.Store != "db" {
		f.Object = randomName()
	}
	err := b.exec(ctx, "INSERT INTO file ("+columns+") VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, ?)", f.ID, f.Org, f.Name, f.Media, []byte{}, f.Created,
		f.Store, f.Object, f.Kept)
	if err != nil {
		return nil, err
	}
	sink, err := b.into.Create(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("keep a file: %w", err)
	}
	return &Writer{File: f, ctx: ctx, b: b, sink: sink, sum: sha256.New()}, nil
}

func (b *Box) exec(ctx context.Context, sql string, args ...any) error {
	return b.db.InTx(ctx, func(ctx context.Context) error { return b.db.W(ctx).Exec(sql, args...).Error })
}

// Write takes the next bytes.
func (w *Writer) Write(p []byte) (int, error) {
	egress.Out(egress.File, w.Name, p)
	n, err := w.sink.Write(p)
	w.sum.Write(p[:n])
	w.n += int64(n)
	return n, err
}

// Close ends the file and makes it visible.
func (w *Writer) Close() error {
	if err := w.sink.Commit(); err != nil {
		return err
	}
	w.Size, w.SHA256 = w.n, w.sum.Sum(nil)
	return w.b.exec(w.ctx, "UPDATE file SET size = ?, sha256 = ? WHERE id = ? AND org = ?", w.Size, w.SHA256, w.ID, w.Org)
}

// Abort removes what was written.
func (w *Writer) Abort() error {
	err := w.sink.Abort()
	return errors.Join(err, w.b.exec(context.WithoutCancel(w.ctx), "DELETE FROM file WHERE id = ? AND org = ?", w.ID, w.Org))
}

// Open opens a file of the viewer; NotFound where it has no such file.
func (b *Box) Open(ctx context.Context, viewer, no id.ID) (File, io.ReadCloser, error) {
	f, err := b.one(ctx, "id = ? AND org = ? AND size >= 0", no, viewer)
	if err != nil {
		return File{}, nil, err
	}
	r, err := b.read(ctx, f, 0)
	return f, r, err
}

func (b *Box) one(ctx context.Context, where string, args ...any) (File, error) {
	var rows []File
	if err := b.db.R(ctx).Raw("SELECT "+columns+" FROM file WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return File{}, err
	}
	if len(rows) == 0 {
		return File{}, errs.Gone()
	}
	return rows[0], nil
}

// held is a file whoever's it is: for what removes and restores files.
func (b *Box) held(ctx context.Context, no id.ID) (File, error) {
	var rows []File
	if err := b.db.R(ctx).Raw("SELECT "+columns+" FROM file WHERE id = ?", no).Scan(&rows).Error; err != nil {
		return File{}, err
	}
	if len(rows) == 0 {
		return File{}, errs.Gone()
	}
	return rows[0], nil
}

func (b *Box) read(ctx context.Context, f File, offset int64) (io.ReadCloser, error) {
	s, err := b.store(f)
	if err != nil {
		return nil, err
	}
	return s.Open(ctx, f, offset)
}

// Remove removes a file: first nobody sees it, then its bytes go, then its row. What is interrupted is finished by a sweep.
func (b *Box) Remove(ctx context.Context, no id.ID) error {
	f, err := b.held(ctx, no)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := b.store(f)
	if err != nil {
		return err
	}
	if err := b.exec(ctx, "UPDATE file SET size = -1 WHERE id = ? AND org = ?", no, f.Org); err != nil {
		return err
	}
	if err := s.Remove(ctx, f); err != nil {
		return fmt.Errorf("remove file %d: %w", no, err)
	}
	return b.exec(ctx, "DELETE FROM file WHERE id = ? AND org = ?", no, f.Org)
}

// Each reads every finished file of every store, oldest first, those of jobs included: for a backup. fn need not read to the end.
func (b *Box) Each(ctx context.Context, fn func(File, io.Reader) error) error {
	var last id.ID
	for {
		var rows []File
		err := b.db.R(ctx).Raw("SELECT "+columns+" FROM file WHERE size >= 0 AND id > ? ORDER BY id LIMIT 100", last).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, f := range rows {
			last = f.ID
			r, err := b.read(ctx, f, 0)
			if err != nil {
				return fmt.Errorf("file %d: %w", f.ID, err)
			}
			err = fn(f, r)
			r.Close()
			if err != nil {
				return fmt.Errorf("file %d: %w", f.ID, err)
			}
		}
	}
}

// Put keeps a file that Each gave, with its id, in the store of this box, whatever store it lay in before: for a restore. The row
// may be there already; then its bytes are written anew. Bytes that are not those that f names are refused, and nothing stays.
func (b *Box) Put(ctx context.Context, f File, r io.Reader) error {
	if old, err := b.held(ctx, f.ID); err == nil {
		if s, known := b.stores[old.Store]; known {
			if err := s.Remove(ctx, old); err != nil {
				return err
			}
		}
	} else if !errs.Is(err, errs.NotFound) {
		return err
	}
	if err := b.exec(ctx, "DELETE FROM file WHERE id = ?", f.ID); err != nil {
		return err
	}
	want := f.SHA256
	w, err := b.begin(ctx, f)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		return errors.Join(err, w.Abort())
	}
	if !bytes.Equal(w.sum.Sum(nil), want) {
		return errors.Join(fmt.Errorf("the bytes of file %d are not those that its digest names", f.ID), w.Abort())
	}
	return w.Close()
}
