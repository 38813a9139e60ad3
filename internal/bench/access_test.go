package bench

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// Decisions agree with casbin, and what is taken away at one instance is refused by the other at once.
func TestLongAccessIsMeasured(t *testing.T) {
	var out bytes.Buffer
	l, err := Access(t.Context(), AccessOptions{DB: dbtest.URL(t), Users: 2000, Orgs: 40, Decisions: 20_000, Rival: 200, Revoked: 5, Out: &out})
	require.NoError(t, err, out.String())
	t.Logf("%s%+v", out.String(), l)
	require.Zero(t, l.Errors)
	require.Positive(t, l.Ours)
	require.Greater(t, l.Ratio, 1.0)
	require.Contains(t, out.String(), "CachedEnforcer")
}
