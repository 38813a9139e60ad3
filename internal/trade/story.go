package trade

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Event is one thing that happened to an order or to a paper of it. Person is named to people of the same organisation only.
type Event struct {
	Seq      int64
	At       clock.Instant // when it happened
	Recorded clock.Instant
	Kind     string // order.placed, order.dispatched, …
	Doc      id.ID
	Org      id.ID
	OrgName  string
	Person   string
	Reason   string // why a step was taken, or what was said of it, in the words of who took it; every party reads it
}

// Lane is how an order's goods and money stood after one event. An organisation that is not a party of the order is shown to
// nobody but the seller; it stands as id 0.
type Lane struct {
	Seq                   int64
	Kind                  string
	At                    clock.Instant
	Owner, Holder, Bearer []Share
	Owed                  money.Minor // what the buyer owes the seller for this order
	Claim                 money.Minor // what it owes the seller for goods of it that were lost; below zero what the seller owes the buyer
}

// Share is how much an organisation has. Transit is id 0 with the name "transit" in the lane of holders; what is used up is nobody's,
// id 0 with the name "used" in each lane.
type Share struct {
	Org  id.ID
	Name string
	Qty  qty.Qty
}

// story reads timeline and lanes of an order out of the journals of its papers.
func (s *Service) story(ctx context.Context, viewer id.ID, v View) ([]Event, []Lane, error) {
	docs, err := s.papers(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	own := docs // money that settles a claim comes behind
	claims, err := s.claimsOf(ctx, v, own)
	if err != nil {
		return nil, nil, err
	}
	docs = append(slices.Clone(own), claimMoney(claims, v.Seller, v.Buyer, own)...)
	var rows []struct {
		Seq               int64
		Kind              string
		EffectiveUs       clock.Instant
		RecordedUs        clock.Instant
		Doc, Org          id.ID
		OrgName, PersonNm string
	}
	err = s.DB.R(ctx).Raw(`SELECT j.seq, j.kind, j.effective_us, j.recorded_us, j.doc, j.org, COALESCE(g.name, '') AS org_name,
 CASE WHEN j.org = ? THEN COALESCE(p.name, '') ELSE '' END AS person_nm
 FROM journal j LEFT JOIN org g ON g.id = j.org LEFT JOIN person p ON p.id = j.person WHERE j.doc IN ? ORDER BY j.seq`,
		viewer, docs).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("journals of order %d: %w", v.ID, err)
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = Event{Seq: r.Seq, At: r.EffectiveUs, Recorded: r.RecordedUs, Kind: r.Kind, Doc: r.Doc, Org: r.Org, OrgName: r.OrgName, Person: r.PersonNm}
	}
	if err := s.reasons(ctx, v.ID, events); err != nil {
		return nil, nil, err
	}
	for i := range events {
		e := &events[i]
		if k := slices.IndexFunc(v.Shipments, func(h Shipment) bool { return h.ID == e.Doc }); k >= 0 && e.Kind == "shipment.received" {
			e.Reason = v.Shipments[k].said()
		}
	}
	lanes, err := s.lanes(ctx, viewer, v, events)
	for i := range lanes {
		lanes[i].Claim = claimLeft(claims, v.Seller, v.Buyer, own, lanes[i].Seq)
	}
	return events, lanes, err
}

// reasoning are the kinds of journals that may keep a reason in their audit row.
var reasoning = []string{"order.cancelled", "order.rejected", "order.amended", "order.returned", "service.performed", "service.accepted"}

// reasons adds why steps were taken. The audit row of their journal says so; the parties of the order read nothing else of it.
func (s *Service) reasons(ctx context.Context, order id.ID, events []Event) error {
	var seqs []int64
	var orgs []id.ID // who took them: their own audit rows are read, no others
	at := map[int64]*Event{}
	for i := range events {
		e := &events[i]
		if slices.Contains(reasoning, e.Kind) {
			seqs, orgs = append(seqs, e.Seq), append(orgs, e.Org)
			at[e.Seq] = e
		}
	}
	slices.Sort(orgs)
	orgs = slices.Compact(orgs)
	for chunk := range slices.Chunk(seqs, 500) {
		var rows []struct {
			Seq     int64
			Changes string
		}
		err := s.DB.R(ctx).Raw("SELECT seq, changes FROM audit WHERE seq IN ? AND org IN ? AND changes LIKE ?", chunk, orgs, `[{"t":"","k":[],"c":[["reason",%`).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("reasons of order %d: %w", order, err)
		}
		for _, r := range rows {
			for _, c := range audit.Changes(r.Changes) {
				if c.Table == "" && c.Field == "reason" {
					at[r.Seq].Reason = c.After
				}
			}
		}
	}
	return nil
}

