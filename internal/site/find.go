package site

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/list"
	"saluran/internal/trade"
	"saluran/web/view"
)

// most is how many records of a kind a search shows; the list behind them shows the rest.
const most = 8

// find opens the record that a number means, or lists by kind what a word may mean: of each kind what the person may see.
func (s *Site) find(r *request) error {
	want := strings.TrimSpace(r.Query("q"))
	if len(want) > 100 {
		want = strings.ToValidUTF8(want[:100], "")
	}
	v := view.Found{Query: want}
	if want != "" {
		for _, look := range []func(*request, string) (view.FoundGroup, error){s.findOrders, s.findInvoices, s.findPayments, s.findShipments, s.findPartners, s.findProducts} {
			g, err := look(r, want)
			if err != nil && !quiet(err) {
				return err
			}
			if len(g.Rows) > 0 {
				v.Groups = append(v.Groups, g)
			}
		}
	}
	if len(v.Groups) == 1 && len(v.Groups[0].Rows) == 1 {
		return r.to(v.Groups[0].Rows[0].Href, "")
	}
	return r.html(http.StatusOK, view.FoundPage(r.shell(r.t("find.title"), ""), v))
}

func numberQuery(want string) list.Query {
	return list.Query{Size: most, Filter: map[string]string{"find": want}}
}

func (s *Site) findOrders(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "shopping-cart", Title: r.t("nav.orders")}
	p, err := s.Trade.Orders(r.ctx, r.a, numberQuery(want))
	for _, x := range p.Items {
		name, _ := partnerOf(r.a, x.Seller, x.SellerName, x.BuyerName, x.AgentName, x.Agent)
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Number, Sub: name, Href: "/orders/" + x.ID.String(), Kind: "order", Status: x.Status})
	}
	return g, err
}

func (s *Site) findInvoices(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "file-invoice", Title: r.t("nav.invoices")}
	p, err := s.Trade.Invoices(r.ctx, r.a, numberQuery(want))
	for _, x := range p.Items {
		row := invoiceRow(r.a, x)
		hit := view.FoundRow{Title: row.Number, Sub: row.Partner, Href: "/invoices/" + row.ID, Kind: "invoice", Status: row.Status}
		if x.Kind == trade.KindCredit {
			hit.Kind, hit.Status = "credit_note", view.CreditState(row.Status)
		}
		g.Rows = append(g.Rows, hit)
	}
	return g, err
}

func (s *Site) findPayments(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "cash", Title: r.t("nav.payments")}
	p, err := s.Trade.Payments(r.ctx, r.a, numberQuery(want))
	for _, x := range p.Items {
		row := paymentRow(r.a, x)
		g.Rows = append(g.Rows, view.FoundRow{Title: row.Number, Sub: row.Partner, Href: "/payments/" + row.ID, Kind: "payment", Status: row.Status})
	}
	return g, err
}

func (s *Site) findShipments(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "truck-delivery", Title: r.t("nav.shipments")}
	p, err := s.Trade.Shipments(r.ctx, r.a, numberQuery(want))
	for _, x := range p.Items {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Number, Sub: x.BuyerName, Href: "/shipments/" + x.ID.String(), Kind: "shipment", Status: x.Status})
	}
	return g, err
}

func (s *Site) findPartners(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "users-group", Title: r.t("nav.partners")}
	p, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: most, Filter: map[string]string{"q": want}})
	for _, x := range p.Items {
		row := s.partnerRow(r, x)
		g.Rows = append(g.Rows, view.FoundRow{Title: row.Name, Sub: r.partnerSub(row), Href: "/partners/" + row.Link})
	}
	if p.Next != "" {
		g.More = "/partners?q=" + url.QueryEscape(want)
	}
	return g, err
}

// partnerSub is what stands below the name of a partner: kind and code, and for an agent whose buyer it is.
func (r *request) partnerSub(row view.PartnerRow) string {
	sub := r.t("kind."+row.Kind) + " · " + row.Code
	if row.Of != "" {
		sub += " · " + r.t("partners.buys_from", "seller", row.Of)
	}
	return sub
}

func (s *Site) findProducts(r *request, want string) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "tags", Title: r.t("nav.products")}
	p, err := s.Catalog.Products(r.ctx, r.a, list.Query{Size: most, Filter: map[string]string{"q": want}})
	for _, x := range p.Items {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Name, Sub: x.SKU, Href: "/products?q=" + url.QueryEscape(x.SKU)})
	}
	if p.Next != "" {
		g.More = "/products?q=" + url.QueryEscape(want)
	}
	return g, err
}

// quiet tells whether an error only means that one may not look there.
func quiet(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && (e.Kind == errs.Forbidden || e.Kind == errs.NotFound || e.Kind == errs.Invalid)
}
