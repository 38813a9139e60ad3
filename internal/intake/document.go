package intake

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// document is all lines of one number of one seller.
type document struct {
	seller, buyer int32
	number        string
	file          int32 // where its first line stands, until the books were asked about it
	row           int64
	date          clock.Date
	lines         []docLine
	hash          [32]byte
	there         bool   // the books have it
	run           string // of the run that brought it, where it is there
	bad           bool
	doubtful      bool // a row that may be of it cannot be read
	clash         bool // its number is that of another document's second paper
	code          string
}

type docLine struct {
	n        int64
	product  int32
	unit     int32
	qty      qty.Qty // in the product's base unit
	said     qty.Qty // in unit
	net, tax money.Minor
}

// maxLines bounds a document, like an order's lines.
const maxLines = 5000

// phase says when on its day a document is posted: what only sells first, then whatever brings something back.
func (d *document) phase() byte {
	if slices.ContainsFunc(d.lines, func(l docLine) bool { return l.qty < 0 }) {
		return 1
	}
	return 0
}

// group makes documents of the sorted lines, checks them, and finds out which the books have already.
func (p *plan) group() error {
	r, err := p.lines.read()
	if err != nil {
		return err
	}
	g := grouper{p: p, all: sha256.New()}
	fmt.Fprintf(g.all, "%s %s\n", p.m.Name, p.cur.Code)
	var done int64
	for {
		rec, err := r.next()
		if err != nil {
			return err
		}
		if rec == nil {
			break
		}
		if done++; done%20000 == 0 {
			p.progress("group", done, p.sum.Lines)
		}
		if err := g.add(takeLine(rec)); err != nil {
			return err
		}
	}
	if err := g.end(); err != nil {
		return err
	}
	if err := g.look(); err != nil {
		return err
	}
	p.run = runName(g.all.Sum(nil))
	p.sum.Run = p.run
	return nil
}

// grouper collects the lines of a document, and documents until a look into the books is worth while.
type grouper struct {
	p       *plan
	all     hash.Hash
	doc     *document
	last    line
	mixed   []*document // documents of one seller that make a second paper, the number of each the beginning of the next
	waiting []*document
	nLines  int
}

func (g *grouper) add(l line) error {
	if g.doc == nil || g.doc.seller != l.seller || g.doc.number != l.doc {
		if err := g.end(); err != nil {
			return err
		}
		g.doc = &document{seller: l.seller, number: l.doc}
		g.last = line{}
	}
	d := g.doc
	if l.bad {
		d.doubtful = true
		d.bad = d.bad || !l.perhaps
		return nil
	}
	p := g.p
	name := p.job.Lines[l.file].Name
	switch {
	case len(d.lines) == 0:
		d.date, d.buyer, d.file, d.row = l.date, l.buyer, l.file, l.row
		if live := p.ms.partners[l.buyer].live; live != "" && l.date >= live {
			d.fail("import.trades_here")
			p.problem(name, l.row, p.columns["date"], string(l.date), d.code, "document", l.doc, "buyer", p.ms.partners[l.buyer].code, "since", string(live))
		}
	case d.date != l.date:
		d.fail("import.document_two_dates")
		p.problem(name, l.row, p.columns["date"], string(l.date), d.code, "document", l.doc, "other", string(d.date))
	case d.buyer != l.buyer:
		d.fail("import.document_two_buyers")
		p.problem(name, l.row, p.columns["buyer.code"], p.ms.partners[l.buyer].code, d.code, "document", l.doc, "other", p.ms.partners[d.buyer].code)
	case !p.unnumbered && g.last.n == l.n:
		d.fail("import.line_twice")
		p.problem(name, l.row, p.columns["line"], itoa(l.n), d.code, "document", l.doc, "row", itoa(g.last.row))
	case len(d.lines) == maxLines:
		if d.code != "import.document_too_long" {
			p.problem(name, l.row, p.columns["document"], l.doc, "import.document_too_long", "document", l.doc, "max", itoa(maxLines))
		}
		d.fail("import.document_too_long")
		return nil
	}
	if p.unnumbered {
		l.n = int64(len(d.lines) + 1)
	}
	g.last = l
	if len(d.lines) < maxLines {
		d.lines = append(d.lines, docLine{l.n, l.product, l.unit, l.qty, l.said, l.net, l.tax})
	}
	return nil
}

