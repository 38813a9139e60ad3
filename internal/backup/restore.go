package backup

import (
	"archive/tar"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"saluran/internal/clock"
	"saluran/internal/db"
)

// Check reads an archive to its end and says what is torn, missing or altered; it changes nothing.
func Check(ctx context.Context, file, passphrase string) (*Manifest, error) {
	return walk(ctx, file, passphrase, nil, nil)
}

func walk(ctx context.Context, file, passphrase string, known *Manifest, take func(string, int64, io.Reader) error) (*Manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := unseal(f, passphrase)
	if err != nil {
		return nil, err
	}
	all := &counter{in: in}
	r := reader{ctx: ctx, in: all, tar: tar.NewReader(all)}
	m, err := r.walk(known, take)
	if err != nil {
		return nil, err
	}
	switch n, err := in.Read(make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("the archive goes on after its end, part %s", digestName)
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("the archive is torn or altered after part %s: %w", digestName, err)
	}
	return m, nil
}

// Restore puts an archive into an empty place.
type Restore struct {
	URL        string // of the database: an SQLite file that is not there, or a database of MariaDB without tables
	File       string
	Passphrase string
	Blobs      Blobs // where files from outside the database go; needed where the archive has some
	// Verify recomputes the books of a database and says how many promises do not hold, and which.
	Verify      func(ctx context.Context, url string) (failed int, problems []string, err error)
	EndSessions bool // what opens the portal without signing in ends, see shut: who was shut out after the backup stays out
	Clock       clock.Clock
	Say         func(format string, a ...any)

	Keys map[string][]byte // the keys of the installation that the archive has, once Run has come back
	Mark string            // of the key under which the archive's columns are sealed

	m    *Manifest
	put  []string // keys of files that were put
	said time.Time
	done int64
	unz  *zstd.Decoder
}

// Restored says what a restore did.
type Restored struct {
	Verb     string    `json:"verb"`
	File     string    `json:"file"`
	Engine   db.Engine `json:"engine"`
	Schema   int64     `json:"schema"`
	HeadSeq  int64     `json:"head_seq"`
	HeadHash string    `json:"head_hash"`
	Equal    bool      `json:"heads_equal"`
	Tables   int       `json:"tables"`
	Rows     int64     `json:"rows"`
	Files    int       `json:"files"` // wherever they lie
	Inside   int       `json:"files_in_database"`
	Outside  int       `json:"files_outside"`    // in the folder or the bucket
	Failed   int       `json:"failed"`           // promises of the books that do not hold
	Ended    *Ended    `json:"ended,omitempty"`  // what was ended of what opened the portal at the backup
	Erased   int       `json:"erased,omitempty"` // people and consumers who were erased since, once more
	Sealed   string    `json:"sealed,omitempty"` // whether sealed columns can be read here: readable, unreadable; "" where nothing is sealed
	Seconds  float64   `json:"seconds"`
}

// Run restores. Its error names what is wrong with the archive or the place; then the place is as empty as it was.
func (r *Restore) Run(ctx context.Context) (res Restored, err error) {
	start := time.Now()
	if err := r.empty(ctx); err != nil {
		return res, err
	}
	r.Say("checking the archive")
	if r.m, err = Check(ctx, r.File, r.Passphrase); err != nil {
		return res, err
	}
	if err := r.fits(); err != nil {
		return res, err
	}
	if r.unz, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(1)); err != nil {
		return res, err
	}
	defer r.unz.Close()
	s, err := newSite(ctx, r.URL)
	if err != nil {
		return res, err
	}
	r.Mark = r.m.Key
	res = Restored{Verb: "restore", File: r.File, Schema: r.m.Schema, Tables: len(r.m.Tables), Rows: r.m.rows(), Outside: r.m.files()}
	if err := r.fill(ctx, s, &res); err != nil {
		return res, errors.Join(err, r.undo(ctx, s))
	}
	res.Files = res.Inside + res.Outside
	res.Seconds = time.Since(start).Seconds()
	return res, nil
}

// empty refuses a place that is not empty, before the archive is read.
func (r *Restore) empty(ctx context.Context) error {
	if err := db.VacantFile(r.URL); err != nil {
		return err
	}
	if !strings.HasPrefix(r.URL, "sqlite:") {
		d, err := db.Open(ctx, r.URL)
		if err != nil {
			return err
		}
		defer d.Close()
		if err := d.Vacant(ctx); err != nil {
			return err
		}
	}
	if r.Blobs == nil {
		return nil
	}
	return r.Blobs.List(ctx, nil, func(b Blob) error {
		return fmt.Errorf("there are files already (%s, …): restore only into an empty place", b.Key)
	})
}

// fits refuses an archive that this program or this place cannot take.
func (r *Restore) fits() error {
	latest, err := db.LatestSchema()
	switch {
	case err != nil:
		return err
	case r.m.Schema > latest:
		return fmt.Errorf("the archive's schema is newer than this program (%d, not %d): restore with the program %s", r.m.Schema, latest, r.m.Program)
	case r.m.files() > 0 && r.Blobs == nil:
		return fmt.Errorf("the archive has %d files from outside the database: say where they go with --files", r.m.files())
	}
	return nil
}

