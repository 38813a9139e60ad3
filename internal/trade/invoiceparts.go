package trade

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/reported"
)

// invoicePart is a part of a list of invoices that an index holds in the order of the list: those of a side, or those of them in one
// status, where they are listed by the day on which they are due.
type invoicePart struct {
	rel    access.Rel
	status string // "" for all
}

func invoiceParts(rels []access.Rel, col string, f map[string]string) (out []invoicePart) {
	in := invoiceStatuses
	switch {
	case col != "due_on" || f["find"] != "" || f["order"] != "":
		in = []string{""}
	case unpaid(f) || f["due_before"] != "":
		in = []string{"open", "part"}
	case f["status"] != "":
		in = []string{f["status"]}
	}
	for _, rel := range rels {
		for _, status := range in {
			if rel == access.Agent {
				status = ""
			}
			if x := (invoicePart{rel, status}); !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// fewInvoices is how many invoices of a status are read and sorted; of more, those of a page are found sooner by going through all by day.
const fewInvoices = 2000

func unpaid(f map[string]string) bool { return f["status"] == "unpaid" || f["status"] == "to_pay" }

// fewOf narrows a part of a list by day to those of the status that is asked for, where they are few: among many others it takes long to
// come by them.
func (s *Service) fewOf(ctx context.Context, x invoicePart, w *where, org id.ID, col string, f map[string]string) (*where, error) {
	side := map[access.Rel]string{access.Seller: "seller", access.Buyer: "buyer"}[x.rel]
	states := []string{f["status"]}
	if unpaid(f) || f["status"] == "" && f["due_before"] != "" {
		states = []string{"open", "part"}
	}
	if col != "issued_on" || side == "" || f["find"] != "" || f["order"] != "" || states[0] == "" {
		return w, nil
	}
	few, args := "SELECT f.id FROM invoice f WHERE f."+side+" = ? AND f.status IN ?", []any{org, states}
	if d := f["due_before"]; d != "" {
		few, args = few+" AND f.due_on < ?", append(args, d)
	}
	var n int
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM ("+few+" LIMIT ?) c", append(args[:len(args):len(args)], fewInvoices+1)...).Row().Scan(&n); err != nil || n > fewInvoices {
		return w, err
	}
	return w.with("v.id IN ("+few+")", args...), nil
}

// of is the condition of a part. What was found by its number, or is of one order, is few, by their ids: the index of the side would hold all
// others.
func (x invoicePart) of(w *where, org id.ID, f map[string]string) *where {
	if f["status"] == "to_pay" {
		whole, args := reported.Of{Side: string(x.rel), Org: org}.Whole()
		w = w.with("v.id NOT IN ("+whole+")", args...)
	}
	switch {
	case (f["find"] != "" || f["order"] != "") && x.rel != access.Agent:
		side := map[access.Rel]string{access.Seller: "v.seller", access.Buyer: "v.buyer"}[x.rel]
		return w.with("(v.seller = ? OR v.buyer = ? OR v.agent = ?) AND COALESCE("+side+", 0) = ?", org, org, org, org)
	case x.status != "":
		return w.with(invoiceSides[x.rel]+" AND v.status = ?", org, x.status)
	}
	return w.with(invoiceSides[x.rel], org)
}
