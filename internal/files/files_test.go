package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/files/s3test"
	"saluran/internal/id"
	"saluran/policies"
)

// stores are those that can be tried here; beside our own small S3 server the one whose bucket SALURAN_TEST_S3 names.
func stores(t *testing.T) map[string]string {
	out := map[string]string{"db": "db", "dir": "dir:" + filepath.Join(t.TempDir(), "files"), "s3": s3test.New(t).Config("files")}
	if s3 := os.Getenv("SALURAN_TEST_S3"); s3 != "" {
		out["another s3"] = s3
	}
	return out
}

func TestEveryStoreKeepsReadsAndRemoves(t *testing.T) {
	d := dbtest.Bare(t) // it reads every file
	for name, config := range stores(t) {
		t.Run(name, func(t *testing.T) {
			s, err := OpenStore(d, config)
			if err != nil {
				t.Fatal(err)
			}
			ctx, b := t.Context(), NewBox(d, clock.System{}, s)
			content := make([]byte, 6<<20+17)
			for i := range content {
				content[i] = byte(rand.IntN(256))
			}
			w, err := b.Create(ctx, 7, "a.bin", "application/octet-stream", true)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, bytes.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := b.Open(ctx, 7, w.ID); !errs.Is(err, errs.NotFound) {
				t.Fatal("half a file is seen:", err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f, r, err := b.Open(ctx, 7, w.ID)
			if err != nil || f.Size != int64(len(content)) || f.Store != name {
				t.Fatal(f, err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Fatal(len(got), err)
			}
			r.Close()
			for _, at := range []int64{1, partSize - 1, partSize, 5<<20 + 3, f.Size - 1, f.Size} {
				r, err := b.read(ctx, f, at)
				if err != nil {
					t.Fatal(at, err)
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[at:]) {
					t.Fatal(at, len(got), err)
				}
				r.Close()
			}
			if _, _, err := b.Open(ctx, 8, w.ID); !errs.Is(err, errs.NotFound) {
				t.Fatal("another organisation:", err)
			}
			again := 0
			to := InDatabase(dbtest.Bare(t), clock.System{})
			err = b.Each(ctx, func(f File, r io.Reader) error { again++; return to.Put(ctx, f, r) })
			if err != nil || again != 1 {
				t.Fatal(again, err)
			}
			if _, r, err = to.Open(ctx, 7, f.ID); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Fatal("restored:", len(got), err)
			}
			if err := to.Put(ctx, f, strings.NewReader("other")); err == nil {
				t.Fatal("other bytes were taken for it")
			}
			if err := b.Remove(ctx, f.ID); err != nil {
				t.Fatal(err)
			}
			if r, err := s.Open(ctx, f, 0); err == nil {
				if got, err := io.ReadAll(r); err == nil {
					t.Fatal("its bytes are there:", len(got))
				}
			}
			w, _ = b.Create(ctx, 7, "b", "text/plain", true)
			io.WriteString(w, "half")
			if err := w.Abort(); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, bad := range []string{"dir:relative", "ftp://x", "s3://k:geheim@host"} {
		if _, err := OpenStore(d, bad); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Error(bad, err)
		}
	}
}

// world is a service over documents of the test's own: the shipment 1 from organisation 7 to 8.
type world struct {
	*Service
	clock *clock.Fixed
	draft bool
}

func newWorld(t *testing.T) *world {
	d := dbtest.New(t)
	dbtest.Lift(t, d) // its files are counted, and verified
	g, err := access.New(policies.Model, policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFixed(clock.At(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)))
	w := &world{Service: New(Config{DB: d, Clock: c, Gate: g, Box: InDatabase(d, c), Quota: 5000}), clock: c, draft: true}
	w.Register("shipment", func(_ context.Context, a access.Actor, no id.ID) (Standing, error) {
		rel := map[id.ID]access.Rel{7: access.Seller, 8: access.Buyer}[a.Org]
		if no != 1 || rel == "" {
			return Standing{}, errs.Gone()
		}
		return Standing{Rel: rel, Draft: w.draft, Hidden: a.Role == "viewer"}, nil
	})
	return w
}

var (
	seller   = access.Actor{Person: 70, Org: 7, Kind: "producer", Role: "sales"}
	buyer    = access.Actor{Person: 80, Org: 8, Kind: "retailer", Role: "warehouse"}
	stranger = access.Actor{Person: 90, Org: 9, Kind: "producer", Role: "owner"}
	shipment = Doc{"shipment", 1}
)

func (w *world) send(a access.Actor, key, text string, d Doc) (Attachment, error) {
	return w.Upload(context.Background(), a, Upload{Key: audit.Key{Client: key}, Doc: d, Name: "catatan.txt", Content: strings.NewReader(text), Size: int64(len(text))})
}

func TestAFileIsSeenWithItsDocument(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	x, err := w.send(buyer, "k", "two bags torn", shipment)
	if err != nil || x.Doc != 1 || !x.MayEnd || x.Media != Text {
		t.Fatal(x, err)
	}
	if y, err := w.send(buyer, "k", "two bags torn", shipment); err != nil || y.ID != x.ID {
		t.Fatal("sent twice:", y, err)
	}
	if _, err := w.send(buyer, "k", "three bags torn", shipment); errs.CodeOf(err) != "key_reused" {
		t.Fatal(err)
	}
	y, open, err := w.Open(ctx, seller, x.ID)
	if err != nil || y.MayEnd || y.Person != 0 {
		t.Fatal(y, err)
	}
	r, err := open(4)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(r); string(b) != "bags torn" {
		t.Fatalf("%q", b)
	}
	hidden := seller
	hidden.Role = "viewer"
	for _, a := range []access.Actor{stranger, hidden} {
		_, there := w.One(ctx, a, x.ID)
		_, absent := w.One(ctx, a, 12345)
		if !errs.Is(there, errs.NotFound) || there.Error() != absent.Error() {
			t.Fatal(there, absent)
		}
	}
	if _, _, err := w.Of(ctx, stranger, shipment); !errs.Is(err, errs.NotFound) {
		t.Fatal(err)
	}
	if _, err := w.send(stranger, "", "x", shipment); !errs.Is(err, errs.NotFound) {
		t.Fatal(err)
	}
	marketing := seller
	marketing.Role = "marketing"
	if _, err := w.send(marketing, "", "x", shipment); !errs.Is(err, errs.Forbidden) {
		t.Fatal(err)
	}
	if err := w.End(ctx, seller, audit.Key{}, x.ID, 0); errs.CodeOf(err) != "file.not_yours" {
		t.Fatal(err)
	}
	w.draft = false
	if err := w.End(ctx, buyer, audit.Key{}, x.ID, 0); errs.CodeOf(err) != "file.stays" {
		t.Fatal(err)
	}
	w.draft = true
	if err := w.End(ctx, buyer, audit.Key{}, x.ID, x.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := w.One(ctx, buyer, x.ID); !errs.Is(err, errs.NotFound) {
		t.Fatal("ended:", err)
	}
}

func (w *world) left(t *testing.T) (files, bytes int64) {
	t.Helper()
	w.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM file").Scan(&files)
	w.DB.R(t.Context()).Raw("SELECT COALESCE(SUM(bytes), 0) FROM file_use").Scan(&bytes)
	return files, bytes
}

func TestQuotaAndSweep(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	stays, err := w.send(buyer, "a", strings.Repeat("a", 3000), shipment)
	if err != nil {
		t.Fatal(err)
	}
	waits, err := w.send(buyer, "b", strings.Repeat("b", 1500), Doc{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.send(buyer, "c", strings.Repeat("c", 501), shipment); errs.CodeOf(err) != "file.quota" {
		t.Fatal(err)
	}
	if files, used := w.left(t); files != 2 || used != 4500 {
		t.Fatal("a refused file was kept", files, used)
	}
	if _, err := w.One(ctx, seller, waits.ID); !errs.Is(err, errs.NotFound) {
		t.Fatal("seen before it was attached:", err)
	}
	if _, err := w.Attach(ctx, seller, audit.Key{}, waits.ID, shipment); !errs.Is(err, errs.NotFound) {
		t.Fatal("somebody else's:", err)
	}
	half, _ := w.Box.Create(ctx, 8, "x", Text, true) // as a crash leaves it
	io.WriteString(half, "x")
	half.sink.Commit()
	w.clock.Set(w.clock.Now().Add(OrphanAfter + time.Minute))
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if files, used := w.left(t); files != 1 || used != 3000 {
		t.Fatal(files, used)
	}
	if _, err := w.One(ctx, seller, stays.ID); err != nil {
		t.Fatal("what is attached stays:", err)
	}
	if x, err := w.send(buyer, "d", strings.Repeat("d", 2000), Doc{}); err != nil {
		t.Fatal(err)
	} else if x, err = w.Attach(ctx, buyer, audit.Key{}, x.ID, shipment); err != nil || x.Doc != 1 {
		t.Fatal(x, err)
	} else if _, err = w.Attach(ctx, buyer, audit.Key{}, x.ID, shipment); err != nil {
		t.Fatal("twice:", err)
	}
}

func TestVerifySaysWhoseBytesChanged(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	x, err := w.send(buyer, "a", "two bags torn", shipment)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := w.Verify(ctx, nil); err != nil || v.Checked != 1 || len(v.Problems) != 0 {
		t.Fatal(v, err)
	}
	change := func(sql string, args ...any) {
		if err := w.DB.InTx(ctx, func(ctx context.Context) error { return w.DB.W(ctx).Exec(sql, args...).Error }); err != nil {
			t.Fatal(err)
		}
	}
	change("UPDATE file_part SET bytes = ? WHERE file_id = ?", []byte("ten bags torn"), x.File)
	v, err := w.Verify(ctx, nil)
	if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "its bytes were changed") {
		t.Fatal(v, err)
	}
	_, sum, _ := digest(strings.NewReader("ten bags torn"))
	change("UPDATE file SET sha256 = ?", sum)
	change("UPDATE attachment SET sha256 = ?", sum)
	if v, err = w.Verify(ctx, nil); err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "the audit does not know its digest") {
		t.Fatal(v, err)
	}
	change("DELETE FROM file_part")
	if v, err = w.Verify(ctx, nil); err != nil || len(v.Problems) != 2 {
		t.Fatal(v, err)
	}
}

func TestTwoHundredAtOnceKeepTheQuota(t *testing.T) {
	w := newWorld(t)
	done := make(chan error, 200)
	for range 200 {
		go func() {
			_, err := w.send(buyer, "", strings.Repeat("x", 1000), Doc{})
			done <- err
		}()
	}
	won := 0
	for range 200 {
		if err := <-done; err == nil {
			won++
		} else if code := errs.CodeOf(err); code != "file.quota" && !errors.Is(err, context.DeadlineExceeded) && code != "busy" {
			t.Error(err)
		}
	}
	if files, used := w.left(t); won != 5 || files != 5 || used != 5000 {
		t.Fatal(won, files, used)
	}
}
