package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync/atomic"
)

// Watch has every statement of databases that are opened afterwards shown to see before it runs, whoever sends it: gorm, raw
// SQL, the ledger's own connections. It is for tests, which hold what is asked against what may be asked, and for benchmarks,
// which count; a program that
// never calls it speaks to its drivers directly. Who watched before goes on watching, until stop is called: what is open then is
// shown to both for as long as it is open.
func Watch(see func(ctx context.Context, query string)) (stop func()) {
	former, both := watcher.Load(), see
	if former != nil {
		both = func(ctx context.Context, query string) { (*former)(ctx, query); see(ctx, query) }
	}
	watcher.Store(&both)
	return func() { watcher.Store(former) }
}

var watcher atomic.Pointer[func(ctx context.Context, query string)]

// pool opens a pool, watched where there is a watcher.
func pool(c driver.Connector) *sql.DB {
	if see := watcher.Load(); see != nil {
		c = watched{c, *see}
	}
	return sql.OpenDB(c)
}

type watched struct {
	driver.Connector
	see func(ctx context.Context, query string)
}

func (w watched) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := w.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &watchedConn{passing{c}, w.see}, nil
}

type watchedConn struct {
	passing
	see func(ctx context.Context, query string)
}

func (c *watchedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if _, ok := c.Conn.(driver.QueryerContext); ok {
		c.see(ctx, query)
	}
	return c.passing.QueryContext(ctx, query, args)
}

func (c *watchedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if _, ok := c.Conn.(driver.ExecerContext); ok {
		c.see(ctx, query)
	}
	return c.passing.ExecContext(ctx, query, args)
}

func (c *watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.see(ctx, query)
	return c.passing.PrepareContext(ctx, query)
}

// passing passes everything on to the connection under it; what that cannot do it answers as database/sql expects.
type passing struct{ driver.Conn }

func (c passing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if q, ok := c.Conn.(driver.QueryerContext); ok {
		return q.QueryContext(ctx, query, args)
	}
	return nil, driver.ErrSkip
}

func (c passing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if q, ok := c.Conn.(driver.ExecerContext); ok {
		return q.ExecContext(ctx, query, args)
	}
	return nil, driver.ErrSkip
}

func (c passing) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if p, ok := c.Conn.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	return c.Conn.Prepare(query)
}

func (c passing) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c passing) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c passing) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c passing) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

func (c passing) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := c.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return driver.ErrSkip
}
