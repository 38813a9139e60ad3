package text

import (
	"strings"

	"golang.org/x/text/language"
)

// Codes that the library knows beside ISO 3166: withdrawn ones, and those that are only set aside.
const noCountries = " AC AN CP CQ CS DG EA EZ FQ IC NT PC SU TA UN XK YU "

// Country tells whether a code is that of a country: ISO 3166-1, two capital letters.
func Country(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && r.String() == code && r.IsCountry() && r.Canonicalize() == r && !strings.Contains(noCountries, " "+code+" ")
}
