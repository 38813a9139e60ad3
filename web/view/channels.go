package view

import (
	"context"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/web/kit"
)

// Channels is the channels that the organisation stands in.
type Channels struct {
	List
	Rows    []ChannelRow
	CanMake bool
	Shapes  []string
	Form    kit.Form
}

// ChannelRow is one channel; Tiers are kinds, Mine the tier of the reader.
type ChannelRow struct {
	ID, Name, Shape, Producer string
	Tiers                     []string
	Mine                      int64
}

// Channel is one channel: the members of one tier, or the links.
type Channel struct {
	List
	ChannelRow
	Tabs      []kit.Tab
	Tier      int64 // of the members shown; 0: the links are shown
	Query     string
	Members   []MemberRow
	Links     []LinkRow
	Below     []int64 // tiers at which the reader may place somebody
	Kinds     []string
	CanPlace  bool
	CanLink   bool
	PlaceForm kit.Form
	LinkForm  kit.Form
	Sellers   []Ref
	Buyers    []Ref
	Agents    []Ref
	Conflict  string
}

// MemberRow is an organisation at a tier.
type MemberRow struct {
	ID, Code, Kind, Name string
	Self, MayLink        bool
}

// LinkRow is one member selling to another.
type LinkRow struct {
	ID, Seller, Buyer, Agent string
	Terms                    string
	Active, MayEnd           bool
	Version                  int64
}

// Appointments is the agents of an organisation, and the principals of an agent.
type Appointments struct {
	List
	Rows     []AppointmentRow
	CanWrite bool
	Form     kit.Form
	Conflict string
	EndForm  kit.Form
	EndOf    string // the row whose form was refused
}

// AppointmentRow is one appointment.
type AppointmentRow struct {
	ID, Principal, Agent, Area, On, State string
	Bps                                   int64
	Bind, Collect, Sole                   bool
	From, Until                           clock.Date
	Version                               int64
	MayEnd                                bool
}

// Banks is where an organisation wants to be paid.
type Banks struct {
	Rows     []BankRow
	CanWrite bool
	Form     kit.Form
	Conflict string
}

// BankRow is an account; Number is shortened for those who may not change it.
type BankRow struct {
	ID, Bank, Number, Holder, Currency, State string
	Version                                   int64
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// chainWords are the tiers of a channel in a line.
func chainWords(ctx context.Context, tiers []string) string {
	out := make([]string, len(tiers))
	for i, k := range tiers {
		out[i] = t(ctx, "kind."+k)
	}
	return strings.Join(out, " → ")
}

func tierOptions(ctx context.Context, c Channel) []kit.Option {
	var out []kit.Option
	for _, n := range c.Below {
		out = append(out, kit.Option{Value: number(n), Label: t(ctx, "channel.tier_n", "n", number(n), "kind", t(ctx, "kind."+c.Tiers[n-1]))})
	}
	return out
}

// tierKinds are the choices of one tier of a chain that is drawn freely.
func tierKinds(ctx context.Context, n int) []kit.Option {
	if n == 1 {
		return choices(ctx, "kind.", "producer")
	}
	out := []kit.Option{{Label: t(ctx, "channel.no_tier")}}
	return append(out, choices(ctx, "kind.", "distributor", "wholesaler", "retailer", "consumer", "any")...)
}

// powers is what an agent may do.
func powers(ctx context.Context, a AppointmentRow) string {
	out := []string{t(ctx, "appointment.may_order")}
	if a.Bind {
		out = append(out, t(ctx, "appointment.may_bind"))
	}
	if a.Collect {
		out = append(out, t(ctx, "appointment.may_collect"))
	}
	return strings.Join(out, ", ")
}

func areaWord(ctx context.Context, a AppointmentRow) string {
	area := a.Area
	if area == "" {
		area = t(ctx, "appointment.everywhere")
	}
	if a.Sole {
		area += " · " + t(ctx, "appointment.sole_word")
	}
	return area
}

// endField is the last day of an appointment; what was refused is shown at the row that it is about.
func endField(ctx context.Context, v Appointments, r AppointmentRow) kit.Field {
	f := kit.Field{Name: "until_" + r.ID, Label: t(ctx, "appointment.last_day"), Type: "date", Required: true, Value: string(kit.Of(ctx).Today)}
	if v.EndOf == r.ID {
		f = f.In(v.EndForm)
	}
	return f
}
