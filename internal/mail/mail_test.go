package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/mail"
)

func office(t *testing.T, d *db.DB, c mail.Carrier) (*mail.Office, *clock.Fixed) {
	now := clock.NewFixed(1_780_000_000_000_000)
	return mail.New(mail.Config{DB: d, Clock: now, Log: dbtest.Log(), URL: "https://portal.example/", Carrier: c}), now
}

func hello(to string) mail.Message {
	return mail.Message{To: to, Lang: "en", Kind: "test", Args: map[string]string{"name": "Ani"}, Link: "/find?q=a&b"}
}

func TestALetterIsSentOnlyForWhatWasCommitted(t *testing.T) {
	d, sink := dbtest.Bare(t), &mail.Sink{Dir: t.TempDir()}
	o, _ := office(t, d, sink)
	oops := errors.New("oops")
	require.ErrorIs(t, d.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, o.Send(ctx, hello("ani@example.id")))
		return oops
	}), oops)
	require.NoError(t, o.Deliver(t.Context()))
	require.Empty(t, sink.Letters(""))

	require.NoError(t, o.Send(t.Context(), hello("ani@example.id")))
	m := hello("budi@example.id")
	m.Lang = "id"
	require.NoError(t, o.Send(t.Context(), m))
	require.NoError(t, o.Deliver(t.Context()))
	require.NoError(t, o.Deliver(t.Context()))
	require.Len(t, sink.Letters(""), 2)
	l := sink.Letters("ani@example.id")[0]
	require.Equal(t, "A letter to try: Ani", l.Subject)
	require.Contains(t, l.Text, "Hello Ani,")
	require.Contains(t, l.Text, "https://portal.example/find?q=a&b")
	require.Contains(t, l.HTML, `href="https://portal.example/find?q=a&amp;b"`)
	require.Contains(t, sink.Letters("budi@example.id")[0].Text, "Halo Ani,")
	var left []string
	require.NoError(t, d.R(t.Context()).Raw("SELECT payload FROM mail").Scan(&left).Error)
	require.Equal(t, []string{"{}", "{}"}, left, "what was in a letter is forgotten")
}

func TestNothingBreaksOutOfALetter(t *testing.T) {
	d, sink := dbtest.New(t), &mail.Sink{}
	o, _ := office(t, d, sink)
	for _, to := range []string{"", "x", "a@b.id\r\nBcc: c@d.id", "A <a@b.id>", "a@b.id, c@d.id", "a@b.id\n", strings.Repeat("a", 200) + "@b.id"} {
		require.Equal(t, errs.Invalid, errs.KindOf(o.Send(t.Context(), hello(to))), "%q", to)
	}
	for _, link := range []string{"https://evil.example", "//evil.example", "/a\r\nb"} {
		m := hello("ani@example.id")
		m.Link = link
		require.Error(t, o.Send(t.Context(), m), link)
	}
	m := hello("ani@example.id")
	m.Kind = "no_such"
	require.Error(t, o.Send(t.Context(), m))
	m = hello("ani@example.id")
	m.Args["name"] = "Ani\r\nBcc: victim@example.id\u2028x <script>alert(1)</script><img src=http://evil.example/x.png>"
	require.NoError(t, o.Send(t.Context(), m))
	require.NoError(t, o.Deliver(t.Context()))
	l := sink.Letters("")[0]
	require.NotContains(t, l.Subject, "\n")
	require.NotContains(t, l.Subject, "\r")
	require.NotContains(t, l.HTML, "<script")
	require.NotContains(t, l.HTML, "<img")
}

// TestWithoutAMailServerALetterWaitsAndTheLogSaysSo: it is not lost, not shown to anybody, and not passed over in silence.
func TestWithoutAMailServerALetterWaitsAndTheLogSaysSo(t *testing.T) {
	var log bytes.Buffer
	o, _ := office(t, dbtest.New(t), nil)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	require.NoError(t, o.Send(t.Context(), hello("ani@example.id")))
	require.NoError(t, o.Deliver(t.Context()))
	require.Contains(t, log.String(), "level=ERROR")
	require.Contains(t, log.String(), "SALURAN_SMTP")
	require.NotContains(t, log.String(), "ani@example.id")

	sink := &mail.Sink{}
	o.Carrier = sink
	require.NoError(t, o.Deliver(t.Context()))
	require.Len(t, sink.Letters("ani@example.id"), 1, "when a server is named it goes")
}

// flaky fails so many times before it carries.
type flaky struct {
	mail.Sink
	mu    sync.Mutex
	fails int
	never bool
}

func (f *flaky) Carry(ctx context.Context, l mail.Letter) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.never {
		return mail.Permanent{Err: errors.New("550 no such user")}
	}
	if f.fails > 0 {
		f.fails--
		return errors.New("421 later")
	}
	return f.Sink.Carry(ctx, l)
}

