// Package errs is the one error type of the portal.
//
// An error says who has to act (Kind), which rule it was (Code: stable, dotted, translated in the string catalogue), which
// values belong into the sentence (Args), which fields of the input are meant, and, for the log only, the private cause.
package errs

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"saluran/internal/egress"
)

// Kind says who has to act on an error. One table in httpx maps it to an HTTP status.
type Kind int

// Kinds, from the mildest to the gravest.
const (
	Invalid         Kind = iota + 1 // the sender corrects the input: 422
	Unauthenticated                 // the sender signs in: 401
	Forbidden                       // the sender asks for the right: 403
	NotFound                        // it does not exist, or may not be seen: 404
	Conflict                        // the state changed meanwhile: read again, decide again: 409
	TooLarge                        // 413
	Busy                            // try again later, unchanged: 503 with Retry-After
	Internal                        // we look into the log: 500
)

var kindNames = map[Kind]string{Invalid: "invalid", Unauthenticated: "unauthenticated", Forbidden: "forbidden",
	NotFound: "not_found", Conflict: "conflict", TooLarge: "too_large", Busy: "busy", Internal: "internal"}

func (k Kind) String() string { return kindNames[k] }

// Args are the values that a translated sentence names, for instance {"sku": "KB165", "left": "9"}.
type Args map[string]string

// Field is one bad input: its path in the request ("lines[2].qty") and the code of what is wrong with it.
type Field struct {
	Path string
	Code string
	Args Args
}

// Error is the error that every package of the portal returns to its caller.
type Error struct {
	Kind   Kind
	Code   string // e.g. "order.credit_exceeded"
	Args   Args
	Fields []Field
	cause  error
}

// New makes an error of a kind with a code; args come as pairs: New(Invalid, "order.qty_zero", "line", "3").
func New(k Kind, code string, args ...string) *Error {
	return &Error{Kind: k, Code: code, Args: pairs(args)}
}

// Wrap is New with a private cause, which the log shows and the user never sees.
func Wrap(k Kind, code string, cause error, args ...string) *Error {
	return &Error{Kind: k, Code: code, Args: pairs(args), cause: cause}
}

// OnFields is an Invalid error that names the fields that are wrong.
func OnFields(code string, fields ...Field) *Error {
	e := &Error{Kind: Invalid, Code: code, Fields: fields}
	if len(fields) == 1 && fields[0].Code == code { // the same sentence twice: the one above the fields needs its arguments too
		e.Args = fields[0].Args
	}
	return e
}

// F makes a Field.
func F(path, code string, args ...string) Field {
	return Field{Path: path, Code: code, Args: pairs(args)}
}

func pairs(a []string) Args {
	if len(a) == 0 {
		return nil
	}
	m := Args{}
	for i := 0; i+1 < len(a); i += 2 {
		m[a[i]] = a[i+1]
	}
	if egress.Watched() {
		egress.Out(egress.Error, "", []byte(strings.Join(a, " ")))
	}
	return m
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	keys := make([]string, 0, len(e.Args))
	for k := range e.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%q", k, e.Args[k])
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Path, f.Code)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.cause }

// KindOf is the kind of the first Error in err's chain; Internal where there is none; 0 for nil.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf is the code of the first Error in err's chain, "internal" where there is none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return "internal"
}

// Is tells whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Gone is what is answered for an id that does not exist, and for one that the viewer may not see: the same.
func Gone() *Error { return New(NotFound, "not_found") }
