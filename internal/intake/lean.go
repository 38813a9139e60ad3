package intake

import (
	"runtime/debug"
	"sync"
)

// lean makes the garbage collector run twice as often while imports run: they make much that is needed once. What it returns
// ends that.
func lean() (end func()) {
	leanMu.Lock()
	defer leanMu.Unlock()
	if leanRuns == 0 {
		usual = debug.SetGCPercent(50)
	}
	leanRuns++
	return func() {
		leanMu.Lock()
		defer leanMu.Unlock()
		if leanRuns--; leanRuns == 0 {
			debug.SetGCPercent(usual)
		}
	}
}

var (
	leanMu   sync.Mutex
	leanRuns int
	usual    int
)
