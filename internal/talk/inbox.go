package talk

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Thread is a conversation in the inbox.
type Thread struct {
	Talk   id.ID
	Doc    Doc
	Number string
	With   string // the other organisations
	At     clock.Instant
	Author string
	Org    string
	Said   string // how the latest message begins; "" where it was withdrawn or brought files alone
	Gone   bool   // the latest was withdrawn
	Within bool   // the latest is internal
	Unread int64
	lastUs int64
}

// said is how much of a message the inbox shows.
const said = 160

// open is the condition under which conversations of an actor's organisation (y) on documents (t) are open to it, by its rights of
// this moment; "" for none at all.
func (s *Service) open(a access.Actor) (string, []any) {
	var parts []string
	var args []any
	for _, kind := range Kinds {
		var rels []string
		for _, rel := range []access.Rel{access.Seller, access.Buyer, access.Agent} {
			if s.Reads(a, rel, kind) {
				rels = append(rels, string(rel))
			}
		}
		if len(rels) > 0 {
			parts, args = append(parts, "(t.doc_kind = ? AND y.rel IN ?)"), append(args, kind, rels)
		}
	}
	return strings.Join(parts, " OR "), args
}

// Inbox are the conversations that the actor may read, the latest first. Filter: unread (any text: those with something new alone).
// New is what was said since one works there, and not by oneself. Errors: access.denied.
func (s *Service) Inbox(ctx context.Context, a access.Actor, q list.Query) (list.Page[Thread], error) {
	var page list.Page[Thread]
	if err := s.Gate.Ever(ctx, a, "talk:read"); err != nil {
		return page, err
	}
	cond, args := s.open(a)
	if cond == "" {
		return page, nil
	}
	after, more, err := q.After()
	if err != nil {
		return page, err
	}
	sql := `SELECT t.id AS talk, t.doc_kind, t.doc, t.number, y.last_us, m.internal, m.withdrawn_us, m.body, COALESCE(p.name, '') AS author, COALESCE(o.name, '') AS org
		FROM talk_party y JOIN talk t ON t.id = y.talk JOIN message m ON m.talk = y.talk AND m.n = y.last
		LEFT JOIN talk_read r ON r.talk = y.talk AND r.person = ? AND r.org = y.org LEFT JOIN person p ON p.id = m.person LEFT JOIN org o ON o.id = m.org
		WHERE y.org = ? AND y.last > 0 AND (` + cond + ")"
	args = append([]any{a.Person, a.Org}, args...)
	if q.Filter["unread"] != "" {
		sql += " AND y.last > COALESCE(r.upto, 0) AND y.last_us > COALESCE((SELECT s.created_us FROM membership s WHERE s.person = ? AND s.org = ?), 0)"
		args = append(args, a.Person, a.Org)
	}
	if more {
		sql += " AND (y.last_us < ? OR (y.last_us = ? AND y.talk < ?))"
		args = append(args, after.V, after.V, after.ID)
	}
	var rows []struct {
		Talk, Doc           id.ID
		DocKind, Number     string
		LastUs, WithdrawnUs int64
		Internal            bool
		Body, Author, Org   string
	}
	if err := s.DB.R(ctx).Raw(sql+" ORDER BY y.last_us DESC, y.talk DESC LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return page, fmt.Errorf("inbox: %w", err)
	}
	all := make([]Thread, len(rows))
	for i, r := range rows {
		all[i] = Thread{Talk: r.Talk, Doc: Doc{r.DocKind, r.Doc}, Number: r.Number, At: clock.Instant(r.LastUs), Author: r.Author, Org: r.Org, Within: r.Internal, Gone: r.WithdrawnUs != 0, lastUs: r.LastUs}
		if r.WithdrawnUs == 0 {
			all[i].Said = begins(r.Body)
		}
	}
	page = list.Cut(all, q.Limit(), func(t Thread) list.Key { return list.Key{V: t.lastUs, ID: int64(t.Talk)} })
	return page, s.fillIn(ctx, a, page.Items)
}

func begins(body string) string {
	r := []rune(strings.Join(strings.Fields(body), " "))
	if len(r) > said {
		return string(r[:said]) + "…"
	}
	return string(r)
}

// fillIn adds with whom and how much is new: one question for each.
func (s *Service) fillIn(ctx context.Context, a access.Actor, all []Thread) error {
	if len(all) == 0 {
		return nil
	}
	ids, at := make([]id.ID, len(all)), map[id.ID]*Thread{}
	for i := range all {
		ids[i], at[all[i].Talk] = all[i].Talk, &all[i]
	}
	var with []struct {
		Talk id.ID
		Name string
	}
	err := s.DB.R(ctx).Raw(`SELECT x.talk, o.name FROM talk_party y JOIN talk_party x ON x.talk = y.talk AND x.org <> y.org JOIN org o ON o.id = x.org
		WHERE y.org = ? AND y.talk IN ? ORDER BY x.talk, x.rel DESC`, a.Org, ids).Scan(&with).Error
	if err != nil {
		return fmt.Errorf("parties: %w", err)
	}
	for _, w := range with {
		if t := at[w.Talk]; t.With == "" {
			t.With = w.Name
		} else {
			t.With += ", " + w.Name
		}
	}
	var news []struct {
		Talk id.ID
		N    int64
	}
	err = s.DB.R(ctx).Raw(`SELECT m.talk, COUNT(*) AS n FROM message m LEFT JOIN talk_read r ON r.talk = m.talk AND r.person = ? AND r.org = ?
		WHERE m.talk IN ? AND m.n > COALESCE(r.upto, 0) AND (m.internal = 0 OR m.org = ?) AND NOT (m.person = ? AND m.org = ?)
		AND m.created_us > COALESCE((SELECT s.created_us FROM membership s WHERE s.person = ? AND s.org = ?), 0) GROUP BY m.talk`,
		a.Person, a.Org, ids, a.Org, a.Person, a.Org, a.Person, a.Org).Scan(&news).Error
	for _, x := range news {
		at[x.Talk].Unread = x.N
	}
	return err
}

// News are the documents on whose conversations something changed at or after an instant: for streams, which ask for the rest by the
// rights of who reads them.
func (s *Service) News(ctx context.Context, since clock.Instant) (docs []id.ID, err error) {
	err = s.DB.R(ctx).Raw("SELECT doc FROM talk WHERE changed_us >= ? ORDER BY changed_us DESC LIMIT 1000", since).Scan(&docs).Error
	return docs, err
}
