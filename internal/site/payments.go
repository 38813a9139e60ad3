package site

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

func paymentRow(a access.Actor, p trade.PaymentItem) view.PaymentRow {
	out := view.PaymentRow{ID: p.ID.String(), Number: p.Number, Status: p.Status, Partner: p.PayeeName, Method: p.Method, Currency: p.Currency,
		Amount: p.Amount, ValueOn: p.ValueOn, Reference: p.Reference, Collected: p.Collected}
	if a.Org == p.Payee || a.Org == p.Agent {
		out.Partner = p.PayerName
	}
	if p.Purpose != trade.ForCommission {
		out.Through = through(a, p.Agent, p.AgentName, p.PayeeName)
	}
	return out
}

func (s *Site) payments(r *request) error {
	side := r.side("payment")
	q := r.listQuery("payments")
	p, err := s.Trade.Payments(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	v := view.Payments{Deposits: r.a.Kind != "agent" && (side == "seller" || side == "buyer"), Tabs: s.moneyTabs(r, "/payments", side, "payments.in", "payments.out"),
		CanReport: r.can(access.Buyer, "payment", "report") || r.can(access.Agent, "payment", "report"), CanRecord: side != "buyer" && r.a.Kind != "agent" && r.can(access.Seller, "payment", "report")}
	if v.List, err = s.list(r, "payments", p.Next); err != nil {
		return err
	}
	sum, err := s.Trade.PaymentTotals(r.ctx, r.a, q)
	r.totals(&v.List, len(p.Items), sum, err)
	for _, x := range p.Items {
		v.Rows = append(v.Rows, paymentRow(r.a, x))
	}
	return r.html(http.StatusOK, view.PaymentsPage(r.shell(r.t("nav.payments"), "payments"), v))
}

// open are the open invoices between a payer and a payee in a currency ("" takes that of the first), oldest due first.
func (s *Site) open(r *request, payer, payee id.ID, currency string) (out []trade.InvoiceItem, cur string, err error) {
	partner := payee
	if r.a.Org == payee {
		partner = payer
	}
	q := list.Query{Size: list.MaxSize, Sort: "due_on", Filter: map[string]string{"status": "unpaid", "kind": "invoice", "partner": partner.String()}}
	for range 10 {
		p, err := s.Trade.Invoices(r.ctx, r.a, q)
		if err != nil {
			return nil, "", err
		}
		for _, x := range p.Items {
			if x.Seller != payee || x.Buyer != payer {
				continue
			}
			if currency == "" {
				currency = x.Currency
			}
			if x.Currency == currency {
				out = append(out, x)
			}
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b trade.InvoiceItem) int { return strings.Compare(string(a.DueOn), string(b.DueOn)) })
	return out, currency, nil
}

func (s *Site) newPayment(r *request) error {
	payer, payee := ref(r.Query("payer")), ref(r.Query("payee"))
	if no := ref(r.Query("invoice")); no != 0 {
		x, err := s.Trade.Invoice(r.ctx, r.a, no)
		if err != nil {
			return err
		}
		return s.paymentForm(r, x.Buyer, x.Seller, x.Currency, &x, refusal{Status: http.StatusOK})
	}
	switch {
	case r.Query("side") == "seller" && r.a.Kind != "agent": // money that came in, noted by who was paid
		payee = r.a.Org
	case payer == 0 && r.a.Kind != "agent":
		payer = r.a.Org
	}
	return s.paymentForm(r, payer, payee, "", nil, refusal{Status: http.StatusOK})
}

// paymentForm shows the form for a payer and a payee, for an invoice where one was chosen; without a payee it asks for one.
func (s *Site) paymentForm(r *request, payer, payee id.ID, currency string, about *trade.InvoiceView, back refusal) error {
	v := view.PaymentForm{Today: r.today, Form: back.Form, Agent: r.a.Kind == "agent", Incoming: payee == r.a.Org}
	sh := r.shell(r.t(v.Title()), "payments", r.crumb("nav.home", "/"), r.crumb("nav.payments", "/payments"), r.crumb(v.Title(), ""))
	if payee == 0 || payer == 0 {
		if err := s.payees(r, &v); err != nil {
			return err
		}
		return r.html(back.Status, view.PaymentFormPage(sh, v))
	}
	open, currency, err := s.open(r, payer, payee, currency)
	if err != nil {
		return err
	}
	if currency == "" {
		d, _, err := s.Partner.Deal(r.ctx, r.a.Org, payee, payer, r.today)
		if err != nil {
			return err
		}
		currency = d.Currency.Code
	}
	names, err := s.Partner.Names(r.ctx, []id.ID{payer, payee})
	if err != nil {
		return err
	}
	v.Payer, v.Payee = view.Ref{ID: payer.String(), Name: names[payer]}, view.Ref{ID: payee.String(), Name: names[payee]}
	v.Currency, v.Accounts = currency, s.accounts(r, payee, currency)
	v.Proof = r.can(access.Own, "file", "attach")
	for _, x := range r.proof {
		v.Kept = append(v.Kept, r.paper(x))
	}
	s.payable(r, &v, open, about)
	return r.html(back.Status, view.PaymentFormPage(sh, v))
}

// payable fills in the open invoices, what is reported of them already, and for the one that was chosen what is left to be reported.
func (s *Site) payable(r *request, v *view.PaymentForm, open []trade.InvoiceItem, about *trade.InvoiceView) {
	v.Reported = view.Reported{Currency: v.Currency}
	for _, x := range open {
		row := openRow(x)
		row.Said = x.Said
		v.Reported.Said, v.Reported.Left = v.Reported.Said+x.Said, v.Reported.Left+x.ToPay()
		if about != nil && x.ID == about.ID {
			row.Given = x.ToPay()
			if v.Form.Values == nil && x.ToPay() > 0 {
				c, _ := money.Lookup(v.Currency)
				v.Form.Values = map[string]string{"amount": c.Format(x.ToPay())}
			}
		}
		v.Open = append(v.Open, row)
	}
	if about != nil {
		v.Reported = reportedOn(*about)
	} else if v.Reported.Said > 0 {
		v.Reported.All = "/payments?side=" + map[bool]string{true: "seller", false: "buyer"}[v.Incoming] + "&status=reported"
		if v.Agent {
			v.Reported.All = "/payments?status=reported"
		}
	}
	v.Reported.Pays = true
}

func openRow(x trade.InvoiceItem) view.OpenInvoice {
	return view.OpenInvoice{ID: x.ID.String(), Number: x.Number, DueOn: x.DueOn, Currency: x.Currency, Open: x.Open()}
}

// payees are those whom the organisation buys from, as far as a select holds them and the search "q" finds them; an agent also
// chooses for whom it collected, and who was paid chooses by whom.
func (s *Site) payees(r *request, v *view.PaymentForm) error {
	v.Query = strings.TrimSpace(r.Query("q"))
	side := "buyer"
	switch {
	case v.Agent:
		side = "agent"
	case v.Incoming:
		side = "seller"
	}
	pairs, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: choosable, Filter: map[string]string{"q": v.Query, "side": side}})
	if err != nil {
		return err
	}
	v.More = pairs.Next != "" || v.Query != ""
	to, from := map[string]string{}, map[string]string{}
	for _, l := range pairs.Items {
		switch r.a.Org {
		case l.Buyer:
			to[l.Seller.String()] = l.SellerName
		case l.Agent:
			to[l.Seller.String()], from[l.Buyer.String()] = l.SellerName, l.BuyerName
		case l.Seller:
			from[l.Buyer.String()] = l.BuyerName
		}
	}
	v.Payees, v.Payers = byName(to), byName(from)
	return nil
}

