package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"saluran/internal/errs"
	"saluran/internal/list"
	"saluran/internal/trade"
	"saluran/web/view"
)

// most is how many records of a kind a search shows, and mostBeside how many the palette: the list behind them shows the rest. atOnce is
// into how many kinds one search looks at the same time.
const (
	most       = 8
	mostBeside = 4
	atOnce     = 4
)

// finder looks for one kind of thing; scopes are the words that narrow a search to it ("pesanan: 418"), in both languages.
type finder struct {
	kind     string
	numbered bool // documents, which bear a number: who types one means that document, and nothing else that is named like it
	scopes   []string
	look     func(s *Site, r *request, want string, n int) (view.FoundGroup, error)
}

var finders = []finder{
	{"orders", true, []string{"pesanan", "order", "orders", "po", "so"}, (*Site).findOrders},
	{"invoices", true, []string{"tagihan", "faktur", "invoice", "invoices", "bill", "bills"}, (*Site).findInvoices},
	{"payments", true, []string{"pembayaran", "bayar", "payment", "payments"}, (*Site).findPayments},
	{"shipments", true, []string{"pengiriman", "kiriman", "resi", "shipment", "shipments", "tracking"}, (*Site).findShipments},
	{"partners", false, []string{"mitra", "npwp", "telepon", "partner", "partners", "phone"}, (*Site).findPartners},
	{"products", false, []string{"barang", "produk", "katalog", "product", "products", "sku"}, (*Site).findProducts},
	{"lots", false, []string{"lot", "lots", "bets", "batch"}, (*Site).findLots},
	{"people", false, []string{"orang", "people", "person"}, (*Site).findPeople},
	{"pages", false, []string{"buka", "perintah", "go", "page", "command"}, (*Site).findPages},
	{"reports", false, []string{"laporan", "report", "reports", "ekspor", "export"}, (*Site).findReports},
	{"help", false, []string{"bantuan", "help"}, (*Site).findHelp},
}

// places are the pages and commands of the menu alone: what one can do before anything is typed.
var places = slices.DeleteFunc(slices.Clone(finders), func(f finder) bool { return f.kind != "pages" })

// scoped takes the word before a colon for a kind; without one every kind is looked through.
func scoped(want string) (rest string, kinds []finder) {
	word, rest, ok := strings.Cut(want, ":")
	if ok {
		word = strings.ToLower(strings.TrimSpace(word))
		for _, f := range finders {
			for _, s := range f.scopes {
				if s == word {
					return strings.TrimSpace(rest), []finder{f}
				}
			}
		}
	}
	return want, finders
}

// find opens the record that a number means, or lists by kind what a word may mean: of each kind what the person may see. The palette
// asks the same as a part of a page; it opens nothing by itself.
func (s *Site) find(r *request) error {
	want := strings.TrimSpace(r.Query("q"))
	if len(want) > 100 {
		want = strings.ToValidUTF8(want[:100], "")
	}
	beside := r.Query("in") == "palette"
	v, err := s.found(r, want, beside)
	if err != nil {
		return err
	}
	if beside {
		r.Set("Cache-Control", "no-store")
		return r.html(http.StatusOK, view.FoundList(v))
	}
	if len(v.Groups) == 1 && len(v.Groups[0].Rows) == 1 {
		return r.to(v.Groups[0].Rows[0].Href, "")
	}
	return r.html(http.StatusOK, view.FoundPage(r.shell(r.t("find.title"), ""), v))
}

func (s *Site) found(r *request, want string, beside bool) (view.Found, error) {
	v := view.Found{Query: want}
	n := most
	if beside {
		n = mostBeside
	}
	rest, kinds := scoped(want)
	if beside && want == "" {
		kinds, n = places, most
	} else if rest == "" {
		return v, nil
	}
	parts := [][]finder{kinds}
	if !beside { // whose number it is may be all that is asked for
		parts = apart(kinds)
	}
	for _, part := range parts {
		got, err := s.lookInto(r, part, rest, n)
		if err != nil {
			return v, err
		}
		if v.Groups = append(v.Groups, got...); !beside && theNumber(v, want) {
			break
		}
	}
	slices.SortStableFunc(v.Groups, func(a, b view.FoundGroup) int { return firstNamed(a.Rows[0], b.Rows[0]) })
	return v, nil
}

