package site

import (
	"strings"

	"saluran/internal/listing"
)

// rights say what somebody must be allowed to do, in some relation, before a form is read at all: one of several. What is not named
// is everybody's own (account, session, language), or is decided where its documents are known.
var rights = map[string]string{
	"/channels": "channel:write", "/channels/:id/members": "channel:write", "/channels/:id/links": "link:write", "/links/:id": "link:write", "/links/:id/accept": "link:write",
	"/appointments": "appointment:write", "/appointments/:id/end": "appointment:write", "/banks": "bank:write", "/banks/:id": "bank:write",
	"/counter": "order:counter_sale", "/counter/pick": "order:counter_sale", "/counter/total": "order:counter_sale", "/counter/use": "stock:use",
	"/attachments": "file:attach", "/attachments/:id/end": "file:end", "/warehouses": "place:create", "/lots": "lot:make", "/lots/:id/recall": "lot:recall",
	"/points/programmes": "points:write", "/points/programmes/:id/end": "points:write", "/invoices/:id/redeem": "points:redeem",
	"/transfers": "stock:transfer", "/movements/:id/reversal": "journal:reverse",
	"/keys": "key:manage", "/keys/:id/rotate": "key:manage", "/keys/:id/revoke": "key:manage",
	"/webhooks": "hook:manage", "/webhooks/:id": "hook:manage", "/webhooks/:id/rotate": "hook:manage", "/webhooks/:id/remove": "hook:manage",
	"/webhooks/:id/test": "hook:manage", "/webhooks/:id/replay": "hook:manage", "/webhooks/:id/deliveries/:delivery/replay": "hook:manage",
	"/partners/:id/agreements": "agreement:write", "/agreements/:id/accept": "agreement:confirm", "/agreements/:id/decline": "agreement:confirm agreement:write",
	"/products": "product:write", "/products/:id": "product:write", "/prices/:id/name": "price:write", "/warehouses/:id": "place:change",
	"/organisation": "partner:write", "/organisation/logo": "partner:write", "/organisation/logo/remove": "partner:write", "/prices": "price:write", "/prices/:id": "price:write",
	"/people/:id/role": "person:manage", "/people/:id/remove": "person:manage", "/roles": "person:manage", "/roles/:id": "person:manage", "/roles/:id/end": "person:manage",
	"/organisation/sign-in": "person:manage",
	"/invoices/:id/credit":  "invoice:credit", "/invoices/:id/write-off": "invoice:credit", "/payments/:id/bounce": "payment:confirm",
	"/deposits/apply": "payment:allocate", "/deposits/refund": "payment:confirm", "/collections/remit": "payment:confirm", "/commissions/pay": "payment:report", "/commissions/repay": "payment:report",
	"/payments": "payment:report", "/payments/:id/confirm": "payment:confirm", "/payments/:id/reject": "payment:confirm",
	"/cart/lines": "order:place", "/cart/read": "order:place", "/cart/like": "order:place", "/cart/clear": "order:place", "/cart/send": "order:place",
	"/orders": "order:place", "/orders/:id/invoice": "order:bill",
	"/shipments/:id/receive": "shipment:receive", "/shipments/:id/take-back": "shipment:take_back",
	"/orders/:id/messages": "talk:write", "/shipments/:id/messages": "talk:write", "/invoices/:id/messages": "talk:write", "/payments/:id/messages": "talk:write",
	"/orders/:id/messages/read": "talk:read", "/shipments/:id/messages/read": "talk:read", "/invoices/:id/messages/read": "talk:read", "/payments/:id/messages/read": "talk:read",
	"/messages/:id/withdraw": "talk:write",
	"/sharing":               "sharing:write", "/shared/:id/export": "export:run", "/channels/:id/map/export": "export:run",
	"/exports": "export:run", "/lists/:list/export": "export:run", "/schedules": "export:run", "/lists/:list/act": listing.Rights(), "/imports": "import:run", "/imports/:id/apply": "import:run", "/unfinished-imports/:id/give-up": "import:run",
	"/visits": "visit:write", "/visits/:id/count": "visit:write", "/visits/:id/orders": "visit:write", "/visits/:id/check-out": "visit:write",
	"/visit-plan": "visit:plan", "/visit-plan/:id": "visit:plan", "/visit-plan/:id/end": "visit:plan",
	"/sheets": "import:run", "/sheets/:id/match": "import:run", "/sheets/:id/apply": "import:run",
}

// may puts the right of a form before its handler.
func (s *Site) may(path string, h handler) handler {
	need := rights[path]
	if do, ok := strings.CutPrefix(path, "/orders/:id/"); ok && need == "" {
		need = "order:" + do
	}
	if do, ok := strings.CutPrefix(path, "/sharing/:id/"); ok && do != "" {
		need = "sharing:write"
	}
	if need == "" {
		return h
	}
	actions := strings.Fields(need)
	return func(r *request) error {
		if err := s.Gate.Ever(r.ctx, r.a, actions...); err != nil {
			return err
		}
		return h(r)
	}
}
