package goods

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// bulk is how many rows one statement names.
const bulk = 500

// BulkWarehouses answers with the main warehouse of each organisation, in order, and makes those that are missing. For imports
// and set-up: the caller has asked for the right. It joins the transaction of ctx.
func (s *Service) BulkWarehouses(ctx context.Context, by id.By, orgs []id.ID) (out []id.ID, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		have := map[id.ID]id.ID{}
		for rest := orgs; len(rest) > 0; rest = rest[min(len(rest), bulk):] {
			var rows []struct{ ID, Org id.ID }
			err := s.DB.R(ctx).Raw("SELECT id, org FROM place WHERE kind = ? AND main = ? AND org IN ?", Warehouse, true, rest[:min(len(rest), bulk)]).Scan(&rows).Error
			if err != nil {
				return err
			}
			for _, r := range rows {
				have[r.Org] = r.ID
			}
		}
		var made []Place
		out = make([]id.ID, len(orgs))
		for i, o := range orgs {
			if have[o] == 0 {
				p := Place{ID: s.DB.IDs.Next(), Org: o, Kind: Warehouse, Name: "Gudang utama", Main: true, Active: true, Version: 1}
				have[o], made = p.ID, append(made, p)
			}
			out[i] = have[o]
		}
		if len(made) == 0 {
			return nil
		}
		for some := range slices.Chunk(made, bulk) {
			if err := s.insert(ctx, some...); err != nil {
				return fmt.Errorf("make %d warehouses: %w", len(some), err)
			}
		}
		if err := audit.Record(ctx, s.DB, by, s.Clock.Now(), "place.bulk", 0, audit.Diff(map[string][2]any{"places": {0, len(made)}})); err != nil {
			return err
		}
		return s.DB.BumpMaster(ctx)
	})
	return out, err
}

// BulkLots answers with the lot of each product that bears the code and was made by its producer, in order, and files those
// that are missing, empty, in one post for some hundred: goods whose source knows no lots stand in them. For imports: the
// caller has asked for the right.
func (s *Service) BulkLots(ctx context.Context, by id.By, code string, products []id.ID, at clock.Instant) ([]id.ID, error) {
	out := make([]id.ID, 0, len(products))
	for rest := products; len(rest) > 0; rest = rest[min(len(rest), bulk):] {
		lots, err := s.someLots(ctx, by, code, rest[:min(len(rest), bulk)], at)
		if err != nil {
			return nil, err
		}
		out = append(out, lots...)
	}
	return out, nil
}

func (s *Service) someLots(ctx context.Context, by id.By, code string, products []id.ID, at clock.Instant) ([]id.ID, error) {
	var rows []struct{ ID, Product, Producer, Maker id.ID }
	err := s.DB.R(ctx).Raw(`SELECT p.id AS product, p.producer, COALESCE(l.id, 0) AS id FROM product p
		LEFT JOIN lot l ON l.product = p.id AND l.maker = p.producer AND l.code = ? WHERE p.id IN ?`, code, products).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	lots, makers := map[id.ID]id.ID{}, map[id.ID]id.ID{}
	for _, r := range rows {
		lots[r.Product], makers[r.Product] = r.ID, r.Producer
	}
	var p *ledger.Post
	out := make([]id.ID, len(products))
	for i, x := range products {
		if lots[x] == 0 {
			l := s.DB.IDs.Next()
			if p == nil {
				p = draft("lot.bulk", fmt.Sprintf("lot/%d/bulk", l), by, l, at, Key{})
			}
			p.File(lotT.Row(l, x, makers[x], code, "", "", LotOK, int64(1)))
			lots[x] = l
		}
		out[i] = lots[x]
	}
	if p != nil {
		if _, err := s.post(ctx, p); err != nil {
			return nil, fmt.Errorf("file lots: %w", err)
		}
	}
	return out, nil
}
