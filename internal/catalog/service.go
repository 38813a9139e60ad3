package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Service is the catalogue's use cases.
type Service struct {
	d     *db.DB
	clock clock.Clock
	gate  Gate
	deals Terms
	items *db.Cache[listDay, *Offering]
}

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// Terms says under which list a buyer is served by a seller on a day, with the seller's country and currency. NotFound where
// the viewer is not a party.
type Terms interface {
	ListFor(ctx context.Context, viewer, seller, buyer id.ID, on clock.Date) (priceList id.ID, country, currency string, err error)
}

// New makes the service; deals may be nil where buyers' offers are not asked for.
func New(d *db.DB, c clock.Clock, g Gate, deals Terms) *Service {
	return &Service{d: d, clock: c, gate: g, deals: deals, items: db.NewCache[listDay, *Offering](d, 2000)}
}

// AddProduct makes a product of the acting organisation. Right: product write. Errors: invalid_fields, product.sku_taken.
func (s *Service) AddProduct(ctx context.Context, a access.Actor, k audit.Key, p Product) (Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "write"); err != nil {
		return Product{}, err
	}
	if err := p.check(); err != nil {
		return Product{}, err
	}
	doc, replayed, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		p.ID, p.Producer, p.Active, p.Version = s.d.IDs.Next(), a.Org, true, 1
		row := p.row()
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return 0, duplicate(err, "product.sku_taken", "sku", p.SKU)
		}
		if err := s.saveUnits(ctx, p); err != nil {
			return 0, err
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "product.added", p.ID, audit.Diff(map[string][2]any{"sku": {"", p.SKU}, "name": {"", p.Name}, "base_unit": {"", p.BaseUnit}})); err != nil {
			return 0, err
		}
		return p.ID, s.d.BumpMaster(ctx)
	})
	if err != nil || !replayed {
		return p, err
	}
	return s.Product(ctx, a, doc)
}

func duplicate(err error, code string, args ...string) error {
	if db.Classify(err) == db.Duplicate {
		return errs.Wrap(errs.Conflict, code, err, args...)
	}
	return err
}

func (s *Service) saveUnits(ctx context.Context, p Product) error {
	if err := s.d.W(ctx).Where("product = ?", p.ID).Delete(&unitRow{}).Error; err != nil {
		return err
	}
	rows := []unitRow{{p.ID, p.BaseUnit, qty.Scale}}
	for _, u := range p.Units {
		if u.Name != p.BaseUnit {
			rows = append(rows, unitRow{p.ID, u.Name, u.Base})
		}
	}
	return s.d.W(ctx).Create(&rows).Error
}

// ChangeProduct changes name, units, tax class, GTIN and whether it is active; SKU, base unit and decimals stand for ever,
// because orders count in them. Version is the one that was seen. Sent twice with one key it changes once.
func (s *Service) ChangeProduct(ctx context.Context, a access.Actor, k audit.Key, p Product) (Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "write"); err != nil {
		return Product{}, err
	}
	old, err := s.own(ctx, a, p.ID)
	if err != nil {
		return Product{}, err
	}
	p.Producer, p.SKU, p.BaseUnit, p.Decimals, p.Service = a.Org, old.SKU, old.BaseUnit, old.Decimals, old.Service
	if err := p.check(); err != nil {
		return Product{}, err
	}
	_, _, err = audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return p.ID, s.changeProduct(ctx, a, p)
	})
	if err != nil {
		return p, err
	}
	return s.Product(ctx, a, p.ID)
}

func (s *Service) changeProduct(ctx context.Context, a access.Actor, p Product) error {
	head, err := s.d.Head(ctx)
	if err != nil {
		return err
	}
	old, err := s.own(ctx, a, p.ID)
	if err != nil {
		return err
	}
	row := p.row()
	res := s.d.W(ctx).Model(&productRow{}).Where("id = ? AND producer = ? AND version = ?", p.ID, a.Org, p.Version).Updates(map[string]any{
		"name": row.Name, "name_fold": row.NameFold, "vat_class": row.VatClass, "gtin": row.Gtin, "expires": row.Expires, "active": row.Active, "version": p.Version + 1})
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	if err := s.d.Keep(ctx, head, "product", p.ID, "name", old.Name, p.Name); err != nil {
		return err
	}
	if err := s.saveUnits(ctx, p); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"name": {old.Name, p.Name}, "vat_class": {old.VATClass, p.VATClass}, "gtin": {old.GTIN, p.GTIN}, "active": {old.Active, p.Active}})
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "product.changed", p.ID, diff); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

func (s *Service) own(ctx context.Context, a access.Actor, pid id.ID) (Product, error) {
	var r productRow
	err := s.d.R(ctx).Where("id = ? AND producer = ?", pid, a.Org).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Product{}, errs.Gone()
	}
	return r.product(), err
}

