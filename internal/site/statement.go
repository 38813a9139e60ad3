package site

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/paper"
	"saluran/internal/trade"
	"saluran/web/view"
)

// askedStatement is the account that an address names: over the last three months where it names no period; where it names a day
// that is past, as it was known at the end of it.
func (s *Site) askedStatement(r *request) (ask paper.AskStatement, err error) {
	ask = paper.AskStatement{Currency: cmp.Or(r.Query("currency"), "IDR"), Lang: r.Query("lang"), Reader: r.lang, Known: r.Query("known"),
		From: clock.Date(cmp.Or(r.Query("from"), string(view.QuarterAgo(r.today)))), To: clock.Date(cmp.Or(r.Query("to"), string(r.today)))}
	for name, to := range map[string]*id.ID{"seller": &ask.Seller, "buyer": &ask.Buyer} {
		no, err := id.Parse(r.Query(name))
		if err != nil {
			return ask, errs.Gone()
		}
		*to = no
	}
	if ask.Known != "" {
		seq, err := s.Jobs.CutOff(r.ctx, r.a, ask.Known)
		if err != nil {
			return ask, err
		}
		ask.AsOf = trade.AsOf{Seq: seq}
	}
	return ask, nil
}

func (s *Site) statementPDF(r *request) error {
	ask, err := s.askedStatement(r)
	if err != nil {
		return err
	}
	return r.pdf(func(b *bytes.Buffer) (string, error) { return s.Papers.Statement(r.ctx, r.a, ask, b) })
}

// statement is the account with a partner as a page, a part of its events at a time.
func (s *Site) statement(r *request) error {
	ask, err := s.askedStatement(r)
	if err != nil {
		return err
	}
	st, err := s.Trade.Statement(r.ctx, r.a, ask.Seller, ask.Buyer, ask.Currency, ask.From, ask.To, ask.AsOf)
	if err != nil {
		return err
	}
	r.blind(false)
	q := url.Values{"seller": {ask.Seller.String()}, "buyer": {ask.Buyer.String()}, "currency": {st.Currency}, "from": {string(st.From)}, "to": {string(st.To)}}
	if ask.Known != "" {
		q.Set("known", ask.Known)
	}
	v := view.Statement{Seller: view.Ref{ID: ask.Seller.String()}, Buyer: view.Ref{ID: ask.Buyer.String()}, Currency: st.Currency, From: st.From, To: st.To, Known: ask.Known,
		Opening: st.Opening, Closing: st.Closing, Open: st.Ageing.Open(), Query: q.Encode()}
	for no, name := range map[id.ID]*string{ask.Seller: &v.Seller.Name, ask.Buyer: &v.Buyer.Name} {
		o, err := s.Partner.Org(r.ctx, r.a, no)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		*name = o.Name
	}
	v.Part = view.PartOf("/statement?"+v.Query, r.Query("line"), len(st.Rows))
	v.Before = st.Opening
	if v.Part.From > 1 {
		v.Before = st.Rows[v.Part.From-2].Balance
	}
	for _, x := range st.Rows[min(v.Part.From-1, len(st.Rows)):v.Part.To] {
		v.Rows = append(v.Rows, view.StatementRow{On: x.On, Event: paper.Move(r.lang, x.Kind), Document: x.Number, Path: documentPath(x), Amount: x.Amount, Balance: x.Balance})
	}
	if st.Aged {
		for i, m := range st.Ageing {
			v.Ages = append(v.Ages, view.Aged{Label: paper.AgeLabel(r.lang, i), Amount: m})
		}
	}
	return r.html(http.StatusOK, view.StatementPage(r.shell(r.t("paper.statement"), "partners"), v))
}

// documentPath is where the document of an event is, where it is a bill or a payment; "" for what has no page of that kind.
func documentPath(x trade.StatementRow) string {
	switch {
	case x.Number == "":
		return ""
	case x.Kind == "order.invoiced" || x.Kind == "invoice.credited":
		return "/invoices/" + x.Document.String()
	case strings.HasPrefix(x.Kind, "payment."):
		return "/payments/" + x.Document.String()
	}
	return ""
}
