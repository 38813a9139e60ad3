package report

import (
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// visits tells who called at the buyer for the seller's goods, as far as the reader's side is told of it: see package visit. Why nothing was
// ordered is not told to the shop.
func (t *story) visits() error {
	if !t.wants("visits") {
		return nil
	}
	var some []string
	var args []any
	for _, x := range []struct {
		of, rel access.Rel
		cond    string
	}{{access.Seller, access.Own, "v.org = ?"}, {access.Seller, access.Seller, "(v.seller = ? AND v.org <> v.seller)"}, {access.Buyer, access.Buyer, "v.shop = ?"}, {access.Agent, access.Own, "v.org = ?"}} {
		if x.of == t.rel && t.can(x.rel, "visit", "read") {
			some, args = append(some, x.cond), append(args, t.org)
		}
	}
	if len(some) == 0 {
		return nil
	}
	older, more := t.older("v.in_us", "v.id")
	var rows []struct {
		ID, Counted    int64
		InUs, OutUs    clock.Instant
		Result, Reason string
		Org            id.ID
		OrgName        string
		Person         string
	}
	err := t.read(&rows, "SELECT v.id, v.in_us, v.out_us, v.result, v.reason, v.org, o.name AS org_name, COALESCE(p.name, '') AS person, (SELECT COUNT(*) FROM visit_count c WHERE c.visit = v.id) AS counted"+
		" FROM (SELECT * FROM visit WHERE shop = ? AND seller = ? ORDER BY day_on DESC, id DESC LIMIT "+strconv.Itoa(recent)+") v JOIN org o ON o.id = v.org LEFT JOIN person p ON p.id = v.person WHERE ("+
		strings.Join(some, " OR ")+") AND "+older+" ORDER BY v.in_us DESC, v.id DESC LIMIT "+strconv.Itoa(t.room), append(append([]any{t.buyer, t.seller}, args...), more...)...)
	for _, r := range rows {
		v := Told{At: r.InUs, Kind: "visit", Event: "open", Doc: id.ID(r.ID), DocKind: "visit", Counted: r.Counted, By: r.Org, ByName: r.OrgName, Person: r.Person, no: r.ID}
		if r.OutUs != 0 {
			v.Event = r.Result
		}
		if t.rel != access.Buyer {
			v.Reason = r.Reason
		}
		t.out = append(t.out, v)
	}
	return err
}
