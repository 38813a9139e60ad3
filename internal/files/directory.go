package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// directory keeps files below one folder, which os.Root never leaves. A file is written beside its place and moved there, so
// that half a file has no name that anybody knows.
type directory struct{ root *os.Root }

func openDirectory(path string) (Store, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("files: the directory %q must be named from the root", path)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	d := directory{root}
	probe := "." + randomName()
	w, err := root.OpenFile(probe, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("files: %s cannot be written to: %w", path, err)
	}
	w.Close()
	return d, root.Remove(probe)
}

func (directory) Kind() string { return "dir" }

// place spreads objects over 256 folders.
func place(object string) (string, error) {
	if len(object) < 3 || filepath.Base(object) != object {
		return "", fmt.Errorf("files: %q is no object of a directory", object)
	}
	return filepath.Join(object[:2], object), nil
}

// unfinished is the name of an object while it is written: what copies the folder leaves names with a dot alone.
func unfinished(at string) string { return filepath.Join(filepath.Dir(at), "."+filepath.Base(at)) }

func (d directory) Create(_ context.Context, f File) (Sink, error) {
	at, err := place(f.Object)
	if err != nil {
		return nil, err
	}
	if err := d.root.Mkdir(filepath.Dir(at), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	w, err := d.root.OpenFile(unfinished(at), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &folderFile{w, d, at}, nil
}

func (d directory) Open(_ context.Context, f File, offset int64) (io.ReadCloser, error) {
	at, err := place(f.Object)
	if err != nil {
		return nil, err
	}
	r, err := d.root.Open(at)
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (d directory) Remove(_ context.Context, f File) error {
	at, err := place(f.Object)
	if err != nil {
		return err
	}
	for _, name := range []string{at, unfinished(at)} {
		if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

type folderFile struct {
	*os.File
	d  directory
	at string
}

func (w *folderFile) Commit() error {
	err := w.Sync()
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := w.d.root.Rename(unfinished(w.at), w.at); err != nil {
		return err
	}
	folder, err := w.d.root.Open(filepath.Dir(w.at)) // the name must last as the bytes do
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

func (w *folderFile) Abort() error {
	w.Close()
	return w.d.root.Remove(unfinished(w.at))
}
