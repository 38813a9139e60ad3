package partner

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/list"
)

// MostMembers is how far the members of a tier are counted: a number of as many is said to be more.
const MostMembers = 500

// stands is the condition that the viewer is a member of the channel whose members are asked for.
const stands = "channel_member.channel IN (SELECT c.channel FROM channel_member c WHERE c.org = ?)"

// Tiers counts the members of each tier of a channel whom the acting organisation may see, each as far as MostMembers.
func (s *Service) Tiers(ctx context.Context, a access.Actor, channel id.ID) (map[int64]int64, error) {
	c, err := s.Channel(ctx, a, channel)
	if err != nil {
		return nil, err
	}
	many, err := s.knowsMany(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	var parts []string
	var args []any
	for tier := int64(1); tier <= int64(len(c.Tiers)); tier++ {
		query, some := s.members(a.Org, channel, many, "channel_member.tier")
		parts = append(parts, "SELECT * FROM ("+query+" AND channel_member.tier = ? LIMIT ?) t"+fmt.Sprint(tier))
		args = append(append(args, some...), tier, MostMembers)
	}
	var rows []struct{ Tier, N int64 }
	if err := s.d.R(ctx).Raw("SELECT tier, COUNT(*) AS n FROM ("+strings.Join(parts, " UNION ALL ")+") x GROUP BY tier", args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("tiers of channel %d: %w", channel, err)
	}
	out := map[int64]int64{}
	for _, r := range rows {
		out[r.Tier] = r.N
	}
	return out, nil
}

// members asks for the members of a channel whom a viewer sees: from those whom it knows, where they are few, else from the members, of
// each of whom it is asked.
func (s *Service) members(viewer, channel id.ID, many bool, columns string) (query string, args []any) {
	join := s.d.InOrder()
	if many {
		cond, some := seesEach(viewer)
		return "SELECT " + columns + " FROM channel_member" + join + "org ON org.id = channel_member.org WHERE channel_member.channel = ? AND " + stands + " AND " + cond,
			append([]any{channel, viewer}, some...)
	}
	set, some := seenSet(viewer)
	return "SELECT " + columns + " FROM (" + set + ") k" + join + "channel_member ON channel_member.org = k.id" + join + "org ON org.id = k.id WHERE channel_member.channel = ?", append(some, channel)
}

// MemberPage is a page of the members of a channel whom the acting organisation may see, by name. Tier 0 takes all tiers below
// above. Filter: q (part of the name, or the code).
func (s *Service) MemberPage(ctx context.Context, a access.Actor, channel id.ID, tier, above int64, q list.Query) (list.Page[Member], error) {
	var page list.Page[Member]
	if _, err := s.Channel(ctx, a, channel); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	query, t, args, err := s.memberIDs(ctx, a.Org, channel, tier, above)
	if err != nil {
		return page, err
	}
	if v := strings.TrimSpace(q.Filter["q"]); v != "" {
		query, args = query+" AND ("+t+".name_fold LIKE ? ESCAPE '!' OR "+t+".code = ?)", append(args, list.Like(v), v)
	}
	if ok {
		query, args = query+" AND ("+t+".name_fold > ? OR ("+t+".name_fold = ? AND "+t+".id > ?))", append(args, after.S, after.S, after.ID)
	}
	var rows []struct {
		Member
		NameFold string
	}
	err = s.d.R(ctx).Raw(`SELECT m.channel, m.org, m.tier, o.code, o.kind, o.name, o.name_fold FROM (`+query+" ORDER BY "+t+".name_fold, "+t+`.id LIMIT ?) f
		JOIN org o ON o.id = f.id JOIN channel_member m ON m.org = f.id AND m.channel = ? ORDER BY o.name_fold, o.id`, append(args, q.Limit()+1, channel)...).Scan(&rows).Error
	if err != nil {
		return page, fmt.Errorf("members of channel %d: %w", channel, err)
	}
	if n := q.Limit(); len(rows) > n {
		rows = rows[:n]
		page.Next = list.Key{S: rows[n-1].NameFold, ID: int64(rows[n-1].Org)}.Encode()
	}
	for _, r := range rows {
		page.Items = append(page.Items, r.Member)
	}
	return page, nil
}

// memberIDs asks for the members of a tier, or of all tiers beyond one. Where both those whom the viewer knows and those who stand there
// are many, it goes through the names, in whose order they are listed, and asks of each whether it is one of both.
func (s *Service) memberIDs(ctx context.Context, viewer, channel id.ID, tier, above int64) (query, t string, args []any, err error) {
	at, n := "channel_member.tier = ?", tier
	if tier <= 0 {
		at, n = "channel_member.tier > ?", above
	}
	many, err := s.knowsMany(ctx, viewer)
	if err != nil {
		return "", "", nil, err
	}
	if many {
		var there int64
		err := s.d.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT channel_member.org FROM channel_member WHERE channel_member.channel = ? AND "+at+" AND "+stands+" LIMIT ?) x", channel, n, viewer, s.many).Row().Scan(&there)
		if err != nil {
			return "", "", nil, err
		}
		if there >= int64(s.many) {
			cond, some := seesEach(viewer)
			// a value, and no EXISTS: an engine may turn that around and begin with all members
			return "SELECT org.id FROM org n " + s.named() + " WHERE " + strings.Replace(at, "channel_member.tier", "COALESCE((SELECT m.tier FROM channel_member m WHERE m.channel = ? AND m.org = org.id), -1)", 1) + " AND " + cond,
				"n", append([]any{channel, n}, some...), nil
		}
	}
	query, args = s.members(viewer, channel, many, "org.id")
	return query + " AND " + at, "org", append(args, n), nil
}

// Members is a page of the members of a channel whom the acting organisation may see, upstream first, and by name. A producer does not
// learn whom its distributors sell to by looking at its channel.
func (s *Service) Members(ctx context.Context, a access.Actor, channel id.ID, q list.Query) (page list.Page[Member], err error) {
	c, err := s.Channel(ctx, a, channel)
	if err != nil {
		return page, err
	}
	after, _, err := q.After()
	if err != nil {
		return page, err
	}
	for tier := max(1, after.V); tier <= int64(len(c.Tiers)); tier++ { // as many questions as a channel has tiers, at most
		some := list.Query{Size: q.Limit() - len(page.Items), Filter: q.Filter}
		if tier == after.V && after.ID != 0 {
			some.Cursor = list.Key{S: after.S, ID: after.ID}.Encode()
		}
		more, err := s.MemberPage(ctx, a, channel, tier, 0, some)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, more.Items...)
		switch next, ok, _ := (list.Query{Cursor: more.Next}).After(); {
		case ok:
			page.Next = list.Key{V: tier, S: next.S, ID: next.ID}.Encode()
			return page, nil
		case len(page.Items) == q.Limit() && tier < int64(len(c.Tiers)):
			page.Next = list.Key{V: tier + 1}.Encode()
			return page, nil
		}
	}
	return page, nil
}
