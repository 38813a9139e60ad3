package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
)

// world is a database with rows of every kind of value, and a folder of files beside it.
func world(t *testing.T) (*db.DB, Folder) {
	d := dbtest.New(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	exec(t, d, "INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, created_us, version) "+
		"VALUES (7, 'A', 'producer', ?, '', 'ID', 'IDR', 'Asia/Jakarta', ?, ?, '', '', '', '', ?, ?, ?, ?)", "Kopi \"Sruput\"\\\n\t\x00\u2028 日本 ☕", true, false, false, true, int64(math.MaxInt64), int64(math.MinInt64))
	exec(t, d, "INSERT INTO person (id, email, name, password, lang, active, created_us, version) VALUES (8, 'a@b.c', '', '$argon2id$', 'id', ?, 1, 1)", true)
	exec(t, d, "INSERT INTO session (id, token_hash, person, org, kind, csrf, ip, agent, created_us, seen_us, expires_us, ended_us) VALUES (9, ?, 8, 7, 'web', '', '', '', 1, 1, 1, 0)", all[:32])
	exec(t, d, "INSERT INTO file (id, org, name, media, size, sha256, created_us) VALUES (1, 7, 'x ', 'text/csv', ?, ?, 1)", 3<<20, all[:32])
	for n := range 3 {
		exec(t, d, "INSERT INTO file_part (file_id, n, bytes) VALUES (1, ?, ?)", n, bytes.Repeat(all, 4096))
	}
	exec(t, d, "INSERT INTO audit (id, at_us, person, org, on_behalf, session, action, doc, changes, seq) VALUES (3, 1, 8, 7, 0, 0, 'x', 0, NULL, NULL), (4, 1, 8, 7, 0, 0, 'x', 0, '', 5)")
	for i := range 900 { // more rows than one statement takes, in the order of another key
		exec(t, d, "INSERT INTO request_key (org, client_key, request_hash, doc, at_us) VALUES (7, ?, ?, ?, 1)", fmt.Sprintf("k%d", 900-i), []byte{}, i)
	}
	exec(t, d, "UPDATE lane SET seq = 42, hash = ?", all[100:132])
	files := Folder(filepath.Join(t.TempDir(), "files"))
	require.NoError(t, os.MkdirAll(filepath.Join(string(files), "ab"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(string(files), "ab", "one.pdf"), bytes.Repeat([]byte("evidence"), 1000), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(string(files), "empty"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(string(files), ".upload-1"), []byte("half"), 0o600))
	return d, files
}

func exec(t *testing.T, d *db.DB, q string, args ...any) {
	t.Helper()
	require.NoError(t, d.InFreshTx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	}))
}

func quiet(string, ...any) {}

func take(t *testing.T, d *db.DB, files Blobs, passphrase string) (string, Taken) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "backup.tar")
	b := Backup{DB: d, Out: out, Passphrase: passphrase, Blobs: files, Program: "test", Clock: clock.System{}, Say: quiet}
	taken, err := b.Run(t.Context())
	require.NoError(t, err)
	return out, taken
}

func holds(context.Context, string) (int, []string, error) { return 0, nil, nil }

func restore(url, file string) *Restore {
	return &Restore{URL: url, File: file, Verify: holds, Clock: clock.System{}, Say: quiet}
}

// contents are the rows of all tables, as lines in any order.
func contents(t *testing.T, d *db.DB) map[string]string {
	tables, err := d.Catalogue(t.Context(), d.ReadSQL())
	require.NoError(t, err)
	out := map[string]string{}
	for _, x := range tables {
		var total sum
		n := 0
		require.NoError(t, readRows(t.Context(), d.ReadSQL(), Table{Name: x.Name, Columns: x.Columns}, func(line []byte) error {
			total.add(line)
			n++
			return nil
		}))
		out[x.Name] = fmt.Sprint(n, " ", total.String())
	}
	return out
}

