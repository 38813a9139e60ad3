package seal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
)

// portal is the organisation that is party to every journal.
const portal id.ID = 0

// window is how many journals are read at a time.
const window = 2000

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

// parties are the organisations of journals: who posted, whose accounts were moved, whom the document concerns.
type parties map[int64][]int64

func (p parties) add(seq int64, orgs ...int64) {
	for _, o := range orgs {
		if o > 0 && !slices.Contains(p[seq], o) {
			p[seq] = append(p[seq], o)
		}
	}
}

func scan(ctx context.Context, q querier, cols int, query string, each func(v []int64), args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	v, dest := make([]int64, cols), make([]any, cols)
	for i := range v {
		dest[i] = &v[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		each(v)
	}
	return rows.Err()
}

// papers adds whom the documents of journals concern.
func (p parties) papers(ctx context.Context, q querier, concerns []ledger.Concern, from, to int64) error {
	for _, c := range concerns {
		err := scan(ctx, q, 1+len(c.Columns), "SELECT j.seq, t."+strings.Join(c.Columns, ", t.")+" FROM journal j JOIN "+c.Table+
			" t ON t.id = j.doc WHERE j.seq > ? AND j.seq <= ?", func(v []int64) { p.add(v[0], v[1:]...) }, from, to)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Table, err)
		}
	}
	return nil
}

type journal struct {
	seq  int64
	hash []byte
}

// read reads the journals of a window with their parties.
func read(ctx context.Context, q querier, concerns []ledger.Concern, from, to int64) ([]journal, parties, error) {
	p := parties{}
	var all []journal
	rows, err := q.QueryContext(ctx, "SELECT seq, org, hash FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq", from, to)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var j journal
		var org int64
		if err := rows.Scan(&j.seq, &org, &j.hash); err != nil {
			return nil, nil, err
		}
		all = append(all, j)
		p.add(j.seq, org)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	err = scan(ctx, q, 6, "SELECT DISTINCT e.seq, a.owner, a.bearer, a.seller, a.org, a.counterparty FROM entry e JOIN account a ON a.acct = e.acct"+
		" WHERE e.seq > ? AND e.seq <= ?", func(v []int64) { p.add(v[0], v[1:]...) }, from, to)
	if err != nil {
		return nil, nil, err
	}
	return all, p, p.papers(ctx, q, concerns, from, to)
}

// head is the last journal of the books.
func head(ctx context.Context, q querier) (journal, error) {
	var j journal
	err := q.QueryRowContext(ctx, "SELECT seq, hash FROM lane WHERE lane = 0").Scan(&j.seq, &j.hash)
	return j, err
}

// Pass seals what has come since the last pass, for every organisation that is party to any of it.
func (k *Keeper) Pass(ctx context.Context) error {
	k.sealMu.Lock()
	defer k.sealMu.Unlock()
	_, err := k.pass(ctx)
	return err
}

// pass answers the head up to which everything is sealed.
func (k *Keeper) pass(ctx context.Context) (to journal, err error) {
	return to, again(func() error {
		to, err = k.passOnce(ctx)
		return err
	})
}

// errOvertaken says that the trees do not begin where the seals now end.
var errOvertaken = errors.New("another program has sealed in the meantime")

// attempts is how often another program may be quicker: more is a table of seals that somebody has meddled with.
const attempts = 20

// again makes seals anew where another program has sealed in the meantime: from where it ended.
func again(try func() error) (err error) {
	for range attempts {
		if err = try(); !errors.Is(err, errOvertaken) && db.Classify(err) != db.Duplicate {
			break
		}
	}
	return err
}

