package ledger

import (
	"context"
	"maps"
)

// gathering is the next batch in the making.
type gathering struct {
	posts  []*prepared
	size   int
	carry  *prepared        // came when the batch was full
	looked map[acctKey]bool // accounts that were looked for ahead: which of them the cache lacks are not there
	failed bool             // the looking ahead was broken off: the cache is not to be trusted
}

// wait waits for the first post of a batch, unless there is one; false says that no more will come.
func (g *gathering) wait(queue <-chan *prepared) bool {
	if len(g.posts) > 0 {
		return true
	}
	q, ok := <-queue
	if ok {
		g.posts, g.size = append(g.posts, q), q.size
	}
	return ok
}

// add takes one more, or keeps it for the batch after.
func (g *gathering) add(b *Book, q *prepared) {
	if g.size+q.size > b.maxBytes && len(g.posts) > 0 {
		g.carry = q
		return
	}
	g.posts, g.size = append(g.posts, q), g.size+q.size
}

func (g *gathering) full(b *Book) bool { return g.carry != nil || len(g.posts) >= b.batchMax }

// fill takes what waits in the queue, and does not wait for more. It tells whether anything came.
func (g *gathering) fill(b *Book) (came bool) {
	for !g.full(b) {
		select {
		case q, ok := <-b.queue:
			if !ok {
				return came
			}
			g.add(b, q)
			came = true
		default:
			return came
		}
	}
	return came
}

// take hands the batch over; what did not fit into it is the first of the next.
func (g *gathering) take(b *Book) []*prepared {
	out := g.posts
	g.posts, g.size = make([]*prepared, 0, 64), 0
	if g.carry != nil {
		g.posts, g.size, g.carry = append(g.posts, g.carry), g.carry.size, nil
	}
	for _, q := range out {
		b.bytes.Add(-int64(q.size))
	}
	return out
}

// ahead gathers the next batch while one is being written, and brings what it needs into the cache, until written is closed. It
// has the lane's cache to itself: the lane touches it again after ahead has returned. All that the batch at hand changes is in
// the cache, decided though not yet committed, so what is missing there is the same in the database before and after that
// commit; and where another instance has written, the fence refuses the next batch, as ever.
func (b *Book) ahead(ctx context.Context, written <-chan struct{}) {
	g := &b.next
	for brought := 0; ; {
		g.fill(b)
		if len(g.posts) > brought && !g.failed {
			looked, err := b.bring(ctx, g.posts[brought:])
			if g.failed = err != nil; g.looked == nil { // after a failure the next load asks again
				g.looked = looked
			} else {
				maps.Copy(g.looked, looked)
			}
		}
		if brought = len(g.posts); g.full(b) {
			return
		}
		select {
		case <-written:
			return
		case q, ok := <-b.queue:
			if !ok {
				return
			}
			g.add(b, q)
		}
	}
}
