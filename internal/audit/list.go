package audit

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Row is one thing that somebody did.
type Row struct {
	ID         id.ID
	At         clock.Instant `gorm:"column:at_us"`
	Person     id.ID
	Name       string // of the person
	OnBehalf   id.ID
	BehalfName string
	Session    id.ID
	APIKey     id.ID  `gorm:"column:api_key"`
	Agent      string // the program that the session was opened with
	IP         string `gorm:"column:ip"`
	Action     string
	Doc        id.ID
	Changes    string // JSON, "" for none: see Changes
	Seq        int64  // of the journal that vouches for it; 0 while none does
}

// Search says which rows are looked for; what is zero is not asked.
type Search struct {
	Person, Doc, OnBehalf id.ID
	Action                string // whole ("order.placed"), or its first word ("order")
	From, To              int64  // microseconds; To is excluded
}

// lookAt is how many rows a page looks through at most: one that finds less says where it stopped, and the next goes on from there.
const lookAt = 20_000

func (s Search) conditions() (where string, args []any) {
	var parts []string
	add := func(cond string, v ...any) { parts, args = append(parts, cond), append(args, v...) }
	if s.Person != 0 {
		add("a.person = ?", s.Person)
	}
	if s.OnBehalf != 0 {
		add("a.on_behalf = ?", s.OnBehalf)
	}
	if s.Doc != 0 {
		add("a.doc = ?", s.Doc)
	}
	switch {
	case strings.Contains(s.Action, "."):
		add("a.action = ?", s.Action)
	case s.Action != "":
		add("(a.action = ? OR (a.action >= ? AND a.action < ?))", s.Action, s.Action+".", s.Action+"/") // '/' follows '.'
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

// List is what the people of an organisation did, newest first. Whether the asker may see it is the caller's question.
func List(ctx context.Context, d *db.DB, viewer id.ID, s Search, q list.Query) (list.Page[Row], error) {
	var none list.Page[Row]
	k, more, err := q.After()
	if err != nil {
		return none, err
	}
	base, args := "org = ?", []any{viewer}
	if s.From > 0 {
		base, args = base+" AND at_us >= ?", append(args, s.From)
	}
	if s.To > 0 {
		base, args = base+" AND at_us < ?", append(args, s.To)
	}
	if more {
		base, args = base+" AND at_us <= ? AND (at_us < ? OR id < ?)", append(args, k.V, k.V, k.ID)
	}
	const order = " ORDER BY at_us DESC, id DESC LIMIT "
	where, asked := s.conditions()
	inner := "SELECT * FROM audit WHERE " + base + order + fmt.Sprint(lookAt)
	if s.Doc != 0 { // a document has few rows, and an index
		inner = "SELECT * FROM audit WHERE doc = ? AND " + base + order + fmt.Sprint(lookAt)
		args = append([]any{s.Doc}, args...)
	}
	var rows []Row
	err = d.R(ctx).Raw(`SELECT a.id, a.at_us, a.person, COALESCE(p.name, '') AS name, a.on_behalf, COALESCE(o.name, '') AS behalf_name, a.session,
		a.api_key, COALESCE(s.agent, '') AS agent, a.ip, a.action, a.doc, COALESCE(a.changes, '') AS changes, COALESCE(a.seq, 0) AS seq
		FROM (`+inner+`) a LEFT JOIN person p ON p.id = a.person LEFT JOIN org o ON o.id = a.on_behalf LEFT JOIN session s ON s.id = a.session`+
		where+" ORDER BY a.at_us DESC, a.id DESC LIMIT ?", append(append(append([]any{}, args...), asked...), q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return none, fmt.Errorf("list the audit: %w", err)
	}
	for i := range rows {
		rows[i].IP = Address(rows[i].IP)
	}
	p := list.Cut(rows, q.Limit(), func(r Row) list.Key { return list.Key{V: int64(r.At), ID: int64(r.ID)} })
	if p.Next != "" || where == "" || s.Doc != 0 {
		return p, nil
	}
	var last []Row // where the looking stopped, if before the end
	err = d.R(ctx).Raw("SELECT id, at_us FROM audit WHERE "+base+order+"1 OFFSET "+fmt.Sprint(lookAt-1), args...).Scan(&last).Error
	if err != nil {
		return none, fmt.Errorf("list the audit: %w", err)
	}
	if len(last) > 0 {
		p.Next = list.Key{V: int64(last[0].At), ID: int64(last[0].ID)}.Encode()
	}
	return p, nil
}
