package intake

import (
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// limits holds what the documents add to the buyers' debts against the credit limits that the books know. Pairs that the
// import links itself have none.
func (p *plan) limits() error {
	limited := map[[2]id.ID]room{}
	if err := p.limited(limited); err != nil || len(limited) == 0 {
		return err
	}
	r, err := p.docs.read()
	if err != nil {
		return err
	}
	for {
		rec, err := r.next()
		if err != nil {
			return err
		}
		if rec == nil {
			break
		}
		d := takeDocument(rec)
		if d.there {
			continue
		}
		total := money.Minor(0)
		for _, l := range d.lines {
			total += l.net + l.tax
		}
		p.owe(limited, d.seller, d.buyer, total, d.number, d.date)
	}
	return p.limitSupplies(limited)
}

// room is what is left of a limit.
type room struct {
	left money.Minor
	told bool
}

func (p *plan) owe(limited map[[2]id.ID]room, seller, buyer int32, total money.Minor, number string, on clock.Date) {
	k := [2]id.ID{p.ms.partners[seller].id, p.ms.partners[buyer].id}
	x, ok := limited[k]
	if !ok {
		return
	}
	x.left -= total
	if x.left < 0 && total > 0 && !x.told {
		x.told = true
		p.stops++
		p.problem("", 0, p.columns["document"], number, "import.credit_limit", "buyer", p.ms.partners[buyer].code, "date", string(on),
			"over", p.cur.Format(-x.left))
	}
	limited[k] = x
}

func (p *plan) limitSupplies(limited map[[2]id.ID]room) error {
	s, err := p.supplies()
	if err != nil {
		return err
	}
	for s.head != nil {
		err := p.eachPurchases(s, s.head.date, s.head.back, func(all []*purchase) error {
			for _, b := range all {
				total := money.Minor(0)
				for _, l := range b.lines {
					total += l.net
				}
				if b.back {
					total = -total
				}
				if !b.there {
					p.owe(limited, b.producer, b.seller, total, b.number, b.date)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// limited reads the limits of the partners that the documents name.
func (p *plan) limited(out map[[2]id.ID]room) error {
	known := map[id.ID]bool{}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && x.id != 0 {
			known[x.id] = true
		}
	}
	rows, err := p.d.R(p.ctx).Raw("SELECT seller, bill_to, limit_amt - used - held FROM exposure WHERE currency = ? AND limit_amt < ?",
		p.cur.ID, int64(ledger.NoLimit)).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seller, buyer id.ID
		var left money.Minor
		if err := rows.Scan(&seller, &buyer, &left); err != nil {
			return err
		}
		if known[seller] && known[buyer] {
			out[[2]id.ID{seller, buyer}] = room{left: left}
		}
	}
	return rows.Err()
}
