//go:build ignore

// Fuzz runs every fuzz target of the project for FUZZTIME (60s), one after the other, at low priority. It finds the targets by
// itself. What it finds lies in testdata/fuzz of the package. Arguments are words: only targets whose package or name holds one of
// them run. Ends in one line of JSON and exits 1 if a target failed.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

type target struct{ pkg, name string }

var declared = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`)

func targets(words []string) (out []target, err error) {
	err = filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "node_modules" || path != "." && strings.HasPrefix(e.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(b, -1) {
			t := target{"./" + filepath.ToSlash(filepath.Dir(path)), string(m[1])}
			if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(t.pkg+" "+t.name, w) }) {
				out = append(out, t)
			}
		}
		return err
	})
	return out, err
}

func main() {
	each := os.Getenv("FUZZTIME")
	if each == "" {
		each = "60s"
	}
	all, err := targets(os.Args[1:])
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no such fuzz target")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(2)
	}
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 15)
	start, failed, built := time.Now(), []string{}, map[string]string{}
	room, err := os.MkdirTemp(memory(), "saluran-fuzz-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(2)
	}
	defer os.RemoveAll(room)
	for _, t := range all {
		out, err := run(t, each, room, built)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil {
			failed = append(failed, t.pkg+" "+t.name)
			fmt.Fprintf(os.Stderr, "fuzz: %s %s FAILED\n%s\n", t.pkg, t.name, out)
			continue
		}
		said := lines[len(lines)-1]
		for _, l := range lines {
			if strings.Contains(l, "execs:") {
				said = strings.TrimPrefix(l, "fuzz: ")
			}
		}
		fmt.Fprintf(os.Stderr, "fuzz: %s %s: %s\n", t.pkg, t.name, said)
	}
	b, _ := json.Marshal(map[string]any{"fuzz": each, "targets": len(all), "failed": len(failed), "which": failed, "seconds": int(time.Since(start).Seconds())})
	fmt.Println(string(b))
	if len(failed) > 0 {
		os.RemoveAll(room)
		os.Exit(1)
	}
}

// memory is where the workers have their databases: they write one each, and nothing of it is kept.
func memory() string {
	if x, err := os.Stat("/dev/shm"); err == nil && x.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// run fuzzes one target. Our own packages alone are instrumented: with the database's engine instrumented too, it takes many minutes
// to build, and every statement is slow.
func run(t target, each, room string, built map[string]string) ([]byte, error) {
	binary := built[t.pkg]
	if binary == "" {
		binary = filepath.Join(room, fmt.Sprint("t", len(built), ".test"))
		c := exec.Command("go", "test", "-c", "-gcflags=saluran/...=-d=libfuzzer", "-o", binary, t.pkg)
		if out, err := c.CombinedOutput(); err != nil {
			return out, err
		}
		built[t.pkg] = binary
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return nil, err
	}
	workers := os.Getenv("FUZZWORKERS")
	if workers == "" {
		workers = "1"
	}
	c := exec.Command(binary, "-test.run", "^$", "-test.fuzz", "^"+t.name+"$", "-test.fuzztime", each, "-test.parallel", workers, "-test.timeout", "0",
		"-test.fuzzcachedir", filepath.Join(strings.TrimSpace(string(cache)), "fuzz", "saluran", t.pkg))
	c.Dir, c.Env = t.pkg, append(os.Environ(), "TMPDIR="+room)
	return c.CombinedOutput()
}
