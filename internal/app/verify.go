package app

import (
	"context"

	"saluran/internal/ledger"
	"saluran/internal/trade"
)

// VerifyConfig is what the ledger's verification must know of the documents.
func (a *App) VerifyConfig() ledger.VerifyConfig { return ledger.VerifyConfig{Holds: trade.Holds} }

// Verify recomputes the books from their rows; see ledger.Verify. progress may be nil.
func (a *App) Verify(ctx context.Context, progress func(done, total int64)) (*ledger.Report, error) {
	cfg := a.VerifyConfig()
	cfg.Progress = progress
	return ledger.Verify(ctx, a.DB, cfg)
}
