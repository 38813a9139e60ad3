package ledger

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"saluran/internal/db"
)

// builder collects one batch as SQL text: one multi-row statement for each table.
type builder struct {
	journals, entries []byte
	papers            map[*Table][]byte
	order             []*Table
	changes           map[*Table][]change
	vouched           []string // rows of audit that journals take over
}

func (o *builder) reset() {
	o.journals, o.entries = o.journals[:0], o.entries[:0]
	if o.papers == nil {
		o.papers = map[*Table][]byte{}
	}
	for t, b := range o.papers {
		o.papers[t] = b[:0]
	}
	o.order = o.order[:0]
	o.changes = map[*Table][]change{}
	o.vouched = nil
}

func (o *builder) journal(q *prepared, seq, recorded int64, hash []byte) {
	b := comma(o.journals)
	b = append(b, q.head...)
	b = append(appendBlob(b, q.sums), ',')
	b = append(strconv.AppendInt(b, seq, 10), ',')
	b = append(strconv.AppendInt(b, recorded, 10), ',')
	b = appendBlob(b, hash)
	o.journals = append(b, ')')
}

func (o *builder) entry(e entry, seq int64, leg int, eff int64) {
	late := int64(0)
	if e.late {
		late = 1
	}
	o.entries = appendInts(comma(o.entries), e.a.id, seq, int64(leg), e.amt, e.bal, eff, late)
}

func (o *builder) row(r *encodedRow, seq int64) {
	b, ok := o.papers[r.row.T]
	if !ok || len(b) == 0 {
		o.order = append(o.order, r.row.T)
	}
	b = append(comma(b), r.text...)
	b = strconv.AppendInt(b, seq, 10)
	o.papers[r.row.T] = append(b, ')')
}

// vouch gives rows of audit their journal. A row that has one makes its action NULL, which the column refuses.
func (o *builder) vouch(rows []encodedRow, seq int64) {
	var ids []byte
	for i := range rows {
		if rows[i].old {
			ids = strconv.AppendInt(comma(ids), norm(rows[i].row.V[0]).(int64), 10)
		}
	}
	if len(ids) > 0 {
		o.vouched = append(o.vouched, "UPDATE audit SET action=CASE WHEN seq IS NULL THEN action END,seq="+strconv.FormatInt(seq, 10)+
			" WHERE id IN ("+string(ids)+")")
	}
}

func (o *builder) change(c change) { o.changes[c.t] = append(o.changes[c.t], c) }

func comma(b []byte) []byte {
	if len(b) > 0 {
		return append(b, ',')
	}
	return b
}

func appendInts(b []byte, v ...int64) []byte {
	b = append(b, '(')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, x, 10)
	}
	return append(b, ')')
}

// statements are the batch in order: the fence first, then the guards, so that a stale document fails under its own name
// before any duplicate key can.
func (t *batch) statements() []string {
	h := &t.b.head
	var out []string
	fence := "UPDATE lane SET hash=X'" + hexOf(t.hash) + "',recorded_us=" + strconv.FormatInt(t.recorded, 10) +
		",seq=CASE WHEN seq=" + strconv.FormatInt(h.seq, 10)
	if t.usesEpoch() {
		fence += " AND (SELECT n FROM epoch WHERE name='master')=" + strconv.FormatInt(h.epoch, 10)
	}
	out = append(out, fence+" THEN "+strconv.FormatInt(t.seq, 10)+" END WHERE lane=0")
	out = append(out, t.out.guards()...)
	insert := func(head string, rows []byte) {
		if len(rows) > 0 {
			out = append(out, head+" VALUES "+string(rows))
		}
	}
	insert("INSERT INTO journal ("+journalColumns+")", t.out.journals)
	insert("INSERT INTO entry (acct,seq,leg,amt,bal_after,effective_us,late)", t.out.entries)
	slices.SortFunc(t.out.order, func(x, y *Table) int { return cmp.Compare(x.Name, y.Name) })
	for _, p := range t.out.order {
		insert(p.insertHead(), t.out.papers[p])
	}
	out = append(out, t.out.vouched...)
	return append(out, t.upserts()...)
}

func (t *Table) insertHead() string {
	var b bytes.Buffer
	b.WriteString("INSERT INTO " + t.Name + " (")
	for _, c := range t.Columns {
		b.WriteString(c.Name + ",")
	}
	b.WriteString("seq)")
	return b.String()
}

func (t *batch) usesEpoch() bool {
	for _, q := range t.accepted {
		if q.epoch != 0 {
			return true
		}
	}
	return false
}