// papers are the documents of an order: itself, its shipments, returns, invoices, and the payments that settled them.
func (s *Service) papers(ctx context.Context, v View) ([]id.ID, error) {
	docs := []id.ID{v.ID}
	for _, h := range v.Shipments {
		docs = append(docs, h.ID)
	}
	for _, r := range v.Returns {
		docs = append(docs, r.ID)
	}
	var more []id.ID
	err := s.DB.R(ctx).Raw(`SELECT id FROM invoice WHERE order_id = ? AND +seller = ? UNION
 SELECT x.payment_id FROM payment_part x JOIN invoice v ON v.id = x.invoice_id WHERE v.order_id = ? AND +v.seller = ?`,
		v.ID, v.Seller, v.ID, v.Seller).Scan(&more).Error
	if err != nil {
		return nil, fmt.Errorf("papers of order %d: %w", v.ID, err)
	}
	return append(docs, more...), nil
}

type legRow struct {
	Seq, Leg                       int64
	Amt                            int64
	Book                           int64
	Unit                           id.ID
	Owner, Place, Bearer, PlaceOrg id.ID
	Org, Counterparty              id.ID
	Purpose, Side                  int64
	Kind                           string
	Doc                            id.ID
}

func (s *Service) legs(ctx context.Context, seqs []int64) (rows []legRow, err error) {
	for chunk := range slices.Chunk(seqs, 500) {
		var some []legRow
		err := s.DB.R(ctx).Raw(`SELECT e.seq, e.leg, e.amt, a.book, a.unit, a.owner, a.place, a.bearer, COALESCE(p.org, 0) AS place_org,
 a.org, a.counterparty, a.purpose, a.side, j.kind, j.doc FROM entry e JOIN account a ON a.acct = e.acct JOIN journal j ON j.seq = e.seq
 LEFT JOIN place p ON p.id = a.place WHERE e.seq IN ? ORDER BY e.seq, e.leg`, chunk).Scan(&some).Error
		if err != nil {
			return nil, fmt.Errorf("entries: %w", err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

type spot struct{ lot, owner, place, placeOrg, bearer id.ID }

// lanes follows the order's goods from journal to journal. Goods enter by a journal of the order itself or of its shipments;
// elsewhere (payments) only goods that are followed already move on.
func (s *Service) lanes(ctx context.Context, viewer id.ID, v View, events []Event) ([]Lane, error) {
	seqs := make([]int64, len(events))
	for i, e := range events {
		seqs[i] = e.Seq
	}
	legs, err := s.legs(ctx, seqs)
	if err != nil {
		return nil, err
	}
	own := map[id.ID]bool{v.ID: true}
	for _, h := range v.Shipments {
		own[h.ID] = true
	}
	for _, r := range v.Returns {
		own[r.ID] = true
	}
	paid, err := s.paidBy(ctx, v)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, v, legs)
	if err != nil {
		return nil, err
	}
	at, owed, k := map[spot]qty.Qty{}, money.Minor(0), 0
	var out []Lane
	for _, e := range events {
		var from *legRow
		settles := false
		for ; k < len(legs) && legs[k].Seq == e.Seq; k++ {
			l := &legs[k]
			if l.Book == 2 {
				if l.Purpose == int64(ledger.Trade) && l.Side > 0 && l.Org == v.Seller && l.Counterparty == v.Buyer {
					if _, pays := paid[e.Doc]; pays {
						settles = true
					} else {
						owed += money.Minor(l.Amt)
					}
				}
				continue
			}
			if from == nil {
				from = l
				continue
			}
			follow(at, *from, *l, own[e.Doc])
			from = nil
		}
		if settles {
			owed -= paid[e.Doc]
			paid[e.Doc] = 0
		}
		out = append(out, laneOf(e, at, owed, viewer, v.Order, names))
	}
	return out, nil
}

// follow applies one movement to what is followed.
func follow(at map[spot]qty.Qty, from, to legRow, enters bool) {
	f := spot{from.Unit, from.Owner, from.Place, from.PlaceOrg, from.Bearer}
	n := qty.Qty(to.Amt)
	if !enters {
		n = min(n, at[f])
	}
	if n > 0 {
		at[f] = max(0, at[f]-n)
		at[spot{to.Unit, to.Owner, to.Place, to.PlaceOrg, to.Bearer}] += n
	}
}

// paidBy is what each payment settled of the order's invoices.
func (s *Service) paidBy(ctx context.Context, v View) (map[id.ID]money.Minor, error) {
	var rows []struct {
		PaymentID id.ID
		Amount    money.Minor
	}
	err := s.DB.R(ctx).Raw(`SELECT x.payment_id, SUM(x.amount) AS amount FROM payment_part x JOIN invoice v ON v.id = x.invoice_id JOIN payment y ON y.id = x.payment_id
 WHERE v.order_id = ? AND v.seller = ? AND x.kind <> 'asked' AND y.status IN ('confirmed','applied','written_off') GROUP BY x.payment_id`,
		v.ID, v.Seller).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("payments of order %d: %w", v.ID, err)
	}
	out := map[id.ID]money.Minor{}
	for _, r := range rows {
		out[r.PaymentID] = r.Amount
	}
	return out, nil
}

func (s *Service) names(ctx context.Context, v View, legs []legRow) (map[id.ID]string, error) {
	out := map[id.ID]string{v.Seller: v.SellerName, v.Buyer: v.BuyerName}
	var missing []id.ID
	for _, l := range legs {
		for _, o := range []id.ID{l.Owner, l.Bearer, l.PlaceOrg} {
			if _, ok := out[o]; !ok && o != 0 && !slices.Contains(missing, o) {
				missing = append(missing, o)
			}
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	var rows []struct {
		ID   id.ID
		Name string
	}
	if err := s.DB.R(ctx).Raw("SELECT id, name FROM org WHERE id IN ?", missing).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, nil
}

func laneOf(e Event, at map[spot]qty.Qty, owed money.Minor, viewer id.ID, o Order, names map[id.ID]string) Lane {
	owner, holder, bearer := map[id.ID]qty.Qty{}, map[id.ID]qty.Qty{}, map[id.ID]qty.Qty{}
	seen := func(org id.ID) id.ID {
		if viewer == o.Seller || org == o.Seller || org == o.Buyer || org == viewer {
			return org
		}
		return 0
	}
	const transit, used = id.ID(-100), id.ID(-101)
	for x, n := range at {
		switch {
		case n == 0:
		case x.place == ledger.Consumed:
			owner[used] += n
			holder[used] += n
			bearer[used] += n
		case x.place < 0: // lost: whose it was is history
		case x.placeOrg == 0:
			owner[seen(x.owner)] += n
			bearer[seen(x.bearer)] += n
			holder[transit] += n
		default:
			owner[seen(x.owner)] += n
			bearer[seen(x.bearer)] += n
			holder[seen(x.placeOrg)] += n
		}
	}
	shares := func(m map[id.ID]qty.Qty) []Share {
		var out []Share
		for org, n := range m {
			sh := Share{org, names[org], n}
			switch org {
			case transit:
				sh = Share{0, "transit", n}
			case used:
				sh = Share{0, "used", n}
			}
			out = append(out, sh)
		}
		slices.SortFunc(out, func(x, y Share) int { return cmp.Or(cmp.Compare(x.Org, y.Org), cmp.Compare(x.Name, y.Name)) })
		return out
	}
	return Lane{Seq: e.Seq, Kind: e.Kind, At: e.At, Owner: shares(owner), Holder: shares(holder), Bearer: shares(bearer), Owed: owed}
}
