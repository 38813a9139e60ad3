package trade

import (
	"pgregory.net/rapid"

	"saluran/internal/money"
)

// commissionPaid pays an agent what is due to it, or some of it; back is from the agent to its principal.
func (w *walk) commissionPaid(back bool) (bool, error) {
	p := rapid.SampledFrom(w.pairs()).Draw(w.r, "pair")
	c := PayCommission{Principal: p[0], Agent: agen, Back: back, Currency: "IDR", Method: "transfer", Amount: money.Minor(w.int("some", 0, 1) * w.int("amount", 1, 500_000))}
	payer, payee := c.sides()
	v, err := w.s.PayCommission(w.ctx, of(payer), c)
	if err != nil {
		return true, err
	}
	_, err = w.s.ConfirmPayment(w.ctx, of(payee), Confirm{Payment: v.ID})
	w.must(err, "confirm commission")
	return true, nil
}

// commissions: what the books say of commission is what was earned less what was paid.
func (w *walk) commissions(do string) {
	for _, p := range w.pairs() {
		var earned, paid money.Minor
		w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM commission WHERE principal = ?", p[0]).Scan(&earned).Error, "earned")
		w.must(w.d.R(w.ctx).Raw("SELECT COALESCE(SUM(CASE WHEN payer = ? THEN amount ELSE -amount END), 0) FROM payment WHERE purpose = 'commission' AND status = 'confirmed' AND (payer = ? OR payee = ?)",
			p[0], p[0], p[0]).Scan(&paid).Error, "paid")
		due, back, err := w.s.commissionDue(w.ctx, agen, p[0], rupiah)
		w.must(err, "due")
		if due-back != earned-paid || due < 0 || back < 0 {
			w.r.Fatalf("after %s: commission of %d: due %d, owed back %d, earned %d, paid %d", do, p[0], due, back, earned, paid)
		}
	}
}