// upserts write the balances and counters that the batch has touched, in key order.
func (t *batch) upserts() []string {
	var out []string
	upsert := func(table, cols string, key string, set []string, rows []byte) {
		if len(rows) > 0 {
			out = append(out, "INSERT INTO "+table+" ("+cols+") VALUES "+string(rows)+t.b.onConflict(key, set))
		}
	}
	slices.SortFunc(t.accts, func(x, y *acct) int { return cmp.Compare(x.id, y.id) })
	var b []byte
	for _, a := range t.accts {
		b = appendInts(comma(b), a.id, a.posted, a.lastSeq, a.lastEff)
	}
	upsert("balance", "acct,posted,last_seq,last_effective_us", "acct", []string{"posted", "last_seq", "last_effective_us"}, b)
	b = nil
	slices.SortFunc(t.stocks, func(x, y stockKey) int {
		return cmp.Or(cmp.Compare(x.seller, y.seller), cmp.Compare(x.product, y.product))
	})
	for _, k := range t.stocks {
		s, _ := t.b.cache.stocks.find(k)
		b = appendInts(comma(b), k.seller, k.product, s.sellable, s.held)
	}
	upsert("stock", "seller,product,sellable,held", "seller,product", []string{"sellable", "held"}, b)
	b = nil
	slices.SortFunc(t.exposures, func(x, y exposureKey) int {
		return cmp.Or(cmp.Compare(x.seller, y.seller), cmp.Compare(x.billTo, y.billTo), cmp.Compare(x.currency, y.currency))
	})
	for _, k := range t.exposures {
		x, _ := t.b.cache.exposures.find(k)
		b = appendInts(comma(b), k.seller, k.billTo, k.currency, x.used, x.held, x.limit)
	}
	upsert("exposure", "seller,bill_to,currency,used,held,limit_amt", "seller,bill_to,currency", []string{"used", "held", "limit_amt"}, b)
	b = nil
	for _, k := range t.serials {
		s, _ := t.b.cache.serials.find(k)
		b = append(comma(b), '(')
		b = append(strconv.AppendInt(b, k.org, 10), ',')
		b = append(appendLiteral(b, k.series), ',')
		b = append(strconv.AppendInt(b, k.year, 10), ',')
		b = append(strconv.AppendInt(b, s.last, 10), ')')
	}
	upsert("serial", "org,series,year,last_no", "org,series,year", []string{"last_no"}, b)
	return out
}

func (b *Book) onConflict(key string, set []string) string {
	var s bytes.Buffer
	if b.d.Engine == db.MySQL {
		s.WriteString(" ON DUPLICATE KEY UPDATE ")
	} else {
		s.WriteString(" ON CONFLICT(" + key + ") DO UPDATE SET ")
	}
	for i, c := range set {
		if i > 0 {
			s.WriteByte(',')
		}
		if b.d.Engine == db.MySQL {
			s.WriteString(c + "=VALUES(" + c + ")")
		} else {
			s.WriteString(c + "=excluded." + c)
		}
	}
	return s.String()
}

// guardChunk is how many documents one CASE statement changes: CASE is quadratic.
const guardChunk = 60

// guards are the changes of documents: for each table, one UPDATE for up to guardChunk rows. A header's version becomes NULL,
// which the column refuses, unless it is the one that the post expected.
func (o *builder) guards() []string {
	var out []string
	names := make([]*Table, 0, len(o.changes))
	for t := range o.changes {
		names = append(names, t)
	}
	slices.SortFunc(names, func(x, y *Table) int {
		if x.Header != y.Header {
			if x.Header {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.Name, y.Name)
	})
	for _, t := range names {
		for chunk := range slices.Chunk(o.changes[t], guardChunk) {
			out = append(out, t.guard(chunk))
		}
	}
	return out
}

func (t *Table) guard(chunk []change) string {
	var cols []string
	for _, c := range chunk {
		for _, s := range c.set {
			if !slices.Contains(cols, s.Col) {
				cols = append(cols, s.Col)
			}
		}
	}
	b := []byte("UPDATE " + t.Name + " SET ")
	if t.Header {
		b = append(b, "version=CASE"...)
		for _, c := range chunk {
			b = append(b, " WHEN "...)
			b = t.appendKey(b, c.key)
			b = append(b, " AND version="...)
			b = strconv.AppendInt(b, c.version, 10)
			b = append(b, " THEN "...)
			b = strconv.AppendInt(b, c.version+1, 10)
		}
		b = append(b, " END"...)
		if len(cols) > 0 {
			b = append(b, ',')
		}
	}
	for i, col := range cols {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.appendCase(b, col, chunk)
	}
	b = append(b, " WHERE "...)
	for i, c := range chunk {
		if i > 0 {
			b = append(b, " OR "...)
		}
		b = append(b, '(')
		b = append(t.appendKey(b, c.key), ')')
	}
	return string(b)
}

func (t *Table) appendCase(b []byte, col string, chunk []change) []byte {
	b = append(b, col...)
	b = append(b, "=CASE"...)
	for _, c := range chunk {
		for _, s := range c.set {
			if s.Col == col {
				b = append(b, " WHEN "...)
				b = t.appendKey(b, c.key)
				b = append(b, " THEN "...)
				b = appendLiteral(b, norm(s.After))
			}
		}
	}
	return append(append(b, " ELSE "...), col+" END"...)
}

func (t *Table) appendKey(b []byte, key []int64) []byte {
	for i, k := range key {
		if i > 0 {
			b = append(b, " AND "...)
		}
		b = append(b, t.Columns[i].Name...)
		b = append(b, '=')
		b = strconv.AppendInt(b, k, 10)
	}
	return b
}
