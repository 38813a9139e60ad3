package intake

import (
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// loadPartners reads the buyers that the organisation is linked with, its suppliers, and whom it has registered itself.
func (p *plan) loadPartners(o *own) error {
	o.buyers, o.makers = map[string][]known{}, map[string][]known{}
	met := &acquaintances{of: map[id.ID]*known{}}
	if err := p.loadLinked(o, met); err != nil {
		return err
	}
	if err := p.loadRegistered(o, met); err != nil {
		return err
	}
	for _, no := range met.order {
		o.file(o.buyers, *met.of[no])
	}
	return p.loadMakers(o, met)
}

// acquaintances are the organisations that have been met so far, in that order.
type acquaintances struct {
	of    map[id.ID]*known
	order []id.ID
}

func (x *acquaintances) meet(no id.ID, kind, code string) *known {
	if x.of[no] == nil {
		x.of[no] = &known{id: no, kind: kind, code: code}
		x.order = append(x.order, no)
	}
	return x.of[no]
}

// loadLinked meets those to whom it sells: whether a link with agreed terms is open, and since when people of theirs could have traded.
func (p *plan) loadLinked(o *own, met *acquaintances) error {
	var rows []struct {
		ID         id.ID
		Kind, Code string
		Link       id.ID
		Active     bool
		Agreed     int64
		AgreedUs   clock.Instant
	}
	err := p.d.R(p.ctx).Raw(`SELECT o.id, o.kind, o.code, l.id AS link, l.active, COUNT(g.id) AS agreed,
		COALESCE(MIN(CASE WHEN g.seller_us > g.buyer_us THEN g.seller_us ELSE g.buyer_us END), 0) AS agreed_us FROM link l JOIN org o ON o.id = l.buyer
		LEFT JOIN agreement g ON g.link = l.id AND g.seller_by <> 0 AND g.buyer_by <> 0
		WHERE l.seller = ? GROUP BY o.id, o.kind, o.code, l.id, l.active ORDER BY o.id, l.id`, o.id).Scan(&rows).Error
	if err != nil {
		return err
	}
	peopledSince, err := p.peopledSince(o)
	if err != nil {
		return err
	}
	for _, r := range rows {
		k := met.meet(r.ID, r.Kind, r.Code)
		k.linked = k.linked || (r.Active && r.Agreed > 0)
		k.closed = !k.linked
		if since := peopledSince[r.ID]; since != 0 && r.Agreed > 0 {
			if on := max(since, r.AgreedUs).In(p.m.Zone); k.live == "" || on < k.live {
				k.live = on
			}
		}
	}
	return nil
}

// orgRow is an organisation as it stands.
type orgRow struct {
	ID         id.ID
	Kind, Code string
}

// loadRegistered meets those that it has entered itself: closed to it once people of their own are there.
func (p *plan) loadRegistered(o *own, met *acquaintances) error {
	var rows []orgRow
	if err := p.d.R(p.ctx).Raw("SELECT id, kind, code FROM org WHERE registered_by = ? AND nameless = ? ORDER BY id", o.id, false).Scan(&rows).Error; err != nil {
		return err
	}
	var peopled []id.ID
	err := p.d.R(p.ctx).Raw("SELECT DISTINCT org FROM membership WHERE org IN (SELECT o.id FROM org o WHERE o.registered_by = ?)", o.id).Scan(&peopled).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		before := met.of[r.ID] != nil
		k := met.meet(r.ID, r.Kind, r.Code)
		if k.registered = true; !before {
			k.closed = slices.Contains(peopled, r.ID)
		}
	}
	return nil
}

// loadMakers are the producers that it has entered or buys from, and itself where it is one.
func (p *plan) loadMakers(o *own, met *acquaintances) error {
	var rows []orgRow
	err := p.d.R(p.ctx).Raw(`SELECT o.id, o.kind, o.code FROM org o WHERE o.kind = 'producer' AND (o.registered_by = ? OR o.id IN (SELECT l.seller FROM link l WHERE l.buyer = ?))
		ORDER BY o.id`, o.id, o.id).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		k := known{id: r.ID, kind: r.Kind, code: r.Code}
		if x := met.of[r.ID]; x != nil {
			k.registered = x.registered
		}
		o.file(o.makers, k)
	}
	if o.kind == "producer" {
		o.file(o.makers, known{id: o.id, kind: o.kind, code: o.code, registered: true})
	}
	return nil
}
