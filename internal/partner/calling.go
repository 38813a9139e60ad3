package partner

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Calling is how an organisation stands to a shop at which it calls: as its seller, or as the agent between the two. It converts to
// visit.Call.
type Calling struct {
	Seller, Shop         id.ID
	SellerName, ShopName string
	Agent                bool
	Appointed            bool
}

// Calling finds it, for a day. Error: not_found, where there is no active link of the two that both sides have agreed to, or the organisation
// is neither its seller nor its agent.
func (s *Service) Calling(ctx context.Context, org, seller, shop id.ID, on clock.Date) (Calling, error) {
	var rows []struct {
		Calling
		AgentOrg id.ID
	}
	err := s.d.R(ctx).Raw(`SELECT l.seller, l.buyer AS shop, s.name AS seller_name, b.name AS shop_name, l.agent AS agent_org,
		EXISTS (SELECT 1 FROM appointment t WHERE t.principal = l.seller AND t.agent = l.agent AND t.from_on <= ? AND t.until_on >= ?) AS appointed
		FROM link l JOIN org s ON s.id = l.seller JOIN org b ON b.id = l.buyer
		WHERE l.seller = ? AND l.buyer = ? AND (l.seller = ? OR l.agent = ?) AND l.active = ? AND l.seller_waits = ? AND l.buyer_waits = ? ORDER BY l.id`,
		on, on, seller, shop, org, org, true, false, false).Scan(&rows).Error
	if err != nil {
		return Calling{}, err
	}
	if len(rows) == 0 {
		return Calling{}, errs.Gone()
	}
	c := rows[0].Calling
	c.Agent = org != c.Seller
	return c, nil
}

// Addresses are where organisations are that the asker was shown before, in words.
func (s *Service) Addresses(ctx context.Context, orgs []id.ID) (map[id.ID]string, error) {
	out := map[id.ID]string{}
	if len(orgs) == 0 {
		return out, nil
	}
	var rows []struct {
		ID            id.ID
		Address, City string
	}
	if err := s.d.R(ctx).Raw("SELECT o.id, o.address, o.city FROM org o WHERE o.id IN ?", orgs).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.ID] = r.Address
		if r.Address != "" && r.City != "" {
			out[r.ID] += ", "
		}
		out[r.ID] += r.City
	}
	return out, nil
}
