package view

import (
	"context"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/web/kit"
)

// AuditValue is a value before and after.
type AuditValue struct{ Of, Field, Before, After string }

// AuditRow is one thing that somebody did.
type AuditRow struct {
	At              clock.Instant
	Who             string
	Action          string
	Doc             Ref
	Href            string // "" where the document has no page
	OnBehalf        Ref
	Address, Client string
	Session, Key    string
	Seq             string
	Values          []AuditValue
}

// Audit is the page of what was done.
type Audit struct {
	List
	Rows                                    []AuditRow
	Person, Action, Doc, OnBehalf, From, To string
	People, Actions, Behalves               []kit.Option
	NoDocument                              bool
	CanExport                               bool
}

// Did says an action in the reader's words: its own name where there are none.
func Did(ctx context.Context, action string) string {
	if action == "reversal" {
		action = "journal.reversed"
	}
	kind, done, ok := strings.Cut(strings.TrimSuffix(action, "!backdated"), ".")
	lang := kit.Of(ctx).Lang
	if !ok || !i18n.Has(lang, "audit.of."+kind) || !i18n.Has(lang, "audit.did."+done) {
		return action
	}
	return t(ctx, "audit.of."+kind) + " " + t(ctx, "audit.did."+done)
}

func shown(ctx context.Context, v string) string {
	if v == "" {
		return t(ctx, "audit.empty_value")
	}
	return v
}
