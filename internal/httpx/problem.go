// Package httpx is what the JSON API and the pages share of HTTP: one table from error kinds to statuses, problem details
// (RFC 9457), the request with its id, language and signed-in actor, Idempotency-Key, ETag and If-Match, and paging.
package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// statuses is the one table from kind to status.
var statuses = map[errs.Kind]int{
	errs.Invalid:         http.StatusUnprocessableEntity,
	errs.Unauthenticated: http.StatusUnauthorized,
	errs.Forbidden:       http.StatusForbidden,
	errs.NotFound:        http.StatusNotFound,
	errs.Conflict:        http.StatusConflict,
	errs.TooLarge:        http.StatusRequestEntityTooLarge,
	errs.Busy:            http.StatusServiceUnavailable,
	errs.Internal:        http.StatusInternalServerError,
}

// byCode are the few errors of the protocol itself, whose status is finer than their kind.
var byCode = map[string]int{
	"request.malformed":             http.StatusBadRequest,
	"request.key_missing":           http.StatusBadRequest,
	"request.key_bad":               http.StatusBadRequest,
	"request.if_match_bad":          http.StatusBadRequest,
	"request.media_type":            http.StatusUnsupportedMediaType,
	"request.method":                http.StatusMethodNotAllowed,
	"request.header_too_large":      http.StatusRequestHeaderFieldsTooLarge,
	"request.timeout":               http.StatusRequestTimeout,
	"request.changed":               http.StatusPreconditionFailed,
	"request.precondition_required": http.StatusPreconditionRequired,
	"sign_in.wait":                  http.StatusTooManyRequests,
	"apply.wait":                    http.StatusTooManyRequests,
	"partner.asked_often":           http.StatusTooManyRequests,
	"request.rate":                  http.StatusTooManyRequests,
}

// RetryAfterOf is how many seconds to wait after an error: what it says itself, or RetryAfter.
func RetryAfterOf(err error) string {
	var own *errs.Error
	if errors.As(err, &own) {
		if n, nerr := strconv.Atoi(own.Args["seconds"]); nerr == nil && n > 0 {
			return strconv.Itoa(n)
		}
	}
	return strconv.Itoa(RetryAfter)
}

// RetryAfter is how many seconds a busy portal asks its callers to wait.
const RetryAfter = 1

// Status is the HTTP status of an error.
func Status(err error) int {
	if s, ok := byCode[errs.CodeOf(err)]; ok {
		return s
	}
	return statuses[errs.KindOf(err)]
}

// Problem is an error as the API tells it: RFC 9457, with the stable code, the fields that are wrong and the request's id.
type Problem struct {
	Type      string         `json:"type" doc:"urn:saluran:error: and the code" example:"urn:saluran:error:order.credit_exceeded"`
	Title     string         `json:"title" doc:"What kind of problem it is, in the user's language"`
	Status    int            `json:"status" doc:"The HTTP status" example:"422"`
	Detail    string         `json:"detail" doc:"What happened and what to do, in the user's language"`
	Code      string         `json:"code" doc:"Stable code of the rule" example:"order.credit_exceeded"`
	Fields    []ProblemField `json:"fields,omitempty" doc:"The inputs that are wrong"`
	Instance  string         `json:"instance,omitempty" doc:"The path that was asked for"`
	RequestID string         `json:"request_id,omitempty" doc:"Names the request in our log"`
	retry     string         // seconds
	Decision  *Decision      `json:"decision,omitempty" doc:"Of a refusal (403): what was decided, and by what"`
	Proof     *Proof         `json:"proof,omitempty" doc:"Of step_up_required: how to show once more who you are; then send the same request again, with the same Idempotency-Key"`
}

// Decision is why something was refused: sorts of things and never one thing.
type Decision struct {
	Role          string `json:"role"`
	Kind          string `json:"kind" doc:"Of the acting organisation"`
	Relation      string `json:"relation"`
	Object        string `json:"object"`
	Action        string `json:"action"`
	Reason        string `json:"reason" example:"role_silent"`
	Line          int    `json:"line,omitempty" doc:"The line of grants.csv that denies it; left out where none allows it"`
	PolicyVersion int64  `json:"policy_version"`
	Why           string `json:"why" doc:"Where it is explained, and who may instead"`
}

// Proof is how somebody shows once more who it is.
type Proof struct {
	With   string `json:"with" enum:"code,passkey,password,provider,letter" doc:"What this person can show. A password and a code go to the operation; a passkey and a sign-in at the organisation's provider to the page; letter: have one set a password first"`
	Method string `json:"method" example:"POST"`
	Path   string `json:"path" example:"/api/v1/me/step-up"`
}

