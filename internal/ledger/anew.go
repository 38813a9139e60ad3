package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"saluran/internal/db"
	"saluran/internal/errs"
)

// staleTries bounds how often a decision is taken anew only because master data moved, which may be anybody's: who changes theirs without a
// pause makes others wait for a second or two, and does not keep them from their work.
const staleTries = 256

// Anew takes a decision, and takes it anew for as long as reading again may cure what refused it: fn reads everything anew. Where something
// moved between reading and posting, as moved tells of an error, it does so tries times; where only master data moved, many times more. Any
// other answer is final. over says that it gave up; err is what refused the last try then.
func Anew(ctx context.Context, d *db.DB, tries int, moved func(error) bool, fn func() error) (over bool, err error) {
	for try, stales := 0, 0; try < tries && stales < staleTries; {
		err = fn()
		switch {
		case err == nil:
			return false, nil
		case errs.CodeOf(err) == "ledger.stale":
			stales++
			if err := d.RefreshEpoch(ctx); err != nil {
				return false, fmt.Errorf("refresh the epoch: %w", err)
			}
		case moved(err):
			try++
		default:
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(time.Duration(rand.IntN(1+min(try+stales, tries))) * time.Millisecond):
		}
	}
	return true, err
}
