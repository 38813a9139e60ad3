package ledger

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"fmt"
)

// verifyWindow is how many journals are read at a time.
const verifyWindow = 500

type journalRow struct {
	seq, org, effective, recorded, person, doc int64
	kind, event, client                        string
	request, docs, hash                        []byte
	reverses, entries                          int64
	legs                                       []entryRow
	papers                                     []paperRow
}

type entryRow struct {
	acct, seq, leg, amt, bal, effective, late int64
	product                                   sql.NullInt64
	key                                       acctKey
	known                                     bool
}

func (v *verifier) journals() error {
	if err := v.tx.QueryRowContext(v.ctx, "SELECT COALESCE(MAX(seq),0) FROM journal").Scan(&v.head); err != nil {
		return err
	}
	for from := int64(0); from < v.head; from += verifyWindow {
		w, err := v.window(from, from+verifyWindow)
		if err != nil {
			return err
		}
		if err := v.watchWindow(from, min(from+verifyWindow, v.head)); err != nil {
			return err
		}
		for seq := from + 1; seq <= min(from+verifyWindow, v.head); seq++ {
			j := w[seq]
			if !v.check(invChain, j != nil, fmt.Sprintf("journal %d", seq), "is missing") {
				continue
			}
			if err := v.journal(j); err != nil {
				return err
			}
		}
		if v.cfg.Progress != nil {
			v.cfg.Progress(min(from+verifyWindow, v.head), v.head)
		}
	}
	return nil
}

// window reads the journals with their entries and papers.
func (v *verifier) window(from, to int64) (map[int64]*journalRow, error) {
	w := map[int64]*journalRow{}
	err := v.query("SELECT seq,kind,event_key,org,client_key,request_hash,effective_us,recorded_us,person,doc,reverses,"+
		"entries,docs,hash FROM journal WHERE seq>? AND seq<=?", func(r *sql.Rows) error {
		j := &journalRow{}
		var client sql.NullString
		var reverses sql.NullInt64
		err := r.Scan(&j.seq, &j.kind, &j.event, &j.org, &client, &j.request, &j.effective, &j.recorded, &j.person, &j.doc, &reverses,
			&j.entries, &j.docs, &j.hash)
		j.client, j.reverses = client.String, reverses.Int64
		// The hash knows nothing of the difference between nothing and empty: the lane writes NULL for what is not there, and nothing else.
		v.check(invChain, client.Valid == (j.client != "") && reverses.Valid == (j.reverses != 0) && (j.request == nil || (len(j.request) == 32 && !bytes.Equal(j.request, make([]byte, 32)))),
			fmt.Sprintf("journal %d (%s)", j.seq, j.event), "client_key, request_hash or reverses is not as it was written")
		w[j.seq] = j
		return err
	}, from, to)
	if err != nil {
		return nil, err
	}
	err = v.query("SELECT e.acct,e.seq,e.leg,e.amt,e.bal_after,e.effective_us,e.late,a.product,a.book,a.unit,a.owner,a.place,a.bearer,a.seller,"+
		"a.org,a.counterparty,a.purpose,a.side FROM entry e LEFT JOIN account a ON a.acct=e.acct WHERE e.seq>? AND e.seq<=? ORDER BY e.seq, e.leg",
		func(r *sql.Rows) error {
			var e entryRow
			var k [10]sql.NullInt64
			if err := r.Scan(&e.acct, &e.seq, &e.leg, &e.amt, &e.bal, &e.effective, &e.late, &e.product, &k[0], &k[1], &k[2], &k[3], &k[4], &k[5],
				&k[6], &k[7], &k[8], &k[9]); err != nil {
				return err
			}
			e.known = e.product.Valid
			e.key = acctKey{k[0].Int64, k[1].Int64, k[2].Int64, k[3].Int64, k[4].Int64, k[5].Int64, k[6].Int64, k[7].Int64, k[8].Int64, k[9].Int64}
			v.rep.Entries++
			if j := w[e.seq]; v.check(invOnce, j != nil, e.where(), "belongs to no journal") {
				j.legs = append(j.legs, e)
			}
			return nil
		}, from, to)
	if err != nil {
		return nil, err
	}
	return w, v.papers(w, from, to)
}

func (e entryRow) where() string {
	return fmt.Sprintf("entry (account %d, journal %d, leg %d)", e.acct, e.seq, e.leg)
}

