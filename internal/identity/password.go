package identity

import (
	"context"
	"time"

	"github.com/alexedwards/argon2id"

	"saluran/internal/errs"
)

// params are OWASP's for argon2id: 19 MiB, two passes, one lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hasher bounds how many passwords are hashed at once, so that five hundred sign-ins cost time and not memory.
type hasher struct {
	slots chan struct{}
	queue chan struct{}
	decoy string // what is compared for an account that does not exist, so that it takes as long
}

func newHasher() (*hasher, error) {
	decoy, err := argon2id.CreateHash(newToken(), params)
	return &hasher{slots: make(chan struct{}, 2), queue: make(chan struct{}, 64), decoy: decoy}, err
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, errs.New(errs.Busy, "busy")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
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
	if err != nil || p.Memory > 64*1024 || p.Iterations > 8 {
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, stored)
}
