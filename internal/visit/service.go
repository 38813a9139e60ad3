package visit

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

// Bounds.
const (
	MaxStops  = 400  // of one person's round
	MaxCounts = 500  // products of one count
	MaxOrders = 20   // of one visit
	MaxNote   = 1000 // characters
	MaxTurn   = 999
	// Open is the last day of a stop that has none.
	Open clock.Date = "9999-12-31"
)

// What came of a visit, and why nothing was ordered.
var (
	Results = []string{"order", "none", "closed"}
	Reasons = []string{"enough", "price", "rival", "money", "absent", "later", "other"}
)

// Config is what the service stands on.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	Gate   *access.Gate
	Files  *files.Service
	Shops  Shops
	Goods  Goods
	Orders Orders
	Staff  Staff
}

// Service keeps rounds and visits. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service; files hang on visits from then on.
func New(c Config) *Service {
	s := &Service{c}
	c.Files.Register("visit", s.standing)
	return s
}

// standing tells files how an actor stands to a visit. What the caller's organisation sent may be taken off while the visit lasts.
func (s *Service) standing(ctx context.Context, a access.Actor, visit id.ID) (files.Standing, error) {
	v, err := s.row(ctx, a, visit)
	if err != nil {
		return files.Standing{}, err
	}
	if err := s.Gate.Require(ctx, a, v.rel(a.Org), "visit", "read"); err != nil {
		return files.Standing{}, err
	}
	return files.Standing{Rel: v.rel(a.Org), Draft: v.OutUs == 0}, nil
}

// calls finds the shop at which the actor may call on a day. Errors: not_found; visit.not_appointed (a conflict: it was once).
func (s *Service) calls(ctx context.Context, a access.Actor, seller, shop id.ID, on clock.Date) (Call, error) {
	if seller == 0 {
		seller = a.Org
	}
	c, err := s.Shops.Calling(ctx, a.Org, seller, shop, on)
	if err != nil {
		return Call{}, err
	}
	if c.Agent && !c.Appointed {
		return Call{}, errs.New(errs.Conflict, "visit.not_appointed", "seller", c.SellerName)
	}
	return c, nil
}
