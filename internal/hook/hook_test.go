package hook

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSignatureIsTheStandards(t *testing.T) {
	// The vector of the Standard Webhooks libraries.
	got := sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
	require.Len(t, strings.Fields(sign("m", 1, "{}", newSecret(), newSecret(), "")), 2, "two while a secret overlaps")
	require.NotEqual(t, newSecret(), newSecret())
}

func TestTriesGoOnForSomeThreeDays(t *testing.T) {
	var least, most time.Duration
	for n := int64(1); n < MaxTries; n++ {
		lo, hi := wait(n, 0), wait(n, 0.999999)
		require.Less(t, lo, hi)
		least, most = least+lo, most+hi
		require.LessOrEqual(t, hi, 15*time.Hour)
	}
	require.Equal(t, 8*time.Second, wait(1, 0))
	require.Greater(t, least, 48*time.Hour)
	require.Less(t, most, 96*time.Hour)
	t.Logf("%s to %s", least, most)
}
