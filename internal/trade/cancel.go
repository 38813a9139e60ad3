package trade

import (
	"context"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Cancel takes back what of an order is not on its way: what is held is released, what had passed on confirmation goes back,
// credit is released. An order of which nothing is on its way is cancelled whole. Buyer and agent may cancel until the order is
// confirmed, the seller also afterwards.
func (s *Service) Cancel(ctx context.Context, a access.Actor, st Step) (Order, error) {
	return s.end(ctx, a, st, DoCancel, "order.cancelled", Cancelled)
}

// Reject refuses an order: by the seller, before it is confirmed. Everything that was promised is released.
func (s *Service) Reject(ctx context.Context, a access.Actor, st Step) (Order, error) {
	return s.end(ctx, a, st, DoReject, "order.rejected", Rejected)
}

func (s *Service) end(ctx context.Context, a access.Actor, st Step, do Action, kind string, whole Status) (Order, error) {
	if err := st.because(); err != nil {
		return Order{}, err
	}
	return s.act(ctx, a, st, do, func(o Order, rel access.Rel) error {
		d, _, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		p := draft(kind, o.event(string(do), o.Version), by(a, o.Seller, rel), o.ID, now, st.Key)
		is := o.clone()
		if err := s.uninvoiced(ctx, o); err != nil {
			return err
		}
		if err := s.unallot(ctx, p, o, now, d.Zone); err != nil {
			return err
		}
		for i := range is.Lines {
			l := &is.Lines[i]
			l.Cancelled += l.Open()
			l.Held, l.Allotted = 0, 0
		}
		is.CreditHeld = d.credit(o.CreditHeld, is.Lines)
		if is.Status, err = s.ended(ctx, p, is); err != nil {
			return err
		}
		if is.Status == Cancelled {
			is.Status = whole
		}
		if err := s.ordered(ctx, p, d, o, is, o.ID); err != nil {
			return err
		}
		advance(p, o, is, d.Currency)
		_, err = s.post(ctx, p.Tell(kind, is.fact()).Because(st.Reason), d.Currency)
		return err
	})
}

// because checks why a step is taken. The journal keeps it in its audit row, and both sides read it in the order's story.
func (st *Step) because() error {
	if bad := text.Note("reason", &st.Reason, 200); len(bad) > 0 {
		return errs.OnFields("order.invalid", bad...)
	}
	return nil
}

// uninvoiced refuses to cancel what is invoiced beforehand: a credit note has to take the invoice back first, so that nobody
// owes for goods that will not come.
func (s *Service) uninvoiced(ctx context.Context, o Order) error {
	if !slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Open() > 0 && l.Invoiced > l.Dispatched }) {
		return nil
	}
	credited, err := s.creditedLines(ctx, o)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if l.Open() > 0 && l.Invoiced-credited[l.N] > l.Dispatched {
			return errs.New(errs.Conflict, "order.credit_first", "sku", l.SKU)
		}
	}
	return nil
}

// ended is the stage of an order after a step that leaves it nothing to wait for, perhaps; its invoices are guarded.
func (s *Service) ended(ctx context.Context, p *ledger.Post, o Order) (Status, error) {
	settled, err := s.settled(ctx, p, o)
	return stage(o, settled), err
}

// unallot takes what is set aside and not dispatched back to the seller, into its sellable stock where the lot may be sold.
func (s *Service) unallot(ctx context.Context, p *ledger.Post, o Order, at clock.Instant, zone string) error {
	return s.unallotLines(ctx, p, o, at, zone, func(int64) bool { return true })
}

// unallotLines is unallot for some lines of the order.
func (s *Service) unallotLines(ctx context.Context, p *ledger.Post, o Order, at clock.Instant, zone string, of func(line int64) bool) error {
	rows, err := s.allotments(ctx, o)
	if err != nil {
		return err
	}
	for _, r := range rows {
		n := r.Qty - r.Dispatched
		if n <= 0 || !of(r.Line) {
			continue
		}
		from := r.position(o.Line(r.Line).Product)
		to := o.backToSeller(from)
		ok, err := s.lotSells(ctx, r.Lot, at, zone)
		if err != nil {
			return err
		}
		if ok {
			to.Seller = o.Seller
		}
		p.Move(from, to, n)
		p.Change(allotmentT, r.key(o.ID), ledger.Set{Col: "qty", Before: r.Qty, After: r.Dispatched})
	}
	return nil
}

