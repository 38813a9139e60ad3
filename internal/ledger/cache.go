package ledger

// The lane's memory: balances and counters as of the head that it knows. Two generations bound it: what is used is moved to
// the young one; when that is full it becomes the old one, and what the old one held is forgotten.

type acct struct {
	id        int64
	posted    int64
	lastSeq   int64
	lastEff   int64
	opened    bool        // made by the batch at hand
	touched   bool        // in the batch's list of changed ones
	recent    []effective // what took effect after since, in the order of its posting; the last of it is not yet committed
	committed int         // how many of recent are
	since     int64
	trimAt    int // how many of recent there are when the old ones are forgotten next
}

// effective is an amount and when it took effect, for back-dated floors.
type effective struct{ at, amt int64 }

// recentFor is how long before the newest entry of an account the lane remembers the others: posts that were drafted at the
// same time come in any order, and none of them should cost a look at the account's entries.
const recentFor = 5_000_000

// settle forgets what is too old to be of use, now and then.
func (a *acct) settle() {
	a.touched, a.opened, a.committed = false, false, len(a.recent)
	if len(a.recent) < max(16, a.trimAt) {
		return
	}
	kept := make([]effective, 0, len(a.recent)/2)
	for i, e := range a.recent {
		if e.at < a.lastEff-recentFor || i < len(a.recent)-512 {
			a.since = max(a.since, e.at)
			continue
		}
		kept = append(kept, e)
	}
	a.recent, a.committed, a.trimAt = kept, len(kept), 2*len(kept)
}

type stockKey struct{ seller, product int64 }

type stockRow struct {
	sellable, held int64
	touched        bool
}

type exposureKey struct{ seller, billTo, currency int64 }

type exposureRow struct {
	used, held, limit int64
	touched           bool
}

type serialKey struct {
	org    int64
	series string
	year   int64
}

type serialRow struct {
	last    int64
	touched bool
}

type generation[K comparable, V any] struct{ young, old map[K]*V }

func (g *generation[K, V]) find(k K) (*V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	if v, ok := g.old[k]; ok {
		g.young[k] = v
		return v, true
	}
	return nil, false
}

func (g *generation[K, V]) put(k K, v *V) { g.young[k] = v }

func (g *generation[K, V]) age(max int) {
	if len(g.young) > max {
		g.old, g.young = g.young, make(map[K]*V, max/4)
	}
}

type cache struct {
	max       int
	accts     generation[acctKey, acct]
	stocks    generation[stockKey, stockRow]
	exposures generation[exposureKey, exposureRow]
	serials   generation[serialKey, serialRow]
}

func (c *cache) init(max int) {
	*c = cache{max: max}
	c.accts.young, c.stocks.young = map[acctKey]*acct{}, map[stockKey]*stockRow{}
	c.exposures.young, c.serials.young = map[exposureKey]*exposureRow{}, map[serialKey]*serialRow{}
}

func (c *cache) age() {
	c.accts.age(c.max / 2)
	c.stocks.age(c.max / 4)
	c.exposures.age(c.max / 8)
	c.serials.age(c.max / 8)
}
