package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// Bounds of what a connection to SQLite keeps prepared: statements, and characters of one. Reading a statement and planning it took
// a quarter of the processor's time of a page. Twice as many of 8 KB each held 28 MB more during an import.
const (
	keptStmts = 64
	longStmt  = 2 << 10
)

// preparing is a connector to SQLite whose connections keep the statements that they ran last, ready to run again. SQLite plans a kept
// statement anew by itself where the schema has changed.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keeper{passing: passing{c}, by: map[string]*list.Element{}, last: list.New()}, nil
}

// keeper is a connection that keeps statements. database/sql lets one goroutine at a time use it.
type keeper struct {
	passing
	by   map[string]*list.Element // of *kept, by their text
	last *list.List               // those that ran last come first
}

// kept is a statement; busy while rows of it are read, when it cannot be run again.
type kept struct {
	driver.Stmt
	text string
	busy bool
}

func (c *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.passing.QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, c.failed(s, err)
	}
	told, ok := rows.(rowsOfSQLite)
	if !ok {
		return nil, fmt.Errorf("rows of SQLite are %T", rows)
	}
	s.busy = true
	return &keptRows{told, s}, nil
}

func (c *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.passing.ExecContext(ctx, query, args)
	}
	done, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		return nil, c.failed(s, err)
	}
	return done, nil
}

// stmt is the kept statement of a query, now the one that ran last; nil where the query is not one to keep, or is being read.
func (c *keeper) stmt(query string) (*kept, error) {
	if e := c.by[query]; e != nil {
		s := e.Value.(*kept)
		if s.busy {
			return nil, nil
		}
		c.last.MoveToFront(e)
		return s, nil
	}
	if len(query) > longStmt || !keepable(query) {
		return nil, nil
	}
	prepared, err := c.Conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &kept{Stmt: prepared, text: query}
	c.by[query] = c.last.PushFront(s)
	for e := c.last.Back(); e != nil && c.last.Len() > keptStmts; {
		before := e.Prev()
		if old := e.Value.(*kept); !old.busy && old != s {
			if err := c.drop(e); err != nil {
				return nil, err
			}
		}
		e = before
	}
	return s, nil
}

// keepable tells whether a query is one statement that reads or writes rows: not one that changes the schema or a setting, and not a script.
func keepable(query string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(query, " \t\r\n("), " ")
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "SELECT", "WITH", "INSERT", "UPDATE", "DELETE":
		return !strings.Contains(query, ";")
	}
	return false
}

// failed forgets a statement that did not run.
func (c *keeper) failed(s *kept, err error) error {
	if e := c.by[s.text]; e != nil && e.Value.(*kept) == s {
		_ = c.drop(e) // finalizing repeats the fault that it had
	}
	return err
}

func (c *keeper) drop(e *list.Element) error {
	s := c.last.Remove(e).(*kept)
	delete(c.by, s.text)
	return s.Close()
}

// Close ends the statements before the connection: SQLite keeps a file open whose statements are.
func (c *keeper) Close() error {
	var faults []error
	for c.last.Len() > 0 {
		faults = append(faults, c.drop(c.last.Front()))
	}
	return errors.Join(append(faults, c.Conn.Close())...)
}

// rowsOfSQLite is what its driver tells of rows.
type rowsOfSQLite interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keptRows are rows of a kept statement, which is free again when they are closed.
type keptRows struct {
	rowsOfSQLite
	of *kept
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.rowsOfSQLite.Close()
}
