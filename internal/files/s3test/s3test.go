// Package s3test is a small S3-compatible server on loopback, for tests: buckets in memory, objects in one piece or in parts, lists.
// It speaks what the portal's client speaks, and looks at the access key, not at the signature.
package s3test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is one bucket, named saluran.
type Server struct {
	mu      sync.Mutex
	objects map[string][]byte
	uploads map[string]map[int][]byte
	n       int
	host    string
}

// Key is the access key that the server knows; the secret is any.
const Key = "test-key"

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{objects: map[string][]byte{}, uploads: map[string]map[int][]byte{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.host = strings.TrimPrefix(srv.URL, "http://")
	return s
}

// Config is how the portal is told of a folder of the bucket; "" is all of it.
func (s *Server) Config(prefix string) string {
	return "s3://" + Key + ":test-secret@" + s.host + "/saluran/" + prefix + "?tls=off&lookup=path&region=us-east-1"
}

// Objects are the names of what is kept, sorted.
func (s *Server) Objects() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.objects {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

// ServeHTTP answers as S3 does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, object, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	switch {
	case !strings.Contains(r.Header.Get("Authorization"), "Credential="+Key+"/"):
		fail(w, http.StatusForbidden, "InvalidAccessKeyId")
	case bucket != "saluran":
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case object == "":
		if r.Method == http.MethodGet {
			s.list(w, q)
		}
	case r.Method == http.MethodPost:
		s.post(w, r, object, q)
	case r.Method == http.MethodPut:
		s.put(w, r, object, q)
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.objects, object)
		delete(s.uploads, q.Get("uploadId"))
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		s.mu.Lock()
		b, ok := s.objects[object]
		s.mu.Unlock()
		if !ok {
			fail(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", etag(b))
		http.ServeContent(w, r, "", time.Unix(1_700_000_000, 0), bytes.NewReader(b))
	}
}

func etag(b []byte) string { return fmt.Sprintf(`"%x"`, md5.Sum(b)) }

func (s *Server) list(w http.ResponseWriter, q url.Values) {
	type entry struct {
		Key, LastModified, ETag string
		Size                    int
	}
	out := struct {
		XMLName        xml.Name `xml:"ListBucketResult"`
		Name           string
		IsTruncated    bool
		NextToken      string `xml:"NextContinuationToken,omitempty"`
		KeyCount       int
		Contents       []entry
		EncodingType   string
		MaxKeys        int
		CommonPrefixes []string
	}{Name: "saluran", MaxKeys: 2}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range s.objects {
			if !yield(k) {
				return
			}
		}
	}) {
		if !strings.HasPrefix(k, q.Get("prefix")) || k <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == out.MaxKeys { // few, so that lists go on
			out.IsTruncated, out.NextToken = true, out.Contents[len(out.Contents)-1].Key
			break
		}
		out.Contents = append(out.Contents, entry{k, "2026-01-01T00:00:00.000Z", etag(s.objects[k]), len(s.objects[k])})
	}
	out.KeyCount = len(out.Contents)
	w.Header().Set("Content-Type", "application/xml")
	xml.NewEncoder(w).Encode(out)
}

// post begins an upload in parts, or ends it.
func (s *Server) post(w http.ResponseWriter, r *http.Request, object string, q url.Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/xml")
	if q.Has("uploads") {
		s.n++
		no := strconv.Itoa(s.n)
		s.uploads[no] = map[int][]byte{}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><Bucket>saluran</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", object, no)
		return
	}
	parts, ok := s.uploads[q.Get("uploadId")]
	if !ok {
		fail(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	var all []byte
	for i := 1; parts[i] != nil; i++ {
		all = append(all, parts[i]...)
	}
	s.objects[object] = all
	delete(s.uploads, q.Get("uploadId"))
	fmt.Fprintf(w, "<CompleteMultipartUploadResult><Bucket>saluran</Bucket><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>", object, etag(all))
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, object string, q url.Values) {
	body, err := content(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if no := q.Get("uploadId"); no != "" {
		n, _ := strconv.Atoi(q.Get("partNumber"))
		if s.uploads[no] == nil {
			fail(w, http.StatusNotFound, "NoSuchUpload")
			return
		}
		s.uploads[no][n] = append([]byte{}, body...)
	} else {
		s.objects[object] = body
	}
	w.Header().Set("ETag", etag(body))
}

// content reads a body, which clients without TLS send in signed chunks: size;chunk-signature=…, bytes, and so on to size 0.
func content(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	in := bufio.NewReader(r.Body)
	var out bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return nil, errors.New("not a chunk")
		}
		if n == 0 {
			io.Copy(io.Discard, in)
			return out.Bytes(), nil
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, err
		}
		if _, err := in.Discard(2); err != nil {
			return nil, err
		}
	}
}
