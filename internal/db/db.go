// Package db opens the portal's database: SQLite for one machine, MySQL or MariaDB for production, one SQL text for both.
//
// SQLite has one writer: every write of this program, the ledger's batches included, goes through one connection guarded by
// one mutex, so nobody waits in a busy loop; reads have a pool of their own. MySQL has one pool for both.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/libtnb/sqlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"saluran/internal/id"

	modernc "modernc.org/sqlite"
)

// Engine is the kind of database.
type Engine string

// The engines that every test runs on.
const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql"
)

// DB is an open database. Use W and R with the context of the request; a transaction opened by InTx rides in it.
type DB struct {
	Engine Engine
	IDs    *id.Blocks
	Epoch  Epoch // what is known of the master-data epoch
	// Witness vouches for audit rows of ordinary transactions until the ledger's chain does; nil where nobody does.
	Witness Witness
	fresh   epochReads

	write *gorm.DB
	read  *gorm.DB
	wsql  *sql.DB
	rsql  *sql.DB
	mu    sync.Mutex    // SQLite: held by whoever writes
	turn  chan struct{} // held by the one of those that have lost several times which tries again
}

// Witness signs what an audit row says, and is told when one has been committed. Ready is asked before a transaction begins.
type Witness interface {
	Ready(ctx context.Context) error
	Mark(row []byte) []byte
	Recorded()
}

// Open opens url: "sqlite:FILE" or "mysql://user:password@host:port/name". It does not change the schema: see Migrate.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	var d *DB
	var err error
	switch {
	case strings.HasPrefix(rawURL, "sqlite:"):
		file, _ := sqliteFile(rawURL)
		d, err = openSQLite(file)
	case strings.HasPrefix(rawURL, "mysql://"):
		d, err = openMySQL(rawURL)
	default:
		return nil, fmt.Errorf("--db must be sqlite:FILE or mysql://user:password@host:port/name, not %q", redact(rawURL))
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", redact(rawURL), err)
	}
	if err := d.ping(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", redact(rawURL), err)
	}
	d.IDs = id.NewBlocks(d.takeBlock)
	d.turn = make(chan struct{}, 1)
	return d, nil
}

// redact hides who signs in to a database, and with what, also in an address that is not written as it must be: what stands
// between the kind and the last @ is left out, and where there is none, all behind the kind that is no file.
func redact(raw string) string {
	kind, rest, ok := strings.Cut(raw, ":")
	if !ok || kind == "sqlite" {
		return raw
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		return kind + "://…" + rest[i:]
	}
	if strings.HasPrefix(rest, "//") && !strings.Contains(rest[2:], ":") {
		return raw // a host and a name
	}
	return kind + ":…"
}

func gormConfig() *gorm.Config {
	return &gorm.Config{SkipDefaultTransaction: true, TranslateError: true, Logger: logger.Discard}
}

