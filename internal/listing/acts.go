package listing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// Act is something that can be done with many rows of a list.
type Act struct {
	List, Name string
	Right      string // what one must be allowed, in some relation, to begin; each row asks for itself again
	Reason     bool   // it needs one
	Undo       string // the act that undoes it; "" where there is none
	do         func(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, reason string) (number string, err error)
	number     func(s *Service, ctx context.Context, a access.Actor, no id.ID) string
}

// Acts are all of them, in the order in which pages show them.
var Acts = []Act{
	{"orders", "confirm", "order:confirm", false, "", orderStep((*trade.Service).Confirm), orderNumber},
	{"orders", "dispatch", "order:dispatch", false, "", dispatch, orderNumber},
	{"orders", "invoice", "order:bill", false, "", invoice, orderNumber},
	{"orders", "reject", "order:reject", true, "", orderStep((*trade.Service).Reject), orderNumber},
	{"payments", "confirm", "payment:confirm", false, "", confirmPayment, paymentNumber},
	{"payments", "reject", "payment:confirm", true, "", rejectPayment, paymentNumber},
	{"products", "archive", "product:write", false, "restore", active(false), productNumber},
	{"products", "restore", "product:write", false, "archive", active(true), productNumber},
}

// Rights are what the acts need, as those put it who ask before they read: one of several.
func Rights() string {
	var out []string
	for _, x := range Acts {
		if !slices.Contains(out, x.Right) {
			out = append(out, x.Right)
		}
	}
	return strings.Join(out, " ")
}

// Find is an act by its names; NotFound where there is none.
func Find(list, name string) (Act, error) {
	i := slices.IndexFunc(Acts, func(x Act) bool { return x.List == list && x.Name == name })
	if i < 0 {
		return Act{}, errs.Gone()
	}
	return Acts[i], nil
}

// Result is what became of a row: Err is nil where it was done. Number is empty where the row is none that the actor may see.
type Result struct {
	ID     id.ID
	Number string
	Err    error
}

// Run does an act with each of some rows, one after the other: each is a transaction of its own under a key of its own, so that the
// same run sent again does nothing twice and answers alike. What is wrong with a row is its result; the others go on. Errors:
// not_found (no such act); bulk.none, bulk.too_many, bulk.reason.
func (s *Service) Run(ctx context.Context, a access.Actor, k audit.Key, list, name string, ids []id.ID, reason string) ([]Result, error) {
	act, err := Find(list, name)
	if err != nil {
		return nil, err
	}
	if a.Glass != 0 {
		return nil, errs.New(errs.Forbidden, "glass.read_only")
	}
	reason = strings.TrimSpace(reason)
	var rows []id.ID
	for _, no := range ids {
		if !slices.Contains(rows, no) {
			rows = append(rows, no)
		}
	}
	switch {
	case len(rows) == 0:
		return nil, errs.New(errs.Invalid, "bulk.none")
	case len(rows) > Most:
		return nil, errs.New(errs.Invalid, "bulk.too_many", "n", strconv.Itoa(Most))
	case act.Reason && reason == "":
		return nil, errs.OnFields("bulk.reason", errs.F("reason", "bulk.reason"))
	}
	out := make([]Result, 0, len(rows))
	for _, no := range rows {
		if ctx.Err() != nil { // the rest is untouched, and is done when the run is sent again
			out = append(out, Result{ID: no, Err: errs.New(errs.Busy, "bulk.not_reached")})
			continue
		}
		r := Result{ID: no}
		if r.Number, r.Err = act.do(s, ctx, a, rowKey(k, act, no, reason), no, reason); r.Number == "" && !errs.Is(r.Err, errs.NotFound) {
			r.Number = act.number(s, ctx, a, no)
		}
		out = append(out, r)
	}
	return out, nil
}

// rowKey is the key of a row in a run: another one for each row, the same when the run is sent again.
func rowKey(k audit.Key, act Act, no id.ID, reason string) audit.Key {
	if k.Client == "" {
		return audit.Key{}
	}
	sum := sha256.Sum256([]byte("bulk\x00" + k.Client + "\x00" + act.List + "\x00" + act.Name + "\x00" + no.String()))
	return audit.Key{Client: hex.EncodeToString(sum[:16]), Hash: sha256.Sum256([]byte(act.List + "\x00" + act.Name + "\x00" + no.String() + "\x00" + reason))}
}

