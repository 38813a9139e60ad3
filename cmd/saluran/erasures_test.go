package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// printed is what a verb writes to standard output.
func printed(t *testing.T, do func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	was := os.Stdout
	os.Stdout = w
	err = do()
	os.Stdout = was
	require.NoError(t, w.Close())
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

// TestARestoreErasesWhoWasErasedSince: a backup has the people of its moment in it; those who were erased afterwards are erased again,
// and the books verify.
func TestARestoreErasesWhoWasErasedSince(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	url, file := "sqlite:"+filepath.Join(dir, "old.db"), filepath.Join(dir, "backup.tar")
	at := command{DB: url, Log: "error"}
	config := func(url string) app.Config {
		return app.Config{DB: url, Log: slog.New(slog.DiscardHandler), NoWorkers: true}
	}
	a, err := app.Open(ctx, config(url))
	require.NoError(t, err)
	owner := func(name, email string) identity.NewPerson {
		return identity.NewPerson{Email: email, Name: name, Password: "kata-sandi-panjang", Lang: "en", Role: "owner"}
	}
	org, err := a.Setup(ctx, "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "Kopi"}, owner("Ratna", "ratna@kopi.example"))
	require.NoError(t, err)
	second, err := a.Identity.Seed(ctx, org.ID, org.Kind, owner("Suryadarma", "surya@kopi.example"))
	require.NoError(t, err)
	who := access.Actor{Person: second, Org: org.ID, Kind: "producer", Role: "owner", Zone: "Asia/Jakarta"}
	c, err := a.Partner.Create(ctx, who, partner.NewOrg{Code: "C1", Kind: "consumer", Name: "Bapak Wiryawan", Phone: "0899-1"})
	require.NoError(t, err)
	pass := filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(pass, []byte("a long passphrase\n"), 0o600))
	require.NoError(t, backupCmd{keeping{command: at, PassphraseFile: pass}, file, true}.Run(ctx))
	require.NoError(t, a.People.EraseConsumer(ctx, who, audit.Key{}, c.ID))
	require.NoError(t, a.People.EraseMe(ctx, who, "kata-sandi-panjang"))
	require.NoError(t, a.Close())

	list := printed(t, func() error { return erasuresCmd{at}.Run(ctx) })
	require.Len(t, strings.Split(strings.TrimSpace(list), "\n"), 2, list)
	require.NotContains(t, list, "Surya")
	erasures := filepath.Join(dir, "erasures.jsonl")
	require.NoError(t, os.WriteFile(erasures, []byte(list), 0o600))
	for _, x := range []struct {
		list   string
		person bool
	}{{"", true}, {erasures, false}} {
		place := "sqlite:" + filepath.Join(dir, "place"+filepath.Base(x.list), "new.db")
		k := keeping{command: command{DB: place, Log: "error"}, PassphraseFile: pass}
		said := printed(t, func() error { return restoreCmd{keeping: k, File: file, Erasures: x.list, EndSessions: true}.Run(ctx) })
		require.Equal(t, !x.person, strings.Contains(said, `"erased":2`), said)
		b, err := app.Open(ctx, config(place))
		require.NoError(t, err)
		var names []string
		require.NoError(t, b.DB.R(ctx).Raw("SELECT name FROM person WHERE id = ? UNION SELECT name FROM org WHERE id = ?", second, c.ID).Scan(&names).Error)
		require.Equal(t, x.person, strings.Contains(strings.Join(names, ","), "Suryadarma"), names)
		require.Equal(t, x.person, strings.Contains(strings.Join(names, ","), "Wiryawan"), names)
		var member int64
		require.NoError(t, b.DB.R(ctx).Raw("SELECT COUNT(*) FROM membership WHERE person = ?", second).Scan(&member).Error)
		require.Equal(t, x.person, member == 1)
		require.NoError(t, b.Close())
		require.NoError(t, verifyCmd{command: k.command}.Run(ctx))
	}
	_, err = readErasures(bytes.NewBufferString("{\"at\":\"x\"}\n"))
	require.ErrorContains(t, err, "line 1")
	all, err := readErasures(bytes.NewBufferString(list))
	require.NoError(t, err)
	require.Equal(t, id.ID(0), min(all[0].Person, all[0].Org))
}
