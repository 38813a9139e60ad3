package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"saluran/internal/bench"
)

type benchCmd struct {
	Orders benchOrdersCmd `cmd:"" help:"10-line orders through the real HTTP API, beside the same rows by plain SQL."`
	Import benchImportCmd `cmd:"" help:"Sales history, beside a plain batched insert of the same rows."`
	Export benchExportCmd `cmd:"" help:"A payment sheet of a million rows, beside reading and deflating the same."`
	Crash  benchCrashCmd  `cmd:"" help:"Kill the program, or the database, while clients place orders; nothing acknowledged may be lost."`
	Access benchAccessCmd `cmd:"" help:"Who may do what, with a million people, beside casbin over the same grants."`
	Backup benchBackupCmd `cmd:"" help:"Back up while clients place orders, restore into an empty place, and look whether all is there."`
	Pages  benchPagesCmd  `cmd:"" help:"Every page and list with 0, 100 and 100,000 rows behind it, at the server, beside a limit of 100 ms."`
}

func (benchCmd) Help() string {
	return "Each works in a scratch database beside the one of --db, removes it, says what it is doing, and ends in one line of JSON: bench, engine, clients, case, ours, rival, ratio, p50_ms, p99_ms, errors, max_rss_mib. orders and import are per second, ratio = ours ÷ rival, the worse case; export is seconds, ratio = ours ÷ rival; access is microseconds a decision, ratio = rival ÷ ours; crash compares orders stored with orders acknowledged, backup the orders per second during a backup with those without."
}

// benchBase is what every benchmark understands.
type benchBase struct {
	DB string `name:"db" env:"SALURAN_DB" default:"sqlite:./data/saluran.db" placeholder:"URL" help:"Where the scratch database is made: sqlite:FILE (in its folder) or mysql://user:password@host:port/name (beside it)."`
}

func (b benchBase) ready() error {
	if len(b.DB) > 7 && b.DB[:7] == "sqlite:" {
		return os.MkdirAll(filepath.Dir(b.DB[7:]), 0o750)
	}
	return nil
}

func done(l bench.Line, err error) error {
	if err != nil {
		return err
	}
	l.Print(os.Stdout)
	return nil
}

type benchOrdersCmd struct {
	benchBase
	Clients int           `default:"64" help:"How many send at once (${default})."`
	Sellers int           `default:"1000" help:"Sellers of the spread case, buyers of the hot one (${default})."`
	Window  time.Duration `default:"4s" help:"How long each measurement lasts (${default})."`
	Case    string        `enum:"hot,spread,both" default:"both" help:"One hot seller, many sellers, or ${default}."`
	Profile string        `placeholder:"FILE" help:"Write the CPU profile of our side's window, for go tool pprof."`
}

func (c benchOrdersCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	one := c.Case
	if one == "both" {
		one = ""
	}
	return done(bench.Orders(ctx, bench.OrdersOptions{DB: c.DB, Clients: c.Clients, Sellers: c.Sellers, Window: c.Window, Out: os.Stderr, Case: one, Profile: c.Profile}))
}

type benchImportCmd struct {
	benchBase
	Data      string `env:"SALURAN_DATA" type:"path" help:"Folder with iowa/open; where there is none, lines of the same shape are made up (also $$SALURAN_DATA)."`
	Documents int    `help:"How many documents are made up."`
	Profile   string `placeholder:"FILE" help:"Write the CPU profile of our side, for go tool pprof."`
}

func (c benchImportCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	return done(bench.Import(ctx, bench.ImportOptions{DB: c.DB, Data: c.Data, Out: os.Stderr, Documents: c.Documents, Profile: c.Profile}))
}

type benchExportCmd struct {
	benchBase
	Rows   int    `default:"1000000" help:"Invoices in the sheet (${default})."`
	Rounds int    `default:"3" help:"How often each side is measured; the median counts (${default})."`
	Keep   string `placeholder:"FILE.xlsx" help:"Keep the workbook."`
}

func (c benchExportCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	return done(bench.Export(ctx, bench.ExportOptions{DB: c.DB, Rows: c.Rows, Rounds: c.Rounds, Keep: c.Keep, Out: os.Stderr}))
}

type benchCrashCmd struct {
	benchBase
	Kills    int  `default:"20" help:"How often (${default})."`
	Clients  int  `default:"32" help:"How many send at once (${default})."`
	Database bool `help:"Kill a private MariaDB under the running program instead of the program."`
}

func (c benchCrashCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	res, err := bench.Crash(ctx, bench.CrashOptions{DB: c.DB, Rounds: c.Kills, Clients: c.Clients, Database: c.Database, Out: os.Stderr})
	if err != nil {
		return err
	}
	res.Round()
	if err := printLine(res); err != nil {
		return err
	}
	if res.Missing > 0 || res.Doubled > 0 || res.Failed > 0 {
		return errQuiet
	}
	return nil
}

