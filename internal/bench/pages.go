package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"saluran/internal/app"
	"saluran/internal/db"
)

// PagesOptions of the benchmark of pages.
type PagesOptions struct {
	DB     string
	Rows   []int // rows behind the lists, one measurement for each: 0, 100 and 100,000
	Trades int   // documents of each kind at most; 0: as many as rows
	Rounds int   // how often each page is asked for: 24
	// Keep leaves the databases where they are; On measures one that was kept, which holds Rows[0] rows.
	Keep bool
	On   string
	Only []string // parts of the names of what is asked for, any of which will do
	Who  []string // who asks: everybody
	// Statements prints what the database was asked for by each page that is printed as slow, and how long each took.
	Statements bool
	Profile    string // a file for the CPU profile of the asking
	Out        io.Writer
}

// most is how long a page may take at the server, as the median.
const most = 100 * time.Millisecond

// PagesResult is the last line: of all pages at the largest number of rows.
type PagesResult struct {
	Bench    string  `json:"bench"`
	Engine   string  `json:"engine"`
	Rows     int     `json:"rows"`
	Pages    int     `json:"pages"`
	Missed   int     `json:"missed"` // pages whose median is above the limit
	Limit    float64 `json:"limit_ms"`
	Slowest  string  `json:"slowest"`
	P50      float64 `json:"slowest_p50_ms"`
	P95      float64 `json:"slowest_p95_ms"`
	Asked    int64   `json:"most_statements"`
	Grown    int     `json:"grown"` // pages that asked more of the database with all rows than with few
	MaxRSS   float64 `json:"max_rss_mib"`
	Refused  int     `json:"refused"` // addresses that were answered with something else than a page: not measured
	Broken   int     `json:"broken"`  // of them answered with a fault of the server: they count as missed
	GrownOf  string  `json:"grown_of,omitempty"`
	MissedOf string  `json:"missed_of,omitempty"`
}

// measured is a page at one number of rows.
type measured struct {
	who, page string
	status    int
	bytes     int
	p50, p95  time.Duration
	cpu       time.Duration // of this process, as the median: a measure that other work on the machine does not lengthen
	asked     int64
	slowest   string // of its statements
	slow      time.Duration
	all       []statement
}

// statement is what was asked of the database, and how long it was until the next one, or until the page stood: by the clock, and
// of the processor.
type statement struct {
	query      string
	took, busy time.Duration
}

// Pages lays a street with so many rows behind every list, and asks for every page and list that the program serves, as everybody
// who may: at the server, without a line between. What takes more than a tenth of a second is said, and so is what asks more of the
// database with many rows than with few.
func Pages(ctx context.Context, o PagesOptions) (PagesResult, error) {
	if len(o.Rows) == 0 {
		o.Rows = []int{0, 100, 100_000}
	}
	if o.Rounds == 0 {
		o.Rounds = 24
	}
	var few map[string]int64
	var res PagesResult
	for _, rows := range o.Rows {
		all, engine, err := pagesAt(ctx, o, rows)
		if err != nil {
			return res, fmt.Errorf("bench pages, %d rows: %w", rows, err)
		}
		pages, refused := sorted(all)
		asked := map[string]int64{}
		for _, m := range pages {
			asked[m.who+" "+m.page] = m.asked
		}
		res = summary(pages, few)
		res.Engine, res.Rows, res.Refused = engine, rows, len(refused)
		for _, m := range refused {
			if m.status >= http.StatusInternalServerError { // a page that breaks is one that misses, not one that is left out
				res.Broken, res.Missed, res.MissedOf = res.Broken+1, res.Missed+1, res.MissedOf+fmt.Sprintf("%s %s: %d; ", m.who, m.page, m.status)
			}
		}
		table(o.Out, pages, engine, rows)
		unmeasured(o.Out, refused)
		if rows > 0 {
			few = asked
		}
	}
	return res, nil
}

