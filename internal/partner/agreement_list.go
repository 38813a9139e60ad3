package partner

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Agreements are the editions that the acting organisation is a party or the agent of, newest first. Filter: link (an id),
// waiting ("1": only those that wait for its own acceptance). What is only offered is left out for who does not negotiate on that side.
func (s *Service) Agreements(ctx context.Context, a access.Actor, q list.Query) (page list.Page[AgreementView], err error) {
	if err := s.gate.Require(ctx, a, access.Own, "agreement", "read"); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	more, args, ofLink := "", []any{}, ""
	if ok {
		more, args = " AND agreement.id < ?", append(args, after.ID)
	}
	if l, err := id.Parse(q.Filter["link"]); err == nil {
		more, args = more+" AND agreement.link = ?", append(args, l)
		ofLink = " + 0" // few are of a link: they are found by it, and not among all of a side
	}
	if q.Filter["waiting"] != "" {
		more += " AND agreement.declined_by = 0 AND ((agreement.seller = ? AND agreement.seller_by = 0) OR (agreement.buyer = ? AND agreement.buyer_by = 0))"
		args = append(args, a.Org, a.Org)
	}
	sides, err := s.agreementSides(ctx, a, ofLink)
	if err != nil {
		return page, err
	}
	var rows []agreementViewRow
	for _, side := range sides { // each by its own index: one question about all of them would sort everything
		some, err := s.agreementRows(ctx, "SELECT agreement.id FROM agreement WHERE "+side.cond+more+" ORDER BY agreement.id DESC LIMIT ?", append(append(side.args, args...), q.Limit()+1)...)
		if err != nil {
			return page, err
		}
		rows = append(rows, some...)
	}
	slices.SortFunc(rows, func(x, y agreementViewRow) int { return cmp.Compare(y.Row.ID, x.Row.ID) })
	rows = slices.CompactFunc(rows, func(x, y agreementViewRow) bool { return x.Row.ID == y.Row.ID })
	cut := list.Cut(rows, q.Limit(), func(r agreementViewRow) list.Key { return list.Key{ID: int64(r.Row.ID)} })
	page.Next = cut.Next
	for _, r := range cut.Items {
		page.Items = append(page.Items, r.view())
	}
	return page, nil
}

// agreedSide is one side on which somebody stands to agreements.
type agreedSide struct {
	cond string
	args []any
}

// agreementSides are the sides on which an actor may stand. Nobody but an agent is the agent of a link: see check.go. The agreements of
// one that has many links are looked for among all, the newest first; of one that has few, by its links. hide keeps the columns of the
// sides from their indexes.
func (s *Service) agreementSides(ctx context.Context, a access.Actor, hide string) ([]agreedSide, error) {
	shown := func(cond string, rel access.Rel, args ...any) agreedSide {
		if !s.gate.Drafts(a, rel) {
			cond += " AND agreement.seller_by <> 0 AND agreement.buyer_by <> 0"
		}
		return agreedSide{cond, args}
	}
	out := []agreedSide{shown("agreement.seller"+hide+" = ?", access.Seller, a.Org), shown("agreement.buyer"+hide+" = ?", access.Buyer, a.Org)}
	if a.Kind != "" && a.Kind != "agent" {
		return out, nil
	}
	many, err := s.knowsMany(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	if !many {
		return append(out, shown("agreement.link IN (SELECT id FROM link WHERE agent = ?)", access.Agent, a.Org)), nil
	}
	return append(out, shown("EXISTS (SELECT 1 FROM link l WHERE l.id = agreement.link AND l.agent = ? UNION ALL SELECT 1 FROM link l WHERE l.id = agreement.link AND l.seller = ?)", access.Agent, a.Org, a.Org)), nil
}

type agreementViewRow struct {
	Row                    agreementRow `gorm:"embedded"`
	SellerCode, SellerName string
	BuyerCode, BuyerName   string
	ListName               string
}

func (r agreementViewRow) view() AgreementView {
	return AgreementView{r.Row.agreement(), r.SellerCode, r.SellerName, r.BuyerCode, r.BuyerName, r.ListName}
}

// agreementRows reads what is shown of the agreements whose ids a question finds.
func (s *Service) agreementRows(ctx context.Context, ids string, args ...any) (rows []agreementViewRow, err error) {
	err = s.d.R(ctx).Raw(`SELECT agreement.*, s.code AS seller_code, s.name AS seller_name, b.code AS buyer_code, b.name AS buyer_name, price_list.name AS list_name FROM (`+ids+`) f
		JOIN agreement ON agreement.id = f.id JOIN org s ON s.id = agreement.seller JOIN org b ON b.id = agreement.buyer JOIN price_list ON price_list.id = agreement.price_list
		ORDER BY agreement.id DESC`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("agreements: %w", err)
	}
	return rows, nil
}
