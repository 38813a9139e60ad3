package partner

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Service keeps partners and channels. Every method asks for the right first and shows only what the actor may see.
type Service struct {
	d        *db.DB
	gate     Gate
	clock    clock.Clock
	limits   Limits
	dossiers *db.Cache[pair, *dossier]
	shops    *db.Cache[pair, Shop]
	kinds    sync.Map // id.ID → kind: a kind is for good
	many     int      // manySeen; tests set it
	counted  sync.Map // whose and of what → howMany
	// Tell writes to organisations that are asked for something; nil: nobody is told.
	Tell Teller
	// Noted is called beside Tell for each link that waits for an organisation; nil: nobody notes it.
	Noted func(ctx context.Context, org, link id.ID, number string, by id.ID) error
	// Offered is called for each offer of terms, in its transaction, with the organisation that is to answer; nil: nobody notes it.
	Offered func(ctx context.Context, org id.ID, rel access.Rel, g Agreement, by id.By) error
	// Answered is called, in the transaction, where a link or terms on it wait no more; nil: nobody notes it.
	Answered func(ctx context.Context, link id.ID, asked string, orgs ...id.ID) error
}

// New makes the service.
func New(d *db.DB, g Gate, c clock.Clock, l Limits) *Service {
	return &Service{d: d, gate: g, clock: c, limits: l, dossiers: db.NewCache[pair, *dossier](d, 50_000), shops: db.NewCache[pair, Shop](d, 5_000), many: manySeen}
}

// visibleOne is seesOne, except that the operator sees the master data of all.
func visibleOne(a access.Actor, org id.ID) (string, []any) {
	if a.Kind == "operator" {
		return "1 = 1", nil
	}
	return seesOne(a.Org, org)
}

// Create enters an organisation. It needs partner:write; only the operator may enter another operator. Conflict
// "partner.code_taken" where kind and code are taken; Busy "partner.asked_often" where that was the answer too often. The one who enters it sees it, and may change it until it has people of
// its own.
func (s *Service) Create(ctx context.Context, a access.Actor, n NewOrg) (Org, error) {
	if err := s.mayEnter(ctx, a, &n); err != nil {
		return Org{}, err
	}
	var doc id.ID
	err := s.Entering(ctx, a, n.Key, func() (err error) {
		doc, err = s.create(ctx, a, n)
		return err
	})
	if err != nil {
		return Org{}, err
	}
	return s.byID(ctx, doc)
}

// mayEnter asks for the right to enter an organisation, and puts in order what is said of it.
func (s *Service) mayEnter(ctx context.Context, a access.Actor, n *NewOrg) error {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return err
	}
	if err := n.clean(); err != nil {
		return err
	}
	if n.Kind == "operator" && a.Kind != "operator" {
		return errs.New(errs.Forbidden, "access.denied", "role", a.Role, "kind", a.Kind, "rel", "own", "object", "partner", "action", "write")
	}
	return nil
}

func (s *Service) create(ctx context.Context, a access.Actor, n NewOrg) (id.ID, error) {
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return s.insert(ctx, a.By(), n)
	})
	return doc, err
}

func (s *Service) insert(ctx context.Context, by id.By, n NewOrg) (id.ID, error) {
	now := s.clock.Now()
	r := rowOf(n, s.d.IDs.Next(), by.Org, now)
	if err := s.d.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			return 0, errs.Wrap(errs.Conflict, "partner.code_taken", err, "kind", n.Kind, "code", n.Code)
		}
		return 0, err
	}
	return r.ID, audit.Record(ctx, s.d, by, now, "partner.created", r.ID, audit.Diff(map[string][2]any{"kind": {"", n.Kind}, "code": {"", n.Code}}))
}

// Update changes an organisation: one's own, one that one registered and that has no people yet, or any by the operator.
// Conflict "changed" where the version is not the one that was seen.
func (s *Service) Update(ctx context.Context, a access.Actor, u UpdateOrg) (Org, error) {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return Org{}, err
	}
	u.Name, u.Zone = strings.TrimSpace(u.Name), orElse(u.Zone, "Asia/Jakarta")
	if bad := checkTexts(u.Name, u.Zone, u.TaxNo, u.Address, u.City, u.Phone); len(bad) > 0 {
		return Org{}, errs.OnFields("invalid", bad...)
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, u.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return u.Org, s.update(ctx, a, u)
	})
	if err != nil {
		return Org{}, err
	}
	return s.byID(ctx, u.Org)
}

