package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"saluran/internal/app"
	"saluran/internal/backup"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/files"
)

// keeping is what backup and restore have in common.
type keeping struct {
	command
	PassphraseFile string `type:"path" placeholder:"FILE" help:"Encrypt or decrypt with the first line of this file (format of age, which decrypts it too)."`
	Files          string `type:"path" placeholder:"DIR" help:"The folder of files that are kept outside the database; the folder or bucket of $$SALURAN_FILES when left out. Files in the database are always part of a backup."`
	SealKey        string `name:"seal-key" env:"SALURAN_SEAL_KEY" placeholder:"KEY" help:"As of serve (also $$SALURAN_SEAL_KEY)."`
	Key            string `env:"SALURAN_KEY" placeholder:"SECRET" help:"As of serve (also $$SALURAN_KEY)."`
}

func (k keeping) passphrase() (string, error) {
	if k.PassphraseFile == "" {
		return "", nil
	}
	f, err := os.Open(k.PassphraseFile)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line := bufio.NewScanner(f)
	if !line.Scan() || line.Text() == "" {
		return "", errors.Join(fmt.Errorf("%s has no passphrase in its first line", k.PassphraseFile), line.Err())
	}
	return line.Text(), nil
}

// blobs is where files lie outside the database: the folder that was named, or the folder or bucket of $SALURAN_FILES.
func (k keeping) blobs() (backup.Blobs, error) {
	if k.Files != "" {
		return backup.Folder(k.Files), nil
	}
	return files.Outside(os.Getenv(fileStore))
}

type backupCmd struct {
	keeping
	Out  string `name:"out" short:"o" required:"" type:"path" placeholder:"FILE" help:"The file to write; one that is there is never overwritten."`
	Keys bool   `help:"Put the keys of the installation into the backup too: what opens sealed columns, and what signs seals. Needs a passphrase."`
}

func (backupCmd) Help() string {
	return `Writes everything as it stood at one moment while trade goes on: nobody waits for it. It needs no other program, and the file restores into either engine: a backup of SQLite into MariaDB moves the portal there.

The file holds password hashes, bank accounts and everybody's prices. It is readable by its owner alone (mode 0600); keep it like that, or give a passphrase. It is a tar of zstd-compressed lines of JSON with a manifest that has the SHA-256 of every part; it was read back before the command says that it is done.

Files that people attached are part of it wherever they lie: in the database, in the folder or in the bucket of $SALURAN_FILES.

The keys of the installation are not, so that whoever finds a backup cannot read what is sealed in it (secrets of authenticators, webhooks and identity providers): keep a copy of $SALURAN_KEY, or of the file ….secret beside an SQLite database, in another place; and of $SALURAN_SEAL_KEY or ….sealkey, if a restored portal is to go on signing with the same key. With --keys and a passphrase the backup has both. Without them a restored portal works, and all its old seals are verified (their public keys are in the books), but authenticators, webhooks and identity providers must be set up anew. On MariaDB without $SALURAN_KEY the key is a row, and so part of every backup.

Progress goes to standard error; the result is one line of JSON: file, engine, schema, head_seq and head_hash (where the chain of journals stood), tables, rows, files, bytes, sha256 (of the file), encrypted, keys, seconds. Exits 0 when the backup is there and whole, 1 when not; then there is no file.

Example:
  saluran backup -o /backup/saluran-2026-03-01.tar --passphrase-file /etc/saluran/passphrase`
}

func (c backupCmd) Run(ctx context.Context) error {
	secret, err := c.passphrase()
	if err != nil {
		return err
	}
	blobs, err := c.blobs()
	if err != nil {
		return err
	}
	d, err := db.Present(ctx, c.DB)
	if err != nil {
		return err
	}
	defer d.Close()
	say("backing up the database of %s", d.Engine)
	b := backup.Backup{DB: d, Out: c.Out, Passphrase: secret, Blobs: blobs, Program: version, Clock: clock.System{}, Say: say}
	keys, err := app.FindKeys(ctx, c.DB, c.Key, c.SealKey)
	if err != nil {
		return err
	}
	if b.Mark = keys.Mark(); c.Keys {
		b.Keys = map[string][]byte{}
		for name, key := range map[string][]byte{keyInstallation: keys.Installation, keySeal: keys.Seal} {
			if len(key) > 0 {
				b.Keys[name] = key
			}
		}
	}
	taken, err := b.Run(ctx)
	if err != nil {
		return err
	}
	return printLine(taken)
}

// The names of keys in an archive.
const keyInstallation, keySeal = "installation", "seal"

type restoreCmd struct {
	keeping
	File        string `arg:"" type:"path" help:"The backup."`
	Check       bool   `help:"Read the backup to its end, say whether it is whole, and restore nothing."`
	EndSessions bool   `help:"End all sessions, API keys, links and codes that were sent, open invitations and operators' looks, and pause webhooks: what was revoked, withdrawn or used after the backup is not good again. People sign in with what they signed in with at the backup, in the roles that they had."`
	Erasures    string `type:"existingfile" placeholder:"FILE" help:"Erase whom this list names: those who were erased after the backup (saluran erasures writes it)."`
}