func TestALetterIsTriedAgain(t *testing.T) {
	f := &flaky{fails: 2}
	o, now := office(t, dbtest.New(t), f)
	require.NoError(t, o.Send(t.Context(), hello("ani@example.id")))
	for range 3 {
		require.NoError(t, o.Deliver(t.Context()))
		require.NoError(t, o.Deliver(t.Context()), "not before its time")
		now.Set(now.Now().Add(time.Hour))
	}
	require.Len(t, f.Letters(""), 1)
	require.EqualValues(t, 2, o.Retried.Load())

	f.fails = 1000
	m := hello("ani@example.id")
	m.Life = 1000 * time.Hour
	require.NoError(t, o.Send(t.Context(), m))
	for range 20 {
		require.NoError(t, o.Deliver(t.Context()))
		now.Set(now.Now().Add(30 * time.Hour))
	}
	require.EqualValues(t, 1, o.Failed.Load())
	require.Equal(t, 1000-mail.MaxAttempts, f.fails)

	f.never = true
	require.NoError(t, o.Send(t.Context(), hello("ani@example.id")))
	require.NoError(t, o.Deliver(t.Context()))
	require.EqualValues(t, 2, o.Failed.Load(), "what is refused for good is not tried again")

	f.never, f.fails = false, 0
	require.NoError(t, o.Send(t.Context(), hello("ani@example.id")))
	now.Set(now.Now().Add(100 * time.Hour))
	require.NoError(t, o.Deliver(t.Context()))
	require.EqualValues(t, 3, o.Failed.Load(), "an old letter is worth nothing")
	require.Len(t, f.Letters(""), 1)
}

func TestSeveralInstancesSendALetterOnce(t *testing.T) {
	url := dbtest.Ready(t)
	sink := &mail.Sink{}
	var offices []*mail.Office
	for range 3 {
		o, _ := office(t, dbtest.Open(t, url), sink)
		offices = append(offices, o)
	}
	for range 60 {
		require.NoError(t, offices[0].Send(t.Context(), hello("ani@example.id")))
	}
	var wg sync.WaitGroup
	for _, o := range offices {
		wg.Add(1)
		go func() { defer wg.Done(); _ = o.Deliver(context.Background()) }()
	}
	wg.Wait()
	require.NoError(t, offices[0].Deliver(t.Context()))
	require.Len(t, sink.Letters(""), 60)
	seen := map[string]bool{}
	for _, l := range sink.Letters("") {
		require.False(t, seen[l.ID.String()])
		seen[l.ID.String()] = true
	}
}

// post is a mail server on the loopback interface.
type post struct {
	mu       sync.Mutex
	got      [][]byte
	to       []string
	insecure int
}

type visit struct {
	p    *post
	c    *smtp.Conn
	auth bool
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) { return &visit{p: p, c: c}, nil }

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }
func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != "portal" || pass != "se:cret@" {
			return smtp.ErrAuthFailed
		}
		v.auth = true
		return nil
	}), nil
}
func (v *visit) Mail(string, *smtp.MailOptions) error {
	if _, ok := v.c.TLSConnectionState(); !ok {
		v.p.insecure++
	}
	if !v.auth {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "gone@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	v.p.mu.Lock()
	defer v.p.mu.Unlock()
	v.p.to = append(v.p.to, to)
	return nil
}
func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.p.mu.Lock()
	defer v.p.mu.Unlock()
	v.p.got = append(v.p.got, b)
	return err
}
func (*visit) Reset()        {}
func (*visit) Logout() error { return nil }

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func serve(t *testing.T, implicit bool) (*post, string, *x509.CertPool) {
	p := &post{}
	cert, pool := certificate(t)
	s := smtp.NewServer(p)
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Domain = "localhost"
	s.ErrorLog = quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return p, addr, pool
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func TestSMTP(t *testing.T) {
	for scheme, implicit := range map[string]bool{"smtp": false, "smtps": true} {
		t.Run(scheme, func(t *testing.T) {
			p, addr, pool := serve(t, implicit)
			s, err := mail.NewSMTP(scheme+"://portal:se%3Acret%40@"+addr, "Saluran Portal <portal@portal.example>")
			require.NoError(t, err)
			s.TLS = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
			o, _ := office(t, dbtest.New(t), s)
			m := hello("ani@example.id")
			m.Args["name"] = "Añi\r\nBcc: victim@example.id"
			require.NoError(t, o.Send(t.Context(), m))
			require.NoError(t, o.Send(t.Context(), hello("gone@example.id")))
			require.NoError(t, o.Deliver(t.Context()))
			require.EqualValues(t, 1, o.Sent.Load())
			require.EqualValues(t, 1, o.Failed.Load(), "a receiver that does not exist is not tried again")
			require.Equal(t, []string{"ani@example.id"}, p.to)
			require.Zero(t, p.insecure)
			check(t, p.got[0])
		})
	}
}

func check(t *testing.T, raw []byte) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "A letter to try: Añi Bcc: victim@example.id", subject)
	require.Empty(t, m.Header.Get("Bcc"))
	require.Equal(t, "<ani@example.id>", m.Header.Get("To"))
	require.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	var kinds []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		b, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		require.Contains(t, string(b), "Añi Bcc: victim@example.id")
		require.NotContains(t, string(b), "<img")
		kinds = append(kinds, strings.Split(part.Header.Get("Content-Type"), ";")[0])
	}
	require.Equal(t, []string{"text/plain", "text/html"}, kinds)
}

func TestSMTPInsistsOnTLS(t *testing.T) {
	p, addr, _ := serve(t, false)
	s, err := mail.NewSMTP("smtp://portal:se%3Acret%40@"+addr, "portal@portal.example")
	require.NoError(t, err)
	require.Error(t, s.Carry(t.Context(), mail.Letter{To: "ani@example.id", Subject: "x", Text: "x"}), "an unknown certificate is refused")
	require.Empty(t, p.got)
	for _, bad := range [][2]string{{"http://x", "a@b.id"}, {"smtp://", "a@b.id"}, {"smtp://x?tls=maybe", "a@b.id"}, {"smtp://x", "nobody"}, {"smtp://x", ""}} {
		_, err := mail.NewSMTP(bad[0], bad[1])
		require.Error(t, err, bad[0])
	}
}
