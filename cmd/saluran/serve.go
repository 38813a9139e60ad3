package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"saluran/internal/app"
	"saluran/internal/httpx"
	"saluran/internal/mail"
)

type serveCmd struct {
	DB      string   `name:"db" env:"SALURAN_DB" default:"sqlite:./data/saluran.db" placeholder:"URL" help:"Database: sqlite:FILE or mysql://user:password@host:port/name (also $$SALURAN_DB; ${default} when left out)."`
	Log     string   `env:"SALURAN_LOG" enum:"debug,info,warn,error" default:"info" help:"What is logged to standard error, as JSON: ${enum} (also $$SALURAN_LOG)."`
	Addr    string   `env:"SALURAN_ADDR" default:"localhost:8080" help:"Where to listen (also $$SALURAN_ADDR)."`
	Demo    bool     `help:"Load the demonstration channel first, if the database is empty, and print its sign-ins."`
	Secure  bool     `env:"SALURAN_SECURE" help:"Behind https: cookies never travel in the clear (also $$SALURAN_SECURE)."`
	Proxies []string `env:"SALURAN_PROXIES" placeholder:"ADDRESS" help:"Proxies whose X-Forwarded-For is believed, addresses or ranges (also $$SALURAN_PROXIES)."`
	Rate    string   `env:"SALURAN_RATE" default:"1000/5000" placeholder:"ACCOUNT/ADDRESS" help:"How many requests a second are answered of one account and of one address, averaged over ten seconds and counted over all instances: ${default} when left out, or off (also $$SALURAN_RATE)."`
	URL     string   `env:"SALURAN_URL" placeholder:"URL" help:"How people reach the portal, for links in letters, as https://portal.example (also $$SALURAN_URL; the address it listens on when left out)."`
	SMTP    string   `env:"SALURAN_SMTP" placeholder:"URL" help:"Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://host:465 (also $$SALURAN_SMTP). Without one letters wait; those of the demonstration are kept at /_mail."`
	From    string   `name:"mail-from" env:"SALURAN_MAIL_FROM" default:"Saluran <saluran@localhost>" help:"Sender of letters (also $$SALURAN_MAIL_FROM)."`
	SealKey string   `name:"seal-key" env:"SALURAN_SEAL_KEY" placeholder:"KEY" help:"Signs seals and audit rows: 32 bytes in base64 or hexadecimal, or file:PATH; made beside the database where nothing is said (also $$SALURAN_SEAL_KEY)."`
	Key     string   `env:"SALURAN_KEY" placeholder:"SECRET" help:"Secret of the installation, 32 characters at least: seals what the portal must be able to read again (also $$SALURAN_KEY; without one a file beside the SQLite database, or a row of MariaDB)."`
	Policy  string   `name:"policies" env:"SALURAN_POLICIES" placeholder:"DIR" help:"Directory with grants.csv, and model.conf if it is to differ: who may do what (also $$SALURAN_POLICIES; what is built in when left out). Checked at the start; SIGHUP reads it again."`
	Quota   int64    `name:"files-quota" env:"SALURAN_FILES_QUOTA" placeholder:"MB" help:"How much an organisation may attach, in MB (also $$SALURAN_FILES_QUOTA; 2048 when left out)."`
	Metrics string   `name:"metrics-token" env:"SALURAN_METRICS_TOKEN" help:"Lets its bearer read /metrics from elsewhere (also $$SALURAN_METRICS_TOKEN)."`
	Hooks   []string `name:"webhook-allow" env:"SALURAN_WEBHOOK_ALLOW" placeholder:"RANGE" help:"Internal addresses that webhooks may be sent to, in the clear too, e.g. 127.0.0.0/8: for development alone; none when left out (also $$SALURAN_WEBHOOK_ALLOW)."`
}

func (serveCmd) Help() string {
	return "Brings the schema up to date, then serves pages on /, the API on /api/v1 (described at /api/openapi.json), /healthz, /readyz and /metrics, and works on background jobs. Files lie in the database, or where $SALURAN_FILES says: dir:/path or s3://key:secret@host/bucket?region=R. SIGTERM or Ctrl-C stops it: running requests are answered, what was acknowledged is kept."
}

func (c serveCmd) Run(ctx context.Context) error {
	log := command{Log: c.Log}.logger()
	rate, err := httpx.ParseRate(c.Rate)
	if err != nil {
		return err
	}
	l, err := httpx.Listen(c.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	demonstrated := false
	if c.Demo {
		if demonstrated, err = loadDemo(ctx, c.DB); err != nil {
			return err
		}
	}
	if c.URL == "" {
		c.URL = "http://" + shown(l.Addr(), c.Addr)
	}
	carrier, err := c.carrier(demonstrated)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Config{DB: c.DB, Log: log, Proxies: c.Proxies, Rate: rate, Secure: c.Secure || strings.HasPrefix(c.URL, "https://"), MetricsToken: c.Metrics, HookAllow: c.Hooks, SealKey: c.SealKey, Mail: carrier, URL: c.URL, Publish: true, Policies: c.Policy, FileStore: os.Getenv(fileStore), FilesQuota: c.Quota << 20, Key: []byte(c.Key), Loopback: os.Getenv("SALURAN_DEV") == "1"})
	if err != nil {
		return err
	}
	defer a.Close()
	defer onHangup(ctx, a)()
	say("serving %s on http://%s", a.DB.Engine, shown(l.Addr(), c.Addr))
	if err := a.Serve(ctx, l); err != nil {
		return err
	}
	say("stopping: finishing what was begun")
	return a.Close()
}

// onHangup reads the policies again at SIGHUP; the function that it returns ends that.
func onHangup(ctx context.Context, a *app.App) (end func()) {
	hups := make(chan os.Signal, 1)
	signal.Notify(hups, syscall.SIGHUP)
	go func() {
		for range hups {
			if err := a.ReloadPolicies(ctx); err != nil {
				say("the policies stay as they were: %s", sentence(err))
			} else {
				say("policies %d are in force", a.Gate.PolicyVersion())
			}
		}
	}()
	return func() {
		signal.Stop(hups)
		close(hups)
	}
}

// carrier is how letters travel: by the mail server that is named; kept, and shown at /_mail, where the database is the
// demonstration's or SALURAN_DEV=1; else they wait. --demo alone does not keep them: beside a database that was there before,
// letters with real people's links in them would stand where anybody at the machine reads them.
func (c serveCmd) carrier(demonstrated bool) (mail.Carrier, error) {
	switch {
	case c.SMTP != "":
		return mail.NewSMTP(c.SMTP, c.From)
	case demonstrated, os.Getenv("SALURAN_DEV") == "1":
		return &mail.Sink{Dir: os.Getenv("SALURAN_MAIL_DIR")}, nil
	}
	say("no mail server is named ($SALURAN_SMTP): letters cannot be sent, they wait in the database")
	return nil, nil
}

// shown is the address as a browser wants it.
func shown(at net.Addr, asked string) string {
	host, _, err := net.SplitHostPort(asked)
	tcp, ok := at.(*net.TCPAddr)
	if err != nil || !ok {
		return at.String()
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	return net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}
