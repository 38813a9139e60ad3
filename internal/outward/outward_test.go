package outward

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatIsNoPublicAddress: none of these is connected to, whatever name led to it.
func TestWhatIsNoPublicAddress(t *testing.T) {
	for _, a := range strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3 169.254.169.254 172.16.0.1 172.31.255.255
		192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
		:: ::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::
		3fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001:20::1 2620:4f:8000::1`) {
		require.False(t, Public(netip.MustParseAddr(a)), a)
		err := Config{}.control(false)(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr(a), 443).String(), nil)
		require.ErrorIs(t, err, ErrForbidden, a)
	}
	for _, a := range strings.Fields("1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.32.0.1 192.0.1.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8") {
		require.True(t, Public(netip.MustParseAddr(a)), a)
	}
	require.False(t, Public(netip.Addr{}))
}

func TestPortsAndSchemes(t *testing.T) {
	at := netip.MustParseAddrPort
	g := Config{}
	require.True(t, g.permits(at("8.8.8.8:443"), false))
	for _, a := range []string{"8.8.8.8:22", "8.8.8.8:25", "8.8.8.8:80", "8.8.8.8:6379", "8.8.8.8:3306"} {
		require.False(t, g.permits(at(a), false), a)
	}
	require.False(t, g.permits(at("8.8.8.8:443"), true), "in the clear")
	own, err := ParseAllowed([]string{"127.0.0.0/8", "::1"})
	require.NoError(t, err)
	g = Config{Allow: own}
	require.True(t, g.permits(at("127.0.0.1:9999"), true) && g.permits(at("[::1]:80"), true) && g.permits(at("[::ffff:127.0.0.1]:80"), true))
	require.False(t, g.permits(at("8.8.8.8:80"), true) || g.permits(at("10.0.0.1:443"), false))
	_, err = ParseAllowed([]string{"loopback"})
	require.Error(t, err)
	require.ErrorIs(t, g.control(false)(t.Context(), "udp", "127.0.0.1:1", nil), ErrForbidden)
}

// TestURLsThatAreRefused: before anything is dialled, with a reason that a person understands.
func TestURLsThatAreRefused(t *testing.T) {
	for url, code := range map[string]string{
		"https://127.1/": "hook.url_internal", "https://127.0.0.1/": "hook.url_internal", "https://0.0.0.0/": "hook.url_internal", "https://0/": "hook.url_internal",
		"https://2130706433/": "hook.url_internal", "https://0177.0.0.1/": "hook.url_internal", "https://0x7f000001/": "hook.url_internal", "https://0x7f.1/": "hook.url_internal",
		"https://017700000001/": "hook.url_internal", "https://127.0.0.1./": "hook.url_internal", "https://[::]/": "hook.url_internal", "https://[::1]/": "hook.url_internal",
		"https://[::ffff:127.0.0.1]/": "hook.url_internal", "https://[::ffff:7f00:1]/": "hook.url_internal", "https://169.254.169.254/latest/meta-data/": "hook.url_internal",
		"https://100.64.0.1/": "hook.url_internal", "https://[fd00::1]/": "hook.url_internal", "https://[fe80::1]/": "hook.url_internal", "https://[fe80::1%25eth0]/": "hook.url_internal",
		"https://[64:ff9b::7f00:1]/": "hook.url_internal", "https://localhost/": "hook.url_internal", "https://db/": "hook.url_internal", "https://db.internal/": "hook.url_internal",
		"https://metadata.google.internal/": "hook.url_internal", "https://x.localhost./": "hook.url_internal",
		"https://user@example.com/": "hook.url_user", "https://user:secret@example.com/": "hook.url_user", "https://example.com@127.0.0.1/": "hook.url_user",
		"http://example.com/": "hook.url_https", "ftp://example.com/": "hook.url_https", "file:///etc/passwd": "hook.url", "gopher://example.com/": "hook.url_https", "//example.com/": "hook.url_https",
		"https://example.com:22/": "hook.url_port", "https://example.com:6379/": "hook.url_port", "https://example.com:0/": "hook.url_port", "https://8.8.8.8:25/": "hook.url_port", "https://example.com:/": "hook.url_port",
		"": "hook.url", "https://": "hook.url", "https:example.com": "hook.url", "https://example.com/#x": "hook.url", "https://exa mple.com/": "hook.url",
		"https://example.com\\@127.0.0.1/": "hook.url", "https://ⓔxample.com/": "hook.url", "https://１２７.0.0.1/": "hook.url", "https://example.com/" + strings.Repeat("a", 500): "hook.url",
	} {
		_, wrong := Config{}.Check(url)
		require.Equal(t, code, "hook."+string(wrong), url)
	}
	for _, url := range []string{"https://example.com/hook?x=1", "https://example.com:8443/", "https://8.8.8.8/", "https://[2606:4700::1111]/x", "https://xn--bcher-kva.example/"} {
		_, wrong := Config{}.Check(url)
		require.Empty(t, wrong, url)
	}
}
