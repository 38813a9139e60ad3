package site

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/cart"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/web/kit"
	"saluran/web/view"
)

// cartRoutes stand before those of orders, whose address takes any word.
func (s *Site) cartRoutes(get, post route) {
	get("/catalogue", s.toQuick)
	get("/orders/new", s.toQuick)
	get("/orders/quick", func(r *request) error { return s.cartDesk(r, "/orders/quick") })
	get("/m/order", func(r *request) error { return s.cartDesk(r, "/m/order") })
	get("/cart", s.cartPage)
	get("/m/cart", s.cartPage)
	post("/cart/lines", s.cartLine)
	post("/cart/read", s.cartRead)
	post("/cart/like", s.cartLike)
	post("/cart/clear", s.cartClear)
	post("/cart/send", s.cartSend)
}

// placeHref is where somebody orders: shops and consumers on the phone's page, the others at the desk.
func (r *request) placeHref() string {
	if r.a.Kind == "retailer" || r.a.Kind == "consumer" {
		return "/m/order"
	}
	return "/orders/quick"
}

// phone tells whether a request is about the phone's pages.
func (r *request) phone() bool {
	return strings.HasPrefix(r.Path(), "/m/") || r.Method() == http.MethodPost && r.reader().yes("phone")
}

// cartPair is whose basket a request is about.
func (r *request) cartPair() cart.Pair {
	if r.Method() == http.MethodGet {
		return cart.Pair{Seller: ref(r.Query("seller")), Buyer: ref(r.Query("buyer"))}
	}
	f := r.reader()
	return cart.Pair{Seller: ref(f.text("seller")), Buyer: ref(f.text("buyer"))}
}

func cartPlace(phone bool, p cart.Pair) string {
	return map[bool]string{true: "/m/cart", false: "/cart"}[phone] + "?seller=" + p.Seller.String() + "&buyer=" + p.Buyer.String()
}

// cartBack is the page of the basket from which a form came, and to which it returns without scripts.
func (r *request) cartBack(p cart.Pair) string {
	back := r.reader().text("back")
	for _, page := range []string{"/m/order?", "/orders/quick?", "/cart?", "/m/cart?"} {
		if strings.HasPrefix(back, page) {
			return back
		}
	}
	return cartPlace(r.phone(), p)
}

// cartDesk is a page on which goods are gathered.
func (s *Site) cartDesk(r *request, base string) error {
	return s.showDesk(r, base, ref(r.Query("seller")), ref(r.Query("buyer")), cmp.Or(r.Query("tab"), "usual"), refusal{Status: http.StatusOK})
}

// toQuick leads on from where goods used to be ordered as well, and from where nothing but an article was chosen: to all that a seller
// offers.
func (s *Site) toQuick(r *request) error {
	if !r.mayPlace() {
		return s.Gate.Require(r.ctx, r.a, access.Buyer, "order", "place")
	}
	q := url.Values{"tab": {"find"}}
	for _, k := range []string{"seller", "buyer", "q"} {
		if v := r.Query(k); v != "" {
			q.Set(k, v)
		}
	}
	return r.Redirect().Status(http.StatusSeeOther).To("/orders/quick?" + q.Encode())
}

func (s *Site) showDesk(r *request, base string, seller, buyer id.ID, tab string, back refusal) error {
	if !r.mayPlace() {
		return s.Gate.Require(r.ctx, r.a, access.Buyer, "order", "place")
	}
	v := view.CartDesk{Base: base, Phone: strings.HasPrefix(base, "/m/"), Tab: tab, Form: back.Form}
	if seller == 0 {
		var f view.PairChoice
		if err := s.pairs(r, &f); err != nil {
			return err
		}
		v.Pairs, v.List, v.Want = f.Pairs, f.List, r.Query("goods")
		if len(v.Pairs) == 1 && f.Query == "" && f.Next == "" && f.First == "" {
			seller, buyer = ref(v.Pairs[0].Seller.ID), ref(v.Pairs[0].Buyer.ID)
		} else {
			v.Query = f.Query
		}
	}
	if seller != 0 {
		if buyer == 0 {
			buyer = r.a.Org
		}
		pair, err := s.between(r, seller, buyer)
		if err != nil {
			return err
		}
		v.Others, v.Pair, v.Chosen = len(v.Pairs) == 0, pair, true
		if err := s.fillDesk(r, cart.Pair{Seller: seller, Buyer: buyer}, &v); err != nil {
			return err
		}
	}
	if tab == "scan" {
		r.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
	}
	title := r.t("cart.quick")
	if v.Phone {
		sh := r.phoneShell(title, v.Pair)
		if tab == "scan" {
			sh.Script = "scan.js"
		}
		return r.html(back.Status, view.QuickPhonePage(sh, v))
	}
	return r.html(back.Status, view.QuickDeskPage(r.shell(title, "order", r.crumb("nav.home", "/"), kit.Crumb{Text: title}), v))
}

