package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"saluran/internal/clock"
	"saluran/internal/demo"
)

type demoCmd struct{ command }

func (demoCmd) Help() string {
	return "Into an empty database: an Indonesian coffee producer with its distributors, wholesalers, agent and shops, and three months of trade up to yesterday, made by the real services. A database that has organisations is left alone."
}

func (c demoCmd) Run(ctx context.Context) error { return loadDemo(ctx, c.DB) }

// loadDemo makes the demonstration where the database is empty, and says how to sign in.
func loadDemo(ctx context.Context, url string) error {
	today := clock.At(time.Now()).In("Asia/Jakarta")
	sum, err := demo.Load(ctx, url, today, func(format string, args ...any) { say("demonstration: "+format, args...) })
	if err != nil {
		return err
	}
	if len(sum.People) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, "sign in with the password "+demo.Password+" as one of:")
	for _, p := range sum.People {
		fmt.Fprintf(os.Stderr, "  %-34s %-11s %s\n", p.Email, p.Role, p.Org)
	}
	return nil
}
