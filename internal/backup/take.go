package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"saluran/internal/clock"
	"saluran/internal/db"
)

// partRows is how much text of rows one part holds, before it is compressed, and so how much memory a backup needs some times.
const partRows = 4 << 20

// Backup takes a database out into a file.
type Backup struct {
	DB         *db.DB
	Out        string // the file; one that is there is never overwritten
	Passphrase string // encrypts, where there is one
	Blobs      Blobs  // files outside the database; may be nil
	// Keys of the installation, by name, for an archive that is encrypted; Mark names the one that opens sealed columns.
	Keys    map[string][]byte
	Mark    string
	Program string // the version of this program
	Clock   clock.Clock
	Say     func(format string, a ...any) // progress

	conn    *sql.Conn
	archive archiver
	zip     *zstd.Encoder
	said    time.Time
	inside  int // files in the database
}

// Taken says what a backup wrote.
type Taken struct {
	Verb     string    `json:"verb"`
	File     string    `json:"file"`
	Engine   db.Engine `json:"engine"`
	Schema   int64     `json:"schema"`
	HeadSeq  int64     `json:"head_seq"`
	HeadHash string    `json:"head_hash"`
	Tables   int       `json:"tables"`
	Rows     int64     `json:"rows"`
	Files    int       `json:"files"` // wherever they lie
	Inside   int       `json:"files_in_database"`
	Outside  int       `json:"files_outside"` // in the folder or the bucket
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256"` // of the file
	Sealed   bool      `json:"encrypted"`
	Keys     int       `json:"keys"`
	Seconds  float64   `json:"seconds"`
}

// Run writes the archive under another name, reads it back, and only then gives it its name. It fails, and leaves nothing, where
// the schema is newer than this program.
func (b *Backup) Run(ctx context.Context) (Taken, error) {
	start := time.Now()
	b.said = start
	if _, err := os.Lstat(b.Out); err == nil {
		return Taken{}, fmt.Errorf("%s is there already: a backup overwrites nothing", b.Out)
	}
	if len(b.Keys) > 0 && b.Passphrase == "" {
		return Taken{}, errors.New("the keys of the installation go into an encrypted archive only: give a passphrase")
	}
	f, err := os.CreateTemp(filepath.Dir(b.Out), ".saluran-backup-*") // 0600
	if err != nil {
		return Taken{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	digest := sha256.New()
	m, err := b.write(ctx, io.MultiWriter(f, digest))
	if err != nil {
		return Taken{}, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return Taken{}, err
	}
	b.Say("reading the archive back")
	if _, err := Check(ctx, f.Name(), b.Passphrase); err != nil {
		return Taken{}, fmt.Errorf("what was written cannot be read back: %w", err)
	}
	t := Taken{Verb: "backup", File: b.Out, Engine: m.Engine, Schema: m.Schema, Tables: len(m.Tables), Rows: m.rows(), Files: b.inside + m.files(), Inside: b.inside, Outside: m.files(),
		SHA256: hex.EncodeToString(digest.Sum(nil)), Sealed: b.Passphrase != "", Keys: len(b.Keys), Seconds: time.Since(start).Seconds()}
	if len(m.Heads) > 0 {
		t.HeadSeq, t.HeadHash = m.Heads[0].Seq, m.Heads[0].Hash
	}
	if info, err := os.Stat(f.Name()); err == nil {
		t.Bytes = info.Size()
	}
	return t, publish(f.Name(), b.Out)
}

// publish gives a finished file its name, also after the power fails.
func publish(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (b *Backup) write(ctx context.Context, w io.Writer) (*Manifest, error) {
	out, err := seal(w, b.Passphrase)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Format: format, Program: b.Program, Engine: b.DB.Engine, Key: b.Mark}
	if m.Schema, err = b.schema(ctx); err != nil {
		return nil, err
	}
	if b.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, err
	}
	defer b.zip.Close()
	conn, release, err := b.DB.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	b.conn = conn
	now := b.Clock.Now()
	m.Taken = now.RFC3339()
	b.archive = archiver{tar: tar.NewWriter(out), now: now.Time()}
	if err := b.contents(ctx, m); err != nil {
		return nil, err
	}
	if err := b.archive.finish(m); err != nil {
		return nil, err
	}
	return m, out.Close()
}

func (b *Backup) schema(ctx context.Context) (int64, error) {
	have, err := b.DB.Schema(ctx)
	if err != nil {
		return 0, err
	}
	latest, err := db.LatestSchema()
	switch {
	case err != nil:
		return 0, err
	case have == 0:
		return 0, errors.New("the database has no schema yet: there is nothing to back up")
	case have > latest:
		return 0, fmt.Errorf("the database's schema is newer than this program (%d, not %d)", have, latest)
	}
	return have, nil
}

func (b *Backup) contents(ctx context.Context, m *Manifest) error {
	if err := b.archive.part(about, int64(len(aboutText)), strings.NewReader(aboutText)); err != nil {
		return err
	}
	var err error
	if m.Heads, err = heads(ctx, b.conn); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.Keys)) {
		if err := b.archive.part(inKeys+name, int64(len(b.Keys[name])), bytes.NewReader(b.Keys[name])); err != nil {
			return err
		}
	}
	if b.inside, err = filesInside(ctx, b.conn); err != nil {
		return err
	}
	tables, err := b.DB.Catalogue(ctx, b.conn)
	if err != nil {
		return err
	}
	for _, t := range tables {
		kept, err := b.table(ctx, t)
		if err != nil {
			return fmt.Errorf("back up table %s: %w", t.Name, err)
		}
		m.Tables = append(m.Tables, kept)
	}
	if b.Blobs == nil {
		return nil
	}
	return b.Blobs.List(ctx, b.conn, func(x Blob) error { return b.blob(ctx, x) })
}

