package ledger

import (
	"context"
	"slices"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Position is where goods stand. Product belongs to the lot and is carried for the stock counter.
type Position struct {
	Lot, Product                 id.ID
	Owner, Place, Bearer, Seller id.ID
}

// Outside places. Goods come from them and go to them; they belong to nobody.
const (
	Origin      id.ID = -1
	Transformed id.ID = -2
	Consumed    id.ID = -3
	Lost        id.ID = -4
)

// Outside is an outside position of a lot: ledger.Outside(ledger.Origin, lot, product).
func Outside(place, lot, product id.ID) Position {
	return Position{Lot: lot, Product: product, Place: place}
}

// Purpose is why money is owed.
type Purpose int16

// Purposes of claims. Only Trade may fall below zero (credit notes beyond what is owed).
const (
	Trade      Purpose = 1 // the buyer owes the seller for goods and services, tax included
	Deposit    Purpose = 2 // the seller owes the buyer what was paid beforehand or too much
	Collection Purpose = 3 // the agent owes the principal what it collected
	Financing  Purpose = 4
	Commission Purpose = 5 // the principal owes the agent
	Claim      Purpose = 6
	Tax        Purpose = 7
	CashPaid   Purpose = 8 // memo: what the payee has received from the payer in confirmed money; keeps cash journals balanced
)

// Post is one business event to be committed: build it with Draft, then Book.Post it. It is not safe for concurrent use, and
// is used up by Post.
type Post struct {
	kind      string
	event     string
	by        id.By
	effective clock.Instant
	doc       id.ID
	client    string
	request   [32]byte
	reverses  int64 // the journal of which this is the mirror: Reversal sets it
	mirrored  int   // how many moves, claims and points the mirror has: nothing may be added to it
	epoch     int64
	moves     []move
	claims    []claim
	points    []pointsMove
	holds     []holdDelta
	credits   []creditDelta
	limits    []limitSet
	covers    []exposureKey
	rows      []Row
	vouched   []Row // rows of audit that are there already
	changes   []change
	serial    *serialAsk
	topic     string
	payload   string
	after     <-chan struct{}
	pastLimit bool
	action    string
	why       string
	refusal   func(Short) error
	held      map[id.ID]id.ID
}

type move struct {
	from, to Position
	n        qty.Qty
}

type claim struct {
	creditor, debtor id.ID
	currency         int64
	purpose          Purpose
	amt              money.Minor
}

type holdDelta struct {
	seller, product id.ID
	n               qty.Qty
}

type creditDelta struct {
	seller, billTo id.ID
	currency       int64
	amt            money.Minor
}

type limitSet struct {
	seller, billTo id.ID
	currency       int64
	limit          money.Minor
}

type change struct {
	t       *Table
	key     []int64
	version int64 // headers only
	set     []Set
}

type serialAsk struct {
	org    id.ID
	series string
	year   int
}

// Set is one column's value before and after a change. Before must be what the service read: it is kept for the proof.
type Set struct {
	Col           string
	Before, After any
}

// NoLimit is the credit limit of a partner who has none.
const NoLimit = money.Minor(1) << 60

// Draft begins a post. kind is a stable word ("order.placed"); event is the sentence that makes it unique for ever
// ("order/812/place"); doc is the document it is about; effective is when it happened in the world.
func Draft(kind, event string, by id.By, doc id.ID, effective clock.Instant) *Post {
	return &Post{kind: kind, event: event, by: by, doc: doc, effective: effective, action: kind}
}

// Client carries the sender's Idempotency-Key (unique for each organisation, 1 to 64 printable characters) and the hash of
// the request; the same key with the same hash answers the first Receipt again, with another hash it is refused.
func (p *Post) Client(key string, request [32]byte) *Post {
	p.client, p.request = key, request
	return p
}

// At carries the master-data epoch under which the post was decided (prices, terms, rights): if it has moved by the time of
// the commit, the post is refused with ErrStale and the service decides anew.
func (p *Post) At(epoch int64) *Post { p.epoch = epoch; return p }

// Move takes n (> 0) from one position to another. Hops are never netted: two moves of the same goods are two pairs of entries.
func (p *Post) Move(from, to Position, n qty.Qty) *Post {
	p.moves = append(p.moves, move{from, to, n})
	return p
}

// HeldBy says who holds what stands at a place that the post itself files; 0 for nobody.
func (p *Post) HeldBy(place, org id.ID) *Post {
	if p.held == nil {
		p.held = map[id.ID]id.ID{}
	}
	p.held[place] = org
	return p
}

// Owe raises (amt > 0) or settles (amt < 0) what debtor owes creditor for a purpose. Trade and Deposit move the exposure
// counter of the seller towards the buyer by themselves.
func (p *Post) Owe(creditor, debtor id.ID, c money.Currency, why Purpose, amt money.Minor) *Post {
	if amt != 0 {
		p.claims = append(p.claims, claim{creditor, debtor, c.ID, why, amt})
	}
	return p
}

// Owing is what the post itself, so far, adds to what debtor owes creditor for a purpose.
func (p *Post) Owing(creditor, debtor id.ID, c money.Currency, why Purpose) (sum money.Minor) {
	for _, o := range p.claims {
		if o.creditor == creditor && o.debtor == debtor && o.currency == c.ID && o.purpose == why {
			sum += o.amt
		}
	}
	return sum
}

// Hold promises (n > 0) or releases (n < 0) stock of a seller: counter stock(seller, product).
func (p *Post) Hold(seller, product id.ID, n qty.Qty) *Post {
	if n != 0 {
		p.holds = append(p.holds, holdDelta{seller, product, n})
	}
	return p
}

// Credit holds (amt > 0) or releases (amt < 0) credit of a buyer with a seller: counter exposure(seller, billTo, currency).
func (p *Post) Credit(seller, billTo id.ID, c money.Currency, amt money.Minor) *Post {
	if amt != 0 {
		p.credits = append(p.credits, creditDelta{seller, billTo, c.ID, amt})
	}
	return p
}

// Limit sets the credit limit that seller gives billTo, in minor units; NoLimit for none. Setting it below what is used is
// allowed: it only stops what would be added.
func (p *Post) Limit(seller, billTo id.ID, c money.Currency, limit money.Minor) *Post {
	p.limits = append(p.limits, limitSet{seller, billTo, c.ID, limit})
	return p
}

// Covered refuses the post (ShortCover) where, with it, what billTo uses and holds of the seller's credit is more than nothing,
// whatever the limit: for goods that go out only as far as money came in beforehand.
func (p *Post) Covered(seller, billTo id.ID, c money.Currency) *Post {
	p.covers = append(p.covers, exposureKey{int64(seller), int64(billTo), c.ID})
	return p
}

// File adds rows that exist if, and only if, the post is accepted.
func (p *Post) File(rows ...Row) *Post { p.rows = append(p.rows, rows...); return p }

// Vouch takes rows of audit, which ordinary transactions wrote, into the journal: from then on they are filed rows like any other.
// The post is refused with Conflict "changed" where another journal has one of them already.
func (p *Post) Vouch(lines ...audit.Line) *Post {
	for _, l := range lines {
		var changes any
		if l.Changes != nil {
			changes = *l.Changes
		}
		p.vouched = append(p.vouched, auditT.Row(l.ID, l.AtUS, l.Person, l.Org, l.OnBehalf, l.Session, l.Action, l.Doc, changes, l.APIKey, l.IPSum, l.IP))
	}
	return p
}

// Advance changes a header document guarded by its version: version becomes version+1, or the post is refused with
// ErrChanged. One Advance for each document in a post.
func (p *Post) Advance(t *Table, doc id.ID, version int64, set ...Set) *Post {
	p.changes = append(p.changes, change{t: t, key: []int64{int64(doc)}, version: version, set: set})
	return p
}

// Advances tells whether the post advances that document already.
func (p *Post) Advances(doc id.ID) bool {
	return slices.ContainsFunc(p.changes, func(c change) bool { return c.t.Header && c.key[0] == int64(doc) })
}

// Change changes a line, whose key begins with its header's id. The same post must Advance a header that guards it.
func (p *Post) Change(t *Table, key []int64, set ...Set) *Post {
	p.changes = append(p.changes, change{t: t, key: key, set: set})
	return p
}

// Serial asks for the next number of a gapless series of an organisation and year. Rows may contain SerialNo (an integer
// column) and SerialText(format) (a text column), which the lane fills in.
func (p *Post) Serial(org id.ID, series string, year int) *Post {
	p.serial = &serialAsk{org, series, year}
	return p
}

// Placeholders in rows of a post that asks for a Serial.
type (
	serialNo   struct{}
	serialText string
)

// SerialNo stands for the number itself.
var SerialNo = serialNo{}

// SerialText stands for fmt.Sprintf(format, number), e.g. "INV/2026/%05d".
func SerialText(format string) any { return serialText(format) }

// Tell leaves a fact in the outbox, payload as JSON text.
func (p *Post) Tell(topic, payload string) *Post { p.topic, p.payload = topic, payload; return p }

// Because keeps a reason in the audit row of the journal, for posts that change no document which could hold it.
func (p *Post) Because(reason string) *Post { p.why = reason; return p }

// PastLimit lets exposure rise beyond the credit limit: for a debt that stands again because its payment failed, which no limit
// can undo.
func (p *Post) PastLimit() *Post { p.pastLimit = true; return p }

// After keeps the post back, prepared, until ready is closed: for what builds on posts that are still under way.
func (p *Post) After(ready <-chan struct{}) *Post { p.after = ready; return p }

// OrElse translates a shortage into the trade's words; nil keeps the ledger's own.
func (p *Post) OrElse(f func(Short) error) *Post { p.refusal = f; return p }

// What says what a Short is short of.
type What int

// Kinds of shortage.
const (
	ShortStock    What = iota + 1 // a stock counter: Seller, Product
	ShortCredit                   // an exposure counter: Seller, BillTo
	ShortPosition                 // a position of goods
	ShortClaim                    // a claim would fall below zero
	ShortCover                    // Post.Covered: Asked is what would stand uncovered
	ShortPoints                   // points of a batch: Seller is the issuer, BillTo the holder
)

// Short is why a post was refused: what there is, and what it needed.
type Short struct {
	What             What
	Seller, Product  id.ID
	BillTo           id.ID
	Position         Position
	Available, Asked int64
}

// Receipt is the answer to an accepted post.
type Receipt struct {
	Seq      int64
	Hash     [32]byte
	Recorded clock.Instant
	Doc      id.ID
	Serial   int64
	Replayed bool // the key was seen before: this is the first answer, nothing was posted now
}

// Poster is what services see of the ledger.
//
// Post returns: Conflict "changed" (a version moved: read and decide again; see Retry), Conflict "ledger.stale" (master data
// moved), Invalid "ledger.key_reused" (the key with another request), Conflict "ledger.short" or what OrElse made of it,
// Forbidden "ledger.role_law", Busy "busy" (queue full, or the outcome is unknown: ask again with the same key).
type Poster interface {
	Post(ctx context.Context, p *Post) (Receipt, error)
}
