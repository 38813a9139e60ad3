package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"saluran/internal/db"
)

// Store keeps bytes.
type Store interface {
	// Kind is the word that file rows remember the store by: db, dir, s3.
	Kind() string
	// Create begins the object of a file. Nothing is readable before Commit.
	Create(ctx context.Context, f File) (Sink, error)
	// Open reads from an offset to the end. Bytes that are missing are an error, at once or while reading.
	Open(ctx context.Context, f File, offset int64) (io.ReadCloser, error)
	// Remove removes what there is of the object; nothing there is no error.
	Remove(ctx context.Context, f File) error
}

// Sink takes the bytes of one object. One of Commit and Abort ends it.
type Sink interface {
	io.Writer
	Commit() error
	Abort() error
}

// OpenStore opens the store that a configuration names:
//
//	db                       the portal's own database ("" too)
//	dir:/path                a directory, made if it is not there; keep it away from what a web server serves
//	s3://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=R&tls=off&lookup=path]
//
// Without a key in the URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are read.
func OpenStore(d *db.DB, config string) (Store, error) {
	path, isDir := strings.CutPrefix(config, "dir:")
	switch {
	case config == "", config == "db":
		return database{d}, nil
	case isDir:
		return openDirectory(path)
	case strings.HasPrefix(config, "s3://"):
		return openS3(config)
	}
	return nil, fmt.Errorf("files: %q names no store: db, dir:/path or s3://key:secret@host/bucket", redact(config))
}

// redact keeps a secret out of an error.
func redact(config string) string {
	if scheme, rest, ok := strings.Cut(config, "://"); ok {
		if _, host, ok := strings.Cut(rest, "@"); ok {
			return scheme + "://…@" + host
		}
	}
	return config
}

// randomName is the name of a new object: 128 bits that nobody guesses, and nothing of the sender's.
func randomName() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
