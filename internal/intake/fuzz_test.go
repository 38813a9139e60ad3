package intake

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
)

// FuzzFile: a file of any content, as text, gzip or a workbook, is read or refused with a sentence; it never breaks the reading, and a
// look ahead changes nothing.
func FuzzFile(f *testing.F) {
	w := newWorld(f)
	job := w.job()
	f.Add([]byte(sales))
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write([]byte(sales))
	g.Close()
	f.Add(z.Bytes())
	f.Add([]byte(workbook(f)))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\"a\nb"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		j := job
		j.Lines = []Source{Bytes("lines.csv", b)}
		_, err := w.svc.Preview(t.Context(), access.Actor{Person: 1, Org: 2, Kind: "operator", Role: "operator"}, j)
		if err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("not one of our errors: %v", err)
		}
	})
}

// FuzzMapping: a mapping is accepted or refused with a sentence, and one that is accepted can be used on any file.
func FuzzMapping(f *testing.F) {
	w := newWorld(f)
	job := w.job()
	for _, n := range Shipped() {
		m, err := shipped.ReadFile("maps/" + n + ".json")
		require.NoError(f, err)
		f.Add(m, []byte(sales))
	}
	f.Add([]byte(`{"decimal":"\u0000"}`), []byte(sales))
	f.Fuzz(func(t *testing.T, b, file []byte) {
		m, err := ParseMapping(b)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("not a bad input: %v", err)
			}
			return
		}
		j := job
		j.Map, j.Lines = m, []Source{Bytes("lines.csv", file)}
		_, err = w.svc.Preview(t.Context(), access.Actor{Person: 1, Org: 2, Kind: "operator", Role: "operator"}, j)
		if err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("not one of our errors: %v", err)
		}
	})
}
