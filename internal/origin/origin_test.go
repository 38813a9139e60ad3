package origin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/origin"
)

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"10.1.2.3": "10.1.2.3", "::ffff:10.1.2.3": "10.1.2.3",
		"2001:db8:1:2::1": "2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::", "2001:db8:1:3::1": "2001:db8:1:3::",
		"fe80::1%eth0": "fe80::", "": "::", "nonsense": "::", "::1": "::",
	} {
		require.Equal(t, want, origin.Network(ip).String(), ip)
	}
}
