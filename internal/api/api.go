// Package api is the portal as JSON: REST under /api/v1, described by OpenAPI 3.1 at /api/openapi.json.
//
// A handler decodes, calls one service, and writes its wire type. Ids are strings of digits; quantities and amounts are strings
// with a decimal point; instants are RFC 3339 in UTC, business dates YYYY-MM-DD. Every write but the sign-in needs an
// Idempotency-Key; documents carry an ETag, and a write may name it in If-Match; one that replaces a whole must. Errors are problem+json.
package api

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/identity"
)

// API is the mounted interface.
type API struct {
	Services
	huma huma.API
	v1   fiber.Router
	log  *slog.Logger
	doc  []byte
}

// prefix of every address; the version of the contract is in it.
const prefix = "/api/v1"

func init() {
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return &httpx.Problem{Status: status} }
	huma.NewErrorWithContext = refused
}

// Mount adds the routes of the API to app.
func Mount(app *fiber.App, s Services, log *slog.Logger) (*API, error) {
	if log == nil {
		log = slog.Default()
	}
	signed := httpx.SignedIn(identity.Bearers{Sessions: s.Identity, Keys: s.Keys})
	v1 := app.Group(prefix, func(c fiber.Ctx) error {
		if isSignIn(c) {
			return c.Next()
		}
		return signed(c)
	}, func(c fiber.Ctx) error {
		if isSignIn(c) {
			return c.Next()
		}
		return httpx.Keyed(c)
	}, withinScopes, httpx.Replay)
	cfg := huma.DefaultConfig("Saluran", "1")
	cfg.Info.Description = "Trade along a channel: who owns, who holds, who bears the risk and who owes."
	cfg.Servers = []*huma.Server{{URL: prefix}}
	cfg.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[id.ID](), reflect.TypeFor[idText]())
	cfg.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[ref](), reflect.TypeFor[idText]())
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.Formats = maps.Clone(cfg.Formats)                                     // they are everybody's
	cfg.Formats["application/x-www-form-urlencoded"] = huma.DefaultJSONFormat // what curl -d says of JSON; nobody is signed in by cookie here
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "http", Scheme: "bearer", Description: "The token of POST /sessions, or the secret of an API key, which begins with slr_."}}
	a := &API{Services: s, v1: v1, log: log, huma: humafiber.NewWithGroup(app, v1, cfg)}
	a.routes()
	doc, err := a.huma.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	a.doc = doc
	app.Get("/.well-known/saluran-seals.json", a.publishKeys)
	app.Get("/api/openapi.json", func(c fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/json")
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		return c.Send(doc)
	})
	return a, nil
}

// Document is the OpenAPI document.
func (a *API) Document() []byte { return a.doc }

// idText is how an id is described: a string of digits.
type idText string

// Schema is the description.
func (idText) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Pattern: "^[1-9][0-9]{0,18}$", Examples: []any{"100123"}}
	s.PrecomputeMessages()
	return s
}

// isSignIn tells what strangers may send: what the body carries is their right.
func isSignIn(c fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && (c.Path() == prefix+"/sessions" || strings.HasPrefix(c.Path(), prefix+"/join/") || strings.HasPrefix(c.Path(), prefix+"/own-data"))
}

// act describes an operation: id and summary as verb and sentence.
func act(id, method, path, tag, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary,
		MaxBodyBytes: httpx.MaxBody, BodyReadTimeout: -1, Security: []map[string][]string{{"session": {}}},
		Errors: []int{400, 401, 403, 404, 409, 422, 429, 503}}
}

func get(id, path, tag, summary string) huma.Operation {
	o := act(id, http.MethodGet, path, tag, summary)
	o.Errors = []int{401, 403, 404, 422, 429, 503}
	return o
}

// post is a write: it needs an Idempotency-Key. made says that it makes something new (201).
func post(id, path, tag, summary string) huma.Operation {
	o := act(id, http.MethodPost, path, tag, summary)
	o.Parameters = []*huma.Param{keyParam}
	return o
}

func put(id, path, tag, summary string) huma.Operation {
	o := post(id, path, tag, summary)
	o.Method = http.MethodPut
	o.Parameters = append(o.Parameters, matchParam)
	return o
}

// change is a put of a whole resource, where what is left out is emptied: the sender must say in If-Match which version was read.
func change(id, path, tag, summary string) huma.Operation {
	o := put(id, path, tag, summary)
	must := *matchParam
	must.Required = true
	must.Description = "The ETag that it was read with; needed, because what the body leaves out is emptied. Without it the answer is 428, " +
		"and 412 when it has changed since."
	o.Parameters[len(o.Parameters)-1] = &must
	o.Errors = append(o.Errors, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	return o
}

// insists tells that an operation is not carried out without the version that was read.
func insists(op huma.Operation) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == matchParam.Name && p.Required })
}

func del(id, path, tag, summary string) huma.Operation {
	o := post(id, path, tag, summary)
	o.Method = http.MethodDelete
	return o
}

