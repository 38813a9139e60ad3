package trade

import (
	"context"
	"fmt"
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// midnight is the first moment of a date in a zone.
func midnight(d clock.Date, zone string) time.Time {
	t := d.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Zone(zone))
}

// pairEntries are the entries of what a buyer owes a seller (trade) and of what the seller owes the buyer back (deposit), and of what either owes the other for lost goods (claim), each
// once, from the creditor's side. Of a principal (as the seller) and its agent they are what the agent collected, and commission.
const pairEntries = ` FROM account a JOIN entry e ON e.acct = a.acct JOIN journal j ON j.seq = e.seq
	WHERE a.book = 2 AND a.unit = ? AND a.side = 1 AND ((a.org = ? AND a.counterparty = ? AND a.purpose IN (?, ?, ?, ?)) OR (a.org = ? AND a.counterparty = ? AND a.purpose IN (?, ?, ?, ?)))`

// pairSum adds up entries as what the buyer owes; its argument, the first of pairArgs, is the seller.
const pairSum = "SUM(CASE WHEN a.org = ? THEN e.amt ELSE -e.amt END)"

func pairArgs(seller, buyer id.ID, c money.Currency) []any {
	return []any{seller, c.ID, seller, buyer, int16(ledger.Trade), int16(ledger.Collection), int16(ledger.Commission), int16(ledger.Claim),
		buyer, seller, int16(ledger.Deposit), int16(ledger.Collection), int16(ledger.Commission), int16(ledger.Claim)}
}

// accountBefore is what the buyer owed, deposits deducted, before an instant by effective time.
func (s *Service) accountBefore(ctx context.Context, seller, buyer id.ID, c money.Currency, at clock.Instant, seq int64) (sum money.Minor, err error) {
	err = s.DB.R(ctx).Raw("SELECT COALESCE("+pairSum+", 0)"+pairEntries+" AND e.effective_us < ? AND e.seq <= ?",
		append(pairArgs(seller, buyer, c), at, seq)...).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("account before a date: %w", err)
	}
	return sum, nil
}

// accountRows are the events of the account in a span of effective time, one for each journal; one more than a statement may
// have at most.
func (s *Service) accountRows(ctx context.Context, seller, buyer id.ID, c money.Currency, from, to clock.Instant, seq int64) (rows []StatementRow, err error) {
	err = s.DB.R(ctx).Raw("SELECT e.seq, MIN(e.effective_us) AS at, MIN(j.kind) AS kind, MIN(j.doc) AS document, "+pairSum+" AS amount"+
		pairEntries+" AND e.effective_us >= ? AND e.effective_us < ? AND e.seq <= ? GROUP BY e.seq ORDER BY at, e.seq LIMIT ?",
		append(pairArgs(seller, buyer, c), from, to, seq, MaxStatement+1)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account rows: %w", err)
	}
	return rows, s.numbers(ctx, rows)
}

// numbers looks up what the documents of a statement are called.
func (s *Service) numbers(ctx context.Context, rows []StatementRow) error {
	byID := map[id.ID]string{}
	for first := 0; first < len(rows); first += 500 {
		var ids []id.ID
		for _, r := range rows[first:min(first+500, len(rows))] {
			ids = append(ids, r.Document)
		}
		var found []struct {
			ID     id.ID
			Number string
		}
		err := s.DB.R(ctx).Raw(`SELECT id, number FROM invoice WHERE id IN ? UNION ALL SELECT id, number FROM payment WHERE id IN ?
			UNION ALL SELECT id, number FROM orders WHERE id IN ? UNION ALL SELECT id, number FROM shipment WHERE id IN ?`, ids, ids, ids, ids).Scan(&found).Error
		if err != nil {
			return fmt.Errorf("numbers of documents: %w", err)
		}
		for _, f := range found {
			byID[f.ID] = f.Number
		}
	}
	for i := range rows {
		rows[i].Number = byID[rows[i].Document]
	}
	return nil
}
