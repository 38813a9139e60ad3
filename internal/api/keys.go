package api

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/identity"
)

// keyDoors say which objects an address is about, by its first part. A key of the API passes where its scopes touch one of
// them; what exactly it may do there its service asks of the gate. What is not named here is for people at a session.
var keyDoors = map[string][]string{
	"orders": {"order", "shipment", "invoice", "talk"}, "counter-sales": {"order"}, "carts": {"order"}, "shipments": {"shipment", "order", "talk"},
	"invoices": {"invoice", "talk"}, "payments": {"payment", "talk"}, "conversations": {"talk"}, "messages": {"talk"}, "collections": {"payment"}, "deposits": {"payment", "invoice"},
	"exposures": {"invoice", "payment"}, "statement": {"invoice", "payment"}, "claims": {"payment"}, "commissions": {"payment", "appointment", "invoice"},
	"agreements": {"agreement"}, "appointments": {"appointment"}, "channels": {"channel"}, "links": {"link"},
	"orgs": {"partner", "bank"}, "bank-accounts": {"bank"}, "products": {"product"}, "offers": {"product", "price"}, "price-lists": {"price"},
	"lots": {"lot", "stock"}, "stock": {"stock"}, "places": {"place"},
	"jobs": {"job", "export", "import"}, "exports": {"export"}, "schedules": {"export"}, "points": {"points"}, "imports": {"import"}, "audit": {"audit"}, "people": {"person"},
	"webhooks": {"hook"}, "desk": {"report"}, "files": {"file", "order", "shipment", "invoice", "payment"},
}

// withinScopes turns keys away from what is not for them.
func withinScopes(c fiber.Ctx) error {
	a := httpx.Of(c.Context()).Actor
	if a.Scopes == nil {
		return c.Next()
	}
	door, _, _ := strings.Cut(strings.TrimPrefix(c.Path(), prefix+"/"), "/")
	objects, ok := keyDoors[door]
	if !ok {
		return errs.New(errs.Forbidden, "key.personal")
	}
	write := c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead
	if !a.Scopes.Touch(write, objects...) {
		return errs.New(errs.Forbidden, "access.scope", "object", objects[0], "action", map[bool]string{true: "write", false: "read"}[write])
	}
	return c.Next()
}

// APIKey as the API shows it; its secret only to who made or rotated it, once.
type APIKey struct {
	ID        id.ID    `json:"id"`
	Name      string   `json:"name"`
	Status    string   `json:"status" enum:"active,expired,ended"`
	Prefix    string   `json:"prefix" doc:"The first characters of the secret" example:"slr_8fGh"`
	Scopes    []string `json:"scopes" doc:"OBJECT:read, OBJECT:write (all that changes it) or OBJECT:ACTION" example:"[\"order:read\",\"order:place\"]"`
	Maker     Party    `json:"maker" doc:"The person in whose name it acts: never beyond the role that the person has at that moment"`
	CreatedAt string   `json:"created_at"`
	ExpiresAt string   `json:"expires_at"`
	UsedAt    string   `json:"used_at,omitempty" doc:"To the minute; left out until it is used"`
	EndedAt   string   `json:"ended_at,omitempty"`
	OldUntil  string   `json:"old_until,omitempty" doc:"Until when the secret before still works"`
	Version   int64    `json:"version"`
	Secret    string   `json:"secret,omitempty" doc:"Sent as Authorization: Bearer. Shown once: we keep its hash alone"`
}

func (a *API) keyWire(k identity.Key) APIKey {
	w := APIKey{ID: k.ID, Name: k.Name, Status: k.Status(a.Clock.Now()), Prefix: k.Prefix, Scopes: k.Scopes, Maker: Party{k.Person, k.Maker},
		CreatedAt: instant(k.Created), ExpiresAt: instant(k.Expires), UsedAt: instant(k.Used), EndedAt: instant(k.Ended), OldUntil: instant(k.OldEnds), Version: k.Version}
	return w
}

func (a *API) keys() {
	const tag = "API keys"
	handle(a, made(post("make-key", "/keys", tag, "Make an API key: its secret is shown once. People alone may, no key")), a.makeKey)
	handle(a, get("list-keys", "/keys", tag, "The API keys of your organisation"), a.listKeys)
	handle(a, get("key", "/keys/{id}", tag, "An API key"), a.oneKey)
	handle(a, step("rotate-key", "/keys/{id}/rotate", tag, "Give your key a new secret; the one before works a while longer"), a.rotateKey)
	handle(a, del("revoke-key", "/keys/{id}", tag, "End a key: worthless from the next request on"), a.revokeKey)
}

type makeKeyIn struct {
	Body struct {
		Name   string   `json:"name" doc:"What it is for; 1 to 80 characters"`
		Scopes []string `json:"scopes" maxItems:"100" doc:"OBJECT:read, OBJECT:write or OBJECT:ACTION. Amounts of orders are shown where invoice:read is among them"`
		Days   int64    `json:"days,omitempty" minimum:"1" maximum:"366" default:"90" doc:"How long it lives"`
	}
}

func (a *API) makeKey(ctx context.Context, who access.Actor, in *makeKeyIn) (*one[APIKey], error) {
	b := in.Body
	k, secret, err := a.Keys.Make(ctx, who, audit.Key(httpx.Of(ctx).Key), identity.NewKey{Name: b.Name, Scopes: b.Scopes, Life: time.Duration(b.Days) * 24 * time.Hour})
	return a.secretKey(k, secret, err)
}

func (a *API) secretKey(k identity.Key, secret string, err error) (*one[APIKey], error) {
	if err != nil {
		return nil, err
	}
	w := a.keyWire(k)
	w.Secret = secret
	return &one[APIKey]{httpx.ETag(k.Version), w}, nil
}

func (a *API) listKeys(ctx context.Context, who access.Actor, _ *struct{}) (*page[APIKey], error) {
	all, err := a.Keys.List(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, a.keyWire), nil
}

func (a *API) oneKey(ctx context.Context, who access.Actor, in *ByID) (*one[APIKey], error) {
	k, err := a.Keys.Key(ctx, who, in.ID.ID)
	return a.secretKey(k, "", err)
}

type rotateKeyIn struct {
	ByID
	Body struct {
		OverlapHours *int64 `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" doc:"How long the secret before goes on working, 24 when left out; 0: not at all"`
	}
}

func (a *API) rotateKey(ctx context.Context, who access.Actor, in *rotateKeyIn) (*one[APIKey], error) {
	r, overlap := httpx.Of(ctx), 24*time.Hour
	if h := in.Body.OverlapHours; h != nil {
		overlap = time.Duration(*h) * time.Hour
	}
	k, secret, err := a.Keys.Rotate(ctx, who, audit.Key(r.Key), in.ID.ID, r.IfMatch, overlap)
	return a.secretKey(k, secret, err)
}

func (a *API) revokeKey(ctx context.Context, who access.Actor, in *ByID) (*one[APIKey], error) {
	k, err := a.Keys.Revoke(ctx, who, audit.Key(httpx.Of(ctx).Key), in.ID.ID)
	return a.secretKey(k, "", err)
}
