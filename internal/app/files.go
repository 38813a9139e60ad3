package app

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// openFiles opens the store of the configuration and says of which documents trade knows.
func (a *App) openFiles() error {
	store, err := files.OpenStore(a.DB, a.Config.FileStore)
	if err != nil {
		return err
	}
	a.Box = files.NewBox(a.DB, a.Config.Clock, store)
	a.Files = files.New(files.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Box: a.Box, Quota: a.Config.FilesQuota})
	return nil
}

// papers tells files how people stand to the documents of trade: whoever may read one.
func (a *App) papers() {
	a.Files.Register("order", func(ctx context.Context, who access.Actor, no id.ID) (files.Standing, error) {
		o, err := a.Trade.Bare(ctx, who, no)
		return files.Standing{Rel: o.Rel(who.Org), Draft: o.Status == trade.Placed || o.Status == trade.CreditHold, Hidden: o.Blind}, err
	})
	a.Files.Register("shipment", func(ctx context.Context, who access.Actor, no id.ID) (files.Standing, error) {
		h, err := a.Trade.Shipment(ctx, who, no)
		return files.Standing{Rel: h.Rel(who.Org), Draft: h.Status == trade.InTransit}, err
	})
	a.Files.Register("invoice", func(ctx context.Context, who access.Actor, no id.ID) (files.Standing, error) {
		v, err := a.Trade.Invoice(ctx, who, no)
		return files.Standing{Rel: v.Rel(who.Org)}, err
	})
	a.Files.Register("payment", func(ctx context.Context, who access.Actor, no id.ID) (files.Standing, error) {
		p, err := a.Trade.Payment(ctx, who, no)
		return files.Standing{Rel: p.Rel(who.Org), Draft: p.Status == trade.PayReported}, err
	})
	a.Files.Register("application", func(ctx context.Context, who access.Actor, no id.ID) (files.Standing, error) {
		_, err := a.People.Application(ctx, who, no)
		return files.Standing{Rel: access.Own}, err
	})
}

// VerifyFiles reads every file and says whose bytes, row or audit row do not agree.
func (a *App) VerifyFiles(ctx context.Context, progress func(done, total int64)) (files.Verified, error) {
	v, err := a.Files.Verify(ctx, progress)
	if err != nil {
		err = fmt.Errorf("verify the files: %w", err)
	}
	return v, err
}
