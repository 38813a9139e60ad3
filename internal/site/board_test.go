package site

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/report"
)

// TestTheFirstPageDoesNotContradictItself: goods that run low are not "enough" beside the line that says so, no bar is called by the
// number of a week, and nothing is held against days in which there was nothing.
func TestTheFirstPageDoesNotContradictItself(t *testing.T) {
	d := &report.Desk{Currency: "IDR", Cover: &report.Cover{}, Margin: &report.Margin{Days: 90}, Span: report.SpanOf(report.Quarter, "2026-11-23")}
	b := board{&request{lang: "en", today: clock.Date("2026-11-23")}, d}
	require.Equal(t, "All goods last 7 days or more", b.enough())
	d.Cover.Out = 1
	require.Contains(t, b.enough(), "1 goods are running low")
	short, full := b.bucketLabel(d.Span.Buckets[0])
	require.Equal(t, []string{"1 Oct", "1 Oct – 4 Oct 2026"}, []string{short, full})
	delta, tone, note := b.change(100, 0, 1)
	require.Equal(t, []string{"", "", b.period()}, []string{delta, tone, note})
	require.Equal(t, "26 Aug – 23 Nov 2026", b.marginDays())
}