func byName(m map[string]string) []view.Ref {
	var out []view.Ref
	for _, no := range slices.Sorted(maps.Keys(m)) {
		out = append(out, view.Ref{ID: no, Name: m[no]})
	}
	slices.SortStableFunc(out, func(a, b view.Ref) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out
}

// settling reads what is given to each invoice; names remembers which field became which part.
func (f *reader) settling(currency string) (out []trade.Allocation, names []string) {
	for _, k := range slices.Sorted(maps.Keys(f.v)) {
		no, ok := strings.CutPrefix(k, "settle-")
		if !ok || ref(no) == 0 {
			continue
		}
		if m := f.amount(k, currency); m > 0 {
			out = append(out, trade.Allocation{Invoice: ref(no), Amount: m})
			names = append(names, k)
		}
	}
	return out, names
}

// bySettling finds the field of a path such as "allocate[1].amount".
func bySettling(names []string) func(string) string {
	return func(path string) string {
		if rest, ok := strings.CutPrefix(path, "allocate["); ok {
			n, _, _ := strings.Cut(rest, "]")
			if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < len(names) {
				return names[i]
			}
			return ""
		}
		switch path {
		case "amount", "method", "value_on", "reference", "proof":
			return path
		case "bank_account":
			return "account"
		}
		if strings.HasPrefix(path, "settle-") {
			return path
		}
		return ""
	}
}

func (s *Site) reportPayment(r *request) error {
	f := r.reader()
	c := trade.Report{Key: r.tradeKey(), Payer: ref(f.text("payer")), Payee: ref(f.text("payee")), Currency: f.text("currency"), Method: f.text("method"),
		ValueOn: f.date("value_on"), BankAccount: ref(f.text("account")), Reference: f.text("reference"), Collected: f.yes("collected")}
	if _, err := money.Lookup(c.Currency); err != nil || c.Payee == 0 {
		return errs.Gone()
	}
	f.needed("amount")
	if c.Amount = f.amount("amount", c.Currency); c.Amount == 0 && f.text("amount") != "" && len(f.bad) == 0 {
		f.wrong("amount", "site.not_positive")
	}
	var names []string
	c.Allocate, names = f.settling(c.Currency)
	proof, err := s.keepFiles(r, "proof", files.Doc{}) // kept even where something else is wrong: a browser does not choose files again
	proof = append(s.keptFiles(r), proof...)
	if ferr := f.err(); ferr != nil {
		err = ferr
	}
	if err == nil {
		var p trade.Payment
		if p, err = s.Trade.Report(r.ctx, r.a, c); err == nil {
			if err := s.prove(r, p.ID, proof); err != nil {
				return err
			}
			return r.to("/payments/"+p.ID.String(), "payment.reported")
		}
	}
	r.proof = proof
	back, ok := r.refused(err, bySettling(names))
	if !ok {
		return err
	}
	return s.paymentForm(r, c.Payer, c.Payee, c.Currency, nil, back)
}

// prove attaches what was sent with a payment. The payment stands whatever comes of its files: what another form attached
// meanwhile is left alone.
func (s *Site) prove(r *request, payment id.ID, proof []files.Attachment) error {
	for _, x := range proof {
		if x.Doc != 0 {
			continue // this form was sent twice
		}
		_, err := s.Files.Attach(r.ctx, r.a, audit.Key{}, x.ID, files.Doc{Kind: "payment", ID: payment})
		if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Conflict) {
			return err
		}
	}
	return nil
}

