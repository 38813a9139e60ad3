package app_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhyIsTold: a refusal names what decided, and the explanation who may instead; people only to those who may see people.
func TestWhyIsTold(t *testing.T) {
	p := open(t)
	owner := p.signIn("owner@kopi.example")
	owner.joins("v@kopi.example", "Vera", "viewer")
	v := p.signIn("v@kopi.example")
	a := v.do("GET", "/people", nil)
	require.Equal(t, 403, a.status)
	d := a.body["decision"].(map[string]any)
	require.Equal(t, []any{"viewer", "own", "person", "read", "role_silent"}, []any{d["role"], d["relation"], d["object"], d["action"], d["reason"]})
	u, err := url.Parse(d["why"].(string))
	require.NoError(t, err)
	w := v.get("/access/why?" + u.RawQuery)
	require.Equal(t, false, w["allowed"])
	require.Empty(t, w["people"])
	require.Equal(t, "owner", w["instead"].([]any)[0].(map[string]any)["role"])
	w = owner.get("/access/why?" + u.RawQuery)
	require.Equal(t, true, w["allowed"])
	require.Len(t, w["people"], 1)
	require.NotEmpty(t, owner.get("/access/matrix?object=order")["items"])
}
