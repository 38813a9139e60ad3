// Package id is the one kind of identifier: a positive 63-bit number inside, the same number as a string outside.
package id

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// ID names any record of the portal: an organisation, a person, an order. Ids are unique over all tables, because one source
// hands them out. 0 is "none".
type ID int64

func (i ID) String() string { return strconv.FormatInt(int64(i), 10) }

// MarshalText writes the number as a string: JSON numbers lose digits in browsers.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (i *ID) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	*i = v
	return err
}

// Parse reads an id from a URL or a body. It accepts digits only: no sign, no blanks, no leading zero.
func Parse(s string) (ID, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v <= 0 || s[0] == '+' || strings.HasPrefix(s, "0") {
		return 0, fmt.Errorf("not an id: %q", s[:min(len(s), 24)])
	}
	return ID(v), nil
}

// By says who does something: the person, the organisation acted for, the session, and the principal when an agent acts.
type By struct {
	Person   ID
	Org      ID
	Session  ID
	OnBehalf ID     // the organisation in whose name an agent or a seller acts; 0 otherwise
	APIKey   ID     // the key of the API that was shown: then Session is its id too; 0 otherwise
	IP       string // where the request came from; "" for the program's own work
}

// Source hands out ids.
type Source interface{ Next() ID }

// Blocks is a Source that takes blocks of ids from a shared counter, so that several program instances never hand out the
// same one and ids stay dense. The next block is fetched in the background when half of one is used: a caller that holds the
// only writer of SQLite never waits for itself, as long as one transaction uses less than half a block.
type Blocks struct {
	mu        sync.Mutex
	next, end int64
	spare     chan block // holds at most one block, or the error of the attempt
	fetching  bool
	take      func(ctx context.Context, n int64) (first int64, err error)
}

type block struct {
	first int64
	err   error
}

// BlockSize is how many ids one program instance takes at a time; what is left at the end of a program is lost.
const BlockSize = 100_000

// NewBlocks makes a Source over a counter; take must add n to it durably and say where the block begins.
func NewBlocks(take func(ctx context.Context, n int64) (int64, error)) *Blocks {
	return &Blocks{take: take, spare: make(chan block, 1)}
}

// Next is a fresh id. It panics when the counter cannot be reached for a new block: nothing can be written then anyway, and
// the server turns the panic into an answer 500.
func (b *Blocks) Next() ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end-b.next <= BlockSize/2 && !b.fetching {
		b.fetch()
	}
	if err := b.refill(); err != nil {
		panic(err)
	}
	b.next++
	return ID(b.next - 1)
}

// Ready waits until there is an id at hand. A transaction calls it before it takes the only writer of SQLite: the very first
// block could not be fetched from inside.
func (b *Blocks) Ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == b.end && !b.fetching {
		b.fetch()
	}
	return b.refill()
}

func (b *Blocks) fetch() {
	b.fetching = true
	go func() {
		first, err := b.take(context.Background(), BlockSize)
		b.spare <- block{first, err}
	}()
}

// refill waits for the block that is being fetched where the last one is used up.
func (b *Blocks) refill() error {
	if b.next < b.end {
		return nil
	}
	got := <-b.spare
	b.fetching = false
	if got.err != nil {
		return fmt.Errorf("no block of ids: %w", got.err)
	}
	b.next, b.end = got.first, got.first+BlockSize
	return nil
}
