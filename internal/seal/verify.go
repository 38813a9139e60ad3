package seal

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// The promises that verify prints beside the ledger's own.
const (
	PromiseAudit = "every audit row was written by the portal, and stands in the chain as it was written"
	PromiseSeals = "seals say what the journals say, one after the other without a gap"
	PromiseGiven = "the seals that were handed in are those of these books"
)

// Check is what verify asks beyond the ledger: one for each run.
type Check struct {
	Concerns []ledger.Concern
	Given    []Seal   // seals from outside
	Keys     []string // public keys to trust for Given; those of the chain where there are none

	Rows    int64  // audit rows
	Pending int64  // of which the chain has not yet taken
	Seals   int64  // kept by the portal
	Failed  int64  // of Given
	First   string // the first of Given that fails: organisation/number

	keys  keys
	who   parties
	state map[int64]*sealed
	due   []Seal // seals that end in the window
}

// sealed is an organisation on the walk through the journals.
type sealed struct {
	tree tree
	last Seal
}

// Watchers are the checks, for ledger.VerifyConfig.
func (c *Check) Watchers() []ledger.Watcher {
	out := []ledger.Watcher{
		{Promise: PromiseAudit, Begin: c.begin, End: c.audit},
		{Promise: PromiseSeals, Window: c.window, Journal: c.journal, End: c.seals},
	}
	if len(c.Given) > 0 {
		out = append(out, ledger.Watcher{Promise: PromiseGiven, End: c.given})
	}
	return out
}

func (c *Check) begin(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	c.state, c.due, c.Rows, c.Pending, c.Seals, c.Failed, c.First = map[int64]*sealed{}, nil, 0, 0, 0, 0, ""
	var rows []KeyRow
	r, err := tx.QueryContext(ctx, "SELECT id, public FROM seal_key")
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		var k KeyRow
		if err := r.Scan(&k.ID, &k.Public); err != nil {
			return err
		}
		rows = append(rows, k)
	}
	c.keys = publics(rows)
	for _, k := range rows {
		test(c.keys[k.ID] != nil, fmt.Sprintf("seal_key %d", k.ID), "is not the key that its number says")
	}
	return r.Err()
}

// audit checks the marks, and that journals still have the rows that they took over.
func (c *Check) audit(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	var begun int64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM journal WHERE event_key = ?", beginning).Scan(&begun); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM audit").Scan(&c.Rows); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, at_us, person, org, on_behalf, session, action, doc, changes, api_key, ip_sum, mark, seq FROM audit"+
		" WHERE mark IS NOT NULL OR seq IS NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l audit.Line
		if err := rows.Scan(&l.ID, &l.AtUS, &l.Person, &l.Org, &l.OnBehalf, &l.Session, &l.Action, &l.Doc, &l.Changes, &l.APIKey, &l.IPSum, &l.Mark, &l.Seq); err != nil {
			return err
		}
		if l.Seq == nil {
			c.Pending++
		}
		if begun > 0 { // before, nobody vouches
			test(c.keys.vouches(l.Mark, l.Canonical()), fmt.Sprintf("audit %d", l.ID), "was not written so by the portal: its mark is not good")
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return c.taken(ctx, tx, test)
}

