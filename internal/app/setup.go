package app

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// Empty tells whether the database has no organisation yet.
func (a *App) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := a.DB.R(ctx).Raw("SELECT COUNT(*) FROM org").Scan(&n).Error
	return n == 0, err
}

// CheckSetup says what is wrong with the words of a Setup, before there is a database.
func CheckSetup(operator string, first partner.NewOrg, owner identity.NewPerson) error {
	op := operatorOf(operator, first)
	op.Kind = "operator"
	for _, check := range []func() error{op.Check, first.Check, func() error { return owner.Check(first.Kind) }} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func operatorOf(name string, first partner.NewOrg) partner.NewOrg {
	return partner.NewOrg{Code: "OPERATOR", Name: name, Country: first.Country, Currency: first.Currency, Zone: first.Zone}
}

// Setup makes the operator and the first organisation with its main warehouse, in an empty database, and the person who owns the
// one and runs the other. Errors: setup.done, what is wrong with the names.
func (a *App) Setup(ctx context.Context, operator string, first partner.NewOrg, owner identity.NewPerson) (org partner.Org, err error) {
	err = a.DB.InTx(ctx, func(ctx context.Context) error { // all of it, or nothing: a mistake is mended by doing it again
		org, err = a.setup(ctx, operator, first, owner)
		return err
	})
	return org, err
}

func (a *App) setup(ctx context.Context, operator string, first partner.NewOrg, owner identity.NewPerson) (partner.Org, error) {
	op, org, err := a.Partner.Setup(ctx, operatorOf(operator, first), first)
	if err != nil {
		return org, err
	}
	person, err := a.Identity.Seed(ctx, org.ID, org.Kind, owner)
	if err != nil {
		return org, fmt.Errorf("the first person: %w", err)
	}
	operates := owner
	operates.Role = "operator"
	if _, err := a.Identity.Seed(ctx, op.ID, op.Kind, operates); err != nil {
		return org, fmt.Errorf("the operator: %w", err)
	}
	if org.Kind == "agent" || org.Kind == "financier" { // they have no goods, and no place for any
		return org, nil
	}
	who := access.Actor{Person: person, Org: org.ID, OrgName: org.Name, Kind: org.Kind, Role: owner.Role, Lang: owner.Lang, Zone: org.Zone}
	_, err = a.Goods.AddPlace(ctx, who, audit.Key{}, "Gudang utama", "", true)
	return org, err
}
