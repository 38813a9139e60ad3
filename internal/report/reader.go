package report

import (
	"context"
	"database/sql"
)

// batch is how many rows a reader hands over at once.
const batch = 256

// reader runs a statement and reads its rows beside whoever takes them: while some are written, the next are scanned. It holds
// three batches, whatever the number of rows.
type reader[T any] struct {
	full, free chan []T
	held, now  []T   // the batch being taken, and what is left of it
	err        error // why reading ended; read it after full is closed
}

func readAhead[T any](ctx context.Context, conn *sql.Conn, query string, args []any, scan func(*sql.Rows, *T) error) *reader[T] {
	r := &reader[T]{full: make(chan []T, 1), free: make(chan []T, 3)}
	for range cap(r.free) {
		r.free <- make([]T, 0, batch)
	}
	go func() {
		defer close(r.full)
		r.err = r.read(ctx, conn, query, args, scan)
	}()
	return r
}

func (r *reader[T]) read(ctx context.Context, conn *sql.Conn, query string, args []any, scan func(*sql.Rows, *T) error) error {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	b := <-r.free
	for rows.Next() {
		b = b[:len(b)+1]
		if err := scan(rows, &b[len(b)-1]); err != nil {
			return err
		}
		if len(b) < batch {
			continue
		}
		select {
		case r.full <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case b = <-r.free:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	select {
	case r.full <- b:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// head is the next row, nil after the last one or where reading failed; it is valid until skip.
func (r *reader[T]) head() *T {
	if len(r.now) == 0 {
		b, ok := <-r.full
		if !ok || len(b) == 0 {
			return nil
		}
		r.held, r.now = b, b
	}
	return &r.now[0]
}

// skip goes on to the row after head.
func (r *reader[T]) skip() {
	if r.now = r.now[1:]; len(r.now) == 0 {
		r.free <- r.held[:0]
	}
}

// wait waits until the reader has ended, and drops what it had read.
func (r *reader[T]) wait() error {
	for range r.full {
	}
	return r.err
}
