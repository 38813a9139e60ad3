package clock

import "testing"

// FuzzParseDate: a date that is read is of the calendar, and stands as it was typed.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-01-31", "2026-02-30", "0000-00-00", "9999-12-31", "2024-02-29", "2026-1-1", "2026-01-01T00:00"} {
		f.Add(s, "Asia/Jakarta")
	}
	f.Fuzz(func(t *testing.T, s, zone string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if string(d) != s || d.Time().Format("2006-01-02") != s || d != lastDate && d.AddDays(1).Days(d) != 1 || d.AddDays(1) < d {
			t.Fatalf("%q became %q, %v", s, d, d.Time())
		}
		_ = d.Noon(zone).In(zone)
	})
}
