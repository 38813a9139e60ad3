package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"saluran/internal/app"
	"saluran/internal/id"
)

// asker asks for pages in process.
type asker struct {
	a      *app.App
	w      *watch
	o      PagesOptions
	serve  fasthttp.RequestHandler
	routes []string
	logins []login
	orgs   map[string]id.ID // by kind
}

// Where the addresses of things come from: a row in the middle of those that the organisation has.
var middles = []struct{ path, table, mine string }{
	{"/orders/", "orders", "seller"}, {"/orders/", "orders", "buyer"}, {"/shipments/", "shipment", "seller"}, {"/shipments/", "shipment", "buyer"},
	{"/invoices/", "invoice", "seller"}, {"/invoices/", "invoice", "buyer"}, {"/payments/", "payment", "payee"}, {"/payments/", "payment", "payer"},
	{"/products/", "product", "producer"}, {"/prices/", "price_list", "org"}, {"/price-lists/", "price_list", "org"}, {"/warehouses/", "place", "org"}, {"/places/", "place", "org"},
	{"/channels/", "channel", "producer"}, {"/partners/", "link", "seller"}, {"/partners/", "link", "buyer"}, {"/orgs/", "link", "seller"}, {"/orgs/", "link", "buyer"}, {"/links/", "link", "seller"}, {"/links/", "link", "buyer"},
	{"/agreements/", "agreement", "seller"}, {"/appointments/", "appointment", "principal"}, {"/jobs/", "job", "org"},
	{"/visits/", "visit", "org"}, {"/visits/", "visit", "seller"}, {"/visits/", "visit", "shop"}, {"/m/visits/", "visit", "org"}, {"/visit-plan/", "visit_stop", "org"},
}

// What lists are asked beside their first page: the filters and sorts that people use.
var filters = map[string][]string{
	"/":          {"period=year", "period=30d"},
	"/orders":    {"side=seller", "side=buyer", "side=seller&status=placed", "status=invoiced", "status=rejected", "q=4999", "q=J-0000", "q=zzz", "from=2026-10-01&to=2026-10-31", "sort=id"},
	"/shipments": {"side=in", "side=out", "status=in_transit", "q=zzz", "sort=id"},
	"/invoices":  {"side=seller", "side=buyer", "side=seller&status=unpaid", "side=buyer&status=unpaid", "side=seller&status=paid", "status=credited", "q=4999", "q=zzz", "side=seller&status=unpaid&due_before=2026-11-01", "sort=id", "sort=due_on", "sort=-due_on"},
	"/payments":  {"side=seller", "side=buyer", "status=reported", "status=bounced", "method=transfer", "q=4999", "q=zzz", "sort=id", "sort=value_on", "sort=-value_on"},
	"/stock":     {"by=holder", "by=bearer", "q=4999", "q=zzz"}, "/partners": {"q=4999", "q=zzz", "side=selling"}, "/products": {"q=4999", "q=zzz"}, "/find": {"q=4999", "q=SO-2026", "q=zzz"},
	"/points": {"side=buyer"}, "/deposits": {"side=buyer"}, "/notices": {"all=1"}, "/inbox": {"all=1"}, "/counter": {"q=4999"}, "/people": {"q=4999"},
	"/visits": {"side=principal", "side=shop", "result=order", "result=closed", "result=open", "q=4999", "q=zzz", "from=2026-10-01&to=2026-10-31"}, "/visit-plan": {"q=4999", "q=zzz"}, "/m/shops": {"q=4999", "q=zzz"},
	"/api/v1/visits": {"side=principal", "side=shop"}, "/counter/use": {"q=4999"}, "/commissions": {"from=2026-10-01&to=2026-10-31"},
	"/orders/quick": {"tab=again", "tab=usual", "tab=find"}, "/m/order": {"tab=again", "tab=usual", "tab=find"},
	"/api/v1/orders": {"side=selling", "side=buying", "status=placed"}, "/api/v1/invoices": {"side=seller&status=unpaid"}, "/api/v1/payments": {"status=reported"}, "/api/v1/orgs": {"q=4999", "q=zzz"}, "/api/v1/links": {"q=4999", "q=zzz"}, "/api/v1/views": {"list=orders"}, "/api/v1/stock": {"by=holder"},
}

// unasked is what is no page and no list: files, streams, what is for strangers and machines.
var unasked = regexp.MustCompile(`stream|/pdf|\.json|/assets/|/healthz|/readyz|/metrics|/workbook|/template|sheet-template|/files/|/attachments/|/sign-in|/reset|/invite/|/join/|/my-data|/forgot|/_|/application/|/docs|openapi|/sso|/statement`)

