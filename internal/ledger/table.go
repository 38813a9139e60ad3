package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Flag says how a column may change.
type Flag int

// Fixed columns are hashed and never change; Mutable ones are hashed as first filed and change by Post.Change alone; Private
// ones are not hashed. Later ones are fixed columns that came to a table after rows had been filed: 0, which those rows have, is not
// hashed, so that they stay proved.
const (
	Fixed Flag = iota
	Mutable
	Private
	Later
)

// Column of a filed table. Text says that it holds text; otherwise it holds integers (booleans as 0 and 1).
type Column struct {
	Name string
	Text bool
	Flag Flag
}

// Table describes a table whose rows are filed by posts. The column seq is implied and comes last.
type Table struct {
	Name    string
	Columns []Column
	Key     int    // the first Key columns are the primary key
	TextKey int    // which of them (counted from 0) is text; 0 means none, a text key never comes first
	Header  bool   // the row is a document of its own, with a column version that Post.Change guards
	Parent  string // for lines: what kind of header their first column names
	ord     int
}

// Row is one row to be filed: values in the order of the table's columns: int64 kinds, bool, string or nil.
type Row struct {
	T *Table
	V []any
}

var tables []*Table

// Register makes a table known to the ledger, once, from a package variable. The order of registration is irrelevant.
func Register(t Table) *Table {
	p := &t
	p.ord = len(tables)
	tables = append(tables, p)
	return p
}

// Tables are all registered tables.
func Tables() []*Table { return tables }

// Row makes a row; it panics where the number of values is not that of the columns: a mistake of the program.
func (t *Table) Row(v ...any) Row {
	if len(v) != len(t.Columns) {
		panic(fmt.Sprintf("ledger: %d values for %d columns of %s", len(v), len(t.Columns), t.Name))
	}
	return Row{t, v}
}

func (t *Table) index(col string) int {
	for i, c := range t.Columns {
		if c.Name == col {
			return i
		}
	}
	return -1
}

// I, T make fixed columns; M a mutable integer, MT a mutable text, P a private text, L a later integer.
func I(names ...string) []Column  { return cols(names, false, Fixed) }
func T(names ...string) []Column  { return cols(names, true, Fixed) }
func M(names ...string) []Column  { return cols(names, false, Mutable) }
func MT(names ...string) []Column { return cols(names, true, Mutable) }
func P(names ...string) []Column  { return cols(names, true, Private) }
func L(names ...string) []Column  { return cols(names, false, Later) }

func cols(names []string, text bool, f Flag) []Column {
	var out []Column
	for _, n := range names {
		out = append(out, Column{n, text, f})
	}
	return out
}

// Cols joins column groups.
func Cols(groups ...[]Column) []Column {
	var out []Column
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// norm reduces a value to int64, string or nil.
func norm(v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case int64:
		return x
	case string:
		return x
	case id.ID:
		return int64(x)
	case qty.Qty:
		return int64(x)
	case money.Minor:
		return int64(x)
	case money.Price:
		return int64(x)
	case clock.Instant:
		return int64(x)
	case clock.Date:
		return string(x)
	case int:
		return int64(x)
	case bool:
		if x {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return string(x)
	}
	panic(fmt.Sprintf("ledger: a value of type %T cannot be filed", v))
}

// canon appends the canonical bytes of a row: length-prefixed table name, then a tag and the value of each hashed column.
func (t *Table) canon(b []byte, v []any) []byte {
	b = appendText(b, t.Name)
	for i, c := range t.Columns {
		switch n := norm(v[i]); {
		case c.Flag == Private:
		case c.Flag == Later: // named by its place, so that no two rows read alike
			if n != nil && n != int64(0) {
				b = appendValue(binary.AppendUvarint(append(b, 'l'), uint64(i)), n)
			}
		default:
			b = appendValue(b, n)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendValue(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, 'n')
	case int64:
		return binary.AppendVarint(append(b, 'i'), x)
	case string:
		return appendText(append(b, 's'), x)
	}
	panic("ledger: unnormalised value")
}

// sumOf is the digest of a row.
func (t *Table) sumOf(v []any, scratch []byte) ([32]byte, []byte) {
	scratch = t.canon(scratch[:0], v)
	return sha256.Sum256(scratch), scratch
}

// appendSQL writes the row as "(v,v,…," without the seq, which only the lane knows.
func (r Row) appendSQL(b []byte) []byte {
	b = append(b, '(')
	for i := range r.V {
		b = appendLiteral(b, norm(r.V[i]))
		b = append(b, ',')
	}
	return b
}

// appendLiteral writes an SQL literal that reads the same on both engines. Text is quoted only where every byte is printable
// ASCII without quote and backslash; all other text is written in hexadecimal, so there is nothing to escape.
func appendLiteral(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, "NULL"...)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case string:
		if plain(x) {
			b = append(b, '\'')
			b = append(b, x...)
			return append(b, '\'')
		}
		b = append(b, textHexOpen...)
		b = hex.AppendEncode(b, []byte(x))
		return append(b, textHexClose...)
	}
	panic("ledger: unnormalised value")
}

// Both engines read CAST(X'…' AS CHAR) as text: SQLite gives the bytes TEXT affinity, MariaDB the connection's utf8mb4.
const (
	textHexOpen  = "CAST(X'"
	textHexClose = "' AS CHAR)"
)

func appendBlob(b, v []byte) []byte {
	b = append(b, "X'"...)
	b = hex.AppendEncode(b, v)
	return append(b, '\'')
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '\'' || c == '\\' {
			return false
		}
	}
	return true
}
