package bench

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// SALURAN_BENCH=1 measures the whole month; without it some documents show that the benchmark works.
func TestLongImportBesidePlainInserts(t *testing.T) {
	o := ImportOptions{DB: dbtest.URL(t), Out: t.Output(), Documents: 150}
	if os.Getenv("SALURAN_BENCH") != "" {
		o.Documents, o.Data = 0, os.Getenv("SALURAN_DATA")
	}
	l, err := Import(t.Context(), o)
	require.NoError(t, err)
	l.Print(t.Output())
	require.Positive(t, l.Ours)
	require.Positive(t, l.Rival)
}
