package dbtest

import "testing"

// TestWhatSaysWhose: the guard itself, so that what it lets through is let through on purpose.
func TestWhatSaysWhose(t *testing.T) {
	for q, ok := range map[string]bool{
		"SELECT * FROM orders WHERE id = ?":                                                 false,
		"SELECT * FROM orders":                                                              false,
		"SELECT * FROM orders WHERE id = ? AND (seller = ? OR buyer = ?)":                   true,
		"SELECT * FROM orders o WHERE o.seller = ?":                                         true,
		"SELECT o.id FROM orders o WHERE o.status = 'seller = ?'":                           false,
		"UPDATE bank_account SET main = ? WHERE id = ?":                                     false,
		"UPDATE bank_account SET main = ? WHERE id = ? AND org = ?":                         true,
		"UPDATE bank_account SET org = ? WHERE id = ?":                                      true, // the guard's known limit: see the matrix
		"UPDATE orders SET status = ? WHERE id = ? AND version = ?":                         true,
		"DELETE FROM session WHERE id = ?":                                                  false,
		"DELETE FROM session WHERE id = ? AND person = ?":                                   true,
		"SELECT l.* FROM order_line l JOIN orders o ON o.id = l.order_id WHERE o.buyer = ?": true,
		"SELECT * FROM order_line WHERE product = ?":                                        false,
		"SELECT * FROM invoice WHERE seller IN (?, ?)":                                      true,
		"SELECT * FROM currency WHERE code = ?":                                             true, // a table of nobody
		"DELETE FROM sharing_look WHERE viewer = ?":                                         false,
		"INSERT INTO orders (id) VALUES (?)":                                                true,
	} {
		if missing := unscoped(q); (len(missing) == 0) != ok {
			t.Errorf("%s: %v", q, missing)
		}
	}
}
