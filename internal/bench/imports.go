package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/intake"
	"saluran/internal/ledger"
	"saluran/migrations"
)

// ImportOptions of the benchmark of imports.
type ImportOptions struct {
	DB   string
	Data string // folder with iowa/open; where there is none, lines of the same shape are made up
	Out  io.Writer
	// Documents is how many are made up; 8,689 when 0.
	Documents int
	Profile   string // a file for the CPU profile of our side
}

// Import takes in a month of sales history by the mapping iowa, and then inserts the very rows that this wrote, of every table,
// by plain multi-row INSERTs into an empty database of the same schema and engine. Both figures are rows for each second; ours
// counts everything from reading the files on, the rival's only the time in the database.
func Import(ctx context.Context, o ImportOptions) (Line, error) {
	url, remove, err := Scratch(ctx, o.DB, "import")
	if err != nil {
		return Line{}, err
	}
	defer remove()
	a, err := app.Open(ctx, app.Config{DB: url, Log: quiet(), NoWorkers: true})
	if err != nil {
		return Line{}, err
	}
	defer a.Close()
	job, err := importJob(o)
	if err != nil {
		return Line{}, err
	}
	line := Line{Bench: "import", Engine: engineName(a.DB), Clients: 1, Case: job.Lines[0].Name}
	before, err := countRows(ctx, a.DB)
	if err != nil {
		return line, err
	}
	profiled, err := profile(o.Profile)
	if err != nil {
		return line, err
	}
	start := time.Now()
	sum, err := a.Intake.Run(ctx, intake.System(), job)
	took := time.Since(start)
	profiled()
	if err != nil {
		return line, fmt.Errorf("bench import: %w", err)
	}
	line.MaxRSS = maxRSS()
	after, err := countRows(ctx, a.DB)
	if err != nil {
		return line, err
	}
	rows := total(after) - total(before)
	line.Ours = float64(rows) / took.Seconds()
	st := a.Book.Stats()
	fmt.Fprintf(o.Out, "%s: %d lines, %d documents, %d orders to producers: %d rows in %.1f s (%.0f lines/s), %d batches, %.1f s of them in the database, %.0f MiB\n",
		line.Engine, sum.Lines, sum.Applied, sum.Purchases+sum.PurchaseBacks, rows, took.Seconds(), float64(sum.Lines)/took.Seconds(),
		st.Batches.Load(), float64(st.Micros.Load())/1e6, line.MaxRSS)
	rep, err := ledger.Verify(ctx, a.DB, a.VerifyConfig())
	if err != nil {
		return line, err
	}
	if rep.Failed() > 0 {
		return line, fmt.Errorf("the invariants do not hold after the import: %v", rep.Problems[:min(3, len(rep.Problems))])
	}
	for _, shape := range []copyShape{{500, 5000}, {2000, 5000}, {2000, 50_000}} {
		n, spent, err := plainCopy(ctx, o.DB, a.DB, shape)
		if err != nil {
			return line, fmt.Errorf("bench import, plain inserts: %w", err)
		}
		fmt.Fprintf(o.Out, "%s: plain INSERTs of %d rows, %d rows a transaction: %d rows in %.1f s\n", line.Engine, shape.rows, shape.tx, n, spent.Seconds())
		line.Rival = max(line.Rival, float64(n)/spent.Seconds())
	}
	line.Ratio = line.Ours / line.Rival
	return line, nil
}

// importJob is the real month where there is one, else one of the same shape.
func importJob(o ImportOptions) (intake.Job, error) {
	m, err := intake.LoadMapping("iowa")
	if err != nil {
		return intake.Job{}, err
	}
	lines := filepath.Join(o.Data, "iowa", "open", "lines.csv.gz")
	if _, err := os.Stat(lines); o.Data == "" || err != nil {
		fmt.Fprintln(o.Out, "no real data (SALURAN_DATA): lines of the same shape are made up")
		return madeUp(m, o.Documents), nil
	}
	products, stores := intake.File(filepath.Join(o.Data, "iowa", "raw", "product-datefixed.csv")), intake.File(filepath.Join(o.Data, "iowa", "raw", "stores.csv"))
	return intake.Job{Map: m, Lines: intake.Files(lines), Products: &products, Partners: &stores}, nil
}

var created = regexp.MustCompile(`(?m)^CREATE TABLE (\w+) `)

// given are tables that a fresh schema fills itself, or that every write of the portal shares.
var given = []string{"id_block", "epoch", "lane", "vat_rule"}