// ProofOf is what is asked for; nil where err is no step_up_required.
func ProofOf(err error) *Proof {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != "step_up_required" {
		return nil
	}
	switch with := e.Args["with"]; with {
	case "code", "password":
		return &Proof{with, http.MethodPost, "/api/v1/me/step-up"}
	case "letter":
		return &Proof{with, http.MethodGet, "/forgot"}
	default:
		return &Proof{with, http.MethodGet, "/account/fresh"}
	}
}

// decided are the codes of refusals by the policies.
var decided = []string{"access.denied", "access.scope", "role.beyond", "person.beyond"}

// DecisionOf reads a refusal; nil where err is none that the policies decided.
func DecisionOf(err error) *Decision {
	var e *errs.Error
	if !errors.As(err, &e) || e.Args["object"] == "" || !slices.Contains(decided, e.Code) {
		return nil
	}
	rel := e.Args["rel"]
	if rel == "" {
		rel = "own"
	}
	d := &Decision{Role: e.Args["role"], Kind: e.Args["kind"], Relation: rel, Object: e.Args["object"], Action: e.Args["action"], Reason: e.Args["reason"]}
	if d.Reason == "" {
		d.Reason = strings.TrimPrefix(e.Code, "access.")
	}
	d.Line, _ = strconv.Atoi(e.Args["line"])
	d.PolicyVersion, _ = strconv.ParseInt(e.Args["policy"], 10, 64)
	d.Why = "/api/v1/access/why?" + d.Query()
	return d
}

// Query asks for the explanation.
func (d *Decision) Query() string {
	return url.Values{"relation": {d.Relation}, "object": {d.Object}, "action": {d.Action}}.Encode()
}

// ProblemField is one wrong input.
type ProblemField struct {
	Path   string `json:"path" doc:"Where in the request" example:"lines[2].qty"`
	Code   string `json:"code" example:"field.required"`
	Detail string `json:"detail" doc:"What is wrong with it"`
}

// Error is the detail; GetStatus and ContentType let the API's framework write a Problem as it is.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is problem+json, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders adds Retry-After where the caller is to try again.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", p.retry)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// Known turns whatever a handler returned into the portal's error: errors of fiber, of a deadline and of a database that is
// away included. It keeps an errs.Error as it is.
func Known(err error) error {
	var own *errs.Error
	if errors.As(err, &own) {
		return err
	}
	var fe *fiber.Error
	switch {
	case errors.As(err, &fe):
		return fromFiber(fe)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errs.Wrap(errs.Busy, "busy", err)
	}
	if c := db.Classify(err); c == db.Transient || c == db.Lost {
		return errs.Wrap(errs.Busy, "busy", err)
	}
	return errs.Wrap(errs.Internal, "internal", err)
}

func fromFiber(fe *fiber.Error) error {
	switch fe.Code {
	case http.StatusNotFound:
		return errs.Gone()
	case http.StatusRequestEntityTooLarge:
		return errs.New(errs.TooLarge, "request.too_large")
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return errs.New(errs.Invalid, "request.method")
	case http.StatusRequestTimeout:
		return errs.New(errs.Invalid, "request.timeout")
	case http.StatusRequestHeaderFieldsTooLarge:
		return errs.New(errs.TooLarge, "request.header_too_large")
	case http.StatusUnsupportedMediaType:
		return errs.New(errs.Invalid, "request.media_type")
	case http.StatusForbidden:
		return errs.New(errs.Forbidden, "forbidden")
	}
	if fe.Code >= 500 {
		return errs.Wrap(errs.Internal, "internal", fe)
	}
	return errs.Wrap(errs.Invalid, "request.malformed", fe)
}

// ProblemOf tells err in a language. The private cause is not in it.
func ProblemOf(err error, lang, path, requestID string) *Problem {
	err = Known(err)
	p := &Problem{Status: Status(err), Detail: i18n.Error(lang, err), Code: errs.CodeOf(err), Instance: path, RequestID: requestID, retry: RetryAfterOf(err)}
	p.Type = "urn:saluran:error:" + p.Code
	p.Title = i18n.T(lang, "problem."+errs.KindOf(err).String())
	p.Decision, p.Proof = DecisionOf(err), ProofOf(err)
	var own *errs.Error
	if errors.As(err, &own) {
		for _, f := range own.Fields {
			p.Fields = append(p.Fields, ProblemField{f.Path, f.Code, i18n.FieldError(lang, f)})
		}
	}
	return p
}

// Write answers a request with a Problem.
func (p *Problem) Write(c fiber.Ctx) error {
	for k, v := range p.GetHeaders() {
		c.Set(k, v[0])
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return c.Status(p.Status).Send(b)
}
