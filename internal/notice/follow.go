package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/reported"
)

const (
	cursor  = "notice-facts"
	factsAt = 500
	// stale is how old a fact may be that is still told: what an import files about last year is news to nobody.
	stale = 7 * 24 * time.Hour
	// soon is how many days before its day an unpaid invoice is told.
	soon = 3
)

var errFollowed = errors.New("followed")

type fact struct {
	ID          id.ID
	Seq         int64
	Topic       string
	Payload     string
	Org         id.ID
	Person      id.ID
	EffectiveUs clock.Instant
	doc         id.ID
}

// Follow tells what is new in the outbox; more says that there is more of it. How far it has come stands in the database.
func (s *Service) Follow(ctx context.Context) (more bool, err error) {
	from, head, err := s.behind(ctx)
	if err != nil || from >= head {
		return false, err
	}
	var facts []fact
	err = s.DB.R(ctx).Raw(`SELECT x.id, x.seq, x.topic, x.payload, j.org, j.person, j.effective_us FROM outbox x JOIN journal j ON j.seq = x.seq
		WHERE x.seq > ? AND x.seq <= ? ORDER BY x.seq LIMIT ?`, from, head, factsAt).Scan(&facts).Error
	if err != nil {
		return false, fmt.Errorf("read the outbox: %w", err)
	}
	to := head
	if len(facts) == factsAt {
		to = facts[len(facts)-1].Seq
	}
	news, done, err := s.newsOf(ctx, facts, from, to)
	if err != nil {
		return false, err
	}
	b, err := s.gather(ctx, news)
	if err != nil {
		return false, err
	}
	write, err := s.placed(ctx, news)
	if err != nil {
		return false, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		r := s.DB.W(ctx).Exec("UPDATE epoch SET n = ? WHERE name = ? AND n = ?", to, cursor, from)
		if r.Error != nil {
			return r.Error
		}
		if r.RowsAffected == 0 {
			return errFollowed
		}
		if write != nil {
			if err := write(ctx); err != nil {
				return err
			}
		}
		if err := s.file(ctx, b); err != nil {
			return err
		}
		return s.answered(ctx, done)
	})
	if errors.Is(err, errFollowed) {
		return true, nil
	}
	return to < head, err
}

// placed is what else must be written of the orders among news.
func (s *Service) placed(ctx context.Context, news []News) (func(context.Context) error, error) {
	var orders []id.ID
	for _, n := range news {
		if n.Event == "order.placed" || n.Event == "order.held" {
			orders = append(orders, n.Doc)
		}
	}
	if s.Placed == nil || len(orders) == 0 {
		return nil, nil
	}
	return s.Placed(ctx, orders)
}

// behind is how far was told, and how far the ledger is. What was filed before the first start is told to nobody.
func (s *Service) behind(ctx context.Context) (from, head int64, err error) {
	if err = s.DB.R(ctx).Raw("SELECT COALESCE(MAX(seq), 0) FROM lane").Scan(&head).Error; err != nil {
		return 0, 0, err
	}
	err = s.DB.R(ctx).Table("epoch").Where("name = ?", cursor).Select("n").Take(&from).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = s.DB.InTx(ctx, func(ctx context.Context) error {
			return s.DB.W(ctx).Exec("INSERT INTO epoch (name, n) VALUES (?, ?)", cursor, head).Error
		})
		return head, head, err
	}
	return from, head, err
}

// newsOf is what facts, and the limits that were changed meanwhile, have to tell, and what they answer.
func (s *Service) newsOf(ctx context.Context, facts []fact, from, to int64) ([]News, []answer, error) {
	of, done, err := s.factsNews(ctx, facts)
	if err != nil {
		return nil, nil, err
	}
	limits, err := s.limitsNews(ctx, from, to)
	return append(of, limits...), done, err
}

func (s *Service) factsNews(ctx context.Context, facts []fact) (news []News, done []answer, err error) {
	byKind := map[string][]id.ID{}
	old := s.Clock.Now().Add(-stale)
	for i := range facts {
		f := &facts[i]
		t, ok := topics[f.Topic]
		var told map[string]any
		if !ok || f.EffectiveUs < old || json.Unmarshal([]byte(f.Payload), &told) != nil {
			continue
		}
		text, _ := told[t.key].(string)
		if doc, err := id.Parse(text); err == nil {
			f.doc, byKind[t.kind] = doc, append(byKind[t.kind], doc)
		}
	}
	found := map[string]map[id.ID]Paper{}
	for kind, docs := range byKind {
		p, err := s.Papers.Papers(ctx, kind, docs)
		if err != nil {
			return nil, nil, err
		}
		found[kind] = p
	}
	differ, err := s.differing(ctx, byKind["shipment"])
	if err != nil {
		return nil, nil, err
	}
	for _, f := range facts {
		t := topics[f.Topic]
		p, ok := found[t.kind][f.doc]
		if events := answers[f.Topic]; ok && len(events) > 0 {
			done = append(done, answer{t.kind, p, events})
		}
		if f.doc == 0 || !ok || t.event == "shipment.differs" && !differ[f.doc] {
			continue
		}
		event := t.event
		if event == "order.placed" && p.Status == "credit_hold" {
			event = "order.held"
		}
		news = append(news, News{Event: event, Kind: t.kind, Doc: p.ID, Number: p.Number, Parties: p.Parties, ByOrg: f.Org, ByPerson: f.Person, Origin: "x:" + f.ID.String()})
	}
	return news, done, nil
}

