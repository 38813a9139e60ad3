package people

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// Section is one kind of what the portal knows of somebody: rows of named columns, instants in RFC 3339.
type Section struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// what is asked of every table that knows a person: the columns whose name ends in _at are instants. Args: how often the person's
// number and address stand in the question, in its order (n, e).
var known = []struct{ name, args, sql string }{
	{"account", "n", "SELECT id, name, email, lang, created_us AS created_at FROM person WHERE id = ?"},
	{"memberships", "n", "SELECT o.name AS organisation, o.kind, m.role, m.created_us AS since_at FROM membership m JOIN org o ON o.id = m.org WHERE m.person = ? ORDER BY m.created_us"},
	{"sessions", "n", "SELECT kind, ip, agent AS device, created_us AS from_at, seen_us AS seen_at, ended_us AS ended_at FROM session WHERE person = ? ORDER BY id"},
	{"keys", "n", "SELECT name, prefix, scopes, created_us AS created_at, expires_us AS expires_at, ended_us AS ended_at FROM api_key WHERE person = ? ORDER BY id"},
	{"webhooks", "n", "SELECT url, topics, status, created_us AS created_at FROM hook_endpoint WHERE person = ? ORDER BY id"},
	{"representative", "nn", "SELECT o.name AS organisation, p.name AS partner, r.duty, r.cover_from, r.cover_until FROM representative r JOIN org o ON o.id = r.org JOIN org p ON p.id = r.partner WHERE r.person = ? OR r.cover = ? ORDER BY r.id"},
	{"invitations", "en", "SELECT o.name AS organisation, i.email, i.role, i.status, i.created_us AS sent_at FROM invitation i JOIN org o ON o.id = i.org WHERE i.email = ? OR i.person = ? ORDER BY i.id"},
	{"applications", "e", "SELECT o.name AS upstream, a.name, a.kind, a.tax_no, a.nib, a.address, a.city, a.phone, a.contact, a.email, a.status, a.created_us AS sent_at FROM application a JOIN org o ON o.id = a.upstream WHERE a.email = ? ORDER BY a.id"},
	{"letters", "e", "SELECT kind, status, created_us AS written_at, ended_us AS ended_at FROM mail WHERE receiver = ? ORDER BY id"},
	{"looks", "n", "SELECT o.name AS organisation, g.reason, g.from_us AS from_at, g.until_us AS until_at FROM glass g JOIN org o ON o.id = g.org WHERE g.person = ? ORDER BY g.id"},
	{"notes", "n", "SELECT n.step, n.said, n.at_us AS said_at FROM application_note n WHERE n.person = ? ORDER BY n.id"},
	{"factors", "n", "SELECT kind, name, created_us AS created_at, used_us AS used_at FROM factor WHERE person = ? ORDER BY id"},
	{"files", "n", "SELECT name, media, size, created_us AS sent_at, ended_us AS ended_at FROM attachment WHERE person = ? ORDER BY id"},
	{"jobs", "n", "SELECT kind, status, created_us AS asked_at, ended_us AS ended_at FROM job WHERE person = ? ORDER BY id"},
	{"shared_looks", "n", "SELECT o.name AS organisation, l.way, l.asked, l.at_us AS looked_at FROM sharing_look l JOIN org o ON o.id = l.grantor WHERE l.person = ? ORDER BY l.id"},
	{"messages", "n", "SELECT o.name AS organisation, t.doc_kind AS on_what, t.number, m.internal, m.body AS said, m.created_us AS written_at, m.withdrawn_us AS withdrawn_at FROM message m JOIN talk t ON t.id = m.talk JOIN org o ON o.id = m.org WHERE m.person = ? ORDER BY m.created_us"},
	{"mentions", "n", "SELECT o.name AS organisation, t.doc_kind AS on_what, t.number, m.created_us AS written_at FROM mention x JOIN message m ON m.id = x.message JOIN talk t ON t.id = m.talk JOIN org o ON o.id = x.org WHERE x.person = ? ORDER BY m.created_us"},
	{"views", "n", "SELECT list, name, query, created_us AS saved_at FROM desk_view WHERE person = ? AND ended_us = 0 ORDER BY id"},
	{"schedules", "n", "SELECT o.name AS organisation, s.title AS name, s.asked AS said, s.status, s.created_us AS created_at, s.sent_us AS sent_at FROM schedule s JOIN org o ON o.id = s.org WHERE s.person = ? ORDER BY s.id"},
	{"rounds", "n", "SELECT o.name AS organisation, b.name AS partner, t.weekdays, t.weeks, t.from_on, t.until_on FROM visit_stop t JOIN org o ON o.id = t.org JOIN org b ON b.id = t.shop WHERE t.person = ? ORDER BY t.id"},
	{"visits", "n", "SELECT o.name AS organisation, b.name AS partner, v.day_on, v.in_us AS from_at, v.in_phone_us AS from_phone_at, v.out_us AS until_at, v.result, v.reason, v.note, v.spot, v.lat, v.lon FROM visit v JOIN org o ON o.id = v.org JOIN org b ON b.id = v.shop WHERE v.person = ? ORDER BY v.id"},
	{"choices", "n", "SELECT name, value FROM desk_choice WHERE person = ? ORDER BY name"},
	{"baskets", "n", "SELECT x.name AS seller, y.name AS buyer, l.typed, l.name, l.qty_typed AS quantity, c.touched_us AS touched_at FROM cart c JOIN cart_line l ON l.cart = c.id JOIN org x ON x.id = c.seller JOIN org y ON y.id = c.buyer WHERE c.person = ? ORDER BY c.id, l.line"},
	{"notices", "n", "SELECT o.name AS organisation, n.event AS step, n.number, n.created_us AS written_at, n.read_us AS seen_at FROM notice n JOIN org o ON o.id = n.org WHERE n.person = ? ORDER BY n.created_us"},
	{"notice_choices", "n", "SELECT o.name AS organisation, c.event AS step, c.mail AS duty FROM notice_choice c JOIN org o ON o.id = c.org WHERE c.person = ? ORDER BY c.event"},
	{"deeds", "n", "SELECT a.action, a.doc AS document, COALESCE(o.name, '') AS organisation, a.at_us AS done_at FROM audit a LEFT JOIN org o ON o.id = a.org WHERE a.person = ? ORDER BY a.id"},
}

