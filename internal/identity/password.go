package identity

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/nbutton23/zxcvbn-go/data"

	"saluran/internal/errs"
)

// params are OWASP's for argon2id: 19 MiB, two passes, one lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// maxHashing is how many may be hashed or wait for it; whoever comes after them is asked to come again. 64 of 19 MiB would be too
// much at once, so that only as many run as there are cores.
const maxHashing = 64

// local are passwords that the list of the world does not have and that are tried here first.
var local = []string{"rahasia123", "indonesia", "indonesia1", "indonesia123", "bismillah", "bismillah1", "sayangku", "sayang123", "merdeka1945", "jakarta123",
	"kopi1234", "admin1234", "katasandi", "katasandi123", "rahasia1", "12345678a", "a12345678", "qwerty123", "password1", "saluran123"}

// commonest are the passwords that many people have chosen and that have become known: some 10,000 of eight characters and more,
// from the list that comes with zxcvbn.
var commonest = sync.OnceValue(func() map[string]struct{} {
	out := map[string]struct{}{}
	for _, p := range append(listed(), local...) {
		if len(p) >= minPassword {
			out[strings.ToLower(p)] = struct{}{}
		}
	}
	return out
})

func listed() []string {
	var known struct{ List []string }
	if b, err := data.Asset("data/Passwords.json"); err == nil {
		_ = json.Unmarshal(b, &known) // a test holds that it can be read
	}
	return known.List
}

// stems are the commonest of any length from four characters on: what a few figures are put behind.
var stems = sync.OnceValue(func() map[string]struct{} {
	out := map[string]struct{}{}
	for _, p := range append(listed(), local...) {
		if len(p) >= 4 {
			out[strings.ToLower(p)] = struct{}{}
		}
	}
	return out
})

// lengthened is by how many figures and marks at its end a common password is still the same one.
const lengthened = 4

// common tells whether a password is one of those that are tried first, in capitals or not, also when somebody has only lengthened it
// by up to four figures and marks or by saying it twice, or when it is one character over and over.
func common(p string) bool {
	p = strings.ToLower(strings.TrimSpace(p))
	if strings.Trim(p, p[:min(1, len(p))]) == "" {
		return true
	}
	if _, ok := commonest()[p]; ok {
		return true
	}
	for n := 1; n <= lengthened && n < len(p) && !letter(p[len(p)-n]); n++ {
		if _, ok := stems()[p[:len(p)-n]]; ok {
			return true
		}
	}
	half := p[:len(p)/2]
	if half+half == p && len(half) < minPassword {
		return true
	}
	return false
}

// letter tells whether a byte is of a letter, in whatever script.
func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 0x80 }

const minPassword, maxPassword = 8, 128

// hasher bounds how many passwords are hashed at once, so that five hundred sign-ins cost time and not memory.
type hasher struct {
	slots chan struct{}
	queue chan struct{}
	decoy string        // what is compared for an account that does not exist, so that it takes as long
	wait  time.Duration // how long one may stand in the queue
}

func newHasher() (*hasher, error) {
	decoy, err := argon2id.CreateHash(newToken(), params)
	return &hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), queue: make(chan struct{}, maxHashing), decoy: decoy, wait: 10 * time.Second}, err
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, errs.New(errs.Busy, "busy")
	}
	ctx, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, errs.Wrap(errs.Busy, "busy", ctx.Err())
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return argon2id.CreateHash(password, params)
}

// matches compares; a stored hash with costlier parameters than ours is refused unread.
func (h *hasher) matches(ctx context.Context, password, stored string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if stored == "" {
		stored = h.decoy
	}
	p, _, _, err := argon2id.DecodeHash(stored)
	if err != nil || p.Memory > 64*1024 || p.Iterations > 8 || p.Parallelism > 4 || p.KeyLength > 64 {
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, stored)
}
