package hook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"saluran/internal/errs"
)

// guard keeps webhooks from being aimed at what is inside: the machine itself, its network, the cloud's metadata. The decision is
// made on the address that is dialled, after the name was resolved, so that no spelling and no name server can get around it. What
// the check of the URL refuses beforehand only saves people from mistakes.
type guard struct{ allow []netip.Prefix }

var errAddress = errors.New("not a public address")

// ports that public addresses may be reached at.
var ports = map[uint16]bool{443: true, 8443: true}

// reserved are ranges within what is routed that are no host's own: documentation, translation, relays, benchmarks, and so on.
var reserved = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")

var global6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// public tells whether an address is one host's on the open internet.
func public(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	if a = a.Unmap(); a.Is6() && !global6.Contains(a) {
		return false
	}
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !within(a, reserved)
}

// permits tells whether a connection may be made: to public addresses at the ports of https, in TLS; to those that the
// configuration allows, at any port and in the clear too.
func (g guard) permits(a netip.AddrPort, plain bool) bool {
	if a.Addr().Zone() == "" && within(a.Addr().Unmap(), g.allow) {
		return true
	}
	return !plain && ports[a.Port()] && public(a.Addr())
}

// control is asked by the dialer for each address that it is about to connect to.
func (g guard) control(plain bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") || !g.permits(a, plain) {
			return fmt.Errorf("%s: %w", address, errAddress)
		}
		return nil
	}
}

// check reads the URL of an endpoint. Errors: invalid_fields on url.
func (g guard) check(text string) (string, error) {
	wrong := func(code string) (string, error) { return "", errs.OnFields("invalid_fields", errs.F("url", code)) }
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > 500 || u.Opaque != "" || u.Hostname() == "" || u.Fragment != "" || strings.ContainsAny(text, " \\\t\r\n"):
		return wrong("hook.url")
	case u.User != nil:
		return wrong("hook.url_user")
	case u.Scheme != "https" && (u.Scheme != "http" || len(g.allow) == 0):
		return wrong("hook.url_https")
	}
	port := uint64(443)
	if u.Scheme == "http" {
		port = 80
	}
	if u.Port() != "" || strings.HasSuffix(u.Host, ":") {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return wrong("hook.url_port")
		}
	}
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil {
		switch {
		case g.permits(netip.AddrPortFrom(a, uint16(port)), u.Scheme == "http"):
			return u.String(), nil
		case public(a):
			return wrong("hook.url_port")
		}
		return wrong("hook.url_internal")
	}
	if code := g.named(host, uint16(port)); code != "" {
		return wrong(code)
	}
	return u.String(), nil
}

// named looks at the name of a host: one that is no public name, or a number in disguise, is refused.
func (g guard) named(host string, port uint16) string {
	for _, c := range host {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", c) {
			return "hook.url"
		}
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	if last == "" || last[0] >= '0' && last[0] <= '9' { // 127.1, 0177.0.0.1, 0x7f000001, 2130706433: no name ends so
		return "hook.url_internal"
	}
	if len(g.allow) > 0 {
		return "" // the names of a test network may be anything; where they lead to is seen when it is dialled
	}
	if !ports[port] {
		return "hook.url_port"
	}
	switch last {
	case "localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "test", "invalid":
		return "hook.url_internal"
	}
	if len(labels) < 2 {
		return "hook.url_internal"
	}
	return ""
}

// ParseAllowed reads the ranges that a configuration allows, such as 127.0.0.0/8; an address alone is a range of one.
func ParseAllowed(list []string) (out []netip.Prefix, err error) {
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aerr := netip.ParseAddr(s)
			if aerr != nil {
				return nil, fmt.Errorf("webhooks: %q is no range of addresses", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// dialer connects to what the guard permits, and to nothing else.
func (g guard) dialer(plain bool, r *net.Resolver) *net.Dialer {
	return &net.Dialer{Timeout: dialFor, KeepAlive: -1, Resolver: r, ControlContext: g.control(plain)}
}
