package app

import (
	"context"
	"strings"

	"saluran/internal/access"
)

// policies puts in force what decides who may do what: at the start, and at SIGHUP (see ReloadPolicies).
func (a *App) policies(ctx context.Context) error {
	if !a.Publish {
		return a.Gate.Follow(ctx, a.DB.Epoch.Known())
	}
	return a.ReloadPolicies(ctx)
}

// ReloadPolicies reads the policies anew and puts them in force on every instance. Where they are wrong the error names the file
// and the line, and the old ones stay.
func (a *App) ReloadPolicies(ctx context.Context) error {
	text := access.BuiltIn()
	if a.Policies != "" {
		var err error
		if text, err = access.ReadDir(a.Policies); err != nil {
			return err
		}
	}
	version, missing, err := a.Gate.Publish(ctx, text, a.Config.Clock.Now())
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		a.Log.Warn("the policies do not name these objects: nobody may do anything with them", "dir", a.Policies, "objects", strings.Join(missing, ", "))
	}
	a.Log.Info("policies in force", "version", version, "dir", a.Policies)
	return nil
}
