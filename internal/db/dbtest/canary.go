package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"saluran/internal/db"
	"saluran/internal/egress"
)

// Every database of a test has a competing channel in it: a producer, its distributor, a shop and an agent, with one row of
// each thing that the portal keeps. Its words, its amounts and its ids are like no others, and none of them may leave: whatever
// is answered, streamed, printed, kept, mailed, sent, logged or said in an error while tests run is held against them
// (egress.Watch), and one that carries a byte of the competitor fails the test.

// Canary is the word in every text of the competitor, and CanaryNumber the digits of its amounts and the first of its ids, all of
// which end in three more.
const (
	Canary       = "kenari7707"
	CanaryNumber = 7707707707
)

// planted says what is not simply the word or the amount: what refers, and what only certain values fit. Columns that are not
// named are filled by their type. In the order in which rows may refer to each other. $1 is the producer's id, $2 the distributor's,
// $3 the shop's, $4 the agent's, $5 the person's; $6 and $7 are those of everything else.
type planted struct {
	table string
	cols  string
	filed bool // by a post, as verify understands it: Lift takes it away before the books are held
}

var canaries = []planted{
	{"org", "id=$1 code=kenari77071 kind=producer country=ID currency=IDR zone=Asia/Jakarta registered_by=0", false},
	{"org", "id=$2 code=kenari77072 kind=distributor country=ID currency=IDR zone=Asia/Jakarta registered_by=0", false},
	{"org", "id=$3 code=kenari77073 kind=retailer country=ID currency=IDR zone=Asia/Jakarta registered_by=0 nameless=0", false},
	{"org", "id=$4 code=kenari77074 kind=agent country=ID currency=IDR zone=Asia/Jakarta registered_by=0", false},
	{"person", "id=$5 email=kenari7707@kenari7707.example lang=en", false},
	{"former", "kind=org id=$1 field=name", false},
	{"membership", "person=$5 org=$1 role=owner", false},
	{"factor", "id=$6 person=$5 kind=totp", false},
	{"recovery_code", "person=$5", false},
	{"one_time", "id=$6 person=$5 kind=reset until_us=9999999999999999", false},
	{"session", "id=$6 person=$5 org=$1 kind=web way=web", false},
	{"bank_account", "id=$6 org=$1 currency=IDR ended_us=0", false},
	{"channel", "id=$6 producer=$1 shape=free tiers=producer,distributor,retailer", false},
	{"channel_member", "channel=$6 org=$1 tier=0", false},
	{"channel_member", "channel=$6 org=$2 tier=1", false},
	{"channel_member", "channel=$6 org=$3 tier=2", false},
	{"link", "id=$6 channel=$6 seller=$1 buyer=$2 agent=$4", false},
	{"link", "id=$7 channel=$6 seller=$2 buyer=$3 agent=0", false},
	{"appointment", "id=$6 principal=$1 agent=$4 commission_on=order from_on=2020-01-01 until_on=", false},
	{"product", "id=$6 producer=$1 kind=goods base_unit=pcs decimals=0 vat_class=standard", false},
	{"product_unit", "product=$6", false},
	{"price_list", "id=$6 org=$1 currency=IDR", false},
	{"price_list", "id=$7 org=$2 currency=IDR", false},
	{"price", "id=$6 list=$6 product=$6 min_qty=0 from_on=2020-01-01 until_on=", false},
	{"price", "id=$7 list=$7 product=$6 min_qty=0 from_on=2020-01-01 until_on=", false},
	{"agreement", "id=$6 link=$6 edition=1 seller=$1 buyer=$2 from_on=2020-01-01 until_on= price_list=$6 currency=IDR title_on=delivery risk_on=delivery freight_by=seller declined_us=0", true},
	{"agreement", "id=$7 link=$7 edition=1 seller=$2 buyer=$3 from_on=2020-01-01 until_on= price_list=$7 currency=IDR title_on=delivery risk_on=delivery freight_by=seller declined_us=0", true},
	{"place", "id=$6 org=$1 kind=warehouse parent=0", false},
	{"place", "id=$7 org=$2 kind=warehouse parent=0", false},
	{"api_key", "id=$6 org=$1 person=$5 scopes=order:read", false},
	{"api_key_secret", "api_key=$6", false},
	{"hook_endpoint", "id=$6 org=$1 person=$5 status=paused topics=order.placed", false},
	{"hook_delivery", "id=$6 endpoint=$6 org=$1 status=delivered doc=$6", false},
	{"hook_attempt", "id=$6 delivery=$6", false},
	{"role_def", "id=$6 org=$1 base=viewer ended_us=0", false},
	{"role_grant", "def=$6 version=1 rel=own object=order action=read", false},
	{"sharing", "id=$6 grantor=$2 viewer=$1 measure=sellout period=month goods=all place=none status=active since_on=2020-01-01 until_on=2999-01-01", false},
	{"sharing_look", "id=$6 sharing=$6 grantor=$2 viewer=$1 person=$5 way=page", true},
	{"desk_view", "id=$6 org=$1 person=$5 list=orders team=1 ended_us=0", false},
	{"desk_choice", "person=$5 org=$1", false},
	{"mail", "id=$6 receiver=kenari7707@kenari7707.example lang=en status=sent ended_us=9999999999999999", false},
	{"sheet_match", "org=$1 kind=products field=name", false},
	{"job", "id=$6 kind=export org=$1 person=$5 status=done file=$6", false},
	{"request_key", "org=$1 doc=$6", false},
	{"invitation", "id=$6 org=$1 role=viewer lang=en status=open tries=0 person=0", false},
	{"join_door", "id=$6 org=$1 channel=$6 active=0", false},
	{"application", "id=$6 upstream=$1 channel=$6 kind=distributor lang=en status=new org=0 decided_by=0", false},
	{"application_note", "id=$6 application=$6 person=0 step=applied", false},
	{"representative", "id=$6 org=$1 partner=$2 duty=sales person=$5 cover=0 cover_from= cover_until=", false},
	{"glass", "id=$6 person=$5 home=$1 org=$2 session=$6", false},
	{"org_logo", "org=$1 width=48 height=48", false},
	{"file", "id=$6 org=$1 store=db object= kept=1 size=10", true},
	{"file_part", "file_id=$6 n=0", true},
	{"attachment", "id=$6 org=$1 person=$5 file=$6 doc_kind=order doc=$6 ended_us=0", true},
	{"notice", "id=$6 person=$5 org=$1 event=order.placed doc_kind=order doc=$6 rel=seller in_app=1 mail=none read_us=0", false},
	{"notice_choice", "person=$5 org=$1 event=message in_app=1 mail=none", false},
	{"notice_hours", "person=$5 org=$1 zone=Asia/Jakarta digest=daily next_us=0", false},
	{"schedule", "id=$6 org=$1 person=$5 api_key=0 slot=1 asked={\"report\":\"stock\"} every=day on_day=0 at_minute=420 zone=Asia/Jakarta lang=id status=on why= next_us=0 job=$6 waiting=0", false},
	{"talk", "id=$6 doc_kind=order doc=$6", false},
	{"talk_party", "talk=$6 org=$1 rel=seller", false},
	{"talk_party", "talk=$6 org=$2 rel=buyer", false},
	{"message", "id=$6 talk=$6 n=1 org=$1 person=$5 api_key=0 rel=seller internal=0 withdrawn_us=0", false},
	{"mention", "message=$6 person=$5 org=$1", false},
	{"talk_read", "talk=$6 person=$5 org=$1 upto=0", false},
	{"visit_stop", "id=$6 org=$1 person=$5 seller=$1 shop=$2 weekdays=127 weeks=15 from_on=2020-01-01 until_on=9999-12-31 ended_us=0", false},
	{"visit", "id=$6 org=$1 person=$5 seller=$1 shop=$2 stop=$6 day_on=2026-01-02 result=none reason=price out_phone_us=0", false},
	{"visit_count", "visit=$6 product=$6 unit=pcs", false},
	{"visit_order", "visit=$6", false},
	{"lot", "id=$6 product=$6 maker=$1 made_on=2020-01-01 expires_on=2999-01-01 status=ok seq=0", true},
	{"orders", "id=$6 kind=sale seller=$1 buyer=$2 agent=$4 link=$6 agreement=$6 placed_by=buyer currency=IDR status=confirmed ship_from=$6 deliver_to=$7 return_of=0 ordered_on=2026-01-01 wanted_on=2026-01-02 seq=0", true},
	{"orders", "id=$7 kind=sale seller=$2 buyer=$3 agent=0 link=$7 agreement=$7 placed_by=buyer currency=IDR status=placed ship_from=$7 deliver_to=$7 return_of=0 ordered_on=2026-01-01 wanted_on=2026-01-02 seq=0", true},
	{"order_line", "order_id=$6 line=1 product=$6 unit=pcs dir=1 seq=0", true},
	{"order_line", "order_id=$7 line=1 product=$6 unit=pcs dir=1 seq=0", true},
	{"allotment", "order_id=$6 line=1 lot=$6 owner=$1 place=$6 bearer=$1 seq=0", true},
	{"shipment", "id=$6 kind=sale order_id=$6 seller=$1 buyer=$2 agent=$4 carrier=0 from_place=$6 to_place=$7 status=in_transit seq=0", true},
	{"shipment_line", "shipment_id=$6 n=1 order_line=1 product=$6 lot=$6 owner=$1 bearer=$1 seq=0", true},
	{"over_delivery", "shipment_id=$6 line=1 order_id=$6 seq=0", true},
	{"receipt", "id=$6 shipment_id=$6 order_id=$6 seller=$1 buyer=$2 seq=0", true},
	{"receipt_line", "receipt_id=$6 n=1 seq=0", true},
	{"invoice", "id=$6 kind=invoice order_id=$6 credits=0 seller=$1 buyer=$2 agent=$4 currency=IDR issued_on=2026-01-01 due_on=2026-01-31 settled=0 status=open seq=0", true},
	{"invoice_line", "invoice_id=$6 n=1 order_id=$6 order_line=1 product=$6 seq=0", true},
	{"payment", "id=$6 payer=$2 payee=$1 agent=0 collected=0 purpose=trade currency=IDR method=transfer value_on=2026-01-01 bank_account=$6 status=reported seq=0", true},
	{"payment_part", "payment_id=$6 n=1 invoice_id=$6 kind=trade seq=0", true},
	{"payment_early", "payment_id=$6 invoice_id=$6 seq=0", true},
	{"commission", "id=$6 appointment=$6 principal=$1 agent=$4 order_id=$6 cause=order currency=IDR seq=0", true},
	{"cart", "id=$6 org=$1 person=$5 seller=$1 buyer=$2", false},
	{"cart_line", "cart=$6 line=1 product=$6 unit=pcs", false},
	{"points_programme", "id=$6 seller=$1 currency=IDR earn_on=payment from_on=2020-01-01 until_on=2999-01-01", false},
	{"points_move", "id=$6 programme=$6 seller=$1 holder=$2 kind=earned order_id=$6 expires_on=2999-01-01 moved_on=2026-01-01 seq=0", true},
	{"stock", "seller=$1 product=$6", true},
	{"exposure", "seller=$1 bill_to=$2 currency=360", true},
	{"credit_limit", "id=$6 seller=$1 bill_to=$2 currency=360 seq=0", true},
	{"serial", "org=$1 series=INV year=2026", true},
	{"number_issued", "org=$1 series=INV year=2026 doc=$6 seq=0", true},
	{"account", "acct=$6 book=1 unit=$6 product=$6 owner=$1 place=$6 bearer=$1 seller=$1 org=0 counterparty=0 purpose=0 side=0 seq=0", true},
	{"account", "acct=$7 book=2 unit=360 product=0 owner=0 place=0 bearer=0 seller=0 org=$1 counterparty=$2 purpose=1 side=1 seq=0", true},
	{"balance", "acct=$6 last_seq=0", true},
	{"balance", "acct=$7 last_seq=0", true},
	{"entry", "acct=$6 seq=0 leg=1 late=0", true},
	{"entry", "acct=$7 seq=0 leg=1 late=0", true},
	{"audit", "id=$6 person=$5 org=$1 on_behalf=0 session=0 doc=$6 changes={\"kenari7707\":[\"\",\"kenari7707\"]} seq=0 api_key=0 ip_sum=0", true},
	{"outbox", "id=$6 topic=order.placed doc=$6 payload={\"order\":\"kenari7707\"} seq=0", true},
}

