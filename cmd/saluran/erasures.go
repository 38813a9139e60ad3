package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"saluran/internal/app"
	"saluran/internal/id"
	"saluran/internal/people"
)

type erasuresCmd struct {
	command
}

func (erasuresCmd) Help() string {
	return `One line of JSON for each person or consumer whose data were erased: person or org (their number, which names nobody), and at. Give the list to restore --erasures, so that a backup from before does not bring them back; write it regularly to where backups are kept, since the database may be lost with what it knows.

Example:
  saluran erasures > /backup/erasures.jsonl`
}

// erasureLine is one line of the list.
type erasureLine struct {
	Person id.ID  `json:"person,omitempty"`
	Org    id.ID  `json:"org,omitempty"`
	At     string `json:"at"`
}

func (c erasuresCmd) Run(ctx context.Context) (err error) {
	a, err := app.Open(ctx, app.Config{DB: c.DB, Log: c.logger(), NoMigrate: true, NoWorkers: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	all, err := a.People.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if err := printLine(erasureLine{e.Person, e.Org, e.At.Time().UTC().Format("2006-01-02T15:04:05Z")}); err != nil {
			return err
		}
	}
	return nil
}

// readErasures reads a list whole before anything is restored; a line that says nobody is an error.
func readErasures(in io.Reader) (all []people.Erasure, err error) {
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		var l erasureLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil || (l.Person == 0) == (l.Org == 0) {
			return nil, fmt.Errorf("the list of erasures, line %d: neither a person nor a consumer", n)
		}
		all = append(all, people.Erasure{Person: l.Person, Org: l.Org})
	}
	return all, lines.Err()
}

// erasures reads the list that was named.
func (c restoreCmd) erasures() ([]people.Erasure, error) {
	if c.Erasures == "" {
		return nil, nil
	}
	f, err := os.Open(c.Erasures)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readErasures(f)
}

// erase erases those on the list in the restored database, when its keys are in place, and says how many it knew.
func (c restoreCmd) erase(ctx context.Context, all []people.Erasure) (n int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	say("erasing those who were erased since the backup")
	a, err := app.Open(ctx, app.Config{DB: c.DB, Key: []byte(c.Key), SealKey: c.SealKey, Log: c.logger(), NoMigrate: true, NoWorkers: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for _, e := range all {
		done, err := a.People.EraseAgain(ctx, e)
		if err != nil {
			return n, fmt.Errorf("erase %d: %w", max(e.Person, e.Org), err)
		}
		if done {
			n++
		}
	}
	return n, nil
}