func (d *document) fail(code string) { d.bad, d.code = true, code }

// end closes the document that is being collected.
func (g *grouper) end() error {
	d := g.doc
	g.doc = nil
	if d == nil || d.doubtful && !d.bad && len(d.lines) == 0 {
		return nil
	}
	if d.bad || d.doubtful {
		g.p.sum.BadDocuments++
		return nil
	}
	g.second(d)
	d.hash = g.p.docHash(d)
	g.all.Write(d.hash[:])
	g.waiting = append(g.waiting, d)
	g.nLines += len(d.lines)
	if len(g.waiting) >= 400 || g.nLines > 20000 {
		return g.look()
	}
	return nil
}

// second finds out whether a document bears the number that another of the file makes for its second paper. Documents come in the order
// of their numbers, so whatever could have made it is the beginning of it, and stands in mixed.
func (g *grouper) second(d *document) {
	for n := len(g.mixed); n > 0 && (g.mixed[n-1].seller != d.seller || !strings.HasPrefix(d.number, g.mixed[n-1].number)); n-- {
		g.mixed = g.mixed[:n-1]
	}
	d.clash = slices.ContainsFunc(g.mixed, func(m *document) bool { return m.second() == d.number })
	if d.second() != "" {
		g.mixed = append(g.mixed, d)
	}
}

// second is the number of the lesser paper of a document that is both, see trade.History; "" where it is one.
func (d *document) second() string {
	var sold, back, total money.Minor
	for _, l := range d.lines {
		if l.qty < 0 {
			back++
		} else {
			sold++
		}
		total += l.net + l.tax
	}
	if sold == 0 || back == 0 {
		return ""
	}
	return d.number + trade.SecondPaper(total)
}

// ours are numbers as the portal gives them itself: one of a file would stand in the way of the seller's next invoice.
var ours = regexp.MustCompile(`^(INV|CN)/\d{4}/\d{6,}$`)

// look asks the books about the documents that wait, and passes them on.
func (g *grouper) look() error {
	docs := g.waiting
	g.waiting, g.nLines = nil, 0
	if len(docs) == 0 {
		return nil
	}
	if err := g.p.recognise(docs); err != nil {
		return err
	}
	var k key
	for _, d := range docs {
		if d.bad {
			continue
		}
		g.p.count(d)
		k.reset()
		g.p.putDocument(&k, d)
		if err := g.p.docs.add(k.b); err != nil {
			return err
		}
	}
	return nil
}

// recognise finds out which documents the books have: with the same content, or another.
func (p *plan) recognise(docs []*document) error {
	events := make([]string, len(docs))
	byEvent := make(map[string]*document, len(docs))
	for i, d := range docs {
		events[i] = p.event(p.ms.partners[d.seller].code, d.number)
		byEvent[events[i]] = d
	}
	var rows []struct {
		EventKey    string
		RequestHash []byte
		ClientKey   *string
	}
	err := p.d.R(p.ctx).Raw("SELECT event_key, request_hash, client_key FROM journal WHERE event_key IN ?", events).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		d := byEvent[r.EventKey]
		d.there = true
		if r.ClientKey != nil {
			d.run = runOf(*r.ClientKey)
		}
		if string(r.RequestHash) != string(d.hash[:]) {
			p.conflict(d, "import.other_content")
		}
	}
	return p.numbersTaken(docs)
}

