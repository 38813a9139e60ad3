package partner

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// NoLimit is the credit limit of a partner who has none: the ledger's own word for it.
const NoLimit = money.Minor(1) << 60

// Terms are what an agreement fixes. Amounts are minor units of Currency, *Bps ten-thousandths.
type Terms struct {
	From              clock.Date
	Until             clock.Date // "": open
	PriceList         id.ID      // the seller's
	Currency          string
	PricesIncludeVAT  bool
	MinOrder          money.Minor
	NetDays           int64
	EarlyDays         int64
	EarlyBps          int64
	Prepay            bool // cash before delivery
	CreditLimit       money.Minor
	TitleOn           string // confirmation, dispatch, delivery, payment
	RiskOn            string // dispatch, delivery, title
	ResaleBeforeTitle bool
	OverBps           int64  // of what is ordered of a line: so much more may be sent
	UnderBps          int64  // so little may be missing from a line that counts as complete
	FreightBy         string // seller, buyer
}

// Agreement is one edition of the terms of a link. It counts when both sides have accepted it. Until then it is an offer, of which
// a link has one at most: the other side accepts it, declines it, or counters with another; its own side may take it back.
type Agreement struct {
	ID       id.ID
	Link     id.ID
	Edition  int64
	Seller   id.ID
	Buyer    id.ID
	Terms    Terms
	TextHash [32]byte // SHA-256 of Text
	SellerBy id.ID    // who accepted for the seller; 0: nobody yet
	SellerAt clock.Instant
	BuyerBy  id.ID
	BuyerAt  clock.Instant
	LimitAt  clock.Instant // when its credit limit was handed to the ledger; 0: not yet

	DeclinedBy  id.ID // who turned the offer down, or took it back; 0: nobody
	DeclinedOrg id.ID // for whom
	DeclinedAt  clock.Instant
	Reason      string
	Version     int64
}

// AgreementView is an agreement with the names that a list shows.
type AgreementView struct {
	Agreement
	SellerCode, SellerName string
	BuyerCode, BuyerName   string
	ListName               string
}

// Propose asks for a new edition of a link's terms, accepted by the side that proposes it.
type Propose struct {
	Key   audit.Key
	Link  id.ID
	Terms Terms
}

// Decline turns an offer down, or takes one's own back. Reason may be empty, and has at most 300 characters.
type Decline struct {
	Agreement id.ID
	Version   int64 // as it was seen; 0: whatever it is now
	Reason    string
}

// Waiting tells whether the edition is an offer that neither counts nor was declined.
func (a Agreement) Waiting() bool { return !a.Accepted() && a.DeclinedBy == 0 }

// Proposer is the side that offered the edition. Once both have accepted it is the one that accepted first.
func (a Agreement) Proposer() id.ID {
	if a.BuyerBy == 0 || (a.SellerBy != 0 && a.SellerAt <= a.BuyerAt) {
		return a.Seller
	}
	return a.Buyer
}

// Accepted tells whether both sides have accepted.
func (a Agreement) Accepted() bool { return a.SellerBy != 0 && a.BuyerBy != 0 }

// Covers tells whether a date lies within the agreement's.
func (a Agreement) Covers(on clock.Date) bool { return a.Terms.From <= on && on <= a.Terms.Until }

// Text is the exact text that both sides accept: one line for each term, in a fixed order. Its SHA-256 is TextHash.
func (a Agreement) Text() string {
	t := a.Terms
	var b strings.Builder
	line := func(k string, v any) { fmt.Fprintf(&b, "%s: %v\n", k, v) }
	line("link", a.Link)
	line("edition", a.Edition)
	line("seller", a.Seller)
	line("buyer", a.Buyer)
	line("from", t.From)
	line("until", t.Until)
	line("price_list", t.PriceList)
	line("currency", t.Currency)
	line("prices_include_vat", t.PricesIncludeVAT)
	line("min_order", int64(t.MinOrder))
	line("net_days", t.NetDays)
	line("early_days", t.EarlyDays)
	line("early_bps", t.EarlyBps)
	line("prepay", t.Prepay)
	line("credit_limit", int64(t.CreditLimit))
	line("title_on", t.TitleOn)
	line("risk_on", t.RiskOn)
	line("resale_before_title", t.ResaleBeforeTitle)
	line("over_bps", t.OverBps)
	line("freight_by", t.FreightBy)
	if t.UnderBps != 0 { // a term that came later: texts without it stay what was accepted
		line("under_bps", t.UnderBps)
	}
	return b.String()
}

func (a *Agreement) seal() { a.TextHash = sha256.Sum256([]byte(a.Text())) }

func (t *Terms) clean() error {
	if t.Until == "" {
		t.Until = Open
	}
	if t.FreightBy == "" {
		t.FreightBy = "seller"
	}
	var bad []errs.Field
	if _, err := clock.ParseDate(string(t.From)); err != nil {
		bad = append(bad, errs.F("from", "bad_date"))
	}
	if _, err := clock.ParseDate(string(t.Until)); err != nil || t.Until < t.From {
		bad = append(bad, errs.F("until", "bad_date"))
	}
	if _, err := money.Lookup(t.Currency); err != nil {
		bad = append(bad, errs.F("currency", "partner.bad_currency", "currency", t.Currency))
	}
	if !known([]string{"confirmation", "dispatch", "delivery", "payment"}, t.TitleOn) {
		bad = append(bad, errs.F("title_on", "agreement.bad_title"))
	}
	if !known([]string{"dispatch", "delivery", "title"}, t.RiskOn) {
		bad = append(bad, errs.F("risk_on", "agreement.bad_risk"))
	}
	if !known([]string{"seller", "buyer"}, t.FreightBy) {
		bad = append(bad, errs.F("freight_by", "agreement.bad_freight"))
	}
	for _, n := range []struct {
		path   string
		v, max int64
	}{{"min_order", int64(t.MinOrder), int64(NoLimit)}, {"credit_limit", int64(t.CreditLimit), int64(NoLimit)}, {"net_days", t.NetDays, 730},
		{"early_days", t.EarlyDays, t.NetDays}, {"early_bps", t.EarlyBps, 10_000}, {"over_bps", t.OverBps, 10_000},
		{"under_bps", t.UnderBps, 10_000}} {
		if n.v < 0 || n.v > n.max {
			bad = append(bad, errs.F(n.path, "out_of_range", "max", fmt.Sprint(n.max)))
		}
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid", bad...)
	}
	return nil
}
