package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"saluran/internal/db"
	"saluran/internal/errs"
)

// commitLimit bounds how long one batch is tried before its posts are answered Busy.
const commitLimit = 20 * time.Second

// commit decides and writes a batch, and answers every post of it exactly once.
func (b *Book) commit(posts []*prepared) {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	look := false
	for try := 0; len(posts) > 0; try++ {
		if try > 0 {
			b.stats.Reruns.Add(1)
		}
		err := b.attempt(ctx, &posts, look)
		if err == nil {
			return
		}
		b.forget()
		if ctx.Err() != nil {
			b.answerAll(posts, errs.Wrap(errs.Busy, "outcome_unknown", err))
			return
		}
		switch class := db.Classify(err); {
		case isFence(err), class == db.Transient:
			pause(ctx, try)
		case class == db.NullGuard && strings.Contains(err.Error(), "version"): // a version guard: answer the stale ones
			posts, err = b.dropStale(ctx, posts)
			if err != nil {
				pause(ctx, try)
			}
		case class == db.Duplicate && !look:
			look = true
		case class == db.Lost:
			b.log.Warn("ledger: the database went away; asking by key what was committed", "error", err)
			b.dropConn()
			look = true
			pause(ctx, try+3)
		default:
			b.bisect(posts, err)
			return
		}
	}
}

func pause(ctx context.Context, try int) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(rand.IntN(2<<min(try, 7)+1)) * time.Millisecond):
	}
}

// isFence tells that another instance has moved the head, or that the epoch has moved.
func isFence(err error) bool {
	return errors.Is(err, errMoved) || db.Classify(err) == db.NullGuard && (strings.Contains(err.Error(), "lane.seq") || strings.Contains(err.Error(), "'seq'"))
}

// bisect isolates the post that the database refuses for a reason that is not ours to try again.
func (b *Book) bisect(posts []*prepared, err error) {
	if len(posts) == 1 && db.Classify(err) == db.Duplicate { // not by its keys: a row of its own that must be unique
		code := "ledger.duplicate"
		if posts[0].reverses != 0 {
			code = "ledger.reversed_already"
		}
		b.answerAll(posts, errs.Wrap(errs.Conflict, code, err))
		return
	}
	if len(posts) == 1 && len(posts[0].vouched) > 0 && db.Classify(err) == db.NullGuard { // another journal has one of its audit rows
		b.answerAll(posts, errs.Wrap(errs.Conflict, "changed", err))
		return
	}
	if len(posts) == 1 {
		b.log.Error("ledger: a post that passed every check was refused by the database", "event", posts[0].event, "error", err)
		b.answerAll(posts, errs.Wrap(errs.Internal, "ledger.poison", err))
		return
	}
	b.commit(posts[:len(posts)/2])
	b.commit(posts[len(posts)/2:])
}

func (b *Book) forget() {
	b.head.known = false
	b.cache.init(b.cache.max)
	b.next.looked, b.next.failed = nil, false
}

func (q *prepared) answer(o outcome) {
	select {
	case q.reply <- o:
	default: // answered before
	}
}

func (b *Book) answerAll(posts []*prepared, err error) {
	for _, q := range posts {
		q.answer(outcome{err: err})
	}
}

// attempt runs one batch. Posts that are answered leave *posts; an error leaves the rest to be tried again.
func (b *Book) attempt(ctx context.Context, posts *[]*prepared, look bool) error {
	for _, q := range *posts {
		q.same = nil
	}
	if look {
		if err := b.answerReplays(ctx, posts); err != nil {
			return err
		}
	}
	remembered := b.head.known
	if !remembered {
		if err := b.readHead(ctx); err != nil {
			return err
		}
	}
	b.sawEpoch(*posts)
	if err := b.load(ctx, *posts); err != nil {
		return err
	}
	b.buf.reset()
	t := &batch{b: b, ctx: ctx, seq: b.head.seq, recorded: b.head.recorded, hash: b.head.hash, keys: map[*acct]acctKey{},
		events: map[string]*prepared{}, clients: map[clientKey]*prepared{}, docs: map[int64]bool{}, out: &b.buf}
	refused := make([]error, len(*posts))
	for i, q := range *posts {
		refused[i] = t.decide(q)
	}
	switch {
	case len(t.accepted) > 0:
		if err := b.writeBeside(ctx, t); err != nil {
			return err
		}
	case remembered: // nothing is written, so no fence tells whether what they were refused by is still so
		if err := b.unmoved(ctx); err != nil {
			return err
		}
	}
	b.settle(t)
	if b.next.failed {
		b.forget()
	}
	for i, q := range *posts {
		if refused[i] != nil {
			b.stats.Refused.Add(1)
			q.answer(outcome{err: refused[i]})
		}
	}
	*posts = nil
	return nil
}

// errMoved says that another instance has written since the lane last knew the head.
var errMoved = errors.New("ledger: the head has moved")

// unmoved asks whether the lane's memory is that of the newest head.
func (b *Book) unmoved(ctx context.Context) error {
	var seq int64
	if err := b.d.ReadSQL().QueryRowContext(ctx, "SELECT seq FROM lane WHERE lane = 0").Scan(&seq); err != nil {
		return fmt.Errorf("read the head: %w", err)
	}
	if seq != b.head.seq {
		return errMoved
	}
	return nil
}

// sawEpoch: a post that was decided under a newer epoch than the lane knows is evidence that it has moved.
func (b *Book) sawEpoch(posts []*prepared) {
	for _, q := range posts {
		b.head.epoch = max(b.head.epoch, q.epoch)
	}
}

