package bench

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestLongBenchmarksRun: each benchmark works on the schema as it is now, small; no figure of it means anything.
func TestLongBenchmarksRun(t *testing.T) {
	l, err := Export(t.Context(), ExportOptions{DB: dbtest.URL(t), Rows: 3000, Rounds: 1, Out: io.Discard})
	require.NoError(t, err)
	require.Positive(t, l.Rival)
	for _, c := range []string{"hot", "spread"} {
		l, err = Orders(t.Context(), OrdersOptions{DB: dbtest.URL(t), Clients: 8, Sellers: 4, Window: 300 * time.Millisecond, Case: c, Out: io.Discard})
		require.NoError(t, err, c)
		require.Positive(t, l.Rival)
		require.Zero(t, l.Errors)
	}
}
