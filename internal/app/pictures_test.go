package app_test

import (
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// album is the page on which the pictures of a round stand side by side: a row for each sight of somebody in a language.
var album = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Pictures</title>
<style>body { font: 14px system-ui; margin: 24px; background: #ddd } section { display: flex; gap: 12px; align-items: start; margin: 8px 0 32px; overflow-x: auto }
img { max-width: 100%; border: 1px solid #999 } a.w { flex: 0 1 620px } a.n { flex: 0 0 200px } h2 { font-size: 15px; margin: 0 }</style>
<h1>{{len .}} pages</h1>
{{range .}}<h2 id="{{.Name}}">{{.Name}}</h2><section>{{range .Shots}}<a class="{{.Wide}}" href="{{.File}}"><img loading="lazy" alt="{{.File}}" src="{{.File}}"></a>{{end}}</section>
{{end}}`))

type shot struct{ File, Wide string }

// bind writes the album of all pictures that are there.
func bind(t *testing.T) {
	dir := os.Getenv("SALURAN_TEST_PICTURES")
	if dir == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	type row struct {
		Name  string
		Shots []shot
	}
	var rows []*row
	slices.Sort(files)
	for _, f := range files {
		base := filepath.Base(f)
		name, rest, ok := strings.Cut(base, "-1440-")
		wide := "w"
		if !ok {
			name, rest, ok = strings.Cut(base, "-390-")
			wide = "n"
		}
		if !ok || rest == "" {
			continue // taken by another walk
		}
		if len(rows) == 0 || rows[len(rows)-1].Name != name {
			rows = append(rows, &row{Name: name})
		}
		last := rows[len(rows)-1]
		last.Shots = append(last.Shots, shot{base, wide})
	}
	out, err := os.Create(filepath.Join(dir, "index.html"))
	require.NoError(t, err)
	defer out.Close()
	require.NoError(t, album.Execute(out, rows))
}
