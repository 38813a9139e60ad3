package sharing

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

type row struct {
	ID         id.ID
	Grantor    id.ID
	Viewer     id.ID
	Measure    string
	Period     string
	Goods      string
	Place      string
	DelayDays  int64
	MinGroup   int64
	Purpose    string
	SinceOn    clock.Date
	UntilOn    clock.Date
	Valued     bool
	Status     string
	MaskKey    []byte
	Live       *string
	OfferedUS  clock.Instant `gorm:"column:offered_us"`
	OfferedBy  id.ID
	AnsweredUS clock.Instant `gorm:"column:answered_us"`
	AnsweredBy id.ID
	EndedUS    clock.Instant `gorm:"column:ended_us"`
	EndedBy    id.ID
	Version    int64
}

func (row) TableName() string { return "sharing" }

type viewRow struct {
	Row                     row `gorm:"embedded"`
	GrantorName, ViewerName string
	Zone, City              string // of the grantor
}

func (v viewRow) sharing(now clock.Instant) Sharing {
	r := v.Row
	s := Sharing{ID: r.ID, Grantor: r.Grantor, Viewer: r.Viewer, GrantorName: v.GrantorName, ViewerName: v.ViewerName,
		Terms: Terms{Measure: r.Measure, Period: r.Period, Goods: r.Goods, Place: r.Place, Delay: r.DelayDays, MinGroup: r.MinGroup, Purpose: r.Purpose,
			Since: r.SinceOn, Until: r.UntilOn, Values: r.Valued},
		Status: r.Status, Offered: r.OfferedUS, Answered: r.AnsweredUS, EndedAt: r.EndedUS, Version: r.Version, zone: v.Zone, city: v.City, key: r.MaskKey}
	if (s.Status == Offered || s.Status == Active) && now.In(v.Zone) > s.Until {
		s.Status = Expired
	}
	return s
}

type lookRow struct {
	ID      id.ID
	Sharing id.ID
	Grantor id.ID
	Viewer  id.ID
	Person  id.ID
	AtUS    clock.Instant `gorm:"column:at_us"`
	Way     string
	Asked   string
	Shown   int64
}

func (lookRow) TableName() string { return "sharing_look" }

// seen begins a question about the agreements that an organisation is a party of.
func (s *Service) seen(ctx context.Context, org id.ID) *gorm.DB {
	return s.d.R(ctx).Table("sharing").Select("sharing.*, g.name AS grantor_name, v.name AS viewer_name, g.zone AS zone, g.city AS city").
		Joins("JOIN org g ON g.id = sharing.grantor").Joins("JOIN org v ON v.id = sharing.viewer").
		Where("(sharing.grantor = ? OR sharing.viewer = ?)", org, org)
}

func gone(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return errs.Gone()
	}
	return err
}
