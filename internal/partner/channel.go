package partner

import (
	"strings"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Shape is a template of a channel: the kinds of its tiers from the producer down, and whether an agent stands between.
type Shape struct {
	Name  string
	Tiers []string // kinds; "any" in a free chain
	Agent bool
}

// Shapes are the six templates of the trade, in its order; "free" is any other chain.
var Shapes = []Shape{
	{"direct", []string{"producer", "consumer"}, false},
	{"retail", []string{"producer", "retailer"}, false},
	{"wholesale", []string{"producer", "wholesaler", "retailer"}, false},
	{"agent", []string{"producer", "retailer"}, true},
	{"full", []string{"producer", "distributor", "wholesaler", "retailer"}, false},
	{"merchants", []string{"producer", "retailer"}, true},
	{"free", nil, false},
}

func shapeOf(name string) (Shape, bool) {
	for _, s := range Shapes {
		if s.Name == name {
			return s, true
		}
	}
	return Shape{}, false
}

// Channel is a producer's chain to its market.
type Channel struct {
	ID       id.ID
	Producer id.ID
	Name     string
	Shape    string
	Tiers    []string // kinds, tier 1 first; "any" takes every kind that trades
	Version  int64
}

// NewChannel asks for a channel of the acting producer. Tiers are given only for the shape "free": 2 to 8 kinds or "any".
type NewChannel struct {
	Key   audit.Key
	Name  string
	Shape string
	Tiers []string
}

// Member is an organisation at a tier of a channel.
type Member struct {
	Channel id.ID
	Org     id.ID
	Tier    int64
	Code    string
	Kind    string
	Name    string
}

// Link is one member selling to another.
type Link struct {
	ID      id.ID
	Channel id.ID
	Seller  id.ID
	Buyer   id.ID
	Agent   id.ID // 0 for none
	Active  bool
	Created clock.Instant
	Version int64

	// SellerWaits and BuyerWaits say who has yet to agree to the link; until both have, nothing is traded on it.
	SellerWaits, BuyerWaits bool
	EndedBy                 id.ID // which side ended it; 0 where it is active
}

// Waits tells whether somebody has yet to agree to the link.
func (l Link) Waits() bool { return l.SellerWaits || l.BuyerWaits }

// WaitsFor tells whether an organisation has yet to agree to it.
func (l Link) WaitsFor(org id.ID) bool {
	return (org == l.Seller && l.SellerWaits) || (org == l.Buyer && l.BuyerWaits)
}

// LinkView is a link with the names that a list shows, and the agreement in force today (0 for none).
type LinkView struct {
	Link
	ChannelName            string
	SellerCode, SellerName string
	BuyerCode, BuyerName   string
	AgentCode, AgentName   string
	Agreement              id.ID
}

// NewLink asks for a link. Seller and buyer must be members of the channel, the seller above the buyer; Place places the buyer
// one tier below the seller where it is no member yet.
type NewLink struct {
	Key     audit.Key
	Channel id.ID
	Seller  id.ID
	Buyer   id.ID
	Agent   id.ID
	Code    string // the buyer's, where the actor does not see it yet
	Place   bool
}

// SetLink changes a link's agent and whether it is active.
type SetLink struct {
	Link    id.ID
	Version int64
	Agent   id.ID
	Active  bool
}

// Appointment binds an agent to a principal.
type Appointment struct {
	ID            id.ID
	Principal     id.ID
	Agent         id.ID
	Area          string
	CommissionBps int64
	CommissionOn  string // order, delivery, payment
	MayBind       bool   // its confirmation binds the principal
	MayCollect    bool   // it may take money for the principal
	Sole          bool   // no other agent of the principal in the area at the time
	From          clock.Date
	Until         clock.Date
	Version       int64
}

// NewAppointment asks for an appointment by the acting organisation.
type NewAppointment struct {
	Key           audit.Key
	Agent         id.ID
	Code          string // the agent's, where the actor does not see it yet
	Area          string
	CommissionBps int64
	CommissionOn  string
	MayBind       bool
	MayCollect    bool
	Sole          bool
	From          clock.Date
	Until         clock.Date // "": open
}

// Open is the last day of what has no end.
const Open = clock.Date("9999-12-31")

func joinTiers(t []string) string { return strings.Join(t, ",") }

func splitTiers(s string) []string { return strings.Split(s, ",") }