type benchBackupCmd struct {
	benchBase
	Backups int  `default:"3" help:"How many backups (${default})."`
	Clients int  `default:"16" help:"How many send at once (${default})."`
	MariaDB bool `name:"mariadb" help:"On a private MariaDB as well, and from each engine into the other."`
}

func (benchBackupCmd) Help() string {
	return "Runs the portal on a scratch database with clients that place orders, makes backups meanwhile, and restores each into an empty place. Ends in one line of JSON; beside what every benchmark says: engines, backups, restores, acknowledged, acknowledged_before (orders answered before a backup began, looked for in its restore), missing, doubled, heads_unequal, failed (promises of the books), backup_seconds, archive_mib. Exits 1 if anything is missing, doubled, unequal or failed."
}

func (c benchBackupCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	places := []string{c.DB}
	if c.MariaDB {
		m, err := bench.StartMaria(ctx)
		if err != nil {
			return err
		}
		defer m.Remove()
		places = append(places, m.URL("mysql"))
	}
	var sum bench.BackupResult
	for i, place := range places {
		o := bench.BackupOptions{DB: place, Backups: c.Backups, Clients: c.Clients, Out: os.Stderr}
		if len(places) > 1 {
			o.Other = places[1-i]
		}
		res, err := bench.Backup(ctx, o)
		if err != nil {
			return err
		}
		sum.Add(res)
	}
	sum.Round()
	if err := printLine(sum); err != nil {
		return err
	}
	if sum.Wrong() {
		return errQuiet
	}
	return nil
}

type benchAccessCmd struct {
	benchBase
	Users     int `default:"1000000" help:"People, each in one organisation (${default})."`
	Orgs      int `default:"10000" help:"Organisations; every tenth has a role of its own (${default})."`
	Decisions int `default:"1000000" help:"Decisions that are measured one by one (${default})."`
	Rival     int `default:"4000" help:"Decisions of casbin's Enforcer (${default})."`
}

func (benchAccessCmd) Help() string {
	return "Writes people, organisations and roles to a scratch database, signs two thousand of them in, and asks random questions: ours, casbin's Enforcer and its CachedEnforcer over the same grants. Then takes a right away at one instance of the program fifty times and asks at another at once. Ends in one line of JSON: ours and rival (the fastest of casbin's) are microseconds a decision, mean; p50_ms and p99_ms are ours; errors counts answers that differ from casbin's, and requests let pass after their right was taken away. Exits 1 if there are any."
}

func (c benchAccessCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	l, err := bench.Access(ctx, bench.AccessOptions{DB: c.DB, Users: c.Users, Orgs: c.Orgs, Decisions: c.Decisions, Rival: c.Rival, Out: os.Stderr})
	if err := done(l, err); err != nil {
		return err
	}
	if l.Errors > 0 {
		return errQuiet
	}
	return nil
}

type benchPagesCmd struct {
	benchBase
	Rows       []int    `default:"0,100,100000" help:"Rows behind every list, a measurement for each (${default})."`
	Trades     int      `help:"Documents of each kind at most, where they are to be fewer than partners, products and all else: what takes most of the time to fill (as many)."`
	Rounds     int      `default:"24" help:"How often each page is asked for (${default})."`
	Keep       bool     `help:"Leave the databases where they are, and say where."`
	On         string   `placeholder:"URL" help:"Measure a database that --keep left."`
	Only       []string `placeholder:"WORD" help:"Only what has one of the words in its name: \"shop /m/order\"."`
	Who        []string `enum:"producer,wholesaler,finance,warehouse,agent,shop" placeholder:"ROLE" help:"Only as these: ${enum} (everybody)."`
	Profile    string   `placeholder:"FILE" help:"Write the CPU profile of the asking, for go tool pprof."`
	Statements bool     `help:"Print what the database was asked for by pages above the limit (with --only: by every page), and how long each statement took."`
}

func (benchPagesCmd) Help() string {
	return "Fills a street of a producer, a wholesaler, an agent and a shop with so many rows behind every list, proves its books, and asks for every page and list of the pages and the API as each of them: first page, fourth page by its cursor, usual filters and sorts, in process. Prints median and 95th of a hundred, statements and bytes, the slowest first, beside the limit of 100 ms for the median; ends in one line of JSON. Exits 1 where a page misses the limit."
}

func (c benchPagesCmd) Run(ctx context.Context) error {
	if err := c.ready(); err != nil {
		return err
	}
	res, err := bench.Pages(ctx, bench.PagesOptions{DB: c.DB, Rows: c.Rows, Trades: c.Trades, Rounds: c.Rounds, Keep: c.Keep, On: c.On, Only: c.Only, Who: c.Who, Statements: c.Statements, Profile: c.Profile, Out: os.Stderr})
	if err != nil {
		return err
	}
	if err := printLine(res); err != nil {
		return err
	}
	if res.Missed > 0 {
		return errQuiet
	}
	return nil
}
