package site

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/i18n"
	"saluran/internal/trade"
)

// TestEveryStepHasWords: what one may do with an order has a form that reads it, and words in both languages.
func TestEveryStepHasWords(t *testing.T) {
	for _, do := range []trade.Action{trade.DoConfirm, trade.DoResume, trade.DoFill, trade.DoDispatch, trade.DoPerform, trade.DoAccept, trade.DoInvoice,
		trade.DoAmend, trade.DoReturn, trade.DoReject, trade.DoCancel, trade.DoClose} {
		require.Contains(t, steps, do)
		for _, lang := range []string{i18n.ID, i18n.EN} {
			keys := []string{"order.do_" + string(do), "order.do_" + string(do) + "_text"}
			switch do {
			case trade.DoDispatch, trade.DoPerform, trade.DoAccept, trade.DoInvoice, trade.DoAmend, trade.DoReturn:
				keys = append(keys, "order.possible_"+string(do), "order.now_"+string(do))
			}
			for _, k := range keys {
				require.True(t, i18n.Has(lang, k), "%s: %s", lang, k)
			}
		}
	}
	require.Len(t, steps, 12)
}

// TestEveryActionOfTheLogHasWords reads the code for what is recorded: none of it stands in the log as a code.
func TestEveryActionOfTheLogHasWords(t *testing.T) {
	writes := regexp.MustCompile(`(?:audit\.Record|audit\.Fetched|[dD]raft|s\.set|s\.put)\([^"\n]*"([a-z_]+)\.([a-z_]+)"`)
	seen := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range writes.FindAllStringSubmatch(string(code), -1) {
			seen++
			for _, lang := range []string{i18n.ID, i18n.EN} {
				if !i18n.Has(lang, "audit.of."+m[1]) || !i18n.Has(lang, "audit.did."+m[2]) {
					t.Errorf("%s: %s.%s has no words in %s", path, m[1], m[2], lang)
				}
			}
		}
		return err
	})
	if err != nil || seen < 100 {
		t.Fatal(seen, err)
	}
}
