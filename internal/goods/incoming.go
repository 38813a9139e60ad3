package goods

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
)

// LotKey is how the acting organisation knows a lot that it brought in.
type LotKey struct {
	Product id.ID
	Code    string
}

// LotsCoded are the lots that the acting organisation brought in of some products under some codes. Right: stock read.
func (s *Service) LotsCoded(ctx context.Context, a access.Actor, products []id.ID, codes []string) (map[LotKey]id.ID, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return nil, err
	}
	out := map[LotKey]id.ID{}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	for some := range slices.Chunk(products, 500) {
		for part := range slices.Chunk(codes, 500) {
			var rows []struct {
				ID, Product id.ID
				Code        string
			}
			if err := s.DB.R(ctx).Raw("SELECT id, product, code FROM lot WHERE maker = ? AND product IN ? AND code IN ?", a.Org, some, part).Scan(&rows).Error; err != nil {
				return nil, err
			}
			for _, r := range rows {
				out[LotKey{r.Product, r.Code}] = r.ID
			}
		}
	}
	return out, nil
}
