package listing

import (
	"context"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/report"
)

// mapOf is the map of a channel as rows: a partner each, all of them in one page, as the picture has them. Filter: channel (an id),
// on (a day), period, currency, measure. What partners share is not in it: that is had only while it is shared, and has a workbook
// of its own, which is asked again each time it is fetched.
func mapOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	channel, err := id.Parse(q.Filter["channel"])
	if err != nil {
		return nil, "", errs.Gone()
	}
	ask := report.MapAsk{All: true, Channel: channel, Span: q.Filter["period"], Currency: q.Filter["currency"], Measure: q.Filter["measure"]}
	if v := q.Filter["on"]; v != "" {
		if ask.On, err = clock.ParseDate(v); err != nil {
			return nil, "", errs.OnFields("invalid", errs.F("on", "bad_date"))
		}
	}
	m, err := s.Report.Map(ctx, a, ask)
	if err != nil {
		return nil, "", err
	}
	some := make([]*report.MapNode, len(m.Partners))
	for i := range m.Partners {
		some[i] = &m.Partners[i]
	}
	if err := s.Report.Agreed(ctx, a, m, some); err != nil {
		return nil, "", err
	}
	for _, n := range some {
		out = append(out, mapRow(a, m, n))
	}
	return out, "", nil
}

func mapRow(a access.Actor, m *report.Map, n *report.MapNode) []any {
	lang := i18n.Lang(a.Lang)
	terms := ""
	if t := n.Terms; t != nil && t.Prepay {
		terms = word(a, "agreement.prepay")
	} else if t != nil {
		terms = i18n.T(lang, "order.net_days", "n", i18n.Count(lang, t.NetDays))
	}
	cur := m.Currency
	return []any{word(a, "map.group_"+n.Side), n.Name, code(n.Code), word(a, "kind."+n.Kind), n.City, code(strconv.FormatInt(n.Tier, 10)), n.Agent, terms, code(cur),
		amount{n.Sales, cur, !n.Known}, amount{n.Dues, cur, !n.Known}, amount{n.Late, cur, !n.Known || m.LateLeft}, n.Last, report.Words(lang, n.Stock)}
}
