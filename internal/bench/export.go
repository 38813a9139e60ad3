package bench

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/excel"
	"saluran/internal/report"
)

// ExportOptions of the benchmark of exports.
type ExportOptions struct {
	DB     string
	Rows   int // invoices of the one payer: 1,000,000
	Rounds int // of each side, in turn; the median counts: 3
	Keep   string
	Out    io.Writer
}

// Export writes a payment sheet of many rows to a file, and beside it what cannot be avoided: reading the same rows by plain
// SQL, and deflating the same XML with the same library and level. Ratio is ours ÷ rival, in seconds; memory is the largest
// of this process while ours ran. Keep names a file that keeps the workbook.
func Export(ctx context.Context, o ExportOptions) (Line, error) {
	if o.Rows == 0 {
		o.Rows = 1_000_000
	}
	if o.Rounds == 0 {
		o.Rounds = 3
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	url, remove, err := Scratch(ctx, o.DB, "export")
	if err != nil {
		return Line{}, err
	}
	defer remove()
	dir, err := os.MkdirTemp("", "bench-export-")
	if err != nil {
		return Line{}, err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(o.Out, "writing %d invoices of one payer\n", o.Rows)
	if err := makeInvoices(ctx, url, o.Rows); err != nil {
		return Line{}, fmt.Errorf("make the data: %w", err)
	}
	debug.FreeOSMemory() // what the making of the data took does not count
	e := &exporter{o: o, file: filepath.Join(dir, "payment-sheet.xlsx"), xml: filepath.Join(dir, "sheets.xml")}
	if e.d, err = db.Open(ctx, url); err != nil {
		return Line{}, err
	}
	defer e.d.Close()
	return e.measure(ctx)
}

type exporter struct {
	o         ExportOptions
	d         *db.DB
	file, xml string
	peak      float64
}

func (e *exporter) measure(ctx context.Context) (Line, error) {
	var ours, rival []time.Duration
	for i := range e.o.Rounds {
		start := cpu()
		took, sum, err := e.ours(ctx)
		if err != nil {
			return Line{}, err
		}
		mine := cpu() - start
		if i == 0 {
			if err := e.unpack(); err != nil {
				return Line{}, err
			}
		}
		between := cpu()
		read, deflate, err := e.rival(ctx)
		if err != nil {
			return Line{}, err
		}
		st, err := os.Stat(e.file)
		if err != nil {
			return Line{}, err
		}
		fmt.Fprintf(e.o.Out, "round %d: ours %.2f s, %d rows, %.1f MiB, peak %.0f MiB; rival %.2f s (reading %.2f, deflating %.2f); CPU of this process %.2f and %.2f s\n", i+1, took.Seconds(),
			sum.Rows, float64(st.Size())/(1<<20), e.peak, (read + deflate).Seconds(), read.Seconds(), deflate.Seconds(),
			mine.Seconds(), (cpu() - between).Seconds())
		ours, rival = append(ours, took), append(rival, read+deflate)
	}
	if e.o.Keep != "" {
		if err := copyFile(e.o.Keep, e.file); err != nil {
			return Line{}, err
		}
	}
	l := Line{Bench: "export", Engine: engineName(e.d), Clients: 1, Case: fmt.Sprintf("payment-sheet, %d rows", e.o.Rows), MaxRSS: e.peak}
	l.P50, l.P99 = percentiles(ours)
	other, _ := percentiles(rival)
	l.Ours, l.Rival = l.P50/1000, other/1000
	l.Ratio = l.Ours / l.Rival
	return l, nil
}

// ours is the export itself, into a file.
func (e *exporter) ours(ctx context.Context) (time.Duration, report.Summary, error) {
	debug.FreeOSMemory()
	resetPeak()
	begin := time.Now()
	f, err := os.Create(e.file)
	if err != nil {
		return 0, report.Summary{}, err
	}
	defer f.Close()
	sum, err := (&report.Service{DB: e.d}).Print(ctx, report.Ask{Report: "payment-sheet", Org: payer}, f, nil)
	if err != nil {
		return 0, sum, err
	}
	if err := f.Close(); err != nil {
		return 0, sum, err
	}
	took := time.Since(begin)
	e.peak = max(e.peak, peak())
	if sum.Rows != int64(e.o.Rows) {
		return 0, sum, fmt.Errorf("the sheet has %d rows of %d", sum.Rows, e.o.Rows)
	}
	return took, sum, nil
}

// unpack keeps the XML of the worksheets, as the rival's input.
func (e *exporter) unpack() error {
	z, err := zip.OpenReader(e.file)
	if err != nil {
		return err
	}
	defer z.Close()
	w, err := os.Create(e.xml)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
		r.Close()
	}
	return w.Close()
}

// rival reads the rows into variables, in the quicker of two shapes, and deflates the same bytes into a file.
func (e *exporter) rival(ctx context.Context) (read, deflate time.Duration, err error) {
	conn, free, err := report.Connect(ctx, e.d)
	if err != nil {
		return 0, 0, err
	}
	defer free()
	for i, shape := range []func(context.Context, *sql.Conn) (int, error){e.readPlain, e.readSheet} {
		begin := time.Now()
		n, err := shape(ctx, conn)
		if err != nil {
			return 0, 0, err
		}
		if n < e.o.Rows {
			return 0, 0, fmt.Errorf("the rival read %d rows of %d", n, e.o.Rows)
		}
		took := time.Since(begin)
		fmt.Fprintf(e.o.Out, "rival, %s: %.2f s\n", []string{"three tables as they lie", "two streams in the order of the sheet"}[i], took.Seconds())
		if i == 0 || took < read {
			read = took
		}
	}
	begin := time.Now()
	if err := e.deflate(); err != nil {
		return 0, 0, err
	}
	return read, time.Since(begin), nil
}

// readPlain reads the invoices in the order of the sheet, the parts of payments and the credit notes: all that the sheet is made
// of, but not put together. It answers how many invoices there were.
func (e *exporter) readPlain(ctx context.Context, conn *sql.Conn) (n int, err error) {
	for i, ask := range []struct {
		q    string
		args []any
	}{
		{"SELECT id, seller, total, seq, number, issued_on, due_on FROM invoice WHERE buyer = ? AND kind = 'invoice' ORDER BY seller, due_on, id", []any{payer}},
		{"SELECT p.payment_id, p.invoice_id, p.amount, p.seq, p.kind, y.number, y.value_on FROM payment_part p JOIN payment y ON y.id = p.payment_id WHERE y.payer = ?", []any{payer}},
		{"SELECT id, credits, total, seq, number, issued_on, due_on FROM invoice WHERE buyer = ? AND kind = 'credit'", []any{payer}},
	} {
		var a, b, c, d int64
		var x, y, z string
		k, err := readRows(ctx, conn, ask.q, ask.args, &a, &b, &c, &d, &x, &y, &z)
		if err != nil {
			return 0, err
		}
		if i == 0 {
			n = k
		}
	}
	return n, nil
}

// readRows reads all rows of a statement into the same variables.
func readRows(ctx context.Context, conn *sql.Conn, query string, args []any, into ...any) (n int, err error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// readSheet reads the two streams that the sheet is made of, in its order and at once, as the report does.
func (e *exporter) readSheet(ctx context.Context, conn *sql.Conn) (n int, err error) {
	beside, free, err := report.Connect(ctx, e.d)
	if err != nil {
		return 0, err
	}
	defer free()
	const all = int64(1) << 60
	const first, last = "0000-00-00", "9999-99-99"
	ids := make([]int64, payees)
	for p := range ids {
		ids[p] = firstPayee + int64(p)
	}
	bills, parts := report.DebtQueries("buyer", ids)
	done := make(chan error, 1)
	go func() {
		var invoice, amount, seq, payment, no int64
		var kind string
		var bounced bool
		_, err := readRows(ctx, beside, parts, []any{payer, all, payer, all, "IDR", first, last}, &invoice, &kind, &amount, &seq, &payment, &no, &bounced)
		done <- err
	}()
	var no, credits, seller, total, seq int64
	var number, issued, due string
	n, err = readRows(ctx, conn, bills, []any{payer, all, "IDR", first, last}, &no, &credits, &seller, &number, &issued, &due, &total, &seq)
	return n, errors.Join(err, <-done)
}

func (e *exporter) deflate() error {
	in, err := os.Open(e.xml)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(e.xml + ".deflated")
	if err != nil {
		return err
	}
	defer out.Close()
	buffered := bufio.NewWriterSize(out, 64<<10)
	z, err := flate.NewWriter(buffered, excel.Level)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{z}, struct{ io.Reader }{in}, make([]byte, 256<<10)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return out.Close()
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// resetPeak makes the kernel forget how large this process once was (Linux); where it cannot, the peak of the whole run counts.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the largest resident memory since resetPeak, in MiB.
func peak() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return maxRSS()
	}
	for _, l := range strings.Split(string(b), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err == nil {
				return kb / 1024
			}
		}
	}
	return maxRSS()
}

// firstDay is when the payer's first invoice was issued.
const firstDay = clock.Date("2025-01-01")
