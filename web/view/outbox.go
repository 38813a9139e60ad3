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
	for _, w := range []string{"outside", "as_own", "over", "without", "visit_kept", "since", "n_counted", "order_kept", "reused_visit", "bad_count", "waits", "decide",
		"photo_bad", "photo_full", "photo_with", "photo_off", "photo_n", "changed_visit"} {
		out["data-"+w] = t(ctx, "away.w_"+w)
	}
	for w, key := range map[string]string{"holds": "cart.pack", "going": "status.visit.open", "sent": "device.state_sent", "check_in": "visit.check_in", "go_on": "visit.go_on", "need_result": "err.visit.result",
		"need_reason": "err.visit.reason", "need_order": "err.visit.needs_order", "has_order": "err.visit.has_order", "result_order": "visit.result_order", "result_none": "visit.result_none",
		"result_closed": "visit.result_closed"} {
		out["data-"+w] = t(ctx, key)
	}
	return out
}

// packPath is where a device finds what it keeps of a pair.
func packPath(p Pair) string { return "/m/goods?" + p.query() }
