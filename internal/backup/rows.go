package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"saluran/internal/db"
)

// appendRow writes a row as a line: a JSON array of numbers, strings (bytes in base64) and nulls. Equal rows give equal lines,
// whichever engine they were read from. Text that is not UTF-8, which SQLite stores and JSON cannot, is {"b":"base64"}.
func appendRow(line []byte, columns []db.Column, values []any) ([]byte, error) {
	line = append(line, '[')
	for i, c := range columns {
		if i > 0 {
			line = append(line, ',')
		}
		var err error
		if line, err = appendValue(line, c.Kind, values[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return append(line, ']', '\n'), nil
}

func appendValue(line []byte, kind db.Kind, v any) ([]byte, error) {
	if v == nil {
		return append(line, "null"...), nil
	}
	switch kind {
	case db.Int:
		n, err := whole(v)
		return strconv.AppendInt(line, n, 10), err
	case db.Text:
		s, ok := text(v)
		if !ok {
			return nil, fmt.Errorf("%T where text is declared", v)
		}
		return appendText(line, s), nil
	case db.Bytes:
		s, ok := text(v)
		if !ok {
			return nil, fmt.Errorf("%T where bytes are declared", v)
		}
		return appendBase64(line, s), nil
	}
	return nil, fmt.Errorf("a column of kind %q", kind)
}

func whole(v any) (int64, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case []byte:
		return strconv.ParseInt(string(v), 10, 64)
	}
	return 0, fmt.Errorf("%T where a whole number is declared", v)
}

func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

func appendText(line []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return append(appendBase64(append(line, `{"b":`...), s), '}')
	}
	const digits = "0123456789abcdef"
	line = append(line, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			line = append(line, '\\', c)
		case c < ' ':
			line = append(line, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			line = append(line, c)
		}
	}
	return append(line, '"')
}

func appendBase64(line []byte, s string) []byte {
	line = append(line, '"')
	line = base64.StdEncoding.AppendEncode(line, []byte(s))
	return append(line, '"')
}

var errLine = errors.New("the line is not a row of the table")

// parseRow reads a line (without its end) that appendRow wrote: nil, int64, string or []byte for each column.
func parseRow(line []byte, columns []db.Column) ([]any, error) {
	rest, ok := bytes.CutPrefix(line, []byte("["))
	if !ok {
		return nil, errLine
	}
	values := make([]any, len(columns))
	for i, c := range columns {
		if i > 0 {
			if rest, ok = bytes.CutPrefix(rest, []byte(",")); !ok {
				return nil, errLine
			}
		}
		var err error
		if values[i], rest, err = parseValue(rest, c.Kind); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	if string(rest) != "]" {
		return nil, errLine
	}
	return values, nil
}

func parseValue(in []byte, kind db.Kind) (any, []byte, error) {
	if rest, ok := bytes.CutPrefix(in, []byte("null")); ok {
		return nil, rest, nil
	}
	if kind == db.Int {
		end := bytes.IndexAny(in, ",]")
		if end < 0 {
			return nil, nil, errLine
		}
		n, err := strconv.ParseInt(string(in[:end]), 10, 64)
		return n, in[end:], err
	}
	odd := false
	if kind == db.Text {
		in, odd = bytes.CutPrefix(in, []byte(`{"b":`))
	}
	s, rest, err := parseString(in)
	if err != nil || (kind == db.Text && !odd) {
		return s, rest, err
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || !odd {
		return raw, rest, err
	}
	rest, ok := bytes.CutPrefix(rest, []byte("}"))
	if !ok {
		return nil, nil, errLine
	}
	return string(raw), rest, nil
}

// parseString reads a JSON string from the beginning of in.
func parseString(in []byte) (string, []byte, error) {
	if len(in) == 0 || in[0] != '"' {
		return "", nil, errLine
	}
	plain := true
	for i := 1; i < len(in); i++ {
		switch in[i] {
		case '\\':
			plain = false
			i++
		case '"':
			if plain {
				return string(in[1:i]), in[i+1:], nil
			}
			var s string
			err := json.Unmarshal(in[:i+1], &s)
			return s, in[i+1:], err
		}
	}
	return "", nil, errLine
}

// sum is a digest over the rows of a table, whatever their order: engines sort text differently. It is the sum of the rows'
// SHA-256 as numbers of 256 bits.
type sum [4]uint64

func (s *sum) add(line []byte) {
	h := sha256.Sum256(line)
	var carry uint64
	for i := 3; i >= 0; i-- {
		var n uint64
		for _, b := range h[i*8 : i*8+8] {
			n = n<<8 | uint64(b)
		}
		s[i], carry = bits.Add64(s[i], n, carry)
	}
}

func (s *sum) String() string {
	var b [32]byte
	for i, n := range s {
		for j := range 8 {
			b[i*8+j] = byte(n >> (56 - 8*j))
		}
	}
	return hex.EncodeToString(b[:])
}
