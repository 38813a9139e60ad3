package view

import (
	"context"

	"github.com/a-h/templ"
)

// outboxWords are the sentences that the page for no signal says by itself: it has no catalogue, and asks nobody.
func outboxWords(ctx context.Context) templ.Attributes {
	out := templ.Attributes{}
	for _, w := range []string{"resend", "anyway", "edit", "remove", "close", "hold", "as_of", "n_lines", "changed", "gone", "terms_changed", "kept", "sure", "reused", "taken", "other_lines", "qty_of"} {
		out["data-"+w] = t(ctx, "device.w_"+w)
	}
	out["data-holds"] = t(ctx, "cart.pack")
	return out
}

// packPath is where a device finds what it keeps of a pair.
func packPath(p Pair) string { return "/m/goods?" + p.query() }