func (b *Backup) blob(ctx context.Context, x Blob) error {
	in, err := b.Blobs.Open(ctx, x.Key)
	if err != nil {
		return fmt.Errorf("back up the file %s: %w", x.Key, err)
	}
	defer in.Close()
	return b.archive.part(inFiles+x.Key, x.Size, in)
}

// table writes the rows of a table, in parts.
func (b *Backup) table(ctx context.Context, t db.Table) (Table, error) {
	kept := Table{Name: t.Name, Columns: t.Columns}
	var total sum
	var lines []byte
	n := 0
	flush := func() error {
		if len(lines) == 0 {
			return nil
		}
		n++
		packed := b.zip.EncodeAll(lines, nil)
		lines = lines[:0]
		return b.archive.part(fmt.Sprintf("%s%s/%06d.jsonl.zst", inTables, t.Name, n), int64(len(packed)), bytes.NewReader(packed))
	}
	err := readRows(ctx, b.conn, kept, func(line []byte) error {
		kept.Rows++
		total.add(line)
		lines = append(lines, line...)
		b.progress(kept)
		if len(lines) < partRows {
			return nil
		}
		return flush()
	})
	kept.Sum = total.String()
	return kept, errors.Join(err, flush())
}

func (b *Backup) progress(t Table) {
	if time.Since(b.said) > 2*time.Second {
		b.said = time.Now()
		b.Say("%s: %d rows", t.Name, t.Rows)
	}
}

// readRows calls each with every row of a table, as its line, which is good until the next.
func readRows(ctx context.Context, q db.Querier, t Table, each func(line []byte) error) error {
	names := make([]string, len(t.Columns))
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
		into[i] = &values[i]
	}
	rows, err := q.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	var line []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if line, err = appendRow(line[:0], t.Columns, values); err != nil {
			return err
		}
		if err := each(line); err != nil {
			return err
		}
	}
	return rows.Err()
}

// heads are where the chains of journals stand.
// filesInside counts the files whose bytes lie in the database.
func filesInside(ctx context.Context, q db.Querier) (n int, err error) {
	rows, err := q.QueryContext(ctx, "SELECT COUNT(*) FROM file WHERE EXISTS (SELECT 1 FROM file_part WHERE file_part.file_id = file.id)")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

func heads(ctx context.Context, q db.Querier) ([]Head, error) {
	rows, err := q.QueryContext(ctx, "SELECT lane, seq, hash FROM lane ORDER BY lane")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Head
	for rows.Next() {
		var h Head
		var hash []byte
		if err := rows.Scan(&h.Lane, &h.Seq, &hash); err != nil {
			return nil, err
		}
		h.Hash = hex.EncodeToString(hash)
		out = append(out, h)
	}
	return out, rows.Err()
}
