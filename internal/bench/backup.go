package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"saluran/internal/backup"
	"saluran/internal/db"
)

// BackupOptions of the test of backups.
type BackupOptions struct {
	DB      string
	Other   string // where the last backup is restored as well: the other engine; nowhere when ""
	Backups int    // 3
	Clients int    // 16
	Program string // the saluran binary; this one when ""
	Out     io.Writer
}

// BackupResult says what became of orders that were acknowledged before a backup began, once it was restored. In its line ours are
// the orders a second while a backup was made, the rival those without.
type BackupResult struct {
	Line
	Engines      []string `json:"engines"`
	Backups      int      `json:"backups"`
	Restores     []string `json:"restores"`
	Acknowledged int      `json:"acknowledged"`        // in all
	Before       int      `json:"acknowledged_before"` // and looked for, over all restores
	Missing      int      `json:"missing"`
	Doubled      int      `json:"doubled"`
	HeadsUnequal int      `json:"heads_unequal"`  // to the moment of the backup
	Failed       int      `json:"failed"`         // promises of the books that do not hold
	Seconds      float64  `json:"backup_seconds"` // the slowest
	MiB          float64  `json:"archive_mib"`    // the largest
}

// Add adds what was found on another engine; the slower figures count.
func (r *BackupResult) Add(x BackupResult) {
	if r.Bench == "" {
		*r = x
		return
	}
	r.Engines = append(r.Engines, x.Engines...)
	r.Restores = append(r.Restores, x.Restores...)
	r.Backups += x.Backups
	r.Acknowledged += x.Acknowledged
	r.Before += x.Before
	r.Missing += x.Missing
	r.Doubled += x.Doubled
	r.HeadsUnequal += x.HeadsUnequal
	r.Failed += x.Failed
	errors := r.Errors + x.Errors
	if x.Ratio < r.Ratio {
		r.Line = x.Line
	}
	r.Errors = errors
	r.Seconds, r.MiB = max(r.Seconds, x.Seconds), max(r.MiB, x.MiB)
}

// Wrong tells whether a promise is broken.
func (r *BackupResult) Wrong() bool {
	return r.Missing > 0 || r.Doubled > 0 || r.HeadsUnequal > 0 || r.Failed > 0 || r.Before == 0
}

// taken is one backup: its file, what it said, and the orders that were acknowledged when it began.
type taken struct {
	backup.Taken
	before []*sent
}

// Backup runs the program, lets clients place orders, and makes backups with `saluran backup` meanwhile; then it restores each
// with `saluran restore` into an empty place. Each order acknowledged before a backup began must stand in its restore, once; the
// chain must stand where it stood in the traded database at that number; and the books must hold.
func Backup(ctx context.Context, o BackupOptions) (res BackupResult, err error) {
	if o.Program == "" {
		if o.Program, err = os.Executable(); err != nil {
			return res, err
		}
	}
	o.Backups, o.Clients = max(o.Backups, 1), max(o.Clients, 1)
	dir, err := os.MkdirTemp("", "saluran-backup-")
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(dir)
	c := &crasher{o: CrashOptions{DB: o.DB, Clients: o.Clients, Program: o.Program, Out: o.Out}}
	defer c.end()
	if err := c.prepare(ctx); err != nil {
		return res, fmt.Errorf("bench backup: %w", err)
	}
	all, err := c.underLoad(ctx, o, dir, &res)
	if err != nil {
		return res, fmt.Errorf("bench backup: %w", err)
	}
	for i, t := range all {
		into := []string{o.DB}
		if o.Other != "" && i == len(all)-1 {
			into = append(into, o.Other)
		}
		for _, place := range into {
			if err := c.restored(ctx, o, t, place, &res); err != nil {
				return res, fmt.Errorf("bench backup, backup %d: %w", i+1, err)
			}
		}
	}
	l := c.line("backup", res.Engines[0])
	l.Case, l.Ours, l.Rival, l.Ratio = "under load", res.Ours, res.Rival, res.Ours/max(res.Rival, 0.001)
	l.Errors = int64(res.Missing + res.Doubled + res.HeadsUnequal + res.Failed)
	res.Line, res.Backups, res.Acknowledged = l, len(all), len(c.sent)
	return res, nil
}

