package outward

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nameserver answers each question of a name with the next of its addresses, the last one for ever.
func nameserver(t *testing.T, addrs ...string) *net.Resolver {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	go func() {
		asked := 0
		for b := make([]byte, 512); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			end := 12
			for end < n && b[end] != 0 {
				end += int(b[end]) + 1
			}
			end += 5
			kind := binary.BigEndian.Uint16(b[end-4:])
			out := append([]byte{b[0], b[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, b[12:end]...)
			ip := netip.MustParseAddr(addrs[min(asked, len(addrs)-1)])
			if (kind == 1) == ip.Is4() && (kind == 1 || kind == 28) {
				asked++
				out[7] = 1
				out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(ip.AsSlice())))
				out = append(out, ip.AsSlice()...)
			}
			c.WriteTo(out, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

func get(c Config, url string) error {
	res, err := Client(c).Get(url)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	return err
}

// TestNothingInsideIsReached: by whatever spelling, name, change of mind or scheme.
func TestNothingInsideIsReached(t *testing.T) {
	var reached atomic.Int64
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	in, plain := httptest.NewTLSServer(h), httptest.NewServer(h)
	defer in.Close()
	defer plain.Close()
	port := func(s *httptest.Server) string { return s.URL[strings.LastIndex(s.URL, ":")+1:] }
	for _, host := range strings.Fields(`127.0.0.1 127.1 0.0.0.0 0 2130706433 0x7f000001 0177.0.0.1 localhost [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1]
		[64:ff9b:1::7f00:1] [fd00::1] [fe80::1%25lo] 169.254.169.254 100.64.0.1 10.0.0.1 192.168.0.1`) {
		require.Error(t, get(Config{}, "https://"+host+":"+port(in)+"/"), host)
		require.Error(t, get(Config{}, "http://"+host+":"+port(plain)+"/"), host)
		require.Error(t, get(Config{}, "https://"+host+"/"), host)
	}
	for _, to := range strings.Fields("127.0.0.1 0.0.0.0 169.254.169.254 100.64.0.1 10.0.0.1 ::1 :: ::ffff:127.0.0.1 fd00::1 fe80::1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe") {
		require.ErrorIs(t, get(Config{Resolver: nameserver(t, to)}, "https://hook.example.com/"), ErrForbidden, to)
	}
	// Rebinding: public when somebody looked, inside when it is dialled.
	r := nameserver(t, "93.184.216.34", "127.0.0.1")
	seen, err := r.LookupNetIP(t.Context(), "ip4", "rebind.example.com")
	require.NoError(t, err)
	require.True(t, Public(seen[0]))
	require.ErrorIs(t, get(Config{Resolver: r}, "https://rebind.example.com/"), ErrForbidden)
	for _, url := range []string{"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/"} {
		require.ErrorIs(t, get(Config{}, url), ErrForbidden, url)
	}
	t.Setenv("HTTPS_PROXY", plain.URL)
	t.Setenv("HTTP_PROXY", plain.URL)
	require.ErrorIs(t, get(Config{Resolver: nameserver(t, "127.0.0.1")}, "https://proxied.example.com/"), ErrForbidden, "no proxy of the environment is asked")
	require.Zero(t, reached.Load())
}

// TestARedirectIsHandedBack: not followed, wherever it points.
func TestARedirectIsHandedBack(t *testing.T) {
	var inside atomic.Int64
	in := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer in.Close()
	out := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, in.URL, http.StatusFound) }))
	defer out.Close()
	res, err := Client(Config{Allow: Loopback}).Get(out.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, res.StatusCode)
	require.Zero(t, inside.Load())
}

// TestAnAnswerHasAnEnd: in bytes and in time.
func TestAnAnswerHasAnEnd(t *testing.T) {
	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 1000
		if r.URL.Path == "/more" {
			n++
		}
		fmt.Fprint(w, strings.Repeat("x", n))
	}))
	defer long.Close()
	c := Config{Allow: Loopback, MaxBody: 1000, Timeout: time.Second}
	require.NoError(t, get(c, long.URL))
	require.ErrorIs(t, get(c, long.URL+"/more"), ErrTooLong)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 30 {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}))
	defer slow.Close()
	began := time.Now()
	require.Error(t, get(c, slow.URL))
	require.Less(t, time.Since(began), 4*time.Second)
}
