package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/demo"
)

type demoCmd struct{ command }

func (demoCmd) Help() string {
	return "Into an empty database: an Indonesian coffee producer with its distributors, wholesalers, agent and shops, and three months of trade up to yesterday, made by the real services. A database that has organisations is left alone."
}

func (c demoCmd) Run(ctx context.Context) error {
	_, err := loadDemo(ctx, c.DB)
	return err
}

// loadDemo makes the demonstration where the database is empty, and says how to sign in. whole tells that the database is a
// demonstration's; one that had organisations of its own is not.
func loadDemo(ctx context.Context, url string) (whole bool, err error) {
	url, finish, err := apart(url)
	if err != nil {
		return false, err
	}
	today := clock.At(time.Now()).In("Asia/Jakarta")
	sum, err := demo.Load(ctx, url, today, func(format string, args ...any) { say("demonstration: "+format, args...) })
	if err != nil {
		return false, err
	}
	if err := finish(); err != nil {
		return false, err
	}
	if len(sum.People) == 0 {
		return false, nil
	}
	fmt.Fprintln(os.Stderr, "sign in with the password "+demo.Password+" as one of:")
	for _, p := range sum.People {
		fmt.Fprintf(os.Stderr, "  %-34s %-11s %s\n", p.Email, p.Role, p.Org)
	}
	return true, nil
}

// apart lets a new SQLite file be made under another name and takes its own name when it is whole: who stops the first
// `make run` half way begins anew with the next, and does not trade in half a demonstration.
func apart(url string) (at string, finish func() error, err error) {
	file, ok := strings.CutPrefix(url, "sqlite:")
	if _, err := os.Stat(file); !ok || err == nil {
		return url, func() error { return nil }, nil
	}
	making := file + ".making"
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(making + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
	}
	return "sqlite:" + making, func() error { return os.Rename(making, file) }, nil
}
