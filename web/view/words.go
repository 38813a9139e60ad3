package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/web/kit"
)

func place(city string) string {
	if city == "" {
		return ""
	}
	return " · " + city
}

func by(producer string) string { return place(producer) }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func activeWord(b bool) string {
	if b {
		return "active"
	}
	return "ended"
}

func lotLife(ctx context.Context, l LotRow) string {
	if life := (StockRow{ExpiresOn: l.ExpiresOn}).life(kit.Of(ctx).Today); life != "" && (l.Status == "ok" || l.Status == "") {
		return life
	}
	if l.Status == "" {
		return "ok"
	}
	return l.Status
}

func placeOptions(list []PlaceRow) []kit.Option {
	var out []kit.Option
	for _, p := range list {
		if p.Kind == "warehouse" {
			out = append(out, kit.Option{Value: p.ID, Label: p.Name})
		}
	}
	return out
}

func faultTone(status int) string {
	if status >= 500 || status == 403 {
		return "bad"
	}
	return "idle"
}

func faultIcon(status int) string {
	switch {
	case status == 403:
		return "lock"
	case status == 404:
		return "search"
	case status == 409:
		return "refresh"
	}
	return "alert-triangle"
}

func backWord(ctx context.Context, v Fault) string {
	if v.SignedIn {
		return t(ctx, "fault.home")
	}
	return t(ctx, "sign_in.title")
}

func until(ctx context.Context, d clock.Date) string {
	if d == "" {
		return t(ctx, "agreement.open_end")
	}
	return t(ctx, "agreement.until", "on", kit.Day(ctx, d))
}

func term(ctx context.Context, a Agreement) string {
	return kit.Day(ctx, a.From) + ", " + until(ctx, a.Until)
}
