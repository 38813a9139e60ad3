package desk

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// choice is one thing that a person has chosen; of no organisation where it holds in all of them.
type choice struct {
	Person id.ID  `gorm:"primaryKey"`
	Org    id.ID  `gorm:"primaryKey"`
	Name   string `gorm:"primaryKey"`
	Value  string
}

func (choice) TableName() string { return "desk_choice" }

const (
	keysOff  = "keys_off"
	dense    = "dense"
	leaveOut = "without:"
	stepsOff = "steps_off"
)

// Choices are what the acting person has chosen.
func (s *Service) Choices(ctx context.Context, a access.Actor) (Choices, error) {
	out := Choices{Keys: true, Steps: true, Columns: map[string][]string{}}
	var rows []choice
	if err := s.DB.R(ctx).Raw("SELECT person, org, name, value FROM desk_choice WHERE person = ? AND org IN ?", a.Person, []id.ID{0, a.Org}).Scan(&rows).Error; err != nil {
		return out, err
	}
	for _, r := range rows {
		switch list, is := strings.CutPrefix(r.Name, leaveOut); {
		case r.Name == keysOff:
			out.Keys = false
		case r.Name == stepsOff:
			out.Steps = false
		case r.Name == dense:
			out.Dense = true
		case is:
			out.Columns[list] = strings.Split(r.Value, ",")
		}
	}
	return out, nil
}

// SetKeys switches single keys on or off, in every organisation of the person.
func (s *Service) SetKeys(ctx context.Context, a access.Actor, on bool) error {
	return s.choose(ctx, a, "desk.keys", choice{a.Person, 0, keysOff, "1"}, !on)
}

// SetSteps leaves the first steps, or brings them back, in the acting organisation.
func (s *Service) SetSteps(ctx context.Context, a access.Actor, on bool) error {
	return s.choose(ctx, a, "desk.steps", choice{a.Person, a.Org, stepsOff, "1"}, !on)
}

// SetList says which columns of a list the person leaves out, and whether the rows of all lists stand close together. Errors:
// not_found (no such list), invalid_fields (column).
func (s *Service) SetList(ctx context.Context, a access.Actor, list string, without []string, close bool) error {
	if _, ok := Lists[list]; !ok {
		return errs.Gone()
	}
	without = slices.Compact(slices.Sorted(slices.Values(without)))
	for _, c := range without {
		if c == "" || len(c) > 30 || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_") != "" || len(without) > 12 {
			return errs.OnFields("invalid_fields", errs.F("column", "view.no_column"))
		}
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.choose(ctx, a, "desk.columns", choice{a.Person, a.Org, leaveOut + list, strings.Join(without, ",")}, len(without) > 0); err != nil {
			return err
		}
		return s.choose(ctx, a, "desk.dense", choice{a.Person, a.Org, dense, "1"}, close)
	})
}

// choose writes a choice, or takes it away.
func (s *Service) choose(ctx context.Context, a access.Actor, action string, c choice, on bool) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		var err error
		if on {
			err = s.DB.W(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person"}, {Name: "org"}, {Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"value"})}).Create(&c).Error
		} else {
			err = s.DB.W(ctx).Exec("DELETE FROM desk_choice WHERE person = ? AND org = ? AND name = ?", c.Person, c.Org, c.Name).Error
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, a.Person, audit.One("on", "", on))
	})
}
