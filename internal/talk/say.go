package talk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/text"
)

// Say is a message to write.
type Say struct {
	Key      audit.Key
	Doc      Doc
	Body     string
	Internal bool
	Mentions []id.ID
	Files    []id.ID // that the actor has kept for it
}

// Say writes a message. Right: talk:write, by the relation to the document, and reading that. Errors: not_found, access.denied,
// invalid_fields (body, mentions, files), talk.too_fast.
func (s *Service) Say(ctx context.Context, a access.Actor, m Say) (Message, error) {
	p, err := s.at(ctx, a, m.Doc)
	if err == nil {
		err = s.Gate.Require(ctx, a, p.rel, "talk", "write")
	}
	if err != nil {
		return Message{}, err
	}
	known, err := s.people(ctx, a, p)
	if err != nil {
		return Message{}, err
	}
	mentioned, err := m.check(a, known)
	if err != nil {
		return Message{}, err
	}
	no, replayed, err := audit.Once(ctx, s.DB, a.Org, m.Key, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		return s.write(ctx, a, p, m, mentioned)
	})
	if err != nil {
		return Message{}, err
	}
	if !replayed {
		s.changed(m.Doc.ID)
	}
	return s.Message(ctx, a, no)
}

// check cleans a message and says what is wrong with it; it answers whom it mentions, and of which organisation each is.
func (m *Say) check(a access.Actor, known []Person) (map[id.ID]id.ID, error) {
	bad := text.Note("body", &m.Body, MaxBody)
	if m.Body == "" && len(m.Files) == 0 {
		bad = append(bad, errs.F("body", "talk.empty"))
	}
	if len(m.Files) > MaxFiles {
		bad = append(bad, errs.F("files", "file.too_many", "max", strconv.Itoa(MaxFiles)))
	}
	out := map[id.ID]id.ID{}
	for _, who := range m.Mentions {
		i := slices.IndexFunc(known, func(p Person) bool { return p.ID == who })
		switch {
		case i < 0:
			bad = append(bad, errs.F("mentions", "talk.mention_unknown"))
		case m.Internal && known[i].Org != a.Org:
			bad = append(bad, errs.F("mentions", "talk.mention_internal", "name", known[i].Name))
		default:
			out[who] = known[i].Org
		}
	}
	if len(out) > MaxMentions {
		bad = append(bad, errs.F("mentions", "talk.mentions_many", "max", strconv.Itoa(MaxMentions)))
	}
	if len(bad) > 0 {
		return nil, errs.OnFields("invalid", bad...)
	}
	return out, nil
}

// write writes a message in the transaction of ctx.
func (s *Service) write(ctx context.Context, a access.Actor, p place, m Say, mentioned map[id.ID]id.ID) (id.ID, error) {
	now := s.Clock.Now()
	var lately int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM message WHERE person = ? AND created_us > ?", a.Person, now.Add(-time.Minute)).Scan(&lately).Error; err != nil {
		return 0, err
	}
	if lately >= Burst {
		return 0, errs.New(errs.Busy, "talk.too_fast", "max", strconv.Itoa(Burst))
	}
	talk, n, err := s.next(ctx, p, now)
	if err != nil {
		return 0, err
	}
	var others []id.ID
	for _, org := range slices.Sorted(maps.Keys(p.Parties)) {
		if org != a.Org {
			others = append(others, org)
		}
	}
	duty, err := s.Duties.Duty(ctx, a.Org, a.Person, others, now.In(a.Zone))
	if err != nil {
		return 0, err
	}
	row := messageRow{ID: s.DB.IDs.Next(), Talk: talk, N: n, Org: a.Org, Person: a.Person, APIKey: a.By().APIKey, Rel: string(p.rel), Duty: duty,
		Internal: m.Internal, Body: m.Body, CreatedUs: now}
	if err := s.DB.W(ctx).Create(&row).Error; err != nil {
		return 0, fmt.Errorf("write a message: %w", err)
	}
	for _, who := range slices.Sorted(maps.Keys(mentioned)) {
		if err := s.DB.W(ctx).Exec("INSERT INTO mention (message, person, org) VALUES (?, ?, ?)", row.ID, who, mentioned[who]).Error; err != nil {
			return 0, err
		}
	}
	if err := s.seenBy(ctx, p, row); err != nil {
		return 0, err
	}
	for _, f := range m.Files {
		if _, err := s.Files.Attach(ctx, a, audit.Key{}, f, files.Doc{Kind: "message", ID: row.ID}); err != nil {
			return 0, err
		}
	}
	if err := s.record(ctx, a, "message.sent", p.Doc, row, len(m.Files)); err != nil || s.Told == nil {
		return row.ID, err
	}
	in, err := s.involved(ctx, p, row)
	if err != nil {
		return 0, err
	}
	return row.ID, s.Told(ctx, News{Doc: p.Doc, Number: p.Number, Message: row.ID, Author: a.Person, Org: a.Org, Internal: m.Internal, Parties: p.Parties, Mentioned: mentioned, Involved: in})
}

