package main

import (
	"context"
	"fmt"
	"net"

	"saluran/internal/app"
	"saluran/internal/httpx"
)

type serveCmd struct {
	DB      string   `name:"db" env:"SALURAN_DB" default:"sqlite:./data/saluran.db" placeholder:"URL" help:"Database: sqlite:FILE or mysql://user:password@host:port/name (also $$SALURAN_DB; ${default} when left out)."`
	Log     string   `env:"SALURAN_LOG" enum:"debug,info,warn,error" default:"info" help:"What is logged to standard error, as JSON: ${enum} (also $$SALURAN_LOG)."`
	Addr    string   `env:"SALURAN_ADDR" default:"localhost:8080" help:"Where to listen (also $$SALURAN_ADDR)."`
	Demo    bool     `help:"Load the demonstration channel first, if the database is empty, and print its sign-ins."`
	Secure  bool     `env:"SALURAN_SECURE" help:"Behind https: cookies never travel in the clear (also $$SALURAN_SECURE)."`
	Proxies []string `env:"SALURAN_PROXIES" placeholder:"ADDRESS" help:"Proxies whose X-Forwarded-For is believed, addresses or ranges (also $$SALURAN_PROXIES)."`
	Metrics string   `name:"metrics-token" env:"SALURAN_METRICS_TOKEN" help:"Lets its bearer read /metrics from elsewhere (also $$SALURAN_METRICS_TOKEN)."`
}

func (serveCmd) Help() string {
	return "Brings the schema up to date, then serves pages on /, the API on /api/v1 (described at /api/openapi.json), /healthz, /readyz and /metrics, and works on background jobs. SIGTERM or Ctrl-C stops it: running requests are answered, what was acknowledged is kept."
}

func (c serveCmd) Run(ctx context.Context) error {
	log := command{Log: c.Log}.logger()
	l, err := httpx.Listen(c.Addr)
	if err != nil {
		return err
	}
	defer l.Close()
	if c.Demo {
		if err := loadDemo(ctx, c.DB); err != nil {
			return err
		}
	}
	a, err := app.Open(ctx, app.Config{DB: c.DB, Log: log, Proxies: c.Proxies, Secure: c.Secure, MetricsToken: c.Metrics})
	if err != nil {
		return err
	}
	defer a.Close()
	say("serving %s on http://%s", a.DB.Engine, shown(l.Addr(), c.Addr))
	if err := a.Serve(ctx, l); err != nil {
		return err
	}
	say("stopping: finishing what was begun")
	return a.Close()
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
