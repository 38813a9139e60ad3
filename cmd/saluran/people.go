package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"saluran/internal/app"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

type setupCmd struct {
	command
	Operator string `default:"Portal operator" help:"Name of the organisation that runs the portal."`
	Email    string `required:"" help:"E-mail of the first person: owner of the organisation, and operator."`
	Name     string `required:"" help:"Name of the first person."`
	Password string `env:"SALURAN_PASSWORD" help:"The password, 8 characters at least; asked for on standard input when left out (also $$SALURAN_PASSWORD)."`
	Lang     string `enum:"id,en" default:"id" help:"Language of the first person: ${enum}."`
	Kind     string `enum:"producer,distributor,wholesaler,agent,retailer,carrier,financier" default:"producer" help:"What the first organisation is: ${enum}."`
	Code     string `required:"" help:"Code of the first organisation, for instance its number in your own books."`
	Org      string `required:"" help:"Name of the first organisation."`
	Country  string `default:"ID" help:"Its country, ISO 3166 (${default})."`
	Currency string `default:"IDR" help:"Its currency, ISO 4217 (${default})."`
	Zone     string `default:"Asia/Jakarta" help:"Its time zone (${default})."`
	VAT      bool   `help:"It is registered for VAT."`
}

func (setupCmd) Help() string {
	return "Into an empty database: an operator, the first organisation with a main warehouse, and the person who owns it. Everything else is entered by signing in.\n\nExample:\n  saluran setup --code KOPI --org 'PT Kopi Gunung' --email budi@kopi.example --name Budi"
}

func (c setupCmd) Run(ctx context.Context) error {
	password, err := passwordOf(c.Password)
	if err != nil {
		return err
	}
	owner := identity.NewPerson{Email: c.Email, Name: c.Name, Password: password, Lang: c.Lang, Role: "owner"}
	first := partner.NewOrg{Code: c.Code, Kind: c.Kind, Name: c.Org, Country: c.Country, Currency: c.Currency, Zone: c.Zone, VATRegistered: c.VAT}
	if err := app.CheckSetup(c.Operator, first, owner); err != nil {
		return err
	}
	a, err := c.make(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	org, err := a.Setup(ctx, c.Operator, first, owner)
	if err != nil {
		return err
	}
	fmt.Printf("organisation %s %q has the id %s; sign in as %s\n", org.Kind, org.Name, org.ID, c.Email)
	return nil
}

type userCmd struct {
	Add   userAddCmd   `cmd:"" help:"Give a person a role in an organisation; the account is made where there is none."`
	Reset userResetCmd `cmd:"" help:"Set a new password; all sessions of the account end."`
}

type userAddCmd struct {
	command
	Org      string `required:"" placeholder:"CODE|ID|NAME" help:"The organisation."`
	Email    string `required:"" help:"E-mail of the person."`
	Name     string `required:"" help:"Name of the person."`
	Role     string `required:"" enum:"owner,sales,purchasing,warehouse,finance,service,marketing,viewer,operator" help:"What the person is there: ${enum}."`
	Password string `env:"SALURAN_PASSWORD" help:"The password; asked for on standard input when left out (also $$SALURAN_PASSWORD). Somebody who has an account keeps the old one."`
	Lang     string `enum:"id,en" default:"id" help:"Language: ${enum}."`
}

func (c userAddCmd) Run(ctx context.Context) error {
	password, err := passwordOf(c.Password)
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	org, err := a.Partner.Resolve(ctx, c.Org)
	if err != nil {
		return err
	}
	_, err = a.Identity.Seed(ctx, org.ID, org.Kind, identity.NewPerson{Email: c.Email, Name: c.Name, Password: password, Lang: c.Lang, Role: c.Role})
	if err != nil {
		return err
	}
	fmt.Printf("%s is %s of %s\n", c.Email, c.Role, org.Name)
	return nil
}

type userResetCmd struct {
	command
	Email    string `arg:"" help:"E-mail of the account."`
	Password string `env:"SALURAN_PASSWORD" help:"The new password; asked for on standard input when left out (also $$SALURAN_PASSWORD)."`
}

func (c userResetCmd) Run(ctx context.Context) error {
	password, err := passwordOf(c.Password)
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Identity.ResetPassword(ctx, c.Email, password); err != nil {
		return err
	}
	fmt.Printf("%s has a new password; its sessions have ended\n", c.Email)
	return nil
}

// passwordOf reads a password from standard input where none was given, so that it need not stand in a shell's history.
func passwordOf(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	fmt.Fprint(os.Stderr, "password: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fmt.Errorf("no password was given: use --password, $SALURAN_PASSWORD or standard input (%v)", err)
	}
	return line, nil
}
