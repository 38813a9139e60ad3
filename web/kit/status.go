package kit

import (
	"maps"
	"slices"
)

// Tones are meanings, not colours: ok, info, viol, warn, bad, idle.
type look struct{ tone, icon string }

// looks is the one place where a state gets its tone and its glyph. The word is the catalogue's status.<kind>.<code>.
var looks = map[string]map[string]look{
	"order": {
		"draft": {"idle", "pencil"}, "placed": {"warn", "clock"}, "credit_hold": {"bad", "alert-triangle"}, "confirmed": {"ok", "check"},
		"part_dispatched": {"info", "truck-delivery"}, "dispatched": {"info", "truck-delivery"}, "delivered": {"ok", "package"},
		"invoiced": {"info", "file-invoice"}, "paid": {"ok", "circle-check"}, "closed": {"idle", "archive"},
		"rejected": {"bad", "x"}, "cancelled": {"idle", "ban"}, "expired": {"idle", "clock"}, "returned": {"viol", "truck-return"},
	},
	"shipment": {
		"taken_back": {"viol", "truck-return"},
		"in_transit": {"info", "truck-delivery"}, "dispatched": {"info", "truck-delivery"}, "part_received": {"warn", "package"},
		"received": {"ok", "check"}, "returned": {"viol", "truck-return"}, "difference": {"bad", "alert-triangle"}, "lost": {"bad", "alert-triangle"},
		"closed": {"ok", "check"}, "open": {"info", "truck-delivery"}, "refused": {"bad", "ban"}, "waits": {"warn", "truck-return"},
	},
	"invoice": {
		"open": {"warn", "clock"}, "issued": {"warn", "clock"}, "part_paid": {"info", "coin"}, "part": {"info", "coin"}, "paid": {"ok", "circle-check"},
		"settled": {"ok", "circle-check"}, "overdue": {"bad", "alert-triangle"}, "late": {"warn", "clock"}, "credited": {"idle", "receipt"},
		"credit": {"viol", "receipt"}, "cancelled": {"idle", "ban"}, "applied": {"ok", "check"},
	},
	"credit_note": {"open": {"viol", "receipt"}, "part": {"viol", "receipt"}, "used": {"idle", "check"}},
	"payment": {
		"applied": {"ok", "check"}, "written_off": {"idle", "ban"},
		"reported": {"warn", "clock"}, "confirmed": {"ok", "circle-check"}, "rejected": {"bad", "x"}, "failed": {"bad", "alert-triangle"},
		"bounced": {"bad", "alert-triangle"},
	},
	"job": {
		"cancelling": {"idle", "ban"},
		"queued":     {"idle", "clock"}, "waiting": {"idle", "clock"}, "running": {"info", "refresh"}, "done": {"ok", "check"}, "failed": {"bad", "alert-triangle"},
		"cancelled": {"idle", "ban"}, "ready": {"ok", "check"},
	},
	"schedule": {"on": {"ok", "check"}, "paused": {"idle", "clock"}, "stopped": {"bad", "alert-triangle"}, "ended": {"idle", "archive"}},
	"lot":      {"ok": {"ok", "check"}, "active": {"ok", "check"}, "blocked": {"bad", "lock"}, "expired": {"bad", "alert-triangle"}, "recalled": {"bad", "alert-triangle"}, "soon": {"warn", "clock"}, "none": {"idle", "minus"}, "zero": {"idle", "minus"}},
	"credit":   {"enough": {"ok", "check"}, "near": {"warn", "clock"}, "short": {"bad", "alert-triangle"}, "none": {"idle", "minus"}},
	"agreement": {"in_force": {"ok", "check"}, "proposed": {"warn", "clock"}, "future": {"info", "clock"}, "ended": {"idle", "archive"}, "none": {"bad", "alert-triangle"},
		"declined": {"bad", "x"}, "withdrawn": {"idle", "ban"}},
	"appointment": {"in_force": {"ok", "check"}, "future": {"info", "clock"}, "ended": {"idle", "archive"}},
	"price":       {"in_force": {"ok", "check"}, "future": {"info", "clock"}, "ended": {"idle", "archive"}},
	"bank":        {"main": {"ok", "check"}, "used": {"info", "check"}, "ended": {"idle", "archive"}},
	"link":        {"active": {"ok", "check"}, "ended": {"idle", "ban"}},
	"stock":       {"enough": {"ok", "check"}, "low": {"warn", "clock"}, "none": {"bad", "ban"}, "service": {"info", "user"}},
	"key":         {"active": {"ok", "check"}, "expired": {"idle", "clock"}, "ended": {"idle", "ban"}},
	"hook":        {"active": {"ok", "check"}, "failing": {"warn", "alert-triangle"}, "paused": {"idle", "clock"}, "disabled": {"bad", "ban"}},
	"delivery":    {"queued": {"warn", "clock"}, "delivered": {"ok", "check"}, "failed": {"bad", "alert-triangle"}},
	"row":         {"new": {"ok", "plus"}, "changed": {"info", "pencil"}, "same": {"idle", "check"}, "known": {"idle", "check"}, "bad": {"bad", "alert-triangle"}, "conflict": {"warn", "alert-triangle"}},
	"sharing": {"offered": {"warn", "clock"}, "active": {"ok", "check"}, "declined": {"bad", "x"}, "withdrawn": {"idle", "ban"}, "ended": {"idle", "archive"},
		"expired": {"idle", "clock"}},
	"application": {"unconfirmed": {"idle", "clock"}, "new": {"warn", "clock"}, "asked": {"info", "pencil"}, "approved": {"ok", "check"}, "refused": {"bad", "x"},
		"withdrawn": {"idle", "ban"}},
	"visit":  {"due": {"idle", "clock"}, "open": {"info", "pencil"}, "order": {"ok", "circle-check"}, "none": {"warn", "x"}, "closed": {"idle", "lock"}, "missed": {"bad", "alert-triangle"}},
	"active": {"yes": {"ok", "check"}, "no": {"idle", "ban"}},
}

// Status says how a state is shown: tone, glyph and the key of its word. A state that is not known is shown calmly.
func Status(kind, code string) (tone, icon, key string) {
	key = "status." + kind + "." + code
	if l, ok := looks[kind][code]; ok {
		return l.tone, l.icon, key
	}
	return "idle", "dots", key
}

// Kinds are the kinds of things that have states, sorted; Codes are the states of one.
func Kinds() []string { return slices.Sorted(maps.Keys(looks)) }

// Codes are the states of a kind, sorted.
func Codes(kind string) []string { return slices.Sorted(maps.Keys(looks[kind])) }