// openSQLite: what is deleted is overwritten (secure_delete), so that what a person had erased is not left in free pages.
func openSQLite(file string) (*DB, error) {
	if dir := filepath.Dir(file); dir != "." {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
	}
	base := "file:" + (&url.URL{Path: file}).EscapedPath() + "?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(2)"
	one, err := modernc.NewConnector(base + "&_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-32768)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	many, err := modernc.NewConnector(base + "&_pragma=query_only(1)&_pragma=cache_size(-8192)")
	if err != nil {
		return nil, err
	}
	w, r := pool(preparing{one}), pool(preparing{many})
	w.SetMaxOpenConns(1)
	keep(r, readers)
	d := &DB{Engine: SQLite, wsql: w, rsql: r}
	if d.write, err = gorm.Open(sqlite.Dialector{Conn: w}, gormConfig()); err != nil {
		return nil, err
	}
	d.read, err = gorm.Open(sqlite.Dialector{Conn: r}, gormConfig())
	return d, err
}

// readers is how many connections may read a SQLite file at once. Each remembers up to 8 MB of pages.
const readers = 8

// keep bounds the connections of a pool and keeps those that are idle for a while: a new one of SQLite reads the whole schema
// before its first answer, one of MariaDB shakes hands, and both cost more than most questions.
func keep(p *sql.DB, n int) {
	p.SetMaxOpenConns(n)
	p.SetMaxIdleConns(n)
	p.SetConnMaxIdleTime(2 * time.Minute)
}

func openMySQL(raw string) (*DB, error) {
	cfg, err := MySQLConfig(raw)
	if err != nil {
		return nil, err
	}
	c, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	p := pool(c)
	keep(p, 48)
	p.SetConnMaxLifetime(10 * time.Minute)
	d := &DB{Engine: MySQL, wsql: p, rsql: p}
	d.write, err = gorm.Open(mysql.New(mysql.Config{Conn: p}), gormConfig())
	d.read = d.write
	return d, err
}

// MySQLConfig is the driver's configuration for a mysql:// URL: strict mode, UTC, utf8mb4_bin, found rows counted.
func MySQLConfig(raw string) (*mysqldriver.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || len(u.Path) < 2 {
		return nil, fmt.Errorf("not mysql://user:password@host:port/name")
	}
	cfg := mysqldriver.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", u.Host
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	cfg.Collation = "utf8mb4_bin"
	cfg.ParseTime = true // goose reads the lease of its lock
	cfg.InterpolateParams = true
	cfg.ClientFoundRows = true
	cfg.MultiStatements = true
	cfg.MaxAllowedPacket = 0 // ask the server
	cfg.Params = map[string]string{
		"time_zone": "'+00:00'",
		"sql_mode":  "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	}
	return cfg, nil
}

func (d *DB) ping(ctx context.Context) error {
	if d.Engine == MySQL {
		var mode string
		if err := d.wsql.QueryRowContext(ctx, "SELECT @@sql_mode").Scan(&mode); err != nil {
			return err
		}
		if !strings.Contains(mode, "STRICT_ALL_TABLES") { // the ledger's guards are NOT NULL violations: they need it
			return fmt.Errorf("the server does not take sql_mode STRICT_ALL_TABLES (it says %q)", mode)
		}
		return nil
	}
	return d.wsql.PingContext(ctx)
}

// Close closes the pools.
func (d *DB) Close() error {
	if d.rsql != d.wsql {
		d.rsql.Close()
	}
	return d.wsql.Close()
}

// WriteSQL is the raw write pool, for the ledger; on SQLite the caller holds LockWriter.
func (d *DB) WriteSQL() *sql.DB { return d.wsql }

// ReadSQL is the raw read pool: for streams and reports.
func (d *DB) ReadSQL() *sql.DB { return d.rsql }

// LockWriter takes SQLite's one writer for this program and returns its release; on MySQL it does nothing.
func (d *DB) LockWriter() func() {
	if d.Engine != SQLite {
		return func() {}
	}
	d.mu.Lock()
	return d.mu.Unlock
}

// Migrate brings the schema up to date; safe when several instances start at once. Where nothing is missing it only looks.
func (d *DB) Migrate(ctx context.Context) (applied int, err error) {
	defer d.LockWriter()()
	names, err := d.tableNames(ctx, d.rsql)
	if err != nil || slices.Contains(names, unfinished) {
		return 0, cmp.Or(err, errUnfinished)
	}
	if whole, err := d.complete(ctx, names); err != nil || whole {
		return 0, err
	}
	var opts []goose.ProviderOption
	if d.Engine == MySQL {
		l, err := lock.NewMySQLTableLocker()
		if err != nil {
			return 0, err
		}
		opts = append(opts, goose.WithLocker(l))
	}
	p, err := d.provider(opts...)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	res, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return len(res), nil
}

func (d *DB) takeBlock(ctx context.Context, n int64) (first int64, err error) {
	err = d.InFreshTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE id_block SET next_id = next_id + ? WHERE name = 'all'", n); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT next_id FROM id_block WHERE name = 'all'").Scan(&first)
	})
	return first - n, err
}

// InFreshTx runs fn in a transaction of its own, whatever rides in ctx.
func (d *DB) InFreshTx(ctx context.Context, fn func(*sql.Tx) error) error {
	defer d.LockWriter()()
	tx, err := d.wsql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}
