package sharing

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Stocks looks by all agreements of stock that the acting organisation is the viewer of and that are in force, the latest twelve: what
// stood with each partner at the end of the last period, not after a day, that may be shown. Like Sellouts, it writes down each look before
// its figures are given, and asks as many questions for one agreement as for twelve.
func (s *Service) Stocks(ctx context.Context, a access.Actor, on clock.Date) ([]Page, error) {
	return s.together(ctx, a, "stock", "", on, s.stand)
}

// stand reads the cells of all pages by three questions: who sells to the grantors, how far the books were, and what stood there.
func (s *Service) stand(ctx context.Context, pages []Page, spans [][]Span) error {
	grantors := make([]id.ID, len(pages))
	for i, p := range pages {
		grantors[i] = p.Sharing.Grantor
	}
	sellers, err := s.sellersOf(ctx, grantors)
	if err != nil {
		return err
	}
	heads, err := s.headsOf(ctx, pages, spans)
	if err != nil || len(heads) == 0 {
		return err
	}
	var texts []string
	var args []any
	for i, p := range pages {
		if len(spans[i]) == 0 {
			continue
		}
		q := question{v: p.Sharing, spans: spans[i], buyers: append(sellers[p.Sharing.Grantor], p.Sharing.Grantor)}
		text, more := q.stock(0, heads[i])
		texts = append(texts, fmt.Sprintf("SELECT %d AS page, f%d.* FROM (%s) f%d", i, i, text, i))
		args = append(args, more...)
	}
	return s.poured(ctx, pages, spans, texts, args)
}

// headsOf are the numbers of the ledger at the end of each page's period.
func (s *Service) headsOf(ctx context.Context, pages []Page, spans [][]Span) (map[int]int64, error) {
	var texts []string
	var args []any
	for i, p := range pages {
		if len(spans[i]) > 0 {
			texts = append(texts, fmt.Sprintf("SELECT %d AS page, COALESCE(MAX(seq), 0) AS seq FROM journal WHERE recorded_us < ?", i))
			args = append(args, midnight(spans[i][0].Last.AddDays(1), p.Sharing.zone))
		}
	}
	out := map[int]int64{}
	if len(texts) == 0 {
		return out, nil
	}
	var rows []struct {
		Page int
		Seq  int64
	}
	err := s.d.R(ctx).Raw(strings.Join(texts, " UNION ALL "), args...).Scan(&rows).Error
	for _, r := range rows {
		out[r.Page] = r.Seq
	}
	return out, err
}
