package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// books are those of an installation of its own: a producer that has sealed twice, and a distributor once.
type books struct {
	url           string
	early         string // a copy of before the second seal
	one, two, low string
	public        string
}

func keepBooks(t *testing.T) (b books) {
	dir := t.TempDir()
	b.url = "sqlite:" + filepath.Join(dir, "books.db")
	open := func() *app.App {
		a, err := app.Open(t.Context(), app.Config{DB: b.url, Log: slog.New(slog.DiscardHandler), NoWorkers: true})
		require.NoError(t, err)
		return a
	}
	a := open()
	org, err := a.Setup(t.Context(), "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "Kopi"},
		identity.NewPerson{Email: "o@kopi.example", Name: "O", Password: "kata-sandi-panjang", Lang: "en", Role: "owner"})
	require.NoError(t, err)
	seal := func(of id.ID) string {
		require.NoError(t, a.Seals.Vouch(t.Context())) // what waits is taken into the chain
		s, err := a.Seals.Now(t.Context(), of)
		require.NoError(t, err)
		return s.Text()
	}
	b.one = seal(org.ID)
	require.NoError(t, a.Close())
	b.early = filepath.Join(dir, "early.db")
	whole, err := os.ReadFile(filepath.Join(dir, "books.db"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.early, whole, 0o600))
	key, err := os.ReadFile(filepath.Join(dir, "books.db.sealkey"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.early+".sealkey", key, 0o600))
	a = open()
	below, err := a.Partner.Create(t.Context(), access.Actor{Person: 1, Org: org.ID, Kind: "producer", Role: "owner"}, partner.NewOrg{Code: "D", Kind: "distributor", Name: "Sebar"})
	require.NoError(t, err)
	b.two, b.low = seal(org.ID), seal(below.ID)
	require.NotEqual(t, b.one, b.two)
	require.NoError(t, a.DB.R(t.Context()).Raw("SELECT public FROM seal_key").Row().Scan(&b.public))
	require.NoError(t, a.Close())
	return b
}

// verified runs the command and answers what it printed.
func verified(t *testing.T, url, seals, public string) (said string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "seals.txt")
	require.NoError(t, os.WriteFile(file, []byte(seals), 0o600))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	was := os.Stdout
	os.Stdout = w
	out := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		out <- string(b)
	}()
	err = verifyCmd{command: command{DB: url, Log: "error"}, Seals: file, SealPub: public}.Run(t.Context())
	os.Stdout = was
	w.Close()
	return <-out, err
}

// TestVerifyHoldsSealsFromOutside: what was handed out is found in the books; books that were cut back, seals that were forged,
// relabelled or cut off, and those of another installation are not passed.
func TestVerifyHoldsSealsFromOutside(t *testing.T) {
	b, other := keepBooks(t), keepBooks(t)
	swap := func(s string, part int, to string) string {
		w := strings.Split(s, ".")
		w[part] = to
		return strings.Join(w, ".")
	}
	part := func(s string, n int) string { return strings.Split(s, ".")[n] }
	good := map[string]string{"both": b.one + "\n" + b.two, "the later alone": b.two, "another organisation's of these books": b.low,
		"all, in a letter": "Dear Sir,\n" + b.low + " and " + b.two + ", " + b.one + "."}
	for name, seals := range good {
		for _, public := range []string{"", b.public} {
			said, err := verified(t, b.url, seals, public)
			require.NoError(t, err, "%s: %s", name, said)
			require.Contains(t, said, `"seals_failed":0,"seals_first_failed":""`, name)
		}
	}
	forged := part(b.two, 10)
	forged = forged[:20] + map[bool]string{true: "B", false: "A"}[forged[20] == 'A'] + forged[21:]
	bad := map[string]struct{ url, seals, public, says string }{
		"books cut back":                    {"sqlite:" + b.early, b.one + "\n" + b.two, "", "cut off"},
		"a signature":                       {b.url, swap(b.two, 10, forged), "", "signature"},
		"a journal":                         {b.url, swap(b.two, 4, part(b.one, 4)), "", "signature"},
		"a hash":                            {b.url, swap(b.two, 5, part(b.one, 5)), "", "signature"},
		"the number":                        {b.url, swap(b.one, 2, "2"), "", "signature"},
		"another's seal as one's own":       {b.url, swap(b.low, 1, part(b.one, 1)), "", "signature"},
		"one's own as another's":            {b.url, swap(b.one, 1, part(b.low, 1)), "", "signature"},
		"the key":                           {b.url, swap(b.one, 9, part(other.one, 9)), "", "key"},
		"another installation's":            {b.url, other.two, "", "key"},
		"and trusted":                       {b.url, other.two, other.public, ""},
		"one's own, and another is trusted": {b.url, b.two, other.public, "key"},
		"good ones and a bad one":           {b.url, b.one + "\n" + b.two + "\n" + swap(b.low, 2, "7"), "", "signature"},
	}
	for name, x := range bad {
		said, err := verified(t, x.url, x.seals, x.public)
		require.ErrorIs(t, err, errQuiet, "%s: %v: %s", name, err, said)
		require.Contains(t, said, `"seals_failed":1,`, name)
		require.Contains(t, said, x.says, name)
	}
	for name, x := range map[string][2]string{"cut off": {b.one + "\n" + b.two[:len(b.two)-30], ""}, "and short": {b.one + "\n" + b.two[:len("saluran-seal-1.")+3], ""},
		"nothing": {"", ""}, "no seal": {"saluran", ""}, "no key": {b.one, "key"}} {
		_, err := verified(t, b.url, x[0], x[1])
		require.Error(t, err, name)
		require.NotErrorIs(t, err, errQuiet, name)
	}
}
