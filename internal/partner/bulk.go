package partner

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// chunk is how many rows one statement carries: within the variables of SQLite and the packet of MySQL.
const chunk = 500

// Ref names an organisation as the outside world does.
type Ref struct{ Kind, Code string }

// Pair names a link of a channel.
type Pair struct{ Seller, Buyer id.ID }

// BulkOrgs enters many organisations in one transaction; those whose kind and code are there already are left as they are.
// It answers the ids of all, and how many are new. For imports and set-up: the caller has asked for the right (import:run).
func (s *Service) BulkOrgs(ctx context.Context, by id.By, all []NewOrg) (ids map[Ref]id.ID, created int, err error) {
	want := map[Ref]NewOrg{}
	kinds := map[string][]string{}
	for i, n := range all {
		if err := n.clean(); err != nil {
			return nil, 0, fmt.Errorf("organisation %d (%s/%s): %w", i+1, n.Kind, n.Code, err)
		}
		r := Ref{n.Kind, n.Code}
		if _, twice := want[r]; !twice {
			want[r] = n
			kinds[n.Kind] = append(kinds[n.Kind], n.Code)
		}
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		ids, created = map[Ref]id.ID{}, 0
		if err := s.findOrgs(ctx, kinds, ids); err != nil {
			return err
		}
		var rows []orgRow
		now := s.clock.Now()
		for _, kind := range Kinds {
			for _, code := range kinds[kind] {
				r := Ref{kind, code}
				if ids[r] == 0 {
					row := rowOf(want[r], s.d.IDs.Next(), by.Org, now)
					ids[r] = row.ID
					rows = append(rows, row)
				}
			}
		}
		created = len(rows)
		if created == 0 {
			return nil
		}
		if err := s.d.W(ctx).CreateInBatches(&rows, chunk).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, by, now, "partner.bulk", 0, audit.Diff(map[string][2]any{"organisations": {0, created}}))
	})
	return ids, created, err
}

func (s *Service) findOrgs(ctx context.Context, kinds map[string][]string, ids map[Ref]id.ID) error {
	for kind, codes := range kinds {
		for len(codes) > 0 {
			n := min(len(codes), chunk)
			var rows []orgRow
			if err := s.d.R(ctx).Select("id, kind, code").Where("kind = ? AND code IN ?", kind, codes[:n]).Find(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				ids[Ref{r.Kind, r.Code}] = r.ID
			}
			codes = codes[n:]
		}
	}
	return nil
}

// BulkChannel finds or makes a channel of a producer by name, with free tiers (kinds), the producer at the first.
func (s *Service) BulkChannel(ctx context.Context, by id.By, producer id.ID, name string, tiers []string) (channel id.ID, err error) {
	n := NewChannel{Name: name, Shape: "free", Tiers: tiers}
	if tiers, err = n.clean(); err != nil {
		return 0, err
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		var had []id.ID
		if err := s.d.R(ctx).Model(&channelRow{}).Where("producer = ? AND name = ?", producer, n.Name).Pluck("id", &had).Error; err != nil {
			return err
		}
		if len(had) > 0 {
			channel = had[0]
			return nil
		}
		channel = s.d.IDs.Next()
		if err := s.d.W(ctx).Create(&channelRow{channel, producer, n.Name, "free", joinTiers(tiers), 1}).Error; err != nil {
			return err
		}
		if err := s.d.W(ctx).Create(&memberRow{channel, producer, 1}).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, by, s.clock.Now(), "channel.created", channel, audit.Diff(map[string][2]any{"name": {"", n.Name}, "shape": {"", "free"}}))
	})
	return channel, err
}

// BulkLinks makes the links of a channel that are missing, and places sellers and buyers at the tiers given where they are not
// members yet. It answers the link of each pair (seller and buyer).
func (s *Service) BulkLinks(ctx context.Context, by id.By, channel id.ID, sellerTier, buyerTier int64, pairs []Pair) (links map[Pair]id.ID, err error) {
	if sellerTier >= buyerTier {
		return nil, errs.New(errs.Invalid, "partner.tier_order")
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		links = make(map[Pair]id.ID, len(pairs))
		var had []linkRow
		if err := s.d.R(ctx).Where("channel = ?", channel).Find(&had).Error; err != nil {
			return err
		}
		for _, l := range had {
			links[Pair{l.Seller, l.Buyer}] = l.ID
		}
		org, err := s.askedOf(ctx, by.Org, pairs)
		if err != nil {
			return err
		}
		var rows []linkRow
		var members []memberRow
		now := s.clock.Now()
		for _, p := range pairs {
			if p.Seller == p.Buyer {
				return errs.New(errs.Invalid, "partner.link_self")
			}
			if links[p] == 0 {
				r := linkRow{ID: s.d.IDs.Next(), Channel: channel, Seller: p.Seller, Buyer: p.Buyer, Active: true, Created: now, Version: 1,
					SellerWaits: org[p.Seller], BuyerWaits: org[p.Buyer]}
				links[p] = r.ID
				rows = append(rows, r)
				members = append(members, memberRow{channel, p.Seller, sellerTier}, memberRow{channel, p.Buyer, buyerTier})
			}
		}
		if len(rows) == 0 {
			return nil
		}
		if err := s.d.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&members, chunk).Error; err != nil {
			return err
		}
		if err := s.d.W(ctx).CreateInBatches(&rows, chunk).Error; err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, by, now, "link.bulk", channel, audit.Diff(map[string][2]any{"links": {0, len(rows)}})); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
	if err != nil {
		return nil, err
	}
	out := make(map[Pair]id.ID, len(pairs))
	for _, p := range pairs {
		out[p] = links[p]
	}
	return out, nil
}

