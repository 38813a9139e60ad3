package secret_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/secret"
)

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	k, err := secret.New(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	s := k.Seal("totp/1", []byte("secret"))
	require.NotContains(t, string(s), "secret")
	require.NotEqual(t, s, k.Seal("totp/1", []byte("secret")))
	p, err := k.Open("totp/1", s)
	require.NoError(t, err)
	require.Equal(t, "secret", string(p))
	_, err = k.Open("totp/2", s)
	require.Error(t, err, "another row")
	s[len(s)-1] ^= 1
	_, err = k.Open("totp/1", s)
	require.Error(t, err, "a flipped bit")
	_, err = k.Open("totp/1", s[:3])
	require.Error(t, err)
	other, err := secret.New(bytes.Repeat([]byte{8}, 32))
	require.NoError(t, err)
	_, err = other.Open("totp/1", k.Seal("totp/1", []byte("secret")))
	require.Error(t, err, "another installation")
	require.NotEqual(t, k.MAC("a", []byte("x")), k.MAC("b", []byte("x")))
	_, err = secret.New([]byte("short"))
	require.Error(t, err)
}
