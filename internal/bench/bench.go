// Package bench measures the portal beside a rival or a limit, in the same run, on the same database, and says both figures.
//
// Each benchmark works in a database of its own, which it makes beside the one that --db names and removes afterwards.
package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"saluran/internal/db"
)

// Line is the last line that a benchmark prints.
type Line struct {
	Bench   string  `json:"bench"`
	Engine  string  `json:"engine"`
	Clients int     `json:"clients"`
	Case    string  `json:"case"`
	Ours    float64 `json:"ours"`
	Rival   float64 `json:"rival"`
	Ratio   float64 `json:"ratio"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Errors  int64   `json:"errors"`
	MaxRSS  float64 `json:"max_rss_mib"`
	// P99us is P99 where milliseconds are too coarse for it.
	P99us float64 `json:"p99_us,omitempty"`
}

// Print writes the line as JSON, its figures rounded.
func (l Line) Print(w io.Writer) {
	l.Round()
	b, _ := json.Marshal(l)
	fmt.Fprintln(w, string(b))
}

// Round rounds the figures to what the measurement can carry.
func (l *Line) Round() {
	for _, f := range []*float64{&l.Ours, &l.Rival, &l.Ratio, &l.P50, &l.P99, &l.MaxRSS, &l.P99us} {
		*f = round(*f)
	}
}

func round(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }

// Scratch makes an empty database beside the one that url names, and says how to remove it.
func Scratch(ctx context.Context, url, name string) (scratch string, remove func(), err error) {
	if strings.HasPrefix(url, "sqlite:") {
		dir, err := os.MkdirTemp(filepath.Dir(strings.TrimPrefix(url, "sqlite:")), "bench-")
		if err != nil {
			return "", nil, fmt.Errorf("make a folder for the benchmark: %w", err)
		}
		return "sqlite:" + filepath.Join(dir, name+".db"), func() { os.RemoveAll(dir) }, nil
	}
	return scratchMySQL(ctx, url, name)
}

func scratchMySQL(ctx context.Context, raw, name string) (string, func(), error) {
	cfg, err := db.MySQLConfig(raw)
	if err != nil {
		return "", nil, err
	}
	schema := fmt.Sprintf("bench_%s_%d", name, os.Getpid())
	cfg.DBName = ""
	admin, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		return "", nil, err
	}
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+schema+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		admin.Close()
		return "", nil, fmt.Errorf("make a database for the benchmark (the user of --db must be allowed to): %w", err)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + schema
	return u.String(), func() {
		_, _ = admin.Exec("DROP DATABASE " + schema)
		admin.Close()
	}, nil
}

// engineName is what the line says of the database.
func engineName(d *db.DB) string { return string(d.Engine) }

// maxRSS is the largest resident memory of this process so far, in MiB.
func maxRSS() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Maxrss) / 1024
}

// percentiles of durations, in milliseconds; sorts its argument.
func percentiles(all []time.Duration) (p50, p99 float64) {
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return ms(all[len(all)/2]), ms(all[min(len(all)-1, len(all)*99/100)])
}

// cpu is the user and system time of this process so far.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// profile writes a CPU profile to file until the function that it answers is called; no file, no profile.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// quiet is a log that says nothing: a benchmark's own lines are what it prints.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