// phoneShell surrounds a phone page.
func (r *request) phoneShell(title string, p view.Pair) kit.PhoneShell {
	sh := kit.PhoneShell{Title: title, Sub: r.a.OrgName, Current: "order", OrgName: r.a.OrgName, Glass: r.a.Glass != 0, Places: r.phonePlaces()}
	if other := p.Seller.Name; other != "" {
		if p.As != "buyer" {
			other = p.Buyer.Name
		}
		sh.Sub += " · " + other
	}
	if d := r.Query("done"); d != "" && i18n.Has(r.lang, "done."+d) {
		sh.Done = r.t("done." + d)
	}
	sh.Nav = r.menu()
	if c, err := r.choices(); err != nil {
		r.s.Log.Warn("choices", "error", err.Error())
	} else {
		sh.KeysOff = !c.Keys
	}
	return sh
}

// fillDesk adds the basket, the credit, and what the chosen way of ordering shows.
func (s *Site) fillDesk(r *request, p cart.Pair, v *view.CartDesk) error {
	b, err := s.Cart.Open(r.ctx, r.a, p)
	if errs.CodeOf(err) == "order.no_agreement" {
		v.Form.Alert = i18n.Error(r.lang, err)
		v.Tab = "none"
		return nil
	}
	if err != nil {
		return err
	}
	s.deskOf(r, b, v)
	v.Credit = s.creditOf(r, b)
	v.Due = s.nextDue(r, b)
	switch v.Tab {
	case "again":
		return s.earlierOrders(r, b, v)
	case "paste", "file", "scan":
		return nil
	case "usual":
		return s.usualGoods(r, p, b, v)
	}
	v.Tab = "find"
	return s.offeredGoods(r, b, v)
}

// deskOf says what a page of the desk must know of the basket.
func (s *Site) deskOf(r *request, b cart.Basket, v *view.CartDesk) {
	v.Currency, v.MinOrder, v.Terms = b.Currency.Code, b.MinOrder, r.termsOf(b)
	v.Bar = view.CartBar{Pair: v.Pair, Currency: v.Currency, Lines: b.Good + b.Wrong, Wrong: b.Wrong, Total: b.Total, Phone: v.Phone}
}

func (r *request) termsOf(b cart.Basket) string {
	if b.Prepay {
		return r.t("agreement.prepay")
	}
	return r.t("order.net_days", "n", i18n.Count(r.lang, int64(b.NetDays)))
}

// creditOf is the credit of the buyer with the seller, as the actor sees it from its side.
func (s *Site) creditOf(r *request, b cart.Basket) view.Credit {
	switch r.a.Org {
	case b.Buyer:
		return s.credit(r, "buyer", b.Seller, b.Currency.Code)
	case b.Seller:
		return s.credit(r, "seller", b.Buyer, b.Currency.Code)
	}
	return view.Credit{}
}

// nextDue is the bill of the buyer that is to be paid next, where it is the buyer who looks.
func (s *Site) nextDue(r *request, b cart.Basket) (d view.CartDue) {
	if r.a.Org != b.Buyer {
		return d
	}
	p, err := s.Trade.Invoices(r.ctx, r.a, list.Query{Size: 1, Sort: "due_on", Filter: map[string]string{"side": "buyer", "status": "to_pay", "kind": "invoice",
		"partner": b.Seller.String(), "currency": b.Currency.Code}})
	if err != nil || len(p.Items) == 0 {
		return d
	}
	x := p.Items[0]
	return view.CartDue{Invoice: x.ID.String(), Amount: x.ToPay(), On: x.DueOn, Late: x.DueOn < r.today, Currency: x.Currency}
}

// earlierShown is how many earlier orders are offered to be ordered again.
const earlierShown = 20

func (s *Site) earlierOrders(r *request, b cart.Basket, v *view.CartDesk) error {
	partner := b.Seller
	if r.a.Org == b.Seller {
		partner = b.Buyer
	}
	p, err := s.Trade.Orders(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"partner": partner.String(), "kind": "sale"}})
	if errs.Is(err, errs.Forbidden) { // a role of one's own may order and not see the list
		return nil
	}
	if err != nil {
		return err
	}
	for _, o := range p.Items {
		if o.Seller == b.Seller && o.Buyer == b.Buyer && len(v.Orders) < earlierShown {
			v.Orders = append(v.Orders, view.CartOrder{ID: o.ID.String(), Number: o.Number, On: o.OrderedOn, Currency: o.Currency, Total: o.Total})
		}
	}
	return nil
}

