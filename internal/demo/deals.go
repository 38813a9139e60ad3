package demo

import (
	"saluran/internal/partner"
)

// Channels of the demonstration, one of each shape.
const (
	direct    = "direct"
	retail    = "retail"
	wholesale = "wholesale"
	viaAgent  = "agent"
	full      = "full"
	merchants = "merchants"
	roasters  = "roaster's agent"
)

var channels = []struct{ key, owner, name, shape string }{
	{direct, roaster, "Langsung ke pembeli", "direct"},
	{roasters, roaster, "Titip lewat agen", "agent"},
	{retail, producer, "Ritel dan kafe", "retail"},
	{wholesale, producer, "Grosir Tapal Kuda", "wholesale"},
	{viaAgent, producer, "Toko lewat agen", "agent"},
	{full, producer, "Distribusi Nusantara", "full"},
	{merchants, producer, "Warung dan pedagang kecil", "merchants"},
}

// bond is a link with its first agreement.
type bond struct {
	channel, seller, buyer string
	agent, list            string
	habit                  habit
	terms                  partner.Terms
}

func terms(title, risk string, net int64, limit int64) partner.Terms {
	return partner.Terms{Currency: "IDR", TitleOn: title, RiskOn: risk, NetDays: net, CreditLimit: rupiah(limit), ResaleBeforeTitle: true, FreightBy: "seller"}
}

// with changes terms in place of a literal.
func with(t partner.Terms, f func(t *partner.Terms)) partner.Terms { f(&t); return t }

// bonds are all links, upstream first: who resells must be offered the goods before it can price them.
func bonds() []bond {
	all := []bond{
		{full, producer, "MNT", "", "LWR/distributor", early, with(terms("dispatch", "dispatch", 30, 900_000_000), func(t *partner.Terms) {
			t.EarlyDays, t.EarlyBps, t.MinOrder, t.FreightBy = 10, 200, rupiah(5_000_000), "buyer"
		})},
		{full, producer, "SPL", "", "LWR/distributor", onTime, with(terms("payment", "delivery", 45, 900_000_000), func(t *partner.Terms) { t.MinOrder = rupiah(5_000_000) })},
		{full, "MNT", "GPT", "", "MNT/grosir", onTime, terms("confirmation", "title", 14, 350_000_000)},
		{full, "MNT", "GKJ", "", "MNT/grosir", late, with(terms("delivery", "delivery", 30, 300_000_000), func(t *partner.Terms) { t.MinOrder = rupiah(1_000_000) })},
		{full, "SPL", "GPM", "", "SPL/grosir", halves, terms("delivery", "dispatch", 30, 300_000_000)},
		{wholesale, producer, "GJS", "", "LWR/grosir", roundsUp, with(terms("delivery", "delivery", 30, 400_000_000), func(t *partner.Terms) {
			t.OverBps, t.UnderBps = 500, 100 // beans are weighed as they come
		})},
	}
	for _, s := range shops {
		all = append(all, s.bond())
	}
	for _, s := range []string{"T31", "T33"} {
		all = append(all, bond{roasters, roaster, s, agent, "OMK/toko", onTime, terms("delivery", "delivery", 14, 12_000_000)})
	}
	for _, k := range consumers {
		all = append(all, bond{direct, roaster, k.code, "", "OMK/konsumen", prompt, with(terms("delivery", "delivery", 0, 0), func(t *partner.Terms) {
			t.Prepay, t.PricesIncludeVAT = true, true
		})})
	}
	return all
}

func (s shop) bond() bond {
	b := bond{channel: s.channel, seller: s.from, buyer: s.code, habit: s.habit}
	switch s.from {
	case "GPT":
		b.list, b.terms = "GPT/toko", terms("delivery", "delivery", 14, 30_000_000)
	case "GKJ":
		b.list, b.terms = "GKJ/toko", terms("dispatch", "dispatch", 14, 25_000_000)
	case "GPM":
		b.list, b.terms = "GPM/toko", with(terms("delivery", "title", 14, 25_000_000), func(t *partner.Terms) { t.PricesIncludeVAT = true })
	case "GJS":
		b.list, b.terms = "GJS/toko", terms("confirmation", "delivery", 14, 25_000_000)
	}
	switch s.channel {
	case retail:
		b.list, b.terms = "LWR/ritel", terms("payment", "title", 30, 90_000_000)
	case viaAgent:
		b.agent, b.list, b.terms = agent, "LWR/ritel", terms("delivery", "delivery", 30, 40_000_000)
	case merchants:
		b.agent, b.list, b.terms = agent, "LWR/warung", with(terms("delivery", "delivery", 14, 8_000_000), func(t *partner.Terms) {
			t.PricesIncludeVAT = true
		})
	}
	b.terms.MinOrder = rupiah(150_000)
	switch s.code {
	case "T13": // too far and too new for credit
		b.terms.Prepay, b.terms.NetDays = true, 0
	case "T05", "T17", "T09": // burnt once: a tight limit
		b.terms.CreditLimit = rupiah(7_500_000)
	}
	return b
}