// underLoad makes the backups while clients place orders.
func (c *crasher) underLoad(ctx context.Context, o BackupOptions, dir string, res *BackupResult) (all []taken, err error) {
	stop, failed := make(chan struct{}), make(chan error, o.Clients)
	var wg sync.WaitGroup
	for n := range o.Clients {
		wg.Go(func() {
			if err := c.client(0, n, stop); err != nil {
				failed <- err
			}
		})
	}
	time.Sleep(500 * time.Millisecond) // the first orders of a program that has just begun are slow
	var alone, during float64
	var aloneFor, duringFor time.Duration
	for i := range o.Backups {
		n, start := len(c.acknowledged()), time.Now()
		time.Sleep(time.Second)
		before, begun := c.acknowledged(), time.Now()
		alone, aloneFor = alone+float64(len(before)-n), aloneFor+begun.Sub(start)
		t := taken{before: before}
		if err = c.run(ctx, &t.Taken, "backup", "--db", c.url, "-o", filepath.Join(dir, fmt.Sprintf("%d.tar", i))); err != nil {
			break
		}
		during, duringFor = during+float64(len(c.acknowledged())-len(before)), duringFor+time.Since(begun)
		fmt.Fprintf(o.Out, "backup %d of %d: %d orders acknowledged before it began, head %d, %.1f MiB in %.1f s\n", i+1, o.Backups, len(before), t.HeadSeq,
			float64(t.Bytes)/(1<<20), t.Taken.Seconds)
		res.Seconds, res.MiB = max(res.Seconds, round(t.Taken.Seconds)), max(res.MiB, round(float64(t.Bytes)/(1<<20)))
		all = append(all, t)
	}
	time.Sleep(200 * time.Millisecond) // trade goes on after the last backup
	close(stop)
	wg.Wait()
	if err == nil {
		select {
		case err = <-failed:
		default:
		}
	}
	res.Rival, res.Ours = alone/max(aloneFor.Seconds(), 0.001), during/max(duringFor.Seconds(), 0.001)
	return all, err
}

func (c *crasher) acknowledged() []*sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// run runs a verb of the program and reads its last line.
func (c *crasher) run(ctx context.Context, into any, args ...string) error {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, c.o.Program, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("saluran %s: %w: %s", args[0], err, said.String())
	}
	return json.Unmarshal(out.Bytes(), into)
}

// restored restores a backup into an empty place and looks whether all is there.
func (c *crasher) restored(ctx context.Context, o BackupOptions, t taken, place string, res *BackupResult) error {
	url, remove, err := Scratch(ctx, place, "restored")
	if err != nil {
		return err
	}
	defer remove()
	var r backup.Restored
	if err := c.run(ctx, &r, "restore", "--db", url, t.File); err != nil {
		return err
	}
	source, err := db.Existing(ctx, c.url)
	if err != nil {
		return err
	}
	defer source.Close()
	d, err := db.Existing(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	if !slices.Contains(res.Engines, engineName(source)) {
		res.Engines = append(res.Engines, engineName(source))
	}
	res.Restores = append(res.Restores, engineName(source)+" into "+engineName(d))
	res.Failed += r.Failed
	if err := sameHead(ctx, source, d, t.Taken, r, res); err != nil {
		return err
	}
	stored, err := storedOrders(ctx, d)
	if err != nil {
		return err
	}
	times := map[string]int{}
	for _, key := range stored {
		times[key]++
	}
	for _, x := range t.before {
		switch {
		case stored[x.order] != x.key:
			res.Missing++
		case times[x.key] > 1:
			res.Doubled++
		}
	}
	res.Before += len(t.before)
	fmt.Fprintf(o.Out, "restored %s into %s in %.1f s: %d orders, of which %d were acknowledged before\n", engineName(source), engineName(d), r.Seconds, len(stored), len(t.before))
	return nil
}

// sameHead compares three heads: that of the restored database, that of the archive, and the hash that the traded database has at
// that number, where trade has gone on since.
func sameHead(ctx context.Context, source, d *db.DB, t backup.Taken, r backup.Restored, res *BackupResult) error {
	var seq, last, now int64
	var head, hash []byte
	for _, ask := range []struct {
		d    *db.DB
		q    string
		into []any
	}{
		{d, "SELECT seq, hash FROM lane WHERE lane = 0", []any{&seq, &head}},
		{d, "SELECT MAX(seq) FROM journal", []any{&last}},
		{source, "SELECT seq FROM lane WHERE lane = 0", []any{&now}},
		{source, fmt.Sprintf("SELECT hash FROM journal WHERE seq = %d", t.HeadSeq), []any{&hash}},
	} {
		if err := ask.d.ReadSQL().QueryRowContext(ctx, ask.q).Scan(ask.into...); err != nil && err != sql.ErrNoRows {
			return err
		}
	}
	same := seq == t.HeadSeq && last == seq && r.HeadSeq == seq && bytes.Equal(head, hash) && fmt.Sprintf("%x", head) == strings.ToLower(t.HeadHash)
	if !same || !r.Equal || now <= seq {
		res.HeadsUnequal++
	}
	return nil
}
