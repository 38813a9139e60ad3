package site

import (
	"net/http"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/web/kit"
	"saluran/web/view"
)

// cartPage is the basket, with everything that is said before it is sent.
func (s *Site) cartPage(r *request) error {
	if !r.mayPlace() {
		return s.Gate.Require(r.ctx, r.a, access.Buyer, "order", "place")
	}
	p := r.cartPair()
	if p.Seller == 0 && p.Buyer == 0 {
		return s.latestCart(r)
	}
	return s.showCart(r, p, refusal{Status: http.StatusOK}, r.Query("read"))
}

// latestCart goes to the basket that was filled last, or to where one is filled.
func (s *Site) latestCart(r *request) error {
	all, err := s.Cart.List(r.ctx, r.a)
	if err != nil {
		return err
	}
	to := map[bool]string{true: "/m/order", false: "/orders/quick"}[r.phone()]
	if len(all) > 0 {
		to = cartPlace(r.phone(), cart.Pair{Seller: all[0].Seller, Buyer: all[0].Buyer})
	}
	return r.Redirect().Status(http.StatusSeeOther).To(to)
}

// showCart shows a basket, with what was typed and what is wrong.
func (s *Site) showCart(r *request, p cart.Pair, back refusal, read string) error {
	b, err := s.Cart.Open(r.ctx, r.a, p)
	if err != nil {
		return err
	}
	v := view.CartPage{Phone: r.phone(), Path: cartPlace(r.phone(), cart.Pair{Seller: b.Seller, Buyer: b.Buyer}), Currency: b.Currency.Code, Lines: b.Good + b.Wrong, Wrong: b.Wrong, Net: b.Net, Tax: b.Tax, Total: b.Total,
		MinOrder: b.MinOrder, Below: b.Below, Terms: r.termsOf(b), Prepay: b.Prepay, Version: strconv.FormatInt(b.Version, 10), Seen: b.Seen, Ready: b.Ready(), Form: back.Form, Conflict: back.Conflict,
		Empty: len(b.Lines) == 0, Purpose: "resale", Read: r.gathered(read), OnlyWrong: r.Query("wrong") == "1" && b.Wrong > 0}
	v.Pair = view.Pair{Seller: view.Ref{ID: b.Seller.String(), Name: b.SellerName}, Buyer: view.Ref{ID: b.Buyer.String(), Name: b.BuyerName}, As: string(b.Rel)}
	if b.BuyerKind == "consumer" {
		v.Purpose = "enduse"
	}
	if err := s.cartRows(r, b, &v); err != nil {
		return err
	}
	v.Credit, v.Due = s.creditOf(r, b), s.nextDue(r, b)
	v.MayPay = r.can(access.Buyer, "payment", "report")
	title := r.t("cart.title")
	if v.Phone {
		return r.html(back.Status, view.CartPhonePage(r.phoneShell(title, v.Pair), v))
	}
	return r.html(back.Status, view.CartDeskPage(r.shell(title, "order", r.crumb("nav.home", "/"), r.crumb("cart.quick", "/orders/quick"), kit.Crumb{Text: title}), v))
}

// asidesShown is how many lines that are no goods a page shows: who pastes more of them has pasted a conversation.
const asidesShown = 60

// cartRows are the lines that the page shows: a part of them, or those alone that somebody has to look at.
func (s *Site) cartRows(r *request, b cart.Basket, v *view.CartPage) error {
	var lines []cart.Line
	for _, l := range b.Lines {
		switch {
		case l.Aside && len(v.Asides) < asidesShown:
			v.Asides = append(v.Asides, view.CartAside{Line: l.N, Typed: l.Typed})
		case !l.Aside && (l.Wrong() || !v.OnlyWrong):
			lines = append(lines, l)
		}
	}
	v.Aside = b.Aside
	if len(lines) > 0 {
		v.Part = view.PartOf(v.Path, r.Query("line"), len(lines))
		lines = append([]cart.Line(nil), lines[v.Part.From-1:v.Part.To]...)
	}
	if err := s.Cart.Candidates(r.ctx, r.a, b, lines); err != nil {
		return err
	}
	for _, l := range lines {
		v.Rows = append(v.Rows, r.cartRowOf(b, l))
	}
	for _, l := range b.Changed() {
		v.Changed = append(v.Changed, r.cartRowOf(b, l))
	}
	return nil
}

func (r *request) cartRowOf(b cart.Basket, l cart.Line) view.CartRow {
	row := view.CartRow{Line: l.N, Typed: l.Typed, Name: l.Item.Name, SKU: l.Item.SKU, Known: l.Item.ID != 0, Unit: l.Unit, BaseUnit: l.Item.BaseUnit, Base: l.Base, Qty: l.QtyTyped, Price: l.Price,
		Net: l.Net, Merged: l.Merged}
	if l.Qty > 0 {
		row.Qty = cart.Written(l.Qty)
	}
	if l.Changed() {
		row.Was = l.Was
	}
	if l.Wrong() {
		row.Problem = i18n.FieldError(r.lang, l.Problem)
	}
	if !row.Known {
		row.Name = l.Name
	}
	for _, u := range l.Item.Units {
		row.Units = append(row.Units, view.UnitChoice{Unit: u.Name, Base: u.Base})
	}
	for _, it := range l.Candidates {
		u := it.Pack(it.UnitOf(l.UnitTyped))
		g := goodOf(cart.Basket{Terms: b.Terms}, it, u)
		row.Candidates = append(row.Candidates, view.CartChoice{Product: g.Product, SKU: it.SKU, Name: it.Name, Unit: u.Name, Price: g.Price})
	}
	return row
}

// gathered is what a list added, from the five numbers that the address carries.
func (r *request) gathered(read string) string {
	parts := strings.Split(read, ".")
	if len(parts) != 5 {
		return ""
	}
	n := make([]int64, 5)
	for i, p := range parts {
		v, err := strconv.ParseInt(p, 10, 32)
		if err != nil || v < 0 {
			return ""
		}
		n[i] = v
	}
	out := r.t("cart.read_n", "read", i18n.Count(r.lang, n[0]))
	if n[2] > 0 {
		out += " " + r.t("cart.read_merged", "n", i18n.Count(r.lang, n[2]))
	}
	if n[3] > 0 {
		out += " " + r.t("cart.read_wrong", "n", i18n.Count(r.lang, n[3]))
	}
	if n[4] > 0 {
		out += " " + r.t("cart.read_aside", "n", i18n.Count(r.lang, n[4]))
	}
	return out
}

// cartSend places the order of a basket. What changed since it was looked at is shown, and nothing is placed.
func (s *Site) cartSend(r *request) error {
	f := r.reader()
	p := r.cartPair()
	c := cart.Send{Pair: p, Version: f.count("version"), Seen: f.text("seen"), Purpose: f.text("purpose"), WantedOn: f.date("wanted_on"), Reference: f.text("reference"), Note: f.text("note"),
		HoldCredit: f.yes("hold_credit")}
	err := f.err()
	if err == nil {
		var placed cart.Placed
		if placed, err = s.Cart.Send(r.ctx, r.a, c); err == nil {
			done := "order.placed"
			if placed.Held {
				done = "order.held"
			}
			return r.to("/orders/"+placed.ID.String(), done)
		}
	}
	back, ok := r.refused(err, func(path string) string {
		switch path {
		case "wanted_on", "reference", "note", "purpose":
			return path
		}
		return ""
	})
	if !ok {
		return err
	}
	if errs.CodeOf(err) == "changed" {
		back.Conflict = r.t("err.cart.changed")
	}
	return s.showCart(r, p, back, "")
}