// visible is the condition that a product may be seen: its producer, whoever has it on a list, whoever trades it. It stands on the row
// that is looked for, and so costs more where there is one: what is asked about one product by its id goes through within. It is one EXISTS
// over both kinds of lists: of one by itself MariaDB would make the set of all that the viewer sees, for each page.
const visible = "(product.producer = ? OR EXISTS (SELECT 1 FROM price p JOIN price_list l ON l.id = p.list WHERE p.product = product.id AND l.org = ?" +
	" UNION ALL SELECT 1 FROM price p JOIN price_list l ON l.id = p.list WHERE p.product = product.id AND " + given + "))"

// given is the condition that a price list was offered to the viewer, or to a buyer whose agent it is.
const given = "EXISTS (SELECT 1 FROM agreement g JOIN link k ON k.id = g.link WHERE g.price_list = l.id AND g.seller_by <> 0 AND g.declined_by = 0 AND (g.buyer = ? OR k.agent = ?))"

// mine are the lists that the viewer sees, found from its own side.
const mine = "SELECT l.id FROM price_list l WHERE l.org = ? UNION SELECT g.price_list FROM agreement g WHERE g.buyer = ? AND g.seller_by <> 0 AND g.declined_by = 0" +
	" UNION SELECT l.id FROM price_list l WHERE l.org IN (SELECT DISTINCT k.seller FROM link k WHERE k.agent = ?) AND EXISTS" +
	" (SELECT 1 FROM link k JOIN agreement g ON g.link = k.id WHERE k.agent = ? AND k.seller = l.org AND g.price_list = l.id AND g.seller_by <> 0 AND g.declined_by = 0)"

// mostLists is of how many lists a question names each.
const mostLists = 500

// lists are those that the viewer sees.
func (s *Service) lists(ctx context.Context, viewer id.ID) (out []id.ID, err error) {
	if err = s.d.R(ctx).Raw(mine, viewer, viewer, viewer, viewer).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("price lists that %d sees: %w", viewer, err)
	}
	return out, nil
}

// seen is visible as it suits a viewer: nearly all see few lists, and products are looked for on those. An agent that looks after very many
// buyers would be looked for among their agreements, for each product anew.
func (s *Service) seen(ctx context.Context, viewer id.ID) (cond string, args []any, err error) {
	on, err := s.lists(ctx, viewer)
	if err != nil {
		return "", nil, err
	}
	if len(on) > mostLists {
		return visible, []any{viewer, viewer, viewer, viewer}, nil
	}
	if len(on) == 0 {
		return "product.producer = ?", []any{viewer}, nil
	}
	return "(product.producer = ? OR EXISTS (SELECT 1 FROM price p WHERE p.product = product.id AND p.list = ? UNION ALL SELECT 1 FROM price p WHERE p.product = product.id AND p.list IN ?))", []any{viewer, on[0], on}, nil
}

// within finds a product by its id among those of the viewer. What there is to do is the same whether the id is of somebody else's
// product or of none, so that the time of an answer tells nothing: the lists of the viewer are gathered first, and the one index of
// prices and the one of products are asked for the id and the viewer together.
func (s *Service) within(ctx context.Context, viewer, pid id.ID) ([]productRow, error) {
	lists, err := s.lists(ctx, viewer)
	if err != nil {
		return nil, err
	}
	var on int64
	for part := range slices.Chunk(lists, 500) {
		if on > 0 {
			break
		}
		if err := s.d.R(ctx).Model(&priceRow{}).Where("product = ? AND list IN ?", pid, part).Count(&on).Error; err != nil {
			return nil, err
		}
	}
	var rows []productRow
	err = s.d.R(ctx).Where("id = ? AND (producer = ? OR ? > 0)", pid, viewer, on).Limit(1).Find(&rows).Error
	return rows, err
}

// Known tells whether an organisation makes, sells or is offered a product. It asks for no right: it is for contexts that answer
// nothing about the product itself.
func (s *Service) Known(ctx context.Context, org, product id.ID) (bool, error) {
	rows, err := s.within(ctx, org, product)
	return len(rows) > 0, err
}

// Product is one product that the acting organisation makes, sells or is offered.
func (s *Service) Product(ctx context.Context, a access.Actor, pid id.ID) (Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "read"); err != nil {
		return Product{}, err
	}
	rows, err := s.within(ctx, a.Org, pid)
	if err != nil {
		return Product{}, err
	}
	if len(rows) == 0 {
		return Product{}, errs.Gone()
	}
	ps := []Product{rows[0].product()}
	err = s.withUnits(ctx, ps)
	return ps[0], err
}

