package kit

import "slices"

// NavItem is a place in the menu; Count is what waits there for this person.
type NavItem struct {
	Key, Icon, Href string
	Count           int64
	Hot             bool
}

// NavGroup is a group of the menu; Head is the key of its heading, "" for the first.
type NavGroup struct {
	Head  string
	Items []NavItem
}

var places = map[string]NavItem{
	"home":       {Key: "home", Icon: "home", Href: "/"},
	"orders":     {Key: "orders", Icon: "shopping-cart", Href: "/orders"},
	"buy":        {Key: "buy", Icon: "shopping-cart", Href: "/orders?side=buyer"},
	"sell":       {Key: "sell", Icon: "package", Href: "/orders?side=seller"},
	"order":      {Key: "order", Icon: "plus", Href: "/orders/new"},
	"counter":    {Key: "counter", Icon: "receipt", Href: "/counter"},
	"use":        {Key: "use", Icon: "package", Href: "/counter/use"},
	"products":   {Key: "products", Icon: "tags", Href: "/products"},
	"partners":   {Key: "partners", Icon: "users-group", Href: "/partners"},
	"stock":      {Key: "stock", Icon: "building-warehouse", Href: "/stock"},
	"lots":       {Key: "lots", Icon: "box", Href: "/warehouses"},
	"shipments":  {Key: "shipments", Icon: "truck-delivery", Href: "/shipments"},
	"invoices":   {Key: "invoices", Icon: "file-invoice", Href: "/invoices"},
	"payments":   {Key: "payments", Icon: "cash", Href: "/payments"},
	"commission": {Key: "commission", Icon: "coin", Href: "/commissions"},
	"exports":    {Key: "exports", Icon: "report-analytics", Href: "/exports"},
	"imports":    {Key: "imports", Icon: "table-import", Href: "/imports"},
	"people":     {Key: "people", Icon: "users", Href: "/people"},
}

func group(head string, keys ...string) NavGroup {
	g := NavGroup{Head: head}
	for _, k := range keys {
		g.Items = append(g.Items, places[k])
	}
	return g
}

// Nav is the menu of a role in a kind of organisation: at most three groups of six. What it leaves out is still reached by
// its address where the person may; what it shows the person may open.
func Nav(kind, role string) []NavGroup {
	switch {
	case kind == "operator":
		return []NavGroup{group("", "home", "partners", "imports", "people")}
	case role == "warehouse":
		return []NavGroup{group("", "home", "orders", "shipments"), group("nav.goods", "stock", "lots", "use"), group("nav.data", "exports")}
	case role == "finance":
		return []NavGroup{group("", "home", "orders"), group("nav.money", "invoices", "payments", "exports"), group("nav.channel", "partners", "shipments")}
	case kind == "producer":
		return withPeople(role, group("", "home", "orders", "order", "products"), group("nav.channel", sells(role, "partners", "stock", "lots", "shipments")...),
			group("nav.money", "invoices", "payments", "exports", "imports"))
	case kind == "distributor" || kind == "wholesaler":
		return withPeople(role, group("", "home", "buy", "sell", "order", "products"), group("nav.channel", sells(role, "partners", "stock", "lots", "shipments")...),
			group("nav.money", "invoices", "payments", "exports", "imports"))
	case kind == "agent":
		return withPeople(role, group("", "home", "order", "orders", "partners"), group("nav.money", "invoices", "payments", "commission", "exports"))
	case kind == "retailer":
		return withPeople(role, group("", sells(role, "home", "order", "orders", "shipments", "stock")...), group("nav.money", "invoices", "payments", "exports"))
	}
	return withPeople(role, group("", "home", "order", "orders"), group("nav.money", "invoices", "payments", "exports"))
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

// sells adds the counter for those who may sell over it.
func sells(role string, keys ...string) []string {
	if role == "owner" || role == "sales" {
		return append(keys, "counter")
	}
	return keys
}

func withPeople(role string, g ...NavGroup) []NavGroup {
	if role == "owner" {
		last := &g[len(g)-1]
		last.Items = append(last.Items, places["people"])
	}
	return g
}