// differing are those shipments of which not everything arrived as it left.
func (s *Service) differing(ctx context.Context, docs []id.ID) (map[id.ID]bool, error) {
	var rows []id.ID
	out := map[id.ID]bool{}
	if len(docs) == 0 {
		return out, nil
	}
	err := s.DB.R(ctx).Raw("SELECT DISTINCT shipment_id FROM shipment_line WHERE shipment_id IN ? AND (damaged > 0 OR short > 0 OR refused > 0)", docs).Scan(&rows).Error
	for _, no := range rows {
		out[no] = true
	}
	return out, err
}

func (s *Service) limitsNews(ctx context.Context, from, to int64) (news []News, err error) {
	var rows []struct {
		ID, Seller, BillTo, Org, Person id.ID
		EffectiveUs                     clock.Instant
	}
	err = s.DB.R(ctx).Raw(`SELECT c.id, c.seller, c.bill_to, j.org, j.person, j.effective_us FROM credit_limit c JOIN journal j ON j.seq = c.seq
		WHERE c.seq > ? AND c.seq <= ? ORDER BY c.seq LIMIT 500`, from, to).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	old := s.Clock.Now().Add(-stale)
	for _, r := range rows {
		if r.EffectiveUs < old {
			continue
		}
		for org, x := range map[id.ID]struct {
			rel   access.Rel
			other id.ID
		}{r.Seller: {access.Seller, r.BillTo}, r.BillTo: {access.Buyer, r.Seller}} {
			news = append(news, News{Event: "limit.changed", Kind: "limit", Doc: x.other, Parties: map[id.ID]access.Rel{org: x.rel}, ByOrg: x.other, ByPerson: r.Person, Origin: "l:" + r.ID.String()})
		}
	}
	return news, nil
}

// Jobs tells those who asked for a job that it has ended, as far as that is news.
func (s *Service) Jobs(ctx context.Context) error {
	var rows []struct {
		ID, Org, Person id.ID
		Kind, Status    string
	}
	err := s.DB.R(ctx).Raw("SELECT id, org, person, kind, status FROM job WHERE status IN ('done','failed') AND ended_us > ? AND person > 1 ORDER BY ended_us DESC LIMIT 200", s.Clock.Now().Add(-10*time.Minute)).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	origins := make([]string, len(rows))
	for i, r := range rows {
		origins[i] = "j:" + r.ID.String()
	}
	var told []string
	if err := s.DB.R(ctx).Raw("SELECT origin FROM notice WHERE origin IN ? AND created_us > ?", origins, s.Clock.Now().Add(-time.Hour)).Scan(&told).Error; err != nil {
		return err
	}
	known := map[string]bool{}
	for _, o := range told {
		known[o] = true
	}
	var news []News
	for i, r := range rows {
		if known[origins[i]] {
			continue
		}
		event := "job.done"
		if r.Status == "failed" {
			event = "job.failed"
		}
		news = append(news, News{Event: event, Kind: "job", Doc: r.ID, Number: r.Kind, Parties: map[id.ID]access.Rel{r.Org: access.Own}, ByOrg: r.Org, Origin: origins[i], People: map[id.ID]id.ID{r.Person: r.Org}})
	}
	return s.Tell(ctx, news...)
}

// Due tells of invoices that are to be paid within days, and of those that are overdue since yesterday: once for each of the two.
func (s *Service) Due(ctx context.Context) error {
	today := s.Clock.Now().In("Asia/Jakarta")
	for _, x := range []struct {
		event, tag string
		from, to   clock.Date
	}{{"invoice.due", "d:", today, today.AddDays(soon)}, {"invoice.overdue", "o:", today.AddDays(-7), today.AddDays(-1)}} {
		var after id.ID
		for {
			var docs []id.ID
			err := s.DB.R(ctx).Raw("SELECT id FROM invoice WHERE due_on >= ? AND due_on <= ? AND kind = 'invoice' AND status IN ('open','part') AND id > ? ORDER BY id LIMIT 200", x.from, x.to, after).Scan(&docs).Error
			if err != nil || len(docs) == 0 {
				if err != nil {
					return fmt.Errorf("what is due: %w", err)
				}
				break
			}
			after = docs[len(docs)-1]
			if err := s.tellDue(ctx, x.event, x.tag, docs); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) tellDue(ctx context.Context, event, tag string, docs []id.ID) error {
	papers, err := s.Papers.Papers(ctx, "invoice", docs)
	if err != nil {
		return err
	}
	whole, err := s.reportedWhole(ctx, papers)
	if err != nil {
		return err
	}
	var news []News
	for _, no := range docs {
		if whole[no] {
			continue
		}
		p := papers[no]
		news = append(news, News{Event: event, Kind: "invoice", Doc: p.ID, Number: p.Number, Parties: p.Parties, ByOrg: seller(p), Origin: tag + p.ID.String()})
	}
	return s.Tell(ctx, news...)
}

// reportedWhole are the invoices that are reported as paid to the last: nobody is reminded of them, unless the report is rejected.
func (s *Service) reportedWhole(ctx context.Context, papers map[id.ID]Paper) (map[id.ID]bool, error) {
	of := reported.Of{Side: "seller"}
	for _, p := range papers {
		of.Sellers, of.Buyers = append(of.Sellers, party(p, access.Seller)), append(of.Buyers, party(p, access.Buyer))
	}
	if len(papers) == 0 {
		return nil, nil
	}
	sql, args := of.Whole()
	var ids []id.ID
	if err := s.DB.R(ctx).Raw(sql, args...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("what is due and reported: %w", err)
	}
	whole := make(map[id.ID]bool, len(ids))
	for _, no := range ids {
		whole[no] = true
	}
	return whole, nil
}

func seller(p Paper) id.ID { return party(p, access.Seller) }

func party(p Paper, as access.Rel) id.ID {
	for org, rel := range p.Parties {
		if rel == as {
			return org
		}
	}
	return 0
}