// involved are those who have written in a conversation or were mentioned in it. Of an organisation of which nobody has, those whose
// work the document is are: whoever confirms or places such, receives or sends, pays or is paid.
func (s *Service) involved(ctx context.Context, p place, m messageRow) (map[id.ID]id.ID, error) {
	var rows []struct{ Person, Org id.ID }
	err := s.DB.R(ctx).Raw(`SELECT person, org FROM message WHERE talk = ? UNION SELECT x.person, x.org FROM mention x JOIN message m ON m.id = x.message WHERE m.talk = ?`, m.Talk, m.Talk).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("who takes part in %d: %w", m.Talk, err)
	}
	out, known := map[id.ID]id.ID{}, map[id.ID]bool{m.Org: true}
	for _, r := range rows {
		out[r.Person], known[r.Org] = r.Org, true
	}
	for org, rel := range p.Parties {
		if known[org] || m.Internal {
			continue
		}
		staff, err := s.Staff.Staff(ctx, org)
		if err != nil {
			return nil, err
		}
		for _, who := range staff {
			for _, do := range works[p.Kind] {
				object, action, _ := strings.Cut(do, ":")
				if s.Gate.Can(who, rel, object, action) {
					out[who.Person] = org
				}
			}
		}
	}
	return out, nil
}

// works are what those do whose work a document is.
var works = map[string][]string{"order": {"order:confirm", "order:place"}, "shipment": {"shipment:receive", "order:dispatch"}, "invoice": {"payment:report", "invoice:bill"},
	"payment": {"payment:report", "payment:confirm"}}

// next makes the conversation of a document where there is none yet, and counts the next message: the row is the arbiter of those
// who write at once.
func (s *Service) next(ctx context.Context, p place, now clock.Instant) (talk id.ID, n int64, err error) {
	w := s.DB.W(ctx)
	fresh := s.DB.IDs.Next()
	done := w.Exec(`INSERT INTO talk (id, doc_kind, doc, number, messages, changed_us) SELECT ?, ?, ?, ?, 0, ? FROM epoch WHERE name = 'master'
		AND NOT EXISTS (SELECT 1 FROM talk WHERE doc = ? AND doc_kind = ?)`, fresh, p.Kind, p.ID, p.Number, now, p.ID, p.Kind)
	if done.Error != nil && db.Classify(done.Error) != db.Duplicate {
		return 0, 0, done.Error
	}
	if err := w.Exec("UPDATE talk SET messages = messages + 1, changed_us = ? WHERE doc = ? AND doc_kind = ?", now, p.ID, p.Kind).Error; err != nil {
		return 0, 0, err
	}
	var row struct {
		ID       id.ID
		Messages int64
	}
	if err := s.DB.R(ctx).Raw("SELECT id, messages FROM talk WHERE doc = ? AND doc_kind = ?", p.ID, p.Kind).Scan(&row).Error; err != nil {
		return 0, 0, err
	}
	if row.ID == fresh {
		for _, org := range slices.Sorted(maps.Keys(p.Parties)) {
			if err := w.Exec("INSERT INTO talk_party (talk, org, rel, last, last_us) VALUES (?, ?, ?, 0, 0)", fresh, org, p.Parties[org]).Error; err != nil {
				return 0, 0, err
			}
		}
	}
	return row.ID, row.Messages, nil
}

