// Package list is the one shape of a list: a query with a keyset cursor, a page with the next one.
package list

import (
	"encoding/base64"
	"encoding/json"

	"saluran/internal/errs"
)

// MaxSize is the largest page that may be asked for; DefaultSize is what one gets without asking.
const (
	MaxSize     = 200
	DefaultSize = 50
)

// Query asks for a page. Sort is a name from the list's own whitelist, with a leading "-" for descending.
type Query struct {
	Cursor string
	Size   int
	Sort   string
	Filter map[string]string
}

// Page is one page of a list; Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// Limit is the page size, bounded.
func (q Query) Limit() int {
	if q.Size <= 0 {
		return DefaultSize
	}
	return min(q.Size, MaxSize)
}

// Key is a position in a list: the value of the sort column and the id.
type Key struct {
	V  int64  `json:"v,omitempty"`
	S  string `json:"s,omitempty"`
	ID int64  `json:"i"`
}

// Encode makes an opaque cursor.
func (k Key) Encode() string {
	b, _ := json.Marshal(k)
	return base64.RawURLEncoding.EncodeToString(b)
}

// After decodes the cursor of the query; ok is false on the first page. A cursor that we did not make is Invalid.
func (q Query) After() (k Key, ok bool, err error) {
	if q.Cursor == "" {
		return Key{}, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err != nil {
		return Key{}, false, errs.Wrap(errs.Invalid, "list.bad_cursor", err)
	}
	return k, true, nil
}

// Cut makes a page of rows that were asked for with one more than the limit.
func Cut[T any](rows []T, limit int, key func(T) Key) Page[T] {
	p := Page[T]{Items: rows}
	if len(rows) > limit {
		p.Items = rows[:limit]
		p.Next = key(p.Items[limit-1]).Encode()
	}
	return p
}
