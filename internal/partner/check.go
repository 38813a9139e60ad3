package partner

import (
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
)

// Finding is what a shape check has to say about a proposed link or appointment. An error stops it, a warning is shown.
type Finding struct {
	Code   string
	Error  bool
	Args   errs.Args
	Source string // the rule that says so
}

// shapeRule is dated: it holds for sellers of its country from a day on.
type shapeRule struct {
	code    string
	country string // "": everywhere
	from    clock.Date
	stops   bool
	source  string
	broken  func(linkFacts) bool
}

type linkFacts struct {
	seller, buyer, agent Org // agent.ID is 0 for none
	sellerTier           int64
	buyerTier            int64
	appointed            bool
}

const trade = "nature of the role"

var mayNotSell = []string{"consumer", "financier", "operator"}
var mayNotBuy = []string{"financier", "operator"}

var linkRules = []shapeRule{
	{"partner.agent_sells", "ID", "2021-02-02", true, "PP 29/2021 art. 1(16), 55(2)", func(f linkFacts) bool { return f.seller.Kind == "agent" }},
	{"partner.agent_sells", "", "1900-01-01", true, trade, func(f linkFacts) bool { return f.seller.Kind == "agent" && f.seller.Country != "ID" }},
	{"partner.agent_buys", "", "1900-01-01", true, trade, func(f linkFacts) bool { return f.buyer.Kind == "agent" }},
	{"partner.cannot_sell", "", "1900-01-01", true, trade, func(f linkFacts) bool { return known(mayNotSell, f.seller.Kind) }},
	{"partner.cannot_buy", "", "1900-01-01", true, trade, func(f linkFacts) bool { return known(mayNotBuy, f.buyer.Kind) }},
	{"partner.not_an_agent", "", "1900-01-01", true, trade, func(f linkFacts) bool { return f.agent.ID != 0 && f.agent.Kind != "agent" }},
	{"partner.not_member", "", "1900-01-01", true, "channel", func(f linkFacts) bool { return f.sellerTier == 0 || f.buyerTier == 0 }},
	{"partner.tier_order", "", "1900-01-01", true, "channel", func(f linkFacts) bool {
		return f.sellerTier != 0 && f.buyerTier != 0 && f.sellerTier >= f.buyerTier
	}},
	{"partner.no_appointment", "", "1900-01-01", false, "PP 29/2021 art. 1(16)", func(f linkFacts) bool { return f.agent.ID != 0 && !f.appointed }},
	{"partner.large_to_consumer", "ID", "2021-02-02", false, "PP 29/2021: producers reach consumers through distributors or agents, small firms excepted",
		func(f linkFacts) bool {
			return f.seller.Kind == "producer" && f.seller.Large && f.buyer.Kind == "consumer"
		}},
	{"partner.large_to_retailer", "ID", "2021-02-02", false, "PP 29/2021: producers appoint a distributor or agent to reach retailers, small firms excepted",
		func(f linkFacts) bool {
			return f.seller.Kind == "producer" && f.seller.Large && f.buyer.Kind == "retailer" && f.agent.ID == 0
		}},
}

// checkLink tests a proposed link against the rules of the seller's country on a date.
func checkLink(f linkFacts, on clock.Date) (out []Finding) {
	for _, r := range linkRules {
		if (r.country == "" || r.country == f.seller.Country) && r.from <= on && r.broken(f) {
			out = append(out, Finding{Code: r.code, Error: r.stops, Source: r.source,
				Args: errs.Args{"seller": f.seller.Name, "buyer": f.buyer.Name, "agent": f.agent.Name}})
		}
	}
	return out
}

// checkAppointment tests a proposed appointment against the principal's others.
func checkAppointment(n Appointment, principal, agent Org, others []Appointment) (out []Finding) {
	if agent.Kind != "agent" {
		out = append(out, Finding{Code: "partner.not_an_agent", Error: true, Source: trade, Args: errs.Args{"agent": agent.Name}})
	}
	if principal.Kind == "agent" || known(mayNotSell, principal.Kind) {
		out = append(out, Finding{Code: "partner.cannot_appoint", Error: true, Source: trade, Args: errs.Args{"principal": principal.Name}})
	}
	for _, o := range others {
		overlaps := o.From <= n.Until && n.From <= o.Until && strings.EqualFold(o.Area, n.Area)
		switch {
		case !overlaps:
		case o.Agent == n.Agent:
			out = append(out, Finding{Code: "partner.appointed_already", Error: true, Source: trade, Args: errs.Args{"agent": agent.Name, "area": n.Area}})
		case o.Sole || n.Sole:
			out = append(out, Finding{Code: "partner.sole", Error: true, Source: "Permendag 24/2021", Args: errs.Args{"agent": agent.Name, "area": n.Area,
				"from": string(o.From), "until": string(o.Until)}})
		}
	}
	return out
}

// checkChain names title or risk points that are out of order: what the seller may not pass on yet, since it gets title itself
// only when it pays, or when it sells.
func checkChain(up []Agreement, t Terms) (out []Finding) {
	for _, u := range up {
		late := u.Terms.TitleOn == "payment"
		if late && !u.Terms.ResaleBeforeTitle && t.TitleOn != "payment" {
			out = append(out, Finding{Code: "partner.title_order", Source: "order of title points in a chain",
				Args: errs.Args{"upstream": u.Terms.TitleOn, "here": t.TitleOn, "agreement": u.ID.String()}})
		}
		if u.Terms.RiskOn == "title" && late && t.RiskOn == "dispatch" {
			out = append(out, Finding{Code: "partner.risk_order", Source: "order of risk points in a chain",
				Args: errs.Args{"upstream": u.Terms.TitleOn, "here": t.RiskOn, "agreement": u.ID.String()}})
		}
	}
	return out
}

// stop makes an error of the findings that stop; nil where there are none.
func stop(all []Finding) error {
	for _, f := range all {
		if f.Error {
			return &errs.Error{Kind: errs.Invalid, Code: f.Code, Args: f.Args}
		}
	}
	return nil
}
