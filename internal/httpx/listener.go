package httpx

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/egress"
)

// Listener hands out connections that can linger: a sender whose request was refused before it was read (a body of 50 MB)
// would otherwise see its connection reset, and not the sentence that says why.
// It also knows the connections on which nothing was ever said: browsers open them in advance, and a stop does not wait for them.
type Listener struct {
	net.Listener
	silent sync.Map // *lingering
}

// Listen opens addr ("localhost:8080", ":0").
func Listen(addr string) (*Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Listener{Listener: l}, nil
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	out := &lingering{Conn: c, of: l}
	l.silent.Store(out, true)
	return out, nil
}

// hangUp ends the connections on which nothing was ever said.
func (l *Listener) hangUp() {
	l.silent.Range(func(c, _ any) bool {
		c.(*lingering).Conn.Close()
		return true
	})
}

type lingering struct {
	net.Conn
	of   *Listener
	said atomic.Bool
	on   atomic.Bool
	tail []byte // the last words that left, where somebody watches: what is cut in two is seen too
}

// tailSize is longer than any word that a watcher looks for.
const tailSize = 128

// Write sends what was answered.
func (c *lingering) Write(b []byte) (int, error) {
	if egress.Watched() {
		c.tail = append(c.tail, b...)
		egress.Out(egress.Answer, "", c.tail)
		c.tail = append(c.tail[:0], c.tail[max(0, len(c.tail)-tailSize):]...)
	}
	return c.Conn.Write(b)
}

// Read notes that something was said.
func (c *lingering) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.said.CompareAndSwap(false, true) {
		c.of.silent.Delete(c)
	}
	return n, err
}

const (
	lingerFor   = 3 * time.Second
	lingerBytes = 128 << 20
)

// Close reads away what the sender is still sending, for a while, where it was told to.
func (c *lingering) Close() error {
	c.of.silent.Delete(c)
	if c.on.Load() {
		if t, ok := c.Conn.(*net.TCPConn); ok {
			t.CloseWrite()
		}
		c.Conn.SetReadDeadline(time.Now().Add(lingerFor))
		io.Copy(io.Discard, io.LimitReader(c.Conn, lingerBytes))
	}
	return c.Conn.Close()
}

// linger asks the connection of a refused request to stay open until its sender has heard the answer.
func linger(c fiber.Ctx) {
	if l, ok := c.RequestCtx().Conn().(*lingering); ok {
		l.on.Store(true)
	}
}
