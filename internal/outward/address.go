package outward

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ports that public addresses may be reached at.
var ports = map[uint16]bool{443: true, 8443: true}

// reserved are ranges within what is routed that are no host's own: documentation, translation, relays, benchmarks, and so on.
var reserved = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")

// global6 holds all of IPv6 that is handed out: what translates IPv4 (64:ff9b::/96), local and multicast addresses lie elsewhere.
var global6 = netip.MustParsePrefix("2000::/3")

// Loopback is this machine.
var Loopback = prefixes("127.0.0.0/8", "::1/128")

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

// Public tells whether an address is one host's on the open internet.
func Public(a netip.Addr) bool {
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
func (c Config) permits(a netip.AddrPort, plain bool) bool {
	if a.Addr().Zone() == "" && within(a.Addr().Unmap(), c.Allow) {
		return true
	}
	return !plain && ports[a.Port()] && Public(a.Addr())
}

// Wrong is what a URL is refused for.
type Wrong string

// What is wrong with URLs.
const (
	WrongURL      Wrong = "url"          // it is none
	WrongUser     Wrong = "url_user"     // it names a user
	WrongScheme   Wrong = "url_https"    // it is not https
	WrongPort     Wrong = "url_port"     // not one of those that are called
	WrongInternal Wrong = "url_internal" // it names something inside
)

// Check reads a URL before anything is called; wrong is "" where it may be kept. It only saves people from mistakes: where a name
// leads to is seen when it is dialled.
func (c Config) Check(text string) (clean string, wrong Wrong) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > 500 || u.Opaque != "" || u.Hostname() == "" || u.Fragment != "" || strings.ContainsAny(text, " \\\t\r\n"):
		return "", WrongURL
	case u.User != nil:
		return "", WrongUser
	case u.Scheme != "https" && (u.Scheme != "http" || len(c.Allow) == 0):
		return "", WrongScheme
	}
	port := uint64(443)
	if u.Scheme == "http" {
		port = 80
	}
	if u.Port() != "" || strings.HasSuffix(u.Host, ":") {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return "", WrongPort
		}
	}
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil {
		switch {
		case c.permits(netip.AddrPortFrom(a, uint16(port)), u.Scheme == "http"):
			return u.String(), ""
		case Public(a):
			return "", WrongPort
		}
		return "", WrongInternal
	}
	if wrong := c.named(host, uint16(port)); wrong != "" {
		return "", wrong
	}
	return u.String(), ""
}

// named looks at the name of a host: one that is no public name, or a number in disguise, is refused.
func (c Config) named(host string, port uint16) Wrong {
	for _, r := range host {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) {
			return WrongURL
		}
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	if last == "" || last[0] >= '0' && last[0] <= '9' { // 127.1, 0177.0.0.1, 0x7f000001, 2130706433: no name ends so
		return WrongInternal
	}
	if len(c.Allow) > 0 {
		return "" // the names of a test network may be anything
	}
	if !ports[port] {
		return WrongPort
	}
	switch last {
	case "localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "test", "invalid":
		return WrongInternal
	}
	if len(labels) < 2 {
		return WrongInternal
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
				return nil, fmt.Errorf("%q is no range of addresses", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
