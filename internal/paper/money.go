package paper

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/trade"
)

// payment is the receipt of money that was confirmed; of what is only reported, or came to nothing, it says so in its title.
func (p *Printer) payment(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	v, err := p.Trade.Payment(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	title := "paper.payment"
	if v.Status == trade.PayConfirmed {
		title = "paper.receipt"
	}
	s, err := p.begin(ctx, a, ask.Lang, title, v.Number, "/payments/"+v.ID.String(),
		named{"paper.received_by", v.Payee, v.PayeeName}, named{"paper.paid_by", v.Payer, v.PayerName})
	if err != nil {
		return nil, err
	}
	s.seq = v.Seq
	s.state("payment", v.Status)
	s.date("paper.value_on", v.ValueOn)
	s.fact("paper.method", s.t("method."+v.Method))
	s.fact("paper.reference", v.Reference)
	if err := s.behalf(ctx, p, a, v.Agent, v.AgentName); err != nil {
		return nil, err
	}
	if len(v.Parts) > 0 {
		s.columns = []column{{head: s.t("paper.for_invoice"), share: 60}, {head: s.t("paper.amount"), share: 30, right: true}}
	}
	for _, x := range v.Parts {
		s.lines = append(s.lines, line{[]string{x.Number, i18n.Money(s.lang, v.Currency, x.Amount)}, ""})
	}
	if v.Deposited != 0 {
		s.sum("paper.deposited", i18n.Money(s.lang, v.Currency, v.Deposited), false)
	}
	s.sum("paper.total", i18n.Money(s.lang, v.Currency, v.Amount), true)
	s.words = i18n.Words(s.lang, v.Currency, v.Amount)
	s.note(v.Reason)
	s.signs = []string{s.t("paper.sign_payee")}
	return s, nil
}

// statement is the account of a buyer with a seller, as the seller's books have it.
func (p *Printer) statement(ctx context.Context, a access.Actor, ask AskStatement) (*sheet, error) {
	st, err := p.Trade.Statement(ctx, a, ask.Seller, ask.Buyer, ask.Currency, ask.From, ask.To, ask.AsOf)
	if err != nil {
		return nil, err
	}
	s, err := p.begin(ctx, a, ask.Lang, "paper.statement", "", "",
		named{"paper.seller", st.Seller, ""}, named{"paper.buyer", st.Buyer, ""})
	if err != nil {
		return nil, err
	}
	s.number = i18n.Date(s.lang, st.From) + " – " + i18n.Date(s.lang, st.To)
	s.fact("paper.currency", st.Currency)
	s.fact("paper.opening", i18n.Money(s.lang, st.Currency, st.Opening))
	s.fact("paper.closing", i18n.Money(s.lang, st.Currency, st.Closing))
	s.columns = []column{{head: s.t("paper.date"), share: 22}, {head: s.t("paper.event"), share: 36}, {head: s.t("paper.document"), share: 30},
		{head: s.t("paper.amount"), share: 26, right: true}, {head: s.t("paper.balance"), share: 26, right: true}}
	for _, r := range st.Rows {
		s.lines = append(s.lines, line{[]string{i18n.Date(s.lang, r.On), s.t("event." + r.Kind), r.Number,
			i18n.Money(s.lang, st.Currency, r.Amount), i18n.Money(s.lang, st.Currency, r.Balance)}, ""})
		s.seq = max(s.seq, r.Seq)
	}
	s.sum("paper.opening", i18n.Money(s.lang, st.Currency, st.Opening), false)
	s.sum("paper.closing", i18n.Money(s.lang, st.Currency, st.Closing), true)
	return s, nil
}
