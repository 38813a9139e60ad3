package goods

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

const standingColumns = `a.acct, a.product, p.sku, p.name AS product_name, p.base_unit, a.unit AS lot, l.code AS lot_code, l.expires_on, l.status,
 a.owner, a.place, a.bearer, CASE WHEN a.seller = ? THEN a.seller ELSE 0 END AS seller, COALESCE(w.org, sh.carrier, 0) AS holder,
 COALESCE(sh.seller, 0) AS shipped_by, COALESCE(sh.buyer, 0) AS shipped_to,
 COALESCE(o.name, '') AS owner_name, COALESCE(h.name, hc.name, '') AS holder_name, COALESCE(r.name, '') AS bearer_name,
 COALESCE(w.name, sh.number, '') AS place_name, COALESCE(w.kind, 'transit') AS place_kind`

const standingJoins = ` JOIN product p ON p.id = a.product JOIN lot l ON l.id = a.unit LEFT JOIN place w ON w.id = a.place
 LEFT JOIN shipment sh ON sh.id = a.place LEFT JOIN org o ON o.id = a.owner LEFT JOIN org h ON h.id = w.org LEFT JOIN org hc ON hc.id = sh.carrier LEFT JOIN org r ON r.id = a.bearer`

// stands is a question for positions in the making: which accounts, in the order of a list, and what stood there. What is shown of them is
// read afterwards, of those alone that are on the page.
type stands struct {
	org   id.ID
	asOf  int64
	at    clock.Instant
	joins string // of account a: place w, shipment sh, product p and lot l, as far as the condition needs them
	cond  string
	args  []any
	limit int
	// byAcct orders what several questions find by account, and not by place.
	byAcct bool
}

func (s *Service) stock(ctx context.Context, a access.Actor, by By, asOf int64, at clock.Instant, q list.Query) (list.Page[Standing], error) {
	var none list.Page[Standing]
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return none, err
	}
	if q.Sort != "" && q.Sort != "acct" {
		return none, errs.OnFields("list.bad_sort", errs.F("sort", "list.bad_sort"))
	}
	cond, args, err := viewed(by, a.Org)
	if err != nil {
		return none, err
	}
	x := stands{org: a.Org, asOf: asOf, at: at, limit: q.Limit() + 1}
	if err := s.sought(ctx, &x, by, q); err != nil {
		return none, err
	}
	k, after, err := q.After()
	if err != nil {
		return none, err
	}
	key := func(r Standing) list.Key { return list.Key{ID: r.Acct} }
	var rows []Standing
	switch {
	case by == ByHolder && a.Kind != "carrier": // nobody else holds what is on the way
		rows, err = s.held(ctx, x, k)
		key = func(r Standing) list.Key { return list.Key{V: int64(r.Place), ID: r.Acct} }
	case by == All && x.cond == "":
		rows, err = s.seen(ctx, x, k.ID)
	default:
		x.cond, x.args = cond+x.cond, append(args, x.args...)
		if after {
			x.cond, x.args = x.cond+" AND a.acct > ?", append(x.args, k.ID)
		}
		rows, err = s.standing(ctx, x)
	}
	if err != nil {
		return none, err
	}
	if err := s.veil(ctx, a.Org, rows); err != nil {
		return none, err
	}
	return list.Cut(rows, q.Limit(), key), nil
}

// accounts asks which accounts a list shows, and what stood there. The balance of today is read last: most rows that a search does not
// find are out by then.
func (s *Service) accounts(x stands) (query string, args []any) {
	amount, join, args, more := balanceAt(x.asOf, x.at)
	joins := join + x.joins
	if x.asOf == 0 && x.at == 0 {
		joins = x.joins + s.DB.InOrder() + "balance b ON b.acct = a.acct"
	}
	return "SELECT * FROM (SELECT a.acct, a.place, " + amount + " AS qty FROM account a" + joins + " WHERE a.book = 1 AND a.place > 0 AND " + x.cond + ") t WHERE t.qty > 0 ORDER BY t.acct LIMIT ?",
		append(append(append(args, more...), x.args...), x.limit)
}

