package view

import (
	"net/url"
	"strconv"

	"saluran/web/kit"
)

// ChannelMap is a channel as a picture, and the same as a list: who sells to the reader, the reader, who buys from it, and what these
// share of what is below them.
type ChannelMap struct {
	ID, Name, Lead     string
	Channels           []kit.Tab // where the reader stands in several
	On                 string
	Today              bool
	Fields             []kit.Field
	Keep               [][2]string // what the form carries on
	Measures           []kit.Tab
	Figures            []kit.Figure
	Cols               []MapCol
	Gaps               []MapGap // between the columns
	Height             int      // of the tallest column, in pixels
	Finding            string
	Panel              MapPanel
	Rows               []MapRow
	Sum                MapRow
	Hidden             []string // tiers of which the reader sees nobody
	Money, Goods       bool
	Region, AllHref    string // the region that is shown alone, and the way back
	Next, First        string
	Export, Currencies bool
	CurrencyTabs       []kit.Tab
	Empty              bool
	Left               int64 // partners that are not drawn
	LateLeft           bool
	Shares             bool // somebody shares something
	Filter             [][2]string
}

// scheduleHref is where the map, as it is shown, is sent from by the calendar.
func (v ChannelMap) scheduleHref() string {
	q, keep := url.Values{"list": {"channel-map"}, "map": {v.ID}}, url.Values{}
	for _, x := range v.Filter {
		if x[0] != "on" && x[1] != "" { // each time it is of that day
			keep.Set(x[0], x[1])
		}
	}
	if len(keep) > 0 {
		q.Set("query", keep.Encode())
	}
	return "/schedules/new?" + q.Encode()
}

// MapCol is a column of the picture.
type MapCol struct {
	Head, Sub string
	Nodes     []MapCard
}

// MapCard is a member in the picture, or several together. Its height is always the same: the lines between cards are drawn by it.
type MapCard struct {
	Href, Name, Sub, Value, Title string
	Look                          string // self, group, quiet, late, ghost
	Bar                           int64  // of the largest of its column, in thousandths; -1: none
	Current                       bool
	Late                          string
	Icon                          string
}

// MapGap is the lines between two columns.
type MapGap struct{ Lines []MapLine }

// MapLine is a link.
type MapLine struct {
	From, To int // heights of its ends, in pixels
	Wide     int // 1 to 8
	Look     string
}

// path is the way of the line through a box that is 100 wide.
func (l MapLine) path() string {
	a, b := strconv.Itoa(l.From), strconv.Itoa(l.To)
	return "M0 " + a + "C50 " + a + " 50 " + b + " 100 " + b
}

func (l MapLine) class() string { return "w" + strconv.Itoa(l.Wide) + " " + l.Look }

// MapPanel says all about one node.
type MapPanel struct {
	Title, Sub string
	Pills      []MapPill
	Facts      []MapFact
	TermsHead  string
	Terms      []MapFact
	SharedHead string
	Shared     []kit.Legend
	SharedHref string
	Links      []MapLink
	Note       string
	Close      string
	Chosen     bool
}

// MapFact is a figure with its word.
type MapFact struct{ Word, Value, Note string }

// MapPill is a state.
type MapPill struct{ Tone, Icon, Text string }

// MapLink leads on.
type MapLink struct{ Href, Icon, Text string }

// MapRow is a node in the list.
type MapRow struct {
	Href, Name, Sub          string
	Group                    string // said above the first row of its side
	Terms                    string
	Sales, Dues, Late, Stock string
	Known, HasLate           bool
	Waits, Quiet             bool
	Shared                   string
	Current                  bool
}

func (v ChannelMap) height() string { return strconv.Itoa(v.Height) }

// columns is how many columns the list has.
func (v ChannelMap) columns() int {
	n := 2
	if v.Money {
		n += 3
	}
	if v.Goods {
		n++
	}
	return n
}
