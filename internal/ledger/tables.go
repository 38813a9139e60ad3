package ledger

// Tables that the ledger itself files into.
var (
	accountT = Register(Table{Name: "account", Key: 1,
		Columns: I("acct", "book", "unit", "product", "owner", "place", "bearer", "seller", "org", "counterparty", "purpose", "side")})
	auditT = Register(Table{Name: "audit", Key: 1,
		Columns: Cols(I("id", "at_us", "person", "org", "on_behalf", "session"), T("action"), I("doc"), T("changes"), L("api_key", "ip_sum"), P("ip"))})
	outboxT = Register(Table{Name: "outbox", Key: 1,
		Columns: Cols(I("id"), T("topic"), I("doc"), T("payload"))})
	creditLimitT = Register(Table{Name: "credit_limit", Key: 1,
		Columns: I("id", "seller", "bill_to", "currency", "limit_amt")})
	numberT = Register(Table{Name: "number_issued", Key: 4, TextKey: 1,
		Columns: Cols(I("org"), T("series"), I("year", "no", "doc"))})
)

const (
	bookGoods  = 1
	bookMoney  = 2
	bookPoints = 3
)

// acctKey is the natural key of an account. For goods unit is the lot, for money the currency's ISO number, for points the
// programme; the purpose of points is the batch that they expire with.
type acctKey struct {
	book, unit                 int64
	owner, place, bearer, selr int64
	org, counterparty          int64
	purpose, side              int64
}

func goodsKey(p Position) acctKey {
	return acctKey{book: bookGoods, unit: int64(p.Lot), owner: int64(p.Owner), place: int64(p.Place), bearer: int64(p.Bearer), selr: int64(p.Seller)}
}

func claimKeys(c claim) (creditor, debtor acctKey) {
	k := acctKey{book: bookMoney, unit: c.currency, purpose: int64(c.purpose)}
	creditor, debtor = k, k
	creditor.org, creditor.counterparty, creditor.side = int64(c.creditor), int64(c.debtor), 1
	debtor.org, debtor.counterparty, debtor.side = int64(c.debtor), int64(c.creditor), -1
	return creditor, debtor
}

// floored tells whether the account may not fall below zero: inside positions, the creditor's side of all claims but Trade, and
// whoever has points.
func (k acctKey) floored() bool {
	switch k.book {
	case bookGoods:
		return k.place > 0
	case bookPoints:
		return k.side > 0
	}
	return k.side > 0 && Purpose(k.purpose) != Trade
}

// ints is the key in the order of the account table's columns after acct (product is the lot's, kept beside it).
func (k acctKey) ints(product int64) [11]int64 {
	return [11]int64{k.book, k.unit, product, k.owner, k.place, k.bearer, k.selr, k.org, k.counterparty, k.purpose, k.side}
}
