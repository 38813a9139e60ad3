package ledger

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/audit"
)

// paperRow is a filed row as it was filed: changes since then are undone.
type paperRow struct {
	t     *Table
	v     []any
	sum   [32]byte
	where string
}

// rowHistory is what the journals say of the changed columns of one row: as first filed, and as they are now.
type rowHistory struct {
	col         []string
	first, last []any
	used        bool
}

func rowKey(t string, key []int64) string {
	var b strings.Builder
	b.WriteString(t)
	for _, k := range key {
		b.WriteByte('/')
		b.WriteString(strconv.FormatInt(k, 10))
	}
	return b.String()
}

// readChanges reads what journals changed, oldest first, from the audit rows that carry it.
func (v *verifier) readChanges() error {
	return v.query("SELECT seq, changes FROM audit WHERE seq IS NOT NULL AND changes IS NOT NULL ORDER BY seq", func(r *sql.Rows) error {
		var seq int64
		var text string
		if err := r.Scan(&seq, &text); err != nil {
			return err
		}
		if strings.HasPrefix(text, "{") { // of an ordinary transaction, or the list of such rows: no document of a post changed
			return nil
		}
		var saved []savedChange
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&saved); err != nil {
			v.check(invDocuments, false, fmt.Sprintf("audit of journal %d", seq), "its changes cannot be read")
			return nil
		}
		for _, s := range saved {
			if s.Table != "" { // else it says why, and changes no row
				v.remember(seq, s)
			}
		}
		return nil
	})
}

func (v *verifier) remember(seq int64, s savedChange) {
	key := rowKey(s.Table, s.Key)
	h := v.history[key]
	if h == nil {
		h = &rowHistory{}
		v.history[key] = h
	}
	for _, c := range s.Sets {
		col, _ := c[0].(string)
		before, after := plainValue(c[1]), plainValue(c[2])
		i := slices.Index(h.col, col)
		if i < 0 {
			h.col, h.first, h.last = append(h.col, col), append(h.first, before), append(h.last, after)
			continue
		}
		v.check(invDocuments, h.last[i] == before, key, "journal %d changed %s from %v, but it was %v", seq, col, before, h.last[i])
		h.last[i] = after
	}
}

func plainValue(x any) any {
	if n, ok := x.(json.Number); ok {
		i, _ := n.Int64()
		return i
	}
	return x
}

// papers reads the filed rows of a window, undoes later changes, and hangs them on their journals in canonical order.
func (v *verifier) papers(w map[int64]*journalRow, from, to int64) error {
	for _, t := range tables {
		if err := v.papersOf(t, w, from, to); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	for _, j := range w {
		slices.SortStableFunc(j.papers, func(x, y paperRow) int { return compareRows(Row{x.t, x.v}, Row{y.t, y.v}) })
	}
	return nil
}

func (v *verifier) papersOf(t *Table, w map[int64]*journalRow, from, to int64) error {
	names := make([]string, 0, len(t.Columns)+1)
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	ints := make([]sql.NullInt64, len(t.Columns))
	texts := make([]sql.NullString, len(t.Columns))
	var seq int64
	dest := []any{&seq}
	for i, c := range t.Columns {
		if c.Text {
			dest = append(dest, &texts[i])
		} else {
			dest = append(dest, &ints[i])
		}
	}
	return v.query("SELECT seq,"+strings.Join(names, ",")+" FROM "+t.Name+" WHERE seq>? AND seq<=?", func(r *sql.Rows) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		p := paperRow{t: t, v: make([]any, len(t.Columns))}
		for i, c := range t.Columns {
			switch {
			case c.Text && texts[i].Valid:
				p.v[i] = texts[i].String
			case !c.Text && ints[i].Valid:
				p.v[i] = ints[i].Int64
			}
		}
		v.undo(&p)
		if t == auditT {
			v.where(&p)
		}
		p.sum, _ = t.sumOf(p.v, nil)
		if j := w[seq]; v.check(invDocuments, j != nil, p.where, "belongs to no journal") {
			j.papers = append(j.papers, p)
		}
		return nil
	}, from, to)
}

// undo checks the changed columns against what the journals say they are now, and puts them back to what was filed.
func (v *verifier) undo(p *paperRow) {
	key := make([]int64, 0, p.t.Key)
	var names []string
	for i := 0; i < p.t.Key; i++ {
		if n, ok := p.v[i].(int64); ok {
			key = append(key, n)
		}
		names = append(names, fmt.Sprint(p.v[i]))
	}
	p.where = p.t.Name + " " + strings.Join(names, "/")
	h := v.history[rowKey(p.t.Name, key)]
	if h == nil {
		return
	}
	h.used = true
	for i, col := range h.col {
		n := p.t.index(col)
		if n < 0 {
			continue
		}
		v.check(invDocuments, p.v[n] == h.last[i], p.where, "column %s is %v, the journals say %v", col, p.v[n], h.last[i])
		p.v[n] = h.first[i]
	}
}

