package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"saluran/internal/access"
	"saluran/internal/db"
	"saluran/internal/identity"
	"saluran/internal/secret"
)

// key is the key of the installation, found or made when it is first needed: the configured secret; else a file beside an SQLite
// database; else a row of the database, which every instance finds, and which guards less: whoever has the database has it too.
func (a *App) key() func() (*secret.Key, error) {
	return sync.OnceValues(func() (*secret.Key, error) {
		raw := a.Key
		var err error
		if len(raw) == 0 {
			if file, ok := strings.CutPrefix(a.Config.DB, "sqlite:"); ok {
				raw, err = keyFile(file + ".secret")
			} else {
				a.Log.Warn("SALURAN_KEY is not set: the key of the installation is kept in the database itself")
				raw, err = a.keyRow(context.Background())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("the key of the installation: %w", err)
		}
		return secret.New(raw)
	})
}

func newSecret() []byte {
	b := make([]byte, secret.Size)
	rand.Read(b)
	return b
}

// keyFile reads the secret, or makes it: of two programs that begin at once one makes it.
func keyFile(name string) ([]byte, error) {
	if f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		_, err = f.WriteString(base64.StdEncoding.EncodeToString(newSecret()) + "\n")
		if err == nil {
			err = f.Sync()
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
}

func (a *App) keyRow(ctx context.Context) (raw []byte, err error) {
	read := func(ctx context.Context) (out []byte, err error) {
		var rows [][]byte
		err = a.DB.R(ctx).Raw("SELECT value FROM installation WHERE name = 'key'").Scan(&rows).Error
		if err == nil && len(rows) > 0 {
			out = rows[0]
		}
		return out, err
	}
	if raw, err = read(ctx); err != nil || raw != nil {
		return raw, err
	}
	err = a.DB.InTx(ctx, func(ctx context.Context) error {
		return a.DB.W(ctx).Exec("INSERT INTO installation (name, value) VALUES ('key', ?)", newSecret()).Error
	})
	if err != nil && db.Classify(err) != db.Duplicate {
		return nil, err
	}
	return read(ctx)
}

// steps asks for a fresh proof, beside the right, where the organisation's bank accounts change.
type steps struct {
	*access.Gate
	identity *identity.Service
}

// Require is the gate's, and a fresh proof for bank accounts.
func (x steps) Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error {
	if err := x.Gate.Require(ctx, a, rel, object, action); err != nil {
		return err
	}
	if object == "bank" && action == "write" {
		return x.identity.Sure(ctx, a)
	}
	return nil
}
