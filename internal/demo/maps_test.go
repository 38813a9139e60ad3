package demo

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/report"
)

// viewer is somebody who looks at the maps of its channels, and asks for the reports of the same figures.
type viewer struct {
	t   *testing.T
	a   *app.App
	who access.Actor
}

// drawn is a partner of the viewer, on any of its maps.
type drawn struct {
	report.MapNode
	goods map[string]float64 // by the name of their unit
}

// mapsAndReports holds the figures of every channel map of two viewers of each kind, of today and of a past day, against those of the
// reports of the same viewer: what was sold to each partner, what it owes, what of it is late, and where the viewer's goods stand.
func mapsAndReports(t *testing.T, a *app.App) {
	var seats []struct {
		Org, Person id.ID
		Kind, Zone  string
	}
	require.NoError(t, a.DB.R(context.Background()).Raw("SELECT o.id AS org, o.kind, o.zone, MIN(m.person) AS person FROM org o JOIN membership m ON m.org = o.id AND m.role = 'owner' WHERE o.kind IN ('producer','distributor','wholesaler') GROUP BY o.id, o.kind, o.zone ORDER BY o.id").Scan(&seats).Error)
	held := map[string]int{}
	looked := map[string]int{}
	for _, s := range seats {
		if looked[s.Kind]++; looked[s.Kind] > 2 {
			continue
		}
		v := viewer{t, a, access.Actor{Org: s.Org, Kind: s.Kind, Role: "owner", Zone: s.Zone, Person: s.Person, Lang: "en"}}
		for _, on := range []clock.Date{"", today.AddDays(-40)} {
			nodes, span := v.maps(on)
			if len(nodes) == 0 {
				continue
			}
			for what, n := range map[string]int{"sales": v.sales(nodes, span), "dues": v.receivables(nodes, on), "stock": v.stock(nodes, on)} {
				held[what+map[bool]string{true: " now", false: " then"}[on == ""]] += n
			}
		}
	}
	t.Logf("figures of maps that reports have, too: %v", held)
	for _, what := range []string{"sales now", "sales then", "dues now", "dues then", "stock now", "stock then"} {
		require.Greater(t, held[what], 3, what)
	}
}

// maps are the partners on all maps of the viewer at the end of a day, by code and name: the same partner has the same figures on each.
func (v viewer) maps(on clock.Date) (map[string]drawn, report.Span) {
	channels, err := v.a.Partner.Channels(context.Background(), v.who)
	require.NoError(v.t, err)
	out := map[string]drawn{}
	var span report.Span
	for _, c := range channels {
		m, err := v.a.Report.Map(context.Background(), v.who, report.MapAsk{Channel: c.ID, On: on, Span: report.Year, Currency: "IDR"})
		require.NoError(v.t, err)
		require.False(v.t, m.More || m.LateLeft)
		span = m.Span
		for _, n := range m.Partners {
			if n.Side != "buyer" {
				continue
			}
			at := n.Code + "|" + n.Name
			if was, ok := out[at]; ok {
				require.Equal(v.t, [3]int64{int64(was.Sales), int64(was.Dues), int64(was.Late)}, [3]int64{int64(n.Sales), int64(n.Dues), int64(n.Late)}, "%s on two maps", at)
			}
			goods := map[string]float64{}
			for _, g := range n.Stock {
				goods[i18n.UnitName("en", g.Unit)] += float64(g.Qty) / 1000
			}
			out[at] = drawn{n, goods}
		}
	}
	return out, span
}

// rows are those of a sheet of a report, without its heading.
func (v viewer) rows(ask report.Ask, on clock.Date, sheet int) [][]string {
	if on != "" {
		seq, err := v.a.Report.CutOff(context.Background(), v.who.Org, string(on))
		require.NoError(v.t, err)
		ask.CutOff = seq
	}
	ask.Org, ask.Lang = v.who.Org, "en"
	var b bytes.Buffer
	_, err := v.a.Report.Write(context.Background(), v.who, ask, &b, nil)
	require.NoError(v.t, err)
	f, err := excelize.OpenReader(&b)
	require.NoError(v.t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetList()[sheet], excelize.Options{RawCellValue: true})
	require.NoError(v.t, err)
	return rows[1:]
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err, s)
	return n
}

func (v viewer) sales(nodes map[string]drawn, span report.Span) (held int) {
	sold := map[string]float64{}
	for _, r := range v.rows(report.Ask{Report: "sales-by-partner", From: span.From, To: span.To, Currency: "IDR"}, "", 0) {
		sold[r[0]+"|"+r[1]] += number(v.t, r[5])
	}
	var sum, all float64
	for at, n := range nodes {
		require.InDelta(v.t, sold[at], float64(n.Sales)/100, 0.001, "%s %s sold to %s up to %s", v.who.Kind, v.who.Org, at, span.To)
		sum, all = sum+float64(n.Sales)/100, all+sold[at]
		if n.Sales != 0 {
			held++
		}
	}
	require.InDelta(v.t, all, sum, 0.001)
	return held
}

func (v viewer) receivables(nodes map[string]drawn, on clock.Date) (held int) {
	day := on
	if day == "" {
		day = today
	}
	due, late := map[string]float64{}, map[string]float64{}
	for _, r := range v.rows(report.Ask{Report: "receivables", To: day, Currency: "IDR"}, on, 1) {
		if len(r) < 10 || r[9] != i18n.T("en", "report.for.trade") {
			continue
		}
		due[r[0]+"|"+r[1]] += number(v.t, r[8])
		if number(v.t, r[5]) > 0 {
			late[r[0]+"|"+r[1]] += number(v.t, r[8])
		}
	}
	for at, n := range nodes {
		require.InDelta(v.t, due[at], float64(n.Dues)/100, 0.001, "%s %s owes at the end of %s", v.who.Kind, at, day)
		require.InDelta(v.t, late[at], float64(n.Late)/100, 0.001, "what is late of %s at the end of %s", at, day)
		if n.Dues != 0 {
			held++
		}
	}
	return held
}

func (v viewer) stock(nodes map[string]drawn, on clock.Date) (held int) {
	stands := map[string]map[string]float64{}
	for _, r := range v.rows(report.Ask{Report: "stock"}, on, 0) {
		at := r[7] + "|" + r[8]
		if number, ok := strings.CutPrefix(r[6], strings.TrimSpace(i18n.T("en", "report.in_transit", "shipment", ""))); ok { // on the way to somebody, who may be another's customer
			var to []struct{ Code, Name string }
			require.NoError(v.t, v.a.DB.R(context.Background()).Raw("SELECT o.code, o.name FROM shipment h JOIN org o ON o.id = h.buyer WHERE h.number = ?", strings.TrimSpace(number)).Scan(&to).Error)
			require.Len(v.t, to, 1, "%s", number)
			at = to[0].Code + "|" + to[0].Name
		}
		if stands[at] == nil {
			stands[at] = map[string]float64{}
		}
		stands[at][r[12]] += number(v.t, r[11])
	}
	for at, n := range nodes {
		for unit, q := range stands[at] {
			require.InDelta(v.t, q, n.goods[unit], 0.0001, "goods of %s %s with %s at the end of %q", v.who.Kind, v.who.Org, at, on)
			held++
		}
		for unit, q := range n.goods {
			require.InDelta(v.t, stands[at][unit], q, 0.0001, "goods of %s %s with %s at the end of %q", v.who.Kind, v.who.Org, at, on)
		}
	}
	return held
}