// standing reads what several questions find, one after the other.
func (s *Service) standing(ctx context.Context, all ...stands) (rows []Standing, err error) {
	var parts []string
	args := []any{all[0].org}
	for i, x := range all {
		query, some := s.accounts(x)
		parts, args = append(parts, fmt.Sprintf("SELECT * FROM (%s) u%d", query, i)), append(args, some...)
	}
	order, union := "a.acct", " UNION "
	if len(all) > 1 && !all[0].byAcct {
		order, union = "a.place, a.acct", " UNION ALL "
	}
	err = s.DB.R(ctx).Raw("SELECT "+standingColumns+", f.qty FROM ("+strings.Join(parts, union)+") f JOIN account a ON a.acct = f.acct"+standingJoins+
		" ORDER BY "+order+" LIMIT ?", append(args, all[0].limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("stock of %d: %w", all[0].org, err)
	}
	return rows, nil
}

// somePlaces is how many places one question is about.
const somePlaces = 16

// held are the positions at the places of an organisation, place by place: each place holds its own in the order of the list, and all of
// them together would have to be sorted.
func (s *Service) held(ctx context.Context, x stands, after list.Key) (rows []Standing, err error) {
	var places []id.ID
	if err = s.DB.R(ctx).Raw("SELECT id FROM place WHERE org = ? AND id >= ? ORDER BY id", x.org, after.V).Scan(&places).Error; err != nil {
		return nil, fmt.Errorf("places of %d: %w", x.org, err)
	}
	for some := range slices.Chunk(places, somePlaces) {
		var all []stands
		for _, place := range some {
			at, behind := x, int64(0)
			if int64(place) == after.V {
				behind = after.ID
			}
			at.cond, at.args = "a.place = ? AND a.acct > ?"+x.cond, append([]any{place, behind}, x.args...)
			all = append(all, at)
		}
		more, err := s.standing(ctx, all...)
		if err != nil {
			return nil, err
		}
		if rows = append(rows, more...); len(rows) >= x.limit {
			return rows[:x.limit], nil
		}
	}
	return rows, nil
}

// dealt is the condition that a link k was agreed to by both sides and is alive, or had an accepted agreement: whoever is on the other
// end of it is known. A proposal makes nobody known.
const dealt = `k.seller_waits = 0 AND k.buyer_waits = 0 AND (k.active = 1 OR EXISTS
 (SELECT 1 FROM agreement g WHERE g.link = k.id AND g.seller_by <> 0 AND g.buyer_by <> 0))`

// met are the organisations that one knows, which stands in both of its arguments.
const met = "(SELECT k.buyer FROM link k WHERE k.seller = ? AND " + dealt + " UNION SELECT k.seller FROM link k WHERE k.buyer = ? AND " + dealt + ")"

// metOne is the condition that one knows an organisation h, with the same arguments: it asks for what is between the two.
const metOne = "EXISTS (SELECT 1 FROM link k WHERE k.seller = ? AND k.buyer = h.id AND " + dealt + " UNION ALL SELECT 1 FROM link k WHERE k.buyer = ? AND k.seller = h.id AND " + dealt + ")"

// sought adds the filters of Stock to a question. A filter finds what veil leaves to be seen and nothing else: whether there is a row
// says who stands in it as well as its columns do.
func (s *Service) sought(ctx context.Context, x *stands, by By, q list.Query) error {
	org := x.org
	const places, ships = " LEFT JOIN place w ON w.id = a.place", " LEFT JOIN shipment sh ON sh.id = a.place"
	for _, f := range []struct {
		name, cond, joins string
		args              func(no id.ID) []any
	}{
		{"product", "a.product = ?", "", func(no id.ID) []any { return []any{no} }},
		{"lot", "a.unit = ?", "", func(no id.ID) []any { return []any{no} }},
		{"place", "a.place = ? AND (w.id IS NULL OR w.org = ? OR w.org IN " + met + ")", places, func(no id.ID) []any { return []any{no, org, org, org} }},
		{"partner", "(a.owner = ? OR a.bearer = ? OR w.org = ? OR sh.carrier = ?) AND (? = ? OR ? IN " + met +
			" OR (? IN (sh.seller, sh.buyer, sh.carrier) AND ? IN (sh.seller, sh.buyer, sh.carrier)))", places + ships, func(no id.ID) []any {
			return []any{no, no, no, no, no, org, no, org, org, no, org}
		}},
	} {
		if v := q.Filter[f.name]; v != "" {
			no, err := id.Parse(v)
			if err != nil {
				return errs.OnFields("list.bad_filter", errs.F(f.name, "list.bad_filter"))
			}
			x.cond, x.args = x.cond+" AND "+f.cond, append(x.args, f.args(no)...)
			for _, j := range strings.SplitAfter(f.joins, "a.place") {
				if !strings.Contains(x.joins, j) {
					x.joins += j
				}
			}
		}
	}
	if v := strings.TrimSpace(q.Filter["q"]); v != "" {
		return s.named(ctx, x, by, v)
	}
	return nil
}

// named adds that goods, their lot, their owner or their holder bear a name: what costs least first, for most rows are not found.
func (s *Service) named(ctx context.Context, x *stands, by By, v string) error {
	like := list.Like(v)
	var mine int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM org WHERE id = ? AND name_fold LIKE ? ESCAPE '!'", x.org, like).Row().Scan(&mine); err != nil {
		return err
	}
	if mine > 0 && (by == ByOwner || by == ByHolder) { // it is the owner or the holder of them all
		return nil
	}
	if by == ByOwner {
		if done, err := s.ownedNamed(ctx, x, like); done || err != nil {
			return err
		}
	}
	in := s.DB.InOrder()
	x.joins = in + "product p ON p.id = a.product" + in + "lot l ON l.id = a.unit" + x.joins
	cond, args := "p.name_fold LIKE ? ESCAPE '!' OR LOWER(l.code) LIKE ? ESCAPE '!'", []any{like, like}
	if mine > 0 {
		cond, args = cond+" OR a.owner = ? OR EXISTS (SELECT 1 FROM place y WHERE y.id = a.place AND y.org = ?)", append(args, x.org, x.org)
	}
	if by != ByOwner {
		cond, args = cond+" OR EXISTS (SELECT 1 FROM org h WHERE h.id = a.owner AND h.id <> ? AND h.name_fold LIKE ? ESCAPE '!' AND "+metOne+")", append(args, x.org, like, x.org, x.org)
	}
	if by != ByHolder {
		cond, args = cond+" OR EXISTS (SELECT 1 FROM place y JOIN org h ON h.id = y.org WHERE y.id = a.place AND y.org <> ? AND h.name_fold LIKE ? ESCAPE '!' AND "+metOne+")",
			append(args, x.org, like, x.org, x.org)
	}
	x.cond, x.args = x.cond+" AND ("+cond+")", append(x.args, args...)
	return nil
}

