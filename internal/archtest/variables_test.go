package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var variable = regexp.MustCompile(`SALURAN_[A-Z0-9_]*[A-Z0-9]`)

// TestVariablesAreWrittenDown: each SALURAN_ variable that the code reads has a row in the table of the README, or (of tests and
// benchmarks) of CONTRIBUTING.md, and the tables name none that nothing reads. What docker-compose.yml takes is its own or one of these.
func TestVariablesAreWrittenDown(t *testing.T) {
	read := map[string]string{}
	for _, dir := range []string{"cmd", "internal", ".ci"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || (filepath.Ext(path) != ".go" && dir != ".ci") || strings.HasSuffix(path, "variables_test.go") {
				return err
			}
			for _, name := range variable.FindAllString(text(t, path), -1) {
				read[name] = path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	row := regexp.MustCompile("(?m)^\\| `(SALURAN_[A-Z0-9_]+)` \\|")
	written := map[string]bool{}
	for _, file := range []string{"../../README.md", "../../CONTRIBUTING.md"} {
		for _, m := range row.FindAllStringSubmatch(text(t, file), -1) {
			if written[m[1]] {
				t.Errorf("%s stands in the tables twice", m[1])
			}
			written[m[1]] = true
		}
	}
	for name, path := range read {
		if !written[name] {
			t.Errorf("%s is read (%s) and stands in no table", name, path)
		}
	}
	for name := range written {
		if read[name] == "" {
			t.Errorf("%s stands in a table and nothing reads it", name)
		}
	}
	for _, name := range variable.FindAllString(text(t, "../../docker-compose.yml"), -1) {
		if !written[name] && name != "SALURAN_DB_PASSWORD" && name != "SALURAN_PUBLISH" {
			t.Errorf("docker-compose.yml names %s, which nothing reads", name)
		}
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