// MyData is everything that the portal knows of the acting person, whoever it is. Errors: glass.read_only, sso.own_means.
func (s *Service) MyData(ctx context.Context, a access.Actor) ([]Section, error) {
	return s.MyFirstData(ctx, a, 0)
}

// MyFirstData is what MyData is, but of each section no more than so many rows, the first that are found, and one: whether there are more.
// 0 is all of them.
func (s *Service) MyFirstData(ctx context.Context, a access.Actor, most int) ([]Section, error) {
	if a.Glass != 0 {
		return nil, errs.New(errs.Forbidden, "glass.read_only")
	}
	if err := a.Oneself(); err != nil {
		return nil, err
	}
	return s.dataOf(ctx, a.Person, most)
}

// DataByLetter is MyData of the person whom the link of a letter stands for: somebody who cannot sign in as itself, or at all. Errors:
// sign_in.link_stale, invalid_fields (code), sign_in.wait.
func (s *Service) DataByLetter(ctx context.Context, token, code, ip string) ([]Section, error) {
	a, err := s.Accounts.ByLetter(ctx, token, code, ip)
	if err != nil {
		return nil, err
	}
	out, err := s.dataOf(ctx, a.Person, 0)
	if err != nil {
		return nil, err
	}
	return out, s.DB.InTx(ctx, func(ctx context.Context) error {
		return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "person.data_fetched", a.Person, audit.One("by", "", "letter"))
	})
}