func TestWhatWasBackedUpIsRestoredOnEitherEngine(t *testing.T) {
	d, files := world(t)
	before := contents(t, d)
	var inside int
	require.NoError(t, d.ReadSQL().QueryRow("SELECT COUNT(DISTINCT file_id) FROM file_part").Scan(&inside))
	require.Positive(t, inside)
	for _, secret := range []string{"", "kopi tubruk tanpa gula"} {
		file, taken := take(t, d, files, secret)
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "password hashes are for the owner alone")
		require.Equal(t, int64(42), taken.HeadSeq)
		require.Equal(t, []int{inside + 2, inside, 2}, []int{taken.Files, taken.Inside, taken.Outside}, "in the database and beside it")
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, secret == "", bytes.Contains(raw, []byte("evidence")))
		for _, url := range []string{dbtest.URL(t), "sqlite:" + filepath.Join(t.TempDir(), "new", "r.db")} {
			r := restore(url, file)
			r.Passphrase, r.Blobs = secret, Folder(filepath.Join(t.TempDir(), "restored"))
			res, err := r.Run(t.Context())
			require.NoError(t, err)
			require.True(t, res.Equal)
			require.Equal(t, []int{inside + 2, inside, 2}, []int{res.Files, res.Inside, res.Outside})
			require.Equal(t, taken.HeadHash, res.HeadHash)
			again, err := db.Existing(t.Context(), url)
			require.NoError(t, err)
			require.Equal(t, before, contents(t, again))
			require.Greater(t, int64(again.IDs.Next()), int64(0), "ids go on")
			require.NoError(t, again.Close())
			b, err := os.ReadFile(filepath.Join(string(r.Blobs.(Folder)), "ab", "one.pdf"))
			require.NoError(t, err)
			require.Equal(t, bytes.Repeat([]byte("evidence"), 1000), b)
		}
	}
}

// beside writes a row just after the snapshot has been taken: Run asks for the time then.
type beside struct{ do func() }

func (b beside) Now() clock.Instant { b.do(); return clock.System{}.Now() }

func TestABackupIsOfOneMomentWhileOthersWrite(t *testing.T) {
	d, _ := world(t)
	before := contents(t, d)
	wrote := false
	out := filepath.Join(t.TempDir(), "b.tar")
	b := Backup{DB: d, Out: out, Program: "test", Say: quiet, Clock: beside{func() {
		exec(t, d, "UPDATE lane SET seq = 43")
		exec(t, d, "DELETE FROM request_key")
		wrote = true
	}}}
	taken, err := b.Run(t.Context())
	require.NoError(t, err)
	require.True(t, wrote)
	require.Equal(t, int64(42), taken.HeadSeq)
	url := dbtest.URL(t)
	_, err = restore(url, out).Run(t.Context())
	require.NoError(t, err)
	again := dbtest.Open(t, url)
	require.Equal(t, before, contents(t, again))
	_, err = b.Run(t.Context())
	require.ErrorContains(t, err, "overwrites nothing")
}

func TestATornOrAlteredArchiveIsRefusedAndThePartNamed(t *testing.T) {
	d, files := world(t)
	exec(t, d, "DELETE FROM file_part WHERE n > 0")
	file, _ := take(t, d, files, "")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	want, err := Check(t.Context(), file, "")
	require.NoError(t, err)
	bad := filepath.Join(t.TempDir(), "bad.tar")
	refused, harmless := 0, 0
	for at := 0; at < len(whole); at += 1 + len(whole)/1500 {
		b := bytes.Clone(whole)
		b[at] ^= 0x20
		require.NoError(t, os.WriteFile(bad, b, 0o600))
		if m, err := Check(t.Context(), bad, ""); err == nil { // a byte that pads a part
			require.Equal(t, want, m)
			harmless++
			continue
		} else if at > 1024 {
			require.Contains(t, err.Error(), "part", "byte %d", at)
		}
		refused++
	}
	t.Logf("%d bytes altered: %d refused, %d of padding", refused+harmless, refused, harmless)
	require.Greater(t, refused, harmless)
	for at := 0; at < len(whole); at += 1 + len(whole)/700 {
		require.NoError(t, os.WriteFile(bad, whole[:at], 0o600))
		_, err := Check(t.Context(), bad, "")
		require.Error(t, err, "cut at %d of %d", at, len(whole))
		if at > 1024 {
			require.ErrorContains(t, err, "part", "cut at %d", at)
		}
	}
	require.NoError(t, os.WriteFile(bad, append(bytes.Clone(whole), "more"...), 0o600))
	_, err = Check(t.Context(), bad, "")
	require.Error(t, err)
	// A restore of such leaves nothing; so does one whose part another part replaced.
	require.NoError(t, os.WriteFile(bad, swap(t, whole, "tables/person/"), 0o600))
	url := "sqlite:" + filepath.Join(t.TempDir(), "r.db")
	_, err = restore(url, bad).Run(t.Context())
	require.ErrorContains(t, err, "part tables/person/000001.jsonl.zst of the archive is missing")
	require.NoError(t, db.VacantFile(url))
}

