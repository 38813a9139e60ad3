package i18n

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWordsFollowTheirNumber(t *testing.T) {
	for n, want := range map[string]string{"0": "0 incoming orders", "1": "1 incoming order", "2": "2 incoming orders", "1,001": "1,001 incoming orders"} {
		require.Equal(t, want, T(EN, "home.todo_confirm", "n", n))
	}
	require.Equal(t, "1 pesanan masuk", T(ID, "home.todo_confirm", "n", "1"))
	require.Equal(t, "{m} orders, 1 row", fill("{m} {m:order|orders}, {n} {n:row|rows}", []string{"n", "1"}))
	for lang, all := range texts {
		for key, text := range all {
			for _, m := range ofNumber.FindAllStringSubmatch(text, -1) {
				require.Contains(t, text, "{"+m[1]+"}", "%s of %s", key, lang)
				require.NotEqual(t, m[2], m[3], "%s of %s", key, lang)
			}
		}
	}
}