// keyColumns are the columns of the primary key, as a query names them.
func (t *Table) keyColumns(prefix string) string {
	names := make([]string, 0, t.Key)
	for _, c := range t.Columns[:t.Key] {
		names = append(names, prefix+c.Name)
	}
	return strings.Join(names, ", ")
}

// scanKey reads first and then the primary key, which it gives as problems name it.
func (t *Table) scanKey(r *sql.Rows, first ...any) (string, error) {
	parts := make([]string, t.Key)
	for i := range parts {
		first = append(first, &parts[i])
	}
	err := r.Scan(first...)
	return strings.Join(parts, "/"), err
}

// where checks the address of an audit row, which stands outside the hash so that it can be erased, against its digest, which does not.
func (v *verifier) where(p *paperRow) {
	ip, _ := p.v[len(p.v)-1].(string)
	sum, _ := p.v[len(p.v)-2].(int64)
	if ip == "" {
		person, _ := p.v[2].(int64)
		v.check(invDocuments, sum == 0 || v.erased[person], p.where, "its address is gone, and nobody erased it")
		return
	}
	v.check(invDocuments, audit.SumOf(ip) == sum, p.where, "its address is not the one that was filed")
}

// documents compares the rows of a journal with the short digests that it keeps, and names those that differ.
func (v *verifier) documents(j *journalRow, where string) {
	v.check(invDocuments, slices.ContainsFunc(j.papers, func(p paperRow) bool { return p.t == auditT }), fmt.Sprintf("audit of journal %d", j.seq),
		"its audit row is gone")
	stored := map[string]int{}
	for i := 0; i+8 <= len(j.docs); i += 8 {
		stored[string(j.docs[i:i+8])]++
	}
	for _, p := range j.papers {
		k := string(p.sum[:8])
		if v.check(invDocuments, stored[k] > 0, p.where, "is not what journal %d filed", j.seq) {
			stored[k]--
		}
	}
	missing := 0
	for _, n := range stored {
		missing += n
	}
	v.check(invDocuments, missing == 0 && len(j.docs)%8 == 0, where, "%d of its %d filed rows are missing or changed", missing, len(j.docs)/8)
}

// tails finds filed rows that stand outside the journals, and changes of rows that do not exist.
func (v *verifier) tails() error {
	for _, t := range tables {
		err := v.query("SELECT seq, "+t.keyColumns("")+" FROM "+t.Name+" WHERE seq<1 OR seq>?", func(r *sql.Rows) error {
			var seq int64
			key, err := t.scanKey(r, &seq)
			v.check(invDocuments, false, t.Name+" "+key, "is filed by journal %d, which does not exist", seq)
			return err
		}, v.head)
		if err != nil {
			return err
		}
	}
	keys := make([]string, 0)
	for k, h := range v.history {
		if !h.used {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, cmp.Compare[string])
	for _, k := range keys {
		v.check(invDocuments, false, k, "was changed by journals, but does not exist")
	}
	err := v.query("SELECT acct,seq,leg FROM entry WHERE seq<1 OR seq>?", func(r *sql.Rows) error {
		var e entryRow
		err := r.Scan(&e.acct, &e.seq, &e.leg)
		v.check(invOnce, false, e.where(), "belongs to no journal")
		return err
	}, v.head)
	if err != nil {
		return err
	}
	return v.headRow()
}

func (v *verifier) headRow() error {
	var lane, seq, recorded int64
	var hash []byte
	n := 0
	err := v.query("SELECT lane, seq, hash, recorded_us FROM lane", func(r *sql.Rows) error {
		n++
		return r.Scan(&lane, &seq, &hash, &recorded)
	})
	if err != nil {
		return err
	}
	where := fmt.Sprintf("lane %d", lane)
	switch { // it is one thing that is checked, and what is said is what differs
	case n != 1 || lane != 0:
		v.check(invHead, false, where, "there are %d heads; there must be one, of lane 0", n)
	case seq != v.head:
		v.check(invHead, false, where, "says journal %d; the last one is %d", seq, v.head)
	case recorded != v.lastRec:
		v.check(invHead, false, where, "says that the last journal, %d, was recorded at %d; it was at %d", seq, recorded, v.lastRec)
	default:
		v.check(invHead, string(hash) == string(v.prev), where, "has another hash than the last journal, %d: %x; that of the journals is %x", seq, hash, v.prev)
	}
	return nil
}
