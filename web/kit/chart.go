package kit

import (
	"math"
	"strconv"
	"strings"
)

// Pictures are drawn by the server as SVG that stretches with its box; words and figures stand beside it as text, so that they
// keep their size on a phone. Each picture says in one sentence what it shows (Finding), and has its figures as a table.

// Series is one row of figures; Fill is a colour of the charts: 1 to 4, c5, bad or warn.
type Series struct {
	Name, Fill string
	Values     []int64
}

// Bars are groups of bars: a group for each label, a bar for each series.
type Bars struct {
	Finding string
	Head    string   // what the labels are, for the table
	Labels  []string // on the axis
	Full    []string // in the table and beside the pointer; nil: the labels
	Series  []Series
	Short   func(int64) string // on the axis
	Long    func(int64) string // in the table and beside the pointer
}

// The box in which bars are drawn, in units of its own.
const (
	chartWidth  = 1000
	chartHeight = 240
)

// rect is a bar in the box.
type rect struct {
	X, Y, W, H  int64
	Fill, Title string
}

// tick is a line of the axis.
type tick struct {
	Y    int64
	Text string
	Zero bool
}

func (b Bars) full(i int) string {
	if i < len(b.Full) {
		return b.Full[i]
	}
	return b.Labels[i]
}

func (b Bars) value(s, i int) int64 {
	if i < len(b.Series[s].Values) {
		return b.Series[s].Values[i]
	}
	return 0
}

// empty tells whether there is nothing to draw.
func (b Bars) empty() bool {
	for s := range b.Series {
		for i := range b.Labels {
			if b.value(s, i) != 0 {
				return false
			}
		}
	}
	return true
}

// axis is the lowest and the highest line, and the step between lines.
func (b Bars) axis() (lo, hi, step int64) {
	for s := range b.Series {
		for i := range b.Labels {
			lo, hi = min(lo, b.value(s, i)), max(hi, b.value(s, i))
		}
	}
	return round(lo, hi)
}

// round widens a range to lines at round figures, at most five steps apart.
func round(lo, hi int64) (int64, int64, int64) {
	lo, hi = max(lo, -math.MaxInt64/4), min(hi, math.MaxInt64/4) // what is larger than any sum of money stops at the edge
	step := int64(1)
	for mult := []int64{2, 5, 10}; ; {
		fits := func(n int64) bool { return up(hi, n)-down(lo, n) <= 5*n }
		if fits(step) {
			break
		}
		base := step
		for _, m := range mult {
			if step = base * m; fits(step) {
				break
			}
		}
	}
	lo, hi = down(lo, step), up(hi, step)
	if lo == hi {
		hi = lo + step
	}
	return lo, hi, step
}

func up(v, n int64) int64 {
	if v <= 0 {
		return -(-v / n) * n
	}
	return (v + n - 1) / n * n
}

func down(v, n int64) int64 { return -up(-v, n) }

// place is where a value stands in a height of full units: 0 is the top.
func place(v, lo, hi, full int64) int64 {
	v = min(max(v, lo), hi)
	span := hi - lo
	if span <= 0 {
		return full
	}
	for span > math.MaxInt64/(4*full) { // far beyond what a screen can tell apart
		span, v, lo, hi = span/2, v/2, lo/2, hi/2
	}
	return full - (v-lo)*full/span
}

func (b Bars) ticks() (out []tick) {
	lo, hi, step := b.axis()
	for v := hi; v >= lo; v -= step {
		out = append(out, tick{place(v, lo, hi, chartHeight), b.Short(v), v == 0})
		if v < math.MinInt64+step {
			break
		}
	}
	return out
}

// rects are the bars of all groups.
func (b Bars) rects() (out []rect) {
	if len(b.Labels) == 0 || len(b.Series) == 0 {
		return nil
	}
	lo, hi, _ := b.axis()
	group := int64(chartWidth / len(b.Labels))
	each := min(group*6/10/int64(len(b.Series)), 60)
	each = max(each, 2)
	zero := place(0, lo, hi, chartHeight)
	for i := range b.Labels {
		left := int64(i)*chartWidth/int64(len(b.Labels)) + (group-each*int64(len(b.Series)))/2
		for s := range b.Series {
			v := b.value(s, i)
			if v == 0 {
				continue
			}
			y := place(v, lo, hi, chartHeight)
			r := rect{X: left + int64(s)*each, Y: min(y, zero), W: max(each-2, 1), H: max(y-zero, zero-y), Fill: b.Series[s].Fill,
				Title: b.full(i) + " · " + b.Series[s].Name + ": " + b.Long(v)}
			if r.H < 2 { // little is not nothing
				r.H = 2
				r.Y = min(r.Y, chartHeight-2)
			}
			out = append(out, r)
		}
	}
	return out
}

