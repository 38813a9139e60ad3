package view

import (
	"context"

	"saluran/web/kit"
)

// dueDays says how long ago a day was, or how long it still is.
func dueDays(ctx context.Context, days int) string {
	switch {
	case days == 0:
		return t(ctx, "desk.today")
	case days < 0:
		return t(ctx, "desk.in_days", "n", kit.Count(ctx, int64(-days)))
	}
	return t(ctx, "desk.days", "n", kit.Count(ctx, int64(days)))
}
