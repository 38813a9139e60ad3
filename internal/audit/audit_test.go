package audit

import (
	"context"
	"errors"
	"sync"
	"testing"

	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
)

func TestOnce(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	k := Key{"a-key", HashOf("create", "x")}
	runs := 0
	made := func(ctx context.Context) (id.ID, error) {
		runs++
		doc := d.IDs.Next()
		return doc, Record(ctx, d, id.By{Person: 1, Org: 2}, 10, "made", doc, Diff(map[string][2]any{"name": {"", "x"}, "same": {1, 1}}))
	}
	doc, replayed, err := Once(ctx, d, 2, k, 10, made)
	if err != nil || replayed || doc == 0 {
		t.Fatal(doc, replayed, err)
	}
	again, replayed, err := Once(ctx, d, 2, k, 11, made)
	if err != nil || !replayed || again != doc || runs != 1 {
		t.Fatal(again, replayed, err, runs)
	}
	if _, _, err = Once(ctx, d, 2, Key{"a-key", HashOf("create", "y")}, 12, made); errs.CodeOf(err) != "key_reused" {
		t.Fatal(err)
	}
	if _, replayed, err = Once(ctx, d, 3, k, 13, made); err != nil || replayed {
		t.Fatal("the key of another organisation is another key", err)
	}
	if _, _, err = Once(ctx, d, 2, Key{Client: "two words"}, 14, made); errs.CodeOf(err) != "key_bad" {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if _, _, err = Once(ctx, d, 2, Key{Client: "b"}, 15, func(context.Context) (id.ID, error) { return 0, boom }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if _, replayed, err = Once(ctx, d, 2, Key{Client: "b"}, 16, made); err != nil || replayed {
		t.Fatal("a failed attempt leaves no key", err)
	}
	var n int64
	d.R(ctx).Model(&Line{}).Where("changes = ?", `{"name":["","x"]}`).Count(&n)
	if int(n) != runs {
		t.Fatalf("%d audit rows for %d runs", n, runs)
	}
}

func TestOnceAtOnce(t *testing.T) {
	d := dbtest.New(t)
	var mu sync.Mutex
	docs := map[id.ID]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			doc, _, err := Once(context.Background(), d, 2, Key{"k", HashOf("x")}, 10, func(ctx context.Context) (id.ID, error) {
				return d.IDs.Next(), nil
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			docs[doc]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(docs) != 1 {
		t.Fatalf("one key made %v", docs)
	}
}