func pagesAt(ctx context.Context, o PagesOptions, rows int) (all []measured, engine string, err error) {
	url := o.On
	if url == "" {
		var remove func()
		if url, remove, err = Scratch(ctx, o.DB, fmt.Sprintf("pages_%d", rows)); err != nil {
			return nil, "", err
		}
		if !o.Keep {
			defer remove()
		}
	}
	w := &watch{}
	defer db.Watch(w.see)()
	a, err := app.Open(ctx, app.Config{DB: url, Log: quiet(), NoWorkers: true})
	if err != nil {
		return nil, "", err
	}
	defer a.Close()
	if o.On == "" {
		begin := time.Now()
		trades := rows
		if o.Trades > 0 {
			trades = min(rows, o.Trades)
		}
		if err := lay(ctx, a, rows, trades, o.Out); err != nil {
			return nil, "", err
		}
		rep, err := a.Verify(ctx, nil)
		if err != nil {
			return nil, "", err
		}
		if rep.Failed() > 0 {
			return nil, "", fmt.Errorf("the books do not hold: %v", rep.Problems[:min(3, len(rep.Problems))])
		}
		fmt.Fprintf(o.Out, "%s: a street with %d rows behind its lists, its books proved, in %s%s\n", engineName(a.DB), rows, took(begin), map[bool]string{true: ": " + url}[o.Keep])
	}
	asker, err := newAsker(ctx, a, w, o)
	if err != nil {
		return nil, "", err
	}
	profiled, err := profile(o.Profile)
	if err != nil {
		return nil, "", err
	}
	defer profiled()
	all, err = asker.all(ctx)
	return all, engineName(a.DB), err
}

// watch counts statements, and times each until the next one, or until the page stands.
type watch struct {
	n     atomic.Int64
	mu    sync.Mutex
	on    bool
	last  time.Time
	busy  time.Duration
	query string
	all   []statement
}

func (w *watch) see(_ context.Context, query string) {
	w.n.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.on {
		w.turn()
		w.query, w.last, w.busy = query, time.Now(), cpu()
	}
}

func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on, w.all = true, nil
}

// end answers what was asked since begin, the slowest first.
func (w *watch) end() []statement {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turn()
	w.on = false
	slices.SortStableFunc(w.all, func(a, b statement) int { return cmp.Compare(b.busy, a.busy) })
	return w.all
}

// turn notes what the statement took that was under way.
func (w *watch) turn() {
	if w.query != "" {
		w.all = append(w.all, statement{strings.Join(strings.Fields(w.query), " "), time.Since(w.last), cpu() - w.busy})
	}
	w.query = ""
}

// sorted parts what is a page from what was refused.
func sorted(all []measured) (pages, refused []measured) {
	for _, m := range all {
		if m.status == http.StatusOK {
			pages = append(pages, m)
		} else {
			refused = append(refused, m)
		}
	}
	return pages, refused
}

// unmeasured prints what was not measured, and what was answered instead: rights keep people from pages, and an address may be wrong.
func unmeasured(out io.Writer, refused []measured) {
	of := map[int]map[string][]string{}
	for _, m := range refused {
		if of[m.status] == nil {
			of[m.status] = map[string][]string{}
		}
		of[m.status][m.page] = append(of[m.status][m.page], m.who)
	}
	for _, status := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(out, "\nnot measured, answered %d:\n", status)
		for _, page := range slices.Sorted(maps.Keys(of[status])) {
			fmt.Fprintf(out, "  %s (%s)\n", page, strings.Join(of[status][page], ", "))
		}
	}
}

func summary(all []measured, few map[string]int64) PagesResult {
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(b.p50, a.p50) })
	r := PagesResult{Bench: "pages", Pages: len(all), Limit: ms(most), MaxRSS: round(maxRSS())}
	for _, m := range all {
		r.Asked = max(r.Asked, m.asked)
		if m.p50 > most {
			r.Missed++
			r.MissedOf += m.who + " " + m.page + "; "
		}
		if n, ok := few[m.who+" "+m.page]; ok && m.asked > n+2 {
			r.Grown++
			r.GrownOf += fmt.Sprintf("%s %s: %d, %d; ", m.who, m.page, n, m.asked)
		}
	}
	if len(all) > 0 {
		r.Slowest, r.P50, r.P95 = all[0].who+" "+all[0].page, ms(all[0].p50), ms(all[0].p95)
	}
	return r
}

func ms(d time.Duration) float64 { return round(float64(d.Microseconds()) / 1000) }

// table prints every page, the slowest first.
func table(out io.Writer, all []measured, engine string, rows int) {
	fmt.Fprintf(out, "\n%s, %d rows: median and 95th of a hundred at the server, and the processor's time of this process; the limit of the median is %d ms\n", engine, rows, most.Milliseconds())
	fmt.Fprintf(out, "%9s %9s %9s %5s %10s %8s  %-10s %s\n", "p50 ms", "p95 ms", "cpu ms", "limit", "statements", "bytes", "who", "page")
	for _, m := range all {
		said := "ok"
		if m.p50 > most {
			said = "MISS"
		}
		fmt.Fprintf(out, "%9.1f %9.1f %9.1f %5s %10d %8d  %-10s %s\n", ms(m.p50), ms(m.p95), ms(m.cpu), said, m.asked, m.bytes, m.who, m.page)
		if m.p50 > most/4 {
			fmt.Fprintf(out, "%51s of it %.1f ms: %.300s\n", "", ms(m.slow), m.slowest)
		}
	}
}
