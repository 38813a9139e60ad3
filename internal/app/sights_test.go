package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sight is a page as people see it. The list feeds what holds every page: accessibility, widths, bytes, languages, pictures.
type sight struct {
	name  string // of its picture
	route string // as the handler knows it
	at    string // its address; "=thing" that furnish made; or "other: selector", a link on the sight of that name, with "?query" behind it where one is added
	who   string // who looks at it, as in lookers
}

// lookers are the people of the demonstration who look at pages: an owner of each kind, and those whose work is another; caller calls at shops.
var lookers = map[string]string{
	"producer": "owner@lerengwelirang.example", "distributor": "owner@niagatimur.example", "wholesaler": "owner@grosirterong.example", "agent": "owner@perantarabumi.example", "caller": "sales@perantarabumi.example",
	"shop": "owner@sinarlosari.example", "sales": "sales@lerengwelirang.example", "finance": "finance@grosirterong.example", "warehouse": "warehouse@grosirterong.example",
	"viewer": "viewer@niagatimur.example", "operator": "operator@saluran.example", "stranger": "",
}

const everybody = "producer distributor wholesaler agent shop sales finance warehouse viewer operator"

var sights = []sight{
	{"sign-in", "/sign-in", "/sign-in", "stranger"}, {"sign-in-code", "/sign-in/code", "/sign-in/code", "stranger"}, {"sign-in-firm", "/sign-in/sso", "/sign-in/sso", "stranger"},
	{"forgot", "/forgot", "/forgot", "stranger"}, {"reset-old", "/reset/:token", "/reset/abc", "stranger"}, {"own-data-ask", "/my-data", "/my-data", "stranger"},
	{"link-old", "/account/email/:token", "/account/email/abc", "stranger"}, {"own-data", "/my-data/:token", "=own-data", "stranger"}, {"invited", "/invite/:token", "=invite", "stranger"},
	{"join", "/join/:token", "=join", "stranger"}, {"applicant", "/application/:token", "=application", "stranger"}, {"join-closed", "/join/:token", "/join/abc", "stranger"},
	{"no-page", "", "/nothing", "stranger shop"}, {"mailbox", "/_mail", "/_mail", "stranger"}, {"kit", "/_kit", "/_kit", "stranger"},

	{"home", "/", "/", everybody},
	{"orders", "/orders", "/orders", "wholesaler warehouse"}, {"orders-sold", "/orders", "/orders?side=seller", "producer wholesaler"}, {"orders-bought", "/orders", "/orders?side=buyer", "wholesaler shop"},
	{"orders-none", "/orders", "/orders?q=tidak-ada", "shop"},
	{"order-sold", "/orders/:id", "orders-sold: a.rowlink", "producer wholesaler"}, {"order-bought", "/orders/:id", "orders-bought: a.rowlink", "wholesaler shop"},
	{"order-blind", "/orders/:id", "orders: a.rowlink", "warehouse"},
	{"shipments", "/shipments", "/shipments", "wholesaler warehouse"}, {"shipment", "/shipments/:id", "shipments: a.rowlink", "wholesaler warehouse"},
	{"products", "/products", "/products", "producer wholesaler"}, {"product", "/products/:id", `products: a[href^="/products/"]`, "producer wholesaler"},
	{"prices", "/prices/:id", `products: a[href^="/prices/"]`, "producer wholesaler"},
	{"counter", "/counter", "/counter", "wholesaler shop"}, {"own-use", "/counter/use", "/counter/use", "wholesaler"}, {"own-use-form", "/counter/use", "own-use: main a.rowlink", "wholesaler"},
	{"stock", "/stock", "/stock", "producer wholesaler"}, {"stock-held", "/stock", "/stock?by=holder", "wholesaler"}, {"warehouses", "/warehouses", "/warehouses", "wholesaler"},
	{"warehouse", "/warehouses/:id", `warehouses: a[href^="/warehouses/"]`, "wholesaler"}, {"lot", "/lots/:id", `warehouses: a[href^="/lots/"]`, "wholesaler"},
	{"movements", "/movements", "/movements", "wholesaler"}, {"movement", "/movements/:id", "movements: a.rowlink", "wholesaler"}, {"transfer-new", "/transfers/new", "/transfers/new", "wholesaler"},
	{"invoices", "/invoices", "/invoices", "producer wholesaler finance"}, {"invoice", "/invoices/:id", "invoices: a.rowlink", "producer wholesaler finance"}, {"statement", "/statement", "=statement", "wholesaler"},
	{"slip", "/invoices/:id/slip", `invoice: a[href$="/slip"]`, "wholesaler"},
	{"payments", "/payments", "/payments", "wholesaler finance"}, {"payment", "/payments/:id", "payments: a.rowlink", "wholesaler finance"}, {"slip-paid", "/payments/:id/slip", `payment: a[href$="/slip"]`, "wholesaler"},
	{"payment-new", "/payments/new", "/payments/new", "wholesaler"}, {"payment-in", "/payments/new", "/payments/new?side=seller", "finance"},
	{"deposits", "/deposits", "/deposits", "wholesaler"}, {"deposits-out", "/deposits", "/deposits?side=buyer", "wholesaler"},
	{"commissions", "/commissions", "/commissions", "producer agent"}, {"points", "/points", "/points", "producer wholesaler"}, {"points-own", "/points", "/points?side=buyer", "wholesaler"},
	{"point-moves", "/points/moves", "/points/moves", "wholesaler"},
	{"partners", "/partners", "/partners", "producer wholesaler"}, {"partner", "/partners/:id", "partners: a.rowlink", "producer wholesaler"},
	{"channels", "/channels", "/channels", "producer wholesaler"}, {"channel", "/channels/:id", "channels: a.rowlink", "producer wholesaler"}, {"channel-links", "/channels/:id", "channels: a.rowlink?view=links", "wholesaler"},
	{"map", "/channels/:id/map", `channel: a[href$="/map"]`, "producer wholesaler"}, {"map-stock", "/channels/:id/map", `channel: a[href$="/map"]?measure=stock`, "producer"},
	{"map-node", "/channels/:id/map", "map: .k-maplist a.rowlink", "producer wholesaler"}, {"map-then", "/channels/:id/map", `channel: a[href$="/map"]?on=2020-01-01`, "wholesaler"},
	{"appointments", "/appointments", "/appointments", "producer"}, {"banks", "/banks", "/banks", "wholesaler"}, {"sharing", "/sharing", "/sharing", "producer wholesaler"},
	{"share-given", "/sharing/:id", "=share", "distributor"}, {"share-taken", "/sharing/:id", "=share", "producer"}, {"shared", "/shared/:id", "=shared", "producer"},
	{"applications", "/applications", "/applications", "producer"}, {"application", "/applications/:id", "=applied", "producer"}, {"organisation", "/organisation", "/organisation", "wholesaler"},
	{"exports", "/exports", "/exports", "wholesaler"}, {"export-new", "/exports/new", "/exports/new?report=payment-sheet", "wholesaler"},
	{"schedules", "/schedules", "/schedules", "wholesaler shop viewer"}, {"schedule-new", "/schedules/new", "/schedules/new?report=payment-sheet", "wholesaler shop"}, {"schedule", "/schedules/:id", "schedules: a.rowlink", "wholesaler"},
	{"imports", "/imports", "/imports", "producer distributor"}, {"import-bad", "/imports/:id", "=import-bad", "distributor"}, {"import-good", "/imports/:id", "=import-good", "distributor"},
	{"sheet-new", "/sheets/new", "/sheets/new?kind=partners", "producer distributor"}, {"sheet-bad", "/sheets/:id", "=sheet-bad", "distributor"}, {"sheet-match", "/sheets/:id", "=sheet-match", "distributor"},
	{"import-broken", "/unfinished-imports/:id", "=unfinished", "distributor"},
	{"people", "/people", "/people", "wholesaler"}, {"parting", "/people/:id/leave", `people: form[action$="/remove"]`, "wholesaler"}, {"invitations", "/invitations", "/invitations", "wholesaler"},
	{"roles", "/roles", "/roles", "wholesaler"}, {"role-new", "/roles/new", "/roles/new?from=sales", "wholesaler"}, {"role", "/roles/:id", "=role", "wholesaler"}, {"access", "/access", "/access", "wholesaler"},
	{"why", "/access/why", "/access/why?relation=seller&object=invoice&action=read", "wholesaler"}, {"refused", "", "/invoices", "warehouse"},
	{"audit", "/audit", "/audit", "wholesaler"}, {"keys", "/keys", "/keys", "wholesaler"}, {"webhooks", "/webhooks", "/webhooks", "wholesaler"}, {"webhook", "/webhooks/:id", "=webhook", "wholesaler"},
	{"delivery", "/webhooks/:id/deliveries/:delivery", `webhook: a[href*="/deliveries/"]`, "wholesaler"}, {"glass", "/glass", "/glass", "operator"},
	{"notices", "/notices", "/notices?all=1", "wholesaler shop viewer"}, {"notice-settings", "/notices/settings", "/notices/settings", "wholesaler shop"},
	{"account", "/account", "/account", "wholesaler"}, {"security", "/account/security", "/account/security", "wholesaler"}, {"my-data", "/account/data", "/account/data", "wholesaler"},
	{"fresh", "/account/fresh", "/account/fresh", "wholesaler"}, {"sign-in-policy", "/organisation/sign-in", "/organisation/sign-in", "wholesaler"},
	{"help-keyboard", "/help/keyboard", "/help/keyboard", "wholesaler"}, {"find", "/find", "/find?q=SO", "wholesaler"}, {"inbox", "/inbox", "/inbox?all=1", "wholesaler shop"}, {"talk", "/orders/:id/messages", "=talk", "wholesaler"},
	{"quick", "/orders/quick", "/orders/quick", "wholesaler agent shop"}, {"quick-goods", "/orders/quick", "quick: main a.rowlink?tab=find", "wholesaler"}, {"phone-order", "/m/order", "/m/order", "shop"},
	{"visits", "/visits", "/visits", "producer agent sales"}, {"visit", "/visits/:id", "visits: a.rowlink", "agent"}, {"visits-told", "/visits", "/visits?side=principal", "producer"},
	{"visit-told", "/visits/:id", "visits-told: a.rowlink", "producer"},
	{"visits-shop", "/visits", "/visits?side=shop", "shop"}, {"visit-plan", "/visit-plan", "/visit-plan", "producer agent"}, {"visit-stop", "/visit-plan/:id", "visit-plan: a.rowlink", "agent"},
	{"phone-today", "/m/today", "/m/today", "caller sales"}, {"phone-check-in", "/m/visits/new", `phone-today: a.nm[href*="/m/visits/new"]`, "caller"}, {"phone-visits", "/m/visits", "/m/visits", "caller"},
	{"phone-visit", "/m/visits/:id", `phone-visits: a.nm[href^="/m/visits/"]`, "caller"}, {"phone-visiting", "/m/visits/:id", "=visiting", "caller"},
	{"phone-shops", "/m/shops", "/m/shops", "caller"}, {"phone-commission", "/m/commission", "/m/commission", "agent"},
	{"cart", "/cart", "/cart", "wholesaler"}, {"phone-cart", "/m/cart", "/m/cart", "shop"},
	{"phone-away", "/m/outbox", "/m/outbox", "stranger shop"},
	{"find-none", "/find", "/find?q=zzzz", "shop"},
	{"help", "/help", "/help", "wholesaler shop"}, {"help-topic", "/help/:topic", "/help/orders", "wholesaler shop"}, {"help-open", "/help", "/help", "stranger"},
	{"help-open-topic", "/help/:topic", "/help/sign-in", "stranger"}, {"help-words", "/help/:topic", "/help/words", "shop"},
}