// tables of the schema, parents before children: the order in which the migrations make them.
func tables() ([]string, error) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		for _, m := range created.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(given, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	return out, nil
}

func countRows(ctx context.Context, d *db.DB) (map[string]int64, error) {
	all, err := tables()
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, t := range all {
		var n int64
		if err := d.ReadSQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t).Scan(&n); err != nil {
			return nil, err
		}
		out[t] = n
	}
	return out, nil
}

func total(m map[string]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// copyShape is how many rows one statement of the rival inserts, and one transaction.
type copyShape struct{ rows, tx int }

// plainCopy inserts every row of a database into an empty one of the same schema. Only the time of the inserting counts.
func plainCopy(ctx context.Context, url string, from *db.DB, shape copyShape) (n int64, spent time.Duration, err error) {
	to, remove, err := Scratch(ctx, url, fmt.Sprintf("plain_%d_%d", shape.rows, shape.tx))
	if err != nil {
		return 0, 0, err
	}
	defer remove()
	d, err := db.Open(ctx, to)
	if err != nil {
		return 0, 0, err
	}
	defer d.Close()
	if _, err := d.Migrate(ctx); err != nil {
		return 0, 0, err
	}
	all, err := tables()
	if err != nil {
		return 0, 0, err
	}
	for _, t := range all {
		k, took, err := copyTable(ctx, from, d, t, shape)
		if err != nil {
			return n, spent, fmt.Errorf("%s: %w", t, err)
		}
		n, spent = n+k, spent+took
	}
	return n, spent, nil
}

func copyTable(ctx context.Context, from, to *db.DB, table string, shape copyShape) (n int64, spent time.Duration, err error) {
	rows, err := from.ReadSQL().QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return 0, 0, err
	}
	if err := to.InFreshTx(ctx, func(tx *sql.Tx) error { // what the migrations put there
		_, err := tx.ExecContext(ctx, "DELETE FROM "+table)
		return err
	}); err != nil {
		return 0, 0, err
	}
	c := copier{to: to, head: "INSERT INTO " + table + " VALUES ", batch: shape.rows}
	values, places := make([]any, len(types)), make([]any, len(types))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return 0, 0, err
		}
		c.row(values, types)
		if c.inTx == shape.tx {
			if err := c.commit(ctx); err != nil {
				return c.n, c.spent, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return c.n, c.spent, err
	}
	err = c.commit(ctx)
	return c.n, c.spent, err
}

// copier collects the statements of one transaction and then runs them.
type copier struct {
	to    *db.DB
	head  string
	batch int
	stmts []string
	b     []byte
	inTx  int
	n     int64
	spent time.Duration
}

func (c *copier) row(values []any, types []*sql.ColumnType) {
	if c.inTx%c.batch == 0 {
		if len(c.b) > 0 {
			c.stmts = append(c.stmts, string(c.b))
		}
		c.b = append(c.b[:0], c.head...)
	} else {
		c.b = append(c.b, ',')
	}
	c.b = append(c.b, '(')
	for i, v := range values {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		c.b = literal(c.b, v, types[i].DatabaseTypeName(), c.to.Engine == db.MySQL)
	}
	c.b = append(c.b, ')')
	c.inTx++
}

func (c *copier) commit(ctx context.Context) error {
	if c.inTx == 0 {
		return nil
	}
	c.stmts = append(c.stmts, string(c.b))
	start := time.Now()
	err := c.to.InFreshTx(ctx, func(tx *sql.Tx) error {
		for _, s := range c.stmts {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	c.spent += time.Since(start)
	c.n += int64(c.inTx)
	c.stmts, c.b, c.inTx = c.stmts[:0], c.b[:0], 0
	return err
}

// literal writes a value as SQL: text in quotes, bytes in hexadecimal.
func literal(b []byte, v any, kind string, escapes bool) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, "NULL"...)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case bool:
		if x {
			return append(b, '1')
		}
		return append(b, '0')
	case string:
		return quote(b, x, escapes)
	case []byte:
		switch {
		case strings.Contains(kind, "INT"):
			return append(b, x...)
		case strings.Contains(kind, "BLOB") || strings.Contains(kind, "BINARY"):
			return fmt.Appendf(b, "X'%x'", x)
		}
		return quote(b, string(x), escapes)
	}
	return fmt.Append(b, v)
}

func quote(b []byte, s string, escapes bool) []byte {
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' && escapes {
			b = append(b, s[i])
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}
