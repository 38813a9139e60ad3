package app

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"saluran/internal/db"
	"saluran/internal/httpx"
	"saluran/internal/identity"
	"saluran/internal/ledger"
	"saluran/internal/mail"
)

// metrics is what /metrics shows: the program, HTTP, the lane of the ledger, the pools of the database.
type metrics struct {
	registry *prometheus.Registry
	http     *prometheus.HistogramVec
}

func newMetrics(d *db.DB, book *ledger.Book) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), http: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "saluran_http_seconds", Help: "Time to answer a request, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .02, .035, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"method", "route", "status"})}
	m.registry.MustRegister(m.http, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(collectors.NewDBStatsCollector(d.WriteSQL(), "write"))
	if d.ReadSQL() != d.WriteSQL() {
		m.registry.MustRegister(collectors.NewDBStatsCollector(d.ReadSQL(), "read"))
	}
	m.lane(book)
	return m
}

func (m *metrics) lane(book *ledger.Book) {
	s := book.Stats()
	count := func(name, help string, load func() int64, scale float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(load()) / scale }))
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "saluran_lane_waiting", Help: "Posts that stand in the queue."},
		func() float64 { return float64(book.Waiting()) }))
	count("saluran_posts_accepted_total", "Posts that were committed.", s.Accepted.Load, 1)
	count("saluran_posts_refused_total", "Posts that were refused.", s.Refused.Load, 1)
	count("saluran_posts_replayed_total", "Posts whose key was seen before.", s.Replayed.Load, 1)
	count("saluran_lane_batches_total", "Transactions of the lane.", s.Batches.Load, 1)
	count("saluran_lane_reruns_total", "Batches that were decided anew.", s.Reruns.Load, 1)
	count("saluran_lane_database_seconds_total", "Time that the lane spent in the database.", s.Micros.Load, 1e6)
}

// post counts letters.
func (m *metrics) post(o *mail.Office) {
	for how, n := range map[string]*atomic.Int64{"sent": &o.Sent, "failed": &o.Failed, "tried_again": &o.Retried} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "saluran_mail_total", Help: "Letters, by how it went.",
			ConstLabels: prometheus.Labels{"how": how}}, func() float64 { return float64(n.Load()) }))
	}
}

// signIns counts who got in and who was turned away.
func (m *metrics) signIns(s *identity.Stats) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "saluran_sign_ins_total", Help: "Sessions that were opened."},
		func() float64 { return float64(s.Opened.Load()) }))
	for why, n := range map[string]*atomic.Int64{"wrong": &s.Wrong, "wait": &s.Waits, "second_wrong": &s.SecondWrong, "busy": &s.Busy, "sso": &s.SSO, "replayed": &s.Replayed} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "saluran_sign_ins_refused_total", Help: "Sign-ins that were refused, by why.",
			ConstLabels: prometheus.Labels{"why": why}}, func() float64 { return float64(n.Load()) }))
	}
}

// limited counts requests that were refused because there were too many.
func (m *metrics) limited(l *httpx.Limiter) {
	if l == nil {
		return
	}
	for by, n := range map[string]*atomic.Int64{"account": &l.Account, "address": &l.Address} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "saluran_rate_refused_total", Help: "Requests that were too many, by who was counted.",
			ConstLabels: prometheus.Labels{"by": by}}, func() float64 { return float64(n.Load()) }))
	}
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.http.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handler() fiber.Handler {
	return adaptor.HTTPHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}
