package goods

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Place is where goods may stand. A quarantine belongs to a warehouse (Parent) and holds what may not be sold.
type Place struct {
	ID            id.ID
	Org           id.ID
	Kind          string // warehouse, quarantine
	Name, Address string
	Parent        id.ID
	Main, Active  bool
	Version       int64
}

// Kinds of places.
const (
	Warehouse  = "warehouse"
	Quarantine = "quarantine"
)

const placeColumns = "id, org, kind, name, address, parent, main, active, version"

// AddPlace makes a warehouse of the acting organisation; its first one is its main one. Consumers and agents have no place of
// their own. Sent twice with one key it answers the first place.
func (s *Service) AddPlace(ctx context.Context, a access.Actor, k audit.Key, name, address string, main bool) (Place, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "place", "create"); err != nil {
		return Place{}, err
	}
	switch a.Kind {
	case "consumer", "agent", "financier", "operator":
		return Place{}, errs.New(errs.Forbidden, "place.kind_holds_no_goods", "kind", a.Kind)
	}
	name, err := named("name", name, 120)
	if err != nil {
		return Place{}, err
	}
	if address, err = addressed(address); err != nil {
		return Place{}, err
	}
	no, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		p := Place{ID: s.DB.IDs.Next(), Org: a.Org, Kind: Warehouse, Name: name, Address: address, Main: main, Active: true, Version: 1}
		return p.ID, s.addPlace(ctx, a, p)
	})
	if db.Classify(err) == db.Duplicate {
		return Place{}, errs.OnFields("place.name_taken", errs.F("name", "place.name_taken", "name", name))
	}
	if err != nil {
		return Place{}, err
	}
	return s.place(ctx, a.Org, no)
}

func (s *Service) addPlace(ctx context.Context, a access.Actor, p Place) error {
	var n int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM place WHERE org = ? AND kind = 'warehouse' AND main = ?", a.Org, true).Scan(&n).Error; err != nil {
		return err
	}
	p.Main = p.Main || n == 0
	if p.Main {
		if err := s.DB.W(ctx).Exec("UPDATE place SET main = ?, version = version + 1 WHERE org = ? AND main = ?", false, a.Org, true).Error; err != nil {
			return err
		}
	}
	if err := s.insert(ctx, p); err != nil {
		return err
	}
	if err := audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "place.added", p.ID, audit.Diff(map[string][2]any{"active": {false, true}, "main": {false, p.Main}})); err != nil {
		return err
	}
	return s.DB.BumpMaster(ctx) // deals know the main warehouses
}

func (s *Service) insert(ctx context.Context, all ...Place) error {
	args := make([]any, 0, 9*len(all))
	for _, p := range all {
		args = append(args, p.ID, p.Org, p.Kind, p.Name, p.Address, p.Parent, p.Main, p.Active, p.Version)
	}
	rows := strings.Repeat(", (?, ?, ?, ?, ?, ?, ?, ?, ?)", len(all))[2:]
	return s.DB.W(ctx).Exec("INSERT INTO place ("+placeColumns+") VALUES "+rows, args...).Error
}

// ChangePlace renames a place, makes it the main one, or puts it out of use. One that holds goods stays in use. Sent twice with
// one key it changes once.
func (s *Service) ChangePlace(ctx context.Context, a access.Actor, k audit.Key, p Place) (Place, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "place", "change"); err != nil {
		return Place{}, err
	}
	var err error
	if p.Name, err = named("name", p.Name, 120); err != nil {
		return Place{}, err
	}
	if p.Address, err = addressed(p.Address); err != nil {
		return Place{}, err
	}
	_, _, err = audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		return p.ID, s.changePlace(ctx, a, p)
	})
	if db.Classify(err) == db.Duplicate {
		return Place{}, errs.OnFields("place.name_taken", errs.F("name", "place.name_taken", "name", p.Name))
	}
	if err != nil {
		return Place{}, err
	}
	return s.place(ctx, a.Org, p.ID)
}

