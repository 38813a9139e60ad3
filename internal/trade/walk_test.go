package trade

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// TestAnyStoryHolds walks at random through orders of a channel of three links with any points of title and risk. After every
// step the books verify and the papers agree with them; a step that is refused changes nothing. rapid prints the seed of a walk
// that fails; -rapid.checks makes it longer.
func TestAnyStoryHolds(tt *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		require.NoError(tt, f.Value.Set("25"))
		defer f.Value.Set(f.DefValue)
	}
	require.NoError(tt, flag.Set("rapid.nofailfile", "true"))
	rapid.Check(tt, func(r *rapid.T) {
		w := &walk{till: newTill(tt), r: r}
		dbtest.Lift(tt, w.d) // the books are held after every step
		defer w.book.Close()
		for _, p := range w.pairs() {
			d := w.deals[p]
			d.TitleOn = rapid.SampledFrom([]string{"confirmation", "dispatch", "delivery", "payment"}).Draw(r, "title")
			d.RiskOn = rapid.SampledFrom([]string{"dispatch", "delivery", "title"}).Draw(r, "risk")
			d.ResaleBeforeTitle = rapid.Bool().Draw(r, "resale")
			d.Prepay = rapid.IntRange(0, 4).Draw(r, "prepay") == 0
			if rapid.Bool().Draw(r, "early") {
				d.EarlyDays, d.EarlyBps = 10, 200
			}
			d.Agent, d.Appointment, d.CommissionBps = agen, 900, 500
			d.CommissionOn = rapid.SampledFrom([]string{OnOrder, OnDelivery, OnPayment}).Draw(r, "commission")
			if rapid.IntRange(0, 3).Draw(r, "limited") == 0 {
				w.limit(p[0], p[1], 3_000_000_00)
			}
		}
		for range rapid.IntRange(15, 40).Draw(r, "steps") {
			w.step()
		}
	})
}

type walk struct {
	*till
	r *rapid.T
}

func (w *walk) pairs() [][2]id.ID { return [][2]id.ID{{maker, depot}, {depot, grosir}, {grosir, toko}} }

func (w *walk) int(name string, low, high int64) int64 {
	return rapid.Int64Range(low, high).Draw(w.r, name)
}

func (w *walk) must(err error, what string) {
	if err != nil {
		w.r.Fatalf("%s: %v", what, err)
	}
}

// one picks one of the ids that a query finds, mostly a late one; 0 where there is none.
func (w *walk) one(query string) id.ID {
	var all []id.ID
	w.must(w.d.R(w.ctx).Raw(query+" ORDER BY 1 DESC").Scan(&all).Error, query)
	if len(all) == 0 {
		return 0
	}
	return all[w.int("which", 0, int64(min(len(all), 6)-1))]
}

var moves = []string{"place", "place", "amend", "confirm", "confirm", "confirm", "dispatch", "dispatch", "dispatch", "receive", "receive", "receive", "bill", "bill", "bill",
	"pay", "pay", "pay", "return", "credit", "bounce", "cancel", "takeback", "fill", "apply", "refund", "writeoff", "reject", "close",
	"commission", "commission", "repay", "repay"}

// step takes one step and checks the world after it.
func (w *walk) step() {
	do := rapid.SampledFrom(moves).Draw(w.r, "do")
	before := w.mark()
	done, err := w.act(do)
	switch {
	case !done:
		return
	case err != nil:
		if k := errs.KindOf(err); k != errs.Conflict && k != errs.Invalid && k != errs.NotFound && k != errs.Forbidden {
			w.r.Fatalf("%s: %v", do, err)
		}
		if code := errs.CodeOf(err); code == "changed" || code == codeMoved || code == "ledger.stale" || code == "ledger.short_position" {
			w.r.Fatalf("%s: nobody else is there, and yet: %v", do, err)
		}
		if now := w.mark(); now != before {
			w.r.Fatalf("%s was refused (%v) and changed the world: %s → %s", do, err, before, now)
		}
		w.r.Logf("%s: %s", do, errs.CodeOf(err))
	default:
		w.r.Logf("%s: done", do)
		w.check(do)
	}
}

// mark names the state of the world: the head of the books, and sums over what is not in them.
func (w *walk) mark() string {
	var out string
	for _, q := range []string{"SELECT seq FROM lane", "SELECT COUNT(*) FROM audit", "SELECT SUM(version) + SUM(credit_held) FROM orders",
		"SELECT SUM(held + 3 * allotted + 7 * dispatched + 11 * delivered + 13 * invoiced + 17 * returned + 19 * cancelled + 23 * forgone) FROM order_line",
		"SELECT SUM(sellable + 3 * held) FROM stock", "SELECT SUM(used + 3 * held) FROM exposure", "SELECT SUM(version) FROM shipment",
		"SELECT SUM(version + settled) FROM invoice", "SELECT SUM(version) FROM payment", "SELECT COUNT(*) FROM outbox", "SELECT SUM(acct % 97 * posted) FROM balance"} {
		var n *int64
		w.must(w.d.ReadSQL().QueryRowContext(w.ctx, q).Scan(&n), q)
		if n != nil {
			out += fmt.Sprint(*n)
		}
		out += " "
	}
	return out
}