type column struct {
	name  string
	text  bool
	bytes bool
	small bool // a yes or no
}

var columnsOf = struct {
	sync.Mutex
	known map[string][]column
}{known: map[string][]column{}}

// Plant puts the competing channel into a migrated database. New has done it already; it is for tests that open theirs by its URL,
// or whose beginning wants a database without organisations.
func Plant(t testing.TB, d *db.DB) {
	t.Helper()
	if err := plantAll(d); err != nil {
		t.Fatal(err)
	}
}

func plantAll(d *db.DB) error {
	return d.InFreshTx(context.Background(), func(tx *sql.Tx) error {
		for _, p := range canaries {
			if err := plant(tx, p); err != nil {
				return fmt.Errorf("plant a canary in %s: %w", p.table, err)
			}
		}
		return nil
	})
}

func plant(tx *sql.Tx, p planted) error {
	cols, err := columnsIn(tx, p.table)
	if err != nil {
		return err
	}
	set := map[string]any{}
	for _, s := range strings.Fields(p.cols) {
		k, v, _ := strings.Cut(s, "=")
		if strings.HasPrefix(v, "$") {
			set[k] = canaryID(int(v[1] - '0'))
		} else {
			set[k] = v
		}
	}
	var names, marks []string
	var args []any
	for _, c := range cols {
		v, ok := set[c.name]
		if delete(set, c.name); !ok {
			switch v = any(int64(CanaryNumber)); {
			case c.text:
				v = Canary
			case c.small:
				v = 1
			}
		}
		if c.bytes {
			v = []byte(fmt.Sprint(v))
		}
		names, marks, args = append(names, c.name), append(marks, "?"), append(args, v)
	}
	if len(set) > 0 {
		return fmt.Errorf("no such columns: %v", set)
	}
	_, err = tx.Exec("INSERT INTO "+p.table+" ("+strings.Join(names, ",")+") VALUES ("+strings.Join(marks, ",")+")", args...)
	return err
}

