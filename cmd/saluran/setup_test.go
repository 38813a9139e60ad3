package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is wrong is said before a database or a key is made.
func TestASetupThatIsRefusedLeavesNothing(t *testing.T) {
	t.Setenv("SALURAN_SEAL_KEY", "")
	good := setupCmd{Operator: "Portal operator", Email: "budi@kopi.example", Name: "Budi", Password: "rahasia-sekali-2026", Lang: "id", Kind: "producer",
		Code: "KOPI", Org: "PT Kopi Gunung", Country: "ID", Currency: "IDR", Zone: "Asia/Jakarta"}
	for what, spoil := range map[string]func(*setupCmd){
		"e-mail":   func(c *setupCmd) { c.Email = "budi" },
		"name":     func(c *setupCmd) { c.Name = "" },
		"password": func(c *setupCmd) { c.Password = "short" },
		"code":     func(c *setupCmd) { c.Code = " " },
		"currency": func(c *setupCmd) { c.Currency = "XXQ" },
		"zone":     func(c *setupCmd) { c.Zone = "Mars/Olympus" },
		"country":  func(c *setupCmd) { c.Country = "Indonesia" },
		"no such":  func(c *setupCmd) { c.Country = "ZZ" },
		"operator": func(c *setupCmd) { c.Operator = "" },
	} {
		dir := t.TempDir()
		c := good
		c.DB = "sqlite:" + filepath.Join(dir, "new.db")
		spoil(&c)
		require.Error(t, c.Run(t.Context()), what)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, what)
	}
	dir := t.TempDir()
	good.DB = "sqlite:" + filepath.Join(dir, "new.db")
	require.NoError(t, good.Run(t.Context()))
	require.FileExists(t, filepath.Join(dir, "new.db"))
}