func (w *walk) act(do string) (done bool, err error) {
	switch do {
	case "place":
		p := rapid.SampledFrom(w.pairs()).Draw(w.r, "pair")
		var lines []PlaceLine
		for range w.int("lines", 1, 2) {
			l := pieces(kopi+id.ID(w.int("product", 0, 1)), w.int("qty", 1, 400))
			if w.int("used", 0, 4) == 0 {
				l.Purpose = EndUse
			}
			lines = append(lines, l)
		}
		_, err := w.s.Place(w.ctx, of(p[0]), Place{Seller: p[0], Buyer: p[1], Lines: lines, HoldCredit: w.int("hold", 0, 1) == 1})
		return true, err
	case "pay":
		return w.pay()
	case "apply", "refund":
		p := rapid.SampledFrom(w.pairs()).Draw(w.r, "pair")
		if do == "apply" {
			_, err = w.s.Apply(w.ctx, of(p[0]), Apply{Seller: p[0], Buyer: p[1], Currency: "IDR"})
		} else {
			_, err = w.s.Refund(w.ctx, of(p[0]), Refund{Buyer: p[1], Currency: "IDR", Method: "transfer"})
		}
		return true, err
	case "commission", "repay":
		return w.commissionPaid(do == "repay")
	case "bounce":
		no := w.one("SELECT id FROM payment WHERE status = 'confirmed' AND method <> 'deposit'")
		if no == 0 {
			return false, nil
		}
		var payee id.ID
		w.must(w.d.R(w.ctx).Raw("SELECT payee FROM payment WHERE id = ?", no).Scan(&payee).Error, "payment")
		_, err := w.s.Bounce(w.ctx, of(payee), PayStep{Payment: no, Reason: "no cover"})
		return true, err
	case "credit", "writeoff":
		return w.forgive(do)
	case "receive", "takeback":
		return w.arrive(do)
	}
	return w.order1(do)
}

func (w *walk) order1(do string) (bool, error) {
	no := w.one("SELECT id FROM orders WHERE kind = 'sale' AND status NOT IN ('rejected','cancelled','closed')")
	if no == 0 {
		return false, nil
	}
	var seller id.ID
	w.must(w.d.R(w.ctx).Raw("SELECT seller FROM orders WHERE id = ?", no).Scan(&seller).Error, "seller")
	o, err := w.s.order(w.ctx, seller, no)
	w.must(err, "order")
	st := Step{Order: no, Reason: "any"}
	who := of(seller)
	l := o.Lines[w.int("line", 0, int64(len(o.Lines)-1))]
	some := func(n qty.Qty) qty.Qty { return qty.Units(w.int("some", 1, max(1, int64(n)/qty.Scale))) }
	part := w.int("part", 0, 1) == 1
	switch do {
	case "confirm":
		if o.Status == CreditHold {
			_, err = w.s.Resume(w.ctx, who, st)
		} else {
			_, err = w.s.Confirm(w.ctx, who, st)
		}
	case "amend":
		ask := AmendLine{Line: l.N, Qty: qty.Units(w.int("to", 0, 300))}
		if w.int("new", 0, 4) == 0 {
			ask = AmendLine{Product: teh, Qty: qty.Units(w.int("to", 1, 50))}
		}
		_, err = w.s.Amend(w.ctx, who, Amend{Step: st, Lines: []AmendLine{ask}})
	case "dispatch":
		c := Dispatch{Step: st}
		if part {
			c.Lines = []DispatchLine{{Line: l.N, Qty: some(l.Open())}}
		}
		_, err = w.s.Dispatch(w.ctx, who, c)
	case "bill":
		c := Bill{Step: st}
		if part {
			c.Lines = []BillLine{{Line: l.N, Qty: some(l.Delivered)}}
		}
		_, err = w.s.Bill(w.ctx, who, c)
	case "return":
		c := Return{Step: st}
		if part {
			c.Lines = []DispatchLine{{Line: l.N, Qty: some(l.Delivered - l.Returned)}}
		}
		_, err = w.s.Return(w.ctx, who, c)
	case "cancel":
		_, err = w.s.Cancel(w.ctx, who, st)
	case "reject":
		_, err = w.s.Reject(w.ctx, who, st)
	case "fill":
		_, err = w.s.FillBackorders(w.ctx, who, st)
	case "close":
		_, err = w.s.Close(w.ctx, who, st)
	}
	return true, err
}

