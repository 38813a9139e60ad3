package trade

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// InvoiceItem is an invoice in a list.
type InvoiceItem struct {
	Invoice
	SellerName, BuyerName, AgentName, OrderNumber string

	Said money.Minor `gorm:"-"` // reported as paid and not matched yet; never more than is open
}

// ToPay is what is open and not reported as paid.
func (v InvoiceItem) ToPay() money.Minor { return v.Open() - v.Said }

// PaymentItem is a payment in a list.
type PaymentItem struct {
	Payment
	PayerName, PayeeName, AgentName string
}

// InvoiceView is an invoice as a page shows it, with all that settled it.
type InvoiceView struct {
	InvoiceItem
	Lines       []InvoiceLineView
	Settlements []Settlement
	Reports     []ReportOn // what waits to be matched with it
}

// InvoiceLineView is a line with the name of its product and what credit notes have taken of it.
type InvoiceLineView struct {
	InvoiceLine
	SKU      string `gorm:"column:sku"`
	Name     string
	BaseUnit string
	Credited qty.Qty `gorm:"-"`
}

// Settlement is one thing that settled (a part of) an invoice: a payment's part, or a credit note.
type Settlement struct {
	Document id.ID
	Number   string
	Kind     string // invoice, discount, applied, writeoff, credit
	On       clock.Date
	Amount   money.Minor // below zero where it was taken back
	Failed   bool        // the payment bounced: it settles nothing any more
}

// PaymentView is a payment as a page shows it, with what it settles.
type PaymentView struct {
	PaymentItem
	Parts []PartView
}

// PartView is a part with the number of its invoice.
type PartView struct {
	Part
	Number string
}

// sidesOf are the sides on which the actor may read an object of trade; Forbidden where there is none. Agents trade on no other
// side, and nobody else on theirs.
func (s *Service) sidesOf(ctx context.Context, a access.Actor, object, wanted string) ([]access.Rel, error) {
	var out []access.Rel
	var refusal error
	sides := []access.Rel{access.Seller, access.Buyer}
	if a.Kind == "agent" {
		sides = []access.Rel{access.Agent}
	}
	for _, rel := range sides {
		if wanted != "" && wanted != string(rel) {
			continue
		}
		err := s.require(ctx, a, rel, object, "read")
		switch {
		case err == nil:
			out = append(out, rel)
		case !errs.Is(err, errs.Forbidden):
			return nil, err
		default:
			refusal = err
		}
	}
	if len(out) == 0 {
		if refusal == nil {
			refusal = errs.New(errs.Invalid, "list.bad_filter", "filter", "side")
		}
		return nil, refusal
	}
	return out, nil
}

// where is a condition in the making; its parts are joined by AND.
type where struct {
	parts []string
	args  []any
}

func (w *where) and(cond string, args ...any) {
	w.parts = append(w.parts, cond)
	w.args = append(w.args, args...)
}

// after continues behind the last row of the page before: rows are ordered by col and id, both in one direction.
func (w *where) after(q list.Query, table, col string, desc bool) error {
	k, ok, err := q.After()
	if err != nil || !ok {
		return err
	}
	beyond := ">"
	if desc {
		beyond = "<"
	}
	if col == "id" {
		w.and(table+".id "+beyond+" ?", k.ID)
		return nil
	}
	w.and(fmt.Sprintf("(%[1]s.%[2]s %[3]s ? OR (%[1]s.%[2]s = ? AND %[1]s.id %[3]s ?))", table, col, beyond), k.S, k.S, k.ID)
	return nil
}

// with is the condition with one more before it.
func (w *where) with(cond string, args ...any) *where {
	return &where{append([]string{cond}, w.parts...), append(args, w.args...)}
}

func (w *where) sql() string { return " WHERE " + strings.Join(w.parts, " AND ") }

// sorted reads the sort of a query from a whitelist of name → column; the first name given is the default, descending.
func sorted(q list.Query, first string, cols map[string]string) (col string, desc bool, err error) {
	name, desc := strings.CutPrefix(q.Sort, "-")
	if name == "" {
		name, desc = first, true
	}
	col, ok := cols[name]
	if !ok {
		return "", false, errs.New(errs.Invalid, "list.bad_sort", "sort", name)
	}
	return col, desc, nil
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}