func (v *verifier) journal(j *journalRow) error {
	v.rep.Journals++
	where := fmt.Sprintf("journal %d (%s)", j.seq, j.event)
	v.check(invBalanced, int64(len(j.legs)) == j.entries, where, "says %d entries, has %d", j.entries, len(j.legs))
	sums := map[[2]int64]int64{}
	for i, e := range j.legs {
		v.entry(j, &e, int64(i))
		sums[[2]int64{e.key.book, e.key.unit}] += e.amt
	}
	for unit, sum := range sums {
		v.check(invBalanced, sum == 0, where, "unit %d of book %d sums to %d", unit[1], unit[0], sum)
	}
	v.documents(j, where)
	v.limits(j, where)
	v.chain(j, where)
	v.watchJournal(j)
	if j.reverses != 0 {
		return v.mirror(j, where)
	}
	return nil
}

// entry checks one entry against the account as all earlier ones left it.
func (v *verifier) entry(j *journalRow, e *entryRow, leg int64) {
	where := e.where()
	v.check(invChain, e.leg == leg, where, "its leg should be %d", leg)
	v.check(invChain, e.effective == j.effective, where, "its effective time is not its journal's")
	if !v.check(invThree, e.known, where, "its account does not exist") {
		return
	}
	s := v.state[e.acct]
	if s == nil {
		s = &acctState{key: e.key, product: e.product.Int64}
		v.state[e.acct] = s
		v.lawful(e.acct, e.key)
	}
	late := int64(0)
	if e.effective < s.maxEff {
		late = 1
	}
	v.check(invRunning, e.late == late, where, "late is %d, should be %d", e.late, late)
	s.bal += e.amt
	v.check(invRunning, e.bal == s.bal, where, "balance after it is %d, the entries give %d", e.bal, s.bal)
	s.bal = e.bal // name the first wrong one, not all that follow
	if e.key.floored() {
		v.check(invFloor, e.bal >= 0, where, "balance %d", e.bal)
		if late == 1 {
			v.late[e.acct] = true
		}
	}
	s.seq, s.maxEff = e.seq, max(s.maxEff, e.effective)
}

func (v *verifier) lawful(acct int64, k acctKey) {
	if k.book != bookGoods {
		return
	}
	where := fmt.Sprintf("account %d", acct)
	inside := k.place > 0
	v.check(invThree, inside == (k.owner > 0) && inside == (k.bearer > 0), where, "owner %d, place %d, bearer %d", k.owner, k.place, k.bearer)
	for _, r := range []struct {
		org   int64
		what  string
		never string
	}{{k.owner, "title", "agent carrier financier operator consumer"}, {k.bearer, "risk", "agent financier operator consumer"}, {k.seller(), "sale", "agent carrier financier operator consumer"}, {v.places[k.place], "the goods", "agent financier operator consumer"}} {
		if r.org > 0 {
			kind := v.kinds[r.org]
			v.check(invRoles, kind == "" || !containsWord(r.never, kind), where, "organisation %d (%s) has %s", r.org, kind, r.what)
		}
	}
}

func (k acctKey) seller() int64 { return k.selr }

func containsWord(list, word string) bool {
	return bytes.Contains([]byte(" "+list+" "), []byte(" "+word+" "))
}

// hashOf recomputes the journal's hash from its own columns, its entries with their accounts, and its papers.
func hashOf(prev []byte, j *journalRow) [32]byte {
	b := appendText(nil, j.kind)
	b = appendText(b, j.event)
	b = appendValue(b, j.org)
	b = appendText(b, j.client)
	var request [32]byte
	copy(request[:], j.request)
	b = append(b, request[:]...)
	for _, x := range []int64{j.effective, j.person, j.doc, j.reverses, j.entries} {
		b = appendValue(b, x)
	}
	for _, e := range j.legs {
		b = canonLeg(b, e.key, e.product.Int64, e.amt)
	}
	h := sha256.New()
	h.Write(b)
	for _, p := range j.papers {
		h.Write(p.sum[:])
	}
	return chainHash(prev, j.seq, j.recorded, h.Sum(nil))
}

func (v *verifier) chain(j *journalRow, where string) {
	hash := hashOf(v.prev, j)
	v.check(invChain, bytes.Equal(hash[:], j.hash), where, "its hash does not follow from its rows")
	v.check(invChain, j.recorded > v.lastRec, where, "is recorded before its predecessor")
	v.prev, v.lastRec = j.hash, j.recorded
}

// mirror: a reversal is the exact negative of what it reverses.
func (v *verifier) mirror(j *journalRow, where string) error {
	want := map[[2]int64]int64{}
	err := v.query("SELECT acct, amt FROM entry WHERE seq=?", func(r *sql.Rows) error {
		var a, amt int64
		err := r.Scan(&a, &amt)
		want[[2]int64{a}] += amt
		return err
	}, j.reverses)
	if err != nil {
		return err
	}
	for _, e := range j.legs {
		want[[2]int64{e.acct}] += e.amt
	}
	ok := j.reverses < j.seq
	for _, x := range want {
		ok = ok && x == 0
	}
	v.check(invOnce, ok, where, "does not mirror journal %d", j.reverses)
	return nil
}
