package report

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"hash"
	"slices"
	"sort"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// book is one workbook in the making.
type book struct {
	ctx      context.Context
	ask      Ask
	lang     string
	conn     *sql.Conn // the streams
	beside   *sql.Conn // the second stream of debts; nil in other reports
	side     *sql.Conn // small questions, also while a stream runs
	x        *excel.Writer
	org      struct{ code, name, kind, currency, zone string }
	cur      money.Currency
	invoices int64 // of the period, credit notes on an invoice not counted

	agents, principals map[int64]standing // whom the organisation owes commission, and who owe it; of the reports of debts
	claims             map[int64]*claimed // by partner, in the direction of the report of debts

	progress func(done, total int64)
	digest   hash.Hash
	extra    []note // lines of the notes that only one report has
	sums     []sheetSum
	sum      Summary
}

type sheetSum struct {
	sheet  *excel.Sheet
	name   string
	column string
	col    int
	v      int64
	scale  int
	money  bool
}

// note is a line of the notes sheet: text, or an amount, or a formula with an amount.
type note struct {
	label, text string
	formula     func() string
	amount      money.Minor
	isMoney     bool
}

func (b *book) t(key string, args ...string) string { return i18n.T(b.lang, key, args...) }

// period is the range of issue dates, with bounds for what was left open.
func (b *book) period() (from, to string) {
	from, to = string(b.ask.From), string(b.ask.To)
	if from == "" {
		from = "0000-00-00"
	}
	if to == "" {
		to = "9999-99-99"
	}
	return from, to
}

// party is the column of an invoice that the viewer stands in.
func (b *book) party() string {
	if b.ask.Report == "payment-sheet" || b.ask.Report == "purchases-by-supplier" {
		return "buyer"
	}
	return "seller"
}

// chooseCurrency takes the currency that was asked for, or the only one that the period has, and counts the invoices in it.
func (b *book) chooseCurrency() error {
	from, to := b.period()
	hint := ""
	if b.ask.From == "" && b.ask.To == "" {
		hint = wholeBook
	}
	q := "SELECT COALESCE(MIN(currency), ''), COALESCE(MAX(currency), ''), COALESCE(SUM(CASE WHEN credits = 0 THEN 1 ELSE 0 END), 0) FROM invoice" + hint +
		" WHERE " + b.party() + " = ? AND issued_on >= ? AND issued_on <= ? AND seq <= ?"
	args := []any{b.ask.Org, from, to, b.sum.Seq}
	if b.ask.Currency != "" {
		q, args = q+" AND currency = ?", append(args, b.ask.Currency)
	}
	var code, last string
	if err := b.side.QueryRowContext(b.ctx, q, args...).Scan(&code, &last, &b.invoices); err != nil {
		return err
	}
	if b.debts() && b.ask.Currency == "" {
		for _, span := range []func() (first, last string, err error){b.commissionCurrency, b.claimCurrency} {
			first, end, err := span()
			if err != nil {
				return err
			}
			if first == "" {
				continue
			}
			if code == "" {
				code, last = first, end
			}
			code, last = min(code, first), max(last, end)
		}
	}
	switch {
	case code != last:
		return errs.New(errs.Invalid, "report.several_currencies", "currencies", code+", "+last)
	case b.ask.Currency != "":
		code = b.ask.Currency
	case code == "":
		code = b.org.currency
	}
	cur, err := money.Lookup(code)
	if err != nil {
		return errs.Wrap(errs.Invalid, "report.currency", err, "currency", code)
	}
	b.cur, b.sum.Currency = cur, code
	if b.debts() {
		if err := b.standings(); err != nil {
			return err
		}
		return b.readClaims()
	}
	return nil
}

// debts tells whether the report is about what is owed, commission included.
func (b *book) debts() bool { return b.ask.Report == "payment-sheet" || b.ask.Report == "receivables" }

// column of a table: a key of the catalogue, or a header that is made already.
type column struct {
	key    string
	header string
	width  int
}

// table is a sheet whose rows are digested while they are written.
type table struct {
	*excel.Sheet
	b    *book
	cols []column
	name string
	line []byte
	what map[what]string // what a row is for
}

