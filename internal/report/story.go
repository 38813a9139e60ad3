package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Parts are what a story can be narrowed down to.
var Parts = []string{"orders", "goods", "money", "terms", "visits", "talk", "files"}

// recent is how many documents of a pair, those before the cursor, are searched for what changed of them and for files: what happens
// to a document after a thousand later ones of the same pair stands on its own page alone.
const recent = 1000

// Told is something that happened between two organisations, when it was written down.
type Told struct {
	At       clock.Instant
	Kind     string // order, change, shipment, receipt, claim, invoice, credit, payment, agreement, visit, message, note, file
	Event    string // of the journal, where there is one; of an agreement: proposed, accepted, declined, withdrawn; of a visit: open, order, none, closed
	Doc      id.ID
	DocKind  string // order, shipment, invoice, payment, link, visit
	Number   string
	Status   string
	Day      clock.Date // of the document: issued, value
	Currency string
	Amount   money.Minor
	Known    bool // Amount is meant, and may be seen
	Qty      qty.Qty
	By       id.ID // the organisation that did it
	ByName   string
	Person   string // of one's own organisation, or who wrote
	Text     string
	Counted  int64  // products on a visit
	Reason   string // why nothing was ordered on it
	journal  bool
	no       int64 // of the journal, or an id
}

// StoryAsk asks for a page of the story of a link.
type StoryAsk struct {
	Link id.ID
	Part string // of Parts; "" is everything
	list.Query
}

// story is a page in the making.
type story struct {
	*desk
	link          id.ID
	seller, buyer id.ID
	created       clock.Instant
	rel           access.Rel
	ask           StoryAsk
	at            clock.Instant // the cursor: what is older, or as old and behind it
	below         int64         // journals before this one
	behind        int64         // of others that are as old as the cursor: those with a smaller id; 0 none
	room          int
	out           []Told
	blind         bool
}

// Story is a page of everything that happened between the two sides of a link, the latest first, for one of them or the agent
// between them: as far as the role may read each kind, and with money where it may see invoices of that side. It asks a fixed number of
// questions, each of which reads a page of rows, or what is recent of the pair. Cursors are keysets: nothing is told twice or left
// out where more happens meanwhile.
//
// Errors: not_found (no such link, or none of the reader's), access.denied, list.bad_cursor.
func (s *Service) Story(ctx context.Context, a access.Actor, ask StoryAsk) (list.Page[Told], error) {
	var page list.Page[Told]
	t, err := s.between(ctx, a, ask.Link)
	if err != nil {
		return page, err
	}
	t.ask, t.room = ask, ask.Limit()+8 // one journal may file several documents, which stay together
	if err := t.from(); err != nil {
		return page, err
	}
	for _, part := range []func() error{t.documents, t.changes, t.agreements, t.visits, t.messages, t.files} {
		if err := part(); err != nil {
			return page, fmt.Errorf("story of link %d for %d: %w", ask.Link, a.Org, err)
		}
	}
	return t.cut(), nil
}

// between finds a link of the reader, and how it stands in it.
func (s *Service) between(ctx context.Context, a access.Actor, link id.ID) (*story, error) {
	t := &story{desk: &desk{s: s, ctx: ctx, a: a, org: a.Org, zone: a.Zone, today: s.now().In(a.Zone)}, link: link}
	var rows []struct {
		Seller, Buyer, Agent id.ID
		CreatedUs            clock.Instant
	}
	if err := t.read(&rows, "SELECT seller, buyer, agent, created_us FROM link WHERE id = ? AND (seller = ? OR buyer = ? OR agent = ?)", link, a.Org, a.Org, a.Org); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errs.Gone()
	}
	t.seller, t.buyer, t.created = rows[0].Seller, rows[0].Buyer, rows[0].CreatedUs
	t.rel = access.RelOf(a.Org, t.seller, t.buyer, rows[0].Agent)
	if err := s.Gate.Require(ctx, a, t.rel, "link", "read"); err != nil {
		return nil, err
	}
	t.money = t.can(access.Own, "price", "read") && t.can(t.rel, "invoice", "read")
	return t, nil
}

// wants tells whether a part was asked for, or everything.
func (t *story) wants(part string) bool { return t.ask.Part == "" || t.ask.Part == part }

