package kit

import "slices"

// NavItem is a place in the menu; Count is what waits there for this person.
type NavItem struct {
	Key, Icon, Href string
	Count           int64
	Hot             bool
}

// goTo are the second letters of "G" and a letter, which lead to a place; the same in both languages.
var goTo = map[string]string{"home": "B", "orders": "P", "buy": "P", "sell": "J", "order": "N", "partners": "M", "products": "K", "stock": "S", "lots": "L",
	"shipments": "R", "invoices": "T", "payments": "Y", "exports": "E", "imports": "I", "counter": "C"}

// Go is the keys that lead to the place; "" where none do.
func (i NavItem) Go() string {
	if k := goTo[i.Key]; k != "" {
		return "G " + k
	}
	return ""
}

// NavGroup is a group of the menu; Head is the key of its heading, "" for the first.
type NavGroup struct {
	Head  string
	Items []NavItem
}

var places = map[string]NavItem{
	"home":         {Key: "home", Icon: "home", Href: "/"},
	"inbox":        {Key: "inbox", Icon: "message", Href: "/inbox"},
	"orders":       {Key: "orders", Icon: "shopping-cart", Href: "/orders"},
	"buy":          {Key: "buy", Icon: "shopping-cart", Href: "/orders?side=buyer"},
	"sell":         {Key: "sell", Icon: "package", Href: "/orders?side=seller"},
	"order":        {Key: "order", Icon: "plus", Href: "/orders/quick"},
	"phone":        {Key: "order", Icon: "shopping-cart", Href: "/m/order"},
	"counter":      {Key: "counter", Icon: "receipt", Href: "/counter"},
	"use":          {Key: "use", Icon: "package", Href: "/counter/use"},
	"products":     {Key: "products", Icon: "tags", Href: "/products"},
	"partners":     {Key: "partners", Icon: "users-group", Href: "/partners"},
	"stock":        {Key: "stock", Icon: "building-warehouse", Href: "/stock"},
	"lots":         {Key: "lots", Icon: "box", Href: "/warehouses"},
	"shipments":    {Key: "shipments", Icon: "truck-delivery", Href: "/shipments"},
	"invoices":     {Key: "invoices", Icon: "file-invoice", Href: "/invoices"},
	"payments":     {Key: "payments", Icon: "cash", Href: "/payments"},
	"commission":   {Key: "commission", Icon: "coin", Href: "/commissions"},
	"points":       {Key: "points", Icon: "coin", Href: "/points"},
	"exports":      {Key: "exports", Icon: "report-analytics", Href: "/exports"},
	"imports":      {Key: "imports", Icon: "table-import", Href: "/imports"},
	"map":          {Key: "map", Icon: "sitemap", Href: "/map"},
	"channels":     {Key: "channels", Icon: "arrows-exchange", Href: "/channels"},
	"agents":       {Key: "agents", Icon: "user", Href: "/appointments"},
	"banks":        {Key: "banks", Icon: "wallet", Href: "/banks"},
	"audit":        {Key: "audit", Icon: "report-analytics", Href: "/audit"},
	"sharing":      {Key: "sharing", Icon: "lock", Href: "/sharing"},
	"organisation": {Key: "organisation", Icon: "building-store", Href: "/organisation"},
	"visits":       {Key: "visits", Icon: "clipboard-list", Href: "/visits"},
	"today":        {Key: "today", Icon: "device-mobile", Href: "/m/today"},
	"glass":        {Key: "glass", Icon: "lock", Href: "/glass"},
	"applications": {Key: "applications", Icon: "building-store", Href: "/applications"},
	"roles":        {Key: "roles", Icon: "users-group", Href: "/roles"},
	"access":       {Key: "access", Icon: "shield-check", Href: "/access"},
	"people":       {Key: "people", Icon: "users", Href: "/people"},
	"keys":         {Key: "keys", Icon: "lock", Href: "/keys"},
	"webhooks":     {Key: "webhooks", Icon: "arrows-exchange", Href: "/webhooks"},
}

func group(head string, keys ...string) NavGroup {
	g := NavGroup{Head: head}
	for _, k := range keys {
		g.Items = append(g.Items, places[k])
	}
	return g
}

