package view

import "context"

// foundFor says what was searched for; nothing before one has.
func foundFor(ctx context.Context, q string) string {
	if q == "" {
		return ""
	}
	return t(ctx, "find.for", "q", q)
}
