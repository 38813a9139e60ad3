package kit

import "testing"

// TestEveryLetterLeadsToOnePlace: in the menu of each role no two places have the same keys.
func TestEveryLetterLeadsToOnePlace(t *testing.T) {
	for _, kind := range []string{"producer", "distributor", "wholesaler", "agent", "retailer", "consumer", "operator"} {
		for _, role := range []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"} {
			of := map[string]string{}
			for _, g := range WithCommission(Nav(kind, role)) {
				for _, it := range g.Items {
					if k := it.Go(); k != "" && of[k] != "" {
						t.Errorf("%s of a %s: %s leads to %s and %s", role, kind, k, of[k], it.Key)
					} else if k != "" {
						of[k] = it.Key
					}
				}
			}
			if of["G B"] != "home" {
				t.Errorf("%s of a %s: G B leads to %q", role, kind, of["G B"])
			}
		}
	}
}
