package pulse

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
)

func TestNewsWakeThoseWhoWaitForThem(t *testing.T) {
	var asked atomic.Int64
	p := New(clock.System{}, slog.New(slog.DiscardHandler), func(_ context.Context, _ clock.Instant) ([]id.ID, error) {
		asked.Add(1)
		return []id.ID{7}, nil
	})
	p.every = 5 * time.Millisecond
	go p.Run(t.Context())
	time.Sleep(30 * time.Millisecond)
	if asked.Load() != 0 {
		t.Fatal("nobody waits, and it is asked all the same")
	}
	mine, other := p.Wait(7, 0), p.Wait(8)
	select {
	case <-mine.C:
	case <-time.After(5 * time.Second):
		t.Fatal("it was never told")
	}
	select {
	case <-other.C:
		t.Fatal("it was told of what it does not wait for")
	default:
	}
	p.Touch(8)
	<-other.C
	mine.End()
	other.End()
	if !p.idle() {
		t.Fatal("somebody still waits")
	}
}
