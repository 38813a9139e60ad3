package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// purchase is what a seller bought of a producer on a day for what it sold, or gave back of what came back (back; quantities
// above zero all the same). The source does not have it: it follows from the sales and the cost in the products' file.
type purchase struct {
	date             clock.Date
	back             bool
	seller, producer int32
	part             int // more than 5,000 products on one day are several orders
	lines            []supplyLine

	event  string
	number string
	hash   [32]byte
	there  bool
}

type supplyLine struct {
	product int32
	qty     qty.Qty
	net     money.Minor
}

// supplies reads the purchases day by day: first what was bought, then what went back.
type supplies struct {
	p    *plan
	r    *merge
	head *supplyRow
}

type supplyRow struct {
	date             clock.Date
	back             bool
	seller, producer int32
	product          int32
	qty              qty.Qty
}

func (p *plan) supplies() (*supplies, error) {
	r, err := p.supply.read()
	if err != nil {
		return nil, err
	}
	s := &supplies{p: p, r: r}
	return s, s.advance()
}

func (s *supplies) advance() error {
	rec, err := s.r.next()
	if err != nil || rec == nil {
		s.head = nil
		return err
	}
	u := unkey{rec}
	h := &supplyRow{date: clock.Date(u.raw(10)), back: u.byte() == 1, seller: u.small(), producer: u.small()}
	u.text()
	h.product, h.qty = u.small(), qty.Qty(u.int())
	s.head = h
	return nil
}

// next is the next purchase of a day and direction; nil where there is none left.
func (s *supplies) next(date clock.Date, back bool, part int) (*purchase, error) {
	h := s.head
	if h == nil || h.date != date || h.back != back {
		return nil, nil
	}
	x := &purchase{date: date, back: back, seller: h.seller, producer: h.producer, part: part}
	for s.head != nil && s.head.date == date && s.head.back == back && s.head.seller == x.seller && s.head.producer == x.producer {
		n := len(x.lines)
		if n == 0 || x.lines[n-1].product != s.head.product {
			if n == maxLines {
				break
			}
			x.lines = append(x.lines, supplyLine{product: s.head.product})
			n++
		}
		q := s.head.qty
		if back {
			q = -q
		}
		x.lines[n-1].qty += q
		if err := s.advance(); err != nil {
			return nil, err
		}
	}
	return x, s.p.finish(x)
}

// finish prices a purchase and gives it its names.
func (p *plan) finish(x *purchase) error {
	h := sha256.New()
	seller, producer := p.ms.partners[x.seller].code, p.ms.partners[x.producer].code
	fmt.Fprintf(h, "%q %q %s %t %s\n", producer, seller, x.date, x.back, p.cur.Code)
	for i := range x.lines {
		l := &x.lines[i]
		pr := &p.ms.products[l.product]
		net, ok := p.cur.Amount(l.qty, pr.cost)
		if !ok || net > maxAmount || l.qty > qty.Max {
			return errs.New(errs.Invalid, "import.supply_too_large", "product", pr.code, "date", string(x.date))
		}
		l.net = net
		fmt.Fprintf(h, "%q %d %d\n", pr.code, int64(l.qty), int64(net))
	}
	x.hash = [32]byte(h.Sum(nil))
	verb, letters := "buy", "PO"
	if x.back {
		verb, letters = "give-back", "PR"
	}
	tail := string(x.date)
	if x.part > 0 {
		tail += "." + strconv.Itoa(x.part+1)
	}
	short := seller
	if len(short) > 16 || !asciiOnly(short) {
		sum := sha256.Sum256([]byte(short))
		short = hex.EncodeToString(sum[:6])
	}
	x.number = letters + "-" + short + "-" + tail
	x.event = p.event(p.run, verb+"/"+producer+"/"+seller+"/"+tail)
	return nil
}

// eachPurchases calls use with the purchases of a day and direction, some hundred at a time, each with what the books know.
func (p *plan) eachPurchases(s *supplies, date clock.Date, back bool, use func([]*purchase) error) error {
	var all []*purchase
	var last *purchase
	lines := 0
	for {
		part := 0
		if h := s.head; last != nil && h != nil && h.seller == last.seller && h.producer == last.producer {
			part = last.part + 1
		}
		x, err := s.next(date, back, part)
		if err != nil {
			return err
		}
		if x != nil {
			all, last, lines = append(all, x), x, lines+len(x.lines)
		}
		if len(all) > 0 && (x == nil || len(all) == 300 || lines > 20000) {
			if err := p.recognisePurchases(all); err != nil {
				return err
			}
			if err := use(all); err != nil {
				return err
			}
			all, lines = nil, 0
		}
		if x == nil {
			return nil
		}
	}
}

// recognisePurchases finds out which purchases of this run the books have, and numbers that are free for the others: another
// run may have bought of the same producer on the same day.
func (p *plan) recognisePurchases(all []*purchase) error {
	byEvent := map[string]*purchase{}
	var events []string
	for _, x := range all {
		byEvent[x.event] = x
		events = append(events, x.event)
	}
	var rows []struct {
		EventKey    string
		RequestHash []byte
	}
	if err := p.d.R(p.ctx).Raw("SELECT event_key, request_hash FROM journal WHERE event_key IN ?", events).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		x := byEvent[r.EventKey]
		x.there = true
		if string(r.RequestHash) != string(x.hash[:]) {
			return errs.New(errs.Conflict, "import.other_cost", "producer", p.ms.partners[x.producer].code, "date", string(x.date))
		}
	}
	return p.freeNumbers(all)
}

func (p *plan) freeNumbers(all []*purchase) error {
	var sellers []id.ID
	var numbers []string
	for _, x := range all {
		if maker := p.ms.partners[x.producer].id; maker != 0 && !x.there {
			sellers = append(sellers, maker)
			if !slices.Contains(numbers, x.number) {
				numbers = append(numbers, x.number)
			}
		}
	}
	if len(sellers) == 0 {
		return nil
	}
	taken, err := p.takenNumbers(sellers, numbers)
	if err != nil || len(taken) == 0 {
		return err
	}
	var more []string
	for _, n := range numbers {
		for i := 2; i <= 99; i++ {
			more = append(more, n+"-"+strconv.Itoa(i))
		}
	}
	again, err := p.takenNumbers(sellers, more)
	if err != nil {
		return err
	}
	for s, n := range again {
		taken[s] = append(taken[s], n...)
	}
	for _, x := range all {
		used := taken[p.ms.partners[x.producer].id]
		base := x.number
		for i := 2; !x.there && slices.Contains(used, x.number) && i <= 99; i++ {
			x.number = base + "-" + strconv.Itoa(i)
		}
	}
	return nil
}

func (p *plan) takenNumbers(sellers []id.ID, numbers []string) (map[id.ID][]string, error) {
	var rows []struct {
		Seller id.ID
		Number string
	}
	if err := p.d.R(p.ctx).Raw("SELECT seller, number FROM orders WHERE seller IN ? AND number IN ?", sellers, numbers).Scan(&rows).Error; err != nil {
		return nil, err
	}
	taken := map[id.ID][]string{}
	for _, r := range rows {
		taken[r.Seller] = append(taken[r.Seller], r.Number)
	}
	return taken, nil
}
