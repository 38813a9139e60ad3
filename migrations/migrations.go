// Package migrations holds the one set of schema changes for SQLite and MySQL/MariaDB. A file is applied once, in order.
package migrations

import "embed"

// FS is the set, as goose reads it.
//
//go:embed *.sql
var FS embed.FS
