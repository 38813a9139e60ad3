package app

import (
	"context"
	"slices"

	"saluran/internal/ledger"
	"saluran/internal/partner"
	"saluran/internal/people"
	"saluran/internal/seal"
	"saluran/internal/sharing"
	"saluran/internal/trade"
)

// VerifyConfig is what the ledger's verification must know of the documents.
func (a *App) VerifyConfig() ledger.VerifyConfig {
	return a.verifyWith(&seal.Check{}, nil)
}

// Verify recomputes the books from their rows; see ledger.Verify. progress may be nil.
func (a *App) Verify(ctx context.Context, progress func(done, total int64)) (*ledger.Report, error) {
	return a.VerifyWith(ctx, &seal.Check{}, progress)
}

// VerifyWith is Verify with seals from outside; what the check found stands in it afterwards.
func (a *App) VerifyWith(ctx context.Context, c *seal.Check, progress func(done, total int64)) (*ledger.Report, error) {
	return ledger.Verify(ctx, a.DB, a.verifyWith(c, progress))
}

func (a *App) verifyWith(c *seal.Check, progress func(done, total int64)) ledger.VerifyConfig {
	c.Concerns = trade.Concerns
	return ledger.VerifyConfig{Holds: trade.Holds, Places: trade.PlacesOf, Erased: people.ErasedPeople, Watch: append(c.Watchers(), partner.Agreed(), trade.PointsProved(), sharing.Looked()), Progress: progress}
}

// Vouched are all tables and columns that Verify vouches for, sorted.
func Vouched() []string {
	out := append(append(ledger.Vouched(), seal.Vouched()...), partner.Vouched()...)
	slices.Sort(out)
	return out
}
