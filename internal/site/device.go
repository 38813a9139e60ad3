package site

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/catalog"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/internal/list"
	"saluran/internal/trade"
	"saluran/web"
	"saluran/web/kit"
	"saluran/web/view"
)

// What a phone may keep of one buyer: usual goods, other goods, and earlier orders.
const (
	keptUsual  = 60
	keptGoods  = 150
	keptOrders = 5
)

// deviceRoutes are what a phone needs to be used without signal: the worker, what installs the portal, the page for no signal, and what
// of a person's goods and prices may lie on it.
func (s *Site) deviceRoutes(app *fiber.App, get route) {
	app.Get("/sw.js", s.worker)
	app.Get("/manifest.webmanifest", s.appManifest)
	app.Get("/m/outbox", s.outbox)
	get("/m/device", s.device)
	get("/m/goods", s.keptGoods)
}

// workerPolicy lets the worker fetch from the portal, and nothing else.
const workerPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"

// worker is sent from the root, so that it serves every page; a browser asks for it anew and finds another one when an asset has changed.
func (s *Site) worker(c fiber.Ctx) error {
	a, err := web.Open(strings.TrimPrefix(web.URL("worker.js"), web.Prefix), c.Get(fiber.HeaderAcceptEncoding))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.Gone()
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, a.Type)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set("Content-Security-Policy", workerPolicy)
	if a.Encoding != "" {
		c.Set(fiber.HeaderContentEncoding, a.Encoding)
	}
	return c.Send(a.Body)
}

// appManifest says how the portal is installed: its name in the reader's language, and where it opens by what the reader does there.
func (s *Site) appManifest(c fiber.Ctx) error {
	lang, start := kit.Of(s.anonymous(c)).Lang, "/"
	places := [][2]string{{"nav.orders", "/orders"}}
	if a, err := s.reader(c); err == nil {
		lang = i18n.Lang(a.Lang)
		switch a.Kind {
		case "retailer", "consumer":
			start, places = "/m/order", [][2]string{{"phone.order", "/m/order"}, {"phone.orders", "/orders?side=buyer"}, {"phone.bills", "/invoices?side=buyer"}}
		case "agent":
			start, places = "/m/today", [][2]string{{"phone.today", "/m/today"}, {"phone.order", "/m/order"}, {"phone.shops", "/m/shops"}}
		}
	}
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	type shortcut struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	icons := []icon{{web.URL("mark.svg"), "any", "image/svg+xml", ""}}
	for _, size := range []string{"192", "512"} {
		icons = append(icons, icon{web.URL("icon-" + size + ".png"), size + "x" + size, "image/png", ""}, icon{web.URL("icon-mask-" + size + ".png"), size + "x" + size, "image/png", "maskable"})
	}
	short := make([]shortcut, len(places))
	for i, p := range places {
		short[i] = shortcut{i18n.T(lang, p[0]), p[1]}
	}
	return c.JSON(map[string]any{"id": "/", "name": i18n.T(lang, "device.app_name"), "short_name": "Saluran", "description": i18n.T(lang, "kit.description"), "lang": lang, "dir": "ltr",
		"start_url": start, "scope": "/", "display": "standalone", "theme_color": "#0a5f58", "background_color": "#f4f6f8", "icons": icons, "shortcuts": short}, "application/manifest+json")
}