// Resume takes an order from credit hold: by the seller, once the credit suffices. It holds stock and credit as placing does.
func (s *Service) Resume(ctx context.Context, a access.Actor, st Step) (Order, error) {
	return s.act(ctx, a, st, DoResume, func(o Order, rel access.Rel) error {
		d, _, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		_, err = s.promising(ctx, o, d.Currency, func(left map[id.ID]qty.Qty) (*ledger.Post, error) {
			p := draft("order.resumed", o.event("resume", o.Version), by(a, o.Seller, rel), o.ID, now, st.Key)
			is := o.clone()
			is.Status = Placed
			if !d.Prepay {
				is.CreditHeld = creditOf(d.Currency, is.Lines)
			}
			is.promise(left)
			advance(p, o, is, d.Currency)
			return p.Tell("order.placed", is.fact()), nil
		})
		return err
	})
}

// Close puts a paid order away: by the seller.
func (s *Service) Close(ctx context.Context, a access.Actor, st Step) (Order, error) {
	return s.act(ctx, a, st, DoClose, func(o Order, rel access.Rel) error {
		c, err := currency(o.Currency)
		if err != nil {
			return err
		}
		p := draft("order.closed", o.event("close", o.Version), by(a, o.Seller, rel), o.ID, s.Clock.Now(), st.Key)
		is := o.clone()
		is.Status = Closed
		advance(p, o, is, c)
		_, err = s.post(ctx, p, c)
		return err
	})
}

// Perform says that services of an order are done: by the seller. To a consumer they count as accepted at once; else the buyer
// accepts them. No lines: all services.
func (s *Service) Perform(ctx context.Context, a access.Actor, st Step, lines []BillLine) (Order, error) {
	return s.service(ctx, a, st, lines, DoPerform)
}

// Accept agrees that services are performed: by the buyer. They count as delivered.
func (s *Service) Accept(ctx context.Context, a access.Actor, st Step, lines []BillLine) (Order, error) {
	return s.service(ctx, a, st, lines, DoAccept)
}

func (s *Service) service(ctx context.Context, a access.Actor, st Step, lines []BillLine, do Action) (Order, error) {
	if err := st.because(); err != nil {
		return Order{}, err
	}
	return s.act(ctx, a, st, do, func(o Order, rel access.Rel) error {
		d, _, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		p := draft("service."+strings.TrimSuffix(string(do), "e")+"ed", o.event(string(do), o.Version), by(a, o.Seller, rel), o.ID, now, st.Key).Because(st.Reason)
		is := o.clone()
		served, err := is.serve(lines, do, d.BuyerKind == "consumer")
		if err != nil {
			return err
		}
		if err := s.delivered(ctx, p, d, o, &is, served, o.ID); err != nil {
			return err
		}
		if do == DoPerform {
			if err := s.covered(ctx, p, d, o, &is); err != nil {
				return err
			}
		}
		advance(p, o, is, d.Currency)
		_, err = s.post(ctx, p, d.Currency)
		return err
	})
}

// serve counts services as performed or accepted and says what of each line came to be delivered.
func (o *Order) serve(lines []BillLine, do Action, atOnce bool) (map[int64]qty.Qty, error) {
	could := func(l *Line) qty.Qty {
		if do == DoAccept {
			return l.Dispatched - l.Delivered
		}
		return l.Open()
	}
	if len(lines) == 0 {
		for i := range o.Lines {
			if l := &o.Lines[i]; l.Service && could(l) > 0 {
				lines = append(lines, BillLine{l.N, could(l)})
			}
		}
	}
	out := map[int64]qty.Qty{}
	for i, ask := range lines {
		l := o.Line(ask.Line)
		if l == nil || !l.Service || out[ask.Line] > 0 {
			return nil, onLine(at(i), errs.F("line", "order.unknown_line"))
		}
		if ask.Qty <= 0 || ask.Qty > could(l) || !ask.Qty.Fits(l.Decimals) {
			return nil, onLine(at(i), errs.F("qty", "order.more_than_open", "sku", l.SKU, "most", could(l).String()))
		}
		if do == DoPerform {
			l.Dispatched += ask.Qty
		}
		if do == DoAccept || atOnce {
			l.Delivered += ask.Qty
			out[ask.Line] = ask.Qty
		}
	}
	return out, nil
}
