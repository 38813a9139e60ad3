package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/web/view"
)

// How many cards a column has at most: the largest partners by name, then regions that stand for the others. A card takes cardPitch pixels.
const (
	mostCards  = 14
	mostAlone  = 7
	mostGroups = 6
	cardPitch  = 76
)

// group is partners that stand together in the picture.
type mapGroup struct {
	city  string
	rest  bool // of all other regions, or of the region that is shown
	nodes []report.MapNode
}

// mapDrawing is the picture in the making: whom the reader buys from, the reader, whom it sells to, and what these share.
type mapDrawing struct {
	*mapPage
	nodes    []report.MapNode
	alone    map[string][]*report.MapNode // by side
	groups   map[string][]mapGroup
	unlinked []*report.MapNode
}

func (d *mapDrawing) layout() {
	d.alone, d.groups = map[string][]*report.MapNode{}, map[string][]mapGroup{}
	by := map[string][]*report.MapNode{}
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.Link == 0 {
			d.unlinked = append(d.unlinked, n)
			continue
		}
		by[n.Side] = append(by[n.Side], n)
	}
	for side, all := range by {
		d.split(side, all)
	}
}

// split shows a side's partners each, or, where they are many, the largest, the chosen one, and the others by region.
func (d *mapDrawing) split(side string, all []*report.MapNode) {
	if len(all) <= mostCards {
		d.alone[side] = all
		return
	}
	top := mostAlone
	if d.region != nil {
		top = mostCards - 2
	}
	first, others := slices.Clone(all[:top]), []*report.MapNode{}
	for _, n := range all[top:] {
		if n.Org == d.chosen {
			first = append(first, n)
		} else {
			others = append(others, n)
		}
	}
	d.alone[side] = first
	if d.region != nil || side == "seller" {
		d.groups[side] = []mapGroup{{rest: true, nodes: nodesOf(others)}}
		return
	}
	of := map[string]*mapGroup{}
	var groups []*mapGroup
	for _, n := range others {
		if of[n.City] == nil {
			of[n.City] = &mapGroup{city: n.City}
			groups = append(groups, of[n.City])
		}
		of[n.City].nodes = append(of[n.City].nodes, *n)
	}
	slices.SortStableFunc(groups, func(a, b *mapGroup) int {
		return cmp.Or(cmp.Compare(d.groupValue(b.nodes), d.groupValue(a.nodes)), cmp.Compare(len(b.nodes), len(a.nodes)), strings.Compare(a.city, b.city))
	})
	rest := mapGroup{rest: true}
	for i, g := range groups {
		if i < mostGroups-1 || len(groups) == mostGroups {
			d.groups[side] = append(d.groups[side], *g)
		} else {
			rest.nodes = append(rest.nodes, g.nodes...)
		}
	}
	if len(rest.nodes) > 0 {
		d.groups[side] = append(d.groups[side], rest)
	}
}

func nodesOf(all []*report.MapNode) []report.MapNode {
	out := make([]report.MapNode, len(all))
	for i, n := range all {
		out[i] = *n
	}
	return out
}

func (d *mapDrawing) groupValue(nodes []report.MapNode) (v int64) {
	for i := range nodes {
		v += nodes[i].Value(d.m.Measure)
	}
	return v
}

// cards are the nodes that stand alone.
func (d *mapDrawing) cards() []*report.MapNode {
	return append(slices.Clone(d.alone["seller"]), d.alone["buyer"]...)
}

// page is a page of the list.
func (d *mapDrawing) page() ([]report.MapNode, string) {
	k, _, err := list.Query{Cursor: d.Query("after")}.After()
	if err != nil {
		k.V = 0
	}
	from := min(max(int(k.V), 0), len(d.nodes))
	upto := min(from+50, len(d.nodes))
	next := ""
	if upto < len(d.nodes) {
		next = list.Key{V: int64(upto)}.Encode()
	}
	return slices.Clone(d.nodes[from:upto]), next
}

// column is one of the picture's, with the lines that end at its cards.
type column struct {
	view.MapCol
	lines []view.MapLine // by card; Wide 0: none
	from  []int          // the card of the column before at which each begins, where that is not the reader's
}

// picture lays the columns beside each other.
func (d *mapDrawing) picture(v *view.ChannelMap) {
	self := d.selfCard()
	var cols []column
	left, right := d.side("seller"), d.side("buyer")
	if len(left.Nodes) > 0 {
		cols = append(cols, left)
	}
	cols = append(cols, column{MapCol: view.MapCol{Head: d.t("map.col_self"), Sub: d.t("kind." + d.m.Self.Kind), Nodes: []view.MapCard{self}}})
	at := len(cols) - 1
	if len(right.Nodes) > 0 {
		cols = append(cols, right)
	}
	if below := d.below(); len(below.Nodes) > 0 {
		cols = append(cols, below)
		v.Shares = true
	}
	tallest := 0
	for _, c := range cols {
		tallest = max(tallest, len(c.Nodes))
	}
	v.Height = tallest * cardPitch
	middle := func(c column, i int) int { return (v.Height-len(c.Nodes)*cardPitch)/2 + i*cardPitch + cardPitch/2 }
	for i, c := range cols {
		v.Cols = append(v.Cols, c.MapCol)
		if i == 0 {
			continue
		}
		var gap view.MapGap
		before := cols[i-1]
		switch {
		case i == at: // the sellers' lines end at the reader
			for k, l := range before.lines {
				l.From, l.To = middle(before, k), middle(c, 0)
				gap.Lines = append(gap.Lines, l)
			}
		default:
			for k, l := range c.lines {
				l.From, l.To = middle(before, at0(c.from, k)), middle(c, k)
				gap.Lines = append(gap.Lines, l)
			}
		}
		gap.Lines = slices.DeleteFunc(gap.Lines, func(l view.MapLine) bool { return l.Wide == 0 })
		v.Gaps = append(v.Gaps, gap)
	}
	v.Finding = d.finding()
}