var (
	invoiceSides = map[access.Rel]string{access.Seller: "v.seller = ?", access.Buyer: "v.buyer = ?",
		access.Agent: "v.order_id IN (SELECT id FROM orders WHERE agent = ?)"} // invoices have no index by agent
	paymentSides = map[access.Rel]string{access.Seller: "v.payee = ?", access.Buyer: "v.payer = ?", access.Agent: "v.agent = ?"}
)

// fromSides reads a page from each side by its own index and merges them: one query over all of them would have to sort everything.
func fromSides[S, T any](rels []S, read func(S) ([]T, error), key func(T) list.Key, desc bool) ([]T, error) {
	out := []T{}
	for _, rel := range rels {
		rows, err := read(rel)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	if len(rels) > 1 {
		slices.SortFunc(out, func(x, y T) int {
			a, b := key(x), key(y)
			c := cmp.Or(cmp.Compare(a.S, b.S), cmp.Compare(a.ID, b.ID))
			if desc {
				return -c
			}
			return c
		})
		out = slices.CompactFunc(out, func(x, y T) bool { return key(x) == key(y) }) // who stands on two sides sees it once
	}
	return out, nil
}

// Invoices lists invoices and credit notes of the acting organisation. Sort: issued_on (default, newest first), due_on, id.
// Filter: side (seller, buyer, agent), status (open, part, paid, credited, unpaid for open and part, or to_pay for those of them that are not reported as
// paid to the last), kind (invoice,
// credit), partner and order (ids), currency, find (a number, or a part of one), due_before (a date:
// overdue on it).
func (s *Service) Invoices(ctx context.Context, a access.Actor, q list.Query) (list.Page[InvoiceItem], error) {
	var none list.Page[InvoiceItem]
	rels, err := s.sidesOf(ctx, a, "invoice", q.Filter["side"])
	if err != nil {
		return none, err
	}
	col, desc, err := sorted(q, "issued_on", map[string]string{"issued_on": "issued_on", "due_on": "due_on", "id": "id"})
	if err != nil {
		return none, err
	}
	w, err := s.invoicesWhere(ctx, a, q)
	if err != nil {
		return none, err
	}
	if err := w.after(q, "v", col, desc); err != nil {
		return none, err
	}
	key := func(v InvoiceItem) list.Key {
		return list.Key{S: string(map[string]clock.Date{"issued_on": v.IssuedOn, "due_on": v.DueOn}[col]), ID: int64(v.ID)}
	}
	rows, err := fromSides(invoiceParts(rels, col, q.Filter), func(x invoicePart) (rows []InvoiceItem, err error) {
		w, err := s.fewOf(ctx, x, x.of(w, a.Org, q.Filter), a.Org, col, q.Filter)
		if err != nil {
			return nil, err
		}
		return rows, s.DB.R(ctx).Raw("SELECT "+prefixed("v", invoiceCols)+`, COALESCE(x.name, '') AS seller_name, COALESCE(y.name, '') AS buyer_name,
		COALESCE(g.name, '') AS agent_name, COALESCE(o.number, '') AS order_number FROM invoice v LEFT JOIN org x ON x.id = v.seller
		LEFT JOIN org y ON y.id = v.buyer LEFT JOIN org g ON g.id = v.agent LEFT JOIN orders o ON o.id = v.order_id`+w.sql()+" ORDER BY v."+col+direction(desc)+", v.id"+direction(desc)+" LIMIT ?",
			append(w.args, q.Limit()+1)...).Scan(&rows).Error
	}, key, desc)
	if err != nil {
		return none, fmt.Errorf("list invoices: %w", err)
	}
	out := list.Cut(rows, q.Limit(), key)
	return out, s.said(ctx, a, out.Items)
}

// invoicesWhere is the filter of a list of invoices, without the side.
func (s *Service) invoicesWhere(ctx context.Context, a access.Actor, q list.Query) (*where, error) {
	w := &where{}
	if err := w.invoiceFilter(q.Filter); err != nil {
		return nil, err
	}
	if v := q.Filter["find"]; v != "" {
		cond, args, err := s.byNumber(ctx, invoicePapers, a, v, "v")
		if err != nil {
			return nil, err
		}
		w.and(cond, args...)
	}
	return w, nil
}

func (w *where) invoiceFilter(f map[string]string) error {
	switch st := f["status"]; st {
	case "":
	case "unpaid", "to_pay":
		w.and("v.kind = 'invoice' AND v.settled < v.total")
	default:
		w.and("v.status = ?", st)
	}
	for _, name := range []string{"kind", "currency"} {
		if f[name] != "" {
			w.and("v."+name+" = ?", f[name])
		}
	}
	if d := f["due_before"]; d != "" {
		if _, err := clock.ParseDate(d); err != nil {
			return errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", "due_before")
		}
		w.and("v.due_on < ? AND v.kind = 'invoice' AND v.settled < v.total", d)
	}
	if err := w.partner(f, "v.seller", "v.buyer"); err != nil {
		return err
	}
	return w.id(f, "order", "v.order_id")
}

func (w *where) partner(f map[string]string, one, other string) error {
	if f["partner"] == "" {
		return nil
	}
	p, err := id.Parse(f["partner"])
	if err != nil {
		return errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", "partner")
	}
	w.and("("+one+" = ? OR "+other+" = ?)", p, p)
	return nil
}

func (w *where) id(f map[string]string, name, col string) error {
	if f[name] == "" {
		return nil
	}
	p, err := id.Parse(f[name])
	if err != nil {
		return errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", name)
	}
	w.and(col+" = ?", p)
	return nil
}

// paymentsWhere is the filter of a list of payments, without the side.
func (s *Service) paymentsWhere(ctx context.Context, a access.Actor, q list.Query) (*where, error) {
	w := &where{}
	for _, name := range []string{"status", "method", "purpose", "currency"} {
		if q.Filter[name] != "" {
			w.and("v."+name+" = ?", q.Filter[name])
		}
	}
	if err := w.partner(q.Filter, "v.payer", "v.payee"); err != nil {
		return nil, err
	}
	if v := q.Filter["find"]; v != "" {
		cond, args, err := s.byNumber(ctx, paymentPapers, a, v, "v")
		if err != nil {
			return nil, err
		}
		w.and(cond, args...)
	}
	return w, nil
}

// Payments lists payments of the acting organisation (side seller is the payee). Sort: id (default, newest first), value_on.
// Filter: side, status, method, purpose (trade, commission, claim), partner (id), find (a number), currency. Commission that was paid is on the side of
// the buyer, since it is money out, for those only who may see the selling side's.
func (s *Service) Payments(ctx context.Context, a access.Actor, q list.Query) (list.Page[PaymentItem], error) {
	var none list.Page[PaymentItem]
	rels, err := s.sidesOf(ctx, a, "payment", q.Filter["side"])
	if err != nil {
		return none, err
	}
	col, desc, err := sorted(q, "id", map[string]string{"id": "id", "value_on": "value_on"})
	if err != nil {
		return none, err
	}
	w, err := s.paymentsWhere(ctx, a, q)
	if err != nil {
		return none, err
	}
	if err := w.after(q, "v", col, desc); err != nil {
		return none, err
	}
	key := func(v PaymentItem) list.Key {
		return list.Key{S: string(map[string]clock.Date{"value_on": v.ValueOn}[col]), ID: int64(v.ID)}
	}
	hides := s.require(ctx, a, access.Seller, "payment", "read") != nil
	rows, err := fromSides(rels, func(rel access.Rel) (rows []PaymentItem, err error) {
		w := w.with(paymentSides[rel], a.Org)
		if rel == access.Buyer && hides {
			w.and("v.purpose <> ?", ForCommission)
		}
		return rows, s.DB.R(ctx).Raw(paymentSelect+w.sql()+" ORDER BY v."+col+direction(desc)+", v.id"+direction(desc)+" LIMIT ?",
			append(w.args, q.Limit()+1)...).Scan(&rows).Error
	}, key, desc)
	if err != nil {
		return none, fmt.Errorf("list payments: %w", err)
	}
	return list.Cut(rows, q.Limit(), key), nil
}

var paymentSelect = "SELECT " + prefixed("v", paymentCols) + `, COALESCE(x.name, '') AS payer_name, COALESCE(y.name, '') AS payee_name,
	COALESCE(g.name, '') AS agent_name FROM payment v LEFT JOIN org x ON x.id = v.payer LEFT JOIN org y ON y.id = v.payee LEFT JOIN org g ON g.id = v.agent`

// prefixed names the columns of a list as those of a table.
func prefixed(table, cols string) string {
	return table + "." + strings.ReplaceAll(cols, ", ", ", "+table+".")
}
