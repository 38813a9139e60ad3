package trade

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// claimEntry is one entry of the claims between a seller and a buyer: goods that were lost, or money that settled it.
type claimEntry struct {
	Seq  int64
	Amt  money.Minor
	Org  id.ID // the creditor
	Doc  id.ID
	Kind string
}

func (e claimEntry) pays() bool { return strings.HasPrefix(e.Kind, "payment.") }

// claimsOf reads the claims between the parties of an order in its currency, oldest first; nothing where none came of the order
// itself, of whose shipments docs has the ids.
func (s *Service) claimsOf(ctx context.Context, v View, docs []id.ID) ([]claimEntry, error) {
	c, err := currency(v.Currency)
	if err != nil {
		return nil, err
	}
	var all []claimEntry
	err = s.DB.R(ctx).Raw(`SELECT e.seq, e.amt, a.org, j.doc, j.kind FROM account a JOIN entry e ON e.acct = a.acct JOIN journal j ON j.seq = e.seq
 WHERE a.book = 2 AND a.unit = ? AND a.side = 1 AND a.purpose = ? AND ((a.org = ? AND a.counterparty = ?) OR (a.org = ? AND a.counterparty = ?))
 ORDER BY e.seq, e.leg`, c.ID, int16(ledger.Claim), v.Seller, v.Buyer, v.Buyer, v.Seller).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("claims of order %d: %w", v.ID, err)
	}
	if !slices.ContainsFunc(all, func(e claimEntry) bool { return slices.Contains(docs, e.Doc) }) {
		return nil, nil
	}
	return all, nil
}

// claimLeft is what was open of an order's claims after a journal, as the buyer owes it: below zero where the seller does. Money
// settles the oldest claims of the creditor first.
func claimLeft(all []claimEntry, seller, buyer id.ID, docs []id.ID, seq int64) (left money.Minor) {
	for _, creditor := range []id.ID{seller, buyer} {
		paid, open := money.Minor(0), money.Minor(0)
		for _, e := range all {
			if e.Seq <= seq && e.Org == creditor && e.pays() {
				paid -= e.Amt
			}
		}
		for _, e := range all {
			if e.Seq > seq || e.Org != creditor || e.pays() {
				continue
			}
			n := max(0, min(e.Amt, paid))
			paid -= n
			if slices.Contains(docs, e.Doc) {
				open += e.Amt - n
			}
		}
		if creditor == seller {
			left += open
		} else {
			left -= open
		}
	}
	return left
}

// claimMoney are the payments that changed what is open of an order's claims.
func claimMoney(all []claimEntry, seller, buyer id.ID, docs []id.ID) (out []id.ID) {
	for _, e := range all {
		if e.pays() && !slices.Contains(out, e.Doc) && claimLeft(all, seller, buyer, docs, e.Seq-1) != claimLeft(all, seller, buyer, docs, e.Seq) {
			out = append(out, e.Doc)
		}
	}
	return out
}

// claims reads what is open of claims between one organisation and its partners, in both directions, by partner and currency's
// id: owed to it, and owed by it. x looks back.
func (s *Service) claims(ctx context.Context, org id.ID, partners []id.ID, x AsOf) (to, by map[claimKey]money.Minor, err error) {
	var rows []struct {
		Org, Counterparty id.ID
		Unit              int64
		Amount            money.Minor
	}
	seq, at := x.until()
	sum, join, upto := "b.posted", "JOIN balance b ON b.acct = a.acct", ""
	args := []any{int16(ledger.Claim), org, partners, org, partners}
	if !x.Now() {
		sum, join, upto = "e.amt", "JOIN entry e ON e.acct = a.acct", " AND e.seq <= ? AND e.effective_us <= ?"
		args = append(args, seq, at)
	}
	err = s.DB.R(ctx).Raw("SELECT a.org, a.counterparty, a.unit, SUM("+sum+") AS amount FROM account a "+join+
		" WHERE a.book = 2 AND a.side = 1 AND a.purpose = ? AND ((a.org = ? AND a.counterparty IN ?) OR (a.counterparty = ? AND a.org IN ?))"+upto+
		" GROUP BY a.org, a.counterparty, a.unit", args...).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("claims of %d: %w", org, err)
	}
	to, by = map[claimKey]money.Minor{}, map[claimKey]money.Minor{}
	for _, r := range rows {
		if r.Org == org {
			to[claimKey{r.Counterparty, r.Unit}] += r.Amount
		} else {
			by[claimKey{r.Org, r.Unit}] += r.Amount
		}
	}
	return to, by, nil
}

type claimKey struct {
	partner id.ID
	unit    int64
}

// withClaims adds to exposures of one organisation what is open of claims. side is the column in which it stands.
func (s *Service) withClaims(ctx context.Context, org id.ID, side string, rows []exposureRow, out []Exposure, x AsOf) error {
	partners := make([]id.ID, len(rows))
	for i, r := range rows {
		partners[i] = r.BillTo
		if side != "seller" {
			partners[i] = r.Seller
		}
	}
	if len(partners) == 0 {
		return nil
	}
	to, by, err := s.claims(ctx, org, partners, x)
	if err != nil {
		return err
	}
	for i, r := range rows {
		k := claimKey{partners[i], r.Currency}
		out[i].Claim, out[i].ClaimBack = to[k], by[k]
		if side != "seller" {
			out[i].Claim, out[i].ClaimBack = by[k], to[k]
		}
	}
	return nil
}
