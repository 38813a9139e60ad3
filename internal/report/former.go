package report

import (
	"database/sql"
	"errors"
	"strings"

	"saluran/internal/db"
)

// was is SQL for a column of master data as it stood at the cut-off: "o.name" of the row o, whose id is o.id. The one statement reads
// what is kept and what is there now, so that a change in between shows in neither or in both.
func (b *book) was(kind, column string) string {
	row, field, _ := strings.Cut(column, ".")
	return "COALESCE(" + db.Former(kind, row+".id", field, b.sum.Seq) + ", " + column + ")"
}

// account finds where a partner was paid at the cut-off: the main account in the currency of the book, else another in it, else a
// main one, else any; one that had ended only where there was no other, and one that was entered later not at all.
func (b *book) account(p *partner) error {
	former := func(field, now string) string {
		return "COALESCE(" + db.Former("bank", "k.id", field, b.sum.Seq) + ", " + now + ") = '1'"
	}
	there := former("there", "'1'")
	ended := former("ended", "CASE WHEN k.ended_us = 0 THEN '0' ELSE '1' END")
	main := former("main", "CASE WHEN k.main THEN '1' ELSE '0' END")
	err := b.side.QueryRowContext(b.ctx, "SELECT k.bank, k.number, k.holder FROM bank_account k WHERE k.org = ? AND "+there+
		" ORDER BY CASE WHEN "+ended+" THEN 1 ELSE 0 END, CASE WHEN k.currency = ? THEN 0 ELSE 1 END, CASE WHEN "+main+" THEN 0 ELSE 1 END, k.id LIMIT 1",
		p.id, b.cur.Code).Scan(&p.bank, &p.number, &p.holder)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