func (s *Service) dataOf(ctx context.Context, person id.ID, most int) ([]Section, error) {
	email, err := s.emailOf(ctx, person)
	if err != nil {
		return nil, err
	}
	var out []Section
	for _, k := range known {
		args := make([]any, len(k.args))
		for i, x := range k.args {
			if args[i] = any(person); x == 'e' {
				args[i] = email
			}
		}
		sql := k.sql
		if most > 0 { // in no order: all of them would have to be put into one
			sql, _, _ = strings.Cut(sql, " ORDER BY ")
			sql, args = sql+" LIMIT ?", append(args, most+1)
		}
		sec, err := s.section(ctx, k.name, sql, args)
		if err != nil {
			return nil, err
		}
		out = append(out, sec)
	}
	texts, err := s.texts(ctx, person, most)
	return append(out, texts), err
}

func (s *Service) section(ctx context.Context, name, sql string, args []any) (Section, error) {
	rows, err := s.DB.R(ctx).Raw(sql, args...).Rows()
	if err != nil {
		return Section{}, fmt.Errorf("data of a person, %s: %w", name, err)
	}
	defer rows.Close()
	out := Section{Name: name}
	if out.Columns, err = rows.Columns(); err != nil {
		return Section{}, err
	}
	for rows.Next() {
		row, to := make([]any, len(out.Columns)), make([]any, len(out.Columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return Section{}, err
		}
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = said(out.Columns[i], v)
		}
		out.Rows = append(out.Rows, line)
	}
	return out, rows.Err()
}

// said writes a value of a column.
func said(column string, v any) string {
	if n, ok := v.(int64); ok && len(column) > 3 && column[len(column)-3:] == "_at" {
		if n == 0 {
			return ""
		}
		return clock.Instant(n).RFC3339()
	}
	switch x := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(x)
	}
	return fmt.Sprint(v)
}

// someDeeds is among how many of somebody's deeds the first free words are looked for.
const someDeeds = 1000

// texts are the free words that somebody wrote into documents; where only the first are asked for, those of some deeds.
func (s *Service) texts(ctx context.Context, person id.ID, most int) (Section, error) {
	out := Section{Name: "texts", Columns: []string{"document", "field", "said"}}
	deeds, args := "SELECT seq FROM journal WHERE person = ?", []any{person}
	if most > 0 {
		deeds, args = "SELECT seq FROM (SELECT a.seq FROM audit a WHERE a.person = ? LIMIT ?) d", []any{person, someDeeds}
	}
	for _, f := range free() {
		sec, err := s.section(ctx, f.table, "SELECT "+f.key+" AS document, "+f.column+" AS said FROM "+f.table+" WHERE "+f.column+" <> '' AND seq IN ("+deeds+")", args)
		if err != nil {
			return out, err
		}
		for _, r := range sec.Rows {
			out.Rows = append(out.Rows, []string{r[0], f.table + "." + f.column, r[1]})
		}
	}
	return out, nil
}

// field is a column of a filed table that is in no hash: free text.
type field struct{ table, key, column string }

func free() (out []field) {
	for _, t := range ledger.Tables() {
		for _, c := range t.Columns {
			if c.Flag == ledger.Private && c.Text {
				out = append(out, field{t.Name, t.Columns[0].Name, c.Name})
			}
		}
	}
	return out
}

// EraseMe erases the acting person, who shows the password once more. Every membership ends first, so the last owner of an
// organisation must hand it over before; work that is left open too. Documents stay, with their numbers, amounts and dates.
//
// Errors: invalid_fields (password), person.last_owner {org}, person.open_work {n}, sso.own_means.
func (s *Service) EraseMe(ctx context.Context, a access.Actor, password string) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	if err := a.Oneself(); err != nil {
		return err
	}
	if err := s.Accounts.Knows(ctx, a, password); err != nil {
		return err
	}
	return s.erase(ctx, a)
}