// from reads the cursor. What a journal is before is its number; what else there is stands by its time, behind the journals of the
// same moment.
func (t *story) from() error {
	t.at, t.below = clock.Instant(1<<62), 1<<62
	k, ok, err := t.ask.After()
	if err != nil || !ok {
		return err
	}
	t.at = clock.Instant(k.V)
	if k.S == "j" {
		t.below, t.behind = k.ID, 1<<62
		return nil
	}
	t.behind = k.ID
	var rows []struct{ Seq int64 }
	if err := t.s.DB.R(t.ctx).Raw("SELECT seq FROM journal WHERE recorded_us < ? ORDER BY recorded_us DESC LIMIT 1", t.at).Scan(&rows).Error; err != nil {
		return err
	}
	if t.below = 0; len(rows) > 0 {
		t.below = rows[0].Seq + 1
	}
	return nil
}

// older is the condition that something that is no journal stands behind the cursor, with its arguments.
func (t *story) older(at, no string) (string, []any) {
	return "(" + at + " < ? OR (" + at + " = ? AND " + no + " < ?))", []any{t.at, t.at, t.behind}
}

// cut sorts what was found and takes a page of it.
func (t *story) cut() (page list.Page[Told]) {
	slices.SortStableFunc(t.out, func(a, b Told) int {
		if a.journal != b.journal && a.At == b.At {
			if a.journal {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.no, a.no), cmp.Compare(weight[a.Kind], weight[b.Kind]))
	})
	n := t.ask.Limit()
	for n < len(t.out) && t.out[n].journal && t.out[n-1].journal && t.out[n].no == t.out[n-1].no {
		n++
	}
	if n < len(t.out) {
		last := t.out[n-1]
		k := list.Key{S: "o", V: int64(last.At), ID: last.no}
		if last.journal {
			k.S = "j"
		}
		page.Next, t.out = k.Encode(), t.out[:n]
	}
	page.Items = t.out
	return page
}

// weight orders what one journal filed: the latest step first.
var weight = map[string]int{"payment": 1, "credit": 2, "invoice": 3, "claim": 4, "receipt": 4, "shipment": 5, "change": 6, "order": 7}

// told is a row of a question.
type told struct {
	No       int64
	AtUs     clock.Instant
	Kind     string
	Event    string
	Doc      id.ID
	Number   string
	Status   string
	Day      clock.Date
	Currency string
	Amount   money.Minor
	Qty      int64
	Org      id.ID
	OrgName  string
	Person   string
}

// filed are the documents of a pair, by table: how one kind of them is read. of is the pair as the table names it.
type filed struct{ kind, table, columns, pair string }

// documents reads what was filed: a page of each kind, by the index of the pair.
func (t *story) documents() error {
	var some []filed
	add := func(part, object string, f ...filed) {
		if t.wants(part) && t.can(t.rel, object, "read") {
			some = append(some, f...)
		}
	}
	add("orders", "order", filed{"order", "orders", "number, status, ordered_on AS day, currency, total AS amount, 0 AS qty, id AS doc", "seller = ? AND buyer = ?"})
	add("goods", "shipment", filed{"shipment", "shipment", "number, status, '' AS day, '' AS currency, 0 AS amount, 0 AS qty, id AS doc", "seller = ? AND buyer = ?"},
		filed{"receipt", "receipt", `(SELECT h.number FROM shipment h WHERE h.id = receipt.shipment_id) AS number, '' AS status, '' AS day, '' AS currency, 0 AS amount,
 (SELECT SUM(l.damaged + l.short + l.refused) FROM receipt_line l WHERE l.receipt_id = receipt.id) AS qty, shipment_id AS doc`, "seller = ? AND buyer = ?"})
	add("money", "invoice", filed{"invoice", "invoice", "number, CASE WHEN kind = 'credit' THEN 'credit' ELSE status END AS status, issued_on AS day, currency, total AS amount, 0 AS qty, id AS doc", "seller = ? AND buyer = ?"})
	if t.rel != access.Agent {
		add("money", "payment", filed{"payment", "payment", paid, "payee = ? AND payer = ?"}, filed{"payment", "payment", paid, "payer = ? AND payee = ?"})
	} else {
		add("money", "payment", filed{"payment", "payment", paid, "payee = ? AND payer = ?"})
	}
	return t.ask1(some, func(f filed) (string, []any) {
		args := []any{t.seller, t.buyer}
		where := f.pair
		if t.rel == access.Agent {
			if f.table == "receipt" {
				where += " AND order_id IN (SELECT o.id FROM orders o WHERE o.agent = ?)"
			} else {
				where += " AND agent = ?"
			}
			args = append(args, t.org)
		}
		return "SELECT seq AS no, " + f.columns + " FROM " + f.table + " WHERE " + where + " AND seq < ? ORDER BY seq DESC LIMIT " + strconv.Itoa(t.room),
			append(args, t.below)
	}, "x.no", "JOIN journal j ON j.seq = x.no")
}

