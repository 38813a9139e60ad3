package ledger

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/db"
	"saluran/internal/id"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// loadChunk is how many keys one look-up names.
const loadChunk = 150

// readHead reads the head row and the epoch.
func (b *Book) readHead(ctx context.Context) error {
	h := head{known: true}
	err := b.d.ReadSQL().QueryRowContext(ctx,
		"SELECT l.seq, l.hash, l.recorded_us, e.n FROM lane l, epoch e WHERE l.lane = 0 AND e.name = 'master'").
		Scan(&h.seq, &h.hash, &h.recorded, &h.epoch)
	if err != nil {
		return fmt.Errorf("read the head: %w", err)
	}
	b.head = h
	return nil
}

// load brings everything that the batch needs and the cache lacks. It reads without locks: whatever is committed meanwhile by
// another instance has moved the head, and the fence refuses the batch.
func (b *Book) load(ctx context.Context, posts []*prepared) error {
	b.cache.age()
	_, err := b.bring(ctx, posts)
	b.next.looked = nil
	return err
}

// bring loads what posts need and the cache lacks, but for accounts that are known not to be there; it answers which it looked
// for.
func (b *Book) bring(ctx context.Context, posts []*prepared) (looked map[acctKey]bool, err error) {
	accts := map[acctKey]bool{}
	stocks := map[stockKey]bool{}
	exposures := map[exposureKey]bool{}
	serials := map[serialKey]bool{}
	for _, q := range posts {
		b.wanted(q, accts, stocks, exposures, serials)
	}
	if err := b.loadAccounts(ctx, accts); err != nil {
		return accts, err
	}
	if err := b.loadStocks(ctx, stocks); err != nil {
		return accts, err
	}
	if err := b.loadExposures(ctx, exposures); err != nil {
		return accts, err
	}
	return accts, b.loadSerials(ctx, serials)
}

func (b *Book) wanted(q *prepared, accts map[acctKey]bool, stocks map[stockKey]bool, exposures map[exposureKey]bool, serials map[serialKey]bool) {
	c := &b.cache
	stock := func(k stockKey) {
		if _, ok := c.stocks.find(k); !ok {
			stocks[k] = true
		}
	}
	exposure := func(k exposureKey) {
		if _, ok := c.exposures.find(k); !ok {
			exposures[k] = true
		}
	}
	for _, l := range q.legs {
		if _, ok := c.accts.find(l.key); !ok && !b.next.looked[l.key] && !q.makes(l.key.place) {
			accts[l.key] = true
		}
		if l.key.selr != 0 {
			stock(stockKey{l.key.selr, l.product})
		}
		if l.key.book == bookMoney {
			exposure(exposureKey{l.key.org, l.key.counterparty, l.key.unit})
			exposure(exposureKey{l.key.counterparty, l.key.org, l.key.unit})
		}
	}
	for _, h := range q.holds {
		stock(stockKey{int64(h.seller), int64(h.product)})
	}
	for _, x := range q.credits {
		exposure(exposureKey{int64(x.seller), int64(x.billTo), x.currency})
	}
	for _, k := range q.covers {
		exposure(k)
	}
	for _, x := range q.limits {
		exposure(exposureKey{int64(x.seller), int64(x.billTo), x.currency})
	}
	if q.serial != nil {
		k := serialKey{int64(q.serial.org), q.serial.series, int64(q.serial.year)}
		if _, ok := c.serials.find(k); !ok {
			serials[k] = true
		}
	}
}

// makes tells that the post itself files the document that is a place (a shipment): nothing can have stood there before. Were it
// otherwise, the unique key of the accounts would refuse the batch.
func (q *prepared) makes(place int64) bool {
	return place > 0 && slices.Contains(q.docs, place)
}

