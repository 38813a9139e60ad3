package site

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/web/kit"
	"saluran/web/view"
)

// auditKinds are the first words of actions, in the order of the choice.
var auditKinds = []string{"order", "shipment", "invoice", "payment", "deposit", "credit", "stock", "lot", "place", "product", "price_list", "partner", "channel",
	"link", "agreement", "appointment", "person", "session", "key"}

// auditPages says where the document of an action has its page.
var auditPages = map[string]string{"order": "/orders/", "shipment": "/shipments/", "invoice": "/invoices/", "payment": "/payments/"}

func (s *Site) audit(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "audit", "read"); err != nil {
		return err
	}
	v := view.Audit{Person: r.Query("person"), Action: r.Query("action"), Doc: strings.TrimSpace(r.Query("document")), OnBehalf: r.Query("on_behalf"),
		From: r.Query("from"), To: r.Query("to")}
	search := audit.Search{Person: ref(v.Person), OnBehalf: ref(v.OnBehalf), Action: v.Action}
	if d, err := clock.ParseDate(v.From); err == nil {
		search.From = audit.Midnight(d, r.a.Zone)
	}
	if d, err := clock.ParseDate(v.To); err == nil {
		search.To = audit.Midnight(d.AddDays(1), r.a.Zone)
	}
	var err error
	if search.Doc, err = s.numbered(r, v.Doc); err != nil {
		return err
	}
	var p list.Page[audit.Row]
	if v.NoDocument = v.Doc != "" && search.Doc == 0; !v.NoDocument {
		if p, err = audit.List(r.ctx, s.DB, r.a.Org, search, r.query()); err != nil {
			return err
		}
	}
	v.Next, v.First = r.pages(p.Next)
	v.Actions = []kit.Option{{Value: "", Label: r.t("audit.anything")}}
	for _, k := range auditKinds {
		v.Actions = append(v.Actions, kit.Option{Value: k, Label: r.t("audit.of." + k)})
	}
	if err := s.auditPeople(r, &v); err != nil {
		return err
	}
	v.Behalves = []kit.Option{{Value: "", Label: "–"}}
	for _, x := range p.Items {
		v.Rows = append(v.Rows, s.auditRow(r, x))
		o := kit.Option{Value: x.OnBehalf.String(), Label: x.BehalfName}
		if x.OnBehalf != 0 && !slices.Contains(v.Behalves, o) {
			v.Behalves = append(v.Behalves, o)
		}
	}
	return r.html(http.StatusOK, view.AuditPage(r.shell(r.t("nav.audit"), "audit"), v))
}

func (s *Site) auditPeople(r *request, v *view.Audit) error {
	v.People = []kit.Option{{Value: "", Label: r.t("audit.anybody")}}
	all, err := s.Identity.People(r.ctx, r.a, list.Query{Size: list.MaxSize})
	if err != nil && !errs.Is(err, errs.Forbidden) { // finance reads the log, and not the list of people
		return err
	}
	for _, m := range all.Items {
		v.People = append(v.People, kit.Option{Value: m.Person.String(), Label: m.Name})
	}
	return nil
}

func (s *Site) auditRow(r *request, x audit.Row) view.AuditRow {
	row := view.AuditRow{At: x.At, Who: x.Name, Action: x.Action, Address: x.IP, Client: cmp.Or(browser(x.Agent), x.Agent)}
	if x.Name == "" {
		row.Who = r.t("audit.program")
	}
	if x.Doc != 0 {
		row.Doc = view.Ref{ID: x.Doc.String(), Name: x.Doc.String()}
		kind, _, _ := strings.Cut(x.Action, ".")
		if at := auditPages[kind]; at != "" {
			row.Href = at + x.Doc.String()
		}
	}
	text := func(no id.ID) string {
		if no == 0 {
			return ""
		}
		return no.String()
	}
	row.OnBehalf = view.Ref{ID: text(x.OnBehalf), Name: x.BehalfName}
	row.Session, row.Key, row.Seq = text(x.Session), text(x.APIKey), text(id.ID(x.Seq))
	for _, c := range audit.Changes(x.Changes) {
		of := ""
		if c.Table != "" {
			of = c.Table + " " + c.Key
		}
		row.Values = append(row.Values, view.AuditValue{Of: of, Field: c.Field, Before: c.Before, After: c.After})
	}
	return row
}

// numbered is the document that a number or an id means; 0 where there is none that the person may see.
func (s *Site) numbered(r *request, want string) (id.ID, error) {
	if no := ref(want); no != 0 || want == "" {
		return no, nil
	}
	q := numberQuery(want, most)
	if len(want) > 64 {
		return 0, nil
	}
	orders, err := s.Trade.Orders(r.ctx, r.a, q)
	if err != nil && !quiet(err) {
		return 0, err
	}
	for _, x := range orders.Items {
		if strings.EqualFold(x.Number, want) {
			return x.ID, nil
		}
	}
	invoices, err := s.Trade.Invoices(r.ctx, r.a, q)
	if err != nil && !quiet(err) {
		return 0, err
	}
	for _, x := range invoices.Items {
		if strings.EqualFold(x.Number, want) {
			return x.ID, nil
		}
	}
	payments, err := s.Trade.Payments(r.ctx, r.a, q)
	if err != nil && !quiet(err) {
		return 0, err
	}
	for _, x := range payments.Items {
		if strings.EqualFold(x.Number, want) {
			return x.ID, nil
		}
	}
	shipments, err := s.Trade.Shipments(r.ctx, r.a, q)
	if err != nil && !quiet(err) {
		return 0, err
	}
	for _, x := range shipments.Items {
		if strings.EqualFold(x.Number, want) {
			return x.ID, nil
		}
	}
	return 0, nil
}
