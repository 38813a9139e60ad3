package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

const (
	cursorName = "outbox"
	factsAt    = 200 // facts of one transaction
)

// listener is an endpoint as the fan-out sees it.
type listener struct {
	endpointRow
	kind   string
	topics []string
}

// lock holds the cursor until the transaction ends: one instance follows the outbox at a time, and an endpoint that is made
// hears of everything after it.
func (s *Service) lock(ctx context.Context) (cursorRow, error) {
	var c cursorRow
	err := s.DB.W(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = ?", cursorName).Take(&c).Error
	return c, err
}

func (s *Service) head(ctx context.Context) (seq int64, err error) {
	err = s.DB.R(ctx).Raw("SELECT seq FROM lane WHERE lane = 0").Scan(&seq).Error
	return seq, err
}

// Follow makes deliveries of what is new in the outbox; more says that there is more of it.
func (s *Service) Follow(ctx context.Context) (more bool, err error) {
	var behind int64
	err = s.DB.R(ctx).Raw("SELECT l.seq - c.seq FROM lane l, hook_cursor c WHERE l.lane = 0 AND c.name = ?", cursorName).Scan(&behind).Error
	if err != nil || behind <= 0 {
		return false, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		more = false
		c, err := s.lock(ctx)
		if err != nil {
			return err
		}
		head, err := s.head(ctx)
		if err != nil || head <= c.Seq {
			return err
		}
		all, err := s.listeners(ctx, "e.status = ?", Active)
		if err != nil {
			return err
		}
		upto := head
		if len(all) > 0 {
			if upto, err = s.spread(ctx, all, c.Seq, head, false); err != nil {
				return err
			}
		}
		more = upto < head
		return s.DB.W(ctx).Model(&cursorRow{}).Where("name = ?", cursorName).Updates(map[string]any{"seq": upto, "moved": c.Moved + 1}).Error
	})
	return more, err
}