// numbersTaken finds orders of the seller that bear the number of a document that the import did not bring.
func (p *plan) numbersTaken(docs []*document) error {
	bySeller := map[int32][]string{}
	for _, d := range docs {
		if !d.there {
			bySeller[d.seller] = append(bySeller[d.seller], d.number)
			if n := d.second(); n != "" {
				bySeller[d.seller] = append(bySeller[d.seller], n)
			}
		}
	}
	for s, numbers := range bySeller {
		x := p.ms.partners[s]
		var taken []string
		err := p.d.R(p.ctx).Raw(`SELECT o.number FROM orders o JOIN org s ON s.id = o.seller WHERE s.kind = ? AND s.code = ? AND o.number IN ?
			UNION SELECT i.number FROM invoice i JOIN org s ON s.id = i.seller WHERE s.kind = ? AND s.code = ? AND i.number IN ?`,
			x.kind, x.code, numbers, x.kind, x.code, numbers).Scan(&taken).Error
		if err != nil {
			return err
		}
		for _, d := range docs {
			switch {
			case d.seller != s || d.there || d.bad:
			case d.clash || slices.Contains(taken, d.number) || (d.second() != "" && slices.Contains(taken, d.second())):
				p.conflict(d, "import.number_taken")
			case ours.MatchString(d.number):
				p.conflict(d, "import.number_of_ours")
			}
		}
	}
	return nil
}

func (p *plan) conflict(d *document, code string) {
	d.fail(code)
	p.sum.NConflicts++
	if len(p.sum.Conflicts) < listed {
		p.sum.Conflicts = append(p.sum.Conflicts, Conflict{p.job.Lines[d.file].Name, d.row, d.number, d.date, p.ms.partners[d.buyer].code, code})
	}
}

// count adds a good document to the summary.
func (p *plan) count(d *document) {
	s := p.sum
	s.Documents++
	if d.there {
		s.Already++
	} else {
		s.New++
	}
	if s.From == "" || d.date < s.From {
		s.From = d.date
	}
	s.To = max(s.To, d.date)
	p.ms.partners[d.seller].used, p.ms.partners[d.seller].sells, p.ms.partners[d.buyer].used = true, true, true
	for _, l := range d.lines {
		x := &p.ms.products[l.product]
		x.used = true
		if x.producer >= 0 {
			p.ms.partners[x.producer].used = true
		}
		s.Quantity += l.qty
		s.Amount += l.net
		s.Tax += l.tax
		if l.qty < 0 {
			s.Returns++
		}
	}
}

// putDocument writes a document so that documents sort by day, phase, seller and number.
func (p *plan) putDocument(k *key, d *document) {
	k.raw([]byte(d.date))
	k.byte(d.phase())
	k.text(p.ms.partners[d.seller].code)
	k.text(d.number)
	k.small(d.seller)
	k.small(d.buyer)
	there := byte(0)
	if d.there {
		there = 1
	}
	k.byte(there)
	k.text(d.run)
	k.raw(d.hash[:])
	for _, l := range d.lines {
		k.int(l.n)
		k.small(l.product)
		k.small(l.unit)
		k.int(int64(l.qty))
		k.int(int64(l.said))
		k.int(int64(l.net))
		k.int(int64(l.tax))
	}
}

func takeDocument(rec []byte) *document {
	u := unkey{rec}
	d := &document{date: clock.Date(u.raw(10))}
	u.byte()
	u.text()
	d.number = string(u.text())
	d.seller, d.buyer = u.small(), u.small()
	d.there = u.byte() == 1
	d.run = string(u.text())
	d.hash = [32]byte(u.raw(32))
	d.lines = make([]docLine, 0, len(u.b)/48)
	for len(u.b) > 0 {
		d.lines = append(d.lines, docLine{u.int(), u.small(), u.small(), qty.Qty(u.int()), qty.Qty(u.int()), money.Minor(u.int()), money.Minor(u.int())})
	}
	return d
}

// runOf is the run that is named in a journal's client key.
func runOf(client string) string {
	if len(client) > 19 && client[:2] == "i." {
		return client[2:18]
	}
	return ""
}

// clientKey names the run and the document in a journal: at most 64 characters.
func (p *plan) clientKey(event string) string {
	h := sha256.Sum256([]byte(event))
	return fmt.Sprintf("i.%s.%x", p.run, h[:16])
}
