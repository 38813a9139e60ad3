// Package outward is how the portal calls addresses that its users have named: only public unicast addresses, judged when the
// connection is made, after names were resolved, so that no name that changes its mind leads inside; no redirects to elsewhere;
// a bounded answer in a bounded time.
package outward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Config of a client.
type Config struct {
	Timeout  time.Duration // for the whole call; 0: ten seconds
	MaxBody  int64         // of an answer, in bytes; 0: 1 MiB
	Loopback bool          // this machine may be called too: development and tests
	Resolver *net.Resolver // nil: the machine's
}

// ErrForbidden is why an address is not called.
var ErrForbidden = errors.New("outward: this address may not be called")

var closed = func() (out []netip.Prefix) {
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "3fff::/20", "5f00::/16"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// Allowed tells whether an address is public unicast.
func Allowed(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control is asked for every connection that is about to be made, with the address that was resolved.
func (c Config) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%w: %s %s", ErrForbidden, network, address)
	}
	if Allowed(to.Addr()) || c.Loopback && to.Addr().Unmap().IsLoopback() {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrForbidden, to.Addr())
}

// Client makes a client that calls what may be called. It uses no proxy of the environment, keeps no connections and follows no
// redirect: the answer that redirects is handed back.
func Client(c Config) *http.Client {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	d := &net.Dialer{Timeout: c.Timeout / 2, ControlContext: c.control, Resolver: c.Resolver}
	t := &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: c.Timeout / 2, ResponseHeaderTimeout: c.Timeout, DisableKeepAlives: true,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}
	return &http.Client{Timeout: c.Timeout, Transport: bounded{t, c.MaxBody}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type bounded struct {
	next http.RoundTripper
	max  int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, r.URL.Scheme)
	}
	res, err := b.next.RoundTrip(r)
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
	if l.left <= 0 {
		return 0, errors.New("outward: the answer is too long")
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	return n, err
}
