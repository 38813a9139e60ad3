package files

import (
	"context"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"saluran/internal/backup"
	"saluran/internal/db"
)

// Outside is the store of a configuration as a backup sees it: a directory or a bucket; nil for the database, whose files are rows.
func Outside(config string) (backup.Blobs, error) {
	if folder, ok := strings.CutPrefix(config, "dir:"); ok {
		return backup.Folder(folder), nil
	}
	s, err := OpenStore(nil, config)
	if err != nil {
		return nil, err
	}
	if b, ok := s.(bucket); ok {
		return outside{b}, nil
	}
	return nil, nil
}

// outside is the objects of a bucket below the prefix of the configuration.
type outside struct{ bucket }

// List calls each for every object; uploads in progress are none yet.
func (b outside) List(ctx context.Context, _ db.Querier, each func(backup.Blob) error) error {
	ctx, cancel := context.WithCancel(ctx) // ends the listing where each fails
	defer cancel()
	for o := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		if err := each(backup.Blob{Key: strings.TrimPrefix(o.Key, b.prefix), Size: o.Size}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Open reads an object.
func (b outside) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, _, err := minio.Core{Client: b.client}.GetObject(ctx, b.name, b.prefix+key, minio.GetObjectOptions{})
	return body, err
}

// Put writes an object of so many bytes.
func (b outside) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	_, err := b.client.PutObject(ctx, b.name, b.prefix+key, r, size, minio.PutObjectOptions{ContentType: "application/octet-stream"})
	return err
}

// Remove removes an object.
func (b outside) Remove(ctx context.Context, key string) error {
	return b.client.RemoveObject(ctx, b.name, b.prefix+key, minio.RemoveObjectOptions{})
}