// seenBy notes for whom a message is the latest, and that its author has read it.
func (s *Service) seenBy(ctx context.Context, p place, m messageRow) error {
	sql, args := "UPDATE talk_party SET last = ?, last_us = ? WHERE talk = ? AND last < ?", []any{m.N, m.CreatedUs, m.Talk, m.N}
	if m.Internal {
		sql, args = sql+" AND org = ?", append(args, m.Org)
	}
	if err := s.DB.W(ctx).Exec(sql, args...).Error; err != nil {
		return err
	}
	return s.mark(ctx, m.Talk, m.Person, m.Org, m.N)
}

// record leaves a row of who said something, without the words of it: their digest shows later what they were.
func (s *Service) record(ctx context.Context, a access.Actor, action string, d Doc, m messageRow, files int) error {
	sum := sha256.Sum256([]byte(m.ID.String() + "\n" + m.Body))
	return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, d.ID, audit.Diff(map[string][2]any{"message": {"", m.ID.String()},
		"internal": {"", strconv.FormatBool(m.Internal)}, "files": {-1, files}, "sha256": {"", hex.EncodeToString(sum[:])}}))
}

func (s *Service) changed(doc id.ID) {
	if s.Changed != nil {
		s.Changed(doc)
	}
}

// Withdraw takes a message back: it stays where it was, and says that it was withdrawn. Again is no change. Right: talk:write, of its
// author alone. Errors: not_found, talk.not_yours.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, k audit.Key, message id.ID) (Message, error) {
	var doc id.ID
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		m, err := s.row(ctx, a, message)
		if err != nil {
			return 0, err
		}
		d := Doc{m.DocKind, m.Doc}
		p, err := s.at(ctx, a, d)
		if err == nil {
			err = s.Gate.Require(ctx, a, p.rel, "talk", "write")
		}
		if err != nil {
			return 0, err
		}
		if m.Row.Org != a.Org || m.Row.Person != a.Person {
			return 0, errs.New(errs.Forbidden, "talk.not_yours")
		}
		now := s.Clock.Now()
		done := s.DB.W(ctx).Exec("UPDATE message SET withdrawn_us = ? WHERE id = ? AND person = ? AND org = ? AND withdrawn_us = 0", now, message, a.Person, a.Org)
		if done.Error != nil || done.RowsAffected == 0 {
			return message, done.Error
		}
		if err := s.DB.W(ctx).Exec("UPDATE talk SET changed_us = ? WHERE id = ?", now, m.Row.Talk).Error; err != nil {
			return 0, err
		}
		doc = d.ID
		return message, s.record(ctx, a, "message.withdrawn", d, m.Row, 0)
	})
	if err != nil {
		return Message{}, err
	}
	if doc != 0 {
		s.changed(doc)
	}
	return s.Message(ctx, a, message)
}

// Read notes that the actor has read a conversation up to a message; what was read stays read. Right: reading it.
func (s *Service) Read(ctx context.Context, a access.Actor, d Doc, upto id.ID) error {
	if _, err := s.at(ctx, a, d); err != nil {
		return err
	}
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	m, err := s.row(ctx, a, upto)
	if err != nil || (Doc{m.DocKind, m.Doc}) != d {
		return errs.Gone()
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error { return s.mark(ctx, m.Row.Talk, a.Person, a.Org, m.Row.N) })
}

func (s *Service) mark(ctx context.Context, talk, person, org id.ID, upto int64) error {
	now, w := s.Clock.Now(), s.DB.W(ctx)
	err := w.Exec(`INSERT INTO talk_read (talk, person, org, upto, at_us) SELECT ?, ?, ?, 0, ? FROM epoch WHERE name = 'master'
		AND NOT EXISTS (SELECT 1 FROM talk_read WHERE talk = ? AND person = ? AND org = ?)`, talk, person, org, now, talk, person, org).Error
	if err != nil && db.Classify(err) != db.Duplicate {
		return err
	}
	return w.Exec("UPDATE talk_read SET upto = ?, at_us = ? WHERE talk = ? AND person = ? AND org = ? AND upto < ?", upto, now, talk, person, org, upto).Error
}
