package partner

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/list"
)

// linksOn are the links on one side of which the actor stands, as a query filters them, the newest first: which they are first, and then
// what is shown of them.
func (s *Service) linksOn(ctx context.Context, a access.Actor, side string, q list.Query) (rows []linkViewRow, err error) {
	ids, args, err := s.linkIDs(ctx, a.Org, side, s.offeredTo(a, side, q))
	if err != nil {
		return nil, err
	}
	err = s.d.R(ctx).Raw(`SELECT link.*, channel.name AS channel_name, s.code AS seller_code, s.name AS seller_name, s.zone AS zone, b.code AS buyer_code, b.name AS buyer_name,
		COALESCE(g.code, '') AS agent_code, COALESCE(g.name, '') AS agent_name FROM (`+ids+` ORDER BY id DESC LIMIT ?) f JOIN link ON link.id = f.id JOIN channel ON channel.id = link.channel
		JOIN org s ON s.id = link.seller JOIN org b ON b.id = link.buyer LEFT JOIN org g ON g.id = link.agent ORDER BY link.id DESC`, append(args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("links of %d: %w", a.Org, err)
	}
	return rows, nil
}

// nothing is a filter of terms that finds no link.
const nothing = "0"

// offeredTo takes from a query what would tell on which links terms are offered to who does not negotiate on that side.
func (s *Service) offeredTo(a access.Actor, side string, q list.Query) list.Query {
	rel := map[string]access.Rel{"buyer": access.Buyer}[side]
	if rel == "" {
		rel = access.Seller
	}
	if q.Filter["terms"] == "" || s.gate.Drafts(a, rel) {
		return q
	}
	q.Filter = maps.Clone(q.Filter)
	q.Filter["terms"] = nothing
	return q
}

// linkFilter is the filter of a list of links, but for what is searched for. Where links are looked for by the names of those at their
// other end, or are those of one partner, each is found by its pair: no index of the side is to be gone through instead.
func linkFilter(org id.ID, side string, q list.Query, byPair bool) (cond string, args []any) {
	cond, args = "link."+side+" = ?", []any{org}
	and := func(more string, some ...any) { cond, args = cond+" AND "+more, append(args, some...) }
	switch {
	case q.Filter["ended"] != "":
	case byPair || q.Filter["partner"] != "":
		and("link.active + 0 = ?", true)
	default:
		and("link.active = ?", true)
	}
	if k, ok, err := q.After(); err == nil && ok {
		and("link.id < ?", k.ID)
	}
	if p, err := id.Parse(q.Filter["partner"]); err == nil {
		if other := others[side]; len(other) == 1 && p != org {
			and("link."+other[0]+" = ?", p) // by the index of the pair
		} else {
			and("(link.seller = ? OR link.buyer = ?)", p, p)
		}
	}
	if c, err := id.Parse(q.Filter["channel"]); err == nil {
		and("link.channel = ?", c)
	}
	if q.Filter["asked"] != "" {
		if side == "agent" {
			and("((link.seller = ? AND link.seller_waits = ?) OR (link.buyer = ? AND link.buyer_waits = ?))", org, true, org, true)
		} else {
			and("link."+side+"_waits = ?", true)
		}
	}
	switch q.Filter["terms"] {
	case "":
	case nothing:
		and("1 = 0")
	default: // that wait for this side to answer; an agent answers none
		mine := map[string]string{"agent": "seller"}[side]
		if mine == "" {
			mine = side
		}
		and("link.id IN (SELECT g.link FROM agreement g WHERE g."+mine+" = ? AND g."+mine+"_by = 0 AND g.declined_by = 0)", org)
	}
	return cond, args
}

// others are the sides at which those stand who are searched for by name: all but one's own.
var others = map[string][]string{"seller": {"buyer"}, "buyer": {"seller"}, "agent": {"seller", "buyer"}}

// linkIDs asks for the links of a side. Who searches and knows few goes through those; who knows many goes through the names, and finds
// few of them, or so many that the next links bear the name.
func (s *Service) linkIDs(ctx context.Context, org id.ID, side string, q list.Query) (query string, args []any, err error) {
	cond, args := linkFilter(org, side, q, false)
	v := strings.TrimSpace(q.Filter["q"])
	if v == "" {
		return "SELECT link.id AS id FROM link WHERE " + cond, args, nil
	}
	many, err := s.manyOn(ctx, org, side)
	if err != nil {
		return "", nil, err
	}
	if many {
		query, all := s.linksNamed(org, side, v, q)
		var n int
		if err := s.d.R(ctx).Raw("SELECT COUNT(*) FROM ("+query+" LIMIT ?) x", append(all[:len(all):len(all)], s.many)...).Row().Scan(&n); err != nil {
			return "", nil, err
		}
		if n < s.many {
			return query, all, nil
		}
	}
	var either []string
	joins, some := "", []any{}
	for _, o := range others[side] {
		name, of := bears(o+"_org", v)
		joins, either, some = joins+s.d.InOrder()+"org "+o+"_org ON "+o+"_org.id = link."+o, append(either, name), append(some, of...)
	}
	return "SELECT link.id AS id FROM link" + joins + " WHERE " + cond + " AND (" + strings.Join(either, " OR ") + ")", append(args, some...), nil
}

// linksNamed asks for links by the names of those at their other end.
func (s *Service) linksNamed(org id.ID, side, v string, q list.Query) (query string, all []any) {
	var parts []string
	cond, args := linkFilter(org, side, q, true)
	for _, o := range others[side] {
		name, some := bears("o", v)
		parts, all = append(parts, "SELECT link.id AS id FROM org o"+s.d.InOrder()+"link ON link."+o+" = o.id WHERE "+cond+" AND ("+name+")"), append(append(all, args...), some...)
	}
	return "SELECT id FROM (" + strings.Join(parts, " UNION ") + ") n", all
}

// bears is the condition that an organisation bears what is searched for: a part of its name, its code, or its number.
func bears(t, v string) (cond string, args []any) {
	cond, args = t+".name_fold LIKE ? ESCAPE '!' OR "+t+".code = ?", []any{list.Like(v), v}
	if more, some := numbered(t, v); more != "" {
		cond, args = cond+" OR "+more, append(args, some...)
	}
	return cond, args
}

// numbered is the condition that an organisation at the other end of a link bears a telephone or tax number, however it is written: of
// partners that both sides have agreed to alone, since the others show no such thing. "" where v is no such number.
func numbered(t, v string) (string, []any) {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune(" +-./()", r):
			return -1
		}
		return 'x'
	}, v)
	if len(digits) < 7 || strings.Contains(digits, "x") {
		return "", nil
	}
	phone := "%" + strings.TrimPrefix(strings.TrimPrefix(digits, "62"), "0")
	const bare = "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(#, ' ', ''), '+', ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', '') LIKE ?"
	either := strings.ReplaceAll(bare, "#", t+".phone") + " OR " + strings.ReplaceAll(bare, "#", t+".tax_no")
	return "(link.seller_waits = ? AND link.buyer_waits = ? AND (" + either + "))", []any{false, false, phone, "%" + digits}
}
