// Package report answers questions with workbooks: what is due and paid to whom, what was sold and bought, what stands where,
// who owes. Every report is read as of a cut-off, a number of the ledger: rows that were filed later do not exist for it, and
// the same cut-off gives the same bytes, whatever was traded, sealed, renamed or entered since: names, zones and bank accounts are
// shown as they stood then (see db.Keep). Only what the law has erased of a natural person is gone from every cut-off.
//
// Rows are streamed from the database into the workbook: memory does not grow with their number.
package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Ask asks for a workbook.
type Ask struct {
	Report   string     // one of Names
	Org      id.ID      // whose books: the viewer
	From, To clock.Date // both included; "" is no bound. Stock takes no dates
	Lang     string     // en or id
	CutOff   int64      // number of the ledger; 0 is now. Service.CutOff finds the one of a day or a moment
	Currency string     // needed where the period has several; not for stock
	Sharing  id.ID      // the agreement of Shared, which is asked for by it
}

// Summary is what was written.
type Summary struct {
	Report   string
	Currency string
	Rows     int64 // data rows of the first sheet
	Seq      int64
	Recorded clock.Instant
	Hash     string // of the chain at the cut-off, in hexadecimal: what a seal up to there or farther proves
	SHA256   string // of the rows' text, in hexadecimal
	Totals   []Total
	Books    money.Minor // of the payment sheet and the receivables: what the books say is owed
}

// Total is a sum in the workbook: Value is V × 10^-Scale as a plain decimal.
type Total struct {
	Column string
	V      int64
	Scale  int
}

// Service writes reports; any number at a time, each on two connections, those of debts on three.
type Service struct {
	DB     *db.DB
	Gate   *access.Gate
	Clock  clock.Clock // what lies ahead of it is no cut-off; the system's where it is nil
	Seals  Seals       // nil: statements are cut at the head
	Shared Sharing     // what others share
	taking sync.Mutex
	days   daysMemory
}

// Seals gives the seals of an organisation, which prove later what the books were.
type Seals interface {
	// Now makes sure of a seal over the books as they are, and says how far it reaches.
	Now(ctx context.Context, org id.ID) (seq int64, err error)
	// Settle takes what is in no journal yet into the chain. A change of a name belongs to the cut-offs after it: so there is one.
	Settle(ctx context.Context) error
}

type maker struct {
	write  func(*book) error
	money  bool // it has a currency and a period
	rights []right
}

var makers = map[string]maker{
	"payment-sheet":         {(*book).paymentSheet, true, ofPayments},
	"sales-by-partner":      {byPartner.write, true, ofSales},
	"sales-by-product":      {byProduct.write, true, ofSales},
	"sales-by-supplier":     {bySupplier.write, true, ofSales},
	"sales-by-day":          {byDay.write, true, ofSales},
	"sales-by-order":        {byOrder.write, true, ofSales},
	"purchases-by-supplier": {purchases.write, true, ofPurchases},
	"stock":                 {(*book).stock, false, ofStock},
	"audit":                 {(*book).audit, false, ofAudit},
	"receivables":           {(*book).receivables, true, ofReceivables},
}

