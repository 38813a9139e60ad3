package files

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"saluran/internal/errs"
)

// Content is what was sent: it can be read anywhere, as often as is needed, without being held in memory.
type Content interface{ io.ReaderAt }

// Found is what a content turned out to be. Body is what is to be kept of it, once: photos without what tells where they were taken.
type Found struct {
	Media string
	Body  io.Reader
}

// Inspect decides by content alone what was sent, and refuses what is none of the accepted types, is too large for its type, is
// two things at once, carries programs, or would unpack to too much. name only tells CSV from other text. Errors (Invalid):
// file.empty, file.type, file.two_things, file.programs, file.broken, file.too_many_pixels, file.unpacks; TooLarge: file.too_large.
func Inspect(c Content, size int64, name string) (Found, error) {
	if size == 0 {
		return Found{}, refuse("file.empty")
	}
	head := make([]byte, 16)
	n, err := c.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Found{}, err
	}
	head = head[:n]
	s := source{c, size}
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return s.within(MaxPDF, s.pdf)
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		return s.within(MaxImage, s.jpeg)
	case bytes.HasPrefix(head, []byte(pngMagic)):
		return s.within(MaxImage, s.png)
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return s.within(MaxImage, s.webp)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return s.within(MaxSheet, s.sheet)
	}
	return s.within(MaxText, func() (Found, error) { return s.text(name) })
}

func refuse(code string, args ...string) error {
	return errs.OnFields(code, errs.F("file", code, args...))
}

type source struct {
	c    Content
	size int64
}

func (s source) part(from, to int64) io.Reader { return io.NewSectionReader(s.c, from, to-from) }

// within refuses before it looks what is larger than its type may be, and afterwards what is also an archive.
func (s source) within(most int64, look func() (Found, error)) (Found, error) {
	if s.size > most {
		return Found{}, &errs.Error{Kind: errs.TooLarge, Code: "file.too_large", Args: errs.Args{"max": strconv.FormatInt(most>>20, 10)},
			Fields: []errs.Field{errs.F("file", "file.too_large", "max", strconv.FormatInt(most>>20, 10))}}
	}
	f, err := look()
	if err != nil {
		return Found{}, err
	}
	if f.Media == XLSX {
		return f, nil
	}
	if _, zerr := zip.NewReader(s.c, s.size); zerr == nil {
		return Found{}, refuse("file.two_things")
	}
	return f, nil
}

// foreign are the beginnings of other kinds of files.
var foreign = [][]byte{[]byte("pk\x03\x04"), []byte("%pdf-"), []byte("<script"), []byte("<html"), []byte("<svg"), []byte("<!doctype"), []byte("<?php"), []byte("<iframe")}

// holds tells whether a range holds one of some words, whatever their case.
func (s source) holds(from, to int64, words ...[]byte) (bool, error) {
	const overlap = 15
	buf := make([]byte, 64<<10)
	for at := from; at < to; {
		n, err := s.c.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
		if err != nil && err != io.EOF {
			return false, err
		}
		low := bytes.ToLower(buf[:n])
		for _, w := range words {
			if bytes.Contains(low, w) {
				return true, nil
			}
		}
		if n <= overlap || at+int64(n) >= to {
			return false, nil
		}
		at += int64(n) - overlap
	}
	return false, nil
}

// pdf must be one from its first byte to its last, and start no program. What hides in compressed objects is not seen here: a PDF
// is only ever served as a download.
func (s source) pdf() (Found, error) {
	if other, err := s.holds(0, min(s.size, 1024), foreign[2:]...); err != nil || other {
		return Found{}, orRefuse(err, "file.two_things")
	}
	from := max(0, s.size-2048)
	tail, err := io.ReadAll(s.part(from, s.size))
	if err != nil {
		return Found{}, err
	}
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	if end < 0 {
		return Found{}, refuse("file.broken")
	}
	if len(bytes.Trim(tail[end+5:], " \t\r\n\x00")) > 0 {
		return Found{}, refuse("file.two_things")
	}
	if bad, err := s.holds(0, s.size, []byte("/javascript"), []byte("/launch"), []byte("/richmedia")); err != nil || bad {
		return Found{}, orRefuse(err, "file.programs")
	}
	return Found{PDF, s.part(0, s.size)}, nil
}

func orRefuse(err error, code string) error {
	if err != nil {
		return err
	}
	return refuse(code)
}

// marks are what begins a page or a program in a text.
var marks = []string{"script", "html", "svg", "iframe", "!doctype", "?php", "?xml", "object", "embed", "body", "math"}

// text is UTF-8 without control characters, and no page.
func (s source) text(name string) (Found, error) {
	r := bufio.NewReader(s.part(0, s.size))
	for {
		c, n, err := r.ReadRune()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Found{}, err
		}
		if c == utf8.RuneError && n == 1 || c < ' ' && !strings.ContainsRune("\t\r\n\f", c) || c == 0x7f {
			return Found{}, refuse("file.type")
		}
		if c != '<' {
			continue
		}
		next, _ := r.Peek(10)
		low := strings.ToLower(string(next))
		for _, m := range marks {
			if strings.HasPrefix(low, m) {
				return Found{}, refuse("file.type")
			}
		}
	}
	media := Text
	if low := strings.ToLower(name); strings.HasSuffix(low, ".csv") || strings.HasSuffix(low, ".tsv") {
		media = CSV
	}
	return Found{media, s.part(0, s.size)}, nil
}
