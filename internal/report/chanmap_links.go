package report

import (
	"database/sql"
	"maps"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// mapFacts is what a map says of a partner: it is read before the partners are, so that those that have something are among them.
type mapFacts struct {
	sales, dues, late money.Minor
	last              clock.Date
	shared            *MapShare
}

func (w *mapper) fact(side string, org id.ID) *mapFacts {
	f := w.facts[side][org]
	if f == nil {
		f = &mapFacts{}
		w.facts[side][org] = f
	}
	return f
}

// mapSides are what a partner is to the reader, with the columns of a link that say so.
var mapSides = []struct{ side, mine string }{{"buyer", "seller"}, {"seller", "buyer"}}

// links reads the latest links of the reader in the channel that there were on the day, with who stands at their other end.
func (w *mapper) links() error {
	most := MostDrawn
	if w.ask.All {
		most = MostPartners
	}
	for _, x := range mapSides {
		if err := w.linked(x.side, x.mine, " ORDER BY l.id DESC LIMIT ?", most, most+1); err != nil {
			return err
		}
	}
	return nil
}

// someLinks is how many partners one question is about.
const someLinks = 5000

// traded adds the partners with whom there is a figure and that are not among the latest.
func (w *mapper) traded() error {
	if !w.m.More || w.ask.All {
		return nil
	}
	for _, x := range mapSides {
		there := map[id.ID]bool{}
		for i := range w.m.Partners {
			there[w.m.Partners[i].Org] = there[w.m.Partners[i].Org] || w.m.Partners[i].Side == x.side
		}
		miss := map[id.ID]bool{}
		for org := range w.facts[x.side] {
			miss[org] = !there[org]
		}
		for org := range w.stock {
			miss[org] = !there[org]
		}
		maps.DeleteFunc(miss, func(_ id.ID, yes bool) bool { return !yes })
		for some := range slices.Chunk(slices.Sorted(maps.Keys(miss)), someLinks) {
			if err := w.linked(x.side, x.mine, " AND l."+x.side+" IN ? ORDER BY l.id DESC", MostPartners, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// linked reads the links of one side that meet a condition, no more than so many.
func (w *mapper) linked(side, mine, cond string, most int, arg any) error {
	query := `SELECT l.id, l.active, CASE WHEN l.seller_waits OR l.buyer_waits THEN 1 ELSE 0 END, o.id, o.code, o.name, o.kind, o.city, COALESCE(g.name, ''), COALESCE(m.tier, 0) FROM link l JOIN org o ON o.id = l.` + side +
		` LEFT JOIN org g ON g.id = l.agent LEFT JOIN channel_member m ON m.channel = l.channel AND m.org = o.id WHERE l.channel = ? AND l.created_us < ? AND l.` + mine + ` = ? AND l.active IN ?`
	state := []bool{true}
	if !w.m.Now() {
		state = []bool{true, false}
	}
	read := 0
	return w.each(query+cond, []any{w.ask.Channel, w.end, w.org, state, arg}, func(rows *sql.Rows) error {
		n := MapNode{Side: side, Known: w.m.Sells}
		if side == "seller" {
			n.Known = w.m.Buys
		}
		var active bool
		var waits int64
		if err := rows.Scan(&n.Link, &active, &waits, &n.Org, &n.Code, &n.Name, &n.Kind, &n.City, &n.Agent, &n.Tier); err != nil {
			return err
		}
		if read++; read > most {
			w.m.More = true
			return nil
		}
		n.Waits = waits != 0
		n.value = -1 // not active today: ended decides
		if active {
			n.value = 0
		}
		w.at[n.Org] = len(w.m.Partners)
		w.m.Partners = append(w.m.Partners, n)
		return nil
	})
}

// ended takes out the links that were not in force at the end of the day: those that have ended since were.
func (w *mapper) ended() error {
	was := map[id.ID]bool{}
	if !w.m.Now() {
		for _, mine := range []string{"l.seller = ?", "l.buyer = ?"} { // the first change after the day says what stood before it
			err := w.each("SELECT l.id, a.changes FROM link l JOIN audit a ON a.doc = l.id WHERE l.channel = ? AND "+mine+
				" AND a.action = 'link.changed' AND a.at_us >= ? ORDER BY a.id DESC", []any{w.ask.Channel, w.org, w.end}, func(rows *sql.Rows) error {
				var link id.ID
				var changes sql.NullString
				if err := rows.Scan(&link, &changes); err != nil {
					return err
				}
				if strings.Contains(changes.String, `"active":[true`) {
					was[link] = true
				} else if strings.Contains(changes.String, `"active":[false`) {
					was[link] = false
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	w.m.Partners = slices.DeleteFunc(w.m.Partners, func(n MapNode) bool {
		if then, changed := was[n.Link]; changed {
			return !then
		}
		return n.value < 0
	})
	w.index()
	return nil
}

func (w *mapper) index() {
	clear(w.at)
	for i := range w.m.Partners {
		w.m.Partners[i].value = 0
		w.at[w.m.Partners[i].Org] = i
	}
}

// maker adds the producer of the channel, whom its members know, where it is no partner.
func (w *mapper) maker() error {
	if w.m.Producer {
		return nil
	}
	return w.each("SELECT o.id, o.code, o.name, o.kind, o.city FROM channel c JOIN channel_member m ON m.channel = c.id JOIN org o ON o.id = c.producer WHERE c.id = ? AND m.org = ?",
		[]any{w.ask.Channel, w.org}, func(rows *sql.Rows) error {
			n := MapNode{Tier: 1}
			if err := rows.Scan(&n.Org, &n.Code, &n.Name, &n.Kind, &n.City); err != nil {
				return err
			}
			if _, there := w.at[n.Org]; !there {
				w.at[n.Org] = len(w.m.Partners)
				w.m.Partners = append(w.m.Partners, n)
			}
			return nil
		})
}

// left counts the partners that are not on the map.
func (w *mapper) left() error {
	if !w.m.More {
		return nil
	}
	const agreed = "SELECT COUNT(*) AS n FROM link l WHERE l.channel = ? AND l.active = ? AND l.seller_waits = ? AND l.buyer_waits = ? AND l.created_us < ? AND l."
	args := []any{w.ask.Channel, true, false, false, w.end, w.org}
	var all []int64
	if err := w.read(&all, agreed+"seller = ? UNION ALL "+agreed+"buyer = ?", append(args, args...)...); err != nil {
		return err
	}
	for _, n := range all {
		w.m.Left += n
	}
	for i := range w.m.Partners {
		if n := &w.m.Partners[i]; n.Link != 0 && !n.Waits {
			w.m.Left--
		}
	}
	w.m.Left = max(0, w.m.Left)
	return nil
}

// fill says of the partners what was found of them.
func (w *mapper) fill() {
	for i := range w.m.Partners {
		n := &w.m.Partners[i]
		if f := w.facts[n.Side][n.Org]; f != nil {
			n.Sales, n.Dues, n.Late, n.Last, n.Shared = f.sales, f.dues, f.late, f.last, f.shared
		}
		if w.at[n.Org] == i {
			n.Stock = w.stock[n.Org]
			sortGoods(n.Stock)
		}
	}
	w.m.Self.Stock = w.stock[w.org]
	sortGoods(w.m.Self.Stock)
}
