// Package files keeps what people send and what the portal makes: bytes in a store, a row that describes them, and, for what is
// attached to a document, who attached it and whether it may be seen.
//
// # Stores
//
// Bytes lie in the database in parts (the default), in a directory, or with an S3-compatible server: see OpenStore. A file
// remembers its store, so that the configuration may change while old files stay readable. Names of objects are random and
// ours; what the sender called the file is text, cleaned, and nothing else.
//
// # What is accepted
//
// A type is decided by content (see Inspect): PDF, JPEG, PNG, WEBP, XLSX, CSV and plain text. What is two things at once, carries
// programs, or unpacks to more than it says is refused. Photos lose everything that tells where and with what they were taken,
// without being encoded again: their pixels are evidence.
//
// # Who sees it
//
// An attachment is seen by those who may read its document, and by nobody else; until it is attached, by the organisation that
// sent it. The SHA-256 of its bytes goes into its audit row, so that Verify can tell that they were changed.
package files

import (
	"encoding/hex"
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// Limits of what is kept.
const (
	MaxPDF    = 15 << 20
	MaxImage  = 15 << 20
	MaxSheet  = 10 << 20
	MaxText   = 5 << 20
	MaxSide   = 12_000     // pixels of an image along one side
	MaxPixels = 60_000_000 // pixels of an image
	MaxEach   = 50         // attachments of one document
	MaxApart  = 5          // of those that somebody without an account sent for it

	DefaultQuota int64 = 2 << 30        // bytes of attachments that an organisation may keep
	OrphanAfter        = 24 * time.Hour // how long a file may wait for its document, and how long an ended one is kept
)

// Media types that are accepted.
const (
	PDF  = "application/pdf"
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WEBP = "image/webp"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	CSV  = "text/csv"
	Text = "text/plain"
)

// Accept is what a form offers to choose from.
const Accept = ".pdf,.jpg,.jpeg,.png,.webp,.xlsx,.csv,.txt"

// File is what is known of a finished file.
type File struct {
	ID      id.ID
	Org     id.ID
	Name    string
	Media   string
	Size    int64
	SHA256  []byte        `gorm:"column:sha256"`
	Created clock.Instant `gorm:"column:created_us"`
	Store   string        // db, dir, s3
	Object  string        // what the store calls it; "" in the database
	Kept    int64         // 1: until whoever attached it lets it go; 0: a job's, for a while
}

// ETag is the file's content as an HTTP entity tag.
func (f File) ETag() string { return `"` + hex.EncodeToString(f.SHA256) + `"` }

const columns = "id, org, name, media, size, sha256, created_us, store, object, kept"
