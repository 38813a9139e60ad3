package view

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryEmptyPlaceSaysWhatToDo: who writes a place with nothing in it says why, in a sentence of the catalogue, and makes the way on
// with one of the kit's words for it; and nobody draws such a place without the kit.
func TestEveryEmptyPlaceSaysWhatToDo(t *testing.T) {
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	use := regexp.MustCompile(`@kit\.Empty\((.*)\)\n`)
	whole := regexp.MustCompile(`^(v\.icon|"[a-z-]+"), t\(ctx, "[a-z_.]+"[^)]*\), t\(ctx, "[a-z_.]+"[^)]*\), (kit\.(Go|Able|Itself|Theirs)\(.*\)|v\.[a-z]+\(ctx\))$`)
	seen := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range use.FindAllStringSubmatch(string(text), -1) {
			seen++
			if !whole.MatchString(m[1]) {
				t.Errorf("%s: %s", f, m[1])
			}
		}
		if strings.Contains(string(text), `"k-empty"`) && f != "faults.templ" { // which has what went wrong in it, and acts of its own
			t.Errorf("%s draws an empty place by hand", f)
		}
	}
	if seen < 70 {
		t.Errorf("only %d empty places were found", seen)
	}
}

// TestNobodyMakesAWayWithoutWords: the zero Way is no way.
func TestNobodyMakesAWayWithoutWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text, _ := os.ReadFile(f); strings.Contains(string(text), "kit.Way{") && !strings.HasSuffix(f, "_test.go") {
			t.Errorf("%s makes a kit.Way of its own", f)
		}
	}
}

// TestTheFootOfATableIsNamed: each line of a foot begins with a heading that says what is summed, and every sum says which column it is
// of, for where the headings above are not seen.
func TestTheFootOfATableIsNamed(t *testing.T) {
	files, err := filepath.Glob("*.templ")
	if err != nil {
		t.Fatal(err)
	}
	foot := regexp.MustCompile(`(?s)<tfoot>(.*?)</tfoot>`)
	row := regexp.MustCompile(`(?s)<tr>(.*?)</tr>`)
	cell := regexp.MustCompile(`<td( [^>]*?)?>[^<]*(<span|\{)`)
	seen := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range foot.FindAllStringSubmatch(string(text), -1) {
			for _, r := range row.FindAllStringSubmatch(part[1], -1) {
				seen++
				if !strings.Contains(r[1], `<th scope="row"`) {
					t.Errorf("%s: a line of a foot without its name: %s", f, r[1])
				}
				for _, c := range cell.FindAllString(r[1], -1) {
					if !strings.Contains(c, "data-l=") {
						t.Errorf("%s: a sum that does not say of what: %s", f, c)
					}
				}
			}
		}
	}
	if seen < 9 {
		t.Errorf("only %d lines of feet were found", seen)
	}
}
