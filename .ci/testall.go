//go:build ignore

// Testall runs every test on SQLite, those that meet the database again on a private MariaDB beside it, and the browser walk; it
// stops what it started and ends in one line of JSON. SALURAN_WITHOUT=mariadb,chromium does without one or both, and says so.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// result is the last line.
type result struct {
	Tests   int      `json:"tests"`
	Skipped int      `json:"skipped"`
	Failed  int      `json:"failed"`
	Engines []string `json:"engines"`
	Browser string   `json:"browser"`
}

// Tests that drive Chromium are named TestBrowser…. Tests that do one long thing after the other, which the race detector only makes
// longer, are named TestLong… and run without it, on both engines.
const (
	walks = "^TestBrowser"
	long  = "^TestLong"
	apart = walks + "|" + long
	// The walk that opens every page takes as long as all others, and goes beside them.
	everyPage = "^TestBrowser$/^every_page$"
	// The walk of the main job, once more on MariaDB.
	mainJob = "^TestBrowser$/^(trade|on_behalf|stock|export|import)$"
)

// core are the packages whose goroutines share what they hold: the race detector watches them on every engine. It watches all others on
// SQLite; on MariaDB they run as they do in production, which takes less than half as long.
var core = regexp.MustCompile("^saluran/internal/(db|ledger|trade|goods|jobs|seal)$")

// raced is the race detector for all code but pure computing of others: SQLite, which is C translated to Go, and the hashing of
// passwords have no goroutines of their own, and watching each of their instructions made the tests three times longer.
var raced = []string{"-race", "-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc/...=-race=false",
	"-gcflags=golang.org/x/crypto/...=-race=false"}

// packages to test: all, or those that are named as arguments.
var packages = []string{"./..."}

func main() {
	if len(os.Args) > 1 {
		packages = os.Args[1:]
	}
	runtime.LockOSThread() // children die with this thread, should the program be killed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	r := result{Engines: []string{}, Browser: "none"}
	err := run(ctx, &r)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test:", err)
		r.Failed = max(r.Failed, 1)
	}
	line, _ := json.Marshal(r)
	fmt.Println(string(line))
	if r.Failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, r *result) error {
	without := os.Getenv("SALURAN_WITHOUT")
	if err := need("a C compiler, which the race detector wants", []string{"gcc", "cc"}, "gcc", "libc6-dev"); err != nil {
		return err
	}
	os.Setenv("CGO_ENABLED", "1")
	os.Unsetenv("SALURAN_DB") // a test that opens the user's database would be a disaster
	os.Unsetenv("SALURAN_TEST_MYSQL")
	chromium, err := browser(without)
	if err != nil {
		return err
	}
	url := ""
	if !strings.Contains(without, "mariadb") {
		m, err := startMariaDB(ctx)
		if err != nil {
			return err
		}
		defer m.stop()
		url = m.url
	}
	stages(ctx, r, url, chromium)
	return ctx.Err()
}

// stages builds every program of tests, with the race detector and without, and runs them on both engines beside each other; browsers walk
// afterwards, beside nothing else.
func stages(ctx context.Context, r *result, url, chromium string) {
	engines := []engine{{"sqlite", nil}}
	if url != "" {
		engines = append(engines, engine{"mariadb", []string{"SALURAN_TEST_MYSQL=" + url}})
	}
	for _, e := range engines {
		r.Engines = append(r.Engines, e.name)
	}
	b := builder{dir: filepath.Join("bin", "tests")}
	defer os.RemoveAll(b.dir)
	watched, plain := b.build(ctx, r, "with the race detector", raced, packages), b.build(ctx, r, "as they run", nil, packages)
	stage(r, "all tests, on "+strings.Join(r.Engines, " and "), func() count {
		return pool(ctx, slices.Concat(watched.jobs(ctx, engines, plain), plain.longJobs(ctx, engines)))
	})
	if chromium == "" {
		return
	}
	for i := range engines {
		engines[i].env = append(engines[i].env, "SALURAN_TEST_CHROMIUM="+chromium)
	}
	r.Browser = "chromium"
	n := stage(r, "browser walks with "+chromium, func() count { return pool(ctx, plain.walkJobs(ctx, engines)) })
	if n.tests == 0 && len(os.Args) == 1 {
		fmt.Fprintln(os.Stderr, "test: no browser walk was found")
		r.Failed++
	}
}

// stage does one thing and says how long that took.
func stage(r *result, name string, do func() count) count {
	say("%s", name)
	begin, before := time.Now(), processor()
	n := do()
	r.add(n)
	say("%.0f s, of the processors %.0f s", time.Since(begin).Seconds(), (processor() - before).Seconds())
	return n
}

// processor is how long the processors have worked for programs that this one started and that have ended.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func browser(without string) (string, error) {
	if strings.Contains(without, "chromium") {
		return "", nil
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if err := need("Chromium, which the browser walk drives", names, "chromium"); err != nil {
		return "", fmt.Errorf("%w (SALURAN_WITHOUT=chromium does without)", err)
	}
	return find(names), nil
}

func find(names []string) string {
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	return ""
}

// need finds one of the programs, or installs packages with apt-get where it may.
func need(what string, names []string, packages ...string) error {
	if find(names) != "" {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("%s is missing: install %s, or run as root on Debian so that it can be installed", what, packages[0])
	}
	say("installing %s", strings.Join(packages, " "))
	for _, args := range [][]string{{"update", "-q"}, append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...)} {
		c := exec.Command("apt-get", args...)
		c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		c.Stdout, c.Stderr = os.Stderr, os.Stderr
		if err := c.Run(); err != nil && args[0] == "install" {
			return fmt.Errorf("%s is missing, and apt-get cannot install %s: %w", what, packages[0], err)
		}
	}
	if find(names) == "" {
		return fmt.Errorf("%s is missing, also after apt-get install %s", what, packages[0])
	}
	return nil
}

func say(format string, a ...any) { fmt.Printf("== "+format+"\n", a...) }