// swap leaves a part out of an archive, manifest and all else as it was.
func swap(t *testing.T, whole []byte, prefix string) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for r := tar.NewReader(bytes.NewReader(whole)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if strings.HasPrefix(h.Name, prefix) {
			continue
		}
		require.NoError(t, w.WriteHeader(h))
		_, err = io.Copy(w, r)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestAnEncryptedArchiveIsRefusedWithoutItsPassphraseOrWhenAltered(t *testing.T) {
	d, _ := world(t)
	file, _ := take(t, d, nil, "satu dua tiga empat")
	_, err := Check(t.Context(), file, "")
	require.ErrorContains(t, err, "--passphrase-file")
	_, err = Check(t.Context(), file, "satu dua tiga")
	require.ErrorContains(t, err, "not that of the archive")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	b := bytes.Clone(whole)
	b[len(b)-100] ^= 1
	require.NoError(t, os.WriteFile(file, b, 0o600))
	_, err = Check(t.Context(), file, "satu dua tiga empat")
	require.ErrorContains(t, err, "part")
	require.NoError(t, os.WriteFile(file, whole[:len(whole)/2], 0o600))
	_, err = Check(t.Context(), file, "satu dua tiga empat")
	require.ErrorContains(t, err, "part")
}

func TestARestoreIsIntoAnEmptyPlaceOnly(t *testing.T) {
	d, files := world(t)
	file, _ := take(t, d, files, "")
	taken := dbtest.URL(t)
	dbtest.Open(t, taken)
	_, err := restore(taken, file).Run(t.Context())
	require.ErrorContains(t, err, "empty place")
	place := filepath.Join(t.TempDir(), "r.db")
	_, err = restore("sqlite:"+place, file).Run(t.Context())
	require.ErrorContains(t, err, "--files")
	require.NoError(t, os.WriteFile(place+"-wal", []byte("of an earlier database"), 0o600))
	_, err = restore("sqlite:"+place, file).Run(t.Context())
	require.ErrorContains(t, err, "r.db-wal is there already")
	require.NoError(t, os.Remove(place+"-wal"))
	r := restore("sqlite:"+place, file)
	r.Blobs = files
	_, err = r.Run(t.Context())
	require.ErrorContains(t, err, "there are files already")
}

func TestARestoreThatFailsLeavesThePlaceEmptyAndUnopened(t *testing.T) {
	d, files := world(t)
	file, _ := take(t, d, files, "")
	url := dbtest.URL(t)
	r := restore(url, file)
	r.Blobs = Folder(filepath.Join(t.TempDir(), "files"))
	asked := false
	r.Verify = func(ctx context.Context, place string) (int, []string, error) {
		asked = true
		half, err := db.Existing(ctx, place) // a program that starts meanwhile
		require.ErrorContains(t, err, "restore into this database was not finished")
		require.Nil(t, half)
		opened, err := db.Open(ctx, place)
		require.NoError(t, err)
		defer opened.Close()
		_, err = opened.Migrate(ctx)
		require.ErrorContains(t, err, "restore into this database was not finished")
		return 1, []string{"something"}, nil
	}
	_, err := r.Run(t.Context())
	require.ErrorContains(t, err, "do not hold: something")
	require.True(t, asked)
	_, err = os.Stat(filepath.Join(string(r.Blobs.(Folder)), "ab", "one.pdf"))
	require.ErrorIs(t, err, os.ErrNotExist)
	r = restore(url, file)
	r.Blobs = Folder(filepath.Join(t.TempDir(), "files2"))
	r.EndSessions = true
	_, err = r.Run(t.Context())
	require.NoError(t, err, "the place is empty again")
	again := dbtest.Open(t, url)
	var open int
	require.NoError(t, again.ReadSQL().QueryRow("SELECT COUNT(*) FROM session WHERE ended_us = 0").Scan(&open))
	require.Zero(t, open)
}

func TestAnArchiveOfAnOlderSchemaIsBroughtUpToDate(t *testing.T) {
	latest, err := db.LatestSchema()
	require.NoError(t, err)
	old, err := db.Open(t.Context(), dbtest.URL(t))
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, old.MigrateTo(t.Context(), latest-1))
	older, err := old.Schema(t.Context()) // numbers may have gaps
	require.NoError(t, err)
	require.Less(t, older, latest)
	exec(t, old, "UPDATE lane SET seq = 9")
	file, taken := take(t, old, nil, "")
	require.Equal(t, older, taken.Schema)
	url := dbtest.URL(t)
	res, err := restore(url, file).Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, latest, res.Schema)
	require.Equal(t, int64(9), res.HeadSeq)
	d, err := db.Existing(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	exec(t, old, "UPDATE goose_db_version SET version_id = ? WHERE version_id = ?", latest+1, older)
	b := Backup{DB: old, Out: filepath.Join(t.TempDir(), "x"), Clock: clock.System{}, Say: quiet}
	_, err = b.Run(t.Context())
	require.ErrorContains(t, err, "newer than this program")
}

