// Package secret keeps secrets that the portal must be able to read again (of authenticators, of identity providers) unreadable in
// its database and in backups of it: AES-256-GCM under a key of the installation, which lives elsewhere.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
)

// Key seals and opens. It is safe for concurrent use.
type Key struct {
	aead cipher.AEAD
	mac  []byte
}

// Size is the least length of the installation's secret, in bytes.
const Size = 32

// New derives a key from the installation's secret: Size random bytes or more.
func New(secret []byte) (*Key, error) {
	if len(secret) < Size {
		return nil, errors.New("the key of the installation must have 32 bytes at least")
	}
	enc, err := hkdf.Key(sha256.New, secret, nil, "saluran seal 1", 32)
	if err != nil {
		return nil, err
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "saluran mac 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(enc)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Key{aead, mac}, err
}

// Seal makes plain unreadable. about says what it is and whose ("totp/1017"): it opens under the same words only, so that a
// sealed value cannot be moved to another row.
func (k *Key) Seal(about string, plain []byte) []byte {
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce)
	return k.aead.Seal(nonce, nonce, plain, []byte(about))
}

// Open reads what Seal made.
func (k *Key) Open(about string, sealed []byte) ([]byte, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("seal: too short")
	}
	return k.aead.Open(nil, sealed[:n], sealed[n:], []byte(about))
}

// MAC vouches for data that travels through other hands.
func (k *Key) MAC(about string, data []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	h.Write([]byte(about))
	h.Write([]byte{0})
	h.Write(data)
	return h.Sum(nil)
}
