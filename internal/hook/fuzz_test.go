package hook

import (
	"strings"
	"testing"
)

// FuzzSign: whatever the secrets and the body, the header is words of one form, and another body has another one.
func FuzzSign(f *testing.F) {
	f.Add("msg_1", int64(1), "{}", newSecret(), "whsec_")
	f.Add("", int64(-1), "\n", "whsec_%%%", "\x00")
	f.Fuzz(func(t *testing.T, message string, at int64, body, a, b string) {
		head := sign(message, at, body, a, b)
		for _, w := range strings.Fields(head) {
			if !strings.HasPrefix(w, "v1,") || len(w) != 47 {
				t.Fatalf("%q", head)
			}
		}
		if strings.ContainsAny(head, "\r\n") || head != "" && head == sign(message, at, body+"x", a, b) {
			t.Fatalf("%q", head)
		}
		_ = clean([]byte(body))
	})
}
