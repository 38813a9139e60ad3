package ledger

// The lane's memory: balances and counters as of the head that it knows. Two generations bound it: what is used is moved to
// the young one; when that is full it becomes the old one, and what the old one held is forgotten.

type acct struct {
	id        int64
	posted    int64
	lastSeq   int64
	lastEff   int64
	opened    bool // made by the batch at hand
	touched   bool // in the batch's list of changed ones
	pendingAt []effective
}

// effective is an amount of the batch at hand, not yet in the database, for back-dated floors.
type effective struct{ at, amt int64 }

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