// askedOf says which organisations of pairs must be asked before the importing one links them: those that have people of their own,
// and those that others entered. The operator of the portal, who sets up, asks those that have people. The command line, which stands
// above the database, asks nobody.
func (s *Service) askedOf(ctx context.Context, importer id.ID, pairs []Pair) (map[id.ID]bool, error) {
	if importer == 0 {
		return nil, nil
	}
	kind, err := s.KindOf(ctx, importer)
	if err != nil {
		return nil, err
	}
	var ids []id.ID
	for _, p := range pairs {
		ids = append(ids, p.Seller, p.Buyer)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	asked := map[id.ID]bool{}
	for ; len(ids) > 0; ids = ids[min(len(ids), chunk):] {
		var some []id.ID
		err := s.d.R(ctx).Raw("SELECT o.id FROM org o WHERE o.id IN ? AND o.id <> ? AND ((? <> 'operator' AND o.registered_by <> ?) OR EXISTS (SELECT 1 FROM membership m WHERE m.org = o.id))",
			ids[:min(len(ids), chunk)], importer, kind, importer).Scan(&some).Error
		if err != nil {
			return nil, err
		}
		for _, x := range some {
			asked[x] = true
		}
	}
	return asked, nil
}

// BulkAgreements gives each link that has no accepted agreement yet its first one, accepted by the person who imports, for both sides
// but for one that has people of its own and is still asked, and posts the credit limits. It answers the agreement in force of each link
// that it made one for.
func (s *Service) BulkAgreements(ctx context.Context, by id.By, terms map[id.ID]Terms) (made map[id.ID]id.ID, err error) {
	var ids []id.ID
	for l, t := range terms {
		if err := t.clean(); err != nil {
			return nil, err
		}
		terms[l] = t
		ids = append(ids, l)
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		made = map[id.ID]id.ID{}
		var rows []agreementRow
		for rest := ids; len(rest) > 0; rest = rest[min(len(rest), chunk):] {
			some := rest[:min(len(rest), chunk)]
			fresh, err := s.firstEditions(ctx, by, some, terms)
			if err != nil {
				return err
			}
			rows = append(rows, fresh...)
		}
		for _, r := range rows {
			if r.SellerBy != 0 && r.BuyerBy != 0 {
				made[r.Link] = r.ID
			}
		}
		if len(rows) == 0 {
			return nil
		}
		if err := s.d.W(ctx).CreateInBatches(&rows, chunk).Error; err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, by, s.clock.Now(), "agreement.bulk", 0, audit.Diff(map[string][2]any{"agreements": {0, len(rows)}})); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
	if err != nil {
		return nil, err
	}
	return made, s.PostLimits(ctx)
}

func (s *Service) firstEditions(ctx context.Context, by id.By, links []id.ID, terms map[id.ID]Terms) ([]agreementRow, error) {
	var have []id.ID
	if err := s.d.R(ctx).Model(&agreementRow{}).Where("link IN ?", links).Pluck("link", &have).Error; err != nil {
		return nil, err
	}
	has := map[id.ID]bool{}
	for _, l := range have {
		has[l] = true
	}
	var found []linkRow
	if err := s.d.R(ctx).Where("id IN ?", links).Order("id").Find(&found).Error; err != nil {
		return nil, err
	}
	if len(found) != len(links) {
		return nil, errs.Gone()
	}
	pairs := make([]Pair, len(found))
	for i, l := range found {
		pairs[i] = Pair{l.Seller, l.Buyer}
	}
	asked, err := s.askedOf(ctx, by.Org, pairs)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var out []agreementRow
	for _, l := range found {
		if has[l.ID] {
			continue
		}
		g := Agreement{ID: s.d.IDs.Next(), Link: l.ID, Edition: 1, Seller: l.Seller, Buyer: l.Buyer, Terms: terms[l.ID],
			SellerBy: by.Person, SellerAt: now, BuyerBy: by.Person, BuyerAt: now, Version: 1}
		if asked[l.Seller] {
			g.SellerBy, g.SellerAt = 0, 0
		}
		if asked[l.Buyer] {
			g.BuyerBy, g.BuyerAt = 0, 0
		}
		if asked[l.Seller] && asked[l.Buyer] { // nobody offers it
			continue
		}
		g.seal()
		out = append(out, rowOfAgreement(g))
	}
	return out, nil
}

// Setup enters the operator of the portal, and the organisation that begins, into an empty database: afterwards it is Conflict
// "setup.done".
func (s *Service) Setup(ctx context.Context, operator, first NewOrg) (op, org Org, err error) {
	operator.Kind = "operator"
	for _, n := range []*NewOrg{&operator, &first} {
		if err := n.clean(); err != nil {
			return Org{}, Org{}, err
		}
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		var n int64
		if err := s.d.R(ctx).Model(&orgRow{}).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return errs.New(errs.Conflict, "setup.done")
		}
		for _, o := range []struct {
			in  NewOrg
			out *Org
		}{{operator, &op}, {first, &org}} {
			made, err := s.insert(ctx, id.By{}, o.in)
			if err != nil {
				return err
			}
			if *o.out, err = s.byID(ctx, made); err != nil {
				return err
			}
		}
		return s.d.BumpMaster(ctx)
	})
	return op, org, err
}
