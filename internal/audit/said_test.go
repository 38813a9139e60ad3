package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryRowSaysWhatChanged: no place of the program writes a row into the log without what was before and after.
func TestEveryRowSaysWhatChanged(t *testing.T) {
	places := 0
	require.NoError(t, filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || fn.Sel.Name != "Record" {
				return true
			}
			if of, ok := fn.X.(*ast.Ident); !ok || of.Name != "audit" {
				return true
			}
			places++
			if said, ok := call.Args[len(call.Args)-1].(*ast.BasicLit); ok {
				t.Errorf("%s writes %s: what was before, and after?", files.Position(call.Pos()), said.Value)
			}
			return true
		})
		return nil
	}))
	require.Greater(t, places, 60)
}