// Nav is the menu of a role in a kind of organisation: the ways that the role goes. What it leaves out is still reached by
// its address where the person may; what it shows the person may open.
func Nav(kind, role string) []NavGroup {
	switch {
	case kind == "operator":
		return []NavGroup{group("", "home", "partners", "imports", "people", "roles", "glass", "access", "audit")}
	case role == "warehouse":
		return []NavGroup{group("", "home", "inbox", "orders", "shipments"), group("nav.goods", "stock", "lots", "use"), group("nav.data", "exports"), company(kind, role)}
	case role == "finance":
		return []NavGroup{group("", "home", "inbox", "orders"), group("nav.money", "invoices", "payments", "points", "exports"), group("nav.channel", "partners", "map", "shipments"), company(kind, role)}
	case kind == "producer":
		return withCompany(kind, role, group("", "home", "inbox", "orders", "order", "products"), group("nav.channel", sells(role, visited(kind, role, charted(role, "partners", "stock", "lots", "shipments")...)...)...),
			group("nav.money", "invoices", "payments", "points", "exports", "imports"))
	case kind == "distributor" || kind == "wholesaler":
		return withCompany(kind, role, group("", "home", "inbox", "buy", "sell", "order", "products"), group("nav.channel", sells(role, visited(kind, role, charted(role, "partners", "stock", "lots", "shipments")...)...)...),
			group("nav.money", "invoices", "payments", "points", "exports", "imports"))
	case kind == "agent":
		return withCompany(kind, role, group("", visited(kind, role, "home", "inbox", "order", "orders", "partners")...), group("nav.money", "invoices", "payments", "commission", "exports"))
	case kind == "retailer":
		return withCompany(kind, role, group("", sells(role, visited(kind, role, "home", "inbox", "phone", "orders", "shipments", "stock")...)...), group("nav.money", "invoices", "payments", "points", "exports"))
	}
	return withCompany(kind, role, group("", "home", "inbox", "phone", "orders"), group("nav.money", "invoices", "payments", "points", "exports"))
}

// WithCommission adds the place of commission behind payments, for a principal that has agents.
func WithCommission(nav []NavGroup) []NavGroup {
	for i, g := range nav {
		for k, item := range g.Items {
			if item.Key == "payments" && (k+1 == len(g.Items) || g.Items[k+1].Key != "commission") {
				nav[i].Items = slices.Insert(slices.Clone(g.Items), k+1, places["commission"])
			}
		}
	}
	return nav
}

// charted adds the map of the channel, behind the partners, for those who may see channels.
func charted(role string, keys ...string) []string {
	switch role {
	case "owner", "sales", "purchasing", "marketing", "viewer":
		return slices.Insert(keys, 1, "map")
	}
	return keys
}

// visited adds the visits for those who may see some: of their own people and agents, or at their own shop; who calls at shops for a living
// has the round of the day beside them.
func visited(kind, role string, keys ...string) []string {
	at := slices.IndexFunc(keys, func(k string) bool { return k == "stock" || k == "order" && kind == "agent" })
	switch role {
	case "owner", "viewer":
	case "sales", "service", "marketing":
		if kind == "retailer" {
			return keys
		}
	case "purchasing":
		if kind == "producer" || kind == "agent" {
			return keys
		}
	default:
		return keys
	}
	if kind == "agent" {
		return slices.Insert(keys, at, "today", "visits")
	}
	return slices.Insert(keys, at, "visits")
}

// sells adds the counter for those who may sell over it.
func sells(role string, keys ...string) []string {
	if role == "owner" || role == "sales" {
		return append(keys, "counter")
	}
	return keys
}

func withCompany(kind, role string, g ...NavGroup) []NavGroup {
	if c := company(kind, role); len(c.Items) > 0 {
		g = append(g, c)
	}
	return g
}

// company is what an organisation arranges for itself: the channels that it stands in, its agents, where it is paid, its people.
func company(kind, role string) NavGroup {
	resells := kind == "producer" || kind == "distributor" || kind == "wholesaler"
	var keys []string
	switch role {
	case "owner", "sales", "finance", "purchasing", "marketing", "viewer":
		if resells || kind == "retailer" {
			keys = append(keys, "channels")
		}
	}
	switch role {
	case "owner", "sales", "finance":
		if resells || kind == "agent" {
			keys = append(keys, "agents")
		}
	}
	if role == "owner" || role == "finance" {
		keys = append(keys, "banks")
	}
	switch role {
	case "owner", "sales", "purchasing", "marketing", "viewer":
		if resells || kind == "retailer" {
			keys = append(keys, "sharing")
		}
	}
	if resells && (role == "owner" || role == "sales") {
		keys = append(keys, "applications")
	}
	if role == "owner" || role == "finance" {
		keys = append(keys, "organisation")
	}
	if role == "owner" {
		keys = append(keys, "people", "roles")
		if kind != "operator" {
			keys = append(keys, "keys", "webhooks")
		}
	}
	if role == "owner" || role == "finance" {
		keys = append(keys, "audit")
	}
	keys = append(keys, "access")
	return group("nav.company", keys...)
}
