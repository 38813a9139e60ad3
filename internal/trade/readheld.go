package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
)

// HeldMoney is money of one organisation that another one keeps beside all invoices: what a buyer paid beforehand or too much, and
// what an agent collected. Amount is above zero, or 0 where it is used up; below zero where the creditor owes an agent back what it handed
// over of money that bounced.
type HeldMoney struct {
	Creditor, Debtor         id.ID // whose it is, who keeps it
	CreditorName, DebtorName string
	Currency                 string
	Amount                   money.Minor
}

// Deposits lists what buyers have standing with the acting organisation (side seller, the default), or what it has standing with
// its sellers (side buyer), by partner. Filter: side, partner (id), currency, spent (any value: those that are used up, too).
//
// Right: payment read, on that side.
func (s *Service) Deposits(ctx context.Context, a access.Actor, q list.Query) (list.Page[HeldMoney], error) {
	rel, err := s.depositSide(ctx, a, q)
	if err != nil {
		return list.Page[HeldMoney]{}, err
	}
	return s.heldMoney(ctx, a.Org, ledger.Deposit, rel == access.Buyer, q)
}

// depositSide is the side on which deposits are asked for, where the actor may see them.
func (s *Service) depositSide(ctx context.Context, a access.Actor, q list.Query) (access.Rel, error) {
	rel := access.Seller
	if q.Filter["side"] == string(access.Buyer) {
		rel = access.Buyer
	}
	return rel, s.require(ctx, a, rel, "payment", "read")
}

// Collections lists what agents collected for the acting organisation and have not handed over yet; an agent sees what it
// keeps for its principals. Filter: partner (id), currency.
//
// Right: payment read, as the principal or the agent.
func (s *Service) Collections(ctx context.Context, a access.Actor, q list.Query) (list.Page[HeldMoney], error) {
	rel := access.Seller
	if a.Kind == "agent" {
		rel = access.Agent
	}
	if err := s.require(ctx, a, rel, "payment", "read"); err != nil {
		return list.Page[HeldMoney]{}, err
	}
	return s.heldMoney(ctx, a.Org, ledger.Collection, rel == access.Seller, q)
}

type heldRow struct {
	Org, Partner id.ID
	Mine, Theirs string
	Unit         int64
	Posted       money.Minor
}

// heldWhere is the filter of a list of held money, before its page, and the condition on what is left of each.
func heldWhere(org id.ID, why ledger.Purpose, creditor bool, q list.Query) (w *where, having string, err error) {
	w = &where{}
	w.and("a.org = ? AND a.book = 2 AND a.purpose = ?", org, int16(why))
	if side := map[bool]int{true: 1, false: -1}[creditor]; why != ledger.Collection { // of which either may owe the other
		w.and("a.side = ?", side)
	}
	if err := w.id(q.Filter, "partner", "a.counterparty"); err != nil {
		return nil, "", err
	}
	if code := q.Filter["currency"]; code != "" {
		c, err := currency(code)
		if err != nil {
			return nil, "", err
		}
		w.and("a.unit = ?", c.ID)
	}
	if q.Filter["spent"] == "" {
		having = " HAVING SUM(b.posted) <> 0"
	}
	return w, having, nil
}

// heldMoney reads the claims of one purpose from the side of one organisation: its own side of each claim is found by an index,
// whichever it is.
func (s *Service) heldMoney(ctx context.Context, org id.ID, why ledger.Purpose, creditor bool, q list.Query) (list.Page[HeldMoney], error) {
	var none list.Page[HeldMoney]
	w, having, err := heldWhere(org, why, creditor, q)
	if err != nil {
		return none, err
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		w.and("(a.counterparty > ? OR (a.counterparty = ? AND a.unit > ?))", k.ID, k.ID, k.V)
	}
	var rows []heldRow
	err = s.DB.R(ctx).Raw(`SELECT a.org, a.counterparty AS partner, COALESCE(x.name, '') AS mine, COALESCE(y.name, '') AS theirs, a.unit, SUM(b.posted) AS posted
		FROM account a JOIN balance b ON b.acct = a.acct LEFT JOIN org x ON x.id = a.org LEFT JOIN org y ON y.id = a.counterparty`+
		w.sql()+" GROUP BY a.org, a.counterparty, x.name, y.name, a.unit"+having+" ORDER BY a.counterparty, a.unit LIMIT ?", append(w.args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("money that stands elsewhere: %w", err)
	}
	cut := list.Cut(rows, q.Limit(), func(r heldRow) list.Key {
		return list.Key{ID: int64(r.Partner), V: r.Unit}
	})
	out := list.Page[HeldMoney]{Items: []HeldMoney{}, Next: cut.Next}
	for _, r := range cut.Items {
		h := HeldMoney{Creditor: r.Org, CreditorName: r.Mine, Debtor: r.Partner, DebtorName: r.Theirs, Currency: money.ByID(r.Unit).Code, Amount: r.Posted}
		if !creditor {
			h = HeldMoney{Creditor: r.Partner, CreditorName: r.Theirs, Debtor: r.Org, DebtorName: r.Mine, Currency: h.Currency, Amount: -r.Posted}
		}
		out.Items = append(out.Items, h)
	}
	return out, nil
}
