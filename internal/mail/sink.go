package mail

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"saluran/internal/clock"
)

// Sink keeps letters instead of sending them: for tests, development and the demonstration. It keeps the last ones in memory, and
// writes each into Dir where one is named.
type Sink struct {
	Dir string
	mu  sync.Mutex
	all []Letter
}

const sinkKeeps = 200

// Carry keeps a letter.
func (s *Sink) Carry(_ context.Context, l Letter) error {
	if s.Dir != "" {
		if err := s.file(l); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, l)
	if over := len(s.all) - sinkKeeps; over > 0 {
		s.all = append([]Letter(nil), s.all[over:]...)
	}
	return nil
}

func (s *Sink) file(l Letter) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	from, err := NewSMTP("smtp://localhost", "Saluran <portal@localhost>")
	if err != nil {
		return err
	}
	m, err := from.message(l)
	if err != nil {
		return Permanent{err}
	}
	f, err := os.OpenFile(filepath.Join(s.Dir, l.ID.String()+".eml"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = m.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// Letters are the letters that are kept, newest first; to "" means everybody's.
func (s *Sink) Letters(to string) []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Letter
	for i := len(s.all) - 1; i >= 0; i-- {
		if to == "" || s.all[i].To == to {
			out = append(out, s.all[i])
		}
	}
	return out
}

// Await waits up to wait for a letter to somebody that came after since; ok is false where none came.
func (s *Sink) Await(to string, since clock.Instant, wait time.Duration) (l Letter, ok bool) {
	for end := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		if got := s.Letters(to); len(got) > 0 && got[0].At >= since {
			return got[0], true
		}
		if time.Now().After(end) {
			return Letter{}, false
		}
	}
}
