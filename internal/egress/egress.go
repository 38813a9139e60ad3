// Package egress knows by which ways words leave the portal: answers, streams, workbooks, files, letters, webhooks, the log, errors.
// Tests watch all of them at once, and hold what leaves against what may not. A program that never calls Watch pays one load of a
// pointer for each piece.
package egress

import "sync/atomic"

// Ways by which words leave.
const (
	Answer   = "answer" // and streams: what is written to a connection
	Workbook = "workbook"
	File     = "file"
	Letter   = "letter"
	Webhook  = "webhook"
	Log      = "log"
	Error    = "error"
)

var watcher atomic.Pointer[func(way, where string, words []byte)]

// Watch has everything that leaves shown to see before it leaves: by which way, where (a path, a receiver, a name) and the words as
// a reader would see them, neither compressed nor encrypted. see may be called by several goroutines at once, and keeps nothing.
func Watch(see func(way, where string, words []byte)) { watcher.Store(&see) }

// Watched tells whether somebody watches: words that have to be made for Out alone need not be made otherwise.
func Watched() bool { return watcher.Load() != nil }

// Out shows words that are about to leave.
func Out(way, where string, words []byte) {
	if see := watcher.Load(); see != nil {
		(*see)(way, where, words)
	}
}
