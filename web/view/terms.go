package view

import (
	"context"

	"saluran/internal/qty"
	"saluran/web/kit"
)

// propose leads those to the form who may propose terms on this link; a seller without a price list makes one first.
func (p Partner) propose(ctx context.Context) kit.Way {
	if p.CanPropose {
		return kit.Go("#h-prop", t(ctx, "agreement.propose"))
	}
	if p.Side == "seller" {
		return kit.Theirs(ctx)
	}
	return kit.Able(ctx, "agreement:write price:write", "/products#h-lists", t(ctx, "prices.new_list"))
}

// base is what a new proposal starts from: the open offer, else what is in force.
func (p Partner) base() Agreement {
	if p.HasOffer {
		return p.Offer
	}
	return p.Now
}

// checked tells whether a box of the form is ticked: as it was sent, or as it stood before anybody typed.
func (p Partner) checked(name string, otherwise bool) bool {
	if len(p.Form.Values) == 0 {
		return otherwise
	}
	return p.Form.Values[name] == "1"
}

func declineWord(a Agreement) string {
	if a.Own {
		return "agreement.withdraw"
	}
	return "agreement.decline"
}

func offerWord(a Agreement) string {
	switch {
	case a.Waits:
		return "agreement.offer_yours"
	case a.Own:
		return "agreement.offer_theirs"
	}
	return "agreement.offer_open"
}

func limitWord(ctx context.Context, a Agreement) string {
	if a.NoLimit {
		return t(ctx, "agreement.no_limit")
	}
	return amount(ctx, a.Currency, a.Limit)
}

func plainLimit(p Partner) string {
	if b := p.base(); !b.NoLimit && b.ID != "" {
		return plainAmount(b.Currency, b.Limit)
	}
	return ""
}

// percentValue is hundredths of a percent for an input; empty for none.
func percentValue(ctx context.Context, bps int64) string {
	if bps == 0 {
		return ""
	}
	return plainQty(ctx, qty.Qty(bps*qty.Scale/100))
}

func countValue(ctx context.Context, n int64) string {
	if n == 0 {
		return ""
	}
	return kit.Count(ctx, n)
}
