package view

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"

	"saluran/web/kit"
)

// foundFor says what was searched for; nothing before one has.
func foundFor(ctx context.Context, q string) string {
	if q == "" {
		return ""
	}
	return t(ctx, "find.for", "q", q)
}

// foundIcon is the glyph of a record.
func foundIcon(g FoundGroup, r FoundRow) string { return cmp.Or(r.Icon, g.Icon) }

// foundSaid says how many records there are, for who does not see them.
func foundSaid(ctx context.Context, v Found) string {
	if n := v.Count(); n > 0 {
		return t(ctx, "palette.count", "n", kit.Count(ctx, int64(n)))
	}
	return t(ctx, "kit.nothing_found")
}

func escaped(q string) string { return url.QueryEscape(q) }

// optionID is the id of an option of the palette.
func optionID(group, row int) string {
	return "palette-" + strconv.Itoa(group) + "-" + strconv.Itoa(row)
}

// keys are the keys of a shortcut one by one.
func keys(s string) []string { return strings.Fields(s) }

// everywhere are the shortcuts that every page knows.
func everywhere(ctx context.Context) []Shortcut {
	return []Shortcut{{"Ctrl K", t(ctx, "shortcuts.find")}, {"/", t(ctx, "shortcuts.find")}, {"?", t(ctx, "shortcuts.help")}, {"J", t(ctx, "shortcuts.down")}, {"K", t(ctx, "shortcuts.up")},
		{"X", t(ctx, "shortcuts.pick")}, {"Enter", t(ctx, "shortcuts.open")}, {"Esc", t(ctx, "shortcuts.close")}}
}