func (restoreCmd) Help() string {
	return `Restores into an empty place only: an SQLite file that is not there, or a database of MariaDB without tables (CREATE DATABASE … CHARACTER SET utf8mb4 COLLATE utf8mb4_bin); anything else is refused. A backup of an older program is brought to this program's schema.

First the archive is read to its end: one that is torn, cut off or altered is refused, and the part is named. What was loaded is read back and compared with the archive's digests, the books are verified, and the chain must stand where it stood at the backup. Until then no program takes the place for a portal, and what fails leaves it empty.

People, rights and sessions are those of the backup: who was shut out since is in again, and who was erased since is there again.

--end-sessions ends all that opens the portal without a person signing in: sessions; keys of the API, which are made anew; links and codes that were sent (to set a password, to sign in, to confirm an address); open invitations, which are sent anew; the links of applicants, who get another with the next letter; operators' looks into organisations. Webhooks are paused until their owners resume them. It does not change who belongs to which organisation in what role, passwords, authenticators and passkeys, or which pages of application are open: what of that has changed since the backup, change again.

--erasures FILE erases once more those who were erased after the backup. saluran erasures writes the list, from the database that is being replaced or, since that may be lost, regularly beside the backups. It has numbers alone, and nobody who is named in it is asked again: open work goes to a colleague, and an organisation whose last owner it was has none until the operator invites one.

Keys of the installation that the backup has are put where the new place has none; where $SALURAN_KEY is set, that one counts. sealed says whether what the backup holds sealed can be read here: where it cannot, put the key of the old place (the file ….secret, or $SALURAN_KEY) beside the new one before people sign in.

Progress goes to standard error; the result is one line of JSON: file, engine, schema, head_seq, head_hash, heads_equal, tables, rows, files, failed (promises of the books that do not hold), ended (by --end-sessions, how many of each), erased (by --erasures), sealed (readable, unreadable, or left out), seconds. Exits 0 when all of it holds, 1 when not.

Example:
  saluran restore --db mysql://saluran:secret@db.example:3306/saluran /backup/saluran-2026-03-01.tar`
}

func (c restoreCmd) Run(ctx context.Context) error {
	secret, err := c.passphrase()
	if err != nil {
		return err
	}
	if c.Check {
		m, err := backup.Check(ctx, c.File, secret)
		if err != nil {
			return err
		}
		return printLine(struct {
			Verb string        `json:"verb"`
			File string        `json:"file"`
			Of   string        `json:"program"`
			From db.Engine     `json:"engine"`
			At   string        `json:"taken"`
			Sch  int64         `json:"schema"`
			Head []backup.Head `json:"heads"`
			N    int           `json:"parts"`
		}{"check", c.File, m.Program, m.Engine, m.Taken, m.Schema, m.Heads, len(m.Parts)})
	}
	blobs, err := c.blobs()
	if err != nil {
		return err
	}
	r := backup.Restore{URL: c.DB, File: c.File, Passphrase: secret, Blobs: blobs, Verify: c.verify, EndSessions: c.EndSessions,
		Clock: clock.System{}, Say: say}
	gone, err := c.erasures()
	if err != nil {
		return err
	}
	res, err := r.Run(ctx)
	if err != nil {
		return err
	}
	if res.Sealed, err = c.keys(ctx, r); err != nil {
		return fmt.Errorf("the database is restored, but not the keys: %w", err)
	}
	if res.Erased, err = c.erase(ctx, gone); err != nil {
		return fmt.Errorf("the database is restored, but not everybody is erased who was since; it must not be used: %w", err)
	}
	return printLine(res)
}

// keys puts the keys of the archive where the new place has none, and says whether what is sealed can be read there.
func (c restoreCmd) keys(ctx context.Context, r backup.Restore) (sealed string, err error) {
	put := app.Keys{Installation: r.Keys[keyInstallation], Seal: r.Keys[keySeal]}
	if c.Key != "" {
		put.Installation = nil
	}
	if c.SealKey != "" {
		put.Seal = nil
	}
	if err := put.Put(ctx, c.DB); err != nil {
		return "", err
	}
	here, err := app.FindKeys(ctx, c.DB, c.Key, c.SealKey)
	switch {
	case err != nil || r.Mark == "":
		return "", err
	case here.Mark() == r.Mark:
		return "readable", nil
	}
	say("the key of this place is not the one under which secrets of authenticators, webhooks and identity providers are sealed: put that one (….secret or $SALURAN_KEY) here before people sign in")
	return "unreadable", nil
}

// verify recomputes the books of a database that is being restored, which is still marked.
func (c restoreCmd) verify(ctx context.Context, url string) (failed int, problems []string, err error) {
	a, err := app.Open(ctx, app.Config{DB: url, Log: c.logger(), NoMigrate: true, NoWorkers: true})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	rep, err := a.Verify(ctx, progress("journals"))
	if err != nil {
		return 0, nil, err
	}
	for _, p := range rep.Problems {
		problems = append(problems, p.String())
	}
	return rep.Failed(), problems, nil
}

// printLine prints the result of a verb as its last line.
func printLine(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}
