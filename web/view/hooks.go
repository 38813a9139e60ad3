package view

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/web/kit"
)

// Keys is the page of the API's keys.
type Keys struct {
	Rows   []KeyRow
	Groups []ScopeGroup
	Form   kit.Form
	Secret string // just made: shown once
}

// KeyRow is a key.
type KeyRow struct {
	ID, Name, Prefix, Maker, Status  string
	Scopes                           []string
	Created, Expires, Used, OldUntil clock.Instant
	Mine                             bool
}

// ScopeGroup is an object with what a key may be allowed to do to it.
type ScopeGroup struct {
	Object string
	Scopes []Choice
}

// Choice is a box to tick.
type Choice struct {
	Value string
	On    bool
}

// Hooks is the page of the endpoints.
type Hooks struct {
	Rows   []HookRow
	Topics []Choice
	Form   kit.Form
	URL    string
}

// HookRow is an endpoint.
type HookRow struct {
	ID, URL, Status, Reason string
	Topics                  []string
	Failing, OldUntil       clock.Instant
	Fails                   int64
	Version                 string
	Replays                 bool
}

// Hook is the page of one endpoint with its log.
type Hook struct {
	List
	HookRow
	Choices []Choice
	Form    kit.Form
	Secret  string
	Filter  string
	Log     []DeliveryRow
	Today   clock.Date
}

// DeliveryRow is a message in the log.
type DeliveryRow struct {
	ID, Message, Topic, Status, Problem, Doc string
	Attempts, Code                           int64
	Created, Next                            clock.Instant
}

// Sent is the page of one message.
type Sent struct {
	DeliveryRow
	Hook  string
	Body  string
	Tries []Try
	Form  kit.Form
}

// Try is one attempt.
type Try struct {
	N, TookMS, Code  int64
	At               clock.Instant
	Problem, Excerpt string
}

func anyOn(all []Choice) bool { return slices.ContainsFunc(all, func(c Choice) bool { return c.On }) }

// scopeName says order:place as "place" in the reader's language, where the catalogue has a word, and in the key's own otherwise.
func scopeName(ctx context.Context, scope string) string {
	_, act, _ := strings.Cut(scope, ":")
	switch act {
	case "read", "write":
		return t(ctx, "scope."+act)
	}
	return scope
}

func scopeNames(_ context.Context, scopes []string) string { return strings.Join(scopes, ", ") }

func code(n int64) string {
	if n == 0 {
		return "–"
	}
	return strconv.FormatInt(n, 10)
}

// saveWord is what saving an endpoint means: one that the portal has switched off is switched on by it.
func saveWord(status string) string {
	if status == "disabled" {
		return "hook.activate"
	}
	return "kit.save"
}
