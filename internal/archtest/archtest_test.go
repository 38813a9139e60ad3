// Package archtest keeps the house as it is drawn: a package imports lower levels only, and some libraries are known to few.
package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// levels, from the words up to the program; the plan's eight (internal/adr/0001-plan.md), the wider ones divided. A package
// imports packages of lower levels only, never of its own.
var levels = [][]string{
	{"internal/egress"},
	{"internal/errs", "internal/id", "internal/clock", "migrations", "policies", "web", "internal/qty", "internal/secret", "internal/outward", "internal/origin"},
	{"internal/money", "internal/pulse"},
	{"internal/list", "internal/i18n", "internal/text", "internal/reported"},
	{"internal/db", "internal/excel", "internal/help", "web/kit"},
	{"web/view", "internal/backup"},
	{"internal/access", "internal/mail"},
	{"internal/audit"},
	{"internal/files"},
	{"internal/ledger"},
	{"internal/partner", "internal/identity", "internal/people", "internal/catalog", "internal/goods", "internal/trade", "internal/seal", "internal/hook", "internal/sharing", "internal/talk", "internal/notice", "internal/desk", "internal/cart", "internal/visit"},
	{"internal/report", "internal/httpx", "internal/paper"},
	{"internal/jobs", "internal/listing"},
	{"internal/intake", "internal/schedule"},
	{"internal/site", "internal/api"},
	{"internal/app"},
	{"internal/demo", "internal/bench"},
	{"cmd/saluran"},
}

// helpers of tests are known to tests alone.
var helpers = []string{"internal/db/dbtest", "internal/ledger/ledgertest", "internal/archtest", "internal/files/s3test", "internal/paper/papertest"}

// knows says which packages may import a library, whatever their level.
var knows = map[string][]string{
	"github.com/gofiber/fiber/v3":         {"internal/httpx", "internal/api", "internal/site", "internal/app"},
	"github.com/danielgtaylor/huma/v2":    {"internal/httpx", "internal/api"},
	"github.com/xuri/excelize/v2":         {"internal/excel"},
	"github.com/casbin/casbin/v2":         {"internal/access", "internal/mail"},
	"github.com/alecthomas/kong":          {"cmd/saluran"},
	"github.com/go-sql-driver/mysql":      {"internal/db", "internal/ledger"},
	"modernc.org/sqlite":                  {"internal/db", "internal/ledger"},
	"github.com/libtnb/sqlite":            {"internal/db"},
	"gorm.io/driver/mysql":                {"internal/db"},
	"github.com/pressly/goose/v3":         {"internal/db"},
	"codeberg.org/go-pdf/fpdf":            {"internal/paper"},
	"github.com/boombuler/barcode":        {"internal/paper"},
	"filippo.io/age":                      {"internal/backup"},
	"github.com/alexedwards/argon2id":     {"internal/identity"},
	"github.com/minio/minio-go/v7":        {"internal/files"},
	"github.com/wneessen/go-mail":         {"internal/mail"},
	"github.com/go-webauthn/webauthn":     {"internal/identity"},
	"github.com/pquerna/otp":              {"internal/identity"},
	"github.com/coreos/go-oidc/v3":        {"internal/identity"},
	"golang.org/x/oauth2":                 {"internal/identity"},
	"github.com/yuin/goldmark":            {"internal/help"},
	"github.com/nbutton23/zxcvbn-go":      {"internal/identity"},
	"github.com/prometheus/client_golang": {"internal/app", "internal/httpx", "internal/ledger"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	Module     *struct{ Path string }
}

func TestImportsGoDownOnly(t *testing.T) {
	level := map[string]int{}
	for n, names := range levels {
		for _, name := range names {
			level[name] = n
		}
	}
	there := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "saluran/")
		there[name] = true
		if slices.Contains(helpers, name) {
			continue
		}
		mine, ok := level[name]
		if !ok {
			t.Errorf("%s is on no level: name it in internal/archtest", name)
			continue
		}
		for _, imp := range p.Imports {
			if their, ours := strings.CutPrefix(imp, "saluran/"); ours {
				below, ok := level[their]
				if slices.Contains(helpers, their) {
					t.Errorf("%s (no test) imports the test helper %s", name, their)
				} else if ok && below >= mine {
					t.Errorf("%s (level %d) imports %s (level %d): only lower levels may be imported", name, mine, their, below)
				}
			}
			mayKnow(t, name, imp)
		}
	}
	for name := range level {
		if !there[name] {
			t.Errorf("%s is on a level and is no package: take it off", name)
		}
	}
}

// top is the top level of the repository, dot-files aside; made is what building and running leave there, which git ignores.
var (
	top = []string{"cmd", "internal", "policies", "web", "migrations", "go.mod", "go.sum", "docker-compose.yml", "README.md", "Makefile",
		"Dockerfile", "LICENSE", "CONTRIBUTING.md"}
	made = []string{"bin", "data"}
)

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	missing := slices.Clone(top)
	for _, e := range entries {
		name := e.Name()
		missing = slices.DeleteFunc(missing, func(n string) bool { return n == name })
		if strings.HasPrefix(name, ".") || slices.Contains(top, name) || slices.Contains(made, name) ||
			strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".prof") {
			continue
		}
		t.Errorf("%s does not belong to the top level of the repository", name)
	}
	if len(missing) > 0 {
		t.Errorf("missing on the top level: %s", strings.Join(missing, ", "))
	}
}

func mayKnow(t *testing.T, name, imp string) {
	for lib, who := range knows {
		if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !slices.Contains(who, name) {
			t.Errorf("%s imports %s, which only %s may know", name, imp, strings.Join(who, ", "))
		}
	}
}

func packages(t *testing.T) []pkg {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Module", "saluran/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}
