package app_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/identity"
)

// TestTheDatabaseHoldsNoPlainSecret: of webhooks (the new one and the one that overlaps), authenticators (asked for, and confirmed),
// identity providers, API keys, sessions and passwords, no table holds what would let its reader in or sign for us; and what is
// sealed opens again where the installation's key is, and nowhere else.
func TestTheDatabaseHoldsNoPlainSecret(t *testing.T) {
	p := open(t, func(c *app.Config) { c.NoWorkers, c.Key, c.Loopback = true, bytes.Repeat([]byte{9}, 32), true })
	owner := p.signIn("owner@kopi.example")
	secrets := map[string]string{"password": password, "session": owner.token, "installation": string(bytes.Repeat([]byte{9}, 32))}
	hook := owner.post("/webhooks", map[string]any{"url": "https://hook.example.com/", "topics": []any{"order.placed"}}, 201)
	secrets["webhook"] = str(hook, "secret")
	secrets["webhook, rotated"] = str(owner.post("/webhooks/"+str(hook, "id")+"/rotate", map[string]any{"overlap_hours": 24}, 200), "secret")
	secrets["API key"] = str(owner.post("/keys", map[string]any{"name": "k", "scopes": []any{"order:read"}}, 201), "secret")
	token, _, err := p.Identity.SignIn(t.Context(), identity.SignIn{Email: owner.email, Password: password, Kind: "web", IP: "127.0.0.1"})
	require.NoError(t, err)
	a, _, err := p.Identity.Actor(t.Context(), token)
	require.NoError(t, err)
	_, err = p.Identity.SetPolicy(t.Context(), a, identity.SetPolicy{Issuer: "https://id.kopi.example", ClientID: "saluran", Domains: "kopi.example", Secret: "rahasia-penyedia-identitas"})
	require.NoError(t, err)
	secrets["identity provider"] = "rahasia-penyedia-identitas"
	for _, step := range []string{"pending", "confirmed"} {
		e, err := p.Identity.BeginTOTP(t.Context(), a)
		require.NoError(t, err)
		secrets["authenticator, "+step] = e.Secret
		if step == "confirmed" {
			code, err := totp.GenerateCode(e.Secret, p.Config.Clock.Now().Time())
			require.NoError(t, err)
			codes, err := p.Identity.ConfirmTOTP(t.Context(), a, e.Token, code)
			require.NoError(t, err)
			secrets["recovery code"] = codes[0]
		}
	}
	everything := p.dump(t)
	require.True(t, bytes.Contains(everything, []byte("https://hook.example.com/")), "the dump has what stands in the tables")
	for what, s := range secrets {
		require.NotEmpty(t, s, what)
		for _, form := range forms(s) {
			require.False(t, bytes.Contains(everything, form), "%s stands in the database as %q", what, form)
		}
	}
}

// forms are the ways in which a secret may be written.
func forms(s string) (out [][]byte) {
	raw := [][]byte{[]byte(s)}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_")); err == nil && len(b) >= 8 {
		raw = append(raw, b)
	}
	if b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s); err == nil && len(b) >= 8 {
		raw = append(raw, b)
	}
	for _, r := range raw {
		out = append(out, r, []byte(base64.StdEncoding.EncodeToString(r)), []byte(base64.RawURLEncoding.EncodeToString(r)), []byte(hex.EncodeToString(r)))
	}
	return out
}

// dump is every value of every table.
func (p *portal) dump(t *testing.T) []byte {
	var b bytes.Buffer
	tables, err := p.DB.Catalogue(context.Background(), p.DB.ReadSQL())
	require.NoError(t, err)
	for _, table := range tables {
		rows, err := p.DB.ReadSQL().Query("SELECT * FROM " + table.Name)
		require.NoError(t, err)
		cols, err := rows.Columns()
		require.NoError(t, err)
		vals, at := make([]any, len(cols)), make([]any, len(cols))
		for i := range vals {
			at[i] = &vals[i]
		}
		for rows.Next() {
			require.NoError(t, rows.Scan(at...))
			for _, v := range vals {
				if raw, ok := v.([]byte); ok {
					b.Write(raw)
				} else {
					fmt.Fprint(&b, v)
				}
				b.WriteByte('\n')
			}
		}
		require.NoError(t, rows.Err())
		rows.Close()
	}
	return b.Bytes()
}
