package site

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"sort"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/compress"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/identity"
	"saluran/internal/talk"
	"saluran/web"
)

// policy lets a page load what the portal itself serves, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"

// harden sets the headers of pages.
func (s *Site) harden(c fiber.Ctx) error {
	c.Set("Content-Security-Policy", policy)
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderVary, "HX-Request, Cookie, Accept-Encoding")
	return c.Next()
}

// squeeze compresses pages; streams and files are sent as they are.
func squeeze() fiber.Handler {
	return compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: func(c fiber.Ctx) bool {
		return strings.HasSuffix(c.Path(), "/stream") || strings.HasPrefix(c.Path(), "/files/") || strings.HasPrefix(c.Path(), "/attachments/")
	}})
}

func (s *Site) asset(c fiber.Ctx) error {
	a, err := web.Open(c.Params("file"), c.Get(fiber.HeaderAcceptEncoding))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.Gone()
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, a.Type)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if a.Encoding != "" {
		c.Set(fiber.HeaderContentEncoding, a.Encoding)
	}
	return c.Send(a.Body)
}

// cookieName of a session; behind TLS the browser itself then guarantees that nobody else set it.
func (s *Site) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return "saluran_" + name
}

// MayUpload tells whether a large body may be read at all: an import or a file, by somebody who is signed in to the API (bearer) or to the
// pages (cookie), or papers of an application, by its link.
func (s *Site) MayUpload(path, bearer string, cookie func(name string) string) bool {
	if token, ok := sentPaper(path); ok {
		_, _, err := s.People.Sender(context.Background(), token)
		return err == nil
	}
	ask, token := s.Identity.Actor, bearer
	switch {
	case path == "/api/v1/imports", path == "/api/v1/sheets", path == "/api/v1/files":
		ask = identity.Bearers{Sessions: s.Identity, Keys: s.Keys}.Actor
	case path == "/imports", path == "/sheets", path == "/attachments", path == "/payments", receipt(path), message(path):
		token = cookie(s.cookieName("session"))
	default:
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), httpx.Deadline)
	defer cancel()
	_, _, err := ask(ctx, token)
	return err == nil
}

// message tells whether a path takes a message, with what is shown beside it.
func message(path string) bool {
	for _, kind := range talk.Kinds {
		no, ok := strings.CutPrefix(path, "/"+kind+"s/")
		if no, say := strings.CutSuffix(no, "/messages"); ok && say && !strings.Contains(no, "/") {
			return true
		}
	}
	return false
}

// receipt tells whether a path takes a receipt, with photos of what is damaged.
func receipt(path string) bool {
	no, ok := strings.CutPrefix(path, "/shipments/")
	no, receive := strings.CutSuffix(no, "/receive")
	return ok && receive && !strings.Contains(no, "/")
}

func (s *Site) setCookie(c fiber.Ctx, name, value string, maxAge int) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HTTPOnly: true, Secure: s.Secure,
		SameSite: fiber.CookieSameSiteLaxMode, MaxAge: maxAge, SessionOnly: maxAge == 0})
}

func (s *Site) dropCookie(c fiber.Ctx, name string) { s.setCookie(c, name, "", -1) }

// sameSite refuses a write that another site's page sends: what the browser says of the sender must be us. A sender that says
// nothing (no browser does so) must still show the token.
func sameSite(c fiber.Ctx) error {
	switch c.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return errs.New(errs.Forbidden, "site.cross_site")
	}
	if o := c.Get(fiber.HeaderOrigin); o != "" {
		u, err := url.Parse(o)
		if err != nil || !strings.EqualFold(u.Host, c.Host()) {
			return errs.New(errs.Forbidden, "site.cross_site")
		}
	}
	return nil
}

// genuine holds the token of a write against the one of the session.
func genuine(c fiber.Ctx, want string) error {
	if err := sameSite(c); err != nil {
		return err
	}
	got := sentToken(c)
	if c.Path() == "/switch" || c.Path() == "/sign-out" || c.Path() == "/language" { // right from any organisation's page
		got, _, _ = strings.Cut(got, ".")
		want, _, _ = strings.Cut(want, ".")
	}
	if want == "" || !sameText(got, want) {
		return errs.New(errs.Forbidden, "site.form_stale")
	}
	return nil
}

// sentToken is the token that a write carries: in its body or a header, never in its address, which others get to read.
func sentToken(c fiber.Ctx) string {
	if got := c.Get("X-Csrf-Token"); got != "" {
		return got
	}
	if v := all(c)["_csrf"]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// visitor gives somebody who is not signed in a token for the forms of sign-in and language: the same in cookie and form.
func (s *Site) visitor(c fiber.Ctx) string {
	if v := c.Cookies(s.cookieName("visitor")); len(v) == 32 {
		return v
	}
	b := make([]byte, 16)
	rand.Read(b)
	v := hex.EncodeToString(b)
	s.setCookie(c, "visitor", v, 0)
	return v
}

// key makes a form safe to send twice: the key that the form carries, and the hash of all that was typed.
func key(c fiber.Ctx) (client string, hash [32]byte) {
	v := values(c)
	names := make([]string, 0, len(v))
	for k := range v {
		if k != "_csrf" && !strings.HasPrefix(k, "_step_") {
			names = append(names, k)
		}
	}
	sort.Strings(names)
	h := sha256.New()
	h.Write([]byte(c.Method() + " " + c.Path() + "\n"))
	for _, k := range names {
		h.Write([]byte(k + "\x00" + v[k] + "\x00"))
	}
	h.Sum(hash[:0])
	client = v["_key"]
	if len(client) != 32 {
		client = "" // not one of ours
	}
	return client, hash
}

// all are the fields of a form, with every value that each has.
func all(c fiber.Ctx) map[string][]string {
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), "multipart/form-data") {
		if f, err := c.MultipartForm(); err == nil {
			return f.Value
		}
		return nil
	}
	out := map[string][]string{}
	for k, v := range c.Request().PostArgs().All() {
		out[string(k)] = append(out[string(k)], string(v))
	}
	return out
}

// values are the fields of a form; of several with one name the last.
func values(c fiber.Ctx) map[string]string {
	out := map[string]string{}
	for k, v := range all(c) {
		if len(v) > 0 {
			out[k] = strings.TrimSpace(v[len(v)-1])
		}
	}
	return out
}
