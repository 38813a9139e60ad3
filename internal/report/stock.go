package report

import (
	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/i18n"
)

// stockSQL reads positions at the cut-off: the last entry of each account up to it. Places that are shipments are in transit;
// their holder is the carrier, where there is one.
func (b *book) stockSQL(which string) string {
	return "SELECT p.sku, " + b.was("product", "p.name") + ", p.base_unit, COALESCE(lo.code, ''), COALESCE(lo.expires_on, ''), ow.code, " + b.was("org", "ow.name") +
		", COALESCE(" + b.was("place", "pl.name") + ", ''), COALESCE(pl.kind, ''), COALESCE(s.number, ''), COALESCE(ho.code, ''), COALESCE(" + b.was("org", "ho.name") + ", ''), be.code, " +
		b.was("org", "be.name") + ", g.quantity," +
		" g.owner, g.bearer, COALESCE(ho.id, 0), COALESCE(s.seller, 0), COALESCE(s.buyer, 0), COALESCE(s.carrier, 0) FROM (" +
		"SELECT t.product, t.unit, t.owner, t.place, t.bearer, SUM(t.bal) AS quantity FROM (" +
		"SELECT a.product, a.unit, a.owner, a.place, a.bearer, COALESCE((SELECT e.bal_after FROM entry e WHERE e.acct = a.acct AND e.seq <= ?" +
		" ORDER BY e.seq DESC, e.leg DESC LIMIT 1), 0) AS bal FROM account a WHERE a.book = 1 AND a.place > 0 AND " + which + ") t" +
		" GROUP BY t.product, t.unit, t.owner, t.place, t.bearer) g" +
		" JOIN product p ON p.id = g.product JOIN org ow ON ow.id = g.owner JOIN org be ON be.id = g.bearer" +
		" LEFT JOIN lot lo ON lo.id = g.unit LEFT JOIN place pl ON pl.id = g.place LEFT JOIN shipment s ON s.id = g.place" +
		" LEFT JOIN org ho ON ho.id = COALESCE(pl.org, s.carrier)" +
		" WHERE g.quantity <> 0 ORDER BY p.sku, p.id, COALESCE(lo.expires_on, ''), COALESCE(lo.code, ''), g.unit, ow.code, g.owner, g.place, be.code, g.bearer"
}

// metPartners are the organisations that the viewer had traded with by the cut-off, and itself. Others stand in a workbook without a name: a shop does not
// learn who stands behind its supplier, nor a producer who its distributor's customers are.
func (b *book) metPartners() (map[int64]bool, error) {
	ids, err := b.distinct("SELECT buyer FROM orders WHERE seller = ? AND seq <= ? UNION SELECT seller FROM orders WHERE buyer = ? AND seq <= ?",
		b.ask.Org, b.sum.Seq, b.ask.Org, b.sum.Seq)
	if err != nil {
		return nil, err
	}
	met := map[int64]bool{int64(b.ask.Org): true}
	for _, no := range ids {
		met[no] = true
	}
	return met, nil
}

// parties of a shipment, 0 where there is none: they are known to each other.
type parties struct{ seller, buyer, carrier int64 }

func (p parties) has(no int64) bool {
	return no != 0 && (no == p.seller || no == p.buyer || no == p.carrier)
}

// stock writes three sheets: what the organisation owns, what it holds, what it bears the risk of.
func (b *book) stock() error {
	holds := "a.place IN (SELECT w.id FROM place w WHERE w.org = ?)"
	if b.org.kind == "carrier" {
		holds = "a.place IN (SELECT v.id FROM shipment v WHERE v.carrier = ?)"
	}
	met, err := b.metPartners()
	if err != nil {
		return err
	}
	for i, q := range []struct{ sheet, which string }{{"report.sheet.owner", "a.owner = ?"}, {"report.sheet.holder", holds}, {"report.sheet.bearer", "a.bearer = ?"}} {
		n, err := b.positions(b.t(q.sheet), q.which, met)
		if err != nil {
			return err
		}
		if i == 0 {
			b.sum.Rows = n
		}
	}
	return nil
}

func (b *book) positions(sheet, which string, met map[int64]bool) (int64, error) {
	rows, err := b.conn.QueryContext(b.ctx, b.stockSQL(which), b.sum.Seq, b.ask.Org)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	t := b.table(sheet, []column{{key: "sku", width: 16}, {key: "product", width: 36}, {key: "lot", width: 18}, {key: "expires", width: 12},
		{key: "owner_code", width: 12}, {key: "owner", width: 28}, {key: "place", width: 28}, {key: "holder_code", width: 12}, {key: "holder", width: 28},
		{key: "bearer_code", width: 12}, {key: "bearer", width: 28}, {key: "quantity", width: 14}, {key: "unit", width: 10}}, excel.Hint{})
	var sum int64
	for rows.Next() {
		var sku, product, unit, lot, expires, ownerCode, owner, place, kind, shipment, holderCode, holder, bearerCode, bearer string
		var quantity, ownerNo, bearerNo, holderNo int64
		var on parties
		if err := rows.Scan(&sku, &product, &unit, &lot, &expires, &ownerCode, &owner, &place, &kind, &shipment, &holderCode, &holder,
			&bearerCode, &bearer, &quantity, &ownerNo, &bearerNo, &holderNo, &on.seller, &on.buyer, &on.carrier); err != nil {
			return 0, err
		}
		known := func(no int64) bool { return met[no] || on.has(int64(b.ask.Org)) && on.has(no) }
		if !known(ownerNo) {
			ownerCode, owner = "", ""
		}
		if !known(bearerNo) {
			bearerCode, bearer = "", ""
		}
		if kind == "quarantine" {
			place = b.t("report.in_quarantine", "place", place)
		}
		if !known(holderNo) {
			holderCode, holder, place = "", "", ""
		}
		if shipment != "" {
			place = b.t("report.in_transit", "shipment", shipment)
		}
		t.code(sku)
		t.text(product)
		t.code(lot)
		t.date(clock.Date(expires))
		t.code(ownerCode)
		t.text(owner)
		t.text(place)
		t.code(holderCode)
		t.text(holder)
		t.code(bearerCode)
		t.text(bearer)
		t.qty(quantity)
		t.text(i18n.UnitName(b.lang, unit))
		t.end()
		sum += quantity
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	t.close()
	t.sumOf(11, sum, 3, false)
	return t.Rows(), nil
}
