package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"

	"saluran/internal/api"
	"saluran/internal/httpx"
)

var update = flag.Bool("update", false, "write the golden file anew")

const golden = "openapi.golden.json"

// TestDocumentIsTheGoldenOne shows every change of the contract in a diff, and holds the document against the standard.
func TestDocumentIsTheGoldenOne(t *testing.T) {
	a, err := api.Mount(httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler)}), api.Services{}, nil)
	require.NoError(t, err)
	var doc bytes.Buffer
	require.NoError(t, json.Indent(&doc, a.Document(), "", " "))
	doc.WriteByte('\n')
	if *update {
		require.NoError(t, os.WriteFile(golden, doc.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), doc.String(), "the contract has changed: go test ./internal/api -update, and read the diff")

	parsed, err := openapi3.NewLoader().LoadFromData(a.Document())
	require.NoError(t, err)
	require.Equal(t, "3.1.0", parsed.OpenAPI)
	require.NoError(t, parsed.Validate(t.Context(), openapi3.IsOpenAPI31OrLater(), openapi3.EnableSchemaPatternValidation()))
}

// TestEveryWriteNamesItsKey: the header is in the contract of every write but the sign-in.
func TestEveryWriteNamesItsKey(t *testing.T) {
	a, err := api.Mount(httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler)}), api.Services{}, nil)
	require.NoError(t, err)
	parsed, err := openapi3.NewLoader().LoadFromData(a.Document())
	require.NoError(t, err)
	n := 0
	for path, item := range parsed.Paths.Map() {
		for method, op := range item.Operations() {
			n++
			key := op.Parameters.GetByInAndName("header", "Idempotency-Key")
			write := method != "GET" && !(path == "/sessions" && method == "POST") && !strings.HasPrefix(path, "/join/") && !strings.HasPrefix(path, "/own-data")
			require.Equal(t, write, key != nil, "%s %s", method, path)
			require.NotEmpty(t, op.Summary, "%s %s", method, path)
		}
	}
	require.Greater(t, n, 60)
}

// TestEveryPathReachesItsOwnOperation: the router takes the first route that fits, so a path without a parameter must come
// before one with a parameter in the same place.
func TestEveryPathReachesItsOwnOperation(t *testing.T) {
	app := httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler)})
	a, err := api.Mount(app, api.Services{}, nil)
	require.NoError(t, err)
	parsed, err := openapi3.NewLoader().LoadFromData(a.Document())
	require.NoError(t, err)
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	routes := app.GetRoutes(true)
	seen := map[string]string{}
	for path, item := range parsed.Paths.Map() {
		asked := "/api/v1" + parameter.ReplaceAllString(path, "1")
		for method, op := range item.Operations() {
			require.Empty(t, seen[op.OperationID], "%s is the name of two operations", op.OperationID)
			seen[op.OperationID] = path
			reached := ""
			for _, r := range routes {
				if r.Method == method && fiber.RoutePatternMatch(asked, r.Path) {
					reached = r.Path
					break
				}
			}
			require.Equal(t, "/api/v1"+parameter.ReplaceAllString(path, ":$1"), reached, "%s %s (%s) is answered by another", method, path, op.OperationID)
		}
	}
	require.Greater(t, len(seen), 60)
}
