package app

import (
	"context"

	"saluran/internal/ledger"
	"saluran/internal/seal"
	"saluran/internal/trade"
)

// VerifyConfig is what the ledger's verification must know of the documents.
func (a *App) VerifyConfig() ledger.VerifyConfig {
	return ledger.VerifyConfig{Holds: trade.Holds, Watch: (&seal.Check{Concerns: trade.Concerns}).Watchers()}
}

// Verify recomputes the books from their rows; see ledger.Verify. progress may be nil.
func (a *App) Verify(ctx context.Context, progress func(done, total int64)) (*ledger.Report, error) {
	return a.VerifyWith(ctx, &seal.Check{}, progress)
}

// VerifyWith is Verify with seals from outside; what the check found stands in it afterwards.
func (a *App) VerifyWith(ctx context.Context, c *seal.Check, progress func(done, total int64)) (*ledger.Report, error) {
	c.Concerns = trade.Concerns
	return ledger.Verify(ctx, a.DB, ledger.VerifyConfig{Holds: trade.Holds, Watch: c.Watchers(), Progress: progress})
}
