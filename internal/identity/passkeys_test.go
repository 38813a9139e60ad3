package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/identity"
)

// authenticator is a passkey in software: one credential (ES256), with a counter that can be set back as a copy's would be.
type authenticator struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	flags  byte // user present, user verified
	origin string
	party  string
}

func newAuthenticator(t *testing.T) *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authenticator{key: key, id: make([]byte, 16), flags: 0x05, origin: "https://portal.example", party: "portal.example"}
	rand.Read(a.id)
	return a
}

func (a *authenticator) data(flags byte) []byte {
	h := sha256.Sum256([]byte(a.party))
	return binary.BigEndian.AppendUint32(append(h[:], flags), a.count)
}

func (a *authenticator) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return b
}

type asked struct {
	PublicKey struct {
		Challenge              string
		UserVerification       string
		User                   struct{ ID string }
		AuthenticatorSelection struct{ UserVerification, ResidentKey string }
	}
}

func read(t *testing.T, options []byte) (q asked) {
	require.NoError(t, json.Unmarshal(options, &q))
	require.Len(t, q.PublicKey.Challenge, 43, "256 bits")
	return q
}

// create answers navigator.credentials.create.
func (a *authenticator) create(t *testing.T, options []byte) []byte {
	q := read(t, options)
	require.Equal(t, "required", q.PublicKey.AuthenticatorSelection.UserVerification)
	pub, err := a.key.PublicKey.ECDH()
	require.NoError(t, err)
	xy := pub.Bytes()[1:]
	cose := append([]byte{0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, xy[:32]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), xy[32:]...)
	data := append(a.data(a.flags|0x40), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(a.id))), a.id...)
	data = append(data, cose...)
	object := append([]byte{0xA3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xA0, 0x68), "authData"...)
	object = append(binary.BigEndian.AppendUint16(append(object, 0x59), uint16(len(data))), data...)
	b, _ := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"response": map[string]any{"clientDataJSON": b64(a.client("webauthn.create", q.PublicKey.Challenge)), "attestationObject": b64(object)}})
	return b
}

// answer answers navigator.credentials.get, after counting.
func (a *authenticator) answer(t *testing.T, options []byte) []byte {
	q := read(t, options)
	require.Equal(t, "required", q.PublicKey.UserVerification)
	client := a.client("webauthn.get", q.PublicKey.Challenge)
	data := a.data(a.flags)
	h := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), h[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	require.NoError(t, err)
	b, _ := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"response": map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(a.handle)}})
	return b
}

// own adds a passkey to a person.
func (w *world) own(t *testing.T, a access.Actor) *authenticator {
	k := newAuthenticator(t)
	k.count = 1
	options, ceremony, err := w.s.BeginAddPasskey(t.Context(), a)
	require.NoError(t, err)
	_, err = w.s.AddPasskey(t.Context(), a, ceremony, "phone", k.create(t, options))
	require.NoError(t, err)
	k.handle = append([]byte("p"), binary.BigEndian.AppendUint64(nil, uint64(a.Person))...)
	return k
}

func (w *world) byPasskey(t *testing.T, k *authenticator) error {
	options, ceremony, err := w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	_, _, err = w.s.SignInByPasskey(t.Context(), ceremony, k.answer(t, options), identity.SignIn{Kind: "web", IP: "10.1.1.1"})
	return err
}

func passkeys(t *testing.T) (*world, access.Actor, *authenticator) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	return w, a, w.own(t, a)
}

func TestACopiedPasskeyIsRefused(t *testing.T) {
	w, _, k := passkeys(t)
	for range 3 {
		k.count++
		require.NoError(t, w.byPasskey(t, k))
	}
	for _, back := range []uint32{k.count, k.count - 1, 1, 0} { // the copy counts from where it was made
		copied := *k
		copied.count = back
		require.Equal(t, "passkey.cloned", errs.CodeOf(w.byPasskey(t, &copied)), "count %d", back)
	}
	require.EqualValues(t, 4, w.s.Stats.SecondWrong.Load(), "and counted")
	k.count++
	require.NoError(t, w.byPasskey(t, k), "the first one goes on")
}

func TestAnAssertionIsGoodOnce(t *testing.T) {
	w, a, k := passkeys(t)
	in := identity.SignIn{Kind: "web", IP: "10.1.1.1"}
	options, ceremony, err := w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	k.count++
	shown := k.answer(t, options)
	var ok int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, _, err := w.s.SignInByPasskey(t.Context(), ceremony, shown, in)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ok++
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 1, ok, "of twenty at once one is let in")
	_, _, err = w.s.SignInByPasskey(t.Context(), ceremony, shown, in)
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "the challenge is used up")
	_, other, err := w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	_, _, err = w.s.SignInByPasskey(t.Context(), other, shown, in)
	require.Equal(t, "passkey.refused", errs.CodeOf(err), "and the answer is to no other")

	options, ceremony, err = w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	w.pass(6 * time.Minute)
	k.count++
	_, _, err = w.s.SignInByPasskey(t.Context(), ceremony, k.answer(t, options), in)
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "too late")

	// What was asked of nobody in particular steps nobody up, and the other way round.
	options, ceremony, err = w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	k.count++
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(w.s.StepUp(t.Context(), a, identity.Shown{Ceremony: ceremony, Assertion: k.answer(t, options)})))
	options, ceremony, err = w.s.BeginPasskey(t.Context(), a.Person)
	require.NoError(t, err)
	k.count++
	shown = k.answer(t, options)
	require.NoError(t, w.s.StepUp(t.Context(), a, identity.Shown{Ceremony: ceremony, Assertion: shown}))
	require.Error(t, w.s.StepUp(t.Context(), a, identity.Shown{Ceremony: ceremony, Assertion: shown}), "replayed")
}

