package dbtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
		"UPDATE bank_account SET org = ? WHERE id = ?":                                      false,
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

// TestNoWayAroundTheGuard: statements that look as if they said whose rows they ask for.
func TestNoWayAroundTheGuard(t *testing.T) {
	for q, ok := range map[string]bool{
		// a constant is somebody, or everybody
		"SELECT * FROM orders WHERE agent = 0": false, "SELECT * FROM shipment WHERE carrier = 0": false, "SELECT * FROM invoice WHERE credits = 0": false,
		"SELECT * FROM orders WHERE seller = 20": false, "SELECT * FROM orders WHERE seller IN (1, 2)": false, "SELECT * FROM orders WHERE seller = seller": false,
		"SELECT * FROM orders WHERE seller IN (?, 0)": false, "SELECT * FROM orders WHERE 0 IN (agent, seller)": false, "SELECT * FROM orders WHERE ? IN (agent, status)": false,
		"SELECT * FROM orders WHERE ? IN (seller, buyer)": true,
		// an alternative that is open
		"SELECT * FROM orders o WHERE o.seller = ? OR 1 = 1": false, "SELECT * FROM orders WHERE (seller = ? OR id = ?) AND status = ?": false,
		"SELECT * FROM orders WHERE status = ? OR (seller = ? AND buyer = ?)": false, "SELECT * FROM orders WHERE NOT (seller = ?)": false,
		"SELECT * FROM orders WHERE id = ? AND +seller = ?": true, "SELECT * FROM orders WHERE +id = ?": false,
		"SELECT * FROM orders WHERE seller <> ?": false, "SELECT * FROM orders WHERE seller > ?": false, "SELECT * FROM orders WHERE CASE WHEN seller = ? THEN 1 ELSE 1 END = 1": false,
		"SELECT * FROM orders WHERE (seller = ? OR buyer = ?) AND (status = ? OR 1 = 1)": true, "UPDATE orders SET note = ? WHERE id = ? AND version = ? OR 1 = 1": false,
		// a branch that is open
		"SELECT id FROM orders WHERE seller = ? UNION SELECT id FROM invoice": false, "SELECT id FROM orders WHERE seller = ? UNION ALL SELECT id FROM orders": false,
		"SELECT id FROM orders WHERE seller = ? UNION SELECT id FROM invoice WHERE buyer = ?": true,
		// beside it
		"SELECT i.* FROM invoice i, orders o WHERE o.seller = ?": false, "SELECT i.* FROM orders o JOIN invoice i ON 1 = 1 WHERE o.seller = ?": false,
		"SELECT i.* FROM orders o JOIN invoice i ON i.order_id = o.id WHERE o.seller = ?": true, "SELECT i.* FROM invoice i, orders o WHERE o.seller = ? AND i.order_id = o.id": true,
		"SELECT * FROM orders o LEFT JOIN link l ON l.id = o.link AND l.seller = ?": false, "SELECT * FROM orders o LEFT JOIN link l ON l.id = o.link WHERE l.seller = ?": false, // an inner join, then
		"SELECT * FROM orders o CROSS JOIN payment WHERE o.seller = ?": false,
		// within it
		"SELECT (SELECT SUM(total) FROM invoice) FROM orders WHERE seller = ?": false, "SELECT (SELECT SUM(i.total) FROM invoice i WHERE i.order_id = o.id) FROM orders o WHERE o.seller = ?": true,
		"SELECT * FROM (SELECT * FROM orders) x WHERE x.seller = ?": false, "WITH x AS (SELECT * FROM orders) SELECT * FROM x WHERE seller = ?": false,
		"WITH x AS (SELECT * FROM orders WHERE seller = ?) SELECT * FROM x": true, "SELECT * FROM orders WHERE id IN (SELECT order_id FROM invoice)": false,
		"SELECT * FROM orders WHERE id IN (SELECT order_id FROM invoice WHERE seller = ?)": true, "SELECT * FROM orders WHERE currency IN (SELECT currency FROM orders WHERE seller = ?)": false,
		"SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM link l WHERE l.seller = ?)": false, "SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM link l WHERE l.id = o.link AND l.seller = ?)": true,
		"INSERT INTO audit (id) SELECT id FROM orders": false, "INSERT INTO audit (id) SELECT id FROM orders WHERE seller = ?": true,
		"UPDATE orders SET note = (SELECT note FROM invoice WHERE id = ?) WHERE seller = ?": false,
		// in disguise
		"SELECT * FROM orders /* WHERE seller = ? */": false, "SELECT * FROM orders -- WHERE seller = ?\n": false, "SELECT * FROM `orders` WHERE `id` = ?": false,
		"select * from ORDERS where SELLER = ?": true, "SELECT * FROM orders ORDER BY seller = ?": false, "SELECT * FROM orders GROUP BY id HAVING seller = ?": false,
		"SELECT seller = ? FROM orders": false, "SELECT * FROM orders LIMIT ?": false,
		// what the guard did not know
		"SELECT * FROM attachment WHERE id = ?": false, "SELECT * FROM application": false, "SELECT * FROM application_note": false, "SELECT * FROM invitation WHERE id = ?": false,
		"SELECT * FROM representative": false, "SELECT * FROM glass": false, "SELECT * FROM sign_in_policy": false, "SELECT * FROM join_door": false, "SELECT * FROM product": false,
		"SELECT * FROM org": false, "SELECT * FROM person": false, "SELECT * FROM mail": false, "SELECT * FROM seal": false, "SELECT * FROM factor": false, "SELECT * FROM file_use": false,
		"SELECT * FROM erasure": false, "SELECT * FROM outbox": false, "SELECT * FROM role_grant": false, "SELECT * FROM sign_in_subject": false, "SELECT * FROM recovery_code": false,
	} {
		if missing := unscoped(q); (len(missing) == 0) != ok {
			t.Errorf("%s: missing %v", q, missing)
		}
	}
}

