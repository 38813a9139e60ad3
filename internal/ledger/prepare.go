package ledger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// leg is one entry to be made.
type leg struct {
	key     acctKey
	product int64
	amt     int64
}

// encodedRow is a filed row, turned into SQL text by the caller, not by the lane. late rows wait for the serial number.
type encodedRow struct {
	row  Row
	text []byte
	sum  [32]byte
	late bool
	old  bool // it is in its table already: the journal takes it over
}

// prepared is a post that has passed every check that needs no balance.
type prepared struct {
	*Post
	legs  []leg
	rows  []encodedRow // base, and before it the accounts that this attempt opens
	base  []encodedRow
	plain bool    // body and sums are those of base
	late  bool    // some row, or a new account, makes the lane hash the body
	head  []byte  // SQL text of the journal's columns that the caller knows
	canon []byte  // canonical bytes of the journal up to the documents
	docs  []int64 // documents that the post files, where they are few
	sums  []byte  // first 8 bytes of each row's digest, in canonical order
	body  [32]byte
	size  int
	reply chan outcome
	same  []*prepared // posts of the same batch with the same key, answered like this one
}

type outcome struct {
	r   Receipt
	err error
}

func (b *Book) prepare(ctx context.Context, p *Post) (*prepared, error) {
	if err := b.static(ctx, p); err != nil {
		return nil, err
	}
	q := &prepared{Post: p, reply: make(chan outcome, 1), late: p.serial != nil}
	for _, m := range p.moves {
		q.legs = append(q.legs, leg{goodsKey(m.from), int64(m.from.Product), -int64(m.n)}, leg{goodsKey(m.to), int64(m.to.Product), int64(m.n)})
	}
	for _, c := range p.claims {
		cr, de := claimKeys(c)
		q.legs = append(q.legs, leg{key: cr, amt: int64(c.amt)}, leg{key: de, amt: -int64(c.amt)})
	}
	for _, x := range p.points {
		to, from := x.keys()
		q.legs = append(q.legs, leg{key: to, amt: x.n}, leg{key: from, amt: -x.n})
	}
	if err := b.fileOwn(p); err != nil {
		return nil, err
	}
	q.encodeRows()
	q.base = q.rows
	q.docs = filed(q.base)
	q.canonHead()
	if !q.late {
		q.seal()
		q.plain = true
	}
	q.head = q.sqlHead()
	q.size = len(q.head) + len(q.sums)*2 + 512 + len(q.legs)*160
	for _, r := range q.rows {
		q.size += len(r.text) + 40
	}
	return q, nil
}

// lawful holds the role laws on one position: agents and carriers never have title, agents never risk, and neither they nor
// financiers goods.
func (b *Book) lawful(ctx context.Context, post *Post, p Position) error {
	if p.Place < 0 {
		if p.Owner != 0 || p.Bearer != 0 || p.Seller != 0 || p.Place < Lost {
			return errs.New(errs.Internal, "ledger.malformed_position")
		}
		return nil
	}
	if p.Owner <= 0 || p.Place == 0 || p.Bearer <= 0 {
		return errs.New(errs.Internal, "ledger.malformed_position")
	}
	holder, err := b.holders.of(ctx, post, p.Place)
	if err != nil {
		return err
	}
	for _, r := range []struct {
		org   id.ID
		law   string
		kinds []string
	}{
		{p.Owner, "title", []string{"agent", "carrier", "financier", "operator", "consumer"}},
		{p.Bearer, "risk", []string{"agent", "financier", "operator", "consumer"}},
		{p.Seller, "sale", []string{"agent", "carrier", "financier", "operator", "consumer"}},
		{holder, "goods", []string{"agent", "financier", "operator", "consumer"}},
	} {
		if r.org == 0 {
			continue
		}
		kind, err := b.kind(ctx, r.org)
		if err != nil {
			return fmt.Errorf("kind of organisation %d: %w", r.org, err)
		}
		if slices.Contains(r.kinds, kind) {
			return errs.New(errs.Forbidden, "ledger.role_law", "kind", kind, "law", r.law)
		}
	}
	return nil
}