func (w *walk) arrive(do string) (bool, error) {
	which := map[string]string{"receive": "status = '" + InTransit + "'", "takeback": "waits = 1"}[do]
	no := w.one("SELECT id FROM shipment WHERE kind = 'out' AND " + which)
	if no == 0 {
		return false, nil
	}
	var seller id.ID
	w.must(w.d.R(w.ctx).Raw("SELECT seller FROM shipment WHERE id = ?", no).Scan(&seller).Error, "shipment")
	if do == "takeback" {
		_, err := w.s.TakeBack(w.ctx, of(seller), no, 0, Key{})
		return true, err
	}
	h, err := w.s.shipment(w.ctx, seller, no)
	w.must(err, "shipment")
	c := Receive{Shipment: no}
	if w.int("split", 0, 1) == 1 {
		for _, l := range h.Lines {
			x, left := ReceiveLine{N: l.N}, int64(l.Qty)/qty.Scale
			for _, to := range []*qty.Qty{&x.Damaged, &x.Short, &x.Refused} {
				n := w.int("off", 0, min(left, 5))
				*to, left = qty.Units(n), left-n
			}
			x.Received = qty.Units(left)
			c.Lines = append(c.Lines, x)
		}
	}
	_, err = w.s.Receive(w.ctx, of(h.Buyer), c)
	return true, err
}

func (w *walk) pay() (bool, error) {
	p := rapid.SampledFrom(w.pairs()).Draw(w.r, "pair")
	var due money.Minor
	w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(total - settled), 0) FROM invoice WHERE seller = ? AND buyer = ? AND kind = 'invoice'", p[0], p[1]).Scan(&due).Error, "due")
	amount := due
	if due == 0 || w.int("odd", 0, 1) == 1 {
		amount = money.Minor(w.int("amount", 1, int64(due)/100+2_000_000)) * 100
	}
	v, err := w.s.Report(w.ctx, of(p[1]), Report{Payee: p[0], Currency: "IDR", Amount: amount, Method: "transfer"})
	w.must(err, "report")
	_, err = w.s.ConfirmPayment(w.ctx, of(p[0]), Confirm{Payment: v.ID})
	w.must(err, "confirm what was paid")
	return true, nil
}

func (w *walk) forgive(do string) (bool, error) {
	no := w.one("SELECT id FROM invoice WHERE kind = 'invoice'")
	if no == 0 {
		return false, nil
	}
	var seller id.ID
	w.must(w.d.R(w.ctx).Raw("SELECT seller FROM invoice WHERE id = ?", no).Scan(&seller).Error, "invoice")
	v, err := w.s.invoiceOf(w.ctx, seller, no)
	w.must(err, "invoice")
	if do == "writeoff" {
		_, err := w.s.WriteOff(w.ctx, of(v.Seller), WriteOff{Invoice: no, Reason: "bad debt", Amount: money.Minor(w.int("half", 0, 1)) * v.Open() / 2})
		return true, err
	}
	c := Credit{Invoice: no, Reason: "any"}
	if w.int("part", 0, 1) == 1 {
		lines, err := w.s.invoiceLines(w.ctx, no)
		w.must(err, "lines")
		l := lines[w.int("line", 0, int64(len(lines)-1))]
		c.Lines = []BillLine{{l.N, qty.Units(w.int("some", 1, int64(l.Qty)/qty.Scale))}}
	}
	_, err = w.s.Credit(w.ctx, of(v.Seller), c)
	return true, err
}

