package report

import "saluran/internal/access"

// The parts of first pages. Each asks for the right to what it shows and leaves it out where there is none.

func (d *desk) selling() (err error) {
	if d.sells() && !d.agent() {
		d.out.Sold, err = d.flow("seller")
	}
	return err
}

func (d *desk) buying() (err error) {
	if d.buys() {
		d.out.Bought, err = d.flow("buyer")
	}
	return err
}

func (d *desk) largest() error {
	if d.out.Sold == nil {
		return nil
	}
	return d.biggest(d.out.Sold, "seller", "buyer")
}

func (d *desk) suppliers() error {
	if d.out.Bought == nil {
		return nil
	}
	return d.biggest(d.out.Bought, "buyer", "seller")
}

// receivables are what partners owe, with the limits that they have.
func (d *desk) receivables() (err error) {
	if d.out.Sold == nil {
		return nil
	}
	if d.out.Owed, err = d.ageing("seller", "buyer", d.out.Sold); err != nil {
		return err
	}
	d.out.Limits, err = d.limits()
	return err
}

func (d *desk) payables() (err error) {
	if d.out.Bought != nil {
		d.out.Owing, err = d.ageing("buyer", "seller", d.out.Bought)
	}
	return err
}

// mostBills is how many invoices are named.
const mostBills = 5

func (d *desk) lateBills() (err error) {
	if d.out.Owed != nil {
		d.out.Late, err = d.bills("seller", "buyer", true, mostBills)
	}
	return err
}

func (d *desk) dueBills() (err error) {
	if d.out.Owing != nil {
		d.out.Due, err = d.bills("buyer", "seller", false, mostBills)
	}
	return err
}

// cash is what finance looks at: money without an invoice, what is late, what must be paid next, and what falls due by day.
func (d *desk) cash() (err error) {
	if d.out.Owed != nil && d.can(access.Seller, "payment", "read") {
		if d.out.Cash, err = d.loose(); err != nil {
			return err
		}
	}
	if err = d.lateBills(); err != nil {
		return err
	}
	if err = d.dueBills(); err != nil {
		return err
	}
	if d.out.Owed != nil || d.out.Owing != nil {
		d.out.Calendar, err = d.calendar(d.out.Owed != nil, d.out.Owing != nil)
	}
	return err
}

// goods hold stock against the pace at which it goes: at which it is sold, or, of a shop that sells nothing over the portal, bought.
func (d *desk) goods() error {
	if !d.can(access.Own, "stock", "read") || d.a.Kind == "consumer" {
		return nil
	}
	p, err := d.pace("seller", nil)
	if err != nil || len(p.Goods) == 0 && d.page == "shop" {
		return err
	}
	d.sold = p
	if d.out.Cover, err = d.cover(p, d.page != "producer"); err != nil {
		return err
	}
	if d.page == "producer" || d.page == "distributor" {
		d.out.Cover.Away, err = d.away(p)
	}
	return err
}

func (d *desk) earning() (err error) {
	if d.sold != nil && d.sells() && d.buys() {
		d.out.Margin, err = d.margin(d.sold)
	}
	return err
}

func (d *desk) expiring() (err error) {
	if d.can(access.Own, "lot", "read") && d.a.Kind != "consumer" {
		d.out.Expiry, err = d.expiry()
	}
	return err
}

func (d *desk) filling() (err error) {
	if d.can(access.Own, "order", "list") && d.can(access.Seller, "order", "read") {
		d.out.Fill, err = d.fill("seller")
	}
	return err
}

func (d *desk) credit() (err error) {
	if d.buys() {
		d.out.Rooms, err = d.rooms()
	}
	return err
}

// silent names those that have not ordered: to an agent those that it serves, to others their buyers.
func (d *desk) silent() (err error) {
	switch {
	case d.agent() && d.can(access.Agent, "link", "read"):
		d.out.Silence, err = d.silence("agent")
	case !d.agent() && d.can(access.Seller, "link", "read"):
		d.out.Silence, err = d.silence("seller")
	}
	return err
}

func (d *desk) commission() (err error) {
	if d.money && d.can(access.Agent, "payment", "read") {
		d.out.Earned, err = d.earned()
	}
	return err
}

func (d *desk) usual() (err error) {
	if d.can(access.Own, "order", "list") && d.can(access.Buyer, "order", "place") {
		d.out.Often, err = d.often()
	}
	return err
}
