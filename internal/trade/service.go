package trade

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Config is what the service is made of.
type Config struct {
	DB     *db.DB
	Book   ledger.Poster
	Clock  clock.Clock
	Gate   Gate
	Deals  Deals
	Prices Prices
	Places Places
	Shops  Shops
	Fresh  Fresh // nil: nobody is asked
	// Carriers are those whom goods may be given to; nil: none.
	Carriers Carriers
}

// Service carries orders from placing to payment. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error {
	return s.Gate.Require(ctx, a, rel, object, action)
}

// sure asks for a fresh factor where the organisation wants one for such an amount. It is asked last, when all else is right: who
// shows one is not refused for a misprint afterwards.
func (s *Service) sure(ctx context.Context, a access.Actor, c money.Currency, amount money.Minor) error {
	if s.Fresh == nil {
		return nil
	}
	return s.Fresh.FreshMoney(ctx, a, c, amount)
}

// by is the actor as the ledger names it; an agent acts on behalf of the seller.
func by(a access.Actor, seller id.ID, rel access.Rel) id.By {
	b := a.By()
	if rel == access.Agent {
		b.OnBehalf = seller
	}
	return b
}

// tries bounds how often a decision is taken anew because the world moved between reading and posting.
const tries = 16

// decide runs fn until it is not refused for something that reading again may cure: master data, a document or a lot that
// moved. fn reads everything anew. Where the sender pinned a version, a document that moved is final.
func (s *Service) decide(ctx context.Context, pinned bool, fn func() error) error {
	var short stuck
	over, err := ledger.Anew(ctx, s.DB, tries, func(err error) bool {
		var stale final
		if errors.As(err, &stale) {
			return false
		}
		code := errs.CodeOf(err)
		return code == "changed" && !pinned || code == "ledger.event_taken" || code == "ledger.backdated" || code == codeMoved
	}, func() error {
		err := fn()
		short.saw(err)
		return err
	})
	if !over {
		return err
	}
	switch errs.CodeOf(err) {
	case codeMoved:
		if short.same == tries {
			return errs.Wrap(errs.Conflict, "trade.not_as_booked", err)
		}
		return errs.Wrap(errs.Busy, "busy", err)
	case "ledger.stale":
		return errs.Wrap(errs.Busy, "busy", err)
	case "ledger.event_taken": // others were quicker each time
		return errs.Wrap(errs.Conflict, "changed", err)
	}
	return err
}

// stuck counts how often a decision was refused for want of the very same thing: what is read anew each time and never there has not
// been taken by others meanwhile, and to try again does not help.
type stuck struct {
	what string
	same int
}

func (x *stuck) saw(err error) {
	var e *errs.Error
	if errs.CodeOf(err) != codeMoved || !errors.As(err, &e) || e.Args["short"] == "" || e.Args["short"] != x.what {
		x.same = 0
	}
	if x.what = ""; e != nil {
		x.what = e.Args["short"]
	}
	x.same++
}

// movedBy is a refusal because of what the ledger was short of: decide chooses again.
func movedBy(sh ledger.Short) error {
	return errs.New(errs.Conflict, codeMoved, "short", fmt.Sprintf("%+v", sh))
}

// codeMoved marks a refusal because goods were taken meanwhile: decide chooses again.
const codeMoved = "trade.moved"

// final marks a refusal that deciding again does not cure.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// sameVersion refuses when the sender saw another version than the present one; 0 is whatever it is.
func sameVersion(named, now int64) error {
	if named != 0 && named != now {
		return final{errs.New(errs.Conflict, "changed")}
	}
	return nil
}

// act takes a step on an order: it reads it as the actor may see it, asks for the right, holds the step against the version
// and the transition table, and runs fn, anew if the world moved. A key that was used before answers the order as it is.
func (s *Service) act(ctx context.Context, a access.Actor, st Step, do Action, fn func(o Order, rel access.Rel) error) (Order, error) {
	return s.turn(ctx, a, st, do, func(o Order, rel access.Rel) (Order, error) { return Order{}, fn(o, rel) })
}

// turn is act for an fn that knows what the order has become: nothing is read back. Where fn answers no order, it is read.
func (s *Service) turn(ctx context.Context, a access.Actor, st Step, do Action, fn func(o Order, rel access.Rel) (Order, error)) (is Order, err error) {
	err = s.decide(ctx, false, func() error {
		o, rel, err := s.may(ctx, a, st, do)
		if err != nil {
			return err
		}
		is, err = fn(o, rel)
		return err
	})
	if err != nil {
		is = Order{}
		if _, err = s.orReplay(ctx, a, st.Key, err); err != nil {
			return is, err
		}
	}
	if is.ID == 0 {
		if is, err = s.order(ctx, a.Org, st.Order); err != nil {
			return is, err
		}
	}
	return s.seen(ctx, a, is), nil
}

// became is an order after a post that advanced it; nothing where the post had been accepted before, in other words perhaps.
func (o Order) became(r ledger.Receipt, err error) (Order, error) {
	if err != nil || r.Replayed {
		return Order{}, err
	}
	o.Version++
	return o, nil
}

// may reads an order and tells whether the actor may take the step on it now.
func (s *Service) may(ctx context.Context, a access.Actor, st Step, do Action) (Order, access.Rel, error) {
	o, err := s.order(ctx, a.Org, st.Order)
	if err != nil {
		return Order{}, access.None, err
	}
	rel := o.Rel(a.Org)
	if err := s.require(ctx, a, rel, "order", string(do)); err != nil {
		return Order{}, rel, err
	}
	if err := sameVersion(st.Version, o.Version); err != nil {
		return Order{}, rel, err
	}
	if !o.Allows(do, rel) {
		return Order{}, rel, errs.New(errs.Conflict, "order.not_now", "action", string(do), "status", string(o.Status), "order", o.Number)
	}
	return o, rel, nil
}