func newAsker(ctx context.Context, a *app.App, w *watch, o PagesOptions) (*asker, error) {
	f, err := a.Handler()
	if err != nil {
		return nil, err
	}
	k := &asker{a: a, w: w, o: o, serve: f.Handler(), orgs: map[string]id.ID{}}
	for _, r := range f.GetRoutes(true) {
		if r.Method == http.MethodGet && !unasked.MatchString(r.Path) && !slices.Contains(k.routes, r.Path) {
			k.routes = append(k.routes, r.Path)
		}
	}
	var rows []struct {
		ID   id.ID
		Kind string
	}
	if err := a.DB.R(ctx).Raw("SELECT id, kind FROM org WHERE code = 'B0' OR kind = 'producer'").Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		k.orgs[r.Kind] = r.ID
	}
	return k, k.enter(ctx)
}

func (k *asker) enter(ctx context.Context) error {
	var rows []struct {
		ID         id.ID
		Org        id.ID
		Kind, Role string
	}
	err := k.a.DB.R(ctx).Raw("SELECT s.id, s.org, o.kind, m.role FROM session s JOIN org o ON o.id = s.org JOIN membership m ON m.person = s.person AND m.org = s.org WHERE s.kind = 'web' ORDER BY s.id").Scan(&rows).Error
	for _, r := range rows {
		name := map[string]string{"retailer": "shop"}[r.Kind]
		if name == "" {
			name = r.Kind
		}
		if r.Role != "owner" {
			name = r.Role
		}
		k.logins = append(k.logins, login{name, r.Org, fmt.Sprintf("bench%038d", int64(r.ID))})
	}
	if err == nil && len(rows) == 0 {
		err = errors.New("nobody can come in: this database was not made by bench pages")
	}
	return err
}

// all asks for every page as everybody.
func (k *asker) all(ctx context.Context) (out []measured, err error) {
	for _, who := range k.logins {
		if len(k.o.Who) > 0 && !slices.Contains(k.o.Who, who.name) {
			continue
		}
		ids, err := k.things(ctx, who.org)
		if err != nil {
			return nil, err
		}
		begin := len(out)
		for _, page := range k.pages(ids) {
			if !k.wanted(who.name + " " + page) {
				continue
			}
			all := k.measure(who, page)
			out = append(out, all...)
			for _, m := range all {
				k.slow(m)
			}
		}
		fmt.Fprintf(k.o.Out, "asked as %s: %d addresses\n", who.name, len(out)-begin)
	}
	return out, ctx.Err()
}

func (k *asker) wanted(name string) bool {
	return len(k.o.Only) == 0 || slices.ContainsFunc(k.o.Only, func(word string) bool { return strings.Contains(name, word) })
}

// slow prints what is above the limit at once, lest one waits for the table.
func (k *asker) slow(m measured) {
	if m.p50 <= most && !(k.o.Statements && len(k.o.Only) > 0) {
		return
	}
	said := "slow"
	if m.p50 <= most {
		said = "asked"
	}
	fmt.Fprintf(k.o.Out, "%s: %s %s: %.1f ms, of the processor %.1f ms, %d statements; %.1f ms of it: %.200s\n", said, m.who, m.page, ms(m.p50), ms(m.cpu), m.asked, ms(m.slow), m.slowest)
	if k.o.Statements {
		for _, q := range m.all {
			fmt.Fprintf(k.o.Out, "  %8.2f ms, %8.2f ms %s\n", ms(q.busy), ms(q.took), q.query)
		}
	}
}

// things are the middle rows of an organisation, by the path under which their pages are.
func (k *asker) things(ctx context.Context, org id.ID) (map[string]string, error) {
	out := map[string]string{}
	for _, m := range middles {
		if out[m.path] != "" {
			continue
		}
		var n int64
		if err := k.a.DB.R(ctx).Raw("SELECT COUNT(*) FROM "+m.table+" WHERE "+m.mine+" = ?", org).Scan(&n).Error; err != nil {
			return nil, err
		}
		column := "id"
		if m.path == "/orgs/" {
			column = map[string]string{"seller": "buyer", "buyer": "seller"}[m.mine]
		}
		var ids []string
		if err := k.a.DB.R(ctx).Raw("SELECT "+column+" FROM "+m.table+" WHERE "+m.mine+" = ? ORDER BY id LIMIT 1 OFFSET ?", org, n/2).Scan(&ids).Error; err != nil {
			return nil, err
		}
		if len(ids) > 0 {
			out[m.path] = ids[0]
		}
	}
	return out, nil
}

