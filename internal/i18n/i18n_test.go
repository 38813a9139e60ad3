package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func TestEveryKeyIsInBothLanguages(t *testing.T) {
	for _, pair := range [][2]string{{ID, EN}, {EN, ID}} {
		for _, k := range Keys(pair[0]) {
			if !Has(pair[1], k) {
				t.Errorf("%s is in %s but not in %s", k, pair[0], pair[1])
			}
		}
	}
}

var place = regexp.MustCompile(`\{[a-z_]+\}`)

func TestPlacesAreTheSameInBothLanguages(t *testing.T) {
	for _, k := range Keys(ID) {
		a, b := map[string]bool{}, map[string]bool{}
		for _, p := range place.FindAllString(texts[ID][k], -1) {
			a[p] = true
		}
		for _, p := range place.FindAllString(texts[EN][k], -1) {
			b[p] = true
		}
		for p := range b {
			if !a[p] {
				t.Errorf("%s: %s is named in English only", k, p)
			}
		}
		for p := range a {
			if !b[p] {
				t.Errorf("%s: %s is named in Indonesian only", k, p)
			}
		}
	}
}

// errCalls are the calls of package errs whose code is a literal, and the position of that literal.
var errCalls = map[string]int{"New": 1, "Wrap": 1, "OnFields": 0, "F": 1}

// TestEveryKeyInUseExists reads the sources: error codes and the literal keys of T (Go) and of s.T, T( (templ).
func TestEveryKeyInUseExists(t *testing.T) {
	inTempl := regexp.MustCompile(`\b[tT]\((?:[a-zA-Z.]+, ?)?"([a-z0-9_]+(?:\.[a-z0-9_-]+)+)"`)
	for _, root := range []string{"..", "../../web", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || strings.Contains(path, "node_modules") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
				return err
			}
			switch filepath.Ext(path) {
			case ".go":
				checkCodes(t, path)
			case ".templ":
			default:
				return nil
			}
			b, err := os.ReadFile(path)
			for _, m := range inTempl.FindAllStringSubmatch(string(b), -1) {
				if !strings.HasSuffix(m[1], "_") && !Has(ID, m[1]) { // "order.do_"+action is completed by a word
					t.Errorf("%s: the key %s is not in the catalogue", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkCodes(t *testing.T, path string) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return // another test's business
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		at, known := errCalls[sel.Sel.Name]
		if !ok || pkg.Name != "errs" || !known || len(call.Args) <= at {
			return true
		}
		lit, ok := call.Args[at].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		code, _ := strconv.Unquote(lit.Value)
		if !Has(ID, "err."+code) {
			t.Errorf("%s: no sentence for the error code %s (key err.%s)", path, code, code)
		}
		return true
	})
}

func TestFigures(t *testing.T) {
	rows := []struct{ got, want string }{
		{Money(ID, "IDR", 52260700000), "Rp522.607.000"},
		{Money(EN, "IDR", 52260700000), "Rp522,607,000"},
		{Money(ID, "IDR", -125000000), "−Rp1.250.000"},
		{Money(ID, "IDR", 150), "Rp1,5"},
		{Money(ID, "USD", 123450), "$1,234.50"},
		{Money(EN, "USD", -5), "−$0.05"},
		{Money(EN, "JPY", 1500), "¥1,500"},
		{Price(ID, "IDR", 32200000000/1), "Rp3.220.000"},
		{Price(ID, "USD", 12345), "$1.2345"},
		{Price(EN, "USD", 15000), "$1.50"},
		{ShortMoney(ID, "IDR", 482_000_000_000), "Rp4,82 M"},
		{ShortMoney(EN, "IDR", 482_000_000_000), "Rp4.82 bn"},
		{ShortMoney(ID, "IDR", 38_300_000_000), "Rp383 jt"},
		{ShortMoney(ID, "IDR", 64_000_000), "Rp640 rb"},
		{ShortMoney(ID, "IDR", 50_000), "Rp500"},
		{ShortMoney(ID, "IDR", 120_000_000_000_000), "Rp1,2 T"},
		{ShortMoney(ID, "IDR", -38_300_000_000), "−Rp383 jt"},
		{Qty(ID, 1100*qty.Scale), "1.100"},
		{Qty(EN, 2500), "2.5"},
		{QtyUnit(ID, 1100*qty.Scale, "carton"), "1.100 dus"},
		{QtyUnit(EN, qty.Scale, "barrel"), "1 barrel"},
		{Percent(ID, 840), "8,4%"},
		{Count(ID, 1284), "1.284"},
		{Date(ID, "2026-08-17"), "17 Agu 2026"},
		{Date(EN, ""), "–"},
		{ShortDate(ID, "2026-11-21", "2026-01-01"), "21 Nov"},
		{ShortDate(ID, "2025-11-21", "2026-01-01"), "21 Nov 2025"},
		{Time(ID, clock.Date("2026-11-21").Noon("Asia/Makassar"), "Asia/Makassar"), "21 Nov 2026, 12.00 WITA"},
		{Time(EN, clock.Date("2026-11-21").Noon("UTC"), "Asia/Jakarta"), "21 Nov 2026, 19:00 WIB"},
		{T(ID, "err.other", "code", "x.y"), "Tidak dapat diproses (x.y). Tidak ada yang disimpan."},
		{Error(EN, errs.Gone()), "Not found."},
	}
	for i, r := range rows {
		if strings.ReplaceAll(r.got, nbsp, " ") != r.want {
			t.Errorf("row %d: %q, want %q", i, r.got, r.want)
		}
	}
}

func TestWhatPeopleType(t *testing.T) {
	for in, want := range map[string]money.Minor{"322000": 32200000, "322.000": 32200000, "322,000": 32200000, "Rp322.000": 32200000,
		"322rb": 32200000, "1,2jt": 120000000, "1.250.000": 125000000, "1.250.000,50": 125000050, "12,5": 1250} {
		if got, err := ParseMoney("IDR", in); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]qty.Qty{"10": 10000, "2,5": 2500, "2.5": 2500, "1.100": 1100000, "0,125": 125, "-3": -3000, "1000,001": 1000001, "1000.5": 1000500,
		"1,2340": 1234, "-1.100": -1100000, "12.345,678": 12345678, "12,345.678": 12345678} {
		if got, err := ParseQty(in); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "abc", "1e30", "1,2,", "12..5x", "10 dus", "1234.567.890", "1,5.00", "1.2345,6", "1,2.3,4"} {
		if v, err := ParseQty(bad); err == nil {
			t.Errorf("%q was read as %d", bad, v)
		}
	}
}