// elsewhere are pages that the list leaves out, and why: what is no page, and pages that a walk of their own opens in a state
// that the demonstration does not have, holding them against the same measures.
var elsewhere = map[string]string{
	"/sign-in/second": "TestBrowserWhoComesIn", "/sign-in/sso/back": "leads on",
	"/orders/:id/pdf": "a file", "/invoices/:id/escpos": "a file", "/payments/:id/escpos": "a file", "/invoices/:id/pdf": "a file", "/payments/:id/pdf": "a file", "/shipments/:id/pdf": "a file", "/statement/pdf": "a file", "/files/:id": "a file",
	"/attachments/:id": "a file", "/logos/:id": "a file", "/account/data.json": "a file", "/sheets/template": "a file", "/sheets/:id/workbook": "a file", "/.well-known/saluran-seals.json": "a file", "/jobs/:id": "a part of a page", "/jobs/:id/stream": "a stream",
	"/invoices/:id/messages": "as that of an order", "/payments/:id/messages": "as that of an order", "/shipments/:id/messages": "as that of an order",
	"/m/device": "for scripts", "/m/visits/goods": "for scripts", "/m/today/kept": "for scripts", "/m/goods": "for scripts", "/sw.js": "for browsers", "/manifest.webmanifest": "for browsers",
	"/live/stream": "a stream", "/map": "leads on", "/catalogue": "leads on", "/orders/new": "leads on", "/partners/:id/story": "a part of a page", "/healthz": "for machines", "/readyz": "for machines", "/metrics": "for machines",
}