// pages are the addresses to ask for: of every route that can be filled in, and of lists with their filters.
func (k *asker) pages(ids map[string]string) (out []string) {
	pair := fmt.Sprintf("seller=%d&buyer=%d", k.orgs["wholesaler"], k.orgs["retailer"])
	for _, route := range k.routes {
		bare := strings.TrimPrefix(route, "/api/v1")
		if before, _, ok := strings.Cut(bare, ":"); ok {
			if ids[before] == "" || strings.Count(bare, ":") > 1 {
				continue
			}
			at := strings.Index(route, ":")
			end := strings.IndexByte(route[at:], '/')
			if end < 0 {
				end = len(route) - at
			}
			out = append(out, route[:at]+ids[before]+route[at+end:])
			continue
		}
		out = append(out, route)
		for _, q := range filters[route] {
			out = append(out, route+"?"+q)
		}
		switch route {
		case "/m/visits/new", "/m/visits/goods", "/api/v1/visits/goods":
			out = append(out, route+fmt.Sprintf("?seller=%d&shop=%d", k.orgs["wholesaler"], k.orgs["retailer"]))
		case "/orders/quick", "/m/order", "/offers", "/cart", "/m/cart", "/api/v1/offers", "/api/v1/cart":
			out = append(out, route+"?"+pair, route+"?q=4999&"+pair)
		}
	}
	return out
}

var nextPage = regexp.MustCompile(`href="([^"]*[?&](?:amp;)?after=[^"]+)"|"next":"([^"]+)"`)

// measure asks for a page, and for one in the middle of the list that it shows, where there is a next one.
func (k *asker) measure(who login, page string) (out []measured) {
	m, body := k.ask(who, page)
	out = append(out, m)
	if m.status != http.StatusOK {
		return out
	}
	path, _, _ := strings.Cut(page, "?")
	for range 3 {
		at := follow(page, body)
		if next, _, _ := strings.Cut(at, "?"); at == "" || next != path {
			return out
		}
		page = at
		_, body = k.get(who, page)
	}
	m, _ = k.ask(who, page)
	m.page = path + " (4th page)"
	return append(out, m)
}

// follow is the address of the next page.
func follow(page, body string) string {
	found := nextPage.FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	if found[1] != "" {
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	path, query, _ := strings.Cut(page, "?")
	if i := strings.Index(query, "cursor="); i >= 0 {
		query = strings.TrimSuffix(query[:i], "&")
	}
	if query != "" {
		query += "&"
	}
	return path + "?" + query + "cursor=" + found[2]
}

// ask asks as often as is said; the first time is the one that warms, and is counted.
func (k *asker) ask(who login, page string) (m measured, body string) {
	m = measured{who: who.name, page: page}
	m.status, body = k.get(who, page)
	m.bytes = len(body)
	if m.status != http.StatusOK {
		return m, body
	}
	before := k.w.n.Load()
	k.w.begin()
	k.get(who, page)
	if m.all = k.w.end(); len(m.all) > 0 {
		m.slowest, m.slow = m.all[0].query, m.all[0].took
	}
	m.asked = k.w.n.Load() - before
	all, worked := make([]time.Duration, 0, k.o.Rounds), make([]time.Duration, 0, k.o.Rounds)
	for n := 0; n < k.o.Rounds; n++ {
		begin, busy := time.Now(), cpu()
		k.get(who, page)
		all, worked = append(all, time.Since(begin)), append(worked, cpu()-busy)
		if spent := sum(all); n >= 4 && spent > 5*time.Second { // what is as slow as that need not be asked for as often
			break
		}
	}
	slices.Sort(all)
	slices.Sort(worked)
	m.cpu = worked[len(worked)/2]
	m.p50, m.p95 = all[len(all)/2], all[min(len(all)-1, len(all)*95/100)]
	return m, body
}

func sum(all []time.Duration) (out time.Duration) {
	for _, d := range all {
		out += d
	}
	return out
}

// get is one request, in process.
func (k *asker) get(who login, page string) (int, string) {
	var req fasthttp.Request
	req.SetRequestURI(page)
	req.Header.SetHost("localhost:8080")
	if strings.HasPrefix(page, "/api/") {
		req.Header.Set("Authorization", "Bearer "+who.token)
	} else {
		req.Header.SetCookie("saluran_session", who.token)
	}
	var c fasthttp.RequestCtx
	c.Init(&req, nil, nil)
	k.serve(&c)
	return c.Response.StatusCode(), string(c.Response.Body())
}