// event is the sentence that makes a step on an order unique.
func (o Order) event(do string, n int64) string {
	return "order/" + o.ID.String() + "/" + do + "/" + strconv.FormatInt(n, 10)
}

// post posts with shortages told in the trade's words: goods that were taken meanwhile are chosen anew.
func (s *Service) post(ctx context.Context, p *ledger.Post, c money.Currency) (ledger.Receipt, error) {
	return s.Book.Post(ctx, p.OrElse(func(sh ledger.Short) error {
		switch sh.What {
		case ledger.ShortPosition, ledger.ShortPoints, ledger.ShortClaim: // commission that was paid out meanwhile is owed back
			return movedBy(sh)
		case ledger.ShortCredit:
			return creditExceeded(c, sh)
		case ledger.ShortCover:
			return errs.New(errs.Conflict, "order.prepay_due", "due", c.Format(money.Minor(sh.Asked)), "currency", c.Code)
		case ledger.ShortStock:
			return errs.New(errs.Conflict, "order.stock_promised", "available", qty.Qty(max(0, sh.Available)).String())
		}
		return nil
	}))
}

// moved is the answer where a claim, points or goods whose title passes had changed between reading and commit: decide anew.
func moved(sh ledger.Short) error {
	switch sh.What {
	case ledger.ShortClaim, ledger.ShortPoints, ledger.ShortPosition, ledger.ShortStock:
		return movedBy(sh)
	}
	return nil
}

// replayed looks whether the key was used before: after a guard has refused, since the first time may be why it does.
func (s *Service) replayed(ctx context.Context, a access.Actor, k Key) (doc id.ID, ok bool, err error) {
	if k.Client == "" {
		return 0, false, nil
	}
	var rows []struct {
		Doc         id.ID
		RequestHash []byte
	}
	err = s.DB.R(ctx).Raw("SELECT doc, request_hash FROM journal WHERE org = ? AND client_key = ?", a.Org, k.Client).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, false, err
	}
	if subtle.ConstantTimeCompare(rows[0].RequestHash, k.Hash[:]) != 1 && k.Hash != ([32]byte{}) {
		return 0, false, errs.New(errs.Invalid, "ledger.key_reused")
	}
	return rows[0].Doc, true, nil
}

// orReplay turns a refusal into the first answer where the key was used before.
func (s *Service) orReplay(ctx context.Context, a access.Actor, k Key, refusal error) (id.ID, error) {
	if kind := errs.KindOf(refusal); kind != errs.Conflict && kind != errs.Invalid && kind != errs.NotFound {
		return 0, refusal
	}
	doc, ok, err := s.replayed(ctx, a, k)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, refusal
	}
	return doc, nil
}

// draft begins a post about a document, with the sender's key.
func draft(kind, event string, who id.By, doc id.ID, at clock.Instant, k Key) *ledger.Post {
	p := ledger.Draft(kind, event, who, doc, at)
	if k.Client != "" {
		p.Client(k.Client, k.Hash)
	}
	return p
}

// when is the effective instant that the sender named, not in the future; 0 is now.
func (s *Service) when(at clock.Instant) (clock.Instant, error) {
	now := s.Clock.Now()
	if at == 0 {
		return now, nil
	}
	if at < 0 || at > now {
		return 0, errs.OnFields("time_in_future", errs.F("at", "time_in_future"))
	}
	return at, nil
}

// deal is the deal under which an order was placed: it keeps its agreement, whatever became of agreement and link since. A sale
// over the counter has none; it is settled under the terms of a counter. The order is one that the viewer may see, read with its
// agreement, date and currency.
func (s *Service) deal(ctx context.Context, viewer id.ID, o Order) (Deal, int64, error) {
	if o.Agreement != 0 {
		d, epoch, err := s.Deals.Agreed(ctx, o.Seller, o.Buyer, o.Agreement, o.OrderedOn)
		if err != nil {
			return Deal{}, 0, fmt.Errorf("agreement of order %d: %w", o.ID, err)
		}
		return d, epoch, nil
	}
	var rows []struct{ Zone, Kind string }
	err := s.DB.R(ctx).Raw(`SELECT g.zone, b.kind FROM orders o JOIN org g ON g.id = o.seller JOIN org b ON b.id = o.buyer
 WHERE o.id = ? AND (o.seller = ? OR o.buyer = ? OR o.agent = ?)`, o.ID, viewer, viewer, viewer).Scan(&rows).Error
	if err != nil {
		return Deal{}, 0, fmt.Errorf("terms of order %d: %w", o.ID, err)
	}
	if len(rows) == 0 {
		return Deal{}, 0, errs.Gone()
	}
	c, err := currency(o.Currency)
	return Deal{Seller: o.Seller, Buyer: o.Buyer, BuyerKind: rows[0].Kind, Currency: c, Zone: rows[0].Zone, TitleOn: "delivery", RiskOn: "delivery",
		ResaleBeforeTitle: true}, 0, err
}

func currency(code string) (money.Currency, error) {
	c, err := money.Lookup(code)
	if err != nil {
		return c, errs.Wrap(errs.Invalid, "currency_unknown", err, "currency", code)
	}
	return c, nil
}

// shortage carries what the ledger was short of back to the service that may do with less.
type shortage struct{ ledger.Short }

func (shortage) Error() string { return "short" }

func shortOf(err error) (ledger.Short, bool) {
	var sh shortage
	ok := errors.As(err, &sh)
	return sh.Short, ok
}
