package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// dispatched measures what it costs to dispatch orders of ten lots each: in process, by as many callers as there are clients.
// It answers confirmations and dispatches in a second.
func dispatched(ctx context.Context, a *app.App, clients, orders int) (confirms, dispatches float64, err error) {
	var todo []struct{ ID, Seller id.ID }
	if err := a.DB.R(ctx).Raw("SELECT id, seller FROM orders WHERE status = 'placed' ORDER BY id LIMIT ?", orders).Scan(&todo).Error; err != nil {
		return 0, 0, err
	}
	each := func(do func(ctx context.Context, who access.Actor, st trade.Step) error) (float64, error) {
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(clients)
		start := time.Now()
		var n atomic.Int64
		for _, o := range todo {
			g.Go(func() error {
				who := access.Actor{Org: o.Seller, Kind: "producer", Role: "owner", Zone: "Asia/Jakarta"}
				n.Add(1)
				return do(gctx, who, trade.Step{Order: o.ID})
			})
		}
		err := g.Wait()
		return float64(n.Load()) / time.Since(start).Seconds(), err
	}
	confirms, err = each(func(ctx context.Context, who access.Actor, st trade.Step) error {
		_, err := a.Trade.Confirm(ctx, who, st)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("confirm: %w", err)
	}
	dispatches, err = each(func(ctx context.Context, who access.Actor, st trade.Step) error {
		_, err := a.Trade.Dispatch(ctx, who, trade.Dispatch{Step: st})
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("dispatch: %w", err)
	}
	return confirms, dispatches, nil
}
