package identity

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/id"
)

type roleRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Org       id.ID
	Role      string
	Name      string
	OpenName  *string // the folded name while the role is in use: unique in its organisation
	Base      string
	CreatedUs clock.Instant
	EndedUs   clock.Instant
	Version   int64
}

func (roleRow) TableName() string { return "role_def" }

type grantRow struct {
	Def     id.ID `gorm:"primaryKey;autoIncrement:false"`
	Version int64 `gorm:"primaryKey;autoIncrement:false"`
	Rel     string
	Object  string
	Action  string
}

func (grantRow) TableName() string { return "role_grant" }

// findRole is a role in use of an organisation; the zero row where there is none.
func findRole(ctx context.Context, d *db.DB, org id.ID, role string) (roleRow, error) {
	var rows []roleRow
	err := d.R(ctx).Where("org = ? AND role = ? AND ended_us = 0", org, role).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return roleRow{}, err
	}
	return rows[0], nil
}

// grantsOf is what a version of a role grants.
func grantsOf(ctx context.Context, d *db.DB, def id.ID, version int64) ([]access.Grant, error) {
	var rows []grantRow
	if err := d.R(ctx).Where("def = ? AND version = ?", def, version).Order("object, rel, action").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("grants of role %d: %w", def, err)
	}
	out := make([]access.Grant, len(rows))
	for i, r := range rows {
		out[i] = access.Grant{Rel: access.Rel(r.Rel), Object: r.Object, Action: r.Action}
	}
	return out, nil
}

func saveGrants(ctx context.Context, d *db.DB, def id.ID, version int64, all []access.Grant) error {
	rows := make([]grantRow, len(all))
	for i, g := range all {
		rows[i] = grantRow{def, version, string(g.Rel), g.Object, g.Action}
	}
	return d.W(ctx).CreateInBatches(rows, 200).Error
}