// TestEveryTableIsSomebodysOrNobodys: a new table is named in tenants.go, with the columns that say whose its rows are, or with the
// reason why they are nobody's.
func TestEveryTableIsSomebodysOrNobodys(t *testing.T) {
	require.Greater(t, len(schema()), 60)
	for table, cols := range schema() {
		said, tenant := owned(table)
		if tenant == (nobodys[table] != "") {
			t.Errorf("%s: whose are its rows? Name it in owners, parents or nobodys", table)
		}
		for _, c := range said {
			require.Contains(t, cols, c, "%s has no such column", table)
		}
	}
	for _, named := range []map[string]string{owners, parents, nobodys} {
		for table := range named {
			if table != "goose_db_version" {
				require.Contains(t, schema(), table, "no such table")
			}
		}
	}
}

// TestExceptionsAreFunctions: an exception is one function that there is, for tables that there are, with its reason.
func TestExceptionsAreFunctions(t *testing.T) {
	there := map[string]bool{}
	files, err := filepath.Glob("../../*/*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				there[f.Name.Name+"."+receiver(fn)+fn.Name.Name] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, x := range exceptions {
		require.True(t, there[x.by], "%s: no such function", x.by)
		require.False(t, seen[x.by], "%s stands there twice", x.by)
		seen[x.by] = true
		require.Greater(t, len(x.reason), 7, x.by)
		for _, table := range strings.Fields(x.tables) {
			if _, tenant := owned(table); !tenant && table != "*" {
				t.Errorf("%s: %s needs no exception", x.by, table)
			}
		}
	}
	require.True(t, excepted("jobs.(*Queue).Remove.func1", []string{"job"}))
	require.True(t, excepted("jobs.TestX.(*Queue).Remove.func2", []string{"job"}))
	require.False(t, excepted("jobs.(*Queue).Removed", []string{"job"}))
	require.False(t, excepted("jobs.(*Queue).Remove", []string{"job", "orders"}))
	require.False(t, excepted("ledger.anything", []string{"orders"}))
	all := slices.DeleteFunc(slices.Clone(exceptions), func(x exception) bool { return x.tables != "*" })
	require.LessOrEqual(t, len(all), 9, "exceptions for every table")
}

func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
		if name, ok := star.X.(*ast.Ident); ok { // else it is of several types
			return "(*" + name.Name + ")."
		}
	}
	if name, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}