// fileOwn adds the rows that the ledger files with every post: the audit row with the changes, the outbox, limits.
func (b *Book) fileOwn(p *Post) error {
	var changes any
	if len(p.changes) > 0 || p.why != "" {
		text, err := changesJSON(p.changes, p.why)
		if err != nil {
			return err
		}
		changes = text
	}
	if len(p.vouched) > 0 {
		if changes != nil {
			return errs.New(errs.Internal, "ledger.malformed", "event", p.event, "kind", p.kind)
		}
		changes = vouchedJSON(p.vouched)
	}
	ip, sum := audit.Where(p.by.IP)
	p.File(auditT.Row(b.ids.Next(), b.clock.Now(), p.by.Person, p.by.Org, p.by.OnBehalf, p.by.Session, p.action, p.doc, changes, p.by.APIKey, sum, ip))
	if p.topic != "" {
		p.File(outboxT.Row(b.ids.Next(), p.topic, p.doc, p.payload))
	}
	if p.serial != nil {
		p.File(numberT.Row(p.serial.org, p.serial.series, p.serial.year, SerialNo, p.doc))
	}
	for _, l := range p.limits {
		p.File(creditLimitT.Row(b.ids.Next(), l.seller, l.billTo, l.currency, l.limit))
	}
	return nil
}

// savedChange is a change as the audit row keeps it; verify reads it back.
type savedChange struct {
	Table string   `json:"t"`
	Key   []int64  `json:"k"`
	Sets  [][3]any `json:"c"` // column, before, after
}

// changesJSON keeps why something was done as a change of no table.
func changesJSON(changes []change, why string) (string, error) {
	out := make([]savedChange, 0, len(changes)+1)
	if why != "" {
		out = append(out, savedChange{Key: []int64{}, Sets: [][3]any{{"reason", "", why}}})
	}
	for _, c := range changes {
		s := savedChange{Table: c.t.Name, Key: c.key, Sets: make([][3]any, 0, len(c.set)+1)}
		for _, x := range c.set {
			i := c.t.index(x.Col)
			if i < 0 || c.t.Columns[i].Flag != Mutable {
				return "", errs.New(errs.Internal, "ledger.malformed_change", "table", c.t.Name, "column", x.Col)
			}
			s.Sets = append(s.Sets, [3]any{x.Col, norm(x.Before), norm(x.After)})
		}
		if c.t.Header {
			s.Sets = append(s.Sets, [3]any{"version", c.version, c.version + 1})
		}
		out = append(out, s)
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// vouchedJSON names the rows that a journal takes over, so that one that goes missing can be named.
func vouchedJSON(rows []Row) string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = strconv.FormatInt(norm(r.V[0]).(int64), 10)
	}
	text, _ := json.Marshal(map[string][]string{"vouched": ids})
	return string(text)
}

// encodeRows sorts the rows canonically (by table name, then key) and turns them into SQL text and digests.
func (q *prepared) encodeRows() {
	rows := q.Post.rows
	q.rows = make([]encodedRow, len(rows), len(rows)+len(q.vouched))
	for _, r := range q.vouched {
		q.rows = append(q.rows, encodedRow{row: r, old: true})
	}
	for i, r := range rows {
		e := encodedRow{row: r}
		for _, v := range r.V {
			switch v.(type) {
			case serialNo, serialText:
				e.late = true
			}
		}
		q.rows[i] = e
	}
	slices.SortStableFunc(q.rows, func(x, y encodedRow) int { return compareRows(x.row, y.row) })
	var scratch []byte
	for i := range q.rows {
		if e := &q.rows[i]; !e.late {
			e.text = e.row.appendSQL(make([]byte, 0, 24*len(e.row.V)))
			e.sum, scratch = e.row.T.sumOf(e.row.V, scratch)
		}
	}
}

