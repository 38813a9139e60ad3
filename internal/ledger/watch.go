package ledger

import (
	"context"
	"database/sql"
)

// Concern says whom the rows of a table concern: a table whose key is id, and its columns of organisations.
type Concern struct {
	Table   string
	Columns []string
}

// Test counts a promise; a broken one is named. It answers ok.
type Test func(ok bool, where, what string, args ...any) bool

// Watcher is a promise that others make about the books: it is checked in the snapshot and on the walk of Verify. What is nil is
// left out.
type Watcher struct {
	Promise string
	Begin   func(ctx context.Context, tx *sql.Tx, test Test) error
	Window  func(ctx context.Context, tx *sql.Tx, from, to int64) error // before the journals after from, up to to
	Journal func(seq int64, hash []byte, orgs []int64, test Test)       // orgs: who posted, and whose accounts it moved
	End     func(ctx context.Context, tx *sql.Tx, test Test) error
}

func (v *verifier) test(w Watcher) Test {
	return func(ok bool, where, what string, args ...any) bool {
		return v.check(w.Promise, ok, where, what, args...)
	}
}

func (v *verifier) watchBegin() error {
	for _, w := range v.cfg.Watch {
		if w.Begin != nil {
			if err := w.Begin(v.ctx, v.tx, v.test(w)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) watchWindow(from, to int64) error {
	for _, w := range v.cfg.Watch {
		if w.Window != nil {
			if err := w.Window(v.ctx, v.tx, from, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) watchJournal(j *journalRow) {
	var orgs []int64
	for _, w := range v.cfg.Watch {
		if w.Journal == nil {
			continue
		}
		if orgs == nil {
			orgs = []int64{j.org}
			for _, e := range j.legs {
				orgs = append(orgs, e.key.owner, e.key.bearer, e.key.selr, e.key.org, e.key.counterparty)
			}
		}
		w.Journal(j.seq, j.hash, orgs, v.test(w))
	}
}

func (v *verifier) watchEnd() error {
	for _, w := range v.cfg.Watch {
		if w.End != nil {
			if err := w.End(v.ctx, v.tx, v.test(w)); err != nil {
				return err
			}
		}
	}
	return nil
}
