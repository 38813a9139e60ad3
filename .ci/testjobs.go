//go:build ignore

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// engine is a database and what tells tests of it.
type engine struct {
	name string
	env  []string
}

// builder makes programs of tests. Each is built once, whatever it is run for: linking one took longer than most of them run.
type builder struct{ dir string }

// program is a built one.
type program struct {
	pkg, dir, file string
	database       bool // it is linked with what gives tests a database
}

type programs []program

// build builds the programs of packages; what does not build is a failure, and is not run.
func (b builder) build(ctx context.Context, r *result, name string, flags, pkgs []string) (out programs) {
	if len(pkgs) == 0 {
		return nil
	}
	into := filepath.Join(b.dir, strings.ReplaceAll(name, " ", "-"))
	stage(r, "building the tests, "+name, func() (n count) {
		if err := os.MkdirAll(into, 0o755); err != nil {
			fmt.Fprintln(os.Stderr, "test:", err)
			return count{failed: 1}
		}
		c := child(ctx, "go", slices.Concat([]string{"test", "-c", "-ldflags=-s -w", "-o", into + "/"}, flags, pkgs)...)
		c.Stdout, c.Stderr = os.Stderr, os.Stderr
		if err := c.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "test: building:", err)
			n.failed = 1
		}
		return n
	})
	const tmpl = `{{if eq .Name "main"}}{{.ImportPath}} {{.Dir}} {{join .Deps " "}}{{end}}`
	text, err := exec.CommandContext(ctx, "go", append([]string{"list", "-test", "-f", tmpl}, pkgs...)...).Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test: list of packages:", err)
		r.Failed++
	}
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || !strings.HasSuffix(words[0], ".test") {
			continue
		}
		p := program{pkg: strings.TrimSuffix(words[0], ".test"), dir: words[1], database: slices.Contains(words, "saluran/internal/db/dbtest")}
		p.file, _ = filepath.Abs(filepath.Join(into, filepath.Base(p.pkg)+".test"))
		if _, err := os.Stat(p.file); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// job is a program run for some of its tests on one engine.
type job struct {
	program
	engine engine
	part   string
	args   []string
}

// Programs whose tests, one after the other, take far longer than those of all others are run in so many parts at once.
var parts = map[string]int{"saluran/internal/app": 5}

// jobs are all tests but those that run apart: those that take longest first, lest one of them runs alone when the others are done. What
// the race detector has watched on the first engine, and is not core, runs as it is on the others.
func (all programs) jobs(ctx context.Context, engines []engine, plain programs) (first []job) {
	var then []job
	for _, p := range all {
		for i, e := range engines {
			if i > 0 && !p.database {
				continue
			}
			if k := slices.IndexFunc(plain, func(x program) bool { return x.pkg == p.pkg }); i > 0 && k >= 0 && !core.MatchString(p.pkg) {
				p = plain[k]
			}
			n := parts[p.pkg]
			if n == 0 {
				then = append(then, job{p, e, "", []string{"-test.skip=" + apart}})
				continue
			}
			for k, names := range deal(p.names(ctx, apart, false), n) {
				first = append(first, job{p, e, fmt.Sprintf(" %d/%d", k+1, n), []string{"-test.run=^(" + strings.Join(names, "|") + ")$"}})
			}
		}
	}
	return append(first, then...)
}

// longJobs are the long tests, each by itself.
func (all programs) longJobs(ctx context.Context, engines []engine) (out []job) {
	for _, p := range all {
		for _, name := range p.names(ctx, long, true) {
			for i, e := range engines {
				if i == 0 || p.database {
					out = append(out, job{p, e, " " + name, []string{"-test.run=^" + name + "$"}})
				}
			}
		}
	}
	return out
}

// walkJobs are the walks: the one that opens every page, all others, and those of the main job once more on the second engine.
func (all programs) walkJobs(ctx context.Context, engines []engine) (out []job) {
	for _, p := range all {
		if len(p.names(ctx, walks, true)) == 0 {
			continue
		}
		out = append(out, job{p, engines[0], " every page in the browser", []string{"-test.run=" + everyPage}},
			job{p, engines[0], " in the browser", []string{"-test.run=" + walks, "-test.skip=" + everyPage}})
		for _, e := range engines[1:] {
			out = append(out, job{p, e, " the main job in the browser", []string{"-test.run=" + mainJob}})
		}
	}
	return out
}

