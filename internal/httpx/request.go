package httpx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// Request is what is known of a request before its handler runs. It rides in the request's context.
type Request struct {
	ID      string
	Started time.Time
	Path    string
	Lang    string       // of the actor, else of Accept-Language
	Actor   access.Actor // zero until SignedIn
	IfMatch int64        // the version that the sender saw; 0: it did not say
	Key     Key          // of a write
	user    string       // for the access log
	limit   *Limiter
}

// Key makes a write safe to send twice: the sender's Idempotency-Key and the SHA-256 of method, path and body.
type Key struct {
	Client string
	Hash   [32]byte
}

type requestKey struct{}

// Of is the request of a context; an empty one outside a request, so that callers need not ask.
func Of(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{Lang: i18n.ID}
}

// SetActor makes an actor the one who asks, in his language.
func (r *Request) SetActor(a access.Actor) {
	r.Actor = a
	if a.Lang != "" {
		r.Lang = a.Lang
	}
	if a.Person != 0 {
		r.user = a.Person.String() + "@" + a.Org.String()
	}
}

// Admit makes an actor the one who asks; Busy request.rate where it asks too often.
func (r *Request) Admit(a access.Actor) error {
	r.SetActor(a)
	return r.limit.account(a)
}

func begin(c fiber.Ctx) *Request {
	r := &Request{ID: requestID(c.Get("X-Request-Id")), Started: time.Now(), Path: told(c.Path()), Lang: i18n.Lang(c.Get("Accept-Language"))}
	c.Set("X-Request-Id", r.ID)
	return r
}

// secretPaths are addresses whose last part is a key: logs and problems leave it out.
var secretPaths = []string{"/invite/", "/application/", "/join/", "/reset/", "/account/email/", "/my-data/"}

// told is a path as it may be written down.
func told(path string) string {
	for _, p := range secretPaths {
		if rest, ok := strings.CutPrefix(path, p); ok && rest != "" {
			_, after, more := strings.Cut(rest, "/")
			if more {
				after = "/" + after
			}
			return p + "-" + after
		}
	}
	return path
}

// requestID keeps a sender's id where it is harmless, and makes one otherwise.
func requestID(sent string) string {
	if sent != "" && len(sent) <= 64 && printable(sent) {
		return sent
	}
	var b [8]byte
	n := rand.Uint64()
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return hex.EncodeToString(b[:])
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// SignIns finds who a session's token stands for, and the token that its forms carry. Unauthenticated: unknown, ended, expired.
type SignIns interface {
	Actor(ctx context.Context, token string) (a access.Actor, csrf string, err error)
}

// Bearer is the token of the Authorization header; "" without one.
func Bearer(c fiber.Ctx) string {
	return bearer(c.Get(fiber.HeaderAuthorization))
}

func bearer(h string) string {
	if len(h) > 7 && strings.EqualFold(h[:7], "Bearer ") {
		return strings.TrimSpace(h[7:])
	}
	return ""
}

// SignedIn lets only those pass whose bearer token stands for a session.
func SignedIn(s SignIns) fiber.Handler {
	return func(c fiber.Ctx) error {
		token := Bearer(c)
		if token == "" {
			return errs.New(errs.Unauthenticated, "sign_in.needed")
		}
		ctx := c.Context()
		a, _, err := s.Actor(ctx, token)
		if err != nil {
			return err
		}
		a.IP = strings.Clone(c.IP())
		if err := Of(ctx).Admit(a); err != nil {
			return err
		}
		if err := acting(c, a); err != nil {
			return err
		}
		if err := Glass(c, s, a); err != nil {
			return err
		}
		return c.Next()
	}
}

// ActingOrg is the header that says for which organisation a request is carried out: every answer carries it, and a request that
// carries it is refused where the session acts for another by now.
const ActingOrg = "X-Acting-Org"

func acting(c fiber.Ctx, a access.Actor) error {
	c.Set(ActingOrg, a.Org.String())
	if want := c.Get(ActingOrg); want != "" && want != a.Org.String() {
		return errs.New(errs.Conflict, "request.other_org", "org", a.Org.String())
	}
	return nil
}

// Watcher writes down what an operator looks at in an organisation, and what it searches for there: query is that of the address.
type Watcher interface {
	Looked(ctx context.Context, a access.Actor, path, query string) error
}

// beyondGlass is what a session may still do while it looks into an organisation: end that, or itself.
var beyondGlass = []string{"/api/v1/glass/end", "/api/v1/sessions/current", "/api/v1/me/org", "/glass/end", "/sign-out", "/switch"}

// Glass holds an operator who looks into an organisation to looking, and has each look written down. It is the second wall: the
// gate denies what changes anything too.
func Glass(c fiber.Ctx, s any, a access.Actor) error {
	if a.Glass == 0 {
		return nil
	}
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		if slices.Contains(beyondGlass, c.Path()) {
			return nil
		}
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	if w, ok := s.(Watcher); ok {
		return w.Looked(c.Context(), a, c.Path(), string(c.Request().URI().QueryString()))
	}
	return errs.New(errs.Forbidden, "glass.read_only")
}

// Keyed asks every write for an Idempotency-Key of 1 to 64 printable characters, and reads If-Match.
func Keyed(c fiber.Ctx) error {
	r := Of(c.Context())
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return c.Next()
	}
	k, err := KeyOf(c)
	if err != nil {
		return err
	}
	r.Key = k
	if r.IfMatch, err = ifMatch(c.Get(fiber.HeaderIfMatch)); err != nil {
		return err
	}
	return c.Next()
}

// KeyOf reads the Idempotency-Key of a write and hashes what was sent with it. The hash of an upload is its service's to make,
// of what the files contain: the form that carries them looks different each time.
func KeyOf(c fiber.Ctx) (Key, error) {
	k := Key{Client: strings.Clone(c.Get("Idempotency-Key"))}
	switch {
	case k.Client == "":
		return k, errs.New(errs.Invalid, "request.key_missing")
	case len(k.Client) > 64 || !printable(k.Client):
		return k, errs.New(errs.Invalid, "request.key_bad")
	}
	h := sha256.New()
	h.Write([]byte(c.Method() + " " + c.OriginalURL() + "\n"))
	if !isUpload(c) {
		h.Write(c.Body())
	}
	h.Sum(k.Hash[:0])
	return k, nil
}

// ETag is a version as an entity tag.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ifMatch reads a version out of If-Match; 0 where there is none, or "*".
func ifMatch(h string) (int64, error) {
	if h == "" || h == "*" {
		return 0, nil
	}
	v, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(h, "W/"), `"`), 10, 64)
	if err != nil || v <= 0 {
		return 0, errs.New(errs.Invalid, "request.if_match_bad")
	}
	return v, nil
}