// TestEveryPageIsLookedAt: a route that answers browsers is on the list, or it is said why not.
func TestEveryPageIsLookedAt(t *testing.T) {
	t.Setenv("SALURAN_DEV", "1")
	p := open(t)
	f, err := p.Handler()
	require.NoError(t, err)
	served := map[string]bool{}
	for _, r := range f.GetRoutes(true) {
		if r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/api/") && !strings.HasPrefix(r.Path, "/assets/") {
			served[r.Path] = true
		}
	}
	for path := range served {
		listed := slices.ContainsFunc(sights, func(s sight) bool { return s.route == path })
		_, said := elsewhere[path]
		assert.True(t, listed != said, "%s stands on the list of pages (%t) or it is said why not (%t)", path, listed, said)
	}
	names := map[string]int{}
	for i, s := range sights {
		require.True(t, s.route == "" || served[s.route], "%s: nothing is served at %s", s.name, s.route)
		_, twice := names[s.name]
		require.False(t, twice, "two sights are named %s", s.name)
		names[s.name] = i
		if before, _, ok := strings.Cut(s.at, ": "); ok {
			at, known := names[before]
			require.True(t, known, "%s is led to by %s, which stands above it", s.name, before)
			for _, who := range strings.Fields(s.who) {
				require.Contains(t, strings.Fields(sights[at].who), who, "%s is led to by %s", s.name, before)
			}
		}
		for _, who := range strings.Fields(s.who) {
			require.Contains(t, lookers, who)
		}
	}
	for path := range elsewhere {
		require.True(t, served[path], "nothing is served at %s", path)
	}
}
