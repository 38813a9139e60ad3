package partner

import (
	"context"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// manySeen is from how many rows on that say whom an organisation knows a list is read in its own order, and of each row it is asked
// whether it is seen; with fewer, the list is made of those who are seen. The one takes as long as a page, the other as long as
// all that are known.
const manySeen = 2000

// knowsMany tells whether so many rows say whom an organisation knows. Nobody's rows are counted beyond that.
func (s *Service) knowsMany(ctx context.Context, org id.ID) (bool, error) {
	return s.isMany(ctx, org, "", `SELECT COUNT(*) FROM (SELECT * FROM (SELECT id FROM link WHERE seller = ? LIMIT ?) a UNION ALL SELECT * FROM (SELECT id FROM link WHERE buyer = ? LIMIT ?) b
		UNION ALL SELECT * FROM (SELECT id FROM link WHERE agent = ? LIMIT ?) c UNION ALL SELECT * FROM (SELECT id FROM org WHERE registered_by = ? LIMIT ?) d) x`,
		org, s.many, org, s.many, org, s.many, org, s.many)
}

// manyOn tells the same of the links on one side.
func (s *Service) manyOn(ctx context.Context, org id.ID, side string) (bool, error) {
	return s.isMany(ctx, org, side, "SELECT COUNT(*) FROM (SELECT link.id FROM link WHERE link."+side+" = ? LIMIT ?) x", org, s.many)
}

// remembered is how long it is taken for granted how many there are: it says which way a list is read, and nothing of what is on it.
const remembered = 10 * time.Minute

type howMany struct {
	many  bool
	until clock.Instant
}

func (s *Service) isMany(ctx context.Context, org id.ID, of, query string, args ...any) (bool, error) {
	key := struct {
		org id.ID
		of  string
	}{org, of}
	now := s.clock.Now()
	if x, ok := s.counted.Load(key); ok && x.(howMany).until > now {
		return x.(howMany).many, nil
	}
	var n int64
	if err := s.d.R(ctx).Raw(query, args...).Row().Scan(&n); err != nil {
		return false, err
	}
	s.counted.Store(key, howMany{n >= int64(s.many), now.Add(remembered)})
	return n >= int64(s.many), nil
}

// seesEach is sees, asked of each organisation of a list by what is between the two: for those who know many. It is one EXISTS over all
// that may be between them: of one by itself MariaDB would make the set of all whom the viewer knows, for each page.
func seesEach(viewer id.ID) (string, []any) {
	return `(org.id = ? OR org.registered_by = ? OR EXISTS (
		SELECT 1 FROM link WHERE link.seller = ? AND link.buyer = org.id UNION ALL SELECT 1 FROM link WHERE link.buyer = ? AND link.seller = org.id
		UNION ALL SELECT 1 FROM link WHERE link.seller = ? AND link.agent = org.id UNION ALL SELECT 1 FROM link WHERE link.buyer = ? AND link.agent = org.id
		UNION ALL SELECT 1 FROM link WHERE link.agent = ? AND link.seller = org.id UNION ALL SELECT 1 FROM link WHERE link.agent = ? AND link.buyer = org.id
		UNION ALL SELECT 1 FROM appointment WHERE appointment.principal = ? AND appointment.agent = org.id
		UNION ALL SELECT 1 FROM appointment WHERE appointment.agent = ? AND appointment.principal = org.id
		UNION ALL SELECT 1 FROM channel JOIN channel_member ON channel_member.channel = channel.id WHERE channel_member.org = ? AND channel.producer = org.id))`,
		[]any{viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer}
}

// named joins organisations to names n, through which a list goes: what is asked of a name is asked before what is asked of whom it names,
// which costs much more.
func (s *Service) named() string {
	return strings.TrimLeft(s.d.InOrder(), " ") + "org ON org.id = n.id"
}

// seenBy is the condition under which an actor sees an organisation of a list, in the form that suits how many it knows: the operator
// sees the master data of all.
func (s *Service) seenBy(ctx context.Context, a access.Actor) (cond string, args []any, many bool, err error) {
	if a.Kind == "operator" {
		return "1 = 1", nil, true, nil
	}
	if many, err = s.knowsMany(ctx, a.Org); err != nil {
		return "", nil, false, err
	}
	if many {
		cond, args = seesEach(a.Org)
	} else {
		cond, args = sees(a.Org)
	}
	return cond, args, many, nil
}

// seenSet is the set of those whom a viewer sees, as sees has it: for those who know few.
func seenSet(viewer id.ID) (string, []any) {
	return `SELECT id FROM org WHERE id = ? UNION SELECT id FROM org WHERE registered_by = ? UNION SELECT buyer FROM link WHERE seller = ? UNION SELECT seller FROM link WHERE buyer = ?
		UNION SELECT agent FROM link WHERE seller = ? UNION SELECT agent FROM link WHERE buyer = ? UNION SELECT seller FROM link WHERE agent = ? UNION SELECT buyer FROM link WHERE agent = ?
		UNION SELECT agent FROM appointment WHERE principal = ? UNION SELECT principal FROM appointment WHERE agent = ?
		UNION SELECT channel.producer FROM channel JOIN channel_member ON channel_member.channel = channel.id WHERE channel_member.org = ?`,
		[]any{viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer}
}
