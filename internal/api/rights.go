package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/listing"
)

// rights say what somebody must be allowed to do, in some relation, before the body of a write is read at all: one of several.
// Operations that are not named are everybody's (their own session, password, organisation) or public.
var rights = map[string]string{
	"propose-agreement": "agreement:write", "accept-agreement": "agreement:confirm", "decline-agreement": "agreement:confirm agreement:write",
	"add-appointment": "appointment:write", "end-appointment": "appointment:write", "add-bank-account": "bank:write", "change-bank-account": "bank:write",
	"add-channel": "channel:write", "place-member": "channel:write", "add-link": "link:write", "change-link": "link:write", "accept-link": "link:write",
	"remit-collection": "payment:report payment:confirm payment:allocate", "pay-commission": "payment:report", "pay-claim": "payment:report", "repay-commission": "payment:report", "report-payment": "payment:report",
	"confirm-payment": "payment:confirm", "reject-payment": "payment:confirm", "bounce-payment": "payment:confirm", "apply-deposit": "payment:allocate",
	"refund-deposit": "payment:confirm", "invoice-order": "order:bill", "issue-invoice": "order:bill", "credit-invoice": "invoice:credit",
	"write-off-invoice": "invoice:credit", "counter-sale": "order:counter_sale", "place-order": "order:place", "amend-order": "order:amend",
	"cancel-order": "order:cancel", "close-order": "order:close", "confirm-order": "order:confirm", "dispatch-order": "order:dispatch", "ship": "order:dispatch",
	"fill-order": "order:fill", "perform-order": "order:perform", "accept-order": "order:accept", "reject-order": "order:reject", "resume-order": "order:resume", "return-order": "order:return",
	"receive-shipment": "shipment:receive", "take-back-shipment": "shipment:take_back", "export": "export:run", "export-list": "export:run", "export-shared": "export:run", "add-schedule": "export:run",
	"upload-import": "import:run", "apply-import": "import:run", "give-up-import": "import:run", "send-sheet": "import:run", "match-sheet": "import:run", "apply-sheet": "import:run", "make-lot": "lot:make", "recall-lot": "lot:recall", "transfer": "stock:transfer", "use": "stock:use",
	"reverse-journal": "journal:reverse", "add-org": "partner:write", "change-org": "partner:write", "add-person": "person:manage", "set-role": "person:manage",
	"make-role": "person:manage", "change-role": "person:manage", "end-role": "person:manage", "make-key": "key:manage", "revoke-key": "key:manage",
	"rotate-key": "key:manage", "add-place": "place:create", "change-place": "place:change", "add-price-list": "price:write", "change-price-list": "price:write", "set-prices": "price:write",
	"add-product": "product:write", "change-product": "product:write", "offer-sharing": "sharing:write", "accept-sharing": "sharing:write",
	"decline-sharing": "sharing:write", "end-sharing": "sharing:write", "withdraw-sharing": "sharing:write", "send-file": "file:attach", "attach-file": "file:attach",
	"end-file": "file:end", "add-webhook": "hook:manage", "change-webhook": "hook:manage", "remove-webhook": "hook:manage", "rotate-webhook": "hook:manage",
	"invite": "person:manage", "resend-invitation": "person:manage", "withdraw-invitation": "person:manage", "remove-person": "person:manage",
	"approve-application": "link:write", "ask-application": "link:write", "refuse-application": "link:write", "set-door": "link:write",
	"set-logo": "partner:write", "end-logo": "partner:write", "set-representative": "partner:write", "erase-consumer": "partner:write", "break-glass": "partner:write",
	"add-programme": "points:write", "end-programme": "points:write", "redeem-points": "points:redeem",
	"say-on-order": "talk:write", "say-on-shipment": "talk:write", "say-on-invoice": "talk:write", "say-on-payment": "talk:write", "withdraw-message": "talk:write",
	"read-order-messages": "talk:read", "read-shipment-messages": "talk:read", "read-invoice-messages": "talk:read", "read-payment-messages": "talk:read",
	"open-cart": "order:place", "change-cart-line": "order:place", "read-into-cart": "order:place", "reorder": "order:place", "clear-cart": "order:place", "order-cart": "order:place",
	"bulk":           listing.Rights(),
	"add-visit-stop": "visit:plan", "change-visit-stop": "visit:plan", "end-visit-stop": "visit:plan", "check-in": "visit:write", "count-visit": "visit:write",
	"order-on-visit": "visit:write", "check-out": "visit:write",
	"test-webhook": "hook:manage", "replay-webhook": "hook:manage", "replay-webhook-delivery": "hook:manage",
}

// guard puts the right of an operation before its body.
func (a *API) guard(op *huma.Operation) {
	need, ok := rights[op.OperationID]
	if !ok {
		return
	}
	actions := strings.Fields(need)
	op.Middlewares = append(op.Middlewares, func(c huma.Context, next func(huma.Context)) {
		if err := a.Gate.Ever(c.Context(), httpx.Of(c.Context()).Actor, actions...); err != nil {
			a.refuse(c, err)
			return
		}
		next(c)
	})
}

// understood refuses parameters that an operation does not know: a filter that is misspelt would otherwise answer everything.
func (a *API) understood(op *huma.Operation) {
	op.Middlewares = append(op.Middlewares, func(c huma.Context, next func(huma.Context)) {
		u := c.URL()
		var known []string
		for _, p := range c.Operation().Parameters {
			if p.In == "query" {
				known = append(known, p.Name)
			}
		}
		for name := range u.Query() {
			if !slices.Contains(known, name) {
				a.refuse(c, unknownParameter(name, known))
				return
			}
		}
		next(c)
	})
}

// unknownParameter says which parameters an operation knows.
func unknownParameter(name string, known []string) error {
	if len(known) == 0 {
		known = []string{"–"}
	}
	return errs.OnFields("request.unknown_parameter", errs.F(name, "request.unknown_parameter", "name", name, "known", strings.Join(known, ", ")))
}

func (a *API) refuse(c huma.Context, err error) {
	p := httpx.Tell(c.Context(), a.log, err)
	c.SetStatus(p.Status)
	c.SetHeader("Content-Type", "application/problem+json")
	_ = json.NewEncoder(c.BodyWriter()).Encode(p)
}