func (s *Service) update(ctx context.Context, a access.Actor, u UpdateOrg) error {
	head, err := s.d.Head(ctx)
	if err != nil {
		return err
	}
	old, err := s.Org(ctx, a, u.Org)
	if err != nil {
		return err
	}
	if err := s.mayChange(ctx, a, old); err != nil {
		return err
	}
	if !u.Active && old.ID == a.Org {
		return errs.New(errs.Invalid, "partner.not_oneself")
	}
	res := s.d.W(ctx).Model(&orgRow{}).Where("id = ? AND version = ?", u.Org, u.Version).Updates(map[string]any{
		"name": u.Name, "name_fold": list.Fold(u.Name), "zone": u.Zone, "vat_registered": u.VATRegistered, "large": u.Large, "tax_no": u.TaxNo,
		"address": u.Address, "city": u.City, "phone": u.Phone, "active": u.Active, "version": u.Version + 1})
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	if err := s.d.Keep(ctx, head, "org", u.Org, "name", old.Name, u.Name); err != nil {
		return err
	}
	if err := s.d.Keep(ctx, head, "org", u.Org, "zone", old.Zone, u.Zone); err != nil {
		return err
	}
	// Names and addresses are personal data where the firm is a person: the audit says that they changed, not from what.
	diff := audit.Diff(map[string][2]any{"renamed": {false, old.Name != u.Name}, "vat_registered": {old.VATRegistered, u.VATRegistered},
		"active": {old.Active, u.Active}, "zone": {old.Zone, u.Zone}, "large": {old.Large, u.Large}})
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "partner.changed", u.Org, diff); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

func (s *Service) mayChange(ctx context.Context, a access.Actor, o Org) error {
	if o.ID == a.Org || a.Kind == "operator" {
		return nil
	}
	var people int64
	if err := s.d.R(ctx).Table("membership").Where("org = ?", o.ID).Count(&people).Error; err != nil {
		return err
	}
	if o.RegisteredBy != a.Org || people > 0 {
		return errs.New(errs.Forbidden, "partner.not_yours", "name", o.Name)
	}
	return nil
}

func changed(err error, rows int64) error {
	if err == nil && rows == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return err
}

// Org is an organisation that the actor may see: kind, code and name alone where no link between the two was agreed to, see near.
func (s *Service) Org(ctx context.Context, a access.Actor, org id.ID) (Org, error) {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil {
		return Org{}, err
	}
	cond, args := visibleOne(a, org)
	var r orgRow
	if err := s.d.R(ctx).Where("org.id = ?", org).Where(cond, args...).Take(&r).Error; err != nil {
		return Org{}, gone(err)
	}
	out, err := s.shown(ctx, a, []orgRow{r})
	if err != nil {
		return Org{}, err
	}
	return out[0], nil
}

func (s *Service) byID(ctx context.Context, org id.ID) (Org, error) {
	var r orgRow
	err := s.d.R(ctx).Where("id = ?", org).Take(&r).Error
	return r.org(), gone(err)
}

// List is the organisations that the actor sees, by name. Filter: q (part of the name, or the code), kind, inactive ("1": too).
func (s *Service) List(ctx context.Context, a access.Actor, q list.Query) (list.Page[Org], error) {
	var page list.Page[Org]
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	cond, args, many, err := s.seenBy(ctx, a)
	if err != nil {
		return page, err
	}
	// who is on the page first, by the index of names alone, and then what is shown of them
	ids, t := s.d.R(ctx).Table("org"), "org"
	if many {
		ids, t = s.d.R(ctx).Table("org n").Joins(s.named()), "n"
	}
	ids = ids.Select("org.id").Where(cond, args...).Where(t+".nameless = ?", false).Order(t + ".name_fold, " + t + ".id").Limit(q.Limit() + 1)
	if ok {
		ids = ids.Where("("+t+".name_fold > ? OR ("+t+".name_fold = ? AND "+t+".id > ?))", after.S, after.S, after.ID)
	}
	if v := strings.TrimSpace(q.Filter["q"]); v != "" {
		ids = ids.Where("("+t+".name_fold LIKE ? ESCAPE '!' OR "+t+".code = ?)", list.Like(v), v)
	}
	if v := q.Filter["kind"]; v != "" {
		ids = ids.Where(t+".kind = ?", v)
	}
	if q.Filter["inactive"] == "" {
		ids = ids.Where(t+".active = ?", true)
	}
	var rows []orgRow
	if err := s.d.R(ctx).Table("(?) AS f", ids).Select("org.*").Joins("JOIN org ON org.id = f.id").Order("org.name_fold, org.id").Find(&rows).Error; err != nil {
		return page, err
	}
	cut := list.Cut(rows, q.Limit(), func(r orgRow) list.Key { return list.Key{S: r.NameFold, ID: int64(r.ID)} })
	page.Next = cut.Next
	page.Items, err = s.shown(ctx, a, cut.Items)
	return page, err
}

