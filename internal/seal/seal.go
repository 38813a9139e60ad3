package seal

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// Seal says how far the books had come, and what was in them that concerns one organisation.
type Seal struct {
	Org       id.ID // 0 is the portal
	N         int64 // counts the organisation's seals from 1
	FromSeq   int64 // the journals that the root covers: from here…
	ToSeq     int64 // … to here, which was the last journal of the books
	Hash      []byte
	Root      []byte
	Prev      []byte        // SHA-256 of the seal before, of its Text; 32 zeros for the first
	AtUS      clock.Instant `gorm:"column:at_us"`
	KeyID     id.ID
	Signature []byte
}

// TableName is for gorm.
func (Seal) TableName() string { return "seal" }

const form = "saluran-seal-1"

// Statement is what is signed: the words of Text but the last.
func (s Seal) Statement() string {
	b64 := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf("%s.%d.%d.%d.%d.%s.%s.%s.%d.%d", form, s.Org, s.N, s.FromSeq, s.ToSeq, b64(s.Hash), b64(s.Root), b64(s.Prev), s.AtUS, s.KeyID)
}

// Text is the seal in one word, to be kept and handed on: organisation, number, first and last journal, hash, root, seal before,
// microseconds of Unix time, key, signature, joined by dots; bytes in base64url.
func (s Seal) Text() string {
	return s.Statement() + "." + base64.RawURLEncoding.EncodeToString(s.Signature)
}

// Sum is what the next seal calls Prev.
func (s Seal) Sum() []byte {
	h := sha256.Sum256([]byte(s.Text()))
	return h[:]
}

func (k Key) sign(s *Seal) {
	s.KeyID = k.ID
	s.Signature = ed25519.Sign(k.private, []byte(s.Statement()))
}

func (k keys) signed(s Seal) bool {
	p, ok := k[s.KeyID]
	return ok && ed25519.Verify(p, []byte(s.Statement()), s.Signature)
}

// Parse reads what Text wrote.
func Parse(text string) (Seal, error) {
	w := strings.Split(text, ".")
	if len(w) != 11 || w[0] != form {
		return Seal{}, fmt.Errorf("not a seal: %.40q", text)
	}
	var err error
	num := func(s string) int64 {
		v, e := strconv.ParseInt(s, 10, 64)
		if e != nil && err == nil {
			err = e
		}
		return v
	}
	raw := func(s string, size int) []byte {
		b, e := base64.RawURLEncoding.DecodeString(s)
		if e == nil && len(b) != size {
			e = fmt.Errorf("%d bytes instead of %d", len(b), size)
		}
		if e != nil && err == nil {
			err = e
		}
		return b
	}
	s := Seal{Org: id.ID(num(w[1])), N: num(w[2]), FromSeq: num(w[3]), ToSeq: num(w[4]), Hash: raw(w[5], 32), Root: raw(w[6], 32), Prev: raw(w[7], 32),
		AtUS: clock.Instant(num(w[8])), KeyID: id.ID(num(w[9])), Signature: raw(w[10], ed25519.SignatureSize)}
	if err == nil && s.Text() != text { // numbers with a sign, base64 with a line end: one seal has one spelling
		err = errors.New("not as it is written")
	}
	if err != nil {
		return Seal{}, fmt.Errorf("not a seal: %.40q: %w", text, err)
	}
	return s, nil
}

var (
	word  = regexp.MustCompile(regexp.QuoteMeta(form) + `(\.[A-Za-z0-9_-]+){10}`)
	begun = regexp.MustCompile(regexp.QuoteMeta(form) + `\.[0-9]`)
)

// maxFile bounds what is read of one file, and of each part of a workbook.
const maxFile = 64 << 20

// Find reads every seal of a file of any kind that has them as Text: answers of the API, notes, mails, workbooks. None is an error,
// and so is one that is cut off, or a file that is too large to be read whole: a seal that is not looked at proves nothing.
func Find(r io.Reader) ([]Seal, error) {
	all, err := whole(r, maxFile)
	if err != nil {
		return nil, err
	}
	parts := [][]byte{all}
	if bytes.HasPrefix(all, []byte("PK\x03\x04")) {
		if parts, err = unzip(all); err != nil {
			return nil, err
		}
	}
	var out []Seal
	seen := map[string]bool{}
	for _, p := range parts {
		found := word.FindAll(p, -1)
		if n := len(begun.FindAllIndex(p, -1)); n != len(found) {
			return nil, fmt.Errorf("%d seals begin in it, and %d of them are whole: one is cut off", n, len(found))
		}
		for _, m := range found {
			if seen[string(m)] {
				continue
			}
			seen[string(m)] = true
			s, err := Parse(string(m))
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no seal in it (they begin with %s)", form)
	}
	return out, nil
}

// whole reads all of r, which is an error where it is more than most bytes.
func whole(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d MB: too much to be searched for seals", maxFile>>20)
	}
	return b, err
}

func unzip(all []byte) (parts [][]byte, err error) {
	z, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		return nil, err
	}
	left := int64(maxFile)
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".xml") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := whole(r, left)
		r.Close()
		if err != nil {
			return nil, err
		}
		left -= int64(len(b))
		parts = append(parts, b)
	}
	return parts, nil
}
