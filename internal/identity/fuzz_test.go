package identity

import (
	"testing"

	"saluran/internal/clock"
)

// FuzzCodes: a typed code of six figures is one of three steps or none, whatever is typed and whatever the secret is.
func FuzzCodes(f *testing.F) {
	f.Add("JBSWY3DPEHPK3PXP", "123456", int64(1_700_000_000_000_000))
	f.Add("", "", int64(0))
	f.Add("=====", "١٢٣٤٥٦", int64(-1))
	f.Fuzz(func(t *testing.T, secret, typed string, at int64) {
		now := clock.Instant(at)
		step := now.Time().Unix() / 30
		if got := matchStep(secret, typed, now); got != 0 && (got < step-1 || got > step+1) {
			t.Fatalf("%d is no step around %d", got, step)
		}
		_, _ = recoveryHash(1, typed), hashToken(typed)
		_ = otpauth(typed, secret)
		_, _ = factorName(typed)
	})
}
