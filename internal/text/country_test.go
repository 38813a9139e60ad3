package text

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCountriesAreThoseOfISO3166(t *testing.T) {
	for _, c := range []string{"ID", "US", "GB", "SG", "TL", "SS"} {
		require.True(t, Country(c), c)
	}
	for _, c := range []string{"ZZ", "XX", "id", "IDN", "360", "", "UK", "SU", "EU", "I D", "AA"} {
		require.False(t, Country(c), c)
	}
	var n int
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if Country(string(a) + string(b)) {
				n++
			}
		}
	}
	require.Equal(t, 249, n, "as many as the standard has")
	tab, err := os.ReadFile("/usr/share/zoneinfo/iso3166.tab")
	if err != nil {
		t.Log("this system has no iso3166.tab to compare with")
		return
	}
	for _, l := range strings.Split(string(tab), "\n") {
		if l != "" && l[0] != '#' {
			require.True(t, Country(l[:2]), l)
		}
	}
}
