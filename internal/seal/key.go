package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"saluran/internal/id"
)

// Key is the private key of an installation: it signs seals and audit rows.
type Key struct {
	private ed25519.PrivateKey
	ID      id.ID  // of the public half: the same everywhere
	From    string // where it was found, for people; "" for one that ends with the program
}

// KeyID names a public key: the first 63 bits of its SHA-256.
func KeyID(public ed25519.PublicKey) id.ID {
	s := sha256.Sum256(public)
	return id.ID(binary.BigEndian.Uint64(s[:8])>>1 | 1)
}

func newKey(seed []byte, from string) Key {
	p := ed25519.NewKeyFromSeed(seed)
	return Key{p, KeyID(p.Public().(ed25519.PublicKey)), from}
}

// Public is the half that everybody may know, in base64.
func (k Key) Public() string {
	return base64.StdEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey))
}

// ParsePublic reads a public key in base64 or hexadecimal.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	b, err := bits(text)
	if err != nil {
		return nil, fmt.Errorf("not an Ed25519 public key (32 bytes in base64 or hexadecimal): %w", err)
	}
	return b, nil
}

func bits(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	b, err := hex.DecodeString(text)
	if err != nil {
		b, err = base64.StdEncoding.DecodeString(text)
	}
	if err == nil && len(b) != 32 {
		err = fmt.Errorf("%d bytes", len(b))
	}
	return b, err
}

// LoadKey finds the key of the installation. setting is the 32 bytes of the seed in base64 or hexadecimal, or file:PATH; "" is the
// place that goes with the database: beside a SQLite file, else data/seal.key where there is a folder data. A file that is not there
// is made, for its owner alone. Where there is no place for a key, one is made that ends with the program (From is ""): what it
// signed stays provable, because its public half is in the chain before it signs anything (Keeper.Ready).
func LoadKey(setting, dbURL string) (Key, error) {
	file, named := strings.CutPrefix(setting, "file:")
	if setting != "" && !named {
		seed, err := bits(setting)
		if err != nil {
			return Key{}, errors.New("the seal key must be 32 bytes in base64 or hexadecimal, or file:PATH")
		}
		return newKey(seed, "the configuration"), nil
	}
	if !named {
		file = usualPlace(dbURL)
	}
	if file != "" {
		seed, err := readOrMake(file)
		if err == nil {
			return newKey(seed, file), nil
		}
		if named {
			return Key{}, fmt.Errorf("seal key: %w", err)
		}
	}
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	return newKey(seed, ""), nil
}

// FindSeed is the seed of the key that LoadKey would find; nil where there is none yet. It makes none.
func FindSeed(setting, dbURL string) ([]byte, error) {
	file, named := strings.CutPrefix(setting, "file:")
	if setting != "" && !named {
		return bits(setting)
	}
	if !named {
		file = usualPlace(dbURL)
	}
	text, err := os.ReadFile(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return bits(string(text))
}

// PutSeed puts a seed into the place that goes with a database, where there is none yet. Errors: there is no such place.
func PutSeed(dbURL string, seed []byte) error {
	file := usualPlace(dbURL)
	if file == "" {
		return errors.New("there is no folder data to keep it in: name a place with SALURAN_SEAL_KEY=file:PATH")
	}
	return Write(file, seed)
}

func usualPlace(dbURL string) string {
	if file, ok := strings.CutPrefix(dbURL, "sqlite:"); ok {
		return strings.TrimSuffix(file, ".making") + ".sealkey" // a demonstration that is being made is put in its place when it is whole
	}
	if s, err := os.Stat("data"); err == nil && s.IsDir() {
		return filepath.Join("data", "seal.key")
	}
	return ""
}

// readOrMake reads a seed; two programs that start at once end with the same one.
func readOrMake(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(file); err == nil || errors.Is(err, fs.ErrExist) {
			text, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return nil, err
	}
	seed, err := bits(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return seed, nil
}

// create writes a new seed.
func create(file string) error {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	return Write(file, seed)
}

// Write keeps a secret in a file of its own, in base64, for its owner alone; fs.ErrExist where there is one.
// It is written beside its place and linked there: nobody reads half of one.
func Write(file string, secret []byte) error {
	half, err := os.CreateTemp(filepath.Dir(file), ".sealkey-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(half.Name())
	_, err = half.WriteString(base64.StdEncoding.EncodeToString(secret) + "\n")
	if err == nil {
		err = half.Sync()
	}
	if cerr := half.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Link(half.Name(), file)
}

// markSize is a key's id and its signature.
const markSize = 8 + ed25519.SignatureSize

func (k Key) mark(row []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(k.ID)), ed25519.Sign(k.private, row)...)
}

// keys are the public keys that the chain knows.
type keys map[id.ID]ed25519.PublicKey

func (k keys) vouches(mark, row []byte) bool {
	if len(mark) != markSize {
		return false
	}
	p, ok := k[id.ID(binary.BigEndian.Uint64(mark))]
	return ok && ed25519.Verify(p, row, mark[8:])
}
