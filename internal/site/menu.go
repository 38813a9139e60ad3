package site

import (
	"slices"

	"saluran/internal/access"
	"saluran/web/kit"
)

// opens is what a place in the menu needs before it is shown to somebody with a role of the organisation's own: what the roles
// that every organisation has may open is known, what organisations define is not. A place without a line opens for everybody.
var opens = map[string]func(r *request) bool{
	"map": func(r *request) bool {
		return r.can(access.Own, "channel", "read") && r.can(access.Own, "partner", "read")
	},
	"inbox":  func(r *request) bool { return r.s.Gate.Ever(r.ctx, r.a, "talk:read") == nil },
	"orders": func(r *request) bool { return r.can(access.Own, "order", "list") },
	"buy":    func(r *request) bool { return r.can(access.Own, "order", "list") },
	"sell":   func(r *request) bool { return r.can(access.Own, "order", "list") },
	"order":  func(r *request) bool { return r.mayPlace() && r.can(access.Own, "partner", "read") },
	"counter": func(r *request) bool {
		return r.can(access.Seller, "order", "counter_sale") && r.can(access.Own, "price", "read")
	},
	"use":      func(r *request) bool { return r.can(access.Own, "stock", "use") },
	"products": func(r *request) bool { return r.can(access.Own, "product", "read") },
	"partners": func(r *request) bool { return r.can(access.Own, "partner", "read") },
	"stock":    func(r *request) bool { return r.can(access.Own, "stock", "read") },
	"lots": func(r *request) bool {
		return r.can(access.Own, "place", "read") && r.can(access.Own, "product", "read") && r.can(access.Own, "stock", "read")
	},
	"visits":       func(r *request) bool { return len(r.visitSides()) > 0 },
	"today":        func(r *request) bool { return r.can(access.Own, "visit", "read") },
	"shipments":    func(r *request) bool { return r.can(access.Own, "shipment", "list") },
	"invoices":     func(r *request) bool { return r.reads("invoice") },
	"payments":     func(r *request) bool { return r.reads("payment") },
	"commission":   func(r *request) bool { return r.reads("payment") },
	"points":       func(r *request) bool { return r.reads("points") },
	"exports":      func(r *request) bool { return r.can(access.Own, "export", "read") && r.can(access.Own, "job", "read") },
	"imports":      func(r *request) bool { return r.can(access.Own, "import", "read") && r.can(access.Own, "job", "read") },
	"channels":     func(r *request) bool { return r.can(access.Own, "channel", "read") },
	"agents":       func(r *request) bool { return r.can(access.Own, "appointment", "read") },
	"banks":        func(r *request) bool { return r.can(access.Own, "bank", "read") },
	"organisation": func(r *request) bool { return r.can(access.Own, "partner", "read") },
	"audit":        func(r *request) bool { return r.can(access.Own, "audit", "read") },
	"sharing":      func(r *request) bool { return r.can(access.Own, "sharing", "read") },
	"glass":        func(r *request) bool { return r.can(access.Own, "audit", "read") },
	"applications": func(r *request) bool { return r.can(access.Own, "link", "write") },
	"people":       func(r *request) bool { return r.can(access.Own, "person", "read") },
	"keys":         func(r *request) bool { return r.can(access.Own, "key", "read") },
	"webhooks":     func(r *request) bool { return r.can(access.Own, "hook", "read") },
}

// reads tells whether the actor may read an object of trade on any of the sides that its organisation trades on.
func (r *request) reads(object string) bool {
	if r.a.Kind == "agent" {
		return r.can(access.Agent, object, "read")
	}
	return r.can(access.Seller, object, "read") || r.can(access.Buyer, object, "read")
}

// menu is the way through the portal for this person.
func (r *request) menu() []kit.NavGroup {
	if r.a.Own == nil {
		return kit.Nav(r.a.Kind, r.a.Role)
	}
	var out []kit.NavGroup
	for _, g := range kit.Nav(r.a.Kind, access.Top(r.a.Kind)) {
		g.Items = slices.DeleteFunc(slices.Clone(g.Items), func(i kit.NavItem) bool { f := opens[i.Key]; return f != nil && !f(r) })
		if len(g.Items) > 0 {
			out = append(out, g)
		}
	}
	return out
}
