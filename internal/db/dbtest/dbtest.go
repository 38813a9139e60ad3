// Package dbtest gives each test a real, empty, migrated database: SQLite in a temporary folder, or, with
// SALURAN_TEST_MYSQL=mysql://user:password@host:port/, a database of its own on that MySQL or MariaDB server.
package dbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"database/sql"

	"saluran/internal/db"
)

var serial atomic.Int64

// New opens a migrated database with nothing in it but the competitor of canary.go; it vanishes with the test.
func New(t testing.TB) *db.DB {
	t.Helper()
	d := Bare(t)
	Plant(t, d)
	return d
}

// Bare opens an empty, migrated database: for tests that begin with an empty one, and plant the competitor afterwards.
func Bare(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, URL(t))
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

// URL is the URL of a fresh, empty database for this test.
func URL(t testing.TB) string {
	t.Helper()
	mindTenants(t)
	mindCanaries(t)
	base := os.Getenv("SALURAN_TEST_MYSQL")
	if base == "" {
		return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	}
	name := fmt.Sprintf("t_%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, serial.Add(1))
	cfg, err := db.MySQLConfig(strings.TrimSuffix(base, "/") + "/mysql")
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatalf("create test database (is SALURAN_TEST_MYSQL right?): %v", err)
	}
	t.Cleanup(func() {
		admin.Exec("DROP DATABASE " + name)
		admin.Close()
	})
	return strings.TrimSuffix(base, "/") + "/" + name
}

// Engine is the engine that tests of this run use.
func Engine() db.Engine {
	if os.Getenv("SALURAN_TEST_MYSQL") != "" {
		return db.MySQL
	}
	return db.SQLite
}
