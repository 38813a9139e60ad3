package api

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/policies"
)

// personal are the parts of the API that no key may enter.
var personal = map[string]bool{"sessions": true, "me": true, "keys": true}

// TestEveryAddressIsForKeysOrForPeople: a new part of the API is closed to keys until somebody says what it is about.
func TestEveryAddressIsForKeysOrForPeople(t *testing.T) {
	a, err := Mount(httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler)}), Services{}, nil)
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(a.Document())
	require.NoError(t, err)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	objects, _ := gate.ScopeChoices()
	for path := range doc.Paths.Map() {
		door, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if _, open := keyDoors[door]; !open && !personal[door] {
			t.Logf("%s is closed to keys", path)
		}
		require.False(t, personal[door] && keyDoors[door] != nil, path)
		for _, obj := range keyDoors[door] {
			require.Contains(t, objects, obj)
		}
	}
}
