package db

// InOrder joins tables in the order in which they are written: where it is known that the first of them has few rows, and an engine
// without statistics would begin with another.
func (d *DB) InOrder() string {
	if d.Engine == SQLite {
		return " CROSS JOIN "
	}
	return " STRAIGHT_JOIN "
}