// thin tells which labels stand aside on a phone.
func (b Bars) thin(i int) bool {
	every := (len(b.Labels) + 6) / 7
	return every > 1 && i%every != 0
}

// spark is a line through values in a box of 100 by 30; x and y of the last point, too.
func spark(values []int64) (points string, x, y int64) {
	if len(values) == 0 {
		return "", 0, 0
	}
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	if lo == hi {
		lo, hi = lo/2-1, hi/2+1 // a level line runs through the middle
		if values[0] > hi {
			hi = values[0]
		} else {
			lo = min(lo, values[0])
		}
	}
	lo, hi = max(lo, -math.MaxInt64/4), min(hi, math.MaxInt64/4)
	var b strings.Builder
	for i, v := range values {
		x = 2
		if len(values) > 1 {
			x = 2 + int64(i)*96/int64(len(values)-1)
		}
		y = 2 + place(v, lo, hi, 26)
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(x, 10) + "," + strconv.FormatInt(y, 10))
	}
	return b.String(), x, y
}

// Figure is a card with one number. Value is shown, Title is the same in full; Delta says how it stands to the time before, with a tone (ok,
// bad, or "" where more is neither good nor bad).
type Figure struct {
	Label, Value, Title string
	Delta, Tone, Note   string
	Href                string
	Spark               []int64
	Fill                string
	Finding             string
}

// Gauge is a share of a whole, in hundredths of a percent, with a mark where it should be (0: none). Fill is a colour of the charts.
type Gauge struct {
	Text, Href  string
	Share, Goal int64
	Fill        string
	Value       string // what stands behind the bar
	Title       string
	Finding     string
}

// gaugeWidth is how far a bar of a share goes in a thousand: what is above the whole fills it.
func gaugeWidth(share int64) int64 {
	if share <= 0 {
		return 0
	}
	return max(8, min(share, 10_000)/10)
}

// Row is a bar that lies: one of several that are compared.
type Row struct {
	Text, Href, Sub string
	N               int64
	Value, Title    string
	Fill            string
}

// widths are how long bars that lie are, in a thousand of the longest; what is below zero has none.
func widths(rows []Row) []int64 {
	most := int64(0)
	for _, r := range rows {
		most = max(most, r.N)
	}
	out := make([]int64, len(rows))
	for i, r := range rows {
		if r.N > 0 {
			out[i] = max(6, 1000-place(r.N, 0, most, 1000))
		}
	}
	return out
}

// Ageing is a whole cut into parts that lie one behind the other, with a legend that says each of them.
type Ageing struct {
	Finding string
	Parts   []AgePart
}

// AgePart is one of them: N its amount, Share of the whole in hundredths of a percent.
type AgePart struct {
	Text, Fill   string
	Share        int64
	Value, Title string
	Percent      string
	Href         string
}

func (a Ageing) meter() (out []MeterPart) {
	for _, p := range a.Parts {
		out = append(out, MeterPart{p.Share, p.Fill})
	}
	return out
}

// CalendarDay is a day of a calendar of money: In comes, Out goes.
type CalendarDay struct {
	Number          string
	Name            string // the whole date
	In, Out         int64
	Today, Past     bool
	InText, OutText string
	InSub, OutSub   string // what more is to be said of the two; "" for nothing
}

// Calendar is weeks of seven days, from Monday.
type Calendar struct {
	Finding       string
	Days          []CalendarDay
	In, Out       string // names of the two
	InSum, OutSum string
	Note          string // what the two leave out
	Weekdays      []string
}

// heights are how high the bars of a day are in a box of 100 units, of which the upper half is what comes in.
func (c Calendar) heights(d CalendarDay) (in, out int64) {
	most := int64(0)
	for _, x := range c.Days {
		most = max(most, x.In, x.Out)
	}
	high := func(v int64) int64 {
		if v <= 0 {
			return 0
		}
		return max(4, 50-place(v, 0, most, 50))
	}
	return high(d.In), high(d.Out)
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

// dueText is what is said of a day beside the pointer.
func dueText(d CalendarDay) (out string) {
	for _, x := range []struct {
		n    int64
		text string
	}{{d.In, "+" + d.InText}, {d.Out, "−" + d.OutText}} {
		if x.n != 0 {
			out += " · " + x.text
		}
	}
	return out
}
