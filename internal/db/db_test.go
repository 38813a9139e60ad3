package db_test

import (
	"testing"

	"saluran/internal/db/dbtest"
)

func TestSchemaMigratesAndIdsAreDense(t *testing.T) {
	d := dbtest.New(t)
	a, b := d.IDs.Next(), d.IDs.Next()
	if a != 1001 || b != 1002 {
		t.Fatalf("ids %d, %d: want 1001, 1002", a, b)
	}
	if n, err := d.Migrate(t.Context()); err != nil || n != 0 {
		t.Fatalf("a second migration applied %d, %v", n, err)
	}
}

// TestAMigrationThatIsMissingIsSeen: only a database that has had every migration is left alone.
func TestAMigrationThatIsMissingIsSeen(t *testing.T) {
	d := dbtest.New(t)
	if _, err := d.WriteSQL().Exec("DELETE FROM goose_db_version WHERE version_id = 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(t.Context()); err == nil {
		t.Fatal("the second migration is missing, and Migrate says nothing")
	}
}
