// Package mail sends letters: a row in the portal's database is written in the transaction of the business that has something
// to say, so nothing is sent for what was rolled back; a worker delivers it, by a lease, so that several instances never send one
// letter twice while both are well, and tries again when the server of the other side is not.
//
//	queued → sent
//	queued → failed    refused for good, tried MaxAttempts times, or older than it is worth (Message.Until)
//
// What a letter says is in the string catalogue, in the language of its receiver: mail.KIND.subject and mail.KIND.text, and
// mail.KIND.link for the button where there is one. A letter is plain text and the same as simple HTML; it loads nothing.
// What was in it is forgotten once it has ended: links of letters open doors.
package mail

import (
	"context"
	"log/slog"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// Message is something to be said to somebody.
type Message struct {
	To    string            // one address, without a name
	Lang  string            // id, en
	Kind  string            // names the texts: "password_reset"
	Args  map[string]string // the {name}s of the texts
	Lines []string          // a list below the text, each on a line of its own
	Link  string            // path within the portal ("/invite/abc") that the button leads to; "" for none
	// Life is how long the letter is worth sending; 0: three days.
	Life time.Duration
}

// Timing of delivery.
const (
	Lease       = 2 * time.Minute
	MaxAttempts = 8
	defaultLife = 72 * time.Hour
	keepEnded   = 30 * 24 * time.Hour
)

// Carrier takes a letter to its receiver. A Permanent error is not tried again.
type Carrier interface {
	Carry(ctx context.Context, l Letter) error
}

// Permanent marks an error that trying again will not mend.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return p.Err.Error() }

// Unwrap gives the cause.
func (p Permanent) Unwrap() error { return p.Err }

// Config is what the post office stands on.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	URL     string  // how people reach the portal: https://portal.example; links of letters begin with it
	Carrier Carrier // nil: letters wait until the portal is told how to send
}

// Office is one program's post office. Make it with New; Send may be used at once, Run delivers.
type Office struct {
	Config
	Poll time.Duration // how often to look for letters of other instances
	me   string
	wake chan struct{}

	Sent, Failed, Retried atomic.Int64 // since the start, for the metrics
}

// New makes a post office.
func New(c Config) *Office {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Office{Config: c, Poll: time.Second, me: "m" + strconv.FormatInt(int64(c.DB.IDs.Next()), 10), wake: make(chan struct{}, 1)}
}

// Link is the whole address of a path within the portal.
func (o *Office) Link(path string) string { return strings.TrimRight(o.URL, "/") + path }

// check refuses what cannot be a letter: the fault is the sender's.
func (m Message) check() error {
	a, err := netmail.ParseAddress(m.To)
	if err != nil || a.Address != m.To || len(m.To) > 200 || strings.ContainsFunc(m.To, unicode.IsControl) {
		return errs.OnFields("invalid_fields", errs.F("email", "person.email"))
	}
	for _, k := range []string{".subject", ".text"} {
		if !i18n.Has(m.Lang, "mail."+m.Kind+k) {
			return errs.New(errs.Internal, "internal", "missing", "mail."+m.Kind+k)
		}
	}
	if m.Link != "" && (!strings.HasPrefix(m.Link, "/") || strings.HasPrefix(m.Link, "//") || strings.ContainsFunc(m.Link, unicode.IsControl)) {
		return errs.New(errs.Internal, "internal", "link", "outside")
	}
	return nil
}
