package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FuzzArchive: a file that is no archive of ours, or is torn or altered, is refused with an error.
func FuzzArchive(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range map[string]string{manifestName: `{"format":1,"parts":[]}`, digestName: "00  " + manifestName + "\n", "../../etc/passwd": "x"} {
		_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))})
		_, _ = w.Write([]byte(text))
	}
	w.Close()
	f.Add(b.Bytes())
	f.Add([]byte(sealed))
	f.Add([]byte{})
	file := filepath.Join(f.TempDir(), "a.tar")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Check(t.Context(), file, ""); err == nil && m.Format != format {
			t.Fatalf("%+v", m)
		}
	})
}

// FuzzManifest: what a manifest says of the parts is held against the parts, and never trusted further.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"parts":[{"name":"a","size":-1}],"tables":[{"name":"x"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Manifest
		if json.Unmarshal(b, &m) != nil {
			return
		}
		_, _ = m.files(), m.rows()
		if err := m.hold(nil); err == nil && len(m.Parts) > 0 {
			t.Fatalf("holds without its parts: %+v", m)
		}
	})
}
