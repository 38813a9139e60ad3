package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Job is an import to be made.
type Job struct {
	Map      Mapping
	Lines    []Source
	Products *Source
	Partners *Source
	// AcceptGood applies the good documents although others are bad or in conflict.
	AcceptGood bool
	// Org is the organisation whose own sales these are, where the actor is the operator or the command line.
	Org id.ID
	// GiveUp is the run of an import that broke off and is not to be taken up again: what it has bought stays bought.
	GiveUp string
	// Progress is told now and then, from one goroutine at a time; nil is fine.
	Progress func(Progress)
	// Scratch is the folder of the sorted files; empty: the system's.
	Scratch string
}

// plan is a job that has been read and checked: what Apply needs. It holds files: close it.
type plan struct {
	ctx    context.Context
	job    Job
	m      Mapping
	cur    money.Currency
	values *values
	d      *db.DB
	now    clock.Instant
	ms     *masters
	own    *own // who imports its own sales; nil for the operator's imports
	sum    *Summary

	telling sync.Mutex

	stops int64 // problems of the whole, which cannot be left out with a document

	lastDay  clock.Date
	lastNoon clock.Instant

	seller  int32 // partner, where the mapping names one for all
	lines   *spill
	docs    *spill // documents by day
	supply  *spill // what is bought and given back, by day and producer
	opening *spill // shortfalls
	run     string

	columns    map[string]string // field of the mapping → column of the files
	unnumbered bool              // the files have no line numbers: lines are numbered as they come

	watch *Preview
}

func newPlan(ctx context.Context, d *db.DB, now clock.Instant, job Job) (*plan, error) {
	if f := job.Map.check(); f != nil {
		return nil, errs.OnFields(f.Code, *f)
	}
	if len(job.Lines) == 0 {
		return nil, errs.New(errs.Invalid, "import.no_lines")
	}
	if job.Scratch == "" {
		job.Scratch = os.TempDir()
	}
	p := &plan{ctx: ctx, job: job, m: job.Map, values: newValues(job.Map), d: d, now: now, ms: newMasters(),
		sum: &Summary{Map: job.Map.Name}, seller: -1, columns: map[string]string{}}
	p.lines, p.docs, p.supply, p.opening = newSpill(job.Scratch), newSpill(job.Scratch), newSpill(job.Scratch), newSpill(job.Scratch)
	return p, nil
}

func (p *plan) close() {
	for _, s := range []*spill{p.lines, p.docs, p.supply, p.opening} {
		s.close()
	}
}

func (p *plan) progress(stage string, done, total int64) {
	if p.job.Progress != nil {
		p.telling.Lock()
		defer p.telling.Unlock()
		p.job.Progress(Progress{stage, done, total})
	}
}

func (p *plan) problem(f string, row int64, column, value, code string, args ...string) {
	p.sum.BadLines++
	if len(p.sum.Problems) >= listed {
		return
	}
	x := Problem{File: f, Row: row, Column: column, Value: strings.Clone(clip(strings.ToValidUTF8(value, "?"), 100)), Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if x.Args == nil {
			x.Args = map[string]string{}
		}
		x.Args[args[i]] = args[i+1]
	}
	p.sum.Problems = append(p.sum.Problems, x)
}

// dryRun reads and checks everything and changes nothing.
func (p *plan) dryRun() error {
	if p.job.Products != nil {
		if err := p.readProducts(*p.job.Products); err != nil {
			return err
		}
	}
	if p.job.Partners != nil {
		if err := p.readPartners(*p.job.Partners); err != nil {
			return err
		}
	}
	for i, s := range p.job.Lines {
		if err := p.readLines(s, int32(i)); err != nil {
			return err
		}
	}
	if p.sum.Lines == 0 && p.sum.Torn == 0 {
		return errs.New(errs.Invalid, "import.empty_file", "file", p.job.Lines[0].Name)
	}
	if err := p.group(); err != nil {
		return fmt.Errorf("group the lines: %w", err)
	}
	p.lines.close()
	if err := p.floors(); err != nil {
		return fmt.Errorf("check the floors: %w", err)
	}
	if err := p.limits(); err != nil {
		return fmt.Errorf("check the credit limits: %w", err)
	}
	p.countNew()
	return nil
}

// lineColumns are the columns of a sales line.
type lineColumns struct {
	doc, line, date, qty, amount, tax, seller, sellerName, buyer, buyerName bound
	product, unit, price, kind                                              bound
	full                                                                    productColumns
}

func (p *plan) bindLines(r *reader) (c lineColumns, err error) {
	opt := func(f *Field) Field {
		if f == nil {
			return Field{}
		}
		return *f
	}
	b, err := bindAll(r, p.m.Document, opt(p.m.Line), p.m.Date, p.m.Quantity, p.m.Amount, opt(p.m.Tax),
		p.m.Seller.Code, p.m.Seller.Name, p.m.Buyer.Code, p.m.Buyer.Name, p.m.Product.Code, opt(p.m.Unit), opt(p.m.Price), opt(p.m.Buyer.KindFrom))
	if err != nil {
		return c, err
	}
	c = lineColumns{doc: b[0], line: b[1], date: b[2], qty: b[3], amount: b[4], tax: b[5], seller: b[6], sellerName: b[7],
		buyer: b[8], buyerName: b[9], product: b[10], unit: b[11], price: b[12], kind: b[13]}
	if !c.amount.present() && !c.price.present() {
		return c, errs.New(errs.Invalid, "import.no_column_of", "file", r.t.name, "columns",
			strings.Join([]string{columnOf(p.m.Amount), columnOf(opt(p.m.Price))}, ", "), "has", clip(strings.Join(r.t.header, ", "), 200))
	}
	if !p.ms.fromFile {
		if c.full, err = p.bindProduct(r, p.m.Product.Code); err != nil {
			return c, err
		}
	}
	if !c.line.present() {
		p.unnumbered = true
	}
	for name, x := range map[string]bound{"document": c.doc, "line": c.line, "date": c.date, "quantity": c.qty, "unit": c.unit, "amount": c.amount,
		"price": c.price, "tax": c.tax, "seller.code": c.seller, "buyer.code": c.buyer, "buyer.name": c.buyerName, "buyer.kind": c.kind,
		"product.code": c.product, "product.name": c.full.name, "product.producer": c.full.producer} {
		if x.present() && x.f.Const == "" {
			p.columns[name] = x.name
		}
	}
	return c, nil
}

