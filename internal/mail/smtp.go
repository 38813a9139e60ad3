package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"saluran/internal/i18n"
)

// SMTP hands letters to a mail server.
type SMTP struct {
	TLS    *tls.Config // nil: the machine's roots, TLS 1.2 at least
	host   string
	port   int
	user   string
	pass   string
	from   *netmail.Address
	direct bool // TLS from the first byte
	plain  bool // without TLS: only where it was asked for
}

// NewSMTP reads the address of a mail server: smtp://user:pass@host:587 speaks STARTTLS and insists on it, smtps://host:465 speaks
// TLS from the first byte, and smtp://host:25?tls=none goes without, for a relay on the same machine. from is "Name <address>".
func NewSMTP(address, from string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("SALURAN_SMTP must be smtp://user:password@host:port or smtps://user:password@host:port")
	}
	s := &SMTP{host: u.Hostname(), direct: u.Scheme == "smtps", user: u.User.Username(), port: 587}
	s.pass, _ = u.User.Password()
	if s.direct {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil {
			return nil, errors.New("SALURAN_SMTP: the port must be a number")
		}
	}
	switch u.Query().Get("tls") {
	case "", "starttls":
	case "none":
		s.plain = !s.direct
	default:
		return nil, errors.New("SALURAN_SMTP: tls= is starttls or none")
	}
	if s.from, err = netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("SALURAN_MAIL_FROM must be an address, as in \"Saluran <portal@example.com>\": %w", err)
	}
	return s, nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	conf := s.TLS
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.host}
	}
	opts := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(20 * time.Second), gomail.WithTLSConfig(conf)}
	switch {
	case s.direct:
		opts = append(opts, gomail.WithSSL())
	case s.plain:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.user != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.pass))
	}
	return gomail.NewClient(s.host, opts...)
}

// message makes the MIME message of a letter.
func (s *SMTP) message(l Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	to, err := netmail.ParseAddress(l.To)
	if err != nil {
		return nil, err
	}
	m.FromMailAddress(s.from)
	m.ToMailAddress(to)
	m.Subject(line(l.Subject))
	m.SetDateWithValue(l.At.Time())
	m.SetMessageIDWithValue(l.ID.String() + "." + strconv.FormatInt(int64(l.At), 36) + "@" + domain(s.from.Address))
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Content-Language", i18n.Lang(l.Lang))
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m, nil
}

func domain(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return "localhost"
}

// Carry sends one letter over a connection of its own.
func (s *SMTP) Carry(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return Permanent{err}
	}
	c, err := s.client()
	if err != nil {
		return Permanent{err}
	}
	err = c.DialAndSendWithContext(ctx, m)
	var sent *gomail.SendError
	if errors.As(err, &sent) && sent.ErrorCode() >= 500 && !sent.IsTemp() {
		var dial net.Error
		if !errors.As(err, &dial) {
			return Permanent{err}
		}
	}
	return err
}
