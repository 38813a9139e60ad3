package intake

import (
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

func paymentKind() Kind {
	return Kind{Name: "payments", Right: [2]string{"payment", "report"}, Rels: []access.Rel{access.Seller, access.Buyer}, Alone: true, begin: beginPayments, Columns: []Column{
		{Name: "direction", Sort: Choice, Must: true, Choices: []string{"in", "out"}, Words: []string{"arah", "jenis", "d/c", "type"}},
		{Name: "partner", Sort: Code, Must: true, Max: 32, Words: []string{"kode mitra", "mitra", "kode pelanggan", "pelanggan", "kode toko", "customer code", "partner code", "customer"}},
		{Name: "amount", Sort: Money, Must: true, Words: []string{"jumlah", "nominal", "nilai", "amount paid"}},
		{Name: "paid_on", Sort: Day, Must: true, Words: []string{"tanggal", "tanggal bayar", "tgl", "date", "value date", "payment date"}},
		{Name: "method", Sort: Choice, Must: true, Choices: trade.Methods, Words: []string{"cara bayar", "metode", "method"}},
		{Name: "reference", Sort: Code, Max: 64, Words: []string{"referensi", "no referensi", "berita", "keterangan", "ref"}},
		{Name: "invoice", Sort: Code, Max: 40, Words: []string{"faktur", "no faktur", "nomor faktur", "tagihan", "no tagihan", "invoice number"}},
	}}
}

// traders are those with which the organisation trades, by code.
type tradersOf map[string][]partner.Trader

func (t *sheetRun) tradersOf() (tradersOf, error) {
	all, err := t.s.Partner.Traders(t.ctx, t.a)
	out := tradersOf{}
	for _, x := range all {
		out[x.Code] = append(out[x.Code], x)
	}
	return out, err
}

// find is the partner of a code on a side of the trade, where there is exactly one.
func (m tradersOf) find(r *record, column string, c cell, side string) id.ID {
	var found []id.ID
	for _, x := range m[c.text] {
		if x.Side == side {
			found = append(found, x.ID)
		}
	}
	switch {
	case !c.said:
	case len(found) == 0:
		r.bad(column, "sheet.no_"+side)
	case len(found) > 1:
		r.bad(column, "sheet.partner_twice")
	default:
		return found[0]
	}
	return 0
}

// paymentSheet reports payments: those of buyers to the organisation, and its own to sellers.
type paymentSheet struct {
	t       *sheetRun
	traders tradersOf
	seen    map[trade.PaidOn]int64
}

func beginPayments(t *sheetRun) (worker, error) {
	all, err := t.tradersOf()
	return &paymentSheet{t, all, map[trade.PaidOn]int64{}}, err
}

func (w *paymentSheet) check(batch []*record) error {
	var refs, numbers []string
	for _, r := range batch {
		if c := w.t.at(r, "reference"); c.said {
			refs = append(refs, c.text)
		}
		if c := w.t.at(r, "invoice"); c.said {
			numbers = append(numbers, c.text)
		}
	}
	have, err := w.t.s.Trade.PaymentsReferenced(w.t.ctx, w.t.a, refs)
	if err != nil {
		return err
	}
	open, err := w.t.s.Trade.InvoicesNumbered(w.t.ctx, w.t.a, numbers)
	if err != nil {
		return err
	}
	byNumber := map[string][]trade.OpenInvoice{}
	for _, x := range open {
		byNumber[x.Number] = append(byNumber[x.Number], x)
	}
	for _, r := range batch {
		w.one(r, have, byNumber)
	}
	return w.t.already(batch)
}

func (w *paymentSheet) one(r *record, have map[trade.PaidOn]id.ID, open map[string][]trade.OpenInvoice) {
	c := trade.Report{Currency: w.t.cur.Code, Amount: money.Minor(w.t.at(r, "amount").n), Method: w.t.at(r, "method").text, ValueOn: w.t.at(r, "paid_on").day,
		Reference: w.t.at(r, "reference").text}
	switch w.t.at(r, "direction").text {
	case "in":
		c.Payer, c.Payee = w.traders.find(r, "partner", w.t.at(r, "partner"), "buyer"), w.t.a.Org
	case "out":
		c.Payer, c.Payee = w.t.a.Org, w.traders.find(r, "partner", w.t.at(r, "partner"), "seller")
	}
	if c.ValueOn > w.t.today {
		r.bad("paid_on", "import.date_in_future")
	}
	if a := w.t.at(r, "amount"); a.said && a.n <= 0 && len(r.marks) == 0 {
		r.bad("amount", "payment.amount_positive")
	}
	if n := w.t.at(r, "invoice"); n.said && len(r.marks) == 0 {
		var x trade.OpenInvoice
		for _, one := range open[n.text] {
			if one.Seller == c.Payee && one.Buyer == c.Payer {
				x = one
			}
		}
		switch {
		case x.ID == 0:
			r.bad("invoice", "sheet.unknown_invoice")
		case x.Left <= 0:
			r.bad("invoice", "sheet.invoice_settled")
		default:
			c.Allocate = []trade.Allocation{{Invoice: x.ID, Amount: min(c.Amount, x.Left)}}
		}
	}
	k := trade.PaidOn{Payer: c.Payer, Payee: c.Payee, Amount: c.Amount, ValueOn: c.ValueOn, Reference: c.Reference}
	if first, twice := w.seen[k]; twice && c.Reference != "" && len(r.marks) == 0 {
		r.bad("reference", "sheet.twice", "row", itoa(first))
	}
	w.seen[k] = r.at
	if len(r.marks) > 0 {
		return
	}
	r.data = c
	if r.state = RowNew; c.Reference != "" && have[k] != 0 {
		r.state = RowSame
	}
}

func (w *paymentSheet) apply(t *sheetRun, batch []*record) error {
	c := batch[0].data.(trade.Report)
	k := t.key(batch[0].at, c.Payer.String(), c.Payee.String(), itoa(int64(c.Amount)), string(c.ValueOn), c.Reference)
	c.Key = trade.Key{Client: k.Client, Hash: k.Hash}
	_, err := t.s.Trade.Report(t.ctx, t.a, c)
	return err
}

func (w *paymentSheet) blames(field string) string {
	if strings.HasPrefix(field, "allocate") {
		return "invoice"
	}
	if c := map[string]string{"value_on": "paid_on", "payee": "partner", "payer": "partner"}[field]; c != "" {
		return c
	}
	if w.t.job.Kind.index(field) >= 0 {
		return field
	}
	return "partner"
}
