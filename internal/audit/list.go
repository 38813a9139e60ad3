package audit

import (
	"context"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Row is one thing that somebody did.
type Row struct {
	ID       id.ID
	At       clock.Instant `gorm:"column:at_us"`
	Person   id.ID
	Name     string // of the person
	OnBehalf id.ID
	Action   string
	Doc      id.ID
	Changes  string // JSON, "" for none
	Seq      int64  // of the journal; 0 where nothing was posted
}

// List is what the people of an organisation did, newest first. Filter: doc (an id), action. Whether the asker may see it is the
// caller's question.
func List(ctx context.Context, d *db.DB, viewer id.ID, q list.Query) (list.Page[Row], error) {
	var none list.Page[Row]
	where, args := "a.org = ?", []any{viewer}
	if v := q.Filter["doc"]; v != "" {
		doc, err := id.Parse(v)
		if err != nil {
			return none, errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", "doc")
		}
		where, args = where+" AND a.doc = ?", append(args, doc)
	}
	if v := q.Filter["action"]; v != "" {
		where, args = where+" AND a.action = ?", append(args, v)
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		where, args = where+" AND a.id < ?", append(args, k.ID)
	}
	var rows []Row
	err = d.R(ctx).Raw(`SELECT a.id, a.at_us, a.person, COALESCE(p.name, '') AS name, a.on_behalf, a.action, a.doc, COALESCE(a.changes, '') AS changes,
		COALESCE(a.seq, 0) AS seq FROM audit a LEFT JOIN person p ON p.id = a.person WHERE `+where+" ORDER BY a.id DESC LIMIT ?",
		append(args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("list the audit: %w", err)
	}
	return list.Cut(rows, q.Limit(), func(r Row) list.Key { return list.Key{ID: int64(r.ID)} }), nil
}
