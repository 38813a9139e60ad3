package app

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"saluran/internal/db"
	"saluran/internal/seal"
)

// Keys are what an installation has beside its database: what opens its sealed columns (Installation) and what signs its seals
// (Seal, a seed). nil is none.
type Keys struct{ Installation, Seal []byte }

// FindKeys reads the keys that go with a database and the settings of Config.Key and Config.SealKey, and makes none.
func FindKeys(ctx context.Context, url, key, sealKey string) (k Keys, err error) {
	if k.Seal, err = seal.FindSeed(sealKey, url); err != nil {
		return k, fmt.Errorf("the seal key: %w", err)
	}
	if key != "" {
		k.Installation = []byte(key)
		return k, nil
	}
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		text, err := os.ReadFile(file + ".secret")
		if errors.Is(err, fs.ErrNotExist) {
			return k, nil
		}
		if err == nil {
			k.Installation, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		}
		return k, err
	}
	d, err := db.Existing(ctx, url)
	if err != nil {
		return k, err
	}
	defer d.Close()
	var rows [][]byte
	err = d.R(ctx).Raw("SELECT value FROM installation WHERE name = 'key'").Scan(&rows).Error
	if len(rows) > 0 {
		k.Installation = rows[0]
	}
	return k, err
}

// Mark names an installation's key without telling it: "" for none.
func (k Keys) Mark() string {
	if len(k.Installation) == 0 {
		return ""
	}
	s := sha256.Sum256(append([]byte("saluran installation key\x00"), k.Installation...))
	return hex.EncodeToString(s[:8])
}

// Put gives a restored database those of the keys for which it has none yet, in the places where the portal looks for them.
func (k Keys) Put(ctx context.Context, url string) error {
	have, err := FindKeys(ctx, url, "", "")
	if err != nil {
		return err
	}
	if len(have.Seal) == 0 && len(k.Seal) > 0 {
		if err := seal.PutSeed(url, k.Seal); err != nil {
			return fmt.Errorf("the seal key: %w", err)
		}
	}
	if len(have.Installation) > 0 || len(k.Installation) == 0 {
		return nil
	}
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return seal.Write(file+".secret", k.Installation)
	}
	d, err := db.Existing(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.InTx(ctx, func(ctx context.Context) error {
		return d.W(ctx).Exec("INSERT INTO installation (name, value) VALUES ('key', ?)", k.Installation).Error
	})
}