// apart takes the documents out of the kinds, to look into them first.
func apart(kinds []finder) (parts [][]finder) {
	other := func(f finder) bool { return !f.numbered }
	for _, part := range [][]finder{slices.DeleteFunc(slices.Clone(kinds), other), slices.DeleteFunc(slices.Clone(kinds), func(f finder) bool { return !other(f) })} {
		if len(part) > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

// theNumber tells whether what was typed is the number of the one document that it found: names need not be looked through then.
func theNumber(v view.Found, want string) bool {
	return len(v.Groups) == 1 && len(v.Groups[0].Rows) == 1 && strings.EqualFold(v.Groups[0].Rows[0].Title, want)
}

// lookInto looks into several kinds at once, for one viewer; it answers those in which it found something, in their order, each with
// what is called exactly so first.
func (s *Site) lookInto(r *request, kinds []finder, want string, n int) (found []view.FoundGroup, err error) {
	groups := make([]view.FoundGroup, len(kinds))
	work, ctx := errgroup.WithContext(r.ctx)
	work.SetLimit(atOnce)
	for i, f := range kinds {
		of := *r // nobody writes into what another reads
		of.ctx = ctx
		work.Go(func() (err error) {
			defer func() { // beside the request's own routine nobody else would catch it
				if p := recover(); p != nil {
					s.Log.Error("search", "kind", f.kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
					err = errs.New(errs.Internal, "internal")
				}
			}()
			if groups[i], err = f.look(s, &of, want, n); quiet(err) {
				err = nil
			}
			groups[i].Kind = f.kind
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if len(g.Rows) == 0 {
			continue
		}
		for i, x := range g.Rows {
			g.Rows[i].Named = x.Named || list.Fold(x.Title) == list.Fold(want)
		}
		slices.SortStableFunc(g.Rows, firstNamed)
		g.Rows = g.Rows[:min(n, len(g.Rows))]
		found = append(found, g)
	}
	return found, nil
}

// firstNamed puts what is called exactly as it was typed before what is only called like it.
func firstNamed(a, b view.FoundRow) int {
	switch {
	case a.Named == b.Named:
		return 0
	case a.Named:
		return -1
	}
	return 1
}

func numberQuery(want string, n int) list.Query {
	return list.Query{Size: n, Filter: map[string]string{"find": want}}
}

func (s *Site) findOrders(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "shopping-cart", Title: r.t("nav.orders")}
	p, err := s.Trade.Orders(r.ctx, r.a, numberQuery(want, n))
	for _, x := range p.Items {
		name, _ := partnerOf(r.a, x.Seller, x.SellerName, x.BuyerName, x.AgentName, x.Agent)
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Number, Sub: name, Href: "/orders/" + x.ID.String(), Kind: "order", Status: x.Status})
	}
	return g, err
}

func (s *Site) findInvoices(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "file-invoice", Title: r.t("nav.invoices")}
	p, err := s.Trade.Invoices(r.ctx, r.a, numberQuery(want, n))
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

func (s *Site) findPayments(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "cash", Title: r.t("nav.payments")}
	p, err := s.Trade.Payments(r.ctx, r.a, numberQuery(want, n))
	for _, x := range p.Items {
		row := paymentRow(r.a, x)
		g.Rows = append(g.Rows, view.FoundRow{Title: row.Number, Sub: row.Partner, Href: "/payments/" + row.ID, Kind: "payment", Status: row.Status})
	}
	return g, err
}

func (s *Site) findShipments(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "truck-delivery", Title: r.t("nav.shipments")}
	p, err := s.Trade.Shipments(r.ctx, r.a, numberQuery(want, n))
	for _, x := range p.Items {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Number, Sub: x.BuyerName, Href: "/shipments/" + x.ID.String(), Kind: "shipment", Status: x.Status})
	}
	return g, err
}

func (s *Site) findPartners(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "users-group", Title: r.t("nav.partners")}
	p, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: n, Filter: map[string]string{"q": want}})
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

func (s *Site) findProducts(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "tags", Title: r.t("nav.products")}
	p, err := s.Catalog.Products(r.ctx, r.a, list.Query{Size: n, Filter: map[string]string{"q": want}})
	for _, x := range p.Items {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Name, Sub: x.SKU, Href: "/products/" + x.ID.String(), Named: list.Fold(x.SKU) == list.Fold(want)})
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