type doing = func(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, reason string) (string, error)

func orderStep(do func(*trade.Service, context.Context, access.Actor, trade.Step) (trade.Order, error)) doing {
	return func(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, reason string) (string, error) {
		o, err := do(s.Trade, ctx, a, trade.Step{Key: trade.Key(k), Order: no, Reason: reason})
		return o.Number, err
	}
}

// dispatch sends all that lies ready of an order, from where it was set aside.
func dispatch(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, _ string) (string, error) {
	_, err := s.Trade.Dispatch(ctx, a, trade.Dispatch{Step: trade.Step{Key: trade.Key(k), Order: no}})
	return "", err
}

// invoice bills all that can be billed of an order.
func invoice(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, _ string) (string, error) {
	_, err := s.Trade.Bill(ctx, a, trade.Bill{Step: trade.Step{Key: trade.Key(k), Order: no}})
	return "", err
}

func orderNumber(s *Service, ctx context.Context, a access.Actor, no id.ID) string {
	o, err := s.Trade.Bare(ctx, a, no)
	if err != nil {
		return ""
	}
	return o.Number
}

func confirmPayment(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, _ string) (string, error) {
	p, err := s.Trade.ConfirmPayment(ctx, a, trade.Confirm{Key: trade.Key(k), Payment: no})
	return p.Number, err
}

func rejectPayment(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, reason string) (string, error) {
	p, err := s.Trade.RejectPayment(ctx, a, trade.PayStep{Key: trade.Key(k), Payment: no, Reason: reason})
	return p.Number, err
}

func paymentNumber(s *Service, ctx context.Context, a access.Actor, no id.ID) string {
	p, err := s.Trade.Payment(ctx, a, no)
	if err != nil {
		return ""
	}
	return p.Number
}

// active takes a product out of what is sold, or back into it; one that is so already is left as it is.
func active(to bool) doing {
	return func(s *Service, ctx context.Context, a access.Actor, k audit.Key, no id.ID, _ string) (string, error) {
		p, err := s.Catalog.Product(ctx, a, no)
		if err != nil || p.Producer == a.Org && p.Active == to {
			return p.Name, err
		}
		p.Active = to
		p, err = s.Catalog.ChangeProduct(ctx, a, k, p)
		return p.Name, err
	}
}

func productNumber(s *Service, ctx context.Context, a access.Actor, no id.ID) string {
	p, err := s.Catalog.Product(ctx, a, no)
	if err != nil {
		return ""
	}
	return p.Name
}

// Seen is a row at a glance: its number, whom one deals with in it, and its amount where that may be seen.
type Seen struct {
	ID              id.ID
	Number, Partner string
	Currency        string
	Amount          money.Minor
}

// Glance is some rows of a list as they are now, in their order, for who is about to act on them. A row that the actor does not see has
// no number. It asks for each row: a run does as well.
func (s *Service) Glance(ctx context.Context, a access.Actor, name string, ids []id.ID) ([]Seen, error) {
	out := make([]Seen, 0, len(ids))
	for _, no := range ids {
		x, err := s.glance(ctx, a, name, no)
		if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Forbidden) {
			return nil, err
		}
		x.ID = no
		out = append(out, x)
	}
	return out, nil
}

func (s *Service) glance(ctx context.Context, a access.Actor, name string, no id.ID) (x Seen, err error) {
	switch name {
	case "orders":
		o, err := s.Trade.Bare(ctx, a, no)
		if err != nil {
			return x, err
		}
		x = Seen{Number: o.Number, Partner: o.SellerName}
		if o.Seller == a.Org || o.Agent == a.Org {
			x.Partner = o.BuyerName
		}
		if !o.Blind {
			x.Currency, x.Amount = o.Currency, o.Total
		}
	case "payments":
		p, err := s.Trade.Payment(ctx, a, no)
		if err != nil {
			return x, err
		}
		x = Seen{Number: p.Number, Partner: p.PayeeName, Currency: p.Currency, Amount: p.Amount}
		if p.Payee == a.Org {
			x.Partner = p.PayerName
		}
	case "products":
		p, err := s.Catalog.Product(ctx, a, no)
		return Seen{Number: p.Name, Partner: p.SKU}, err
	}
	return x, nil
}