// manyOwned is from how many positions on an owner's are looked for by the names of goods, lots and holders, and manyFound how many that
// may find: with fewer, and where more are found, the owner's own are gone through.
const (
	manyOwned = 5000
	manyFound = 5000
)

// ownedNamed finds by name among the many positions of an owner; done tells that it has, and all that there are.
func (s *Service) ownedNamed(ctx context.Context, x *stands, like string) (done bool, err error) {
	var n int
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT a.acct FROM account a WHERE a.owner = ? LIMIT ?) c", x.org, s.many).Row().Scan(&n); err != nil || n < s.many {
		return false, err
	}
	in := s.DB.InOrder()
	var places []id.ID
	err = s.DB.R(ctx).Raw("SELECT y.id FROM org h"+in+"place y ON y.org = h.id WHERE h.name_fold LIKE ? ESCAPE '!' AND h.id <> ? AND "+metOne+" LIMIT ?", like, x.org, x.org, x.org, manyPlaces).Scan(&places).Error
	if err != nil || len(places) == manyPlaces {
		return false, err
	}
	found := map[int64]bool{}
	look := func(query string, args ...any) error {
		var some []int64
		if len(found) >= manyFound {
			return nil
		}
		err := s.DB.R(ctx).Raw(query+" AND a.book = 1 AND a.place > 0 LIMIT ?", append(args, manyFound)...).Scan(&some).Error
		for _, acct := range some {
			found[acct] = true
		}
		return err
	}
	err = look("SELECT a.acct FROM product p"+in+"account a ON a.product = p.id WHERE a.owner = ? AND p.name_fold LIKE ? ESCAPE '!'", x.org, like)
	if err == nil {
		err = look("SELECT a.acct FROM lot l"+in+"account a ON a.unit = l.id WHERE a.owner = ? AND LOWER(l.code) LIKE ? ESCAPE '!'", x.org, like)
	}
	if err == nil && len(places) > 0 {
		err = look("SELECT a.acct FROM account a WHERE a.place IN ? AND a.owner + 0 = ?", places, x.org)
	}
	if err != nil || len(found) >= manyFound {
		return false, err
	}
	x.cond, x.args = x.cond+" AND a.acct IN ?", append(x.args, append(slices.Sorted(maps.Keys(found)), 0)) // 0 is none
	return true, nil
}

