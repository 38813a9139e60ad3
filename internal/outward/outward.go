// Package outward is how the portal calls addresses that its users have named, webhooks and identity providers alike: only public
// addresses at the ports of https and in TLS, judged when the connection is made, after names were resolved, so that no spelling of
// an address and no name that changes its mind leads inside; no redirects; a bounded answer in a bounded time.
package outward

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// Config of a client.
type Config struct {
	Timeout   time.Duration  // for the whole call; 0: ten seconds
	Dial      time.Duration  // for the connection, and again for TLS; 0: half of Timeout
	Header    time.Duration  // for the answer to begin; 0: Timeout
	MaxHeader int64          // of an answer, in bytes; 0: 64 KiB
	MaxBody   int64          // of an answer, in bytes; 0: 1 MiB
	Allow     []netip.Prefix // internal addresses that may be called too, at any port and in the clear: development and tests
	Resolver  *net.Resolver  // nil: the machine's
	Roots     *x509.CertPool // nil: the machine's
}

// ErrForbidden is why an address is not called.
var ErrForbidden = errors.New("outward: this address may not be called")

// ErrTooLong is why an answer is not read to its end.
var ErrTooLong = errors.New("outward: the answer is too long")

// control is asked by the dialer for each address that it is about to connect to.
func (c Config) control(plain bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") || !c.permits(a, plain) {
			return fmt.Errorf("%w: %s %s", ErrForbidden, network, address)
		}
		return nil
	}
}

// Client makes a client that calls what may be called. It uses no proxy of the environment, keeps no connections and follows no
// redirect: the answer that redirects is handed back.
func Client(c Config) *http.Client {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Dial == 0 {
		c.Dial = c.Timeout / 2
	}
	if c.Header == 0 {
		c.Header = c.Timeout
	}
	if c.MaxHeader == 0 {
		c.MaxHeader = 64 << 10
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	return &http.Client{Timeout: c.Timeout, Transport: bounded{c.transport(false), c.transport(true), c.MaxBody},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (c Config) transport(plain bool) *http.Transport {
	d := &net.Dialer{Timeout: c.Dial, KeepAlive: -1, Resolver: c.Resolver, ControlContext: c.control(plain)}
	return &http.Transport{Proxy: nil, DialContext: d.DialContext, TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: c.Dial, ResponseHeaderTimeout: c.Header, MaxResponseHeaderBytes: c.MaxHeader, DisableKeepAlives: true, DisableCompression: true}
}

type bounded struct {
	tls, plain http.RoundTripper
	max        int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.tls
	switch r.URL.Scheme {
	case "https":
	case "http":
		next = b.plain
	default:
		return nil, fmt.Errorf("%w: %s", ErrForbidden, r.URL.Scheme)
	}
	res, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &limited{res.Body, b.max}
	return res, nil
}

type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrTooLong
	}
	if int64(len(p)) > l.left+1 { // one more byte tells whether it ends there
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, ErrTooLong
	}
	return n, err
}
