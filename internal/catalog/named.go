package catalog

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
)

// Named are those of some products that the acting organisation may see, without their packs: what a page of a list needs,
// with one question. Right: product read.
func (s *Service) Named(ctx context.Context, a access.Actor, ids []id.ID) (map[id.ID]Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "read"); err != nil {
		return nil, err
	}
	cond, args, err := s.seen(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	out := map[id.ID]Product{}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), 500) {
		var rows []productRow
		if err := s.d.R(ctx).Where("product.id IN ?", chunk).Where(cond, args...).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.product()
		}
	}
	return out, nil
}
