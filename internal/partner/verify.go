package partner

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"saluran/internal/ledger"
)

const agreementText = "link, edition, seller, buyer, from_on, until_on, price_list, currency, prices_include_vat, min_order, net_days, early_days, early_bps, prepay," +
	" credit_limit, title_on, risk_on, resale_before_title, over_bps, under_bps, freight_by, text_hash"

// PromiseTerms is what verify says of agreements.
const PromiseTerms = "terms are those that were agreed: the hash that stands is the text's, and the one that was proposed"

// Agreed has verify hold every agreement against its text, and against the hash that the audit log has of its proposal.
func Agreed() ledger.Watcher {
	return ledger.Watcher{Promise: PromiseTerms, Begin: agreed}
}

func agreed(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	proposed, err := proposals(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, "+agreementText+" FROM agreement")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r agreementRow
		var vat, prepay, resale int64
		if err := rows.Scan(&r.ID, &r.Link, &r.Edition, &r.Seller, &r.Buyer, &r.FromOn, &r.UntilOn, &r.PriceList, &r.Currency, &vat, &r.MinOrder,
			&r.NetDays, &r.EarlyDays, &r.EarlyBps, &prepay, &r.CreditLimit, &r.TitleOn, &r.RiskOn, &resale, &r.OverBps, &r.UnderBps, &r.FreightBy, &r.TextHash); err != nil {
			return err
		}
		where := fmt.Sprintf("agreement %d", r.ID)
		r.PricesIncludeVAT, r.Prepay, r.ResaleBeforeTitle = vat != 0, prepay != 0, resale != 0
		g := r.agreement()
		g.seal()
		test(vat|prepay|resale == 0 || vat|prepay|resale == 1, where, "a yes or no of its terms is neither")
		test(string(g.TextHash[:]) == string(r.TextHash), where, "its terms are not the text whose hash stands")
		if was := proposed[int64(r.ID)]; was != "" {
			test(was == hex.EncodeToString(r.TextHash), where, "its hash is not the one that was proposed")
		}
		delete(proposed, int64(r.ID))
	}
	for no := range proposed {
		test(false, fmt.Sprintf("agreement %d", no), "was proposed, and is gone")
	}
	return rows.Err()
}

// proposals are the hashes of the texts that were proposed, as the audit log has them.
func proposals(ctx context.Context, tx *sql.Tx) (map[int64]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT doc, changes FROM audit WHERE action = 'agreement.proposed' AND changes IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]string{}
	for rows.Next() {
		var no int64
		var text string
		if err := rows.Scan(&no, &text); err != nil {
			return nil, err
		}
		var said struct {
			Hash [2]string `json:"text_sha256"`
		}
		if json.Unmarshal([]byte(text), &said) == nil {
			out[no] = said.Hash[1]
		}
	}
	return out, rows.Err()
}

// Vouched are the columns that Agreed vouches for.
func Vouched() []string {
	var out []string
	for _, c := range strings.Split(agreementText, ", ") {
		out = append(out, "agreement."+c)
	}
	return out
}