func (s *Site) payment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.paymentPage(r, no, refusal{Status: http.StatusOK}, kit.Form{})
}

// paymentPage shows a payment; back is an answer to its report that was refused, bounce what was said of money that failed.
func (s *Site) paymentPage(r *request, no id.ID, back refusal, bounce kit.Form) error {
	p, err := s.Trade.Payment(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.Payment{PaymentRow: paymentRow(r.a, p.PaymentItem), Version: p.Version, Payer: view.Ref{ID: p.Payer.String(), Name: p.PayerName},
		Payee: view.Ref{ID: p.Payee.String(), Name: p.PayeeName}, Allocated: p.Allocated, Deposited: p.Deposited, Confirmed: p.ConfirmedUs,
		Form: back.Form, Conflict: back.Conflict}
	if p.Agent != 0 && p.Purpose != trade.ForCommission {
		v.Agent = view.Ref{ID: p.Agent.String(), Name: p.AgentName}
	}
	for _, b := range s.accounts(r, p.Payee, p.Currency) {
		if b.ID == p.BankAccount.String() {
			v.Account = b
		}
	}
	v.Files = s.papers(r, "payment", no)
	v.Talk = s.talk(r, "payment", no)
	asked := map[id.ID]money.Minor{}
	for _, x := range p.Parts {
		part := view.SettledBy{Kind: x.Kind, Amount: x.Amount}
		if x.InvoiceID != 0 {
			part.Payment = view.Ref{ID: x.InvoiceID.String(), Name: x.Number}
		}
		if x.Kind == "asked" {
			asked[x.InvoiceID] = x.Amount
			continue
		}
		v.Parts = append(v.Parts, part)
	}
	rel := p.Rel(r.a.Org)
	if p.Status == trade.PayReported && p.Payee == r.a.Org && r.can(rel, "payment", "confirm") {
		own, err := s.Trade.ReportedBy(r.ctx, r.a, p.Payment)
		if err != nil {
			return err
		}
		v.CanReject, v.CanConfirm, v.For = true, !own, p.Purpose // who reported it may take that back, and leaves the confirming to others
	}
	if v.CanConfirm && p.Purpose == trade.ForTrade {
		open, _, err := s.open(r, p.Payer, p.Payee, p.Currency)
		if err != nil {
			return err
		}
		for _, x := range open {
			row := openRow(x)
			row.Given = min(asked[x.ID], x.Open())
			v.Open = append(v.Open, row)
		}
	}
	s.afterwards(r, p, &v)
	v.BounceForm = bounce
	sh := r.shell(p.Number, "payments", r.crumb("nav.home", "/"), r.crumb("nav.payments", "/payments"), kit.Crumb{Text: p.Number})
	sh.Live = v.Talk.Live()
	return r.html(back.Status, view.PaymentPage(sh, v))
}

func (s *Site) confirmPayment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	p, err := s.Trade.Payment(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	c := trade.Confirm{Key: r.tradeKey(), Payment: no, Version: version}
	var names []string
	c.Allocate, names = f.settling(p.Currency)
	if err = f.err(); err == nil {
		_, err = s.Trade.ConfirmPayment(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/payments/"+no.String(), "payment.confirmed")
	}
	back, ok := r.refused(err, bySettling(names))
	if !ok {
		return err
	}
	return s.paymentPage(r, no, back, kit.Form{})
}

func (s *Site) rejectPayment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	c := trade.PayStep{Key: r.tradeKey(), Payment: no, Version: version, Reason: f.needed("reason")}
	if err = f.err(); err == nil {
		_, err = s.Trade.RejectPayment(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/payments/"+no.String(), "payment.rejected")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.paymentPage(r, no, back, kit.Form{})
}