// cartLine changes a line of the basket.
func (s *Site) cartLine(r *request) error {
	f := r.reader()
	p := r.cartPair()
	c := cart.Change{Pair: p, Line: int64(ref(f.text("line"))), Product: ref(f.text("product")), Unit: cmp.Or(f.text("pick_unit"), f.text("unit")), Do: cart.Do(f.text("do")), Qty: f.text("qty")}
	if !slices.Contains([]cart.Do{cart.Set, cart.More, cart.Less, cart.Remove, cart.Take}, c.Do) {
		c.Do = cart.Set
	}
	b, err := s.Cart.Change(r.ctx, r.a, r.auditKey(), c)
	if r.fragment() && errs.CodeOf(err) == "key_reused" { // typed and pressed in one moment: the row as it is now, with a key of its own
		b, err = s.Cart.Open(r.ctx, r.a, p)
	}
	if err != nil {
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		return s.cartRefused(r, p, back)
	}
	if r.fragment() && c.Product != 0 {
		return s.cartRow(r, b, c)
	}
	back := r.cartBack(p)
	if !r.fragment() && c.Line != 0 {
		back += cartSpot(b, c.Line)
	}
	return r.to(back, "")
}

// cartSpot is where on the page of the basket one goes on: at the line that was changed, or where the lines begin if it is gone.
func cartSpot(b cart.Basket, line int64) string {
	if slices.ContainsFunc(b.Lines, func(l cart.Line) bool { return l.N == line }) {
		return "#l-" + strconv.FormatInt(line, 10)
	}
	return "#h-lines"
}

// cartRow answers htmx with the row that changed and the basket.
func (s *Site) cartRow(r *request, b cart.Basket, c cart.Change) error {
	v := view.CartDesk{Phone: r.phone(), Base: "/m/order", Chosen: true}
	if !v.Phone {
		v.Base = "/orders/quick"
	}
	v.Pair = view.Pair{Seller: view.Ref{ID: b.Seller.String(), Name: b.SellerName}, Buyer: view.Ref{ID: b.Buyer.String(), Name: b.BuyerName}, As: string(b.Rel)}
	s.deskOf(r, b, &v)
	it, ok, err := s.Cart.Good(r.ctx, r.a, b, c.Product)
	if err != nil {
		return err
	}
	if !ok {
		return errs.Gone()
	}
	g := goodOf(b, it, it.Pack(c.Unit))
	return html(r.Ctx, r.ctx, http.StatusOK, view.CartLinePart(v, g))
}

// cartRefused shows the basket again with what is wrong.
func (s *Site) cartRefused(r *request, p cart.Pair, back refusal) error {
	if r.fragment() {
		return r.to(cartPlace(r.phone(), p), "")
	}
	return s.showCart(r, p, back, "")
}

// cartLike puts the goods of an earlier order into the basket.
func (s *Site) cartLike(r *request) error {
	g, err := s.Cart.Like(r.ctx, r.a, r.auditKey(), ref(r.reader().text("order")))
	if err != nil {
		return err
	}
	return r.to(cartPlace(r.phone(), cart.Pair{Seller: g.Basket.Seller, Buyer: g.Basket.Buyer})+r.readWords(g), "")
}

func (s *Site) cartClear(r *request) error {
	p := r.cartPair()
	if _, err := s.Cart.Clear(r.ctx, r.a, r.auditKey(), p, r.reader().count("version")); err != nil {
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		return s.cartRefused(r, p, back)
	}
	return r.to(cartPlace(r.phone(), p), "cart.cleared")
}

// cartRead adds what was pasted, or a file.
func (s *Site) cartRead(r *request) error {
	p, f := r.cartPair(), r.reader()
	key, rule := r.auditKey(), cart.UnitRule(f.text("rule"))
	tab := "paste"
	var g cart.Gathered
	err := error(nil)
	if strings.HasPrefix(r.Get("Content-Type"), "multipart/form-data") {
		tab = "file"
		var rows [][]string
		var sum string
		if rows, sum, err = sheetOf(r); err == nil {
			key.Hash = audit.HashOf(string(key.Hash[:]), sum)
			g, err = s.Cart.ReadSheet(r.ctx, r.a, key, p, 0, rows, rule)
		}
	} else {
		g, err = s.Cart.Read(r.ctx, r.a, key, p, 0, f.text("text"), rule)
	}
	if err != nil {
		field := "text"
		if tab == "file" {
			field = "file"
		}
		back, ok := r.refused(err, func(string) string { return field })
		if !ok || p.Seller == 0 {
			return err
		}
		base := "/orders/quick"
		if r.phone() {
			base = "/m/order"
		}
		return s.showDesk(r, base, p.Seller, cmp.Or(p.Buyer, r.a.Org), tab, back)
	}
	return r.to(cartPlace(r.phone(), p)+r.readWords(g), "")
}

// readWords carries what a list added to the page of the basket.
func (r *request) readWords(g cart.Gathered) string {
	n := func(i int) string { return i18n.Count("en", int64(i)) }
	return "&read=" + n(g.Read) + "." + n(g.Added) + "." + n(g.Merged) + "." + n(g.Wrong) + "." + n(g.Aside)
}
