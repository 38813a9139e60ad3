package sharing

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
)

// MostCells is how many cells an answer may have; beyond it a shorter time has to be asked for.
const MostCells = 50_000

// Page is what a look shows: cells, latest period first, and how far the agreement reaches today.
type Page struct {
	list.Page[Cell]
	Sharing Sharing
	Upto    clock.Date // last day that may be shown; "" where none may be yet
	Blind   bool       // values are shared, but not with a role that sees no money: they are zero
}

// May tells whether the acting organisation may look by an agreement now: it is the viewer, the agreement is active, and the
// role may read what is shared. Errors: not_found (anything else), access.denied.
func (s *Service) May(ctx context.Context, a access.Actor, sharing id.ID) error {
	_, err := s.open(ctx, a, sharing)
	return err
}

func (s *Service) open(ctx context.Context, a access.Actor, sharing id.ID) (Sharing, error) {
	v, err := s.one(ctx, a.Org, sharing)
	if err != nil {
		return v, err
	}
	if v.Rel(a.Org) != access.Upstream || v.Status != Active {
		return v, errs.Gone() // the grantor has its own reports; what is over is gone
	}
	return v, s.gate.Require(ctx, a, access.Upstream, "sharing", "read")
}

// Look answers a look, and writes it down first. Right: sharing read, as upstream. Errors: not_found (no agreement, or not in
// force), access.denied, sharing.dates, sharing.too_many.
func (s *Service) Look(ctx context.Context, a access.Actor, sharing id.ID, ask Ask, q list.Query) (Page, error) {
	v, err := s.open(ctx, a, sharing)
	if err != nil {
		return Page{}, err
	}
	if ask.From != "" && ask.To != "" && ask.From > ask.To {
		return Page{}, errs.OnFields("invalid", errs.F("to", "sharing.dates"))
	}
	k, _, err := q.After()
	if err != nil {
		return Page{}, err
	}
	today := s.clock.Now().In(v.zone)
	p := Page{Sharing: v}
	if latest := v.spans(today, "", ""); len(latest) > 0 {
		p.Upto = latest[0].Last
	}
	cells, err := s.cells(ctx, v, v.spans(today, ask.From, ask.To), ask)
	if err != nil {
		return Page{}, err
	}
	if p.Blind, err = s.blind(ctx, a, v); err != nil {
		return Page{}, err
	}
	from := min(max(int(k.V), 0), len(cells))
	upto := len(cells)
	if ask.Way != "workbook" {
		upto = min(from+q.Limit(), len(cells))
	}
	p.Items = cells[from:upto]
	if p.Blind {
		for i := range p.Items {
			p.Items[i].Net = 0
		}
	}
	if upto < len(cells) {
		p.Next = list.Key{V: int64(upto)}.Encode()
	}
	return p, s.write(ctx, a, v, ask, len(p.Items))
}

// blind tells whether values that are shared are not for the actor: they are for who may see the organisation's own money. It sees the
// same cells as everybody else, because others could be taken from those.
func (s *Service) blind(ctx context.Context, a access.Actor, v Sharing) (bool, error) {
	if !v.Values {
		return false, nil
	}
	err := s.gate.Require(ctx, a, access.Own, "invoice", "read")
	if errs.Is(err, errs.Forbidden) {
		return true, nil
	}
	return false, err
}

// write leaves a look in the log, in the transaction that makes sure that the agreement is still in force.
func (s *Service) write(ctx context.Context, a access.Actor, v Sharing, ask Ask, shown int) error {
	asked := map[string]string{}
	for name, x := range map[string]string{"from": string(ask.From), "to": string(ask.To), "region": ask.Region, "shop": ask.Shop} {
		if x != "" {
			asked[name] = x
		}
	}
	if ask.Product != 0 {
		asked["product"] = ask.Product.String()
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	if len(text) > 500 {
		return errs.New(errs.Invalid, "sharing.filter_long")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if now, err := s.one(ctx, a.Org, v.ID); err != nil || now.Status != Active {
			return errs.Gone()
		}
		now := s.clock.Now()
		err := s.d.W(ctx).Create(&lookRow{ID: s.d.IDs.Next(), Sharing: v.ID, Grantor: v.Grantor, Viewer: v.Viewer, Person: a.Person, AtUS: now,
			Way: ask.Way, Asked: string(text), Shown: int64(shown)}).Error
		if err != nil {
			return err
		}
		return audit.Record(ctx, s.d, a.By(), now, looked, v.ID, audit.Diff(map[string][2]any{"way": {"", ask.Way}, "asked": {"", string(text)}, "shown": {-1, shown}}))
	})
}

// looked is what the log of everybody calls a look: the chain takes it in, so that the log of looks cannot be made shorter unseen.
const looked = "sharing.looked"

// Looked is the promise that verify holds the log of looks to: of each agreement it has as many rows as the chained log says.
func Looked() ledger.Watcher {
	return ledger.Watcher{Promise: "looks at what is shared stand in the chained log, and in the grantor's", End: counted}
}

func counted(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	rows, err := tx.QueryContext(ctx, `SELECT s.id, (SELECT COUNT(*) FROM audit a WHERE a.doc = s.id AND a.action = ?), (SELECT COUNT(*) FROM sharing_look l WHERE l.sharing = s.id)
		FROM sharing s ORDER BY s.id`, looked)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sharing, said, there int64
		if err := rows.Scan(&sharing, &said, &there); err != nil {
			return err
		}
		test(said == there, fmt.Sprintf("sharing %d", sharing), "%d rows of looks, but the chained log says %d", there, said)
	}
	return rows.Err()
}

// Looks is who looked by an agreement of the acting organisation, the latest first: its grantor sees it, and the viewer sees the
// same. Right: sharing read.
func (s *Service) Looks(ctx context.Context, a access.Actor, sharing id.ID, q list.Query) (list.Page[Look], error) {
	var page list.Page[Look]
	if _, err := s.Sharing(ctx, a, sharing); err != nil {
		return page, err
	}
	k, ok, err := q.After()
	if err != nil {
		return page, err
	}
	more, args := "", []any{sharing, a.Org, a.Org}
	if ok {
		more, args = " AND l.id < ?", append(args, k.ID)
	}
	var rows []Look
	err = s.d.R(ctx).Raw(`SELECT l.id, l.at_us, l.viewer, o.name AS viewer_name, COALESCE(p.name, '') AS person, l.way, l.asked, l.shown
		FROM sharing_look l JOIN org o ON o.id = l.viewer LEFT JOIN person p ON p.id = l.person
		WHERE l.sharing = ? AND (l.grantor = ? OR l.viewer = ?)`+more+" ORDER BY l.id DESC LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return page, fmt.Errorf("looks at %d: %w", sharing, err)
	}
	return list.Cut(rows, q.Limit(), func(l Look) list.Key { return list.Key{ID: int64(l.ID)} }), nil
}
