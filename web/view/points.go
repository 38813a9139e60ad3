package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/web/kit"
)

// Points is the page of loyalty points: an organisation's own cards, or, as the seller, its programmes and its buyers' cards.
type Points struct {
	List
	Selling, MayWrite bool
	Tabs              []kit.Tab
	Cards             []PointsCard
	Programmes        []Programme
	Today             clock.Date
	Form              kit.Form // of a programme that was refused
	Conflict          string
}

// PointsCard is what one organisation has of a programme.
type PointsCard struct {
	Programme, Partner Ref
	Currency           string
	Have               int64
	Worth              money.Minor // of one point
	Most               int64       // that the invoice at hand takes
	NextOn             clock.Date  // the last day of those that expire first
	Expiring, Owing    int64
}

// Value is what a card is worth on invoices.
func (c PointsCard) Value() money.Minor { return c.Worth * money.Minor(c.Have) }

// Programme is what a seller promises. Until is empty where no last day is named.
type Programme struct {
	ID, Name, Currency, EarnOn, Runs string
	Version, Points, ExpiryDays      int64
	Per, Worth                       money.Minor
	From, Until                      clock.Date
	Outstanding                      int64
	MayEnd                           bool
}

// Rule says how points are earned.
func (g Programme) Rule(ctx context.Context) string {
	return t(ctx, "points.rule_"+g.EarnOn, "points", kit.Count(ctx, g.Points), "per", amount(ctx, g.Currency, g.Per))
}

// WorthRule says what a point is worth.
func (g Programme) WorthRule(ctx context.Context) string {
	return t(ctx, "points.worth_rule", "amount", amount(ctx, g.Currency, g.Worth))
}

// ExpiryRule says how long points last.
func (g Programme) ExpiryRule(ctx context.Context) string {
	if g.ExpiryDays == 0 {
		return t(ctx, "points.never_expire")
	}
	return t(ctx, "points.expire_after", "days", kit.Count(ctx, g.ExpiryDays))
}

// Spell says when points are earned.
func (g Programme) Spell(ctx context.Context) string {
	if g.Until == "" {
		return t(ctx, "points.from", "from", kit.Day(ctx, g.From))
	}
	return t(ctx, "points.from_until", "from", kit.Day(ctx, g.From), "until", kit.Day(ctx, g.Until))
}

// PointMoves is the list of what moved.
type PointMoves struct {
	List
	Rows []PointMove
}

// PointMove is one movement: Points moved; Due is what the terms gave or took.
type PointMove struct {
	On, Expires              clock.Date
	Kind, Programme, Partner string
	Order                    Ref
	Points, Due              int64
}

// signedPoints is a number of points that came or went.
func signedPoints(ctx context.Context, n int64) string {
	if n > 0 {
		return "+" + kit.Count(ctx, n)
	}
	return kit.Count(ctx, n)
}

func pointsLabel(ctx context.Context) func(string) string {
	keys := map[string]string{"name": "points.name", "currency": "prices.currency", "earn_on": "points.earn_on", "points": "points.points", "per_amount": "points.per_amount",
		"worth": "points.worth", "expiry_days": "points.expiry_days", "from": "points.from_on", "until": "points.until_on"}
	return func(name string) string {
		if k, ok := keys[name]; ok {
			return t(ctx, k)
		}
		return ""
	}
}

func (v Points) lead() string {
	if v.Selling {
		return "points.lead_ours"
	}
	return "points.lead_mine"
}