func (b *book) table(name string, cols []column, h excel.Hint) *table {
	if b.digest == nil {
		b.digest = sha256.New()
	}
	t := &table{b: b, cols: cols, name: name}
	var out []excel.Column
	for i := range cols {
		if cols[i].header == "" {
			cols[i].header = b.t("report.col." + cols[i].key)
		}
		out = append(out, excel.Column{Header: cols[i].header, Width: max(cols[i].width, len([]rune(cols[i].header))+3)})
	}
	t.Sheet = b.x.Table(name, out, h)
	return t
}

var unbreak = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

func (t *table) add(s string) {
	for i := range len(s) {
		if c := s[i]; c == '\t' || c == '\n' || c == '\r' {
			s = unbreak.Replace(s)
			break
		}
	}
	t.line = append(append(t.line, s...), '\t')
}

func (t *table) text(s string)     { t.Text(s); t.add(s) }
func (t *table) code(s string)     { t.Code(s); t.add(s) }
func (t *table) date(d clock.Date) { t.Date(d); t.add(string(d)) }
func (t *table) int(v int64)       { t.Int(v); t.line = append(strconv.AppendInt(t.line, v, 10), '\t') }
func (t *table) qty(v int64)       { t.Decimal(v, 3); t.add(qty.Format(v, 3)) }

func (t *table) money(v money.Minor) {
	t.Money(v, t.b.cur)
	t.line = append(appendMinor(t.line, int64(v), t.b.cur.Digits), '\t')
}

// appendMinor is qty.Format with all its digits, without an allocation: a million rows have three millions of them.
func appendMinor(b []byte, v int64, digits int) []byte {
	f := int64(1)
	for range digits {
		f *= 10
	}
	if v < 0 {
		b = append(b, '-')
	}
	whole, frac := v/f, v%f
	if whole < 0 || frac < 0 {
		whole, frac = -whole, -frac
	}
	b = strconv.AppendInt(b, whole, 10)
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	for f /= 10; f > 0; f /= 10 {
		b = append(b, byte('0'+frac/f%10))
	}
	return b
}

func (t *table) end() {
	t.EndRow()
	if n := len(t.line); n > 0 {
		t.line[n-1] = '\n'
	}
	if len(t.line) > 32<<10 {
		t.flush()
	}
	if t.Rows()%2048 == 0 {
		t.b.progress(t.Rows(), t.b.sum.Rows)
	}
}

func (t *table) flush() {
	t.b.digest.Write(t.line)
	t.line = t.line[:0]
}

// sumOf keeps a total for the notes.
func (t *table) sumOf(col int, v int64, scale int, isMoney bool) {
	t.b.sums = append(t.b.sums, sheetSum{t.Sheet, t.name, t.cols[col].header, col, v, scale, isMoney})
	t.b.sum.Totals = append(t.b.sum.Totals, Total{t.cols[col].header, v, scale})
}

// close ends the sheet; totals, if any, become its last row.
func (t *table) close(totals ...excel.Total) {
	t.flush()
	if len(totals) > 0 {
		t.Totals(t.b.t("report.total"), totals...)
	}
	t.Close()
}

// distinct reads one column of ids.
func (b *book) distinct(query string, args ...any) (ids []int64, err error) {
	rows, err := b.side.QueryContext(b.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		ids = append(ids, v)
	}
	return ids, rows.Err()
}

// partner is the other side of invoices, with where it is paid.
type partner struct {
	id                   int64
	code, name           string
	bank, number, holder string
}

// partners reads who stands on the other side of the viewer's invoices, commission and claims, sorted by code. accounts also finds the main bank
// account of each in the currency of the book, else its main one, else any.
func (b *book) partners(other string, accounts bool) ([]partner, error) {
	ids, err := b.distinct("SELECT DISTINCT "+other+" FROM invoice WHERE "+b.party()+" = ?", b.ask.Org)
	if err != nil {
		return nil, err
	}
	for _, all := range []map[int64]standing{b.agents, b.principals} {
		for no := range all {
			if !slices.Contains(ids, no) {
				ids = append(ids, no)
			}
		}
	}
	for no := range b.claims {
		if !slices.Contains(ids, no) {
			ids = append(ids, no)
		}
	}
	var out []partner
	for _, no := range ids {
		p := partner{id: no}
		if err := b.side.QueryRowContext(b.ctx, "SELECT o.code, "+b.was("org", "o.name")+" FROM org o WHERE o.id = ?", no).Scan(&p.code, &p.name); err != nil {
			return nil, err
		}
		if accounts {
			if err := b.account(&p); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].code < out[j].code || out[i].code == out[j].code && out[i].id < out[j].id
	})
	return out, nil
}
