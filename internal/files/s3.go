package files

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3Part is what is held in memory of an upload whose length is not known beforehand; the smallest part that S3 takes.
const s3Part = 5 << 20

type bucket struct {
	client       *minio.Client
	name, prefix string
}

func openS3(config string) (Store, error) {
	u, err := url.Parse(config)
	if err != nil {
		return nil, fmt.Errorf("files: %q is no address", redact(config)) // the error of Parse repeats the secret
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if u.Host == "" || name == "" {
		return nil, fmt.Errorf("files: %q names no bucket: s3://key:secret@host/bucket", redact(config))
	}
	key := u.User.Username()
	secret, _ := u.User.Password()
	if u.User == nil {
		key, secret = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	}
	q := u.Query()
	lookup := minio.BucketLookupAuto
	if q.Get("lookup") == "path" {
		lookup = minio.BucketLookupPath
	}
	c, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(key, secret, ""), Secure: q.Get("tls") != "off", Region: q.Get("region"), BucketLookup: lookup, MaxRetries: 3})
	if err != nil {
		return nil, fmt.Errorf("files: %s: %w", redact(config), err)
	}
	c.SetAppInfo("saluran", "1")
	if prefix != "" {
		prefix += "/"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	there, err := c.BucketExists(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("files: %s: %w", redact(config), err)
	}
	if !there {
		return nil, fmt.Errorf("files: %s: there is no such bucket", redact(config))
	}
	return bucket{c, name, prefix}, nil
}

func (bucket) Kind() string { return "s3" }

// Create sends what is written while it is written. Cancelling the upload leaves nothing in the bucket.
func (b bucket) Create(ctx context.Context, f File) (Sink, error) {
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(ctx)
	s := &upload{PipeWriter: w, cancel: cancel, done: make(chan error, 1)}
	go func() {
		_, err := b.client.PutObject(ctx, b.name, b.prefix+f.Object, r, -1, minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: s3Part})
		r.CloseWithError(err) // whoever writes hears of it
		s.done <- err
	}()
	return s, nil
}

func (b bucket) Open(ctx context.Context, f File, offset int64) (io.ReadCloser, error) {
	if offset >= f.Size {
		return io.NopCloser(strings.NewReader("")), nil
	}
	var o minio.GetObjectOptions
	if offset > 0 {
		if err := o.SetRange(offset, f.Size-1); err != nil {
			return nil, err
		}
	}
	body, _, _, err := minio.Core{Client: b.client}.GetObject(ctx, b.name, b.prefix+f.Object, o)
	return body, err
}

func (b bucket) Remove(ctx context.Context, f File) error {
	return b.client.RemoveObject(ctx, b.name, b.prefix+f.Object, minio.RemoveObjectOptions{})
}

type upload struct {
	*io.PipeWriter
	cancel context.CancelFunc
	done   chan error
}

func (u *upload) Commit() error {
	defer u.cancel()
	u.Close()
	return <-u.done
}

func (u *upload) Abort() error {
	u.cancel()
	u.CloseWithError(context.Canceled)
	<-u.done
	return nil
}