// EraseByLetter is EraseMe of the person whom the link of a letter stands for. Errors: sign_in.link_stale, invalid_fields (code),
// sign_in.wait, person.last_owner {org}, person.open_work {n}.
func (s *Service) EraseByLetter(ctx context.Context, token, code, ip string) error {
	a, err := s.Accounts.ByLetter(ctx, token, code, ip)
	if err != nil {
		return err
	}
	if err = s.erase(ctx, a); errs.CodeOf(err) == "sign_in.needed" {
		err = errs.New(errs.Invalid, "sign_in.link_stale")
	}
	return err
}

func (s *Service) erase(ctx context.Context, a access.Actor) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.DB.BumpMaster(ctx); err != nil { // first: of several who ask at once, one erases
			return err
		}
		var still int64
		if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM person WHERE id = ? AND active = ?", a.Person, true).Scan(&still).Error; err != nil {
			return err
		}
		if still == 0 {
			return errs.New(errs.Unauthenticated, "sign_in.needed")
		}
		var of []struct {
			Org  id.ID
			Kind string
		}
		err := s.DB.R(ctx).Raw("SELECT m.org, o.kind FROM membership m JOIN org o ON o.id = m.org WHERE m.person = ? ORDER BY m.org", a.Person).Scan(&of).Error
		if err != nil {
			return err
		}
		by := a.By()
		for _, m := range of {
			by.Org = m.Org
			if m.Kind == "consumer" { // the person itself, as a party to documents
				if err := s.eraseConsumer(ctx, by, m.Org); err != nil {
					return err
				}
				if err := s.DB.W(ctx).Exec("DELETE FROM membership WHERE person = ? AND org = ?", a.Person, m.Org).Error; err != nil {
					return err
				}
				continue
			}
			if err := s.handOver(ctx, by, m.Org, a.Person, 0); err != nil {
				return err
			}
			if err := s.Accounts.EndMembership(ctx, by, a.Person, m.Org); err != nil {
				return err
			}
		}
		return s.erasePerson(ctx, a.By(), a.Person)
	})
}

// named are the exports, still to be fetched, that may hold the name of a person.
const named = `kind = 'export' AND file <> 0 AND (org IN (SELECT org FROM audit WHERE person = ?) OR payload LIKE '%"list":"visits"%')`

func (s *Service) erasePerson(ctx context.Context, by id.By, person id.ID) error {
	email, err := s.emailOf(ctx, person)
	if err != nil {
		return err
	}
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE invitation SET email = '', open_key = NULL, status = CASE WHEN status = 'open' THEN 'withdrawn' ELSE status END WHERE email = ? OR person = ?", []any{email, person}},
		{"UPDATE application_note SET said = '' WHERE person = ? OR (person = 0 AND application IN (SELECT id FROM application WHERE email = ?))", []any{person, email}},
		{"UPDATE attachment SET ended_us = ?, version = version + 1 WHERE doc_kind = 'application' AND person = 0 AND ended_us = 0 AND doc IN (SELECT id FROM application WHERE email = ?)", []any{s.Clock.Now(), email}},
		{"UPDATE application SET contact = '', phone = '', open_key = NULL, email = '', status = CASE WHEN status IN ('unconfirmed', 'new', 'asked') THEN 'withdrawn' ELSE status END WHERE email = ?", []any{email}},
		{"UPDATE mail SET receiver = '', payload = '{}', status = CASE WHEN status = 'queued' THEN 'failed' ELSE status END WHERE receiver = ?", []any{email}},
		{"DELETE FROM desk_choice WHERE person = ?", []any{person}},
		{"DELETE FROM schedule WHERE person = ?", []any{person}},
		{"DELETE FROM desk_view WHERE person = ? AND (team = ? OR ended_us > 0)", []any{person, false}},
		{"UPDATE visit SET spot = '', located = ?, lat = 0, lon = 0, note = '' WHERE person = ?", []any{false, person}},
		{"DELETE FROM cart_line WHERE cart IN (SELECT id FROM cart WHERE person = ?)", []any{person}},
		{"DELETE FROM cart WHERE person = ?", []any{person}},
		// Stored workbooks of their organisations may name them, and those of visits anybody's: they are made again by who wants them.
		{"UPDATE file SET created_us = 0 WHERE kept = 0 AND id IN (SELECT file FROM job WHERE " + named + ")", []any{person}},
		{"UPDATE job SET file = 0, version = version + 1 WHERE " + named, []any{person}},
		{"UPDATE audit SET ip = '' WHERE ip <> '' AND person = ?", []any{person}},
		{"DELETE FROM notice WHERE person = ?", []any{person}},
		{"DELETE FROM notice_choice WHERE person = ?", []any{person}},
		{"DELETE FROM notice_hours WHERE person = ?", []any{person}},
		{"UPDATE message SET body = '' WHERE person = ?", []any{person}},
		{"DELETE FROM mention WHERE person = ?", []any{person}},
		{"DELETE FROM talk_read WHERE person = ?", []any{person}},
		{"UPDATE glass SET ended_us = ? WHERE person = ? AND ended_us = 0", []any{s.Clock.Now(), person}},
	} {
		if err := s.DB.W(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return err
		}
	}
	left, err := s.eraseTexts(ctx, "seq IN (SELECT seq FROM journal WHERE person = ?)", person)
	if err != nil {
		return err
	}
	if err := s.Accounts.Erase(ctx, person); err != nil {
		return err
	}
	by.IP = "" // where it was asked from is a trace too
	return s.erased(ctx, by, person, 0, left)
}

