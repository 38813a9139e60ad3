package bench

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestLongPagesAreAskedFor: the benchmark of pages works on the schema and the routes as they are now, with few rows; its figures mean
// nothing, but what a page asks of the database does not grow with its rows: both streets have more than a page shows, as what stands
// behind the shown ones (a count, a sum) is a question of its own that a short list does not ask.
func TestLongPagesAreAskedFor(t *testing.T) {
	var out bytes.Buffer
	r, err := Pages(t.Context(), PagesOptions{DB: dbtest.URL(t), Rows: []int{100, 220}, Rounds: 1, Out: &out})
	require.NoError(t, err, out.String())
	require.Greater(t, r.Pages, 700)
	require.Zero(t, r.Grown, r.GrownOf)
	require.Zero(t, r.Broken, r.MissedOf)
	require.Positive(t, r.Asked)
	for _, page := range []string{"shop       /m/order", "wholesaler /orders (4th page)", "producer   /api/v1/orders", "agent      /", "finance    /payments", "wholesaler /orders/"} {
		require.Contains(t, out.String(), page)
	}
}
