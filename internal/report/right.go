package report

import (
	"context"
	"io"

	"saluran/internal/access"
	"saluran/internal/errs"
)

// right is one question to the gate.
type right struct {
	rel            access.Rel
	object, action string
}

// Rights of what a report shows. Every report also needs export run, and report run where it shows money.
var (
	ofPayments    = []right{{access.Own, "report", "run"}, {access.Own, "payment", "read"}, {access.Buyer, "invoice", "read"}}
	ofReceivables = []right{{access.Own, "report", "run"}, {access.Seller, "invoice", "read"}}
	ofSales       = []right{{access.Own, "report", "run"}, {access.Seller, "invoice", "read"}, {access.Own, "price", "read"}}
	ofPurchases   = []right{{access.Own, "report", "run"}, {access.Buyer, "invoice", "read"}}
	ofStock       = []right{{access.Own, "stock", "read"}}
	ofAudit       = []right{{access.Own, "audit", "read"}}
)

// May is nil where an actor may have a report of its organisation: export run, and the rights of what the report shows. Who
// asks for a workbook, who has it written and who fetches it are all asked. Errors: report.unknown, access.denied.
func (s *Service) May(ctx context.Context, who access.Actor, name string) error {
	m, ok := makers[name]
	if !ok && name != Shared {
		return errs.New(errs.NotFound, "report.unknown", "report", name)
	}
	if err := s.Gate.Require(ctx, who, access.Own, "export", "run"); err != nil {
		return err
	}
	for _, r := range m.rights {
		if who.Kind == "agent" && (r.rel == access.Buyer || r.rel == access.Seller) && (name == "payment-sheet" || name == "receivables") {
			r.rel = access.Agent // it trades on no other side: what it owes and is owed is commission
		}
		if err := s.Gate.Require(ctx, who, r.rel, r.object, r.action); err != nil {
			return err
		}
	}
	return nil
}

// Write writes the workbook that an actor asks for, of its own organisation: Ask.Org is not its to choose. Rights: those of
// May. Errors: those of May and of Print.
func (s *Service) Write(ctx context.Context, who access.Actor, a Ask, w io.Writer, progress func(done, total int64)) (Summary, error) {
	if err := s.May(ctx, who, a.Report); err != nil {
		return Summary{}, err
	}
	a.Org = who.Org
	if a.Report == Shared {
		return s.writeShared(ctx, who, a, w)
	}
	if s.Seals != nil && a.CutOff == 0 {
		if err := s.Seals.Settle(ctx); err != nil {
			return Summary{}, err
		}
		if sealed(a.Report) { // cut where the seal ends, so that the one proves the other
			seq, err := s.Seals.Now(ctx, a.Org)
			if err != nil {
				return Summary{}, err
			}
			a.CutOff = seq
		}
	}
	return s.Print(ctx, a, w, progress)
}