func (s *Service) listeners(ctx context.Context, cond string, args ...any) ([]listener, error) {
	var rows []struct {
		Row  endpointRow `gorm:"embedded"`
		Kind string
	}
	err := s.DB.R(ctx).Raw("SELECT e.*, o.kind FROM hook_endpoint e JOIN org o ON o.id = e.org WHERE o.active = ? AND "+cond, append([]any{true}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("endpoints: %w", err)
	}
	out := make([]listener, len(rows))
	for i, r := range rows {
		out[i] = listener{r.Row, r.Kind, strings.Fields(r.Row.Topics)}
	}
	return out, nil
}

// spread makes deliveries of the facts after from, up to to, or as many as one transaction takes; it answers how far it came.
// again queues anew what was delivered before.
func (s *Service) spread(ctx context.Context, all []listener, from, to int64, again bool) (int64, error) {
	var facts []fact
	err := s.DB.R(ctx).Raw("SELECT o.id, o.seq, o.topic, o.payload, j.recorded_us FROM outbox o JOIN journal j ON j.seq = o.seq"+
		" WHERE o.seq > ? AND o.seq <= ? ORDER BY o.seq LIMIT ?", from, to, factsAt).Scan(&facts).Error
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	if len(facts) == factsAt {
		to = facts[len(facts)-1].Seq
	}
	papers, err := s.papersOf(ctx, facts)
	if err != nil {
		return 0, err
	}
	var rows []deliveryRow
	for i, f := range facts {
		p, ok := papers[i]
		if !ok {
			continue
		}
		for _, l := range all {
			rel, party := p.Parties[l.Org]
			if party && slices.Contains(l.topics, f.Topic) && s.mayHear(l, rel, topics[f.Topic].kind) {
				rows = append(rows, s.delivery(l.endpointRow, f, p, rel))
			}
		}
	}
	return to, s.queue(ctx, rows, again)
}

// mayHear tells whether the kind of the organisation may read such documents: it is asked as its owner.
func (s *Service) mayHear(l listener, rel access.Rel, kind string) bool {
	return s.Gate.Can(access.Actor{Org: l.Org, Kind: l.kind, Role: "owner"}, rel, kind, "read")
}

// papersOf finds the document of each fact, by its place in facts.
func (s *Service) papersOf(ctx context.Context, facts []fact) (map[int]Paper, error) {
	byKind, docs := map[string][]id.ID{}, map[int]id.ID{}
	for i, f := range facts {
		t, ok := topics[f.Topic]
		if !ok {
			continue
		}
		var told map[string]any
		if json.Unmarshal([]byte(f.Payload), &told) != nil {
			continue
		}
		text, _ := told[t.key].(string)
		if doc, err := id.Parse(text); err == nil {
			docs[i] = doc
			byKind[t.kind] = append(byKind[t.kind], doc)
		}
	}
	found := map[string]map[id.ID]Paper{}
	for kind, list := range byKind {
		p, err := s.Papers.Papers(ctx, kind, list)
		if err != nil {
			return nil, err
		}
		found[kind] = p
	}
	out := map[int]Paper{}
	for i, doc := range docs {
		if p, ok := found[topics[facts[i].Topic].kind][doc]; ok {
			out[i] = p
		}
	}
	return out, nil
}

func (s *Service) delivery(e endpointRow, f fact, p Paper, rel access.Rel) deliveryRow {
	kind := topics[f.Topic].kind
	d := data{ID: p.ID, Kind: kind, Number: p.Number, Status: p.Status, Order: p.Order, Seller: p.Seller, Buyer: p.Buyer, Agent: p.Agent, Side: string(rel)}
	if kind == "payment" {
		d.Payee, d.Payer, d.Seller, d.Buyer = p.Seller, p.Buyer, 0, 0
	}
	body := message{Type: f.Topic, Timestamp: f.At.RFC3339(), Seq: f.Seq, Data: d}.text()
	return s.row(e, "msg_"+f.ID.String(), f.Topic, p.ID, f.Seq, body)
}

func (s *Service) row(e endpointRow, msg, topic string, doc id.ID, seq int64, body string) deliveryRow {
	now := s.Clock.Now()
	return deliveryRow{ID: s.DB.IDs.Next(), Endpoint: e.ID, Org: e.Org, Message: msg, Topic: topic, Doc: doc, Seq: seq, Body: body, Status: Queued,
		NextUs: now, CreatedUs: now}
}

// queue inserts deliveries; those that are there are left, or (again) queued anew.
func (s *Service) queue(ctx context.Context, rows []deliveryRow, again bool) error {
	for part := range slices.Chunk(rows, 100) {
		if err := s.DB.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&part).Error; err != nil {
			return fmt.Errorf("queue deliveries: %w", err)
		}
		if !again {
			continue
		}
		var messages []string
		for _, r := range part {
			messages = append(messages, r.Message)
		}
		if err := s.requeue(ctx, s.Clock.Now(), "endpoint = ? AND message IN ?", part[0].Endpoint, messages); err != nil {
			return err
		}
	}
	return nil
}

// requeue makes deliveries due at once, as if never tried; what is being sent at the moment is left to its sender.
func (s *Service) requeue(ctx context.Context, now clock.Instant, cond string, args ...any) error {
	return s.DB.W(ctx).Model(&deliveryRow{}).Where(cond, args...).Where("locked_until_us <= ?", now).
		Updates(map[string]any{"status": Queued, "attempts": 0, "next_us": now, "ended_us": 0}).Error
}

// Catch goes on with replays, one piece for each endpoint that has one; more says that some are not finished.
func (s *Service) Catch(ctx context.Context) (more bool, err error) {
	all, err := s.listeners(ctx, "e.status = ? AND e.replay_seq < e.replay_to", Active)
	for _, l := range all {
		if err != nil {
			return more, err
		}
		err = s.DB.InTx(ctx, func(ctx context.Context) error {
			if _, err := s.lock(ctx); err != nil {
				return err
			}
			upto, err := s.spread(ctx, []listener{l}, l.ReplaySeq, l.ReplayTo, true)
			if err != nil {
				return err
			}
			r := s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND replay_seq = ? AND replay_to = ?", l.ID, l.ReplaySeq, l.ReplayTo).Update("replay_seq", upto)
			more = more || upto < l.ReplayTo
			return r.Error
		})
	}
	return more, err
}
