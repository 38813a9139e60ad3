package httpx

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/egress"
)

// Listener hands out connections that can linger: a sender whose request was refused before it was read (a body of 50 MB)
// would otherwise see its connection reset, and not the sentence that says why.
type Listener struct{ net.Listener }

// Listen opens addr ("localhost:8080", ":0").
func Listen(addr string) (*Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Listener{l}, nil
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingering{Conn: c}, nil
}

type lingering struct {
	net.Conn
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

const (
	lingerFor   = 3 * time.Second
	lingerBytes = 128 << 20
)

// Close reads away what the sender is still sending, for a while, where it was told to.
func (c *lingering) Close() error {
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
