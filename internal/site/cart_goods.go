package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"saluran/internal/cart"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/qty"
	"saluran/web/view"
)

// goodsShown is how many goods a page of quick order shows.
const goodsShown = 30

// usualGoods are those of the last ninety days.
func (s *Site) usualGoods(r *request, p cart.Pair, b cart.Basket, v *view.CartDesk) error {
	all, err := s.Cart.Usual(r.ctx, r.a, p)
	if err != nil {
		return err
	}
	for _, u := range all[:min(len(all), goodsShown)] {
		g := goodOf(b, u.Item, u.Item.Pack(u.Unit))
		g.Last = r.t("cart.last", "n", i18n.QtyUnit(r.lang, u.Qty, u.Unit), "on", i18n.ShortDate(r.lang, u.Last, r.today))
		v.Goods = append(v.Goods, g)
	}
	return nil
}

// offeredGoods are a page of what the seller offers, as the search and the filters of the address say.
func (s *Site) offeredGoods(r *request, b cart.Basket, v *view.CartDesk) error {
	v.Query, v.Kind, v.Ladder = strings.TrimSpace(cmp.Or(r.Query("q"), r.Query("goods"))), r.Query("kind"), r.Query("ladder") == "1"
	if v.Kind != "goods" && v.Kind != "service" {
		v.Kind = ""
	}
	q := r.query("q", v.Query, "kind", v.Kind, "ladder", map[bool]string{true: "1"}[v.Ladder])
	q.Size = goodsShown
	p, _, err := s.Catalog.Offer(r.ctx, r.a, b.Seller, b.Buyer, b.On, q)
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	free := s.free(r, b.Seller, p.Items)
	for _, it := range p.Items {
		x := itemOf(it)
		last := ""
		for _, l := range b.Lines { // what is in the basket is shown in the unit in which it is there
			if l.Product == it.Product {
				last = l.Unit
			}
		}
		g := goodOf(b, x, x.Pack(last))
		g.Free, g.FreeKnown = free[it.Product], free != nil
		v.Goods = append(v.Goods, g)
	}
	return nil
}

// goodOf is a product as it is picked, in a unit, with what of it is in the basket.
func goodOf(b cart.Basket, it cart.Item, u cart.Unit) view.CartGood {
	g := view.CartGood{Product: it.ID.String(), SKU: it.SKU, Name: it.Name, Unit: u.Name, BaseUnit: it.BaseUnit, Per: u.Base, Service: it.Service}
	for _, x := range it.Units {
		g.Units = append(g.Units, view.UnitChoice{Unit: x.Name, Base: x.Base})
	}
	for _, k := range it.Breaks {
		g.Breaks = append(g.Breaks, view.PriceBreak{From: k.MinQty, Price: k.Price})
	}
	base := u.Base
	if l, ok := b.Of(it.ID, u.Name); ok {
		g.Line, g.Qty = l.N, l.QtyTyped
		if l.Qty > 0 {
			g.Qty, base = cart.Written(l.Qty), max(l.Base, u.Base)
		}
	}
	priceGood(&g, b, it, u, base)
	return g
}

// priceGood says what one unit costs in a quantity, from which quantity on it costs less, and below which it has no price.
func priceGood(g *view.CartGood, b cart.Basket, it cart.Item, u cart.Unit, base qty.Qty) {
	if len(it.Breaks) == 0 {
		return
	}
	at := 0
	for i, k := range it.Breaks {
		if k.MinQty <= base {
			at = i
		}
	}
	if least := it.Breaks[0].MinQty; least > u.Base {
		g.Least = least
	}
	g.Piece = it.Breaks[at].Price
	g.Price, _ = b.Currency.Amount(u.Base, g.Piece)
	if at+1 == len(it.Breaks) || u.Base <= 0 {
		return
	}
	next := it.Breaks[at+1]
	n := (int64(next.MinQty) + int64(u.Base) - 1) / int64(u.Base)
	whole, ok := qty.Units(n).Times(int64(u.Base), qty.Scale)
	was, ok2 := b.Currency.Amount(whole, g.Piece)
	is, ok3 := b.Currency.Amount(whole, next.Price)
	if ok && ok2 && ok3 && was > is {
		g.SaveFrom, g.Save = qty.Units(n), was-is
	}
}

// largestSheet is how many bytes of a sheet are read, and sheetRows how many rows: more than an order can have.
const (
	largestSheet = 2 << 20
	sheetRows    = cart.MaxRows + 1
)

// sheetOf reads the rows of the file that was sent, and what identifies it.
func sheetOf(r *request) (rows [][]string, sum string, err error) {
	wrong := errs.OnFields("cart.file", errs.F("file", "cart.file"))
	form, err := r.MultipartForm()
	if err != nil || len(form.File["file"]) != 1 || form.File["file"][0].Size > largestSheet || form.File["file"][0].Size == 0 {
		return nil, "", wrong
	}
	f, err := form.File["file"][0].Open()
	if err != nil {
		return nil, "", wrong
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, largestSheet+1))
	if err != nil {
		return nil, "", wrong
	}
	digest := sha256.Sum256(body)
	rows, err = cells(body)
	return rows, hex.EncodeToString(digest[:]), err
}

// cells are the rows of a workbook, or of a text with commas, semicolons or tabs.
func cells(body []byte) (rows [][]string, err error) {
	if !strings.HasPrefix(string(body), "PK") {
		return cart.Sheet(string(body)), nil
	}
	limits := excel.Usual
	limits.File, limits.Unzipped = largestSheet, 64<<20
	book, err := excel.OpenReader(strings.NewReader(string(body)), limits)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	sheet, err := book.Rows("")
	if err != nil {
		return nil, err
	}
	defer sheet.Close()
	for sheet.Next() && len(rows) <= sheetRows {
		var row []string
		for _, c := range sheet.Cells() {
			row = append(row, cart.Stored(excel.Plain(c)))
		}
		rows = append(rows, row)
	}
	return rows, sheet.Err()
}