const paid = "number, status, value_on AS day, currency, amount, 0 AS qty, id AS doc"

// changing are the steps that file nothing, by the table of what they change.
var changing = map[string][]string{
	"orders":  {"order.confirmed", "order.amended", "order.cancelled", "order.rejected", "order.resumed", "order.closed", "service.performed", "service.accepted"},
	"payment": {"payment.confirmed", "payment.rejected", "payment.bounced"}, "shipment": {"shipment.taken_back"},
}

// changes reads the steps that changed the recent documents.
func (t *story) changes() error {
	var some []filed
	add := func(part, object, table, columns, pair string) {
		if t.wants(part) && t.can(t.rel, object, "read") {
			some = append(some, filed{"change", table, columns, pair})
		}
	}
	add("orders", "order", "orders", "number, status, '' AS day, '' AS currency, 0 AS amount, 0 AS qty, id AS doc", "seller = ? AND buyer = ?")
	add("goods", "shipment", "shipment", "number, status, '' AS day, '' AS currency, 0 AS amount, 0 AS qty, id AS doc", "seller = ? AND buyer = ?")
	add("money", "payment", "payment", "number, status, '' AS day, currency, amount, 0 AS qty, id AS doc", "payee = ? AND payer = ?")
	return t.ask1(some, func(f filed) (string, []any) {
		args, where := []any{t.seller, t.buyer}, f.pair
		if t.rel == access.Agent {
			where, args = where+" AND agent = ?", append(args, t.org)
		}
		var kinds []string
		for _, k := range changing[f.table] {
			kinds = append(kinds, "'"+k+"'")
		}
		return "SELECT k.seq AS no, r.* FROM (SELECT seq AS filed_seq, " + f.columns + " FROM " + f.table + " WHERE " + where + " AND seq < ? ORDER BY seq DESC LIMIT " + strconv.Itoa(recent) +
			") r JOIN journal k ON k.doc = r.doc WHERE k.seq < ? AND k.seq <> r.filed_seq AND k.kind IN (" + strings.Join(kinds, ",") + ") ORDER BY k.seq DESC LIMIT " + strconv.Itoa(t.room), append(args, t.below, t.below)
	}, "x.no", "JOIN journal j ON j.seq = x.no")
}

// ask1 asks for several kinds by one question, each with when it was written down and by whom.
func (t *story) ask1(some []filed, of func(filed) (string, []any), no, journal string) error {
	if len(some) == 0 {
		return nil
	}
	var texts []string
	args := []any{}
	for _, f := range some {
		text, more := of(f)
		texts = append(texts, "SELECT x.no, '"+f.kind+"' AS kind, '"+f.table+"' AS of_table, x.doc, x.number, x.status, x.day, x.currency, x.amount, x.qty, j.recorded_us AS at_us, j.kind AS event, j.org, COALESCE(g.name, '') AS org_name,"+
			" CASE WHEN j.org = ? THEN COALESCE(p.name, '') ELSE '' END AS person FROM ("+text+") x "+journal+" LEFT JOIN org g ON g.id = j.org LEFT JOIN person p ON p.id = j.person")
		args = append(append(args, t.org), more...)
	}
	var rows []struct {
		Told    told `gorm:"embedded"`
		OfTable string
	}
	if err := t.read(&rows, strings.Join(texts, " UNION ALL "), args...); err != nil {
		return err
	}
	for _, x := range rows {
		t.add(x.Told, x.OfTable)
	}
	return nil
}

// add puts a row of a journal into the story.
func (t *story) add(r told, table string) {
	v := Told{At: r.AtUs, Kind: r.Kind, Event: r.Event, Doc: r.Doc, DocKind: strings.TrimSuffix(table, "s"), Number: r.Number, Status: r.Status, Day: r.Day, Qty: qty.Qty(r.Qty),
		By: r.Org, ByName: r.OrgName, Person: r.Person, journal: true, no: r.No}
	if table == "receipt" {
		v.DocKind = "shipment"
		if r.Qty > 0 {
			v.Kind = "claim"
		}
	}
	if r.Kind == "invoice" && r.Status == "credit" {
		v.Kind = "credit"
	}
	if v.Known = t.money && r.Currency != ""; v.Known {
		v.Currency, v.Amount = r.Currency, r.Amount
	}
	t.out = append(t.out, v)
}
