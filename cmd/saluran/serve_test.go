package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/demo"
	"saluran/internal/identity"
	"saluran/internal/mail"
	"saluran/internal/partner"
)

// TestLettersAreKeptOnlyBesideTheDemonstration: --demo on a database that somebody works in does not put its letters at /_mail.
func TestLettersAreKeptOnlyBesideTheDemonstration(t *testing.T) {
	t.Setenv("SALURAN_DEV", "")
	own := dbtest.URL(t)
	a, err := app.Open(t.Context(), app.Config{DB: own, NoWorkers: true})
	require.NoError(t, err)
	_, err = a.Setup(t.Context(), "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "PT Kopi Gunung"},
		identity.NewPerson{Email: "owner@kopi.example", Name: "Budi", Password: "rahasia-sekali-2026", Lang: "en", Role: "owner"})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.Nil(t, carried(t, own), "somebody works in this database")

	made := dbtest.URL(t)
	_, err = demo.LoadWith(context.Background(), made, clock.Date("2026-06-30"), demo.Options{Days: 14}, func(string, ...any) {})
	require.NoError(t, err)
	require.IsType(t, &mail.Sink{}, carried(t, made))

	c := serveCmd{SMTP: "smtps://post.example:465", From: "Saluran <portal@example.id>"}
	sent, err := c.carrier(true)
	require.NoError(t, err)
	require.IsType(t, &mail.SMTP{}, sent, "a mail server that is named is used")
	t.Setenv("SALURAN_DEV", "1")
	require.IsType(t, &mail.Sink{}, carried(t, own), "a developer asks for it by name")
}

// carried is how letters travel from a portal that is served with --demo and without a mail server.
func carried(t *testing.T, url string) mail.Carrier {
	t.Helper()
	demonstrated, err := loadDemo(t.Context(), url)
	require.NoError(t, err)
	c, err := serveCmd{Demo: true}.carrier(demonstrated)
	require.NoError(t, err)
	return c
}