func (k *Keeper) passOnce(ctx context.Context) (journal, error) {
	key, err := k.key()
	if err != nil {
		return journal{}, err
	}
	if _, err := k.begun(ctx); err != nil {
		return journal{}, err
	}
	q := k.DB.ReadSQL()
	to, err := head(ctx, q)
	if err != nil {
		return to, fmt.Errorf("read the head: %w", err)
	}
	last, err := k.Latest(ctx, portal)
	if err != nil || last.ToSeq >= to.seq {
		return to, err
	}
	trees := map[int64]*tree{int64(portal): {}}
	for from := last.ToSeq; from < to.seq; from += window {
		all, who, err := read(ctx, q, k.Concerns, from, min(from+window, to.seq))
		if err != nil {
			return to, fmt.Errorf("read journals: %w", err)
		}
		for _, j := range all {
			for _, o := range append(who[j.seq], int64(portal)) {
				if trees[o] == nil {
					trees[o] = &tree{}
				}
				trees[o].add(j.hash)
			}
		}
	}
	orgs := make([]int64, 0, len(trees))
	for o := range trees {
		orgs = append(orgs, o)
	}
	slices.Sort(orgs)
	return to, k.write(ctx, key, last.ToSeq, to, orgs, trees)
}

// write makes one seal for each organisation, all or none, of trees over the journals after from. Another program may seal at the same
// time: whoever has seen its seals gets errOvertaken, whoever has not a taken key, as both write the portal's next seal, or the
// organisation's.
func (k *Keeper) write(ctx context.Context, key Key, from int64, to journal, orgs []int64, trees map[int64]*tree) error {
	return k.DB.InTx(ctx, func(ctx context.Context) error {
		var rows []Seal
		for _, o := range orgs {
			last, err := k.Latest(ctx, id.ID(o))
			if err != nil {
				return err
			}
			if o == int64(portal) && last.ToSeq != from || last.ToSeq >= to.seq {
				return errOvertaken
			}
			root := trees[o].root()
			s := Seal{Org: id.ID(o), N: last.N + 1, FromSeq: last.ToSeq + 1, ToSeq: to.seq, Hash: to.hash, Root: root[:], Prev: make([]byte, 32), AtUS: k.Clock.Now()}
			if last.N > 0 {
				s.Prev = last.Sum()
			}
			key.sign(&s)
			rows = append(rows, s)
		}
		return k.DB.W(ctx).CreateInBatches(rows, 200).Error
	})
}

// Now is a seal of an organisation over the books as they are: a new one where anything has come since its last.
func (k *Keeper) Now(ctx context.Context, org id.ID) (s Seal, err error) {
	k.sealMu.Lock()
	defer k.sealMu.Unlock()
	err = again(func() error {
		s, err = k.now(ctx, org)
		return err
	})
	if err != nil {
		return Seal{}, fmt.Errorf("seal: %w", err)
	}
	return s, nil
}

func (k *Keeper) now(ctx context.Context, org id.ID) (Seal, error) {
	to, err := k.pass(ctx)
	if err != nil {
		return Seal{}, err
	}
	s, err := k.Latest(ctx, org)
	if err != nil || s.ToSeq >= to.seq || to.seq == 0 {
		return s, err
	}
	key, err := k.key()
	if err != nil {
		return Seal{}, err
	}
	err = k.write(ctx, key, s.ToSeq, to, []int64{int64(org)}, map[int64]*tree{int64(org): {}}) // it was party to nothing since
	if err != nil {
		return Seal{}, err
	}
	return k.Latest(ctx, org)
}

// Latest is the last seal of an organisation; one with N 0 where there is none.
func (k *Keeper) Latest(ctx context.Context, org id.ID) (s Seal, err error) {
	var rows []Seal
	err = k.DB.R(ctx).Where("org = ?", org).Order("n DESC").Limit(1).Find(&rows).Error
	if len(rows) > 0 {
		s = rows[0]
	}
	return s, err
}

// List is the seals of an organisation, newest first. Whether the asker may have them is the caller's question.
func (k *Keeper) List(ctx context.Context, org id.ID, q list.Query) (list.Page[Seal], error) {
	tx := k.DB.R(ctx).Where("org = ?", org)
	after, ok, err := q.After()
	if err != nil {
		return list.Page[Seal]{}, err
	}
	if ok {
		tx = tx.Where("n < ?", after.ID)
	}
	var rows []Seal
	if err := tx.Order("n DESC").Limit(q.Limit() + 1).Find(&rows).Error; err != nil {
		return list.Page[Seal]{}, errs.Wrap(errs.Internal, "internal", err)
	}
	return list.Cut(rows, q.Limit(), func(s Seal) list.Key { return list.Key{ID: s.N} }), nil
}