// manyPlaces is how many places of holders a search goes through.
const manyPlaces = 500

// carries is the condition that an organisation is the carrier of goods at account a.
const carries = "a.place IN (SELECT id FROM shipment WHERE carrier = ?)"

// viewed is the condition of a book.
func viewed(by By, org id.ID) (string, []any, error) {
	switch by {
	case ByOwner:
		return "a.owner = ?", []any{org}, nil
	case ByHolder:
		return "(a.place IN (SELECT id FROM place WHERE org = ?) OR " + carries + ")", []any{org, org}, nil
	case ByBearer:
		return "a.bearer = ?", []any{org}, nil
	case All:
		return "(" + sees + " OR " + carries + ")", []any{org, org, org, org, org, org}, nil
	}
	return "", nil, errs.OnFields("list.bad_filter", errs.F("by", "list.bad_filter"))
}

// balanceAt is the expression for a balance: now; as of a journal (the balance after the last entry up to it); or at an instant
// in the world as known after a journal (see ledger.EffectiveAt: the last entry in order, and the late ones recorded after it).
func balanceAt(seq int64, at clock.Instant) (amount, join string, inAmount, inJoin []any) {
	switch {
	case at != 0:
		if seq == 0 {
			seq = math.MaxInt64
		}
		return `(COALESCE((SELECT e.bal_after FROM entry e WHERE e.acct = a.acct AND e.seq <= ? AND e.late = 0 AND e.effective_us <= ?
 ORDER BY e.seq DESC, e.leg DESC LIMIT 1), 0) + COALESCE((SELECT SUM(x.amt) FROM entry x WHERE x.acct = a.acct AND x.late = 1
 AND x.effective_us <= ? AND x.seq <= ? AND x.seq > COALESCE((SELECT MAX(y.seq) FROM entry y WHERE y.acct = a.acct AND y.late = 0
 AND y.effective_us <= ? AND y.seq <= ?), 0)), 0))`, "", []any{seq, at, at, seq, at, seq}, nil
	case seq == 0:
		return "b.posted", " JOIN balance b ON b.acct = a.acct", nil, nil
	}
	return "e.bal_after", ` JOIN (SELECT acct, MAX(seq) AS seq FROM entry WHERE seq <= ? GROUP BY acct) m ON m.acct = a.acct
 JOIN entry e ON e.acct = a.acct AND e.seq = m.seq AND e.leg = (SELECT MAX(x.leg) FROM entry x WHERE x.acct = a.acct AND x.seq = m.seq)`, nil, []any{seq}
}