// reader is who is signed in, where anybody is.
func (s *Site) reader(c fiber.Ctx) (access.Actor, error) {
	token := c.Cookies(s.cookieName("session"))
	if token == "" {
		return access.Actor{}, errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	a, _, err := s.Identity.Actor(c.Context(), token)
	return a, err
}

// outbox is the page for no signal. A phone keeps it, so it holds nothing of anybody: what it shows is on the device.
func (s *Site) outbox(c fiber.Ctx) error {
	env := kit.Of(s.anonymous(c))
	if a, err := s.reader(c); err == nil {
		env.Lang, env.Zone = i18n.Lang(a.Lang), a.Zone
	}
	env.CSRF, env.Owner = "", "?"
	c.Set("Permissions-Policy", "camera=(), geolocation=(self), microphone=()") // of a visit, where the person ticks that
	ctx := kit.With(c.Context(), env)
	return html(c, ctx, http.StatusOK, view.OutboxPage(kit.PhoneShell{Title: kit.T(ctx, "device.title"), Sub: kit.T(ctx, "device.sub"), Current: "order", Script: "outbox.js"}))
}

// owner names a person in an organisation to its devices, and the person alone; it tells nobody who that is.
func (s *Site) owner(a access.Actor) (owner, person string) {
	key, err := s.Identity.Key()
	if err != nil || a.Person == 0 || a.Glass != 0 {
		return "", ""
	}
	name := func(about string) string {
		return hex.EncodeToString(key.MAC("device "+about, []byte(a.Person.String()))[:9])
	}
	return name("owner " + a.Org.String()), name("person")
}

// device says whose session this is, for as long as what it keeps may be read, and the key under which it keeps what waits to be sent.
// An operator who looks into an organisation keeps nothing.
func (s *Site) device(r *request) error {
	owner, person := s.owner(r.a)
	if owner == "" {
		return errs.Gone()
	}
	key, err := s.Identity.Key()
	if err != nil {
		return err
	}
	seal := key.MAC("device seal "+r.a.Org.String(), []byte(r.a.Person.String()))
	return r.JSON(map[string]any{"owner": owner, "person": person, "org": r.a.OrgName, "lang": r.lang, "csrf": kit.Of(r.ctx).CSRF, "until": s.Clock.Now().Add(identity.Idle).Time().UnixMilli(),
		"seal": base64.StdEncoding.EncodeToString(seal)})
}

// pack is what a phone keeps of one seller and one buyer. Amounts are whole numbers in words, for what reads them has no others.
type pack struct {
	Seller    packSide     `json:"seller"`
	Buyer     packSide     `json:"buyer"`
	As        string       `json:"as"`
	Currency  packCurrency `json:"currency"`
	Terms     string       `json:"terms"`
	TermsSaid string       `json:"terms_said"`
	Goods     []packGood   `json:"goods"`
	Orders    []packOrder  `json:"orders"`
	Purpose   string       `json:"purpose"`
	Blind     bool         `json:"blind,omitempty"` // without prices: its reader may not see them
}

type packSide struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type packCurrency struct {
	Code   string `json:"code"`
	Sign   string `json:"sign"`
	Digits int    `json:"digits"`
	Round  int64  `json:"round"`
}

type packGood struct {
	ID     string      `json:"id"`
	SKU    string      `json:"sku"`
	Name   string      `json:"name"`
	Icon   string      `json:"icon"`
	Tone   string      `json:"tone"`
	Usual  string      `json:"usual,omitempty"` // when it was ordered last, in words
	Unit   string      `json:"unit"`            // in which it is ordered
	Per    string      `json:"per"`             // the word for a base unit
	Units  []packUnit  `json:"units"`
	Breaks []packBreak `json:"breaks,omitempty"`
}

type packUnit struct {
	Name string `json:"name"`
	Word string `json:"word"`
	Base int64  `json:"base"`
}

type packBreak struct {
	From  int64  `json:"from"`
	Price string `json:"price"`
}

type packOrder struct {
	Number string     `json:"number"`
	On     string     `json:"on"`
	Lines  []packLine `json:"lines"`
}

type packLine struct {
	Product string `json:"product"`
	Qty     int64  `json:"qty"`
	Unit    string `json:"unit"`
}

// keptGoods is what a phone keeps to order from: those goods of a seller that this buyer usually orders, others as far as there is room,
// at the prices of this buyer, and the latest orders.
func (s *Site) keptGoods(r *request) error {
	if !r.mayPlace() {
		return s.Gate.Require(r.ctx, r.a, access.Buyer, "order", "place")
	}
	p := r.cartPair()
	pair, err := s.between(r, p.Seller, p.Buyer)
	if err != nil {
		return err
	}
	b, err := s.Cart.Open(r.ctx, r.a, p)
	if err != nil {
		return err
	}
	out := pack{Seller: packSide(pair.Seller), Buyer: packSide(pair.Buyer), As: pair.As, Terms: trade.TermsOf(b.Prepay, b.NetDays), TermsSaid: r.termsOf(b), Purpose: "resale", Blind: kit.Of(r.ctx).Blind, Goods: []packGood{}, Orders: []packOrder{},
		Currency: packCurrency{b.Currency.Code, strings.TrimRight(i18n.Money(i18n.EN, b.Currency.Code, 0), "0.,"), b.Currency.Digits, b.Currency.Round}}
	if b.BuyerKind == "consumer" {
		out.Purpose = trade.EndUse
	}
	if err := s.packGoods(r, p, b, &out); err != nil {
		return err
	}
	if err := s.packOrders(r, b, &out); err != nil {
		return err
	}
	return r.JSON(out)
}

func (s *Site) packGoods(r *request, p cart.Pair, b cart.Basket, out *pack) error {
	usual, err := s.Cart.Usual(r.ctx, r.a, p)
	if err != nil {
		return err
	}
	had := map[string]bool{}
	for _, u := range usual[:min(len(usual), keptUsual)] {
		g := r.packGood(u.Item, u.Unit)
		g.Usual = r.t("cart.last", "n", i18n.QtyUnit(r.lang, u.Qty, u.Unit), "on", i18n.ShortDate(r.lang, u.Last, r.today))
		out.Goods, had[g.ID] = append(out.Goods, g), true
	}
	offer, _, err := s.Catalog.Offer(r.ctx, r.a, b.Seller, b.Buyer, b.On, list.Query{Size: keptGoods, Filter: map[string]string{}})
	if err != nil {
		return err
	}
	for _, it := range offer.Items {
		if g := r.packGood(itemOf(it), ""); !had[g.ID] {
			out.Goods = append(out.Goods, g)
		}
	}
	return nil
}

func itemOf(it catalog.Item) cart.Item {
	x := cart.ItemOf(it.Product, it.SKU, it.GTIN, it.Name, it.Service, it.BaseUnit, it.Decimals, it.Units)
	for _, k := range it.Breaks {
		x.Breaks = append(x.Breaks, cart.Break(k))
	}
	return x
}

// packGood is a product as it is kept: without its prices where its reader may not see them.
func (r *request) packGood(it cart.Item, unit string) packGood {
	g := packGood{ID: it.ID.String(), SKU: it.SKU, Name: it.Name, Unit: it.Pack(unit).Name, Per: i18n.UnitName(r.lang, it.BaseUnit)}
	g.Icon, g.Tone = view.LookOf(it.Name)
	for _, u := range it.Units {
		g.Units = append(g.Units, packUnit{u.Name, i18n.UnitName(r.lang, u.Name), int64(u.Base)})
	}
	if kit.Of(r.ctx).Blind {
		return g
	}
	for _, k := range it.Breaks {
		g.Breaks = append(g.Breaks, packBreak{int64(k.MinQty), strconv.FormatInt(int64(k.Price), 10)})
	}
	return g
}

func (s *Site) packOrders(r *request, b cart.Basket, out *pack) error {
	p, err := s.Trade.Orders(r.ctx, r.a, list.Query{Size: keptOrders, Filter: map[string]string{"partner": b.Seller.String(), "kind": "sale"}})
	if err != nil && !errs.Is(err, errs.Forbidden) { // a role of one's own may order and not see the list
		return err
	}
	for _, o := range p.Items {
		if o.Seller != b.Seller || o.Buyer != b.Buyer {
			continue
		}
		o, err := s.Trade.Bare(r.ctx, r.a, o.ID)
		if err != nil {
			return err
		}
		was := packOrder{Number: o.Number, On: i18n.ShortDate(r.lang, o.OrderedOn, r.today)}
		for _, l := range o.Lines {
			was.Lines = append(was.Lines, packLine{l.Product.String(), int64(l.UnitQty), l.Unit})
		}
		out.Orders = append(out.Orders, was)
	}
	return nil
}

// taken tells whether a form was filled in without signal, and is sent by the phone itself: it wants to know and needs no page.
func (r *request) taken() bool {
	return strings.HasPrefix(r.Get(fiber.HeaderAccept), fiber.MIMEApplicationJSON)
}

// moved are codes of lines that say that the goods or their prices are others than when the order was taken.
var moved = []string{"order.price_changed", "order.unknown_product", "order.no_price", "order.below_first_break"}

// refusedTaken tells a phone what is wrong with an order that it took: a Conflict where prices or goods have changed since. Fields are
// named as the form names them.
func refusedTaken(err error, names []string) error { return saidTaken(err, byLine(names)) }

func saidTaken(err error, field func(string) string) error {
	var e *errs.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	said := *e
	said.Fields = slices.Clone(e.Fields)
	for i, f := range said.Fields {
		if slices.Contains(moved, f.Code) {
			said.Kind = errs.Conflict
		}
		said.Fields[i].Path = cmp.Or(field(f.Path), f.Path)
	}
	return &said
}
