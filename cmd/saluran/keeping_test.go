package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/audit"
	"saluran/internal/files/s3test"
	"saluran/internal/hook"
	"saluran/internal/identity"
	"saluran/internal/partner"
	"saluran/internal/secret"
)

// TestABackupOfABucketAndTheKeys: files out of a bucket into another, keys where they were asked for and given a passphrase; with them
// what is sealed is read and signed for as before; without them the old seals are verified all the same.
func TestABackupOfABucketAndTheKeys(t *testing.T) {
	ctx, dir, s3 := context.Background(), t.TempDir(), s3test.New(t)
	t.Setenv(fileStore, s3.Config("old"))
	url := "sqlite:" + filepath.Join(dir, "old.db")
	at := command{DB: url, Log: "error"}
	config := func(url, store string) app.Config {
		return app.Config{DB: url, Log: slog.New(slog.DiscardHandler), NoWorkers: true, FileStore: store}
	}
	a, err := app.Open(ctx, config(url, s3.Config("old")))
	require.NoError(t, err)
	org, err := a.Setup(ctx, "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "Kopi"}, identity.NewPerson{Email: "o@kopi.example", Name: "O", Password: "kata-sandi-panjang", Lang: "en", Role: "owner"})
	require.NoError(t, err)
	who := access.Actor{Person: 1, Org: org.ID, Kind: "producer", Role: "owner"}
	e, plain, err := a.Hooks.Add(ctx, who, audit.Key{}, hook.Wanted{URL: "https://hook.example.com/", Topics: []string{"order.placed"}})
	require.NoError(t, err)
	content := bytes.Repeat([]byte("bukti "), 100_000)
	w, err := a.Box.Create(ctx, org.ID, "bukti.txt", "text/plain", true)
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	seal, err := a.Seals.Now(ctx, org.ID)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	seals, pass := filepath.Join(dir, "seals.txt"), filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(seals, []byte(seal.Text()), 0o600))
	require.NoError(t, os.WriteFile(pass, []byte("a long passphrase\n"), 0o600))

	require.ErrorContains(t, backupCmd{keeping{command: at}, filepath.Join(dir, "no"), true}.Run(ctx), "passphrase", "keys are not written in the clear")
	with, without := filepath.Join(dir, "with"), filepath.Join(dir, "without")
	require.NoError(t, backupCmd{keeping{command: at, PassphraseFile: pass}, with, true}.Run(ctx))
	require.NoError(t, backupCmd{keeping{command: at}, without, false}.Run(ctx))
	archive, err := os.ReadFile(without)
	require.NoError(t, err)
	old, err := app.FindKeys(ctx, url, "", "")
	require.NoError(t, err)
	require.NotEmpty(t, old.Installation)
	require.False(t, bytes.Contains(archive, old.Installation) || bytes.Contains(archive, old.Seal))

	for name, file := range map[string]string{"with": with, "without": without} {
		t.Setenv(fileStore, s3.Config(name))
		there := "sqlite:" + filepath.Join(dir, name+"-place", "new.db")
		k := keeping{command: command{DB: there, Log: "error"}}
		if name == "with" {
			k.PassphraseFile = pass
		}
		require.NoError(t, restoreCmd{keeping: k, File: file}.Run(ctx), name)
		keys, err := app.FindKeys(ctx, there, "", "")
		require.NoError(t, err)
		require.Equal(t, name == "with", keys.Mark() == old.Mark() && bytes.Equal(keys.Seal, old.Seal), "%s: the keys are those of before", name)
		b, err := app.Open(ctx, config(there, s3.Config(name)))
		require.NoError(t, err)
		_, r, err := b.Box.Open(ctx, org.ID, w.ID)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, content, got, "the file is in the new bucket")
		if name == "with" {
			var sealed []byte
			require.NoError(t, b.DB.R(ctx).Raw("SELECT secret FROM hook_endpoint WHERE id = ?", e.ID).Row().Scan(&sealed))
			key, err := secret.New(keys.Installation)
			require.NoError(t, err)
			opened, err := key.Open("hook/"+e.ID.String(), sealed)
			require.NoError(t, err)
			require.Equal(t, plain, string(opened))
		}
		require.NoError(t, b.Close())
		require.NoError(t, verifyCmd{command: k.command, Seals: seals, Files: true}.Run(ctx), "%s: the old seals are of these books", name)
	}
}
