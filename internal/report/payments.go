package report

import (
	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/money"
)

// paymentSheet writes what the organisation owes: as a buyer its invoices, as a principal the commission of its agents, as an
// agent the commission that it owes back, and what it has to make good of lost goods. By payee and bank account, oldest due first, with a running total of what is open.
func (b *book) paymentSheet() error {
	n, err := b.commissionRows()
	if err != nil {
		return err
	}
	b.sum.Rows = b.invoices + n + b.claimRows()
	payees, err := b.partners("seller", true)
	if err != nil {
		return err
	}
	t := b.table(b.t("report.name.payment-sheet"), []column{{key: "date", width: 12}, {key: "due", width: 12}, {key: "invoice", width: 20},
		{key: "partner_code", width: 14}, {key: "partner", width: 32}, {key: "bank", width: 18}, {key: "account", width: 20}, {key: "holder_name", width: 28},
		{key: "amount_due", width: 18}, {key: "paid", width: 18}, {key: "balance", width: 18}, {key: "running", width: 20}, {key: "for", width: 14}},
		excel.Hint{Rows: b.sum.Rows, Total: true})
	t.what = b.whatFor()
	var all payee
	var books money.Minor
	accounts := make([]payee, 0, len(payees))
	f := b.flow(payees)
	defer f.close()
	for _, p := range payees {
		mine := payee{partner: p}
		claim, err := b.payable(f, p.id, func(it *item) error {
			mine.add(it)
			all.add(it)
			t.payment(p, it, all.open)
			return nil
		})
		if err != nil {
			return err
		}
		if mine.n > 0 {
			accounts = append(accounts, mine)
		}
		books += claim
	}
	if err := f.end(); err != nil {
		return err
	}
	d := b.cur.Digits
	t.close(excel.Total{Col: 8, V: int64(all.due), Scale: d}, excel.Total{Col: 9, V: int64(all.paid), Scale: d}, excel.Total{Col: 10, V: int64(all.open), Scale: d})
	t.sumOf(8, int64(all.due), d, true)
	t.sumOf(9, int64(all.paid), d, true)
	t.sumOf(10, int64(all.open), d, true)
	b.byAccount(accounts, all)
	b.booksNote(books, all.open)
	return nil
}

// whatFor is how rows of trade, of commission and of claims are told apart.
func (b *book) whatFor() map[what]string {
	return map[what]string{isTrade: b.t("report.for.trade"), isCommission: b.t("report.for.commission"), isClaim: b.t("report.for.claim")}
}

// payment writes one row. The columns are fixed: finance feeds them to other programs.
func (t *table) payment(p partner, it *item, running money.Minor) {
	t.date(clock.Date(it.issued))
	t.date(clock.Date(it.due))
	t.code(it.number)
	t.code(p.code)
	t.text(p.name)
	t.text(p.bank)
	t.code(p.number)
	t.text(p.holder)
	t.money(it.Due)
	t.money(it.Paid)
	t.money(it.Open)
	t.money(running)
	t.text(t.what[it.what])
	t.end()
}

// payee adds up what one is owed.
type payee struct {
	partner
	n               int64
	due, paid, open money.Minor
}

func (p *payee) add(it *item) {
	p.n++
	p.due += it.Due
	p.paid += it.Paid
	p.open += it.Open
}

// byAccount writes one row for each payee's account: what a payment run needs.
func (b *book) byAccount(accounts []payee, all payee) {
	t := b.table(b.t("report.sheet.accounts"), []column{{key: "partner_code", width: 14}, {key: "partner", width: 32}, {key: "bank", width: 18},
		{key: "account", width: 20}, {key: "holder_name", width: 28}, {key: "invoices", width: 10}, {key: "amount_due", width: 18},
		{key: "paid", width: 18}, {key: "balance", width: 18}}, excel.Hint{})
	for _, p := range accounts {
		t.code(p.code)
		t.text(p.name)
		t.text(p.bank)
		t.code(p.number)
		t.text(p.holder)
		t.int(p.n)
		t.money(p.due)
		t.money(p.paid)
		t.money(p.open)
		t.end()
	}
	d := b.cur.Digits
	t.close(excel.Total{Col: 5, V: all.n}, excel.Total{Col: 6, V: int64(all.due), Scale: d}, excel.Total{Col: 7, V: int64(all.paid), Scale: d},
		excel.Total{Col: 8, V: int64(all.open), Scale: d})
}
