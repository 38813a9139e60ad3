package view

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	templ "github.com/a-h/templ/parser/v2"

	"saluran/internal/i18n"
	"saluran/web/kit"
)

// anID is an id that does not hang on data, and where in the templates it comes from.
type anID struct{ id, at string }

// component is a template as far as ids go: those that it writes once, those that it writes for each turn of a loop, and whom it calls
// where.
type component struct {
	file         string
	kit          bool
	fixed, again []anID
	calls, loops []string
}

// TestNoIDIsRepeated: an id that is always the same does not stand in a loop, neither by itself nor in what is called there: with two
// rows the page would have it twice, and a label would lead to the wrong field.
func TestNoIDIsRepeated(t *testing.T) {
	all := map[string]*component{}
	for _, dir := range []string{".", "../kit"} {
		files, err := filepath.Glob(dir + "/*.templ")
		if err != nil || len(files) < 5 {
			t.Fatal(dir, len(files), err)
		}
		for _, f := range files {
			readComponents(t, f, all)
		}
	}
	if len(all) < 200 {
		t.Fatalf("only %d components were found", len(all))
	}
	seen := 0
	for _, c := range all {
		seen += len(c.fixed)
		for _, x := range c.again {
			t.Errorf("%s: the id %q is repeated: give it something of the row", x.at, x.id)
		}
		for _, callee := range c.loops {
			for _, x := range fixedIn(all, callee, nil) {
				t.Errorf("%s calls %s in a loop, and that writes the id %q (%s)", c.file, callee, x.id, x.at)
			}
		}
	}
	if seen < 200 {
		t.Errorf("only %d ids were found: the reading of templates has gone wrong", seen)
	}
}

// fixedIn are the ids that a component writes by itself and by those that it calls.
func fixedIn(all map[string]*component, name string, before []string) []anID {
	c := all[name]
	if c == nil || slices.Contains(before, name) {
		return nil
	}
	out := slices.Clone(c.fixed)
	for _, callee := range c.calls {
		out = append(out, fixedIn(all, callee, append(before, name))...)
	}
	return out
}

func readComponents(t *testing.T, file string, all map[string]*component) {
	t.Helper()
	parsed, err := templ.Parse(file)
	if err != nil {
		t.Fatal(file, err)
	}
	for _, n := range parsed.Nodes {
		h, ok := n.(*templ.HTMLTemplate)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSpace(h.Expression.Value), "(")
		if filepath.Base(filepath.Dir(file)) == "kit" {
			name = "kit." + name
		}
		c := &component{file: file, kit: strings.HasPrefix(name, "kit.")}
		c.read(h.Children, false)
		all[name] = c
	}
}

func (c *component) read(nodes []templ.Node, loop bool) {
	for _, n := range nodes {
		switch x := n.(type) {
		case *templ.Element:
			c.attributes(x.Attributes, loop)
		case *templ.TemplElementExpression:
			c.called(x.Expression, loop)
		case *templ.CallTemplateExpression:
			c.called(x.Expression, loop)
		}
		_, turns := n.(*templ.ForExpression)
		if inner, ok := n.(templ.CompositeNode); ok {
			c.read(inner.ChildNodes(), loop || turns)
		}
	}
}

func (c *component) add(id string, line uint32, loop bool) {
	x := anID{id, fmt.Sprintf("%s:%d", c.file, line+1)}
	if loop {
		c.again = append(c.again, x)
	}
	c.fixed = append(c.fixed, x)
}

func (c *component) attributes(list []templ.Attribute, loop bool) {
	for _, a := range list {
		switch x := a.(type) {
		case *templ.ConstantAttribute:
			if x.Key.String() == "id" {
				c.add(x.Value, x.ValueRange.From.Line, loop)
			}
		case *templ.ExpressionAttribute:
			if s, err := strconv.Unquote(strings.TrimSpace(x.Expression.Value)); err == nil && x.Key.String() == "id" {
				c.add(s, x.Expression.Range.From.Line, loop)
			}
		case *templ.ConditionalAttribute:
			c.attributes(slices.Concat(x.Then, x.Else), loop)
		}
	}
}

// called notes what a template calls; of the fields of the kit, the ids that they get from a name that is always the same.
func (c *component) called(e templ.Expression, loop bool) {
	tree, err := goparser.ParseExpr(e.Value)
	if err != nil {
		return // an import that is called with a block: what stands in it is read by itself
	}
	call, ok := tree.(*ast.CallExpr)
	if !ok {
		return
	}
	name := said(call.Fun)
	if c.kit && !strings.Contains(name, ".") {
		name = "kit." + name
	}
	switch name {
	case "kit.Input":
		ast.Inspect(call, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok && strings.TrimPrefix(said(lit.Type), "kit.") == "Field" {
				of := map[string]ast.Expr{}
				for _, el := range lit.Elts {
					if kv, ok := el.(*ast.KeyValueExpr); ok {
						of[said(kv.Key)] = kv.Value
					}
				}
				if of["Apart"] == nil {
					c.field(of["Name"], e.Range.From.Line, loop)
				}
			}
			return true
		})
		return
	case "kit.Check", "kit.Stepper":
		c.field(call.Args[0], e.Range.From.Line, loop)
		return
	case "kit.Summary": // of the one form that was refused
		return
	}
	if c.calls = append(c.calls, name); loop {
		c.loops = append(c.loops, name)
	}
}

func (c *component) field(name ast.Expr, line uint32, loop bool) {
	if lit, ok := name.(*ast.BasicLit); ok {
		s, _ := strconv.Unquote(lit.Value)
		c.add(kit.FieldID(s), line, loop)
	}
}

// said is a name as it stands in a template: x or kit.X.
func said(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return said(x.X) + "." + x.Sel.Name
	}
	return ""
}

var idOf = regexp.MustCompile(`\sid="([^"]*)"`)

// TestNoPageHasAnIDTwice looks at every page with sample data as it is rendered.
func TestNoPageHasAnIDTwice(t *testing.T) {
	ctx := kit.With(context.Background(), kit.Env{Lang: i18n.ID, Zone: "Asia/Jakarta", Today: "2026-11-21", CSRF: "token"})
	for name, page := range samplePages() {
		var b bytes.Buffer
		if err := page.Render(ctx, &b); err != nil {
			t.Fatal(name, err)
		}
		seen := map[string]bool{}
		for _, m := range idOf.FindAllStringSubmatch(b.String(), -1) {
			if seen[m[1]] {
				t.Errorf("%s has the id %q twice", name, m[1])
			}
			seen[m[1]] = true
		}
	}
}
