package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"

	"saluran/internal/db"
)

// VerifyConfig says what the ledger cannot know by itself.
type VerifyConfig struct {
	Holds    *HoldSource
	Erased   string // a query of people whose traces were erased
	Places   string // a query of (place, organisation whose it is): warehouses, and shipments by their carriers
	Progress func(done, total int64)
	Watch    []Watcher // promises of others
}

// HoldSource says what documents hold: queries of (seller, product, held) and (seller, bill-to, currency code, held), and where the
// held credit stands, so that every change of it can be followed journal by journal.
type HoldSource struct {
	Stock, Credit string
	CreditIn      *CreditColumn // nil: limits are not followed
}

// CreditColumn is the mutable column of a table of headers that holds credit, and the columns that say whose.
type CreditColumn struct {
	Table               *Table
	Held                string
	Seller, BillTo, Cur string
	PastLimit           []string // kinds of journals that may pass a limit: see Post.PastLimit
}

// Invariant is one promise with how often it was checked and how often it failed.
type Invariant struct {
	Name    string
	Checked int64
	Failed  int64
}

// Problem is one broken promise: which, where (table and key), and what is wrong.
type Problem struct{ Invariant, Where, What string }

func (p Problem) String() string { return p.Invariant + ": " + p.Where + ": " + p.What }

// Report is the outcome of Verify.
type Report struct {
	Journals, Entries int64
	Invariants        []Invariant
	Problems          []Problem // at most maxProblems; Invariants count them all
}

// Failed is the number of invariants that do not hold.
func (r *Report) Failed() int {
	n := 0
	for _, i := range r.Invariants {
		if i.Failed > 0 {
			n++
		}
	}
	return n
}

const maxProblems = 500

// The promises, in the words and the order in which verify prints them.
const (
	invBalanced  = "each journal moves what it takes: it sums to zero for each lot, currency and programme"
	invDocuments = "documents are as they were filed, and changed only by journals"
	invFloor     = "no inside position, no floored claim and no holder of points was ever below zero, in the order of recording"
	invEffective = "nor in the order in which it took effect, where something was dated back"
	invThree     = "every unit has one owner, one holder, one bearer; title, possession and risk are equal in sum"
	invMirror    = "what A is owed by B is what B owes A"
	invPoints    = "points of each programme sum to zero: what holders have is what was issued"
	invRoles     = "agents and carriers never have title, agents never risk, agents and financiers never goods"
	invOnce      = "each event and each key stands once, counted row by row; a journal is reversed at most once, by its mirror"
	invRunning   = "balances are the sums of their entries, after every entry"
	invChain     = "journals are chained by hash over all that gives them meaning"
	invHolds     = "stock held is what documents hold, and never more than what stands sellable"
	invCredit    = "credit used and held is what the books and documents say"
	invLimit     = "no journal raised what a debtor uses and holds of its credit above the limit of that moment, but for debts that stand again when a payment bounces"
	invHead      = "the head row is the last journal"
	invSerial    = "numbers are issued without gaps"
	invOrphans   = "every line has its document"
)

var promises = []string{invBalanced, invDocuments, invFloor, invEffective, invThree, invMirror, invPoints, invRoles, invOnce, invRunning, invChain, invHolds,
	invCredit, invLimit, invHead, invSerial, invOrphans}

// verifier works in one snapshot of the database, journal by journal.
type verifier struct {
	ctx     context.Context
	tx      *sql.Tx
	cfg     VerifyConfig
	rep     Report
	inv     map[string]*Invariant
	kinds   map[int64]string
	places  map[int64]int64 // whose a place is
	late    map[int64]bool  // floored accounts with something dated back
	credit  creditWalk
	state   map[int64]*acctState
	history map[string]*rowHistory
	erased  map[int64]bool // people
	prev    []byte
	lastRec int64
	head    int64
}

// acctState is an account as its entries so far say.
type acctState struct {
	key              acctKey
	product          int64
	bal, seq, maxEff int64
}

