package hook

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"saluran/internal/errs"
)

// FuzzURL: an address that is let through names no inner address, by figures or in disguise, and nobody's password.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://example.com/x", "https://127.1/", "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://a@b.com/", "https://2130706433/",
		"https://example.com:0/", "https://ｅxample.com/", "https://127。0。0。1/", "https://[fe80::1%25eth0]/", "https://localhost./"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := guard{}.check(s)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatal(err)
			}
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q is let through as %q", s, got)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !public(a) {
			t.Fatalf("%q is let through", s)
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		if host == "localhost" || strings.HasSuffix(host, ".localhost") || !strings.Contains(host, ".") && !strings.Contains(host, ":") {
			t.Fatalf("%q is let through", s)
		}
	})
}

// FuzzSign: whatever the secrets and the body, the header is words of one form, and another body has another one.
func FuzzSign(f *testing.F) {
	f.Add("msg_1", int64(1), "{}", newSecret(), "whsec_")
	f.Add("", int64(-1), "\n", "whsec_%%%", "\x00")
	f.Fuzz(func(t *testing.T, message string, at int64, body, a, b string) {
		head := sign(message, at, body, a, b)
		for _, w := range strings.Fields(head) {
			if !strings.HasPrefix(w, "v1,") || len(w) != 47 {
				t.Fatalf("%q", head)
			}
		}
		if strings.ContainsAny(head, "\r\n") || head != "" && head == sign(message, at, body+"x", a, b) {
			t.Fatalf("%q", head)
		}
		_ = clean([]byte(body))
		_, _ = ParseAllowed([]string{a, b})
	})
}
