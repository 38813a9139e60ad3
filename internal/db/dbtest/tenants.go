package dbtest

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"saluran/internal/db"
)

// Every statement that a test makes the program send is read here: one that reads or changes rows of organisations must say
// whose, by a condition on a column that names an organisation (or a person, a session, a document that was read so before).
// What does not is a fault of the test, unless the place stands in the list of exceptions, with its reason.

// owners are the columns of a table that say whose a row is, and those that name a document which was read so before (a lot is
// named by positions, a position by its place, a journal by the sentence of its event).
var owners = map[string]string{
	"orders": "seller buyer agent", "shipment": "seller buyer agent carrier order_id", "receipt": "seller buyer shipment_id order_id", "invoice": "seller buyer agent order_id credits",
	"payment": "payer payee agent", "commission": "principal agent order_id", "agreement": "seller buyer link", "link": "seller buyer agent",
	"appointment": "principal agent", "channel": "producer", "channel_member": "org", "bank_account": "org", "membership": "org person",
	"session": "org person token_hash", "api_key": "org", "hook_endpoint": "org", "hook_delivery": "org endpoint", "price_list": "org", "place": "org",
	"lot": "maker id product", "stock": "seller", "exposure": "seller bill_to", "credit_limit": "seller bill_to", "serial": "org", "number_issued": "org",
	"account": "owner bearer seller org counterparty place", "audit": "org", "job": "org", "file": "org", "request_key": "org", "journal": "org event_key doc",
	"role_def": "org", "points_programme": "seller", "points_move": "seller holder", "sharing": "grantor viewer", "sharing_look": "grantor viewer",
}

// parents are the columns by which rows hang on a row that has an owner: who names it has read that one.
var parents = map[string]string{
	"order_line": "order_id", "allotment": "order_id", "shipment_line": "shipment_id", "receipt_line": "receipt_id",
	"invoice_line": "invoice_id order_id", "payment_part": "payment_id invoice_id", "price": "list", "file_part": "file_id",
	"api_key_secret": "api_key hash", "hook_attempt": "delivery", "entry": "acct seq", "balance": "acct",
}

var (
	// inVersion changes one row in the version in which it was read: the reading said whose it is.
	inVersion = regexp.MustCompile(`(?is)^\s*UPDATE\s+\w+\s+SET\s.*\bWHERE\s+\(?id = \? AND version = \?`)
	// appended changes a log that is only ever added to.
	appended = regexp.MustCompile(`(?is)^\s*(UPDATE|DELETE\s+FROM)\s+sharing_look\b`)
	quoted   = regexp.MustCompile(`'[^']*'`)
	refs     = regexp.MustCompile(`(?i)\b(FROM|JOIN|UPDATE|INTO)\s+([a-z_]+)(?:\s+(?:AS\s+)?([a-z_]\w*))?`)
	keywords = regexp.MustCompile(`(?i)^(WHERE|SET|ON|JOIN|LEFT|INNER|ORDER|GROUP|LIMIT|VALUES|SELECT|UNION|FORCE|USE|FOR|CROSS|DEFAULT|HAVING)$`)
)

// unscoped are the tables of organisations that a statement touches without saying whose; nil where it says so.
func unscoped(query string) []string {
	q := strings.NewReplacer("`", "", `"`, "").Replace(quoted.ReplaceAllString(query, "''"))
	verb := strings.ToUpper(strings.TrimSpace(q))
	if !strings.HasPrefix(verb, "SELECT") && !strings.HasPrefix(verb, "UPDATE") && !strings.HasPrefix(verb, "DELETE") && !strings.HasPrefix(verb, "WITH") {
		return nil
	}
	if appended.MatchString(q) {
		return []string{"a log that is only ever added to"}
	}
	if inVersion.MatchString(q) {
		return nil
	}
	var missing []string
	for _, m := range refs.FindAllStringSubmatch(q, -1) {
		table, alias := strings.ToLower(m[2]), m[3]
		cols, ok := owners[table]
		if !ok {
			cols, ok = parents[table]
		}
		if !ok {
			continue
		}
		if alias == "" || keywords.MatchString(alias) {
			alias = table
		}
		if says(q, alias, cols) {
			return nil // the rest is joined to it, or is asked about it
		}
		missing = append(missing, table)
	}
	return missing
}

