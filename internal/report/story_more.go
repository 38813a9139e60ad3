package report

import (
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// agreements tells of the link itself and of the editions of its terms: when each was offered, and agreed to or declined.
func (t *story) agreements() error {
	if !t.wants("terms") || !t.can(access.Own, "agreement", "read") {
		return nil
	}
	var rows []struct {
		ID, Edition         int64
		Seller, Buyer       id.ID
		SellerUs, BuyerUs   clock.Instant
		DeclinedUs          clock.Instant
		DeclinedOrg         id.ID
		SellerName, BuyName string
	}
	err := t.read(&rows, `SELECT g.id, g.edition, g.seller, g.buyer, g.seller_us, g.buyer_us, g.declined_us, g.declined_org, s.name AS seller_name, b.name AS buy_name
 FROM agreement g JOIN org s ON s.id = g.seller JOIN org b ON b.id = g.buyer WHERE g.link = ? AND g.seller = ? AND g.buyer = ? ORDER BY g.edition DESC LIMIT 500`, t.link, t.seller, t.buyer)
	if err != nil {
		return err
	}
	drafts := t.s.Gate.Drafts(t.a, t.rel)
	put := func(at clock.Instant, event string, edition, no int64, by id.ID, name string) {
		if at != 0 && (at < t.at || at == t.at && no < t.behind) {
			t.out = append(t.out, Told{At: at, Kind: "agreement", Event: event, Doc: t.link, DocKind: "link", Number: strconv.FormatInt(edition, 10), By: by, ByName: name, no: no})
		}
	}
	for _, r := range rows {
		if !drafts && (r.SellerUs == 0 || r.BuyerUs == 0) {
			continue
		}
		first, second, proposer := r.SellerUs, r.BuyerUs, r.Seller
		if first == 0 || second != 0 && second < first {
			first, second, proposer = second, first, r.Buyer
		}
		names := map[id.ID]string{r.Seller: r.SellerName, r.Buyer: r.BuyName}
		other := r.Seller + r.Buyer - proposer
		put(first, "proposed", r.Edition, 2*r.ID, proposer, names[proposer])
		put(second, "accepted", r.Edition, 2*r.ID+1, other, names[other])
		event := "declined"
		if r.DeclinedOrg == proposer {
			event = "withdrawn"
		}
		put(r.DeclinedUs, event, r.Edition, 2*r.ID+1, r.DeclinedOrg, names[r.DeclinedOrg])
	}
	put(t.created, "linked", 0, int64(t.link), 0, "")
	return nil
}

// messages tells what was said on the documents of both, as far as the role reads conversations on each kind; what is internal to the
// other side is nobody else's.
func (t *story) messages() error {
	if !t.wants("talk") || !t.can(t.rel, "talk", "read") {
		return nil
	}
	var kinds []string
	for _, k := range []string{"order", "shipment", "invoice", "payment"} {
		if t.can(t.rel, k, "read") && (k != "order" || t.can(t.rel, "invoice", "read")) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	talks, args, err := t.talks()
	if err != nil {
		return err
	}
	older, more := t.older("m.created_us", "m.id")
	args = append(append(args, kinds, t.org), more...)
	var rows []struct {
		ID, Doc   int64
		DocKind   string
		Number    string
		Internal  int64
		Body      string
		CreatedUs clock.Instant
		Withdrawn int64
		Org       id.ID
		OrgName   string
		Person    string
	}
	err = t.read(&rows, `SELECT m.id, t.doc, t.doc_kind, t.number, m.internal, CASE WHEN m.withdrawn_us = 0 THEN SUBSTR(m.body, 1, 400) ELSE '' END AS body, m.created_us, m.withdrawn_us AS withdrawn, m.org,
 COALESCE(o.name, '') AS org_name, COALESCE(p.name, '') AS person FROM (`+talks+`) y`+t.s.DB.InOrder()+`talk t ON t.id = y.talk JOIN message m ON m.talk = y.talk
 LEFT JOIN org o ON o.id = m.org LEFT JOIN person p ON p.id = m.person WHERE t.doc_kind IN ? AND (m.internal = 0 OR m.org = ?) AND `+older+" ORDER BY m.created_us DESC, m.id DESC LIMIT "+strconv.Itoa(t.room), args...)
	for _, r := range rows {
		v := Told{At: r.CreatedUs, Kind: "message", Doc: id.ID(r.Doc), DocKind: r.DocKind, Number: r.Number, By: r.Org, ByName: r.OrgName, Person: r.Person, Text: r.Body, no: r.ID}
		if r.Internal != 0 {
			v.Kind = "note"
		}
		if r.Withdrawn != 0 {
			v.Status = "withdrawn"
		}
		t.out = append(t.out, v)
	}
	return err
}

// mostTalks is among how many conversations of two partners, on either side of where a page begins, its messages are looked for.
var mostTalks int64 = 1000

// talks asks for the conversations of both, each once: those of the one that has few; of two that have many those around where the page
// begins, by when they were last spoken in. What stands on a page is in the latest of those that ended before it, or in one that went on.
func (t *story) talks() (query string, args []any, err error) {
	var n []int64
	if err = t.read(&n, "SELECT COUNT(*) FROM (SELECT talk FROM talk_party WHERE org = ? LIMIT ?) x", t.other(), mostTalks+1); err != nil {
		return "", nil, err
	}
	if n[0] <= mostTalks {
		return "SELECT y.talk FROM talk_party z" + t.s.DB.InOrder() + "talk_party y ON y.talk = z.talk WHERE z.org = ? AND y.org = ? AND y.rel = ?", []any{t.other(), t.org, string(t.rel)}, nil
	}
	const both = "SELECT * FROM (SELECT y.talk FROM talk_party y#talk_party z ON z.talk = y.talk WHERE y.org = ? AND z.org = ? AND y.rel = ? AND y.last_us "
	some := []any{t.org, t.other(), string(t.rel), t.at, mostTalks}
	query = both + "<= ? ORDER BY y.last_us DESC LIMIT ?) before_it UNION ALL " + both + "> ? ORDER BY y.last_us LIMIT ?) behind_it"
	return strings.ReplaceAll(query, "#", t.s.DB.InOrder()), append(some, some...), nil
}

// other is the partner: whose page it is.
func (t *story) other() id.ID {
	if t.rel == access.Seller {
		return t.buyer
	}
	if t.rel == access.Buyer {
		return t.seller
	}
	return t.buyer
}

// files tells what was attached to the recent documents of both. Who reads a document sees its files; those of an order's money are
// on the invoice.
func (t *story) files() error {
	if !t.wants("files") {
		return nil
	}
	var texts []string
	var args []any
	for _, k := range []struct{ kind, table, pair string }{{"order", "orders", "seller = ? AND buyer = ?"}, {"shipment", "shipment", "seller = ? AND buyer = ?"},
		{"invoice", "invoice", "seller = ? AND buyer = ?"}, {"payment", "payment", "payee = ? AND payer = ?"}} {
		if !t.can(t.rel, k.kind, "read") || k.kind == "order" && !t.can(t.rel, "invoice", "read") {
			continue
		}
		where, more := k.pair, []any{t.seller, t.buyer}
		if t.rel == access.Agent {
			where, more = where+" AND agent = ?", append(more, t.org)
		}
		texts = append(texts, "SELECT t.id, t.doc, t.doc_kind, d.number, t.name, t.size, t.attached_us, t.org FROM (SELECT "+k.table+".id AS doc, number FROM "+k.table+" WHERE "+where+
			" ORDER BY seq DESC LIMIT "+strconv.Itoa(recent)+") d JOIN attachment t ON t.doc = d.doc AND t.doc_kind = '"+k.kind+"' WHERE t.ended_us = 0 AND t.attached_us > 0")
		args = append(args, more...)
	}
	if len(texts) == 0 {
		return nil
	}
	older, more := t.older("f.attached_us", "f.id")
	var rows []struct {
		ID, Doc    int64
		DocKind    string
		Number     string
		Name       string
		Size       int64
		AttachedUs clock.Instant
		Org        id.ID
		OrgName    string
	}
	err := t.read(&rows, "SELECT f.id, f.doc, f.doc_kind, f.number, f.name, f.size, f.attached_us, f.org, COALESCE(o.name, '') AS org_name FROM ("+strings.Join(texts, " UNION ALL ")+
		") f LEFT JOIN org o ON o.id = f.org WHERE "+older+" ORDER BY f.attached_us DESC, f.id DESC LIMIT "+strconv.Itoa(t.room), append(args, more...)...)
	for _, r := range rows {
		t.out = append(t.out, Told{At: r.AttachedUs, Kind: "file", Event: strconv.FormatInt(r.ID, 10), Doc: id.ID(r.Doc), DocKind: r.DocKind, Number: r.Number, Text: r.Name, By: r.Org, ByName: r.OrgName, no: r.ID})
	}
	return err
}