func made(o huma.Operation) huma.Operation { o.DefaultStatus = http.StatusCreated; return o }

// step is a write on a document whose version may be named in If-Match.
func step(id, path, tag, summary string) huma.Operation {
	o := post(id, path, tag, summary)
	o.Parameters = append(o.Parameters, matchParam)
	o.Errors = append(o.Errors, http.StatusPreconditionFailed)
	return o
}

var keyLen = 64

var (
	keyParam = &huma.Param{Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: "string", MaxLength: &keyLen},
		Description: "1 to 64 printable characters, unique within your organisation: what posts to the books (orders, shipments, money, goods) keeps its own list of keys, " +
			"all else (partners, products, people, settings) another. The same key with the same request does " +
			"nothing again and answers the document of the first time as it is now; with another request it is refused. A refusal does not use the key up."}
	matchParam = &huma.Param{Name: "If-Match", In: "header", Schema: &huma.Schema{Type: "string"},
		Description: "The ETag that the document was read with: the write is refused (412) when it has changed since."}
)

// handle registers an operation whose errors are told as problems.
func handle[I, O any](a *API, op huma.Operation, h func(context.Context, access.Actor, *I) (*O, error)) {
	if _, ok := reflect.TypeFor[I]().FieldByName("Body"); ok {
		op.RequestBody = &huma.RequestBody{}
	}
	a.guard(&op)
	a.understood(&op)
	pinned := insists(op)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		r := httpx.Of(ctx)
		if pinned && r.IfMatch == 0 {
			return nil, a.problem(ctx, errs.New(errs.Conflict, "request.precondition_required"))
		}
		out, err := h(ctx, r.Actor, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		if op.Method != http.MethodGet {
			a.hide(r.Actor, reflect.ValueOf(out))
		}
		return out, nil
	})
	a.optional(op.RequestBody)
}

// optional lets a body be left out where nothing in it is required.
func (a *API) optional(body *huma.RequestBody) {
	if body == nil || body.Content["application/json"] == nil {
		return
	}
	s := body.Content["application/json"].Schema
	if s.Ref != "" {
		s = a.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	body.Required = len(s.Required) > 0
}

// problem tells an error of a service; a version that the sender insisted on and that has moved is 412.
func (a *API) problem(ctx context.Context, err error) error {
	r := httpx.Of(ctx)
	if r.IfMatch != 0 && errs.CodeOf(err) == "changed" {
		err = errs.Wrap(errs.Conflict, "request.changed", err)
	}
	return httpx.Tell(ctx, a.log, err)
}

// refused tells what the framework refused before a handler ran: JSON that cannot be read, values of the wrong shape.
func refused(c huma.Context, status int, _ string, why ...error) huma.StatusError {
	if c == nil {
		return &httpx.Problem{Status: status}
	}
	var err error
	switch {
	case status == http.StatusRequestEntityTooLarge:
		err = errs.New(errs.TooLarge, "request.too_large")
	case status == http.StatusUnsupportedMediaType, status == http.StatusNotAcceptable:
		err = errs.New(errs.Invalid, "request.media_type")
	case status == http.StatusBadRequest:
		err = errs.New(errs.Invalid, "request.malformed")
	case status == http.StatusUnprocessableEntity:
		err = fieldErrors(why)
	default:
		var cause error
		if len(why) > 0 {
			cause = why[0]
		}
		err = errs.Wrap(errs.Internal, "internal", cause)
	}
	return httpx.Tell(c.Context(), slog.Default(), err)
}

func fieldErrors(why []error) error {
	e := errs.OnFields("request.fields")
	for _, w := range why {
		if w == nil || len(e.Fields) == 20 {
			continue
		}
		d, ok := w.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		det := d.ErrorDetail()
		e.Fields = append(e.Fields, fieldOf(strings.TrimPrefix(det.Location, "body."), det.Message))
	}
	return e
}

// fieldOf gives the framework's English remark a code, so that it can be told in the user's language.
func fieldOf(path, message string) errs.Field {
	for _, known := range []struct{ begins, code string }{
		{"unexpected property", "field.unknown"}, {"expected string to match pattern", "field.id"}, {"expected string", "field.text"}, {"expected boolean", "field.boolean"},
		{"expected array", "field.list"}, {"expected object", "field.object"}, {"expected integer", "field.integer"},
		{"expected number", "field.number"}, {"required ", "field.required"}, {"not an id", "field.id"}, {"invalid value", "field.id"},
	} {
		if strings.HasPrefix(message, known.begins) {
			return errs.F(path, known.code)
		}
	}
	if rest, ok := strings.CutPrefix(message, "expected required property "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return errs.F(strings.TrimPrefix(path+"."+name, "body."), "field.required")
	}
	if rest, ok := strings.CutPrefix(message, "expected value to be one of "); ok {
		return errs.F(path, "field.choice", "of", strings.Trim(rest, `"`))
	}
	return errs.F(path, "field.invalid", "reason", message)
}
