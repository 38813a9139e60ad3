package db_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"saluran/internal/db"
	"saluran/internal/db/dbtest"
)

// TestManyWhoMissWaitForOne: a value that many want at once is loaded once; where that fails, nobody is left with the failure of another.
func TestManyWhoMissWaitForOne(t *testing.T) {
	c := db.NewCache[string, int](dbtest.New(t), 10)
	var loads atomic.Int64
	begun, may := make(chan struct{}), make(chan struct{})
	slow := func(context.Context, string) (int, error) {
		if loads.Add(1) == 1 {
			close(begun)
		}
		<-may
		return 7, nil
	}
	get := func(load func(context.Context, string) (int, error)) {
		if v, epoch, err := c.Get(t.Context(), "k", load); v != 7 || epoch == 0 || err != nil {
			t.Errorf("%d of epoch %d, %v", v, epoch, err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { get(slow) })
	<-begun
	for range 20 {
		wg.Go(func() { get(slow) })
	}
	impatient, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if _, _, err := c.Get(impatient, "k", slow); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who will not wait is not kept waiting: %v", err)
	}
	close(may)
	wg.Wait()
	get(slow)
	if n := loads.Load(); n != 1 {
		t.Errorf("loaded %d times", n)
	}
	if _, _, err := c.Get(t.Context(), "other", func(context.Context, string) (int, error) { return 0, errors.New("no") }); err == nil {
		t.Error("a failure is answered")
	}
	if v, _, err := c.Get(t.Context(), "other", func(context.Context, string) (int, error) { return 8, nil }); v != 8 || err != nil {
		t.Errorf("a failure was kept: %d, %v", v, err)
	}
}
