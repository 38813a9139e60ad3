package view

import (
	"context"
	"strconv"
	"strings"

	"saluran/web/kit"
)

// LinesAtOnce is how many lines of a document a page shows.
const LinesAtOnce = 100

// Part is which lines of a document a page shows: From to To of All, counted from 1.
type Part struct {
	From, To, All int
	path          string
}

// PartOf is the part of a document of so many lines that begins with the line that the reader asked for; the first where that
// is no number or none of its lines.
func PartOf(path, from string, all int) Part {
	n, err := strconv.Atoi(from)
	if err != nil || n < 1 || n > all {
		n = 1
	}
	return Part{From: n, To: min(n+LinesAtOnce-1, all), All: all, path: path}
}

// Whole is true where the page shows all there is.
func (p Part) Whole() bool { return p.To-p.From+1 >= p.All }

func (p Part) at(line int) string {
	sep := "?"
	if strings.Contains(p.path, "?") {
		sep = "&"
	}
	return p.path + sep + "line=" + strconv.Itoa(max(line, 1)) + "#h-lines"
}

func (p Part) said(ctx context.Context, key string) string {
	n := func(i int) string { return kit.Count(ctx, int64(i)) }
	return t(ctx, key, "from", n(p.From), "to", n(p.To), "all", n(p.All))
}
