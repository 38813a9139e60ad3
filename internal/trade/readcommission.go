package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
)

// CommissionItem is commission that one event earned, or took back (Cause reversal, amounts below zero). Source is the order,
// shipment, payment or credit note that it comes from.
type CommissionItem struct {
	ID, Principal, Agent     id.ID
	PrincipalName, AgentName string
	OrderID                  id.ID
	OrderNumber, Cause       string
	Source                   id.ID
	Currency                 string
	Base, Amount             money.Minor
	At                       clock.Instant
	On                       clock.Date `gorm:"-"` // in the reader's zone
}

// CommissionBalance is how a principal and its agent stand in a currency: Due is what the principal owes, below zero what the
// agent owes back; Reported is paid and waits for the agent to confirm it, Returning is paid back and waits for the principal.
type CommissionBalance struct {
	Principal, Agent         id.ID
	PrincipalName, AgentName string
	Currency                 string
	Due, Reported, Returning money.Minor
}

// commissionSide is the side on which the actor may see commission: the agent its own, a principal that of its agents. The buyer
// has none.
func (s *Service) commissionSide(ctx context.Context, a access.Actor, wanted string) (rel access.Rel, mine string, err error) {
	rel, mine = access.Seller, "principal"
	if a.Kind == "agent" {
		rel, mine = access.Agent, "agent"
	}
	if wanted != "" && wanted != string(rel) {
		return rel, mine, errs.New(errs.Invalid, "list.bad_filter", "filter", "side")
	}
	return rel, mine, s.require(ctx, a, rel, "payment", "read")
}

// Commissions lists commission of the acting organisation, newest first. Filter: side (seller for the principal, agent), from
// and to (dates of the actor's zone, included), partner and order (ids), currency.
//
// Right: payment read, as the principal or the agent.
func (s *Service) Commissions(ctx context.Context, a access.Actor, q list.Query) (list.Page[CommissionItem], error) {
	var none list.Page[CommissionItem]
	w, err := s.commissionsWhere(ctx, a, q)
	if err != nil {
		return none, err
	}
	if err := w.after(q, "c", "id", true); err != nil {
		return none, err
	}
	var rows []CommissionItem
	err = s.DB.R(ctx).Raw(`SELECT c.id, c.principal, c.agent, c.order_id, c.cause, c.source, c.currency, c.base, c.amount, j.effective_us AS at,
		COALESCE(x.name, '') AS principal_name, COALESCE(y.name, '') AS agent_name, COALESCE(o.number, '') AS order_number
		FROM commission c JOIN journal j ON j.seq = c.seq LEFT JOIN org x ON x.id = c.principal LEFT JOIN org y ON y.id = c.agent
		LEFT JOIN orders o ON o.id = c.order_id`+w.sql()+" ORDER BY c.id DESC LIMIT ?", append(w.args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("list commission: %w", err)
	}
	for i := range rows {
		rows[i].On = rows[i].At.In(a.Zone)
	}
	return list.Cut(rows, q.Limit(), func(v CommissionItem) list.Key { return list.Key{ID: int64(v.ID)} }), nil
}

// commissionsWhere is the filter of a list of commission; it asks for the journal where the filter names days.
func (s *Service) commissionsWhere(ctx context.Context, a access.Actor, q list.Query) (*where, error) {
	_, mine, err := s.commissionSide(ctx, a, q.Filter["side"])
	if err != nil {
		return nil, err
	}
	w := &where{}
	w.and("c."+mine+" = ?", a.Org)
	return w, w.commissionFilter(q.Filter, a.Zone)
}

func (w *where) commissionFilter(f map[string]string, zone string) error {
	for name, cond := range map[string]string{"from": "j.effective_us >= ?", "to": "j.effective_us < ?"} {
		if f[name] == "" {
			continue
		}
		d, err := clock.ParseDate(f[name])
		if err != nil {
			return errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", name)
		}
		if name == "to" {
			d = d.AddDays(1)
		}
		w.and(cond, clock.At(midnight(d, zone)))
	}
	if f["currency"] != "" {
		w.and("c.currency = ?", f["currency"])
	}
	if err := w.partner(f, "c.principal", "c.agent"); err != nil {
		return err
	}
	return w.id(f, "order", "c.order_id")
}

// CommissionBalances is what is due between the acting organisation and each of its agents, or principals, as the books have it.
//
// Right: payment read, as the principal or the agent.
func (s *Service) CommissionBalances(ctx context.Context, a access.Actor) ([]CommissionBalance, error) {
	rel, _, err := s.commissionSide(ctx, a, "")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Other id.ID
		Name  string
		Unit  int64
		Due   money.Minor
	}
	err = s.DB.R(ctx).Raw(`SELECT a.counterparty AS other, COALESCE(MIN(o.name), '') AS name, a.unit, SUM(b.posted) AS due FROM account a
		JOIN balance b ON b.acct = a.acct LEFT JOIN org o ON o.id = a.counterparty
		WHERE a.org = ? AND a.book = 2 AND a.purpose = ? GROUP BY a.counterparty, a.unit ORDER BY name, a.counterparty, a.unit`, a.Org, int16(ledger.Commission)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("what is due of commission: %w", err)
	}
	out, others := []CommissionBalance{}, []id.ID{}
	for _, r := range rows {
		v := CommissionBalance{Principal: r.Other, PrincipalName: r.Name, Agent: a.Org, AgentName: a.OrgName, Currency: money.ByID(r.Unit).Code, Due: r.Due}
		if rel == access.Seller { // the same accounts from the debtor's side
			v = CommissionBalance{Principal: a.Org, PrincipalName: a.OrgName, Agent: r.Other, AgentName: r.Name, Currency: v.Currency, Due: -r.Due}
		}
		out, others = append(out, v), append(others, r.Other)
	}
	return out, s.underWay(ctx, a.Org, others, out)
}

// underWay adds to what is due between an organisation and others what of it is said to be paid and waits to be confirmed, of all of them at
// once. It is looked for at whoever is paid: there it waits.
func (s *Service) underWay(ctx context.Context, org id.ID, others []id.ID, all []CommissionBalance) error {
	if len(all) == 0 {
		return nil
	}
	type pay struct {
		payer, payee id.ID
		currency     string
	}
	var rows []struct {
		Payer, Payee id.ID
		Currency     string
		Amount       money.Minor
	}
	const waits = "SELECT payer, payee, currency, SUM(amount) AS amount FROM payment WHERE purpose = ? AND status = ? AND "
	err := s.DB.R(ctx).Raw(waits+"payee IN ? AND payer = ? GROUP BY payer, payee, currency UNION ALL "+waits+"payee = ? AND payer IN ? GROUP BY payer, payee, currency",
		ForCommission, PayReported, others, org, ForCommission, PayReported, org, others).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("reported commission of %d: %w", org, err)
	}
	sums := map[pay]money.Minor{}
	for _, r := range rows {
		sums[pay{r.Payer, r.Payee, r.Currency}] = r.Amount
	}
	for i := range all {
		v := &all[i]
		v.Reported, v.Returning = sums[pay{v.Principal, v.Agent, v.Currency}], sums[pay{v.Agent, v.Principal, v.Currency}]
	}
	return nil
}

// HasAgents tells whether an organisation has ever appointed an agent.
func (s *Service) HasAgents(ctx context.Context, org id.ID) bool {
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT id FROM appointment WHERE principal = ? LIMIT 1) x", org).Scan(&n).Error
	return err == nil && n > 0
}