// check holds the books, and the papers against each other.
func (w *walk) check(do string) {
	rep, err := ledger.Verify(w.ctx, w.d, ledger.VerifyConfig{Holds: Holds})
	w.must(err, "verify")
	if len(rep.Problems) > 0 {
		w.r.Fatalf("after %s: %v", do, rep.Problems)
	}
	var all []struct{ ID, Seller id.ID }
	w.must(w.d.R(w.ctx).Raw("SELECT id, seller FROM orders WHERE kind = 'sale' ORDER BY id").Scan(&all).Error, "orders")
	for _, x := range all {
		o, err := w.s.order(w.ctx, x.Seller, x.ID)
		w.must(err, "order")
		w.order2(do, o)
	}
	for what, q := range map[string]string{
		"received is what was sent": `SELECT COUNT(*) FROM shipment_line l JOIN shipment h ON h.id = l.shipment_id WHERE h.kind = 'out' AND h.status <> 'in_transit'
			AND l.received + l.damaged + l.short + l.refused <> l.qty`,
		"titled is not more than was sent, nor less than nothing": "SELECT COUNT(*) FROM shipment_line WHERE titled < 0 OR titled > qty OR returned < 0 OR returned > received + damaged",
		"lines of an invoice sum to it": `SELECT COUNT(*) FROM invoice v WHERE v.settled <> (SELECT SUM(l.settled) FROM invoice_line l WHERE l.invoice_id = v.id)
			OR v.total <> (SELECT SUM(l.net + l.tax) FROM invoice_line l WHERE l.invoice_id = v.id)`,
		"invoices are settled between nothing and all": "SELECT COUNT(*) FROM invoice WHERE kind = 'invoice' AND (settled < 0 OR settled > total)",
		"a payment is what it settled and what is left": `SELECT COUNT(*) FROM payment WHERE status = 'confirmed' AND method <> 'deposit' AND allocated + deposited <> amount
			AND id NOT IN (SELECT payment_id FROM payment_part WHERE kind IN ('refund','remittance'))`,
		"commission is what its rows say": `SELECT COUNT(*) FROM (SELECT principal, agent, SUM(amount) AS n, MIN(amount) AS low FROM commission GROUP BY principal, agent) c
			WHERE c.n < 0`,
	} {
		var n int64
		w.must(w.d.ReadSQL().QueryRowContext(w.ctx, q).Scan(&n), what)
		if n != 0 {
			w.r.Fatalf("after %s: not so: %s (%d)", do, what, n)
		}
	}
	w.exposures(do)
	w.commissions(do)
}

// order2 holds the lines of an order against each other, and its head against its lines.
func (w *walk) order2(do string, o Order) {
	d := w.deals[[2]id.ID{o.Seller, o.Buyer}]
	for _, l := range o.Lines {
		bad := l.Held < 0 || l.Allotted < 0 || l.Dispatched < 0 || l.Cancelled < 0 || l.Forgone < 0 || l.Held+l.Allotted+l.Dispatched+l.Cancelled > l.Qty ||
			l.Delivered > l.Dispatched || l.Returned > l.Delivered || l.Forgone > l.Returned || l.Invoiced > l.Qty ||
			(!d.Prepay && (l.Invoiced+l.Forgone > l.Delivered || l.Invoiced+l.Forgone+l.Cancelled > l.Qty))
		if bad {
			w.r.Fatalf("after %s: order %s: line %+v", do, o.Number, l)
		}
	}
	want := d.credit(o.Total, o.Lines)
	if o.Status == CreditHold {
		want = 0
	}
	if o.CreditHeld != want {
		w.r.Fatalf("after %s: order %s (%s) holds %d of credit, its lines %d", do, o.Number, o.Status, o.CreditHeld, want)
	}
	var set int64
	w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(qty - dispatched), 0) FROM allotment WHERE order_id = ?", o.ID).Scan(&set).Error, "allotment")
	for _, l := range o.Lines {
		set -= int64(l.Allotted)
	}
	if set != 0 {
		w.r.Fatalf("after %s: order %s: what is set aside is not what its lines say (%d)", do, o.Number, set)
	}
	if !slices.Contains([]Status{Rejected, Closed, CreditHold}, o.Status) {
		settled, err := w.s.settled(w.ctx, nil, o)
		w.must(err, "settled")
		if now := stage(o, settled); now != o.Status {
			w.r.Fatalf("after %s: order %s stands as %s, and is %s", do, o.Number, o.Status, now)
		}
	}
}

// exposures: used is what is open of invoices less deposits.
func (w *walk) exposures(do string) {
	for _, p := range w.pairs() {
		var used, open money.Minor
		w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(used), 0) FROM exposure WHERE seller = ? AND bill_to = ?", p[0], p[1]).Scan(&used).Error, "used")
		w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(total - settled), 0) FROM invoice WHERE seller = ? AND buyer = ? AND kind = 'invoice'", p[0], p[1]).Scan(&open).Error, "open")
		deposit, err := w.s.owed(context.WithoutCancel(w.ctx), p[1], p[0], rupiah, ledger.Deposit)
		w.must(err, "deposit")
		paid, back := w.owed(p[0], p[1], ledger.CashPaid), w.owed(p[1], p[0], ledger.CashPaid)
		if claim := w.owed(p[0], p[1], ledger.Claim); deposit+back > paid+open+claim {
			w.r.Fatalf("after %s: %d has a deposit of %d with %d and got %d back, and paid %d (open %d, claims %d)", do, p[1], deposit, p[0], back, paid, open, claim)
		}
		if used != open-deposit {
			w.r.Fatalf("after %s: %d owes %d: used %d, open %d less deposit %d", do, p[1], p[0], used, open, deposit)
		}
	}
}
