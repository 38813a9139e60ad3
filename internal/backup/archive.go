package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"saluran/internal/db"
)

const (
	format       = 1 // of the archive
	about        = "README"
	manifestName = "manifest.json"
	digestName   = "manifest.sha256"
	inTables     = "tables/"
	inFiles      = "files/"
	inKeys       = "keys/"
	maxPart      = 256 << 20 // of rows or the manifest, compressed: what a restore is ready to hold
)

const aboutText = `This is a backup of Saluran. It holds password hashes and everybody's prices: keep it as you keep those.
"saluran restore --db URL FILE" puts it into an empty place. To read it without: tar, zstd -d; manifest.json names the columns.
`

// Manifest says what an archive is, so that a restore can tell whether it has all of it.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"`
	Engine  db.Engine `json:"engine"` // that the rows were read from
	Schema  int64     `json:"schema"` // the number of the last migration
	Taken   string    `json:"taken"`  // RFC 3339, UTC: after this no commit is in the archive for certain
	Heads   []Head    `json:"heads"`
	Key     string    `json:"key,omitempty"` // a mark of the key under which columns are sealed
	Tables  []Table   `json:"tables"`
	Parts   []Part    `json:"parts"` // in the order of the archive, those that come before the manifest
}

// Head is where a chain of journals stands: the number of its last journal, and that one's hash in hexadecimal.
type Head struct {
	Lane int64  `json:"lane"`
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Table is what the manifest says of a table: Sum is a digest over all rows, whatever their order.
type Table struct {
	Name    string      `json:"name"`
	Columns []db.Column `json:"columns"`
	Rows    int64       `json:"rows"`
	Sum     string      `json:"sum"`
}

// Part is what the manifest says of a part.
type Part struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// files counts the parts that are files from outside the database.
func (m *Manifest) files() (n int) {
	for _, p := range m.Parts {
		if strings.HasPrefix(p.Name, inFiles) {
			n++
		}
	}
	return n
}

func (m *Manifest) rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// archiver writes parts and remembers what it wrote.
type archiver struct {
	tar   *tar.Writer
	now   time.Time
	parts []Part
}

func (a *archiver) part(name string, size int64, r io.Reader) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.now.Truncate(time.Second), Format: tar.FormatPAX}
	if err := a.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.tar, sum), io.LimitReader(r, size))
	if err == nil && n < size {
		err = fmt.Errorf("it has %d bytes and not %d", n, size)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a.parts = append(a.parts, Part{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// finish writes the manifest and its digest, without which an archive is not whole.
func (a *archiver) finish(m *Manifest) error {
	m.Parts = a.parts
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := a.part(manifestName, int64(len(b)), bytes.NewReader(b)); err != nil {
		return err
	}
	digest := a.parts[len(a.parts)-1].SHA256 + "  " + manifestName + "\n"
	if err := a.part(digestName, int64(len(digest)), strings.NewReader(digest)); err != nil {
		return err
	}
	return a.tar.Close()
}

// reader reads an archive part by part; every error names the part.
type reader struct {
	ctx   context.Context
	in    *counter
	tar   *tar.Reader
	last  string // the part that was read last
	parts []Part
}

// counter counts what was read: tar does not tell an archive without its end from a whole one.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

const (
	block  = 512 // of a tar
	ending = 2 * block
)

// walk calls take for each part before the manifest, with its bytes; what take leaves is read all the same. It returns the
// manifest, which is that of just these parts, or says which part is torn or altered. Where known is given, each part is
// compared with it after take has had it.
func (r *reader) walk(known *Manifest, take func(name string, size int64, in io.Reader) error) (*Manifest, error) {
	for {
		name, size, err := r.next()
		if err != nil {
			return nil, err
		}
		if name == manifestName {
			return r.manifest(size)
		}
		sum := sha256.New()
		in := io.TeeReader(r.tar, sum)
		if take != nil {
			err = take(name, size, in)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, in)
		}
		if err != nil {
			return nil, r.torn(name, err)
		}
		r.parts = append(r.parts, part(name, size, sum))
		if n := len(r.parts); known != nil && (n > len(known.Parts) || r.parts[n-1] != known.Parts[n-1]) {
			return nil, fmt.Errorf("part %s of the archive changed while it was read", name)
		}
	}
}

func part(name string, size int64, h hash.Hash) Part {
	return Part{name, size, hex.EncodeToString(h.Sum(nil))}
}

// next is the head of the next part.
func (r *reader) next() (string, int64, error) {
	if err := r.ctx.Err(); err != nil {
		return "", 0, err
	}
	h, err := r.tar.Next()
	switch {
	case err == nil && h.Typeflag == tar.TypeReg:
		r.last = h.Name
		return h.Name, h.Size, nil
	case err == nil:
		return "", 0, fmt.Errorf("the archive is altered: %q is no plain part", h.Name)
	case r.last == "" && !errors.Is(err, errSealed):
		return "", 0, fmt.Errorf("this is no backup of Saluran: %w", err)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "", 0, fmt.Errorf("the archive is cut off after part %s: its manifest is missing", r.last)
	}
	return "", 0, fmt.Errorf("the archive is torn or altered after part %s: %w", r.last, err)
}

func (r *reader) torn(name string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the archive is cut off inside part %s", name)
	}
	return fmt.Errorf("part %s of the archive: %w", name, err)
}

func (r *reader) whole(name string, size int64) ([]byte, error) {
	if size > maxPart {
		return nil, fmt.Errorf("part %s of the archive says that it has %d bytes", name, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r.tar, b); err != nil {
		return nil, r.torn(name, err)
	}
	return b, nil
}

// manifest reads the manifest and its digest, and holds the parts that were read against it.
func (r *reader) manifest(size int64) (*Manifest, error) {
	b, err := r.whole(manifestName, size)
	if err != nil {
		return nil, err
	}
	name, size, err := r.next()
	if err != nil {
		return nil, err
	}
	digest, err := r.whole(name, min(size, maxPart))
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(b)
	if want := hex.EncodeToString(h[:]) + "  " + manifestName + "\n"; name != digestName || string(digest) != want {
		return nil, fmt.Errorf("part %s of the archive is altered", manifestName)
	}
	end := (r.in.n+block-1)/block*block + ending
	if _, err := r.tar.Next(); err == io.EOF && r.in.n < end {
		return nil, fmt.Errorf("the archive is cut off after part %s", digestName)
	} else if err != io.EOF {
		return nil, fmt.Errorf("the archive does not end after part %s", digestName)
	}
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("part %s of the archive: %w", manifestName, err)
	}
	return m, m.hold(r.parts)
}

// hold compares the manifest with the parts that were read.
func (m *Manifest) hold(read []Part) error {
	if m.Format != format {
		return fmt.Errorf("the archive is of format %d, which this program does not know", m.Format)
	}
	for i, want := range m.Parts {
		switch {
		case i >= len(read) || read[i].Name != want.Name:
			return fmt.Errorf("part %s of the archive is missing", want.Name)
		case read[i] != want:
			return fmt.Errorf("part %s of the archive is altered: its SHA-256 is not the manifest's", want.Name)
		}
	}
	if len(read) > len(m.Parts) {
		return fmt.Errorf("part %s of the archive is not in its manifest", read[len(m.Parts)].Name)
	}
	return nil
}
