package sharing

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// MostSellouts is how many agreements are looked at together, the latest ones.
const MostSellouts = 12

// Sellouts looks by all agreements of sell-out that the acting organisation is the viewer of and that are in force, the latest twelve,
// between two days: what the first page shows of what partners sold on. Each is a look like any other, and is written down before
// its figures are given. It asks as many questions for one agreement as for twelve. Whoever may not read what is shared has none.
func (s *Service) Sellouts(ctx context.Context, a access.Actor, from, to clock.Date) ([]Page, error) {
	return s.together(ctx, a, "sellout", from, to, s.fill)
}

// together looks by all agreements of a measure; fill reads their cells.
func (s *Service) together(ctx context.Context, a access.Actor, measure string, from, to clock.Date, fill func(context.Context, []Page, [][]Span) error) ([]Page, error) {
	if err := s.gate.Require(ctx, a, access.Upstream, "sharing", "read"); err != nil {
		if errs.Is(err, errs.Forbidden) {
			return nil, nil
		}
		return nil, err
	}
	var rows []viewRow
	err := s.seen(ctx, a.Org).Where("sharing.viewer = ? AND sharing.measure = ? AND sharing.status = 'active'", a.Org, measure).
		Order("sharing.id DESC").Limit(MostSellouts).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var pages []Page
	var spans [][]Span
	for _, r := range rows {
		v := r.sharing(now)
		if v.Status != Active {
			continue
		}
		p := Page{Sharing: v}
		today := now.In(v.zone)
		if latest := v.spans(today, "", ""); len(latest) > 0 {
			p.Upto = latest[0].Last
		}
		of := v.spans(today, from, to)
		if measure == "stock" && len(of) > 1 { // what stands somewhere is not added up over time
			of = of[:1]
		}
		pages, spans = append(pages, p), append(spans, of)
	}
	if len(pages) == 0 {
		return nil, nil
	}
	if err := fill(ctx, pages, spans); err != nil {
		return nil, err
	}
	held, err := s.writeAll(ctx, a, pages, Ask{From: from, To: to, Way: "page"})
	if err != nil || !held {
		return nil, err
	}
	return pages, nil
}

// fill reads the cells of all pages by two questions: who sells to the grantors, and what they sold.
func (s *Service) fill(ctx context.Context, pages []Page, spans [][]Span) error {
	grantors := make([]id.ID, len(pages))
	for i, p := range pages {
		grantors[i] = p.Sharing.Grantor
	}
	sellers, err := s.sellersOf(ctx, grantors)
	if err != nil {
		return err
	}
	var texts []string
	var args []any
	for i, p := range pages {
		if len(spans[i]) == 0 {
			continue
		}
		q := question{v: p.Sharing, spans: spans[i], buyers: append(sellers[p.Sharing.Grantor], p.Sharing.Grantor)}
		text, more := q.flow()
		texts = append(texts, fmt.Sprintf("SELECT %d AS page, f%d.* FROM (%s) f%d", i, i, text, i))
		args = append(args, more...)
	}
	if len(texts) == 0 {
		return nil
	}
	return s.poured(ctx, pages, spans, texts, args)
}

// sellersOf are who sells to each of some organisations.
func (s *Service) sellersOf(ctx context.Context, buyers []id.ID) (map[id.ID][]id.ID, error) {
	var links []struct{ Buyer, Seller id.ID }
	err := s.d.R(ctx).Table("link").Select("buyer, seller").Where("buyer IN ? AND active = ?", buyers, true).Limit(2000 * MostSellouts).Find(&links).Error
	out := map[id.ID][]id.ID{}
	for _, l := range links {
		out[l.Buyer] = append(out[l.Buyer], l.Seller)
	}
	return out, err
}

// poured asks what the pages' questions are together, and shows on each what may be shown.
func (s *Service) poured(ctx context.Context, pages []Page, spans [][]Span, texts []string, args []any) error {
	var sums []struct {
		Page int
		Sum  sum `gorm:"embedded"`
	}
	if err := s.d.R(ctx).Raw(strings.Join(texts, " UNION ALL "), args...).Scan(&sums).Error; err != nil {
		return fmt.Errorf("figures of %d agreements: %w", len(pages), err)
	}
	of := make([][]sum, len(pages))
	for _, x := range sums {
		of[x.Page] = append(of[x.Page], x.Sum)
	}
	for i := range pages {
		if len(of[i]) <= MostCells {
			pages[i].Items = pages[i].Sharing.shown(spans[i], of[i], Ask{})
		}
		for n := range pages[i].Items { // the cells are those of every look; of values nobody asks here
			pages[i].Items[n].Net = 0
		}
	}
	return nil
}

// writeAll leaves the looks in the log, in the transaction that makes sure that every agreement is still in force; where one has
// ended meanwhile, nothing is written, and nothing may be shown.
func (s *Service) writeAll(ctx context.Context, a access.Actor, pages []Page, ask Ask) (held bool, err error) {
	text, err := json.Marshal(map[string]string{"from": string(ask.From), "to": string(ask.To)})
	if err != nil {
		return false, err
	}
	all := make([]id.ID, len(pages))
	for i, p := range pages {
		all[i] = p.Sharing.ID
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		var n int64
		if err := s.d.R(ctx).Raw("SELECT COUNT(*) FROM sharing WHERE viewer = ? AND status = 'active' AND id IN ?", a.Org, all).Scan(&n).Error; err != nil {
			return err
		}
		if held = n == int64(len(pages)); !held {
			return nil
		}
		now := s.clock.Now()
		looks := make([]lookRow, len(pages))
		for i, p := range pages {
			looks[i] = lookRow{ID: s.d.IDs.Next(), Sharing: p.Sharing.ID, Grantor: p.Sharing.Grantor, Viewer: p.Sharing.Viewer, Person: a.Person, AtUS: now, Way: ask.Way,
				Asked: string(text), Shown: int64(len(p.Items))}
		}
		if err := s.d.W(ctx).Create(&looks).Error; err != nil {
			return err
		}
		for i, p := range pages {
			changes := audit.Diff(map[string][2]any{"way": {"", ask.Way}, "asked": {"", string(text)}, "shown": {-1, len(pages[i].Items)}})
			if err := audit.Record(ctx, s.d, a.By(), now, looked, p.Sharing.ID, changes); err != nil {
				return err
			}
		}
		return nil
	})
	return held, err
}
