// Command saluran is the portal: one program with many verbs. `saluran --help` lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // business dates need the seller's zone on machines without zone files

	"github.com/alecthomas/kong"

	"saluran/internal/app"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
)

// version is set by the linker.
var version = "unknown"

// command is what every verb understands.
type command struct {
	DB  string `name:"db" env:"SALURAN_DB" default:"sqlite:./data/saluran.db" placeholder:"URL" help:"Database: sqlite:FILE or mysql://user:password@host:port/name (also $$SALURAN_DB; ${default} when left out)."`
	Log string `env:"SALURAN_LOG" enum:"debug,info,warn,error" default:"${log}" help:"What is logged to standard error, as JSON: ${enum} (also $$SALURAN_LOG)."`
}

type cli struct {
	Serve    serveCmd    `cmd:"" help:"Serve pages and API until SIGTERM or Ctrl-C; brings the schema up to date first."`
	Setup    setupCmd    `cmd:"" help:"First set-up of an empty database: the operator, the first organisation, its owner."`
	User     userCmd     `cmd:"" help:"Add a person to an organisation, or give a person a new password."`
	Export   exportCmd   `cmd:"" help:"Write a workbook."`
	Import   importCmd   `cmd:"" help:"Import sales history from files."`
	Demo     demoCmd     `cmd:"" help:"Load the demonstration channel into an empty database."`
	Bench    benchCmd    `cmd:"" help:"Measure, beside what is usual, on the same database in the same run."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database's schema up to date."`
	Verify   verifyCmd   `cmd:"" help:"Recompute the books from their rows and say what does not hold; exits 1 if anything does not."`
	Backup   backupCmd   `cmd:"" help:"Write everything into one file while trade goes on."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup into an empty place, on either engine, and prove that it is what was backed up."`
	Erasures erasuresCmd `cmd:"" help:"Write who was erased, for restore --erasures."`
	Health   healthCmd   `cmd:"" help:"Ask a running portal whether it can take work; exits 1 if not (for containers)."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, options(ctx)...)
	if err := k.Run(); err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(os.Stderr, "saluran: interrupted")
		} else if !errors.Is(err, errQuiet) {
			fmt.Fprintln(os.Stderr, "saluran: "+sentence(err))
		}
		stop()
		os.Exit(1)
	}
}

// options are how the command line is read.
func options(ctx context.Context) []kong.Option {
	return []kong.Option{kong.Name("saluran"), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Vars{"log": "warn", "maps": strings.Join(intake.Shipped(), ", "), "reports": reports}, kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Saluran: a portal for trade along a channel, from producer to shop: who owns, who holds, who bears the risk and who owes.")}
}

// errQuiet fails without another word: what was to be said has been printed.
var errQuiet = errors.New("")

// sentence is what a person reads of an error: the catalogue's words, and the cause, which a command's user may know.
func sentence(err error) string {
	said := i18n.Error(i18n.EN, err)
	if said == i18n.T(i18n.EN, "err.internal") || strings.Contains(said, "err.") {
		return err.Error()
	}
	var wrong *errs.Error
	if errors.As(err, &wrong) && len(wrong.Fields) > 0 {
		for _, f := range wrong.Fields {
			said += "\n  " + f.Path + ": " + i18n.FieldError(i18n.EN, f)
		}
		return said
	}
	if cause := errors.Unwrap(err); cause != nil {
		return said + " (" + err.Error() + ")"
	}
	return said
}

func (c command) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		level = slog.LevelWarn
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// fileStore names where files are kept, for every verb: it may hold a secret, so it is no flag.
const fileStore = "SALURAN_FILES"

// open opens the portal of a database that exists, for a verb that is not the server: no background work.
func (c command) open(ctx context.Context) (*app.App, error) {
	return app.Open(ctx, app.Config{DB: c.DB, Log: c.logger(), FileStore: os.Getenv(fileStore), NoWorkers: true, Existing: true, SealKey: os.Getenv("SALURAN_SEAL_KEY")})
}

// make opens the portal for a verb that may make its database.
func (c command) make(ctx context.Context) (*app.App, error) {
	return app.Open(ctx, app.Config{DB: c.DB, Log: c.logger(), FileStore: os.Getenv(fileStore), NoWorkers: true, SealKey: os.Getenv("SALURAN_SEAL_KEY")})
}

// say tells what the command is doing, on standard error, so that standard output is the result alone.
func say(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) }