// eachChunk joins keys as a derived table with the target, so that both engines look each one up by the index.
func eachChunk[K comparable](keys map[K]bool, row func(K) string, run func(union string) error) error {
	var parts []string
	flush := func() error {
		if len(parts) == 0 {
			return nil
		}
		err := run(strings.Join(parts, " UNION ALL "))
		parts = parts[:0]
		return err
	}
	for k := range keys {
		parts = append(parts, row(k))
		if len(parts) == loadChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (b *Book) rows(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := b.d.ReadSQL().QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("load balances: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("load balances: %w", err)
		}
	}
	return rows.Err()
}

func (b *Book) loadAccounts(ctx context.Context, keys map[acctKey]bool) error {
	return eachChunk(keys, func(k acctKey) string {
		return fmt.Sprintf("SELECT %d book,%d unit,%d owner,%d place,%d bearer,%d seller,%d org,%d counterparty,%d purpose,%d side",
			k.book, k.unit, k.owner, k.place, k.bearer, k.selr, k.org, k.counterparty, k.purpose, k.side)
	}, func(union string) error {
		join := " JOIN account a ON "
		if b.d.Engine == db.MySQL { // in this order, whatever its statistics of a young table say
			join = " STRAIGHT_JOIN account a ON "
		}
		return b.rows(ctx, "SELECT a.acct,a.book,a.unit,a.owner,a.place,a.bearer,a.seller,a.org,a.counterparty,a.purpose,a.side,"+
			"b.posted,b.last_seq,b.last_effective_us FROM ("+union+") k"+join+"a.book=k.book AND a.unit=k.unit AND a.owner=k.owner"+
			" AND a.place=k.place AND a.bearer=k.bearer AND a.seller=k.seller AND a.org=k.org AND a.counterparty=k.counterparty"+
			" AND a.purpose=k.purpose AND a.side=k.side JOIN balance b ON b.acct=a.acct", func(r *sql.Rows) error {
			var a acct
			var k acctKey
			err := r.Scan(&a.id, &k.book, &k.unit, &k.owner, &k.place, &k.bearer, &k.selr, &k.org, &k.counterparty, &k.purpose, &k.side,
				&a.posted, &a.lastSeq, &a.lastEff)
			a.since = a.lastEff
			b.cache.accts.put(k, &a)
			return err
		})
	})
}

func (b *Book) loadStocks(ctx context.Context, keys map[stockKey]bool) error {
	for k := range keys {
		b.cache.stocks.put(k, &stockRow{})
	}
	return eachChunk(keys, func(k stockKey) string { return fmt.Sprintf("SELECT %d s,%d p", k.seller, k.product) }, func(union string) error {
		return b.rows(ctx, "SELECT t.seller,t.product,t.sellable,t.held FROM ("+union+") k JOIN stock t ON t.seller=k.s AND t.product=k.p",
			func(r *sql.Rows) error {
				var k stockKey
				var s stockRow
				err := r.Scan(&k.seller, &k.product, &s.sellable, &s.held)
				b.cache.stocks.put(k, &s)
				return err
			})
	})
}

func (b *Book) loadExposures(ctx context.Context, keys map[exposureKey]bool) error {
	for k := range keys {
		b.cache.exposures.put(k, &exposureRow{})
	}
	return eachChunk(keys, func(k exposureKey) string {
		return fmt.Sprintf("SELECT %d s,%d b,%d c", k.seller, k.billTo, k.currency)
	}, func(union string) error {
		return b.rows(ctx, "SELECT t.seller,t.bill_to,t.currency,t.used,t.held,t.limit_amt FROM ("+union+
			") k JOIN exposure t ON t.seller=k.s AND t.bill_to=k.b AND t.currency=k.c", func(r *sql.Rows) error {
			var k exposureKey
			var x exposureRow
			err := r.Scan(&k.seller, &k.billTo, &k.currency, &x.used, &x.held, &x.limit)
			b.cache.exposures.put(k, &x)
			return err
		})
	})
}

func (b *Book) loadSerials(ctx context.Context, keys map[serialKey]bool) error {
	for k := range keys {
		s := &serialRow{}
		err := b.d.ReadSQL().QueryRowContext(ctx, "SELECT last_no FROM serial WHERE org=? AND series=? AND year=?", k.org, k.series, k.year).Scan(&s.last)
		if err != nil && err != sql.ErrNoRows {
			return fmt.Errorf("load serial: %w", err)
		}
		b.cache.serials.put(k, s)
	}
	return nil
}

// laterEntries are the entries of an account that took effect after an instant, from the database.
func (b *Book) laterEntries(ctx context.Context, acct, at int64) (out []effective, err error) {
	err = b.rows(ctx, "SELECT effective_us, amt FROM entry WHERE acct=? AND effective_us>? ORDER BY seq, leg", func(r *sql.Rows) error {
		var e effective
		err := r.Scan(&e.at, &e.amt)
		out = append(out, e)
		return err
	}, acct, at)
	return out, err
}

// stored is a journal that is already there.
type stored struct {
	seq, recorded int64
	event         string
	org           id.ID
	client        string
	request       []byte
	hash          []byte
	doc           id.ID
}

// lookup finds the journals whose keys these posts carry.
func (b *Book) lookup(ctx context.Context, posts []*prepared) (byEvent map[string]*stored, byClient map[clientKey]*stored, err error) {
	byEvent, byClient = map[string]*stored{}, map[clientKey]*stored{}
	events := map[string]bool{}
	clients := map[clientKey]bool{}
	for _, q := range posts {
		events[q.event] = true
		if q.client != "" {
			clients[clientKey{q.by.Org, q.client}] = true
		}
	}
	const cols = "SELECT j.seq,j.recorded_us,j.event_key,j.org,COALESCE(j.client_key,''),j.request_hash,j.hash,j.doc FROM journal j WHERE "
	scan := func(r *sql.Rows) error {
		var s stored
		if err := r.Scan(&s.seq, &s.recorded, &s.event, &s.org, &s.client, &s.request, &s.hash, &s.doc); err != nil {
			return err
		}
		byEvent[s.event] = &s
		if s.client != "" {
			byClient[clientKey{s.org, s.client}] = &s
		}
		return nil
	}
	run := func(cond []string) error { return b.rows(ctx, cols+strings.Join(cond, " OR "), scan) }
	var cond []string
	for e := range events {
		cond = append(cond, "j.event_key="+string(appendLiteral(nil, e)))
	}
	for c := range clients {
		cond = append(cond, fmt.Sprintf("(j.org=%d AND j.client_key=%s)", c.org, appendLiteral(nil, c.key)))
	}
	for len(cond) > 0 {
		n := min(len(cond), loadChunk)
		if err := run(cond[:n]); err != nil {
			return nil, nil, err
		}
		cond = cond[n:]
	}
	return byEvent, byClient, nil
}
