package goods

import (
	"context"
	"errors"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// Stand is a quantity at a position.
type Stand struct {
	Pos ledger.Position
	Qty qty.Qty
}

// Products tells which products an organisation knows.
type Products interface {
	// Known tells whether the organisation makes, sells or is offered the product.
	Known(ctx context.Context, org, product id.ID) (bool, error)
}

// Titles passes title to an organisation that is about to use goods which it holds and does not own yet.
type Titles interface {
	// Bring adds to the post what makes org the owner of each of the stands, and says where they stand then.
	Bring(ctx context.Context, p *ledger.Post, at clock.Instant, org id.ID, stands []Stand) ([]Stand, error)
}

// Promises takes back what was promised of a product, when stock stops being sellable: newest orders first.
type Promises interface {
	// Shrink adds to the post what lowers the promises of a seller on a product by n.
	Shrink(ctx context.Context, p *ledger.Post, seller, product id.ID, n qty.Qty) error
}

// Key makes a write safe to send twice: the sender's Idempotency-Key and the hash of what was sent.
type Key struct {
	Client string
	Hash   [32]byte
}

// Config is what the service is made of. Titles and Promises may be set after New, before the first use: what gives them is
// itself made with this service.
type Config struct {
	DB       *db.DB
	Book     ledger.Poster
	Clock    clock.Clock
	Gate     Gate
	Products Products
	Titles   Titles
	Promises Promises
}

// Service is the use cases of goods. It is safe for concurrent use.
type Service struct {
	Config
	many    int // manyOwned; tests set it
	between int // manyBetween; the same
}

// New makes the service.
func New(c Config) *Service { return &Service{c, manyOwned, manyBetween} }

// lotT is the table of lots as the ledger files it.
var lotT = ledger.Register(ledger.Table{Name: "lot", Key: 1, Header: true, Columns: ledger.Cols(
	ledger.I("id", "product", "maker"), ledger.T("code", "made_on", "expires_on"), ledger.MT("status"), ledger.M("version"))})

// Statuses of a lot.
const (
	LotOK       = "ok"
	LotExpired  = "expired"
	LotRecalled = "recalled"
)

func draft(kind, event string, by id.By, doc id.ID, at clock.Instant, k Key) *ledger.Post {
	p := ledger.Draft(kind, event, by, doc, at)
	if k.Client != "" {
		p.Client(k.Client, k.Hash)
	}
	return p
}

const codeMoved = "goods.moved"

// tries bounds how often a decision is taken anew because something moved between reading and posting.
const tries = 12

// decide runs fn until it is not refused because something moved between reading and posting.
func (s *Service) decide(ctx context.Context, fn func() error) error {
	over, err := ledger.Anew(ctx, s.DB, tries, func(err error) bool {
		code := errs.CodeOf(err)
		return code == "changed" || code == "ledger.event_taken" || code == codeMoved
	}, fn)
	if !over {
		return err
	}
	return errs.Wrap(errs.Busy, "busy", err)
}

// shortage is what the ledger was short of, carried back to whoever can say it in the words of goods.
type shortage struct{ ledger.Short }

func (shortage) Error() string { return "short" }

func (s *Service) post(ctx context.Context, p *ledger.Post) (ledger.Receipt, error) {
	r, err := s.Book.Post(ctx, p.OrElse(func(sh ledger.Short) error { return shortage{sh} }))
	var sh shortage
	if !errors.As(err, &sh) {
		return r, err
	}
	return r, told(sh, err)
}

// told is a shortage in the words of goods.
func told(sh shortage, err error) error {
	switch sh.What {
	case ledger.ShortStock:
		return errs.New(errs.Conflict, "goods.promised", "free", qty.Qty(max(0, sh.Available)).String())
	case ledger.ShortPosition:
		return errs.New(errs.Conflict, codeMoved)
	}
	return errs.Wrap(errs.Conflict, "ledger.short", err)
}

// named is a text of one line that must be there.
func named(path, s string, most int) (string, error) {
	bad := text.Line(path, &s, most)
	if s == "" {
		bad = []errs.Field{errs.F(path, "required")}
	}
	if len(bad) > 0 {
		return "", errs.OnFields("goods.invalid", bad...)
	}
	return s, nil
}

// addressed is an address, which may be missing.
func addressed(s string) (string, error) {
	if bad := text.Note("address", &s, 300); len(bad) > 0 {
		return "", errs.OnFields("goods.invalid", bad...)
	}
	return s, nil
}

// product is what goods must know of a product.
type product struct {
	ID       id.ID
	Producer id.ID
	Kind     string
	SKU      string `gorm:"column:sku"`
	Decimals int
	Expires  bool
}

// product reads one that the organisation knows, or has or had goods of; any other is answered like one that does not exist.
func (s *Service) product(ctx context.Context, org, no id.ID) (product, error) {
	var rows []product
	err := s.DB.R(ctx).Raw("SELECT id, producer, kind, sku, decimals, expires FROM product WHERE id = ? AND active = ?", no, true).Scan(&rows).Error
	if err != nil {
		return product{}, fmt.Errorf("read product %d: %w", no, err)
	}
	seen := false
	if len(rows) > 0 {
		if seen, err = s.knows(ctx, org, no); err != nil {
			return product{}, fmt.Errorf("who knows product %d: %w", no, err)
		}
	}
	if !seen {
		return product{}, errs.OnFields("goods.unknown_product", errs.F("product", "goods.unknown_product"))
	}
	if rows[0].Kind != "goods" {
		return product{}, errs.OnFields("goods.is_a_service", errs.F("product", "goods.is_a_service"))
	}
	return rows[0], nil
}

// knows tells whether an organisation may be told anything of a product.
func (s *Service) knows(ctx context.Context, org, no id.ID) (bool, error) {
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM place w JOIN account a ON a.place = w.id WHERE w.org = ? AND a.product = ? AND a.book = 1", org, no).Scan(&n).Error
	if err != nil || n > 0 || s.Products == nil {
		return n > 0, err
	}
	return s.Products.Known(ctx, org, no)
}

func (p product) quantity(path string, n qty.Qty) error {
	switch {
	case n <= 0:
		return errs.OnFields("order.qty_not_positive", errs.F(path, "order.qty_not_positive", "sku", p.SKU, "qty", n.String()))
	case n > qty.Max:
		return errs.OnFields("order.qty_too_large", errs.F(path, "order.qty_too_large", "sku", p.SKU, "max", qty.Max.String()))
	case !n.Fits(p.Decimals):
		return errs.OnFields("order.qty_decimals", errs.F(path, "order.qty_decimals", "sku", p.SKU, "decimals", fmt.Sprint(p.Decimals)))
	}
	return nil
}
