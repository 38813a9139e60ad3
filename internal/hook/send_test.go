package hook

import (
	"bufio"
	"context"
	"crypto/x509"
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

	"saluran/internal/outward"
)

func (s *sender) to(t *testing.T, url string) answer {
	return s.send(t.Context(), url, "msg_1", `{"type":"x"}`, 1_780_000_000_000_000, newSecret())
}

func TestSendOverTLS(t *testing.T) {
	var got http.Header
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(202)
		fmt.Fprint(w, "thank\x00 you\r\n\u202e", strings.Repeat("x", 5000))
	}))
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	a := newSender(outward.Config{Allow: outward.Loopback, Roots: roots}).to(t, srv.URL)
	require.Equal(t, []any{int64(202), ""}, []any{a.code, a.problem})
	require.True(t, strings.HasPrefix(a.excerpt, "thank you"))
	require.LessOrEqual(t, len(a.excerpt), excerptMax)
	require.Equal(t, "msg_1", got.Get("webhook-id"))
	require.Equal(t, "1780000000", got.Get("webhook-timestamp"))
	require.True(t, strings.HasPrefix(got.Get("webhook-signature"), "v1,"))
	require.Equal(t, ProblemTLS, newSender(outward.Config{Allow: outward.Loopback}).to(t, srv.URL).problem, "an unknown certificate")
	require.Equal(t, ProblemAddress, newSender(outward.Config{Roots: roots}).to(t, srv.URL).problem, "without the allowance nothing goes to loopback")
}

// TestRedirectsAreNotFollowed: an answer that points inside is an answer that is not 2xx.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var inside atomic.Int64
	in := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer in.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		out := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, in.URL, code) }))
		a := newSender(outward.Config{Allow: outward.Loopback}).to(t, out.URL)
		require.Equal(t, []any{int64(code), ProblemRedirect}, []any{a.code, a.problem})
		out.Close()
	}
	require.Zero(t, inside.Load())
}

// nameserver answers each question of a name with the next of its addresses.
func nameserver(t *testing.T, addrs ...string) (*net.Resolver, *atomic.Int64) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	var asked atomic.Int64
	go func() {
		b := make([]byte, 512)
		for {
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
			i := min(int(asked.Load()), len(addrs)-1)
			ip := netip.MustParseAddr(addrs[i])
			if (kind == 1) == ip.Is4() && (kind == 1 || kind == 28) {
				asked.Add(1)
				raw := ip.AsSlice()
				out[7] = 1
				out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
				out = append(out, raw...)
			}
			c.WriteTo(out, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", c.LocalAddr().String())
	}}, &asked
}

// TestWhereANameLeadsIsSeenWhenItIsDialled: names that lead inside, at once or after the first look (rebinding), reach nothing.
func TestWhereANameLeadsIsSeenWhenItIsDialled(t *testing.T) {
	var reached atomic.Int64
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	for _, a := range []string{"127.0.0.1", "169.254.169.254", "10.0.0.1", "100.64.0.1", "::1", "::ffff:127.0.0.1", "fd00::1", "fe80::1", "64:ff9b::7f00:1", "0.0.0.0", "::"} {
		r, asked := nameserver(t, a)
		got := newSender(outward.Config{Resolver: r}).to(t, "https://hook.example.com/")
		require.Equal(t, ProblemAddress, got.problem, a)
		require.Positive(t, asked.Load(), a)
	}
	// A name that shows a public address when the endpoint is made, and the loopback when it is dialled: the check is on what is dialled.
	_, wrong := outward.Config{}.Check("https://rebind.example.com/")
	require.Empty(t, wrong)
	r, _ := nameserver(t, "93.184.216.34", "127.0.0.1")
	_, err := r.LookupNetIP(t.Context(), "ip4", "rebind.example.com")
	require.NoError(t, err)
	require.Equal(t, ProblemAddress, newSender(outward.Config{Resolver: r}).to(t, "https://rebind.example.com/").problem)
	require.Equal(t, ProblemAddress, newSender(outward.Config{Resolver: r}).to(t, "https://localhost:"+srv.URL[strings.LastIndex(srv.URL, ":")+1:]).problem)
	require.Zero(t, reached.Load())
	// A name that leads nowhere is told no differently from one that leads inside.
	require.Equal(t, ProblemAddress, newSender(outward.Config{}).to(t, "https://nothing.invalid/").problem)
	// Allowed ranges are the way of tests and development, by name as by number.
	r, _ = nameserver(t, "127.0.0.1")
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	require.Equal(t, "", newSender(outward.Config{Allow: outward.Loopback, Resolver: r}).to(t, "http://hook.test:"+plain.URL[strings.LastIndex(plain.URL, ":")+1:]).problem)
}

// raw is a server that speaks for itself.
func raw(t *testing.T, speak func(c net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if q, err := http.ReadRequest(bufio.NewReader(c)); err == nil { // who answers before the question is read races with it
					io.Copy(io.Discard, q.Body)
					speak(c)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestAnswersThatNeverEnd(t *testing.T) {
	s := newSender(outward.Config{Allow: outward.Loopback})
	began := time.Now()
	a := s.to(t, raw(t, func(c net.Conn) { // endless headers
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
		for range 1 << 16 {
			if _, err := fmt.Fprintf(c, "X-Y: %s\r\n", strings.Repeat("y", 1000)); err != nil {
				return
			}
		}
	}))
	require.Equal(t, ProblemBroken, a.problem)
	a = s.to(t, raw(t, func(c net.Conn) { // an endless body: what is read of it has an end
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			if _, err := fmt.Fprintf(c, "1000\r\n%s\r\n", strings.Repeat("z", 0x1000)); err != nil {
				return
			}
		}
	}))
	require.Equal(t, "", a.problem)
	require.Len(t, a.excerpt, excerptMax)
	require.Equal(t, ProblemBroken, s.to(t, raw(t, func(c net.Conn) { fmt.Fprint(c, "220 smtp ready\r\n") })).problem)
	require.Less(t, time.Since(began), 5*time.Second)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	require.Equal(t, ProblemConnect, s.to(t, "http://"+l.Addr().String()).problem)
}

// TestSlowReceiversAreGivenUp: a byte at a time, in the headers or in the body, does not hold a slot for longer than a try may last.
func TestSlowReceiversAreGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("go test -short leaves out this test, which takes 15 seconds: run it without -short")
	}
	s := newSender(outward.Config{Allow: outward.Loopback})
	for name, speak := range map[string]func(c net.Conn){
		"silent": func(c net.Conn) { time.Sleep(30 * time.Second) },
		"header": func(c net.Conn) { drip(c, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", 1000)) },
		"body": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
			drip(c, strings.Repeat("b", 900))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			require.Equal(t, ProblemTimeout, s.to(t, raw(t, speak)).problem)
			require.Less(t, time.Since(began), sendFor+3*time.Second)
		})
	}
}

func drip(c net.Conn, text string) {
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
}
