package ledger

import (
	"context"
	"strings"
	"unicode/utf8"

	"saluran/internal/errs"
	"saluran/internal/qty"
)

// static checks what can be checked without any balance: sizes, signs, role laws.
func (b *Book) static(ctx context.Context, p *Post) error {
	switch {
	case p.event == "" || len(p.event) > 96 || p.kind == "" || len(p.kind) > 32 || p.doc == 0:
		return errs.New(errs.Internal, "ledger.malformed", "event", p.event, "kind", p.kind)
	case len(p.client) > 64 || !said(p.client):
		return errs.New(errs.Invalid, "key_malformed")
	case !said(p.event) || !said(p.topic) || !said(p.payload) || !said(p.why): // one engine would keep it, the other would not
		return errs.New(errs.Internal, "ledger.malformed_text", "kind", p.kind)
	case p.effective <= 0:
		return errs.New(errs.Invalid, "ledger.no_time")
	case p.reverses != 0 && p.mirrored != len(p.moves)+len(p.claims)+len(p.points):
		return errs.New(errs.Internal, "ledger.malformed_reversal", "event", p.event)
	}
	for _, m := range p.moves {
		if m.n <= 0 || m.n > qty.Max*1000 || m.from.Lot != m.to.Lot || m.from.Product != m.to.Product || m.from.Lot == 0 || m.from == m.to {
			return errs.New(errs.Internal, "ledger.malformed_move", "event", p.event)
		}
		for _, pos := range []Position{m.from, m.to} {
			if err := b.lawful(ctx, p, pos); err != nil {
				return err
			}
		}
	}
	for _, c := range p.claims {
		if c.creditor == c.debtor || c.creditor == 0 || c.debtor == 0 {
			return errs.New(errs.Internal, "ledger.malformed_claim", "event", p.event)
		}
	}
	if err := p.counted(); err != nil {
		return err
	}
	for _, x := range p.points {
		if x.programme <= 0 || x.issuer <= 0 || x.holder <= 0 || x.issuer == x.holder || x.batch < PointsOwed || x.batch > maxBatch || x.n > maxPoints || x.n < -maxPoints {
			return errs.New(errs.Internal, "ledger.malformed_points", "event", p.event)
		}
	}
	return nil
}

// counted checks what the post does to counters of stock and credit: they are somebody's, and nobody's with itself.
func (p *Post) counted() error {
	for _, x := range p.holds {
		if x.seller <= 0 || x.product <= 0 {
			return errs.New(errs.Internal, "ledger.malformed_hold", "event", p.event)
		}
	}
	for _, x := range p.credits {
		if x.seller <= 0 || x.billTo <= 0 || x.seller == x.billTo {
			return errs.New(errs.Internal, "ledger.malformed_credit", "event", p.event)
		}
	}
	for _, x := range p.limits {
		if x.seller <= 0 || x.billTo <= 0 || x.seller == x.billTo {
			return errs.New(errs.Internal, "ledger.malformed_credit", "event", p.event)
		}
	}
	return nil
}

// said tells whether a text is one that both engines keep as it is.
func said(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
