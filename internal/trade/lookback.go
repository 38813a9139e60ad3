package trade

import (
	"context"
	"fmt"
	"math"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// AsOf looks back in the books, in both times. Seq: as known after this journal, 0 for all that is known. At: what stood at this
// moment in the world, 0 for whatever was known. The zero value is now.
type AsOf struct {
	Seq int64
	At  clock.Instant
}

// Now tells that nobody looks back.
func (x AsOf) Now() bool { return x == AsOf{} }

// until is the last journal and the last moment that count.
func (x AsOf) until() (seq int64, at clock.Instant) {
	seq, at = x.Seq, x.At
	if seq == 0 {
		seq = math.MaxInt64
	}
	if at == 0 {
		at = math.MaxInt64
	}
	return seq, at
}

// exposuresAt are exposures as the books had them: what was owed and what was deposited. What orders promised, what was overdue and
// the limits of then are not in the accounts, and stay empty.
func (s *Service) exposuresAt(ctx context.Context, side string, rows []exposureRow, org id.ID, x AsOf) ([]Exposure, error) {
	out := []Exposure{}
	if len(rows) == 0 {
		return out, nil
	}
	creditor, debtor := "a.org", "a.counterparty" // of what is owed; of a deposit it is the other way round
	partner := func(r exposureRow) id.ID { return r.BillTo }
	if side != "seller" {
		creditor, debtor = debtor, creditor
		partner = func(r exposureRow) id.ID { return r.Seller }
	}
	partners := make([]id.ID, len(rows))
	for i, r := range rows {
		partners[i] = partner(r)
	}
	seq, at := x.until()
	var sums []struct {
		Partner id.ID
		Unit    int64
		Purpose int16
		Amount  money.Minor
	}
	err := s.DB.R(ctx).Raw(`SELECT CASE WHEN a.org = ? THEN a.counterparty ELSE a.org END AS partner, a.unit, a.purpose, SUM(e.amt) AS amount
		FROM account a JOIN entry e ON e.acct = a.acct WHERE a.book = 2 AND a.side = 1 AND e.seq <= ? AND e.effective_us <= ?
		AND ((a.purpose = ? AND `+creditor+" = ? AND "+debtor+" IN ?) OR (a.purpose = ? AND "+debtor+" = ? AND "+creditor+` IN ?))
		GROUP BY a.org, a.counterparty, a.unit, a.purpose`, org, seq, at, int16(ledger.Trade), org, partners, int16(ledger.Deposit), org, partners).Scan(&sums).Error
	if err != nil {
		return nil, fmt.Errorf("exposures of %d as of: %w", org, err)
	}
	for _, r := range rows {
		e := Exposure{Seller: r.Seller, Buyer: r.BillTo, SellerName: r.SellerName, BuyerName: r.BuyerName, Currency: money.ByID(r.Currency).Code, Limit: ledger.NoLimit}
		for _, v := range sums {
			switch {
			case v.Partner != partner(r) || v.Unit != r.Currency:
			case v.Purpose == int16(ledger.Trade):
				e.Open += v.Amount
			default:
				e.Deposit += v.Amount
			}
		}
		e.Used = e.Open - e.Deposit
		out = append(out, e)
	}
	return out, nil
}
