package kit

import "context"

func alertRole(tone string) string {
	if tone == "bad" || tone == "warn" {
		return "alert"
	}
	return "status"
}

func alertIcon(tone string) string {
	switch tone {
	case "bad", "warn":
		return "alert-triangle"
	case "ok":
		return "circle-check"
	}
	return "info-circle"
}

// Meter parts: Share is in hundredths of a percent of the whole, Fill is 1 to 5, bad or warn.
type MeterPart struct {
	Share int64
	Fill  string
}

// bar is a part with its place, in ten-thousandths of the width, a gap between parts.
type bar struct {
	x, w int64
	fill string
}

func bars(parts []MeterPart) []bar {
	var out []bar
	x := int64(0)
	for _, p := range parts {
		w := min(p.Share, 10000-x)
		if w <= 0 {
			continue
		}
		out = append(out, bar{x, max(w-50, 30), p.Fill})
		x += w
	}
	return out
}

// Step of a stage bar: State is done, now, stop or "".
type Step struct{ Text, When, State string }

// LanePoint is a place in time above the lanes.
type LanePoint struct{ Text, When string }

// LaneCell says who it is at a point: Tone is seller, buyer, transit, money, paid, plan or none.
type LaneCell struct{ Text, Tone string }

// Lane is one row: owner, holder, risk or money.
type Lane struct {
	Name  string
	Icon  string
	Cells []LaneCell
}

// Event of a timeline; When is a finished text, At the machine's form of it.
type Event struct {
	Tone, Icon, Text, When, At, Sub string
	Href, Note                      string // Note is what somebody wrote about it
}

// Legend row below a meter.
type Legend struct {
	Fill, Text, Value, Title, Share string
}

func other(lang string) string {
	if lang == "en" {
		return "id"
	}
	return "en"
}

func langName(lang string) string {
	if lang == "en" {
		return "EN"
	}
	return "ID"
}

// bellCount is how many notices wait; a hundred are said as more than 99.
func bellCount(ctx context.Context, n int64) string {
	if n >= 100 {
		return "99+"
	}
	return Count(ctx, n)
}