// taken names the rows that journals took over and that are gone.
func (c *Check) taken(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	lists := map[int64][]string{}
	rows, err := tx.QueryContext(ctx, "SELECT seq, changes FROM audit WHERE seq IS NOT NULL AND action IN ('audit.vouched', 'audit.begun') AND changes IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var text string
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		var said struct {
			Vouched []string `json:"vouched"`
		}
		if json.Unmarshal([]byte(text), &said) == nil {
			lists[seq] = said.Vouched
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for seq, want := range lists {
		there := map[string]bool{}
		err := scan(ctx, tx, 1, "SELECT id FROM audit WHERE seq = ?", func(v []int64) { there[id.ID(v[0]).String()] = true }, seq)
		if err != nil {
			return err
		}
		for _, no := range want {
			test(there[no], "audit "+no, "journal %d took it into the chain; it is gone", seq)
		}
	}
	return nil
}

const sealColumns = "org, n, from_seq, to_seq, hash, root, prev, at_us, key_id, signature"

func readSeals(ctx context.Context, tx *sql.Tx, rest string, args ...any) (out []Seal, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+sealColumns+" FROM seal "+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s Seal
		if err := rows.Scan(&s.Org, &s.N, &s.FromSeq, &s.ToSeq, &s.Hash, &s.Root, &s.Prev, &s.AtUS, &s.KeyID, &s.Signature); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (s Seal) where() string { return fmt.Sprintf("seal %d/%d (to journal %d)", s.Org, s.N, s.ToSeq) }

// window reads whom the documents of the next journals concern, and the seals that end among them.
func (c *Check) window(ctx context.Context, tx *sql.Tx, from, to int64) (err error) {
	c.who = parties{}
	if c.due, err = readSeals(ctx, tx, "WHERE to_seq > ? AND to_seq <= ? ORDER BY to_seq, org, n", from, to); err != nil {
		return err
	}
	return c.who.papers(ctx, tx, c.Concerns, from, to)
}

func (c *Check) journal(seq int64, hash []byte, orgs []int64, test ledger.Test) {
	c.who.add(seq, orgs...)
	for _, o := range append(c.who[seq], int64(portal)) {
		c.of(o).tree.add(hash)
	}
	delete(c.who, seq)
	for len(c.due) > 0 && c.due[0].ToSeq <= seq {
		s := c.due[0]
		c.due = c.due[1:]
		c.kept(s, hash, s.ToSeq == seq, test)
	}
}

func (c *Check) of(org int64) *sealed {
	if c.state[org] == nil {
		c.state[org] = &sealed{}
	}
	return c.state[org]
}

// kept checks a seal of the table against the journals up to it and the seal before.
func (c *Check) kept(s Seal, hash []byte, there bool, test ledger.Test) {
	c.Seals++
	o := c.of(int64(s.Org))
	root := o.tree.root()
	prev := make([]byte, 32)
	if o.last.N > 0 {
		prev = o.last.Sum()
	}
	switch {
	case !test(c.keys.signed(s), s.where(), "its signature is not good"):
	case !test(there && bytes.Equal(s.Hash, hash), s.where(), "journal %d is not the one that was sealed", s.ToSeq):
	case !test(s.N == o.last.N+1 && s.FromSeq == o.last.ToSeq+1 && bytes.Equal(s.Prev, prev), s.where(), "does not follow the seal before it"):
	default:
		test(bytes.Equal(s.Root, root[:]), s.where(), "the organisation's journals are not those that were sealed")
	}
	o.last, o.tree = s, tree{}
}

func (c *Check) seals(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	var top int64
	err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM journal").Scan(&top)
	if err != nil {
		return err
	}
	late, err := readSeals(ctx, tx, "WHERE to_seq > ? OR to_seq < 1 ORDER BY to_seq, org, n", top)
	for _, s := range late {
		c.Seals++
		test(false, s.where(), "the books end at journal %d: what came after was cut off", top)
	}
	return err
}

// given checks seals from outside, the earliest first.
func (c *Check) given(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	trusted := c.keys
	if len(c.Keys) > 0 {
		trusted = keys{}
		for _, text := range c.Keys {
			p, err := ParsePublic(text)
			if err != nil {
				return err
			}
			trusted[KeyID(p)] = p
		}
	}
	slices.SortStableFunc(c.Given, func(x, y Seal) int {
		return cmp.Or(cmp.Compare(x.ToSeq, y.ToSeq), cmp.Compare(x.Org, y.Org), cmp.Compare(x.N, y.N))
	})
	var top int64
	err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM journal").Scan(&top)
	if err != nil {
		return err
	}
	for _, s := range c.Given {
		why, err := c.against(ctx, tx, trusted, top, s)
		if err != nil {
			return err
		}
		if !test(why == "", s.where(), "%s", why) {
			if c.Failed++; c.First == "" {
				c.First = fmt.Sprintf("%d/%d", s.Org, s.N)
			}
		}
	}
	return nil
}

// against says what is wrong with a seal from outside; "" where it is one of these books.
func (c *Check) against(ctx context.Context, tx *sql.Tx, trusted keys, top int64, s Seal) (string, error) {
	if trusted[s.KeyID] == nil {
		return "it is signed with a key that is not known here", nil
	}
	if !trusted.signed(s) {
		return "its signature is not good", nil
	}
	if s.ToSeq > top {
		return fmt.Sprintf("the books end at journal %d: what came after was cut off", top), nil
	}
	var hash []byte
	err := tx.QueryRowContext(ctx, "SELECT hash FROM journal WHERE seq = ?", s.ToSeq).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	if !bytes.Equal(hash, s.Hash) {
		return fmt.Sprintf("journal %d is not the one that was sealed: it, or one before it, was written anew", s.ToSeq), nil
	}
	mine, err := readSeals(ctx, tx, "WHERE org = ? AND n = ?", s.Org, s.N)
	switch {
	case err != nil:
		return "", err
	case len(mine) == 0:
		return "the portal no longer keeps it", nil
	case mine[0].Text() != s.Text():
		return "the portal keeps another one in its place", nil
	}
	return "", nil
}

// Vouched are the columns that these checks vouch for beside the ledger's own.
func Vouched() []string {
	out := []string{"audit.mark"}
	for _, c := range strings.Split(sealColumns, ", ") {
		out = append(out, "seal."+c)
	}
	return out
}