func at0(from []int, k int) int {
	if from == nil {
		return 0
	}
	return from[k]
}

// side is the column of sellers or buyers.
func (d *mapDrawing) side(side string) (c column) {
	var sum []report.MapNode
	for _, n := range d.alone[side] {
		sum = append(sum, *n)
	}
	for _, g := range d.groups[side] {
		sum = append(sum, g.nodes...)
	}
	if side == "seller" {
		for _, n := range d.unlinked {
			c.Nodes = append(c.Nodes, view.MapCard{Href: d.with("node", n.Org.String()), Name: n.Name, Value: d.t("map.no_link"), Sub: d.t("kind." + n.Kind), Look: "ghost", Bar: -1, Current: n.Org == d.chosen})
			c.lines = append(c.lines, view.MapLine{})
		}
	}
	if len(sum) == 0 && len(c.Nodes) == 0 {
		return c
	}
	c.Head, c.Sub = d.t("map.col_"+side), d.t("map.n_partners", "n", i18n.Count(d.lang, int64(len(sum))+d.left(sum)))
	var top, widest int64 = 1, 1
	for _, n := range d.alone[side] {
		top, widest = max(top, n.Value(d.m.Measure)), max(widest, int64(n.Sales))
	}
	for _, n := range d.alone[side] {
		c.Nodes = append(c.Nodes, d.card(n, top))
		c.lines = append(c.lines, d.line(*n, widest, n.Silent(d.m.On) || n.Waits))
	}
	for _, g := range d.groups[side] {
		c.Nodes = append(c.Nodes, d.groupCard(g, top))
		s := report.Summed(g.nodes)
		c.lines = append(c.lines, d.line(s, widest, s.Last == ""))
	}
	return c
}

// below is what buyers share of what stands below them: places, each with a line from who shares it.
func (d *mapDrawing) below() (c column) {
	var top int64 = 1
	for _, n := range d.alone["buyer"] {
		if n.Shared != nil {
			for _, x := range n.Shared.Places {
				top = max(top, sumGoods(x.Goods))
			}
		}
	}
	for i, n := range d.alone["buyer"] {
		if n.Shared == nil {
			continue
		}
		add := func(name string, goods []report.Goods) {
			c.Nodes = append(c.Nodes, view.MapCard{Href: d.with("node", n.Org.String()), Name: name, Sub: d.t("map.of", "name", n.Name), Value: report.Words(d.lang, firstGoods(goods)), Title: report.Words(d.lang, goods),
				Look: "ghost", Bar: min(1000, sumGoods(goods)*1000/top)})
			c.lines = append(c.lines, view.MapLine{Wide: int(min(8, 1+sumGoods(goods)*7/top)), Look: "shared"})
			c.from = append(c.from, i)
		}
		if len(n.Shared.Places) == 0 && len(n.Shared.Goods) > 0 {
			add(d.t("map.below_all"), n.Shared.Goods)
		}
		for _, x := range n.Shared.Named() {
			add(d.placeName(x.Name), x.Goods)
		}
		if rest, k := n.Shared.Rest(); k > 0 {
			add(d.t("map.other_places", "n", strconv.Itoa(k)), rest.Goods)
		}
	}
	c.Head, c.Sub = d.t("map.col_below"), d.t("map.col_below_"+d.m.Measure)
	return c
}

func (p *mapPage) placeName(name string) string {
	if name == "" {
		return p.t("sharing.no_region")
	}
	return name
}

func sumGoods(all []report.Goods) (n int64) {
	for _, g := range all {
		n += int64(g.Qty)
	}
	return n
}

// finding is one sentence: what the picture shows.
func (d *mapDrawing) finding() string {
	var biggest *report.MapNode
	silent, late := 0, 0
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.Link == 0 {
			continue
		}
		if n.Value(d.m.Measure) > 0 && (biggest == nil || n.Value(d.m.Measure) > biggest.Value(d.m.Measure)) && (n.Side == "buyer" || len(d.alone["buyer"]) == 0) {
			biggest = n
		}
		if n.Late > 0 {
			late++
		}
		if n.Known && n.Silent(d.m.On) {
			silent++
		}
	}
	if d.m.Sells || d.m.Buys { // nothing was invoiced lately to those that are not drawn
		silent += int(d.left(d.nodes))
	}
	var out []string
	if biggest != nil && biggest.Side != "" {
		short, _ := d.value(biggest)
		out = append(out, d.t("map.finding_"+d.m.Measure, "name", biggest.Name, "value", short))
	}
	if late > 0 {
		out = append(out, d.t("map.finding_late", "n", i18n.Count(d.lang, int64(late))))
	}
	if silent > 0 {
		out = append(out, d.t("map.finding_silent", "n", i18n.Count(d.lang, int64(silent)), "days", strconv.Itoa(report.SilentMap)))
	}
	if len(out) == 0 {
		return d.t("map.finding_none")
	}
	return strings.Join(out, " ")
}