func compareRows(x, y Row) int {
	if c := cmp.Compare(x.T.Name, y.T.Name); c != 0 {
		return c
	}
	for i := 0; i < x.T.Key; i++ {
		if i == x.T.TextKey && i > 0 {
			if c := cmp.Compare(keyText(x.V[i]), keyText(y.V[i])); c != 0 {
				return c
			}
			continue
		}
		a, _ := norm(x.V[i]).(int64)
		b, _ := norm(y.V[i]).(int64)
		if c := cmp.Compare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

func keyText(v any) string { s, _ := v.(string); return s }

// filed are the documents among the rows; none where there are many, since nobody looks for a place among so many.
func filed(rows []encodedRow) (docs []int64) {
	for _, r := range rows {
		if no, ok := norm(r.row.V[0]).(int64); ok && r.row.T.Header {
			if docs = append(docs, no); len(docs) > 4 {
				return nil
			}
		}
	}
	return docs
}

// canonHead writes the canonical bytes of the journal that do not depend on its rows: keys, times, entries.
func (q *prepared) canonHead() {
	b := make([]byte, 0, 160+len(q.legs)*48)
	b = appendText(b, q.kind)
	b = appendText(b, q.event)
	b = appendValue(b, int64(q.by.Org))
	b = appendText(b, q.client)
	b = append(b, q.request[:]...)
	b = appendValue(b, int64(q.effective))
	b = appendValue(b, int64(q.by.Person))
	b = appendValue(b, int64(q.doc))
	b = appendValue(b, q.reverses)
	b = appendValue(b, int64(len(q.legs)))
	for _, l := range q.legs {
		b = canonLeg(b, l.key, l.product, l.amt)
	}
	q.canon = b
}

func canonLeg(b []byte, k acctKey, product, amt int64) []byte {
	for _, v := range k.ints(product) {
		b = appendValue(b, v)
	}
	return appendValue(b, amt)
}

// seal makes the body's digest of head and row digests, and the short sums that name a row that was changed.
func (q *prepared) seal() {
	h := sha256.New()
	h.Write(q.canon)
	q.sums = make([]byte, 0, 8*len(q.rows))
	for i := range q.rows {
		h.Write(q.rows[i].sum[:])
		q.sums = append(q.sums, q.rows[i].sum[:8]...)
	}
	h.Sum(q.body[:0])
}

// chainHash links a journal to its predecessor.
func chainHash(prev []byte, seq, recorded int64, body []byte) [32]byte {
	var b bytes.Buffer
	b.Write(prev)
	b.Write(appendValue(appendValue(nil, seq), recorded))
	b.Write(body)
	return sha256.Sum256(b.Bytes())
}

// fill puts the serial number into the late rows and encodes them: this runs in the lane.
func (q *prepared) fill(no int64) {
	var scratch []byte
	for i := range q.base { // not rows: those are made anew from base each time the post is tried
		e := &q.base[i]
		if !e.late {
			continue
		}
		v := slices.Clone(e.row.V)
		for j, x := range v {
			switch x := x.(type) {
			case serialNo:
				v[j] = no
			case serialText:
				v[j] = fmt.Sprintf(string(x), no)
			}
		}
		r := Row{e.row.T, v}
		e.text = r.appendSQL(nil)
		e.sum, scratch = r.T.sumOf(v, scratch)
	}
}

const journalColumns = "kind,event_key,org,client_key,request_hash,effective_us,person,doc,reverses,entries,docs,seq,recorded_us,hash"

func (q *prepared) sqlHead() []byte {
	b := []byte{'('}
	b = append(appendLiteral(b, q.kind), ',')
	b = append(appendLiteral(b, q.event), ',')
	b = append(strconv.AppendInt(b, int64(q.by.Org), 10), ',')
	if q.client == "" {
		b = append(b, "NULL,"...)
	} else {
		b = append(appendLiteral(b, q.client), ',')
	}
	if q.request == [32]byte{} {
		b = append(b, "NULL,"...)
	} else {
		b = append(appendBlob(b, q.request[:]), ',')
	}
	b = append(strconv.AppendInt(b, int64(q.effective), 10), ',')
	b = append(strconv.AppendInt(b, int64(q.by.Person), 10), ',')
	b = append(strconv.AppendInt(b, int64(q.doc), 10), ',')
	if q.reverses == 0 {
		b = append(b, "NULL,"...)
	} else {
		b = append(strconv.AppendInt(b, q.reverses, 10), ',')
	}
	return append(strconv.AppendInt(b, int64(len(q.legs)), 10), ',')
}