// names are the tests of a program whose names are like the pattern, or are not.
func (p program) names(ctx context.Context, pattern string, like bool) (out []string) {
	c := child(ctx, p.file, "-test.list=^(Test|Fuzz|Example)")
	c.Dir = p.dir
	text, err := c.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test: names of", p.pkg, err)
	}
	is := regexp.MustCompile(pattern)
	for _, name := range strings.Fields(string(text)) {
		if is.MatchString(name) == like {
			out = append(out, name)
		}
	}
	return out
}

// deal gives names to n parts in turn: neighbours, which often take as long as each other, go to different ones.
func deal(names []string, n int) [][]string {
	out := make([][]string, n)
	for i, name := range names {
		out[i%n] = append(out[i%n], name)
	}
	return slices.DeleteFunc(out, func(part []string) bool { return len(part) == 0 })
}

// pool runs as many jobs at once as there are processors.
func pool(ctx context.Context, jobs []job) (sum count) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	todo := make(chan job)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for j := range todo {
				n := j.run(ctx)
				mu.Lock()
				sum.add(n)
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() == nil {
			todo <- j
		}
	}
	close(todo)
	wg.Wait()
	return sum
}

type count struct{ tests, skipped, failed int }

func (n *count) add(m count) {
	n.tests += m.tests
	n.skipped += m.skipped
	n.failed += m.failed
}

func (r *result) add(c count) {
	r.Tests += c.tests
	r.Skipped += c.skipped
	r.Failed += c.failed
}

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// child is a program that ends when this one does, or is told to. It dies with the thread that started it, which therefore must
// outlive it: whoever starts one locks its thread.
func child(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 20 * time.Second
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// run runs a job and counts; it prints a line for it, and all that a failed test said.
func (j job) run(ctx context.Context) (n count) {
	runtime.LockOSThread() // never given back: the thread ends with the goroutine of the pool, after all its children
	begin := time.Now()
	c := child(ctx, j.file, append([]string{"-test.v=test2json", "-test.paniconexit0", "-test.timeout=25m"}, j.args...)...)
	c.Dir, c.Env = j.dir, append(append(os.Environ(), "PWD="+j.dir), j.engine.env...)
	reads, writes := io.Pipe()
	c.Stdout, c.Stderr = writes, writes
	read := child(ctx, "go", "tool", "test2json", "-t", "-p", j.pkg)
	read.Stdin = reads
	events, err := read.StdoutPipe()
	if err == nil {
		err = read.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test:", err)
		return count{failed: 1}
	}
	ended := make(chan error, 1)
	if err := c.Start(); err != nil {
		ended <- err
		writes.Close()
	} else {
		go func() { ended <- c.Wait(); writes.Close() }()
	}
	said := map[string][]string{}
	for d := json.NewDecoder(events); ; {
		var e event
		if d.Decode(&e) != nil {
			break
		}
		n.see(e, said)
	}
	_ = read.Wait()
	j.judge(&n, <-ended, time.Since(begin), said)
	return n
}

// judge says how it went: what ended badly without a test that failed is a failure too.
func (j job) judge(n *count, err error, took time.Duration, said map[string][]string) {
	word := "pass"
	if err != nil || n.failed > 0 {
		word = "fail"
		if n.failed == 0 {
			n.failed++
		}
		var all []string
		for _, lines := range said {
			all = append(all, strings.Join(lines, ""))
		}
		slices.Sort(all)
		fmt.Printf("--- %s%s, %s: %v\n%s", j.pkg, j.part, j.engine.name, err, strings.Join(all, ""))
	}
	fmt.Printf("%-4s %-60s %6.1f s\n", word, j.pkg+j.part+", "+j.engine.name, took.Seconds())
}

func (n *count) see(e event, said map[string][]string) {
	switch e.Action {
	case "output":
		said[e.Test] = append(said[e.Test], e.Output)
		if _, figures, ok := strings.Cut(e.Output, "figures: "); ok {
			fmt.Print("     ", figures)
		}
	case "pass", "skip", "fail":
		if e.Test == "" {
			return
		}
		n.tests++
		switch e.Action {
		case "skip":
			n.skipped++
		case "fail":
			n.failed++
			fmt.Printf("--- %s %s\n%s", e.Package, e.Test, strings.Join(said[e.Test], ""))
		}
		delete(said, e.Test)
	}
}
