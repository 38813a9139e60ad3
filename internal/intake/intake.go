package intake

import (
	"context"
	"fmt"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// Config is what the service is made of.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	Gate    Gate
	Masters Masters
	Trade   Recorder
	Book    ledger.Poster // where imports say that they begin and end
	Scratch string        // folder of the sorted files; empty: the system's
}

// Service imports. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// systemPerson stands where a person must have done something and it was the program's owner at the command line: ids of
// people begin far above.
const systemPerson id.ID = 1

// System is the actor of the command line: whoever may run the program on its database may import.
func System() access.Actor {
	return access.Actor{Person: systemPerson, Kind: "operator", Role: "operator", Lang: "en", Zone: "UTC"}
}

// Check is the dry run: it reads everything, holds it against the books, and changes nothing.
func (s *Service) Check(ctx context.Context, a access.Actor, job Job) (*Summary, error) {
	p, err := s.plan(ctx, a, job, nil)
	if err != nil {
		return nil, err
	}
	defer p.close()
	return p.sum, nil
}

// Run checks everything and then applies it. Where a row is bad or a document in conflict nothing is applied and the error is
// Invalid "import.refused", unless the job accepts the good ones; the Summary lists what is wrong. Where quotation marks are misplaced nobody
// knows which rows there are, and of which documents: Invalid "import.torn", also where the good ones are accepted. An error on the way leaves
// whole documents only: run the same job again, it is taken up where it broke. Until then other documents of the same mapping and seller
// are refused with Conflict "import.unfinished", where the mapping has purchases. Right: import:run, for an actor of another
// organisation than the seller only as operator.
func (s *Service) Run(ctx context.Context, a access.Actor, job Job) (*Summary, error) {
	defer lean()()
	start := time.Now()
	p, err := s.plan(ctx, a, job, nil)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer func() { p.sum.Millis = time.Since(start).Milliseconds() }()
	if !p.sum.Clean() && !job.AcceptGood {
		return p.sum, errs.New(errs.Invalid, "import.refused", "bad", itoa(p.sum.BadLines), "conflicts", itoa(p.sum.NConflicts))
	}
	if p.sum.Torn > 0 {
		return p.sum, torn(p.sum.Torn)
	}
	if p.stops > 0 {
		return p.sum, errs.New(errs.Invalid, "import.stops", "n", itoa(p.stops))
	}
	if p.sum.New == 0 {
		whole, err := p.complete()
		if err == nil && whole {
			err = p.end(a, s.Book) // it may have broken off just before it said so
		}
		if whole || err != nil {
			return p.sum, err
		}
	}
	if p.own != nil {
		a.Org = p.own.id // whoever makes partners registers them
	}
	if err := p.begin(a, s.Book); err != nil {
		return p.sum, err
	}
	deals, err := p.setup(ctx, a, s.Masters)
	if err != nil {
		return p.sum, fmt.Errorf("import: %w", err)
	}
	if a.Org == 0 && p.seller >= 0 {
		a.Org = p.ms.partners[p.seller].id // the command line acts for the seller
	}
	if err := p.apply(a, s.Trade, deals); err != nil {
		return p.sum, fmt.Errorf("import: %w", err)
	}
	return p.sum, p.end(a, s.Book)
}

// complete tells that the books have all purchases of this run: an interrupted one may still owe its last returns to the
// producers, although all documents are there.
func (p *plan) complete() (bool, error) {
	if p.sum.OwnRun == 0 {
		return true, nil // whatever is there, others brought it, with their own purchases
	}
	s, err := p.supplies()
	if err != nil {
		return false, err
	}
	whole := true
	for s.head != nil && whole {
		err := p.eachPurchases(s, s.head.date, s.head.back, func(all []*purchase) error {
			for _, x := range all {
				whole = whole && x.there
			}
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return whole, nil
}

// plan asks for the right, reads and checks.
func (s *Service) plan(ctx context.Context, a access.Actor, job Job, watch *Preview) (*plan, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "import", "run"); err != nil {
		return nil, err
	}
	if job.Scratch == "" {
		job.Scratch = s.Scratch
	}
	p, err := newPlan(ctx, s.DB, s.Clock.Now(), job)
	if err != nil {
		return nil, err
	}
	p.watch = watch
	if err := p.ownFor(a); err != nil {
		p.close()
		return nil, err
	}
	if err := p.dryRun(); err != nil {
		p.close()
		return nil, err
	}
	if err := s.mayFor(a, p); err != nil {
		p.close()
		return nil, err
	}
	if err := p.othersTurn(a); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// mayFor lets an organisation import what it sold itself, and the operator anything. That is decided by id: a seller that does
// not exist yet is only the operator's to make.
func (s *Service) mayFor(a access.Actor, p *plan) error {
	if a.Kind == "operator" {
		return nil
	}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && x.sells && x.id != a.Org {
			return errs.New(errs.Forbidden, "import.other_seller", "seller", x.code)
		}
	}
	return nil
}
