package site

import (
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