// fill does all of it in the marked place and takes the mark away.
func (r *Restore) fill(ctx context.Context, s *site, res *Restored) error {
	res.Engine = s.db.Engine
	if err := s.db.SetUnfinished(ctx, true); err != nil {
		return err
	}
	if err := s.db.MigrateTo(ctx, r.m.Schema); err != nil {
		return err
	}
	tables, err := r.tables(ctx, s.db)
	if err != nil {
		return err
	}
	r.Say("loading %d rows into %s", res.Rows, s.db.Engine)
	if err := r.load(ctx, s.db); err != nil {
		return err
	}
	r.Say("reading back what was loaded")
	for _, step := range []func() error{
		func() error { return r.readBack(ctx, s.db) },
		func() error { return parents(ctx, s.db, tables) },
		func() error { return r.upgrade(ctx, s.db, res) },
		func() error { return r.prove(ctx, s, res) },
		func() (err error) { res.Ended, err = r.shut(ctx, s.db); return err },
		func() (err error) { res.Inside, err = filesInside(ctx, s.db.WriteSQL()); return err },
		func() error { return s.db.SetUnfinished(ctx, false) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.finish()
}

// tables compares the tables that the schema makes with those of the archive.
func (r *Restore) tables(ctx context.Context, d *db.DB) ([]db.Table, error) {
	tables, err := d.Catalogue(ctx, d.WriteSQL())
	if err != nil {
		return nil, err
	}
	for i, t := range tables {
		if i >= len(r.m.Tables) || r.m.Tables[i].Name != t.Name || !slices.Equal(r.m.Tables[i].Columns, t.Columns) {
			return nil, fmt.Errorf("table %s of the archive is not what schema %d of this program makes: restore with the program %s", t.Name, r.m.Schema, r.m.Program)
		}
	}
	if len(tables) < len(r.m.Tables) {
		return nil, fmt.Errorf("the archive has a table %s that schema %d of this program does not make", r.m.Tables[len(tables)].Name, r.m.Schema)
	}
	return tables, nil
}

// load reads the archive for the second time, into the tables, which lose what migrations put into them.
func (r *Restore) load(ctx context.Context, d *db.DB) error {
	defer d.LockWriter()()
	return d.Unchecked(ctx, func(conn *sql.Conn) error {
		for _, t := range r.m.Tables {
			if _, err := conn.ExecContext(ctx, "DELETE FROM "+t.Name); err != nil {
				return err
			}
		}
		_, err := walk(ctx, r.File, r.Passphrase, r.m, func(name string, size int64, in io.Reader) error {
			if key, ok := strings.CutPrefix(name, inFiles); ok {
				r.put = append(r.put, key)
				return r.Blobs.Put(ctx, key, size, in)
			}
			if key, ok := strings.CutPrefix(name, inKeys); ok {
				return r.key(key, in)
			}
			if of, ok := strings.CutPrefix(name, inTables); ok {
				return r.loadPart(ctx, conn, of, in)
			}
			return nil
		})
		return err
	})
}

// key keeps a key of the installation for the caller, who knows where it goes.
func (r *Restore) key(name string, in io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(in, 4096))
	if r.Keys == nil {
		r.Keys = map[string][]byte{}
	}
	r.Keys[name] = b
	return err
}

// upgrade brings an older schema to this program's.
func (r *Restore) upgrade(ctx context.Context, d *db.DB, res *Restored) error {
	latest, err := db.LatestSchema()
	if err != nil || latest == r.m.Schema {
		return err
	}
	r.Say("bringing the schema from %d to %d", r.m.Schema, latest)
	res.Schema = latest
	return d.MigrateTo(ctx, latest)
}

// prove verifies the books and compares the heads of the chains with the manifest's.
func (r *Restore) prove(ctx context.Context, s *site, res *Restored) error {
	r.Say("verifying the books")
	failed, problems, err := r.Verify(ctx, s.url)
	if err != nil {
		return err
	}
	if res.Failed = failed; failed > 0 {
		return fmt.Errorf("the books of the archive do not hold: %s", strings.Join(problems[:min(5, len(problems))], "; "))
	}
	have, err := heads(ctx, s.db.ReadSQL())
	if err != nil {
		return err
	}
	if !slices.Equal(have, r.m.Heads) {
		return fmt.Errorf("the chain stands at %v, and at the backup it stood at %v", have, r.m.Heads)
	}
	res.Equal = true
	if len(have) > 0 {
		res.HeadSeq, res.HeadHash = have[0].Seq, have[0].Hash
	}
	return nil
}

// undo empties the place that was empty.
func (r *Restore) undo(ctx context.Context, s *site) error {
	ctx = context.WithoutCancel(ctx)
	err := s.undo(ctx)
	for _, key := range r.put {
		if e := r.Blobs.Remove(ctx, key); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