// Products lists what the acting organisation makes, sells or is offered, by name. Filter: q (part of name or SKU), mine=1.
func (s *Service) Products(ctx context.Context, a access.Actor, q list.Query) (list.Page[Product], error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "read"); err != nil {
		return list.Page[Product]{}, err
	}
	k, ok, err := q.After()
	if err != nil {
		return list.Page[Product]{}, err
	}
	cond, args, err := s.seen(ctx, a.Org)
	if err != nil {
		return list.Page[Product]{}, err
	}
	// which products first, and then what is shown of them; a search goes through the names, and asks who may see what it has found
	ids, n := s.d.R(ctx).Table("product"), "product"
	if t := list.Fold(q.Filter["q"]); t != "" {
		ids, n = s.d.R(ctx).Table("product n").Joins(strings.TrimLeft(s.d.InOrder(), " ")+"product ON product.id = n.id").Where("n.name_fold LIKE ?", "%"+likeSafe(t)+"%"), "n"
	}
	ids = ids.Select("product.id").Where(cond, args...).Order(n + ".name_fold, " + n + ".id").Limit(q.Limit() + 1)
	if q.Filter["mine"] != "" {
		ids = ids.Where("product.producer = ?", a.Org)
	}
	if ok {
		ids = ids.Where("("+n+".name_fold > ? OR ("+n+".name_fold = ? AND "+n+".id > ?))", k.S, k.S, k.ID)
	}
	var rows []productRow
	if err := s.d.R(ctx).Table("(?) AS f", ids).Select("product.*").Joins("JOIN product ON product.id = f.id").Order("product.name_fold, product.id").Find(&rows).Error; err != nil {
		return list.Page[Product]{}, fmt.Errorf("list products: %w", err)
	}
	cut := list.Cut(rows, q.Limit(), func(r productRow) list.Key { return list.Key{S: r.NameFold, ID: int64(r.ID)} })
	out := list.Page[Product]{Next: cut.Next, Items: make([]Product, len(cut.Items))}
	for i, r := range cut.Items {
		out.Items[i] = r.product()
	}
	return out, s.withUnits(ctx, out.Items)
}

func likeSafe(s string) string {
	out := make([]rune, 0, len(s))
	for _, c := range s {
		if c != '%' && c != '_' && c != '\\' {
			out = append(out, c)
		}
	}
	return string(out)
}

// AddList makes a price list of the acting organisation. Right: price write.
func (s *Service) AddList(ctx context.Context, a access.Actor, k audit.Key, l PriceList) (PriceList, error) {
	if err := s.gate.Require(ctx, a, access.Own, "price", "write"); err != nil {
		return PriceList{}, err
	}
	if _, err := money.Lookup(l.Currency); err != nil {
		return PriceList{}, errs.OnFields("invalid_fields", errs.F("currency", "currency_unknown", "currency", l.Currency))
	}
	if bad := text.Line("name", &l.Name, 120); len(bad) > 0 {
		return PriceList{}, errs.OnFields("invalid_fields", bad...)
	}
	if l.Name == "" {
		return PriceList{}, errs.OnFields("invalid_fields", errs.F("name", "field.length_1_120"))
	}
	doc, replayed, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		l.ID, l.Org, l.Version = s.d.IDs.Next(), a.Org, 1
		row := listRow(l)
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return 0, duplicate(err, "price_list.name_taken", "name", l.Name)
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "price_list.added", l.ID, audit.Diff(map[string][2]any{"name": {"", l.Name}, "currency": {"", l.Currency}})); err != nil {
			return 0, err
		}
		return l.ID, s.d.BumpMaster(ctx)
	})
	if err != nil || !replayed {
		return l, err
	}
	return s.List(ctx, a, doc)
}

// List is one price list of the acting organisation.
func (s *Service) List(ctx context.Context, a access.Actor, lid id.ID) (PriceList, error) {
	if err := s.gate.Require(ctx, a, access.Own, "price", "read"); err != nil {
		return PriceList{}, err
	}
	var r listRow
	err := s.d.R(ctx).Where("id = ? AND org = ?", lid, a.Org).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PriceList{}, errs.Gone()
	}
	return PriceList(r), err
}

// Lists are the price lists of the acting organisation, by name; at most 200.
func (s *Service) Lists(ctx context.Context, a access.Actor) ([]PriceList, error) {
	if err := s.gate.Require(ctx, a, access.Own, "price", "read"); err != nil {
		return nil, err
	}
	var rows []listRow
	err := s.d.R(ctx).Where("org = ?", a.Org).Order("name").Limit(list.MaxSize).Find(&rows).Error
	out := make([]PriceList, len(rows))
	for i, r := range rows {
		out[i] = PriceList(r)
	}
	return out, err
}
