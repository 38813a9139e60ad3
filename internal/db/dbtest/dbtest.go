// Package dbtest gives each test a real, empty, migrated database: SQLite in a temporary folder, or, with
// SALURAN_TEST_MYSQL=mysql://user:password@host:port/, a database of its own on that MySQL or MariaDB server.
package dbtest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"saluran/internal/db"
)

var serial atomic.Int64

func uniqueName() string {
	return fmt.Sprintf("t_%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, serial.Add(1))
}

// New opens a migrated database with nothing in it but the competitor of canary.go; it vanishes with the test.
func New(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, Planted(t))
}

// Bare opens an empty, migrated database: for tests that begin with an empty one, and plant the competitor afterwards.
func Bare(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, Ready(t))
}

// Open opens and migrates url, and closes it with the test: for tests that want two instances on one database.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate test database: %v", err)
	}
	return d
}

// Ready is the URL of a fresh database for this test that has been migrated and has nothing in it: for tests of what is opened by
// its URL.
func Ready(t testing.TB) string {
	t.Helper()
	return cast(t, migrated)
}

// Planted is like Ready, with the competitor in it.
func Planted(t testing.TB) string {
	t.Helper()
	return cast(t, peopled)
}

// cast makes a database for this test from a mould.
func cast(t testing.TB, of func() (mould, error)) string {
	t.Helper()
	m, err := of()
	if err != nil {
		t.Fatalf("migrate the database that others are made from: %v", err)
	}
	url := URL(t)
	if err := m.cast(url); err != nil {
		t.Fatalf("make test database: %v", err)
	}
	return url
}

// URL is the URL of a fresh database for this test that has no tables: for tests of how one is made.
func URL(t testing.TB) string {
	t.Helper()
	mindTenants(t)
	mindCanaries(t)
	url, remove, err := vacant(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	return url
}

// Engine is the engine that tests of this run use.
func Engine() db.Engine {
	if os.Getenv("SALURAN_TEST_MYSQL") != "" {
		return db.MySQL
	}
	return db.SQLite
}
