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