// Resolve finds an organisation for the command line, whose user holds the database: by code, by kind/code, by id, or by name.
// A reference that several bear is Invalid "partner.ambiguous" and names their codes.
func (s *Service) Resolve(ctx context.Context, ref string) (Org, error) {
	ref = strings.TrimSpace(ref)
	ways := []func() ([]orgRow, error){
		func() ([]orgRow, error) { return s.where(ctx, "code = ?", ref) },
		func() ([]orgRow, error) {
			kind, code, ok := strings.Cut(ref, "/")
			if !ok {
				return nil, nil
			}
			return s.where(ctx, "kind = ? AND code = ?", kind, code)
		},
		func() ([]orgRow, error) {
			n, err := id.Parse(ref)
			if err != nil {
				return nil, nil
			}
			return s.where(ctx, "id = ?", n)
		},
		func() ([]orgRow, error) { return s.where(ctx, "name_fold = ?", list.Fold(ref)) },
	}
	for _, way := range ways {
		rows, err := way()
		if err != nil {
			return Org{}, err
		}
		if len(rows) == 1 {
			return rows[0].org(), nil
		}
		if len(rows) > 1 {
			var codes []string
			for _, r := range rows {
				codes = append(codes, r.Kind+"/"+r.Code)
			}
			return Org{}, errs.New(errs.Invalid, "partner.ambiguous", "ref", ref, "codes", strings.Join(codes, ", "))
		}
	}
	return Org{}, errs.New(errs.NotFound, "partner.unknown", "ref", ref)
}

func (s *Service) where(ctx context.Context, cond string, args ...any) (rows []orgRow, err error) {
	err = s.d.R(ctx).Where(cond, args...).Order("kind, code").Limit(20).Find(&rows).Error
	return rows, err
}

// KindOf is the kind of an organisation, for the laws of roles; a kind never changes, so it is read once. NotFound for an id
// that is no organisation. It shows nothing else, and names no viewer.
func (s *Service) KindOf(ctx context.Context, org id.ID) (string, error) {
	if k, ok := s.kinds.Load(org); ok {
		return k.(string), nil
	}
	var k []string
	if err := s.d.R(ctx).Model(&orgRow{}).Where("id = ?", org).Pluck("kind", &k).Error; err != nil {
		return "", err
	}
	if len(k) == 0 {
		return "", errs.Gone()
	}
	s.kinds.Store(org, k[0])
	return k[0], nil
}

// Carrier is nil where the actor sees an organisation that is an active carrier: NotFound where it does not see it, Invalid
// "partner.not_a_carrier" where it is none. What is done with the carrier has asked for its own right.
func (s *Service) Carrier(ctx context.Context, a access.Actor, org id.ID) error {
	cond, args := visibleOne(a, org)
	var r orgRow
	if err := s.d.R(ctx).Where("org.id = ?", org).Where(cond, args...).Take(&r).Error; err != nil {
		return gone(err)
	}
	if r.Kind != "carrier" || !r.Active {
		return errs.New(errs.Invalid, "partner.not_a_carrier", "name", r.Name)
	}
	return nil
}

// Names are the names of organisations whose ids the caller has from rows that its viewer may see.
func (s *Service) Names(ctx context.Context, ids []id.ID) (map[id.ID]string, error) {
	out := make(map[id.ID]string, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), chunk)
		var rows []struct {
			ID   id.ID
			Name string
		}
		if err := s.d.R(ctx).Model(&orgRow{}).Where("id IN ?", ids[:n]).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.Name
		}
		ids = ids[n:]
	}
	return out, nil
}

// walkInName is what documents call who buys over the counter, in the language of the seller's country.
func walkInName(country string) string {
	if country == "ID" {
		return "Pembeli umum"
	}
	return "Walk-in customer"
}

func namelessCode(seller id.ID) string { return fmt.Sprintf("walk-in-%d", seller) }

// Nameless is the consumer to whom a seller books its walk-in sales. It is made once; only the seller sees it.
func (s *Service) Nameless(ctx context.Context, seller id.ID) (id.ID, error) {
	find := func(ctx context.Context) ([]orgRow, error) {
		return s.where(ctx, "kind = 'consumer' AND code = ?", namelessCode(seller))
	}
	rows, err := find(ctx)
	if err != nil || len(rows) == 1 {
		return firstID(rows), err
	}
	o, err := s.byID(ctx, seller)
	if err != nil {
		return 0, err
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if rows, err = find(ctx); err != nil || len(rows) == 1 {
			return err
		}
		r := rowOf(NewOrg{Code: namelessCode(seller), Kind: "consumer", Name: walkInName(o.Country), Country: o.Country, Currency: o.Currency, Zone: o.Zone},
			s.d.IDs.Next(), seller, s.clock.Now())
		r.Nameless = true
		rows = []orgRow{r}
		if err := s.d.W(ctx).Create(&r).Error; err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
	if db.Classify(err) == db.Duplicate { // another instance was faster
		rows, err = find(ctx)
	}
	return firstID(rows), err
}

// WalkIn finds the consumer to whom a seller books its walk-in sales; 0 while there is none.
func (s *Service) WalkIn(ctx context.Context, seller id.ID) (id.ID, error) {
	rows, err := s.where(ctx, "kind = 'consumer' AND code = ?", namelessCode(seller))
	return firstID(rows), err
}

func firstID(rows []orgRow) id.ID {
	if len(rows) == 0 {
		return 0
	}
	return rows[0].ID
}
