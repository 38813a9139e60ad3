//go:build ignore

// Testall runs every test on SQLite, those that meet the database again on a private MariaDB, and the browser walk; it stops
// what it started and ends in one line of JSON. SALURAN_WITHOUT=mariadb,chromium does without one or both, and says so.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
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

// Tests that drive Chromium are named TestBrowser…. Tests that do one long thing after the other, which the race detector only
// makes ten times longer, are named TestLong… and run without it, on both engines.
const (
	walks = "^TestBrowser"
	long  = "^TestLong"
	apart = walks + "|" + long
	// The walk of the main job, once more on MariaDB.
	mainJob = "^TestBrowser$/^(trade|on_behalf|stock|export|import)$"
)

// raced is the race detector for all code but pure computing of others: SQLite, which is C translated to Go, and the hashing of
// passwords have no goroutines of their own, and watching each of their instructions made the tests three times longer.
var raced = []string{"-race", "-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc/...=-race=false",
	"-gcflags=golang.org/x/crypto/...=-race=false", "-skip", apart}

// packages to test: all, or those that are named as arguments. Those that take longest begin first, lest one of them runs alone
// when the others are done.
var packages = []string{"./internal/app", "./internal/trade", "./internal/backup", "./internal/demo", "./..."}

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

func stages(ctx context.Context, r *result, url, chromium string) {
	r.Engines = append(r.Engines, "sqlite")
	r.add(stage(ctx, "all tests on SQLite, with the race detector", nil, packages, raced...))
	r.add(stage(ctx, "long tests on SQLite", nil, declaring(long, packages), "-run", long))
	maria := "SALURAN_TEST_MYSQL=" + url
	if url != "" {
		pkgs := databasePackages()
		r.Engines = append(r.Engines, "mariadb")
		r.add(stage(ctx, "all tests that meet the database on MariaDB, with the race detector", []string{maria}, pkgs, raced...))
		r.add(stage(ctx, "long tests on MariaDB", []string{maria}, declaring(long, pkgs), "-run", long))
	}
	if chromium != "" {
		browser, pkgs := "SALURAN_TEST_CHROMIUM="+chromium, declaring(walks, packages)
		n := stage(ctx, "browser walks with "+chromium, []string{browser}, pkgs, "-run", walks, "-p", "1")
		r.add(n)
		r.Browser = "chromium"
		if url != "" {
			r.add(stage(ctx, "the main job in the browser, on MariaDB", []string{browser, maria}, pkgs, "-run", mainJob))
		}
		if n.tests == 0 && len(os.Args) == 1 {
			fmt.Fprintln(os.Stderr, "test: no browser walk was found")
			r.Failed++
		}
	}
}

// stage runs the tests of packages, if there are any, and says how long that took, the building included.
func stage(ctx context.Context, name string, env, pkgs []string, args ...string) (n count) {
	if len(pkgs) == 0 {
		return n
	}
	say("%s", name)
	begin, before := time.Now(), processor()
	n = goTest(ctx, env, slices.Concat(args, pkgs)...)
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

// databasePackages are those whose tests are linked with the database.
func databasePackages() []string {
	const tmpl = `{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}`
	out, err := exec.Command("go", append([]string{"list", "-test", "-f", tmpl}, packages...)...).Output()
	if err != nil {
		return packages
	}
	var pkgs []string
	for _, line := range strings.Split(string(out), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if name, ok := strings.CutSuffix(words[0], ".test"); ok && slices.Contains(words, "saluran/internal/db/dbtest") {
			pkgs = append(pkgs, name)
		}
	}
	return pkgs
}

// declaring are those packages that have a test of such a name: the others need not be built for it.
func declaring(pattern string, packages []string) (pkgs []string) {
	const tmpl = "{{$d := .Dir}}{{.ImportPath}}{{range .TestGoFiles}}\t{{$d}}/{{.}}{{end}}{{range .XTestGoFiles}}\t{{$d}}/{{.}}{{end}}"
	out, err := exec.Command("go", append([]string{"list", "-f", tmpl}, packages...)...).Output()
	if err != nil {
		return packages
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		files := strings.Split(line, "\t")
		if slices.ContainsFunc(files[1:], func(file string) bool {
			text, err := os.ReadFile(file)
			return err != nil || strings.Contains(string(text), "\nfunc "+strings.TrimPrefix(pattern, "^"))
		}) {
			pkgs = append(pkgs, files[0])
		}
	}
	return pkgs
}

type count struct{ tests, skipped, failed int }

func (r *result) add(c count) {
	r.Tests += c.tests
	r.Skipped += c.skipped
	r.Failed += c.failed
}

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
	ImportPath                    string
}

// goTest runs go test and counts; it prints a line for each package, and all that a failed test said.
func goTest(ctx context.Context, env []string, args ...string) (n count) {
	c := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-count=1", "-timeout", "25m"}, args...)...)
	c.Env = append(os.Environ(), env...)
	c.Stderr = os.Stderr
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 20 * time.Second
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test:", err)
		return count{failed: 1}
	}
	said := map[string][]string{}
	for d := json.NewDecoder(pipe); ; {
		var e event
		if d.Decode(&e) != nil {
			break
		}
		n.see(e, said)
	}
	if err := c.Wait(); err != nil && n.failed == 0 {
		fmt.Fprintln(os.Stderr, "test: go test:", err)
		n.failed++
	}
	return n
}

func (n *count) see(e event, said map[string][]string) {
	at := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if e.Action == "build-output" {
			at = "build " + e.ImportPath
		}
		said[at] = append(said[at], e.Output)
		if _, figures, ok := strings.Cut(e.Output, "figures: "); ok {
			fmt.Print("     ", figures)
		}
	case "build-fail":
		fmt.Print(strings.Join(said["build "+e.ImportPath], ""))
	case "pass", "skip", "fail":
		n.end(e, at, said)
		delete(said, at)
	}
}

func (n *count) end(e event, at string, said map[string][]string) {
	if e.Test != "" {
		n.tests++
	}
	switch {
	case e.Action == "skip" && e.Test != "":
		n.skipped++
	case e.Action == "fail":
		if e.Test != "" || !strings.Contains(strings.Join(said[at], ""), "FAIL\t") || n.failed == 0 {
			n.failed++
		}
		fmt.Printf("--- %s\n%s", at, strings.Join(said[at], ""))
	}
	if e.Test == "" && e.Action != "skip" {
		fmt.Printf("%-4s %-40s %6.1f s\n", e.Action, e.Package, e.Elapsed)
	}
}

func say(format string, a ...any) { fmt.Printf("== "+format+"\n", a...) }
