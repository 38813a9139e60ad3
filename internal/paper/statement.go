package paper

import (
	"context"
	"net/url"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// statement is the account of a buyer with a seller, as the seller's books have it.
func (p *Printer) statement(ctx context.Context, a access.Actor, ask AskStatement) (*sheet, error) {
	st, err := p.Trade.Statement(ctx, a, ask.Seller, ask.Buyer, ask.Currency, ask.From, ask.To, ask.AsOf)
	if err != nil {
		return nil, err
	}
	s, err := p.begin(ctx, a, heading{kind: "statement", title: "paper.statement", path: ask.path(), lang: ask.Lang, reader: ask.Reader,
		from: named{label: "paper.seller", org: st.Seller}, to: named{label: "paper.buyer", org: st.Buyer}})
	if err != nil {
		return nil, err
	}
	amount := func(m money.Minor) string { return i18n.Money(s.lang, st.Currency, m) }
	s.number = i18n.Date(s.lang, st.From) + " – " + i18n.Date(s.lang, st.To)
	s.called = s.to.name + "/" + string(st.From) + "/" + string(st.To)
	s.fact("paper.currency", st.Currency)
	s.fact("paper.opening", amount(st.Opening))
	s.fact("paper.closing", amount(st.Closing))
	if ask.Known != "" {
		s.fact("paper.known", ask.Known)
	}
	s.columns = []column{{head: s.t("paper.date"), share: 25}, {head: s.t("paper.event"), share: 38}, {head: s.t("paper.document"), share: 33},
		{head: s.t("paper.debit"), share: 27, right: true}, {head: s.t("paper.credit"), share: 27, right: true}, {head: s.t("paper.balance"), share: 28, right: true}}
	s.lines = append(s.lines, line{cells: []string{i18n.Date(s.lang, st.From), s.t("paper.opening"), "", "", "", amount(st.Opening)}, strong: true})
	for _, r := range st.Rows {
		debit, credit := "", ""
		if r.Amount < 0 {
			credit = amount(-r.Amount)
		} else {
			debit = amount(r.Amount)
		}
		s.lines = append(s.lines, line{cells: []string{i18n.Date(s.lang, r.On), Move(s.lang, r.Kind), r.Number, debit, credit, amount(r.Balance)}})
		s.seq = max(s.seq, r.Seq)
	}
	s.lines = append(s.lines, line{cells: []string{i18n.Date(s.lang, st.To), s.t("paper.closing"), "", "", "", amount(st.Closing)}, strong: true})
	s.aged(st)
	if st.Closing > 0 {
		return s, s.bank(ctx, p, a, st.Seller, st.Currency)
	}
	return s, nil
}

// aged says how old what is open is, and what of the balance is no open invoice: deposits, goods that were lost.
func (s *sheet) aged(st trade.Statement) {
	if st.Aged {
		for i, m := range st.Ageing {
			s.ages = append(s.ages, fact{label: AgeLabel(s.lang, i), value: i18n.Money(s.lang, st.Currency, m)})
		}
		s.ages = append(s.ages, fact{s.t("paper.age_open"), i18n.Money(s.lang, st.Currency, st.Ageing.Open()), true})
		if rest := st.Closing - st.Ageing.Open(); rest != 0 {
			s.sum("paper.age_open", i18n.Money(s.lang, st.Currency, st.Ageing.Open()), false)
			s.sum("paper.age_rest", i18n.Money(s.lang, st.Currency, rest), false)
		}
	}
	s.sum("paper.closing", i18n.Money(s.lang, st.Currency, st.Closing), true)
}

// Move is what an event of an account is called on it, by the kind of its journal.
func Move(lang, kind string) string {
	for _, key := range []string{"paper.move." + kind, "event." + kind} {
		if i18n.Has(lang, key) {
			return i18n.T(lang, key)
		}
	}
	return i18n.T(lang, "paper.move")
}

// AgeLabel names a step of an ageing.
func AgeLabel(lang string, step int) string {
	switch step {
	case 0:
		return i18n.T(lang, "paper.age_not_due")
	case len(trade.Ages):
		return i18n.T(lang, "paper.age_over", "days", strconv.Itoa(trade.Ages[step-1]))
	}
	return i18n.T(lang, "paper.age_days", "from", strconv.Itoa(trade.Ages[step-1]+1), "to", strconv.Itoa(trade.Ages[step]))
}

// path is the page of the same statement.
func (ask AskStatement) path() string {
	q := url.Values{"seller": {ask.Seller.String()}, "buyer": {ask.Buyer.String()}, "currency": {ask.Currency}, "from": {string(ask.From)}, "to": {string(ask.To)}}
	if ask.Known != "" {
		q.Set("known", ask.Known)
	}
	return "/statement?" + q.Encode()
}