func canaryID(n int) int64 { return CanaryNumber*1000 + int64(n) }

func columnsIn(tx *sql.Tx, table string) ([]column, error) {
	columnsOf.Lock()
	defer columnsOf.Unlock()
	if known := columnsOf.known[table]; known != nil {
		return known, nil
	}
	rows, err := tx.Query("SELECT * FROM " + table + " WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	var out []column
	for _, c := range types {
		n := c.DatabaseTypeName()
		bin := strings.Contains(n, "BLOB") || strings.Contains(n, "BINARY")
		out = append(out, column{c.Name(), bin || strings.Contains(n, "CHAR") || strings.Contains(n, "TEXT"), bin, strings.Contains(n, "BOOL") || strings.Contains(n, "INT") && n != "BIGINT"})
	}
	columnsOf.known[table] = out
	return out, rows.Err()
}

// Lift takes away what stands in the competitor's name where posts file documents, without a post that filed it: a test that
// holds the books against each other does so first, as its last act.
func Lift(t testing.TB, d *db.DB) {
	t.Helper()
	if err := d.InFreshTx(context.Background(), func(tx *sql.Tx) error {
		for _, p := range slices.Backward(canaries) {
			if !p.filed {
				continue
			}
			first, _, _ := strings.Cut(p.cols, "=") // of each filed table an id of the competitor, or one of its organisations
			if _, err := tx.Exec("DELETE FROM "+p.table+" WHERE "+first+" >= ? AND "+first+" < ?", canaryID(0), canaryID(1000)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

var leaks struct {
	sync.Mutex
	found map[string]bool
	held  int // pieces that were looked at
}

func init() { egress.Watch(hold) }

var number = fmt.Appendf(nil, "%d", CanaryNumber)

// hold looks for the competitor in what is about to leave.
func hold(way, where string, words []byte) {
	at := sings(words)
	leaks.Lock()
	defer leaks.Unlock()
	if leaks.held++; at == "" {
		return
	}
	if leaks.found == nil {
		leaks.found = map[string]bool{}
	}
	if len(leaks.found) < 20 {
		leaks.found[fmt.Sprintf("%s %s tells of the competitor: %s", way, where, at)] = true
	}
}

// sings is what stands around the first word or number of the competitor; "" where there is none. Digits are read as people read
// them: 77.077.077,07 and 7,707,707,707 are the same.
func sings(words []byte) string {
	plain := make([]byte, 0, len(words))
	for i := 0; i < len(words); i++ {
		c := words[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		between := i > 0 && i+1 < len(words) && digit(words[i-1]) && digit(words[i+1])
		if between && (c == '.' || c == ',' || c == '\'' || c == ' ') {
			continue
		}
		plain = append(plain, c)
	}
	plain = bytes.ReplaceAll(bytes.ReplaceAll(plain, []byte("\u00a0"), nil), []byte("\u202f"), nil)
	at := bytes.Index(plain, []byte(Canary))
	if at < 0 {
		at = bytes.Index(plain, number)
	}
	if at < 0 {
		return ""
	}
	return string(plain[max(0, at-120):min(len(plain), at+60)])
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// Leaks are the words of the competitor that have left since the last call, and how many pieces were looked at since the program
// began; what is answered here fails nobody any more.
func Leaks() (found []string, held int) {
	leaks.Lock()
	defer leaks.Unlock()
	for f := range leaks.found {
		found = append(found, f)
	}
	slices.Sort(found)
	clear(leaks.found)
	return found, leaks.held
}

// mindCanaries fails a test that let something of the competitor out.
func mindCanaries(t testing.TB) {
	t.Cleanup(func() {
		found, _ := Leaks()
		for _, f := range found {
			t.Error(f)
		}
	})
}

// Log is a log of tests whose every line is held against the competitor's words; it is written nowhere, or with
// SALURAN_TEST_LOG=1 to the standard error.
func Log() *slog.Logger {
	return slog.New(slog.NewJSONHandler(heldLines{}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type heldLines struct{}

func (heldLines) Write(line []byte) (int, error) {
	egress.Out(egress.Log, "", line)
	if os.Getenv("SALURAN_TEST_LOG") != "" {
		return os.Stderr.Write(line)
	}
	return len(line), nil
}