// Names are the reports that there are, sorted.
func Names() []string {
	var out []string
	for n := range makers {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Check tells whether an ask can be answered at all: NotFound "report.unknown", Invalid "report.dates", "report.currency".
func (a Ask) Check() error {
	if _, ok := makers[a.Report]; !ok && (a.Report != Shared || a.Sharing == 0) {
		return errs.New(errs.NotFound, "report.unknown", "report", a.Report)
	}
	for _, d := range []clock.Date{a.From, a.To} {
		if d == "" {
			continue
		}
		if _, err := clock.ParseDate(string(d)); err != nil {
			return errs.Wrap(errs.Invalid, "report.dates", err)
		}
	}
	if a.From != "" && a.To != "" && a.From > a.To {
		return errs.New(errs.Invalid, "report.dates")
	}
	if a.Currency != "" {
		if _, err := money.Lookup(a.Currency); err != nil {
			return errs.Wrap(errs.Invalid, "report.currency", err, "currency", a.Currency)
		}
	}
	return nil
}

// FileName is a name for the workbook: "payment-sheet_D-01_2026-01-01_2026-01-31.xlsx".
func (a Ask) FileName(orgCode string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, orgCode)
	name := a.Report + "_" + safe
	for _, d := range []clock.Date{a.From, a.To} {
		if d != "" {
			name += "_" + string(d)
		}
	}
	return name + ".xlsx"
}

// Print writes the workbook to w for the program itself, at the word of whoever holds the database (saluran export, benchmarks):
// nobody's rights are asked. People go through Write. w is worthless where an error is returned. progress, if not nil, is told
// rows done and rows in all (0 while unknown). What is read is only what concerns Ask.Org.
//
// Errors: those of Check; not_found (the organisation); report.cutoff_future; report.several_currencies.
func (s *Service) Print(ctx context.Context, a Ask, w io.Writer, progress func(done, total int64)) (Summary, error) {
	if err := a.Check(); err != nil {
		return Summary{}, err
	}
	b, free, err := s.open(ctx, a)
	if err != nil {
		return Summary{}, err
	}
	defer free()
	if progress != nil {
		b.progress = progress
	}
	b.x = excel.NewWriter(w)
	defer b.x.Abort()
	m := makers[a.Report]
	if m.money {
		err = b.chooseCurrency()
	}
	if err == nil {
		err = m.write(b)
	}
	if err == nil {
		err = b.notes()
	}
	if err == nil {
		err = b.x.Close()
	}
	if err != nil {
		return Summary{}, fmt.Errorf("report %s: %w", a.Report, err)
	}
	b.progress(b.sum.Rows, b.sum.Rows)
	return b.sum, nil
}

// open takes the connections, one for each stream and one for small questions between their rows, and resolves the
// organisation and the cut-off.
func (s *Service) open(ctx context.Context, a Ask) (b *book, free func(), err error) {
	b = &book{ctx: ctx, ask: a, lang: i18n.Lang(a.Lang), progress: func(int64, int64) {}}
	if a.Lang == "" {
		b.lang = i18n.EN
	}
	b.sum.Report = a.Report
	var closers []func()
	free = func() {
		for _, f := range closers {
			f()
		}
	}
	s.taking.Lock() // one at a time: reports that each hold one connection would wait for each other's next for ever
	defer s.taking.Unlock()
	need := []**sql.Conn{&b.conn, &b.side}
	if b.debts() {
		need = append(need, &b.beside)
	}
	for _, c := range need {
		conn, done, err := Connect(ctx, s.DB)
		if err != nil {
			free()
			return nil, nil, err
		}
		*c, closers = conn, append(closers, done)
	}
	if err = b.readCutOff(); err == nil {
		err = b.readOrg()
	}
	if err != nil {
		free()
		return nil, nil, err
	}
	return b, free, nil
}

// Connect takes a connection for long reading. On SQLite it sorts in temporary files and keeps few pages, because what is
// read once is not worth keeping and a sort in memory grows with the rows; free gives it back as it was.
func Connect(ctx context.Context, d *db.DB) (conn *sql.Conn, free func(), err error) {
	if conn, err = d.ReadSQL().Conn(ctx); err != nil {
		return nil, nil, err
	}
	if d.Engine != db.SQLite {
		return conn, func() { conn.Close() }, nil
	}
	var was int64
	if err = conn.QueryRowContext(ctx, "PRAGMA cache_size").Scan(&was); err == nil {
		_, err = conn.ExecContext(ctx, "PRAGMA temp_store=1; PRAGMA cache_size=-4096")
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA shrink_memory; PRAGMA temp_store=2; PRAGMA cache_size=%d", was))
		conn.Close()
	}, nil
}

func (b *book) readOrg() error {
	err := b.side.QueryRowContext(b.ctx, "SELECT o.code, "+b.was("org", "o.name")+", o.kind, o.currency, "+b.was("org", "o.zone")+" FROM org o WHERE o.id = ?", b.ask.Org).
		Scan(&b.org.code, &b.org.name, &b.org.kind, &b.org.currency, &b.org.zone)
	if errors.Is(err, sql.ErrNoRows) {
		return errs.Gone()
	}
	return err
}
