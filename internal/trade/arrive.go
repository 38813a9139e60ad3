package trade

import (
	"context"

	"saluran/internal/id"
	"saluran/internal/ledger"
)

// record books every line as it came, and writes down what the receiver says of it.
func (r *arrival) record(ctx context.Context, o Order, note string, split []ReceiveLine) (receipt id.ID, err error) {
	h, p := r.h, r.p
	receipt = r.s.DB.IDs.Next()
	p.File(receiptT.Row(receipt, h.ID, o.ID, h.Seller, h.Buyer, r.at, note))
	for i, l := range h.Lines {
		after, err := r.line(ctx, l, split[i])
		if err != nil {
			return 0, err
		}
		l.changed(p, h.ID, after)
		p.File(receiptLineT.Row(receipt, l.N, after.Received, after.Damaged, after.Short, after.Refused, split[i].Reason))
	}
	set := []ledger.Set{{Col: "status", Before: h.Status, After: verdict(split, h.Lines)}, {Col: "received_us", Before: h.ReceivedAt, After: r.at}}
	if r.waits {
		set = append(set, ledger.Set{Col: "waits", Before: h.Waits, After: true})
	}
	p.Advance(shipmentT, h.ID, h.Version, set...)
	r.g.finish()
	return receipt, nil
}

// carryOn brings the order to where the arrival leaves it, with what hangs on that.
func (r *arrival) carryOn(ctx context.Context, o Order) error {
	if err := r.s.completed(ctx, r.p, r.d, o, r.is, r.came, r.at); err != nil {
		return err
	}
	if err := r.s.delivered(ctx, r.p, r.d, o, r.is, r.came, r.h.ID); err != nil {
		return err
	}
	if err := r.s.ordered(ctx, r.p, r.d, o, *r.is, r.h.ID); err != nil {
		return err
	}
	advance(r.p, o, *r.is, r.d.Currency)
	return nil
}