// erased remembers that somebody was, and what the law still wants kept.
func (s *Service) erased(ctx context.Context, by id.By, person, org id.ID, left int64) error {
	now := s.Clock.Now()
	err := s.DB.W(ctx).Exec("INSERT INTO erasure (id, subject, org, at_us, left_rows) VALUES (?, ?, ?, ?, ?)", s.DB.IDs.Next(), person, org, now, left).Error
	if err != nil {
		return err
	}
	doc := person
	if org != 0 {
		doc = org
	}
	return audit.Record(ctx, s.DB, by, now, "person.erased", doc, audit.Diff(map[string][2]any{"personal_data": {"kept", "erased"}, "left_rows": {int64(0), left}}))
}

// eraseTexts empties the free text of documents: the columns that are in no hash. What belongs to an invoice stays as long as its
// country's law wants books kept; the number of those rows is answered.
func (s *Service) eraseTexts(ctx context.Context, cond string, args ...any) (left int64, err error) {
	for _, f := range free() {
		where := " WHERE " + f.column + " <> '' AND " + cond
		if f.table == "invoice" {
			keep, err := s.booksFrom(ctx)
			if err != nil {
				return 0, err
			}
			var n int64
			if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM invoice"+where+" AND issued_on >= ?", append(args[:len(args):len(args)], keep)...).Scan(&n).Error; err != nil {
				return 0, err
			}
			left += n
			if err := s.DB.W(ctx).Exec("UPDATE invoice SET "+f.column+" = ''"+where+" AND issued_on < ?", append(args[:len(args):len(args)], keep)...).Error; err != nil {
				return 0, err
			}
			continue
		}
		if err := s.DB.W(ctx).Exec("UPDATE "+f.table+" SET "+f.column+" = ''"+where, args...).Error; err != nil {
			return 0, err
		}
	}
	return left, nil
}

// booksFrom is the first day whose invoices must still be kept, by the rule in force today.
func (s *Service) booksFrom(ctx context.Context) (clock.Date, error) {
	today := s.Clock.Now().In("Asia/Jakarta")
	var years []int64
	err := s.DB.R(ctx).Raw("SELECT years FROM retention WHERE country = 'ID' AND what = 'invoice' AND from_on <= ? ORDER BY from_on DESC LIMIT 1", today).Scan(&years).Error
	if err != nil || len(years) == 0 {
		return "0000-00-00", err
	}
	return clock.Date(today.Time().AddDate(-int(years[0]), 0, 0).Format("2006-01-02")), nil
}

// ErasedPeople is the question who was erased, for who proves the books: their addresses may be gone from the audit.
const ErasedPeople = "SELECT subject FROM erasure WHERE org = 0"