func TestAPasskeyIsHeldByItsPerson(t *testing.T) {
	w, a, k := passkeys(t)
	good := *k
	for name, change := range map[string]func(*authenticator){
		"not verified":    func(k *authenticator) { k.flags = 0x01 },
		"not present":     func(k *authenticator) { k.flags = 0x04 },
		"another origin":  func(k *authenticator) { k.origin = "https://portal.example.evil.id" },
		"in the clear":    func(k *authenticator) { k.origin = "http://portal.example" },
		"another party":   func(k *authenticator) { k.party = "evil.id" },
		"another key":     func(k *authenticator) { k.key = newAuthenticator(t).key },
		"another's id":    func(k *authenticator) { k.id = newAuthenticator(t).id },
		"nobody's handle": func(k *authenticator) { k.handle = []byte("p\x00\x00\x00\x00\x00\x00\x00\x63") },
		"no handle":       func(k *authenticator) { k.handle = nil },
	} {
		bad := good
		bad.count += 7
		change(&bad)
		err := w.byPasskey(t, &bad)
		require.Equal(t, "passkey.refused", errs.CodeOf(err), "%s: %v", name, err)
	}
	budi := w.seed(t, 11, "producer", "budi@example.id", "owner")
	theirs := good
	theirs.count += 7
	theirs.handle = append([]byte("p"), binary.BigEndian.AppendUint64(nil, uint64(budi))...)
	require.Error(t, w.byPasskey(t, &theirs), "a passkey opens its own account and no other")
	good.count++
	require.NoError(t, w.byPasskey(t, &good))

	// One that does not check who holds it is not taken either, nor one that is somebody's already.
	lax := newAuthenticator(t)
	lax.flags = 0x01
	options, ceremony, err := w.s.BeginAddPasskey(t.Context(), a)
	require.NoError(t, err)
	_, err = w.s.AddPasskey(t.Context(), a, ceremony, "key", lax.create(t, options))
	require.Equal(t, "passkey.refused", errs.CodeOf(err))
	_, b := w.signIn(t, "budi@example.id")
	options, ceremony, err = w.s.BeginAddPasskey(t.Context(), b)
	require.NoError(t, err)
	_, err = w.s.AddPasskey(t.Context(), a, ceremony, "key", k.create(t, options))
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "the challenge was for another")
	options, ceremony, err = w.s.BeginAddPasskey(t.Context(), b)
	require.NoError(t, err)
	_, err = w.s.AddPasskey(t.Context(), b, ceremony, "key", k.create(t, options))
	require.Equal(t, "passkey.taken", errs.CodeOf(err))
}

// TestFactorsThatChangeEndSessions: whoever sat in the account before is out.
func TestFactorsThatChangeEndSessions(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	other, _ := w.signIn(t, "ani@example.id")
	_, a := w.signIn(t, "ani@example.id")
	open := func(token string) bool {
		_, _, err := w.s.Actor(t.Context(), token)
		return err == nil
	}
	require.True(t, open(other))
	k := w.own(t, a)
	require.False(t, open(other), "a passkey was added")
	_, _, err := w.s.BeginAddPasskey(t.Context(), a)
	require.NoError(t, err, "the one that added it goes on")

	other = w.more(t, k)
	secret, _ := w.enrol(t, a)
	require.False(t, open(other), "an authenticator app was added")
	w.pass(time.Minute)
	require.NoError(t, w.s.StepUp(t.Context(), a, identity.Shown{Code: w.code(t, secret)}))
	other = w.more(t, k)
	require.NoError(t, w.s.ChangePassword(t.Context(), a, "a long secret", "something quite new"))
	require.False(t, open(other), "the password was changed")
	other = w.more(t, k)
	all, _, err := w.s.Factors(t.Context(), a)
	require.NoError(t, err)
	require.NoError(t, w.s.RemoveFactor(t.Context(), a, all[0].ID))
	require.False(t, open(other), "a factor was removed")
}

// more is another open session, at another device.
func (w *world) more(t *testing.T, k *authenticator) string {
	options, ceremony, err := w.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	k.count++
	token, _, err := w.s.SignInByPasskey(t.Context(), ceremony, k.answer(t, options), identity.SignIn{Kind: "web", IP: "10.1.1.1"})
	require.NoError(t, err)
	return token
}
