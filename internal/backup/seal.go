package backup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

const sealed = "age-encryption.org/v1" // how an encrypted archive begins

var errSealed = errors.New("encrypted archive")

// seal encrypts what is written to w; the caller closes what it gets. Without a passphrase nothing is changed.
func seal(w io.Writer, passphrase string) (io.WriteCloser, error) {
	if passphrase == "" {
		return open{w}, nil
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, to)
}

type open struct{ io.Writer }

func (open) Close() error { return nil }

// unseal decrypts what r reads, where it is encrypted.
func unseal(r io.Reader, passphrase string) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	if begin, _ := in.Peek(len(sealed)); string(begin) != sealed {
		return in, nil
	}
	if passphrase == "" {
		return nil, errors.New("the archive is encrypted: give the file of its passphrase with --passphrase-file")
	}
	key, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	out, err := age.Decrypt(in, key)
	var wrong *age.NoIdentityMatchError
	switch {
	case errors.As(err, &wrong):
		return nil, errors.New("the passphrase is not that of the archive")
	case err != nil:
		return nil, fmt.Errorf("the encrypted archive is torn or altered at its beginning: %w", err)
	}
	return unsealed{out}, nil
}

// unsealed says of an error that it came from the encryption: the bytes are not those that were encrypted.
type unsealed struct{ in io.Reader }

func (u unsealed) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && err != io.EOF && !strings.Contains(err.Error(), "unexpected EOF") {
		err = fmt.Errorf("%w is not as it was written (%v)", errSealed, err)
	}
	return n, err
}