// settle makes the batch's outcome the lane's memory and answers the accepted.
func (b *Book) settle(t *batch) {
	for _, a := range t.accts {
		a.settle()
	}
	for _, k := range t.stocks {
		s, _ := b.cache.stocks.find(k)
		s.touched = false
	}
	for _, k := range t.exposures {
		x, _ := b.cache.exposures.find(k)
		x.touched = false
	}
	for _, k := range t.serials {
		s, _ := b.cache.serials.find(k)
		s.touched = false
	}
	b.head.seq, b.head.hash, b.head.recorded = t.seq, t.hash, t.recorded
	b.stats.Batches.Add(1)
	for i, q := range t.accepted {
		b.stats.Accepted.Add(1)
		q.answer(outcome{r: t.receipts[i]})
		for _, twin := range q.same {
			b.answerTwin(q, twin, t.receipts[i])
		}
	}
}

// answerTwin answers a post whose key an earlier one of the same batch has used.
func (b *Book) answerTwin(first, twin *prepared, r Receipt) {
	if first.request != twin.request {
		twin.answer(outcome{err: reused(first.client == twin.client)})
		return
	}
	r.Replayed = true
	b.stats.Replayed.Add(1)
	twin.answer(outcome{r: r})
}

func reused(clientKey bool) error {
	if clientKey {
		return errs.New(errs.Invalid, "ledger.key_reused")
	}
	return errs.New(errs.Conflict, "ledger.event_taken")
}

// answerReplays answers the posts whose keys are stored already, from the stored journals.
func (b *Book) answerReplays(ctx context.Context, posts *[]*prepared) error {
	byEvent, byClient, err := b.lookup(ctx, *posts)
	if err != nil {
		return err
	}
	var rest []*prepared
	for _, q := range *posts {
		s := byClient[clientKey{q.by.Org, q.client}]
		if q.client == "" || s == nil {
			s = byEvent[q.event]
		}
		if s == nil {
			rest = append(rest, q)
			continue
		}
		request := q.request[:]
		if q.request == [32]byte{} {
			request = nil
		}
		if !bytes.Equal(s.request, request) {
			q.answer(outcome{err: reused(q.client != "" && s.client == q.client)})
			continue
		}
		r := Receipt{Seq: s.seq, Recorded: clockInstant(s.recorded), Doc: s.doc, Replayed: true}
		copy(r.Hash[:], s.hash)
		b.stats.Replayed.Add(1)
		q.answer(outcome{r: r})
	}
	*posts = rest
	return nil
}

// dropStale answers the posts whose documents have moved on, after a version guard refused the batch.
func (b *Book) dropStale(ctx context.Context, posts []*prepared) ([]*prepared, error) {
	var rest []*prepared
	for _, q := range posts {
		stale := false
		for _, c := range q.changes {
			if !c.t.Header {
				continue
			}
			var v int64
			err := b.d.ReadSQL().QueryRowContext(ctx, "SELECT version FROM "+c.t.Name+" WHERE "+c.t.Columns[0].Name+" = ?", c.key[0]).Scan(&v)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return posts, err
			}
			stale = stale || v != c.version
		}
		if stale {
			q.answer(outcome{err: errs.New(errs.Conflict, "changed")})
		} else {
			rest = append(rest, q)
		}
	}
	return rest, nil
}

// writeBeside writes the batch while the next one gathers.
func (b *Book) writeBeside(ctx context.Context, t *batch) (err error) {
	if b.d.Engine == db.MySQL {
		if _, err = b.session(ctx); err != nil {
			return err
		}
	}
	start, written := time.Now(), make(chan struct{})
	stmts := t.statements() // before ahead has the cache
	go func() {
		defer close(written)
		err = b.write(ctx, stmts)
	}()
	b.ahead(ctx, written)
	<-written
	b.stats.Micros.Add(time.Since(start).Microseconds())
	return err
}

// write runs a batch as one transaction: on MySQL in one packet, on SQLite one statement for each table.
func (b *Book) write(ctx context.Context, stmts []string) error {
	defer b.d.LockWriter()()
	if b.d.Engine == db.MySQL {
		conn := b.conn
		_, err := conn.ExecContext(ctx, "START TRANSACTION;"+strings.Join(stmts, ";")+";COMMIT")
		if err != nil {
			if _, e := conn.ExecContext(ctx, "ROLLBACK"); e != nil {
				b.dropConn()
			}
		}
		return err
	}
	conn, err := b.d.WriteSQL().Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return sqliteTx(ctx, conn, stmts)
}

func sqliteTx(ctx context.Context, conn *sql.Conn, stmts []string) (err error) {
	if _, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	for _, s := range stmts {
		if _, err = conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// session is the lane's own MySQL connection. Foreign keys are not checked in it: parents and children are in one packet, and
// verify looks for orphans.
func (b *Book) session(ctx context.Context) (*sql.Conn, error) {
	if b.conn != nil {
		return b.conn, nil
	}
	conn, err := b.d.WriteSQL().Conn(ctx)
	if err != nil {
		return nil, err
	}
	var packet int
	if err := conn.QueryRowContext(ctx, "SELECT @@max_allowed_packet").Scan(&packet); err != nil {
		conn.Close()
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SET SESSION foreign_key_checks=0"); err != nil {
		conn.Close()
		return nil, fmt.Errorf("ledger session: %w", err)
	}
	b.maxBytes = min(b.maxBytes, packet*2/3)
	b.conn = conn
	return conn, nil
}