// Verify recomputes the books from the rows, in one snapshot, while trade goes on. Its error is that it could not read;
// what does not hold is in the report. Memory grows with accounts and changed documents, not with journals.
func Verify(ctx context.Context, d *db.DB, cfg VerifyConfig) (*Report, error) {
	opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if d.Engine == db.SQLite {
		opts = nil
	}
	tx, err := d.ReadSQL().BeginTx(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	defer tx.Rollback()
	v := &verifier{ctx: ctx, tx: tx, cfg: cfg, inv: map[string]*Invariant{}, state: map[int64]*acctState{}, history: map[string]*rowHistory{},
		kinds: map[int64]string{}, places: map[int64]int64{}, erased: map[int64]bool{}, late: map[int64]bool{}, credit: newCreditWalk(), prev: make([]byte, 32)}
	for _, step := range []func() error{v.readKinds, v.readPlaces, v.readErased, v.readChanges, v.watchBegin, v.once, v.journals, v.tails, v.effective, v.balances, v.counters, v.serials, v.orphans, v.watchEnd} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
	}
	for _, name := range promises {
		v.rep.Invariants = append(v.rep.Invariants, *v.at(name))
	}
	for _, w := range cfg.Watch {
		v.rep.Invariants = append(v.rep.Invariants, *v.at(w.Promise))
	}
	return &v.rep, nil
}

func (v *verifier) at(name string) *Invariant {
	if v.inv[name] == nil {
		v.inv[name] = &Invariant{Name: name}
	}
	return v.inv[name]
}

// check counts a promise; a broken one is named.
func (v *verifier) check(name string, ok bool, where, what string, args ...any) bool {
	i := v.at(name)
	i.Checked++
	if !ok {
		i.Failed++
		if len(v.rep.Problems) < maxProblems {
			v.rep.Problems = append(v.rep.Problems, Problem{name, where, fmt.Sprintf(what, args...)})
		}
	}
	return ok
}

func (v *verifier) query(q string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := v.tx.QueryContext(v.ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (v *verifier) readKinds() error {
	return v.query("SELECT id, kind FROM org", func(r *sql.Rows) error {
		var o int64
		var k string
		err := r.Scan(&o, &k)
		v.kinds[o] = k
		return err
	})
}

func (v *verifier) readPlaces() error {
	if v.cfg.Places == "" {
		return nil
	}
	return v.query(v.cfg.Places, func(r *sql.Rows) error {
		var place, org int64
		err := r.Scan(&place, &org)
		v.places[place] = org
		return err
	})
}

// readErased reads who was erased: their addresses, and nobody else's, may be gone from the audit.
func (v *verifier) readErased() error {
	if v.cfg.Erased == "" {
		return nil
	}
	return v.query(v.cfg.Erased, func(r *sql.Rows) error {
		var person int64
		err := r.Scan(&person)
		v.erased[person] = true
		return err
	})
}

// Vouched are the tables and columns that Verify vouches for, sorted: "table.column".
func Vouched() []string {
	out := map[string]bool{}
	for t, cols := range map[string]string{
		"journal":  journalColumns,
		"entry":    "acct,seq,leg,amt,bal_after,effective_us,late",
		"balance":  "acct,posted,last_seq,last_effective_us",
		"stock":    "seller,product,sellable,held",
		"exposure": "seller,bill_to,currency,used,held,limit_amt",
		"serial":   "org,series,year,last_no",
		"lane":     "lane,seq,hash,recorded_us",
		"audit":    "ip",
	} {
		for _, c := range strings.Split(cols, ",") {
			out[t+"."+c] = true
		}
	}
	for _, t := range tables {
		out[t.Name+".seq"] = true
		for _, c := range t.Columns {
			if c.Flag != Private {
				out[t.Name+"."+c.Name] = true
			}
		}
	}
	list := make([]string, 0, len(out))
	for c := range out {
		list = append(list, c)
	}
	sort.Strings(list)
	return list
}