// line is a parsed row.
type line struct {
	seller, buyer, product int32
	doc                    string
	n                      int64
	date                   clock.Date
	qty                    qty.Qty // in the product's base unit
	said                   qty.Qty // as the source says it, in unit
	unit                   int32
	net, tax               money.Minor
	file                   int32
	row                    int64
	bad                    bool
	perhaps                bool // bad, if it is of this document: see surplus
}

// readLines parses the rows of one file. A bad row still names its document where it can, so that the document is bad.
func (p *plan) readLines(s Source, n int32) error {
	var k key
	return p.eachRow(s, func(r *reader) (func(row []string, n int64) error, error) {
		c, err := p.bindLines(r)
		if err != nil {
			return nil, err
		}
		if p.watch != nil {
			p.watch.open(r.t, p.columns)
		}
		return func(row []string, at int64) error {
			p.sum.Lines++
			if p.sum.Lines%5000 == 0 {
				p.progress("read", p.sum.Lines, 0)
			}
			if x, ok := r.t.surplus(row); ok {
				if p.watch != nil {
					p.watch.row(row, at, false)
				}
				return p.surplus(s.Name, n, c, row, at, x)
			}
			before := p.sum.BadLines
			l, err := p.parse(c, row, func(b bound, raw, why string) { p.problem(s.Name, at, b.name, raw, why) })
			if err != nil {
				return err
			}
			if p.sum.BadLines > before {
				p.sum.BadLines = before + 1 // a row counts once, however much is wrong with it
				l.bad = true
			}
			if p.watch != nil {
				p.watch.row(row, at, !l.bad)
			}
			if l.doc == "" || l.seller < 0 {
				return nil
			}
			l.file, l.row = n, at
			k.reset()
			p.putLine(&k, l)
			return p.lines.add(k.b)
		}, nil
	})
}

func (p *plan) putLine(k *key, l line) {
	k.text(p.ms.partners[l.seller].code)
	k.text(l.doc)
	k.int(l.n)
	k.small(l.file)
	k.int(l.row)
	bad := byte(0)
	switch {
	case l.perhaps:
		bad = 2
	case l.bad:
		bad = 1
	}
	k.byte(bad)
	k.small(l.seller)
	k.small(l.buyer)
	k.small(l.product)
	k.int(int64(l.qty))
	k.int(int64(l.said))
	k.small(l.unit)
	k.int(int64(l.net))
	k.int(int64(l.tax))
	k.raw([]byte(l.date))
}

func takeLine(rec []byte) (l line) {
	u := unkey{rec}
	u.text()
	l.doc = string(u.text())
	l.n, l.file, l.row = u.int(), u.small(), u.int()
	bad := u.byte()
	l.bad, l.perhaps = bad > 0, bad == 2
	l.seller, l.buyer, l.product = u.small(), u.small(), u.small()
	l.qty, l.said, l.unit = qty.Qty(u.int()), qty.Qty(u.int()), u.small()
	l.net, l.tax = money.Minor(u.int()), money.Minor(u.int())
	l.date = clock.Date(u.b)
	return l
}

// runName is the name of a set of documents, in 16 characters.
func runName(sum []byte) string { return hex.EncodeToString(sum[:8]) }

// docHash is the hash of what the source says of a document, whatever the order of its rows in the files.
func (p *plan) docHash(d *document) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %s %q %s\n", p.ms.partners[d.seller].code, d.number, d.date, p.ms.partners[d.buyer].code, p.cur.Code)
	for _, l := range d.lines {
		x := &p.ms.products[l.product]
		maker := ""
		if x.producer >= 0 {
			maker = p.ms.partners[x.producer].code
		}
		fmt.Fprintf(h, "%d %q %q %d %d %d", l.n, maker, x.code, int64(l.said), int64(l.net), int64(l.tax))
		if l.unit != 0 {
			fmt.Fprintf(h, " %q", p.ms.units[l.unit])
		}
		h.Write([]byte{'\n'})
	}
	return [32]byte(h.Sum(nil))
}

// event is the sentence under which a document stands in the books for ever. An organisation that imports its own sales stands there
// by its id: kinds and codes of others may read like its own.
func (p *plan) event(seller, number string) string {
	if p.own != nil {
		seller = "@" + p.own.id.String()
	}
	e := "import/" + p.m.Name + "/" + seller + "/" + number
	if len(e) > 96 || !asciiOnly(e) {
		h := sha256.Sum256([]byte(e))
		return "import/" + p.m.Name + "/#" + hex.EncodeToString(h[:])
	}
	return e
}

func asciiOnly(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// noon is when a document happens: twelve o'clock of its date in the mapping's zone.
func (p *plan) noon(d clock.Date) clock.Instant {
	if p.lastDay != d {
		p.lastDay, p.lastNoon = d, d.Noon(p.m.Zone) // finding the zone is slow
	}
	return p.lastNoon
}
