package help

import "strings"

// routes is the topic of each page, by how its address begins; the longest beginning counts. A page that begins with none of them
// fails a test.
var routes = map[string]string{
	"/": "home", "/inbox": "inbox", "/orders": "orders", "/lists/orders": "orders", "/orders/new": "order", "/orders/quick": "order",
	"/cart": "order", "/m/cart": "order", "/m/order": "order", "/catalogue": "order", "/visits": "visits", "/visit-plan": "visits", "/m/today": "visits", "/m/visits": "visits", "/m/shops": "visits", "/m/commission": "commission", "/lists/visits": "visits", "/m/outbox": "offline", "/m/device": "account", "/m/goods": "order", "/m": "order", "/products": "products", "/prices": "products", "/partners": "partners",
	"/stock": "stock", "/warehouses": "lots", "/lots": "lots", "/movements": "lots", "/transfers": "lots", "/shipments": "shipments", "/counter": "counter",
	"/invoices": "invoices", "/statement": "invoices", "/payments": "payments", "/deposits": "payments", "/collections": "payments", "/commissions": "commission", "/points": "points",
	"/exports": "exports", "/jobs": "exports", "/schedules": "schedules", "/imports": "imports", "/sheets": "imports", "/unfinished-imports": "imports", "/channels": "channels", "/channels/:id/map": "map", "/map": "map",
	"/appointments": "agents", "/banks": "banks", "/sharing": "sharing", "/shared": "sharing", "/applications": "applications", "/organisation": "organisation",
	"/organisation/sign-in": "sign-in", "/people": "people", "/invitations": "people", "/hand-over": "people", "/roles": "roles", "/access": "roles", "/keys": "keys", "/webhooks": "webhooks",
	"/audit": "audit", "/glass": "glass", "/account": "account", "/account/security": "sign-in", "/account/fresh": "sign-in", "/account/email": "sign-in",
	"/notices": "notices", "/find": "find", "/help/keyboard": Keyboard, "/help": "", "/views": "find", "/lists": "find",
	"/sign-in": "sign-in", "/forgot": "sign-in", "/reset": "sign-in", "/invite": "sign-in", "/join": "sign-in", "/application": "sign-in", "/my-data": "sign-in",
}

// Of is the topic of a page, by the route that serves it; ok is false where none is named.
func Of(route string) (topic string, ok bool) {
	for at := route; at != ""; {
		if t, ok := routes[at]; ok && (at != "/" || route == "/") {
			return t, true
		}
		at = at[:strings.LastIndexByte(at, '/')]
	}
	return "", false
}
