package httpx

import (
	"net"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v3"
)

// Local tells whether a request comes from this machine itself, and not through a proxy on it, and was meant for it: a page of a
// stranger that a browser here has open may send requests here too, under a name of the stranger's that was made to point here, and
// would read the answers. So the name that was asked for is this machine's, or that of public, the address at which people reach the
// portal.
func Local(c fiber.Ctx, public string) bool {
	peer, ok := c.RequestCtx().RemoteAddr().(*net.TCPAddr)
	if !ok || !peer.IP.IsLoopback() || c.Get("X-Forwarded-For") != "" || c.Get("Forwarded") != "" || c.Get("Via") != "" {
		return false
	}
	switch name := hostname(string(c.Request().Header.Host())); name {
	case "":
		return false
	case "localhost", "127.0.0.1", "::1":
		return true
	default:
		u, err := url.Parse(public)
		return err == nil && strings.EqualFold(name, u.Hostname())
	}
}

// hostname is the name in a Host header, in small letters, without a port; "" where it is none.
func hostname(host string) string {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
