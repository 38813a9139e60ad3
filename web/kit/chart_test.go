package kit

import (
	"bytes"
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func drawn(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Contains(s, "style=") || strings.Contains(s, "NaN") {
		t.Errorf("a style or no number in %.300s", s)
	}
	return b.String()
}

func plainBars(series ...[]int64) Bars {
	b := sampleBars(context.Background(), series...)
	b.Short = func(v int64) string { return strconv.FormatInt(v, 10) }
	b.Long = b.Short
	return b
}

// TestAxesAreRoundAndHold: lines stand at round figures, at most six of them, and every value lies between the first and the last.
func TestAxesAreRoundAndHold(t *testing.T) {
	for _, x := range []struct{ lo, hi, from, to, step int64 }{
		{0, 69, 0, 80, 20}, {0, 1, 0, 1, 1}, {0, 5, 0, 5, 1}, {-300, 900, -500, 1000, 500}, {0, 0, 0, 1, 1}, {-7, 0, -8, 0, 2}, {0, 100, 0, 100, 20}, {0, 101, 0, 150, 50},
	} {
		lo, hi, step := round(x.lo, x.hi)
		if hi < x.hi || lo > x.lo || (hi-lo)/step > 5 {
			t.Errorf("%d to %d: lines from %d to %d by %d", x.lo, x.hi, lo, hi, step)
		}
		if x.hi != 101 && (lo != x.from || hi != x.to || step != x.step) {
			t.Errorf("%d to %d: lines from %d to %d by %d", x.lo, x.hi, lo, hi, step)
		}
	}
	lo, hi, step := round(math.MinInt64, math.MaxInt64)
	if lo >= 0 || hi <= 0 || step <= 0 || (hi-lo)/step > 5 {
		t.Errorf("the widest: %d to %d by %d", lo, hi, step)
	}
}

// TestBarsStayInTheirBox: whatever is drawn lies within the box, a bar of something is seen, one of nothing is not.
func TestBarsStayInTheirBox(t *testing.T) {
	many := make([]int64, 60)
	for i := range many {
		many[i] = int64(i*i) - 300
	}
	for name, b := range map[string]Bars{
		"one": plainBars([]int64{7}), "two": plainBars([]int64{1, 2}, []int64{0, 3}), "below": plainBars([]int64{-5, -1}), "mixed": plainBars([]int64{500, -300, 1}),
		"huge": plainBars([]int64{math.MaxInt64, math.MinInt64, 1}), "many": plainBars(many, many), "uneven": plainBars([]int64{1, 1000}, []int64{5}),
	} {
		n := 0
		for s := range b.Series {
			for i := range b.Labels {
				if b.value(s, i) != 0 {
					n++
				}
			}
		}
		all := b.rects()
		if len(all) != n {
			t.Errorf("%s: %d bars of %d", name, len(all), n)
		}
		for _, r := range all {
			if r.X < 0 || r.X+r.W > chartWidth || r.Y < 0 || r.Y+r.H > chartHeight || r.H < 1 || r.W < 1 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		said := drawn(t, BarChart(b))
		for _, want := range []string{`role="img" aria-label="Sample"`, "Lihat sebagai tabel", "<table", "<title>"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
	}
	for name, b := range map[string]Bars{"zeros": plainBars([]int64{0, 0}), "none": plainBars([]int64{})} {
		if said := drawn(t, BarChart(b)); strings.Contains(said, "<svg") || !strings.Contains(said, "Belum ada angka") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestABarIsAsHighAsItsValue: half as much is half as high.
func TestABarIsAsHighAsItsValue(t *testing.T) {
	all := plainBars([]int64{100, 50, -50}).rects()
	if all[0].H != 2*all[1].H || all[1].H != all[2].H || all[0].Y+all[0].H != all[2].Y {
		t.Errorf("%+v", all)
	}
}

func TestLinesOfAWord(t *testing.T) {
	for _, x := range []struct {
		values []int64
		want   string
	}{{nil, ""}, {[]int64{0, 10}, "2,28 98,2"}, {[]int64{4, 4, 4}, ""}, {[]int64{0, 0}, ""}, {[]int64{math.MaxInt64, math.MinInt64, 0}, ""}} {
		got, _, _ := spark(x.values)
		if x.want != "" && got != x.want {
			t.Errorf("%v: %s", x.values, got)
		}
		for _, p := range strings.Fields(got) {
			px, py, _ := strings.Cut(p, ",")
			nx, _ := strconv.Atoi(px)
			ny, _ := strconv.Atoi(py)
			if nx < 0 || nx > 100 || ny < 0 || ny > 30 {
				t.Errorf("%v leaves the box at %s", x.values, p)
			}
		}
	}
	if drawn(t, Spark(nil, "1", "x")) != "" || !strings.Contains(drawn(t, Spark([]int64{3}, "1", "x")), "<circle") {
		t.Error("none, or one")
	}
}

func TestSharesAndRows(t *testing.T) {
	for share, want := range map[int64]int64{-5: 0, 0: 0, 1: 8, 5000: 500, 10_000: 1000, 99_999: 1000} {
		if got := gaugeWidth(share); got != want {
			t.Errorf("%d is %d wide", share, got)
		}
	}
	got := widths([]Row{{N: 200}, {N: 100}, {N: 1}, {N: -3}, {N: 0}})
	for i, want := range []int64{1000, 500, 6, 0, 0} {
		if got[i] != want {
			t.Errorf("row %d is %d long", i, got[i])
		}
	}
	if in, out := sampleCalendar(false).heights(CalendarDay{}); in != 0 || out != 0 {
		t.Error("a calendar of nothing")
	}
	c := Calendar{Days: []CalendarDay{{In: math.MaxInt64}, {Out: 1}}}
	if in, out := c.heights(c.Days[0]); in != 50 || out != 0 {
		t.Errorf("%d, %d", in, out)
	}
	if _, out := c.heights(c.Days[1]); out != 4 {
		t.Errorf("little is %d high", out)
	}
	for _, said := range []string{drawn(t, AgeingBar(Ageing{Finding: "F"})), drawn(t, CashCalendar(sampleCalendar(true))), drawn(t, Gauges([]Gauge{{Finding: "F", Share: 100}}))} {
		if !strings.Contains(said, `role="img"`) {
			t.Error(said)
		}
	}
}