func TestABackupThatIsInterruptedLeavesNothing(t *testing.T) {
	d, _ := world(t)
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	b := Backup{DB: d, Out: filepath.Join(dir, "b.tar"), Say: quiet, Clock: beside{stop}}
	_, err := b.Run(ctx)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// rowKinds are the columns that rows are tried with.
var rowKinds = []db.Column{{Name: "n", Kind: db.Int}, {Name: "t", Kind: db.Text}, {Name: "b", Kind: db.Bytes}, {Name: "z", Kind: db.Text}}

func FuzzRowIsReadAsItWasWritten(f *testing.F) {
	f.Add(int64(-1), "a\"\\\n\x00\xff☕", []byte{0, 255})
	f.Fuzz(func(t *testing.T, n int64, s string, b []byte) {
		if b == nil {
			b = []byte{}
		}
		want := []any{n, s, b, nil}
		line, err := appendRow(nil, rowKinds, want)
		require.NoError(t, err)
		require.Equal(t, 1, bytes.Count(line, []byte("\n")), "a row is a line")
		got, err := parseRow(line[:len(line)-1], rowKinds)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func FuzzRowParser(f *testing.F) {
	f.Add([]byte(`[1,"a","YQ==",null]`))
	f.Add([]byte(`[1,{"b":"/w=="},"",""]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		values, err := parseRow(line, rowKinds)
		if err == nil {
			_, err = appendRow(nil, rowKinds, values)
			require.NoError(t, err)
		}
	})
}

// TestEndingSessionsEndsAllThatOpensThePortal: what was revoked, withdrawn, used or switched off after the backup is not good again.
func TestEndingSessionsEndsAllThatOpensThePortal(t *testing.T) {
	d, files := world(t)
	exec(t, d, "INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version) VALUES (70001, 'X', 'producer', 'X', 'x', 'ID', 'IDR', 'Asia/Jakarta', 1, 0, '', '', '', '', 0, 1, 0, 0, 1)")
	exec(t, d, "INSERT INTO person (id, email, name, password, lang, active, created_us, version) VALUES (70002, 'x@restore.example', 'X', '', 'id', 1, 1, 1)")
	exec(t, d, "INSERT INTO api_key (id, org, person, name, prefix, scopes, created_us, expires_us, used_us, ended_us, version) VALUES (70003, 70001, 70002, 'k', 'slr_x', 'order:read', 1, 9000000000000000, 0, 0, 1)")
	exec(t, d, "INSERT INTO api_key_secret (hash, api_key, until_us) VALUES (?, 70003, 0)", []byte("hash of a key"))
	exec(t, d, "INSERT INTO one_time (id, kind, token_hash, person, payload, attempts, until_us, used_us) VALUES (70004, 'reset', ?, 70002, '', 0, 9000000000000000, 0)", []byte("hash of a letter"))
	exec(t, d, `INSERT INTO invitation (id, org, email, role, lang, token_hash, status, open_key, tries, sent, sent_us, invited_by, person, created_us, expires_us, ended_us, version)
		VALUES (70005, 70001, 'y@restore.example', 'owner', 'id', ?, 'open', 'key', 0, 1, 1, 70002, 0, 1, 9000000000000000, 0, 1)`, []byte("hash of an invitation"))
	exec(t, d, `INSERT INTO hook_endpoint (id, org, person, url, topics, status, reason, secret, old_secret, old_until_us, fails, failing_us, told_us, replay_seq, replay_to, created_us, version)
		VALUES (70006, 70001, 70002, 'https://x.example', 'order.placed', 'active', '', ?, ?, 0, 0, 0, 0, 0, 0, 1, 1)`, []byte("s"), []byte{})
	exec(t, d, "INSERT INTO glass (id, person, home, org, session, reason, from_us, until_us, ended_us) VALUES (70007, 70002, 70001, 70001, 1, 'x', 1, 9000000000000000, 0)")
	file, _ := take(t, d, files, "")
	open := map[string]string{"session": "ended_us = 0", "api_key": "ended_us = 0", "api_key_secret": "1 = 1", "one_time": "1 = 1", "invitation": "status = 'open'", "application_link": "1 = 1",
		"hook_endpoint": "status = 'active'", "glass": "ended_us = 0"}
	for _, end := range []bool{false, true} {
		url := dbtest.URL(t)
		r := restore(url, file)
		r.Blobs, r.EndSessions = Folder(filepath.Join(t.TempDir(), "files")), end
		res, err := r.Run(t.Context())
		require.NoError(t, err)
		there := dbtest.Open(t, url)
		for table, cond := range open {
			var n int
			require.NoError(t, there.ReadSQL().QueryRow("SELECT COUNT(*) FROM "+table+" WHERE "+cond).Scan(&n))
			if end {
				require.Zero(t, n, table)
			} else if table != "application_link" {
				require.Positive(t, n, table)
			}
		}
		require.Equal(t, end, res.Ended != nil)
		if end {
			require.Positive(t, min(res.Ended.Keys, res.Ended.Letters, res.Ended.Invitations, res.Ended.Webhooks, res.Ended.Looks))
		}
	}
}
