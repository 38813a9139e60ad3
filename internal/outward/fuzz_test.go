package outward

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzURL: an address that is let through names no inner address, by figures or in disguise, and nobody's password.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://example.com/x", "https://127.1/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://a@b.com/", "https://2130706433/",
		"https://example.com:0/", "https://ｅxample.com/", "https://127。0。0。1/", "https://[fe80::1%25eth0]/", "https://localhost./"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseAllowed([]string{s})
		got, wrong := Config{}.Check(s)
		if wrong != "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q is let through as %q", s, got)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(a) {
			t.Fatalf("%q is let through", s)
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		if host == "localhost" || strings.HasSuffix(host, ".localhost") || !strings.Contains(host, ".") && !strings.Contains(host, ":") {
			t.Fatalf("%q is let through", s)
		}
	})
}
