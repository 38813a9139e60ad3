package demo

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
)

const today clock.Date = "2026-11-20"

func TestWholeDemonstration(t *testing.T) {
	url := dbtest.URL(t)
	began := time.Now()
	s, err := Load(context.Background(), url, today, t.Logf)
	require.NoError(t, err)
	t.Logf("%s: %+v", time.Since(began), s)
}
