package dbtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/egress"
)

// TestACompetitorIsPlantedInEveryTable: a new table of organisations has a row of the competitor, or a reason why not.
func TestACompetitorIsPlantedInEveryTable(t *testing.T) {
	without := map[string]string{"journal": "the chain would break", "seal": "it is signed", "erasure": "the worker would erase again", "sign_in_policy": "the sweep reads issuers", "sign_in_subject": "a hash and ids", "file_use": "the sum of what its files hold", "application_link": "a hash and an id"}
	d := Bare(t)
	start := time.Now()
	Plant(t, d)
	t.Logf("planted in %s", time.Since(start))
	for _, tables := range []map[string]string{owners, parents} {
		for table := range tables {
			var n int
			require.NoError(t, d.ReadSQL().QueryRow("SELECT COUNT(*) FROM "+table).Scan(&n))
			if n == 0 && without[table] == "" {
				t.Errorf("%s has no row of the competitor: plant one in canary.go", table)
			}
		}
	}
	Lift(t, d)
	for _, p := range canaries {
		var n int
		require.NoError(t, d.ReadSQL().QueryRow("SELECT COUNT(*) FROM "+p.table).Scan(&n))
		require.Equal(t, p.filed, n == 0, p.table)
	}
}

// TestALeakIsSeen: each way out, whole or in disguise, and what is none.
func TestALeakIsSeen(t *testing.T) {
	t.Cleanup(func() { Leaks() }) // these are on purpose
	for _, words := range []string{"x KENARI7707 y", `{"name":"kenari77071"}`, "Rp77.077.077,07", "Rp 7.707.707.707", "7,707,707,707", "7\u00a0707\u202f707\u00a0707", "7707707707006",
		`"total":"77077077.07"`, strings.Repeat("x", 5000) + "kenari7707"} {
		for _, way := range []string{egress.Answer, egress.Workbook, egress.File, egress.Letter, egress.Webhook, egress.Log, egress.Error} {
			egress.Out(way, "here", []byte(words))
			found, _ := Leaks()
			require.Len(t, found, 1, "%s by %s", words, way)
			require.Contains(t, found[0], way+" here")
		}
	}
	for _, words := range []string{"", "kenari", "770770770", "a 7,70 b 7,70 c 7,70 d 7", "2026-07-07 07:07:07", fmt.Sprint(CanaryNumber + 1)} {
		egress.Out(egress.Answer, "here", []byte(words))
		found, _ := Leaks()
		require.Empty(t, found, words)
	}
	Log().Info("request", "path", "/x?q=kenari7707")
	found, held := Leaks()
	require.Len(t, found, 1)
	require.Positive(t, held)
}
