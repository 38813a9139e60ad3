package db

import (
	"context"
	"strconv"

	"gorm.io/gorm/clause"

	"saluran/internal/id"
)

// Master data are rows that change in place; documents of the ledger name them. What a workbook shows of them at a cut-off is what they
// were then, so whoever changes a name keeps the one of before, with the number of the ledger's head: it holds for every cut-off up to
// and including that number, and the new one for those after it. Values that nobody ever changed have no row.

// Head is the number of the ledger's last journal, which stays the last until the transaction of ctx ends: what is kept with it
// holds for exactly the cut-offs that had been possible when it is committed. Call it before anything else is read or written in
// the transaction: posts take this row first too, so that neither waits for the other in a circle, and a snapshot that is older than
// the row would have to be read again.
func (d *DB) Head(ctx context.Context) (seq int64, err error) {
	// SQLite, whose transactions of writers exclude each other, reads a comment.
	err = d.W(ctx).Raw("SELECT seq FROM lane WHERE lane = 0 /*! FOR UPDATE */").Row().Scan(&seq)
	return seq, err
}

type formerRow struct {
	Kind     string `gorm:"primaryKey"`
	ID       id.ID  `gorm:"primaryKey"`
	Field    string `gorm:"primaryKey"`
	UntilSeq int64  `gorm:"primaryKey"`
	Value    string
}

func (formerRow) TableName() string { return "former" }

// Keep keeps, in the transaction of ctx, what a field of a row was up to head, which is Head's answer; nothing where it stays as it
// is. Of several changes at one head the first counts: what stood between them was there at no cut-off.
func (d *DB) Keep(ctx context.Context, head int64, kind string, no id.ID, field, was, is string) error {
	if was == is {
		return nil
	}
	return d.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&formerRow{kind, no, field, head, was}).Error
}

// Forget drops what was kept of a row: what is erased is erased at every cut-off.
func (d *DB) Forget(ctx context.Context, kind string, no id.ID) error {
	return d.W(ctx).Exec("DELETE FROM former WHERE kind = ? AND id = ?", kind, no).Error
}

// Former is SQL for what a field was at a cut-off, where it has changed since, else NULL. no is the column of the id. It must stand
// in the statement that reads the field's present value, after the cut-off is known: then both are of one moment.
func Former(kind, no, field string, cutOff int64) string {
	return "(SELECT f.value FROM former f WHERE f.kind = '" + kind + "' AND f.id = " + no + " AND f.field = '" + field +
		"' AND f.until_seq >= " + strconv.FormatInt(cutOff, 10) + " ORDER BY f.until_seq LIMIT 1)"
}
