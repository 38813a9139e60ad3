package desk

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/text"
)

const (
	columns = "id, org, person, list, name, query, team, ended_us, created_us, version"
	seen    = "org = ? AND (person = ? OR team = ?)"
)

// Views are the views of a list that the actor sees: the own ones and those of the team, oldest first.
func (s *Service) Views(ctx context.Context, a access.Actor, list string) ([]View, error) {
	if _, ok := Lists[list]; !ok {
		return nil, errs.Gone()
	}
	var out []View
	err := s.DB.R(ctx).Raw("SELECT "+columns+" FROM desk_view WHERE "+seen+" AND list = ? AND ended_us = 0 ORDER BY id LIMIT ?", a.Org, a.Person, true, list, MaxViews).Scan(&out).Error
	for i := range out {
		out[i].Mine = out[i].Person == a.Person
	}
	return out, err
}

// View is one view that the actor sees; with ended also one that was taken away.
func (s *Service) View(ctx context.Context, a access.Actor, no id.ID, ended bool) (View, error) {
	var out []View
	err := s.DB.R(ctx).Raw("SELECT "+columns+" FROM desk_view WHERE "+seen+" AND id = ?", a.Org, a.Person, true, no).Scan(&out).Error
	if err != nil {
		return View{}, err
	}
	if len(out) == 0 || out[0].Ended != 0 && !ended {
		return View{}, errs.Gone()
	}
	out[0].Mine = out[0].Person == a.Person
	return out[0], nil
}

// Save keeps a view. Right: for the team, desk share. Errors: view.no_list, view.too_many, invalid_fields, glass.read_only.
func (s *Service) Save(ctx context.Context, a access.Actor, k audit.Key, v View) (View, error) {
	if err := s.may(ctx, a, v.Team); err != nil {
		return View{}, err
	}
	query, ok := Clean(v.List, v.Query)
	if !ok {
		return View{}, errs.OnFields("view.no_list", errs.F("query", "view.no_list"))
	}
	if err := named(&v.Name); err != nil {
		return View{}, err
	}
	now := s.Clock.Now()
	no, _, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.room(ctx, a, v.List); err != nil {
			return 0, err
		}
		row := View{ID: s.DB.IDs.Next(), Org: a.Org, Person: a.Person, List: v.List, Name: v.Name, Query: query, Team: v.Team, Created: now, Version: 1}
		if err := s.DB.W(ctx).Create(&row).Error; err != nil {
			return 0, err
		}
		return row.ID, audit.Record(ctx, s.DB, a.By(), now, "view.saved", row.ID, audit.One("list", "", v.List))
	})
	if err != nil {
		return View{}, err
	}
	return s.View(ctx, a, no, true)
}

// room refuses one view too many.
func (s *Service) room(ctx context.Context, a access.Actor, list string) error {
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM desk_view WHERE "+seen+" AND list = ? AND ended_us = 0", a.Org, a.Person, true, list).Scan(&n).Error
	if err == nil && n >= MaxViews {
		return errs.New(errs.Conflict, "view.too_many", "n", fmt.Sprint(MaxViews))
	}
	return err
}

// Change gives a view another name, and shows it to the team or no more. "" leaves the name. Errors: not_found, changed, view.not_yours.
func (s *Service) Change(ctx context.Context, a access.Actor, no id.ID, version int64, name string, team bool) (View, error) {
	v, err := s.own(ctx, a, no, false)
	if err != nil {
		return View{}, err
	}
	if team && !v.Team {
		if err := s.may(ctx, a, true); err != nil {
			return View{}, err
		}
	}
	if strings.TrimSpace(name) == "" {
		name = v.Name
	}
	if err := named(&name); err != nil {
		return View{}, err
	}
	return s.set(ctx, a, v, version, "view.changed", map[string]any{"name": name, "team": team})
}

// End takes a view away; Restore brings it back, where it is one's own to take away. Twice is once.
func (s *Service) End(ctx context.Context, a access.Actor, no id.ID, version int64) (View, error) {
	v, err := s.own(ctx, a, no, true)
	if err != nil || v.Ended != 0 {
		return v, err
	}
	return s.set(ctx, a, v, version, "view.ended", map[string]any{"ended_us": s.Clock.Now()})
}

// Restore undoes End.
func (s *Service) Restore(ctx context.Context, a access.Actor, no id.ID) (View, error) {
	v, err := s.own(ctx, a, no, true)
	if err != nil || v.Ended == 0 {
		return v, err
	}
	if err := s.room(ctx, a, v.List); err != nil {
		return View{}, err
	}
	return s.set(ctx, a, v, v.Version, "view.restored", map[string]any{"ended_us": 0})
}

// own is a view that the actor may change: its own, or the team's where it may share.
func (s *Service) own(ctx context.Context, a access.Actor, no id.ID, ended bool) (View, error) {
	v, err := s.View(ctx, a, no, ended)
	if err != nil {
		return View{}, err
	}
	if err := s.may(ctx, a, !v.Mine); err != nil {
		if errs.Is(err, errs.Forbidden) && a.Glass == 0 {
			err = errs.New(errs.Forbidden, "view.not_yours")
		}
		return View{}, err
	}
	return v, nil
}

// set changes a view; version 0 is whatever it is now.
func (s *Service) set(ctx context.Context, a access.Actor, v View, version int64, action string, to map[string]any) (View, error) {
	if version == 0 {
		version = v.Version
	}
	err := s.DB.InTx(ctx, func(ctx context.Context) error {
		to["version"] = version + 1
		res := s.DB.W(ctx).Model(&View{}).Where("id = ? AND org = ? AND version = ?", v.ID, a.Org, version).Updates(to)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return errs.New(errs.Conflict, "changed")
		}
		return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, v.ID, audit.One("list", "", v.List))
	})
	if err != nil {
		return View{}, err
	}
	return s.View(ctx, a, v.ID, true)
}

// may refuses who only looks into the organisation, and, for what the team sees, who may not share.
func (s *Service) may(ctx context.Context, a access.Actor, team bool) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	if team {
		return s.Gate.Require(ctx, a, access.Own, "desk", "share")
	}
	return nil
}

func named(name *string) error {
	if bad := text.Line("name", name, maxName); len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	if *name == "" {
		return errs.OnFields("invalid_fields", errs.F("name", "view.name"))
	}
	return nil
}