// says tells whether a statement compares one of the columns with a value.
func says(q, alias, cols string) bool {
	name := `(?:` + strings.ReplaceAll(cols, " ", "|") + `)\b`
	col := `(?:\b` + regexp.QuoteMeta(alias) + `\.|[\s(,])` + name
	return regexp.MustCompile(`(?is)` + col + `\s*(?:=\s*(?:\?|[0-9])|IN\s*\(|,[^()]*\)\s*IN\s*\()|\?\s*=\s*` + col + `|\?\s+IN\s*\([^()]*\b` + name).MatchString(q)
}

var tenancy struct {
	sync.Mutex
	seen  map[string][]string // statement → tables without an owner
	found []string
	known map[string]bool

	recording bool
	recorded  []string
}

func init() {
	tenancy.seen, tenancy.known = map[string][]string{}, map[string]bool{}
	db.Watch(heed)
}

// heed remembers a statement that does not say whose rows it is about.
func heed(_ context.Context, query string) {
	tenancy.Lock()
	defer tenancy.Unlock()
	if tenancy.recording {
		record(query)
	}
	missing, ok := tenancy.seen[query]
	if !ok {
		missing = unscoped(query)
		if len(tenancy.seen) > 50_000 { // statements with values in them
			clear(tenancy.seen)
		}
		tenancy.seen[query] = missing
	}
	if len(missing) == 0 {
		return
	}
	by, test := caller()
	if test || excepted(by, missing) {
		return
	}
	if said := fmt.Sprintf("%s asks %s without saying whose: %.300s", by, strings.Join(missing, ", "), query); !tenancy.known[said] {
		tenancy.known[said] = true
		tenancy.found = append(tenancy.found, said)
	}
}

// Record keeps the statements that requests send from here on, until stop answers them: what workers do meanwhile is left out,
// and what is asked about whoever asks, which is remembered between requests.
// Only one test at a time may record.
func Record() (stop func() []string) {
	tenancy.Lock()
	defer tenancy.Unlock()
	tenancy.recorded, tenancy.recording = nil, true
	return func() []string {
		tenancy.Lock()
		defer tenancy.Unlock()
		tenancy.recording = false
		return tenancy.recorded
	}
}

// record keeps a statement; the lock is held.
func record(query string) {
	by, _ := caller()
	for _, worker := range []string{"mail.", "hook.", "seal.", "jobs.(*Queue).claim", "jobs.(*Queue).sweep", "identity.", "access.", "app.", "the program"} {
		if strings.HasPrefix(by, worker) {
			return
		}
	}
	tenancy.recorded = append(tenancy.recorded, by+": "+query)
}

// caller is the function of the program that sends a statement; test where it is a test's own.
func caller() (name string, test bool) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.File, "dbtest/canary.go") || strings.HasSuffix(f.File, "dbtest/canary_test.go") {
			return "the competitor", true
		}
		if strings.HasPrefix(f.Function, "saluran/cmd/") && strings.HasSuffix(f.File, "_test.go") {
			return "the program", true
		}
		if rest, ours := strings.CutPrefix(f.Function, "saluran/internal/"); ours && !strings.HasPrefix(rest, "db.") && !strings.HasPrefix(rest, "db/dbtest.") {
			return rest, strings.HasSuffix(f.File, "_test.go") || strings.HasPrefix(rest, "ledger/ledgertest.")
		}
		if !more {
			return "the program", false
		}
	}
}

func excepted(by string, tables []string) bool {
	for _, x := range exceptions {
		if strings.HasPrefix(by, x.by) && (x.tables == "" || !slices.ContainsFunc(tables, func(t string) bool {
			return !strings.Contains(" "+x.tables+" ", " "+t+" ")
		})) {
			return true
		}
	}
	return false
}

// mindTenants fails a test that made the program ask about rows without saying whose.
func mindTenants(t testing.TB) {
	t.Cleanup(func() {
		tenancy.Lock()
		defer tenancy.Unlock()
		for _, f := range tenancy.found {
			t.Error(f)
		}
		tenancy.found = nil
	})
}
