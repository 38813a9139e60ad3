package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"saluran/internal/db"
)

// Blob is a file that is kept outside the database: its key in the store, a slash-separated path, and its size in bytes.
type Blob struct {
	Key  string
	Size int64
}

// Blobs is a store of files outside the database. A file is written before the row that names it is committed, and not changed
// after.
type Blobs interface {
	// List calls each for the files that stood at the snapshot q of the database, or more; for all where q is nil.
	List(ctx context.Context, q db.Querier, each func(Blob) error) error
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Put writes a file of so many bytes; what is shorter is an error and leaves nothing.
	Put(ctx context.Context, key string, size int64, r io.Reader) error
	Remove(ctx context.Context, key string) error
}

// Folder is a folder as a store of files. Names that begin with a dot are not part of it: uploads in progress have such.
type Folder string

// List calls each for every file of the folder and of those in it.
func (f Folder) List(ctx context.Context, _ db.Querier, each func(Blob) error) error {
	return fs.WalkDir(os.DirFS(string(f)), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == ".":
			return nil // no upload yet
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name != "." && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is no plain file", path.Join(string(f), name))
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return each(Blob{name, info.Size()})
	})
}

// Open opens a file of the folder.
func (f Folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(key)
}

// Put writes a file, readable by its owner alone; folders are made as needed.
func (f Folder) Put(_ context.Context, key string, size int64, r io.Reader) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	w, err := root.OpenFile(key, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(w, r, size)
	err = errors.Join(err, w.Sync(), w.Close())
	if err != nil {
		_ = root.Remove(key)
	}
	return err
}

// Remove removes a file.
func (f Folder) Remove(_ context.Context, key string) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer root.Close()
	return root.Remove(key)
}