func (s *Service) changePlace(ctx context.Context, a access.Actor, p Place) error {
	head, err := s.DB.Head(ctx)
	if err != nil {
		return err
	}
	was, err := s.place(ctx, a.Org, p.ID)
	if err != nil {
		return err
	}
	if p.Version != 0 && p.Version != was.Version {
		return errs.New(errs.Conflict, "changed")
	}
	if err := s.mayLeave(ctx, was, p); err != nil {
		return err
	}
	main := (p.Main || was.Main) && was.Kind == Warehouse
	if main && !was.Main {
		if err := s.DB.W(ctx).Exec("UPDATE place SET main = ?, version = version + 1 WHERE org = ? AND main = ?", false, a.Org, true).Error; err != nil {
			return err
		}
	}
	r := s.DB.W(ctx).Exec("UPDATE place SET name = ?, address = ?, main = ?, active = ?, version = version + 1 WHERE id = ? AND org = ? AND version = ?",
		p.Name, p.Address, main, p.Active, p.ID, a.Org, was.Version)
	if r.Error == nil && r.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	if r.Error != nil {
		return r.Error
	}
	if err := s.DB.Keep(ctx, head, "place", p.ID, "name", was.Name, p.Name); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"renamed": {false, was.Name != p.Name}, "main": {was.Main, main}, "active": {was.Active, p.Active}})
	if err := audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "place.changed", p.ID, diff); err != nil {
		return err
	}
	return s.DB.BumpMaster(ctx)
}

// mayLeave refuses to put a place out of use that holds goods or is the main one.
func (s *Service) mayLeave(ctx context.Context, was, is Place) error {
	if is.Active || !was.Active {
		return nil
	}
	if was.Main {
		return errs.New(errs.Conflict, "place.is_main", "name", was.Name)
	}
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM account a JOIN balance b ON b.acct = a.acct WHERE a.place = ? AND b.posted > 0", was.ID).Scan(&n).Error
	if err == nil && n > 0 {
		return errs.New(errs.Conflict, "place.holds_goods", "name", was.Name)
	}
	return err
}

func (s *Service) place(ctx context.Context, org, no id.ID) (Place, error) {
	var rows []Place
	if err := s.DB.R(ctx).Raw("SELECT "+placeColumns+" FROM place WHERE id = ? AND org = ?", no, org).Scan(&rows).Error; err != nil {
		return Place{}, fmt.Errorf("read place %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Place{}, errs.Gone()
	}
	return rows[0], nil
}

// Places are those of the acting organisation, the main one first.
func (s *Service) Places(ctx context.Context, a access.Actor) (out []Place, err error) {
	if err := s.Gate.Require(ctx, a, access.Own, "place", "read"); err != nil {
		return nil, err
	}
	err = s.DB.R(ctx).Raw("SELECT "+placeColumns+" FROM place WHERE org = ? ORDER BY main DESC, kind DESC, name", a.Org).Scan(&out).Error
	return out, err
}

// Quarantine is where an organisation keeps damaged goods of a warehouse; it is made when it is missing. Only other contexts
// call it, within a use case that has asked for its own right.
func (s *Service) Quarantine(ctx context.Context, org, warehouse id.ID) (id.ID, error) {
	find := func() (no []id.ID, err error) {
		err = s.DB.R(ctx).Raw("SELECT id FROM place WHERE org = ? AND kind = 'quarantine' AND parent = ? ORDER BY id", org, warehouse).Scan(&no).Error
		return no, err
	}
	no, err := find()
	if err != nil || len(no) > 0 {
		return first(no), err
	}
	w, err := s.place(ctx, org, warehouse)
	if err != nil {
		return 0, err
	}
	if w.Kind == Quarantine {
		return w.ID, nil
	}
	p := Place{ID: s.DB.IDs.Next(), Org: org, Kind: Quarantine, Name: w.Name, Parent: w.ID, Active: true, Version: 1}
	err = s.DB.InTx(ctx, func(ctx context.Context) error { return s.insert(ctx, p) })
	if db.Classify(err) == db.Duplicate { // somebody made it meanwhile
		no, err = find()
		return first(no), err
	}
	return p.ID, err
}

func first(no []id.ID) id.ID {
	if len(no) == 0 {
		return 0
	}
	return no[0]
}

// Place is one place of the acting organisation. Right: place read.
func (s *Service) Place(ctx context.Context, a access.Actor, no id.ID) (Place, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "place", "read"); err != nil {
		return Place{}, err
	}
	return s.place(ctx, a.Org, no)
}
