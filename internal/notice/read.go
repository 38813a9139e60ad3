package notice

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Notice is one as its person sees it.
type Notice struct {
	ID      id.ID
	Event   string
	Kind    string
	Doc     id.ID
	Number  string
	Org     string // who did it; "" where that was oneself's
	Person  string // who wrote; of messages alone
	At      clock.Instant
	Read    bool
	Partner id.ID
}

// most is how far unread notices are counted.
const most = 100

// Unread is how many notices wait, a hundred at most: one question, for every page.
func (s *Service) Unread(ctx context.Context, a access.Actor) (n int64, err error) {
	cond, args := s.visible(a)
	if cond == "" || a.Glass != 0 {
		return 0, nil
	}
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice n WHERE n.person = ? AND n.org = ? AND n.read_us = 0 AND n.in_app = 1 AND ("+cond+") LIMIT ?) x",
		append(append([]any{a.Person, a.Org}, args...), most)...).Scan(&n).Error
	return n, err
}

// List are notices, the latest first. Filter: unread (any text).
func (s *Service) List(ctx context.Context, a access.Actor, q list.Query) (list.Page[Notice], error) {
	var page list.Page[Notice]
	cond, args := s.visible(a)
	if cond == "" || a.Glass != 0 {
		return page, nil
	}
	after, more, err := q.After()
	if err != nil {
		return page, err
	}
	sql := selectNotices + "n.person = ? AND n.org = ? AND n.in_app = 1 AND (" + cond + ")"
	args = append([]any{a.Person, a.Org}, args...)
	if q.Filter["unread"] != "" {
		sql += " AND n.read_us = 0"
	}
	if more {
		sql, args = sql+" AND (n.created_us < ? OR (n.created_us = ? AND n.id < ?))", append(args, after.V, after.V, after.ID)
	}
	var rows []shownRow
	if err := s.DB.R(ctx).Raw(sql+" ORDER BY n.created_us DESC, n.id DESC LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return page, fmt.Errorf("notices: %w", err)
	}
	all := make([]Notice, len(rows))
	for i, r := range rows {
		all[i] = r.notice()
	}
	return list.Cut(all, q.Limit(), func(n Notice) list.Key { return list.Key{V: int64(n.At), ID: int64(n.ID)} }), nil
}

const selectNotices = `SELECT n.id, n.event, n.doc_kind, n.doc, n.number, n.by_org, n.created_us, n.read_us, COALESCE(o.name, '') AS org_name,
 CASE WHEN n.event IN ('mention','message') THEN COALESCE(p.name, '') ELSE '' END AS person_name
 FROM notice n LEFT JOIN org o ON o.id = n.by_org LEFT JOIN person p ON p.id = n.by_person WHERE `

type shownRow struct {
	ID, Doc, ByOrg         id.ID
	Event, DocKind, Number string
	CreatedUs, ReadUs      clock.Instant
	OrgName, PersonName    string
}

func (r shownRow) notice() Notice {
	return Notice{ID: r.ID, Event: r.Event, Kind: r.DocKind, Doc: r.Doc, Number: r.Number, Org: r.OrgName, Person: r.PersonName, At: r.CreatedUs, Read: r.ReadUs != 0, Partner: r.ByOrg}
}

// Mark notes notices as read: those of one record, or where it is the zero all of them, up to a moment at which they were shown. The
// answer takes it back: see Unmark.
func (s *Service) Mark(ctx context.Context, a access.Actor, kind string, doc id.ID, upto clock.Instant) (stamp clock.Instant, err error) {
	if a.Glass != 0 {
		return 0, errs.New(errs.Forbidden, "glass.read_only")
	}
	stamp = s.Clock.Now()
	sql, args := "UPDATE notice SET read_us = ? WHERE person = ? AND org = ? AND read_us = 0 AND created_us <= ?", []any{stamp, a.Person, a.Org, upto}
	if doc != 0 {
		sql, args = sql+" AND doc_kind = ? AND doc = ?", append(args, kind, doc)
	}
	return stamp, s.change(ctx, a, sql, args)
}

// Unmark takes back what was marked at a stamp.
func (s *Service) Unmark(ctx context.Context, a access.Actor, stamp clock.Instant) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	if stamp == 0 {
		return nil
	}
	return s.change(ctx, a, "UPDATE notice SET read_us = 0 WHERE person = ? AND org = ? AND read_us = ?", []any{a.Person, a.Org, stamp})
}

func (s *Service) change(ctx context.Context, a access.Actor, sql string, args []any) error {
	err := s.DB.InTx(ctx, func(ctx context.Context) error { return s.DB.W(ctx).Exec(sql, args...).Error })
	if err == nil && s.Changed != nil {
		s.Changed(a.Person)
	}
	return err
}

// News are the people who heard something at or after an instant: for streams.
func (s *Service) News(ctx context.Context, since clock.Instant) (people []id.ID, err error) {
	err = s.DB.R(ctx).Raw("SELECT DISTINCT person FROM notice WHERE created_us >= ? LIMIT 1000", since).Scan(&people).Error
	return people, err
}
