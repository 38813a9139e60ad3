package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"saluran/internal/errs"
)

type txKey struct{}

type txState struct {
	tx    *gorm.DB
	err   error // the first error of a nested call: a swallowed one cannot commit
	after []func()
}

// soonPatient is how often a transaction may lose before it waits for its turn among those that lose like it.
const soonPatient = 3

// InTx runs fn in one transaction that rides in the context it is given. A nested call joins the outer one. Deadlocks, lock
// waits and busy databases are tried again, at most ten times, after the third one at a time in this program: two hundred that
// want the same row would else go on refusing each other. So fn must be safe to run twice.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		err := fn(ctx)
		if err != nil && st.err == nil {
			st.err = err
		}
		return err
	}
	var err error
	if d.Witness != nil {
		if err = d.Witness.Ready(ctx); err != nil {
			return err
		}
	}
	for try := 0; try < 10; try++ {
		if try == soonPatient {
			select {
			case d.turn <- struct{}{}:
				defer func() { <-d.turn }()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err = d.once(ctx, fn); !Retryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(1+rand.IntN(10<<min(try, 5))) * time.Millisecond):
		}
	}
	return errs.Wrap(errs.Busy, "busy", err)
}

func (d *DB) once(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := d.IDs.Ready(); err != nil {
		return err
	}
	st := &txState{}
	err := func() error {
		defer d.LockWriter()()
		return d.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			st.tx = tx
			if err := fn(context.WithValue(ctx, txKey{}, st)); err != nil {
				return err
			}
			return st.err
		})
	}()
	if err != nil {
		return err
	}
	for _, f := range st.after {
		f()
	}
	return nil
}

// AfterCommit runs f once the transaction of ctx has committed; at once where there is none.
func AfterCommit(ctx context.Context, f func()) {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		st.after = append(st.after, f)
		return
	}
	f()
}

// W is gorm on the transaction of ctx. Writes happen only inside InTx: outside it W panics, so that no write is forgotten.
func (d *DB) W(ctx context.Context) *gorm.DB {
	st, ok := ctx.Value(txKey{}).(*txState)
	if !ok {
		panic("db: a write outside InTx")
	}
	return st.tx.WithContext(ctx)
}

// R is gorm for reading: the transaction of ctx where there is one, else the read pool.
func (d *DB) R(ctx context.Context) *gorm.DB {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		return st.tx.WithContext(ctx)
	}
	return d.read.WithContext(ctx)
}

// BumpMaster says, inside InTx, that master data which services cache has changed: every cache of every instance is read
// anew, and no post that was decided under the old data commits (the ledger compares the epoch in its own transaction).
func (d *DB) BumpMaster(ctx context.Context) error {
	if err := d.W(ctx).Exec("UPDATE epoch SET n = n + 1 WHERE name = 'master'").Error; err != nil {
		return err
	}
	AfterCommit(ctx, func() { _ = d.RefreshEpoch(context.WithoutCancel(ctx)) })
	return nil
}

// MasterEpoch reads the epoch that BumpMaster moves.
func (d *DB) MasterEpoch(ctx context.Context) (n int64, err error) {
	err = d.rsql.QueryRowContext(ctx, "SELECT n FROM epoch WHERE name = 'master'").Scan(&n)
	return n, err
}

// Class is what an error of either engine means.
type Class int

// The classes that code may branch on.
const (
	Other      Class = iota
	Duplicate        // a UNIQUE or PRIMARY KEY is taken
	ForeignKey       // the parent is missing, or a child exists
	Check            // a CHECK constraint
	NullGuard        // NULL into NOT NULL: the ledger's fence and version guards
	Transient        // deadlock, lock wait, busy, changed under a snapshot: run the transaction again
	Lost             // the connection went away: the outcome is unknown
)

// Classify maps an error of either engine.
func Classify(err error) Class {
	if err == nil {
		return Other
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return classifyMySQL(my.Number)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return classifySQLite(lite.Code())
	}
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return Duplicate
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return ForeignKey
	case errors.Is(err, gorm.ErrCheckConstraintViolated):
		return Check
	case errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, sql.ErrConnDone), strings.Contains(err.Error(), "connection refused"),
		strings.Contains(err.Error(), "bad connection"), strings.Contains(err.Error(), "broken pipe"), strings.Contains(err.Error(), "EOF"),
		strings.Contains(err.Error(), "connection reset"):
		return Lost
	}
	return Other
}

func classifyMySQL(n uint16) Class {
	switch n {
	case 1062:
		return Duplicate
	case 1451, 1452:
		return ForeignKey
	case 3819, 4025:
		return Check
	case 1048:
		return NullGuard
	case 1205, 1213, 1020, 1047, 1040, 1203: // also: no connection is free, so that nothing has been sent yet
		return Transient
	case 1053, 1927, 1158, 1159, 1160, 1161, 2006, 2013:
		return Lost
	}
	return Other
}

func classifySQLite(code int) Class {
	switch code {
	case 2067, 1555:
		return Duplicate
	case 787, 1811:
		return ForeignKey
	case 275:
		return Check
	case 1299:
		return NullGuard
	}
	switch code & 0xff {
	case 5, 6: // BUSY, LOCKED
		return Transient
	}
	return Other
}

// Retryable tells whether a transaction may simply be run again.
func Retryable(err error) bool { return Classify(err) == Transient }
