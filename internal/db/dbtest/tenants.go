package dbtest

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"saluran/internal/db"
	"saluran/migrations"
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
	"role_def": "org", "points_programme": "seller", "cart": "person org id", "points_move": "seller holder", "sharing": "grantor viewer", "sharing_look": "grantor viewer",
	"invitation": "org token_hash", "join_door": "org token", "application": "upstream token_hash org", "sheet_match": "org", "representative": "org partner", "glass": "org home session",
	"sign_in_policy": "org", "sign_in_subject": "org", "attachment": "org", "org_logo": "org", "file_use": "org", "erasure": "subject org", "seal": "org",
	"notice": "person org", "notice_choice": "person org", "notice_hours": "person org", "schedule": "person org",
	"talk_party": "org talk", "message": "talk org person", "talk_read": "person org talk", "talk": "doc id",
	"factor": "person ref", "recovery_code": "person", "one_time": "person token_hash", "mail": "receiver",
	"desk_view": "org person", "desk_choice": "person org", "visit_stop": "org person", "visit": "org seller shop person",
}

// parents are the columns by which rows hang on a row that has an owner: who names it has read that one. Names and goods are
// named by documents, by lists of prices and by each other.
var parents = map[string]string{
	"order_line": "order_id", "allotment": "order_id", "shipment_line": "shipment_id", "over_delivery": "shipment_id order_id", "receipt_line": "receipt_id",
	"invoice_line": "invoice_id order_id", "payment_part": "payment_id invoice_id", "payment_early": "payment_id invoice_id", "price": "list", "file_part": "file_id",
	"api_key_secret": "api_key hash", "hook_attempt": "delivery", "entry": "acct seq", "balance": "acct",
	"cart_line": "cart", "visit_count": "visit", "visit_order": "visit", "application_note": "application", "application_link": "application token_hash", "role_grant": "def", "outbox": "doc seq",
	"org": "id code registered_by", "person": "id email", "mention": "message person", "product": "id producer", "product_unit": "product", "former": "id",
}

// nobodys are the tables that have no rows of organisations, and why.
var nobodys = map[string]string{
	"id_block": "numbers that are given out", "epoch": "how often something has changed", "lane": "the head of the chain", "vat_rule": "the law",
	"installation": "keys of the installation, sealed", "throttle": "counts by a hash of who tries to sign in", "door_try": "counts by a hash of who applies",
	"retention": "the law", "hook_cursor": "how far the worker has come", "seal_key": "public keys", "policy": "who may do what, the same for everybody",
	"rate_count": "counts by a hash of who asks", "goose_db_version": "migrations that were applied",
}

// owned are the columns of a table that say whose its rows are; tenant where it has any.
func owned(table string) (cols []string, tenant bool) {
	said, ok := owners[table]
	if !ok {
		said, ok = parents[table]
	}
	return strings.Fields(said), ok
}

// schema is what the migrations make: the columns of each table.
var schema = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	files, _ := fs.Glob(migrations.FS, "*.sql")
	for _, name := range files {
		text, _ := fs.ReadFile(migrations.FS, name)
		up, _, _ := strings.Cut(string(text), "+goose Down")
		for _, m := range made.FindAllStringSubmatch(comments.ReplaceAllString(up, ""), -1) {
			table := strings.ToLower(m[1])
			out[table] = []string{}
			for _, part := range split(words(m[2]), ",") {
				if !first(part).is("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "KEY", "INDEX") {
					out[table] = append(out[table], strings.ToLower(first(part).s))
				}
			}
		}
		for _, m := range added.FindAllStringSubmatch(up, -1) {
			out[strings.ToLower(m[1])] = append(out[strings.ToLower(m[1])], strings.ToLower(m[2]))
		}
	}
	return out
})

var (
	made  = regexp.MustCompile(`(?is)CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)\)\s*;`)
	added = regexp.MustCompile(`(?i)ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+)`)
)

func columnNames(table string) []string { return schema()[table] }

// appended changes a log that is only ever added to.
var appended = regexp.MustCompile(`(?is)^\s*(UPDATE|DELETE\s+FROM)\s+sharing_look\b`)

// unscoped are the tables of organisations that a statement touches without saying whose; nil where it says so.
func unscoped(query string) []string {
	if appended.MatchString(query) {
		return []string{"a log that is only ever added to"}
	}
	var r reader
	r.statement(words(query))
	return r.missing
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
		if strings.HasPrefix(f.Function, "github.com/pressly/goose/") {
			return "migrations", true
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

// inside is what the compiler calls a function within a function, and one of a package that it has put into a test.
var inside = regexp.MustCompile(`^(\w+)\.(?:Test\w+\.(?:func\d+\.)*)?((?:\(\*?\w+\)\.)?\w+)`)

// whole is the name of the function that another one stands in.
func whole(by string) string {
	if m := inside.FindStringSubmatch(by); m != nil {
		return m[1] + "." + m[2]
	}
	return by
}

func excepted(by string, tables []string) bool {
	by = whole(by)
	for _, x := range exceptions {
		if x.by == by && (x.tables == "*" || !slices.ContainsFunc(tables, func(t string) bool {
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
