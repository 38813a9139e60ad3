package intake

import (
	"runtime/debug"
	"sync"
)

// lean makes the garbage collector run when the heap has grown by a quarter while imports run: they make much that is needed once. What it returns
// ends that.
func lean() (end func()) {
	leanMu.Lock()
	defer leanMu.Unlock()
	if leanRuns == 0 {
		usual = debug.SetGCPercent(25)
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
