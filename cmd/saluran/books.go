package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/seal"
)

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("saluran", version)
	return nil
}

type migrateCmd struct{ command }

func (c migrateCmd) Run(ctx context.Context) error {
	d, err := db.Open(ctx, c.DB)
	if err != nil {
		return err
	}
	defer d.Close()
	say("bringing the schema up to date")
	n, err := d.Migrate(ctx)
	if err != nil {
		return err
	}
	say("done: %d migrations applied", n)
	return nil
}

type verifyCmd struct {
	command
	Seals   string `placeholder:"FILE" help:"Also hold the seals of a file against the books: an answer of the API, a workbook, a text; names the first that fails."`
	SealPub string `name:"seal-public" placeholder:"KEY" help:"The public key to trust for --seals, as it was once given away; those that the books know when left out."`
	Tables  bool   `help:"List the tables and columns that verify vouches for, and do nothing else."`
	Files   bool   `help:"Also read every file and compare its bytes with the digest that was filed."`
}

func (verifyCmd) Help() string {
	return "Prints each promise with how often it was checked and how often it failed, names the rows that are wrong, and ends in one line of JSON: journals, entries, invariants, failed, audit rows (and how many wait to be chained), seals; with --seals how many were held against the books, how many fail, and the first; with --files how many were read, and how many are wrong. It reads one snapshot; trade may go on."
}

func (c verifyCmd) Run(ctx context.Context) error {
	if c.Tables {
		for _, column := range app.Vouched() {
			fmt.Println(column)
		}
		return nil
	}
	check, err := c.check()
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	say("verifying the books of %s", a.DB.Engine)
	rep, err := a.VerifyWith(ctx, check, progress("journals"))
	if err != nil {
		return err
	}
	for _, i := range rep.Invariants {
		fmt.Printf("%-4s %12d checked %8d failed  %s\n", map[bool]string{true: "ok", false: "FAIL"}[i.Failed == 0], i.Checked, i.Failed, i.Name)
	}
	for _, p := range rep.Problems {
		fmt.Println("wrong:", p)
	}
	wrong := rep.Failed()
	var files *readFiles
	if c.Files {
		v, err := a.VerifyFiles(ctx, progress("files"))
		if err != nil {
			return err
		}
		for _, p := range v.Problems {
			fmt.Println("wrong:", p)
		}
		wrong += len(v.Problems)
		files = &readFiles{v.Checked, v.Bytes, len(v.Problems)}
	}
	line, err := json.Marshal(struct {
		Journals   int64 `json:"journals"`
		Entries    int64 `json:"entries"`
		Invariants int   `json:"invariants"`
		Failed     int   `json:"failed"`
		Audit      int64 `json:"audit"`
		Pending    int64 `json:"audit_pending"`
		Seals      int64 `json:"seals"`
		*givenSeals
		*readFiles
	}{rep.Journals, rep.Entries, len(rep.Invariants), rep.Failed(), check.Rows, check.Pending, check.Seals, given(check), files})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if wrong > 0 {
		return errQuiet
	}
	return nil
}

// givenSeals is what the line of JSON says of --seals.
type givenSeals struct {
	Given  int    `json:"seals_given"`
	Failed int64  `json:"seals_failed"`
	First  string `json:"seals_first_failed"`
}

// readFiles is what the line of JSON says of --files.
type readFiles struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"file_bytes"`
	Wrong int   `json:"files_wrong"`
}

func given(c *seal.Check) *givenSeals {
	if len(c.Given) == 0 {
		return nil
	}
	return &givenSeals{len(c.Given), c.Failed, c.First}
}

// check reads the seals that the books are to be held against.
func (c verifyCmd) check() (*seal.Check, error) {
	out := &seal.Check{}
	if c.SealPub != "" {
		if _, err := seal.ParsePublic(c.SealPub); err != nil {
			return nil, err
		}
		out.Keys = []string{c.SealPub}
	}
	if c.Seals == "" {
		return out, nil
	}
	f, err := os.Open(c.Seals)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if out.Given, err = seal.Find(f); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Seals, err)
	}
	return out, nil
}

// progress says how far something is, at most every two seconds.
func progress(what string) func(done, total int64) {
	last := time.Now()
	return func(done, total int64) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		say("%d of %d %s", done, total, what)
	}
}

type healthCmd struct {
	Addr string `env:"SALURAN_ADDR" default:"localhost:8080" help:"Where the portal listens (also $$SALURAN_ADDR)."`
}

func (c healthCmd) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the portal answers %s", res.Status)
	}
	fmt.Fprintln(os.Stdout, "ready")
	return nil
}
