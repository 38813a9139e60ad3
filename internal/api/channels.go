package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/partner"
)

// Channel is a producer's chain to its market.
type Channel struct {
	ID       id.ID    `json:"id"`
	Producer id.ID    `json:"producer"`
	Name     string   `json:"name"`
	Shape    string   `json:"shape" enum:"direct,retail,wholesale,agent,full,merchants,free"`
	Tiers    []string `json:"tiers" doc:"Kinds, from the producer down; any takes every kind that trades"`
	Version  int64    `json:"version"`
}

func channelWire(c partner.Channel) Channel {
	return Channel{c.ID, c.Producer, c.Name, c.Shape, c.Tiers, c.Version}
}

// Member is an organisation at a tier of a channel.
type Member struct {
	Org  id.ID  `json:"org"`
	Tier int64  `json:"tier"`
	Code string `json:"code,omitempty"`
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
}

// Link is one member selling to another.
type Link struct {
	ID        id.ID     `json:"id"`
	Channel   id.ID     `json:"channel"`
	Seller    Party     `json:"seller"`
	Buyer     Party     `json:"buyer"`
	Agent     *Party    `json:"agent,omitempty"`
	Active    bool      `json:"active"`
	Waits     []id.ID   `json:"waits_for,omitempty" doc:"Organisations that have yet to accept the link; nothing is traded on it before"`
	Agreement id.ID     `json:"agreement,omitempty" doc:"In force today"`
	Version   int64     `json:"version"`
	Findings  []Finding `json:"findings,omitempty" doc:"What the shape check has to say"`
}

// Finding is a warning of the shape check.
type Finding struct {
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
	Detail string            `json:"detail"`
}

func linkWire(l partner.Link) Link {
	out := Link{ID: l.ID, Channel: l.Channel, Seller: Party{ID: l.Seller}, Buyer: Party{ID: l.Buyer}, Agent: maybe(l.Agent, ""),
		Active: l.Active, Version: l.Version}
	for _, org := range []id.ID{l.Seller, l.Buyer} {
		if l.WaitsFor(org) {
			out.Waits = append(out.Waits, org)
		}
	}
	return out
}

func linkViewWire(v partner.LinkView) Link {
	l := linkWire(v.Link)
	l.Seller.Name, l.Buyer.Name, l.Agreement = v.SellerName, v.BuyerName, v.Agreement
	if l.Agent != nil {
		l.Agent.Name = v.AgentName
	}
	return l
}

func (a *API) channels() {
	const tag = "Channels"
	handle(a, made(post("add-channel", "/channels", tag, "Make a channel of your organisation, a producer")), a.addChannel)
	handle(a, get("list-channels", "/channels", tag, "The channels that you are a member of"), a.listChannels)
	handle(a, get("channel", "/channels/{id}", tag, "A channel"), a.channel)
	handle(a, get("list-members", "/channels/{id}/members", tag, "The members that you see, upstream first and by name"), a.members)
	handle(a, get("channel-map", "/channels/{id}/map", tag, "Who sells to whom in a channel, at the end of a day: your own links in it, with what was sold, is owed and late between you, where your goods stand, and what is shared with you"), a.channelMap)
	handle(a, put("place-member", "/channels/{id}/members", tag, "Place an organisation at a tier"), a.placeMember)
}

type addChannelIn struct {
	Body struct {
		Name  string   `json:"name" maxLength:"120"`
		Shape string   `json:"shape" enum:"direct,retail,wholesale,agent,full,merchants,free"`
		Tiers []string `json:"tiers,omitempty" maxItems:"8" doc:"Only for the shape free"`
	}
}

func (a *API) addChannel(ctx context.Context, who access.Actor, in *addChannelIn) (*one[Channel], error) {
	c, err := a.Partner.CreateChannel(ctx, who, partner.NewChannel{Key: key(ctx), Name: in.Body.Name, Shape: in.Body.Shape, Tiers: in.Body.Tiers})
	if err != nil {
		return nil, err
	}
	return &one[Channel]{httpx.ETag(c.Version), channelWire(c)}, nil
}

func (a *API) listChannels(ctx context.Context, who access.Actor, _ *struct{}) (*page[Channel], error) {
	all, err := a.Partner.Channels(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, channelWire), nil
}

func (a *API) channel(ctx context.Context, who access.Actor, in *ByID) (*one[Channel], error) {
	c, err := a.Partner.Channel(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &one[Channel]{httpx.ETag(c.Version), channelWire(c)}, nil
}

type membersIn struct {
	ByID
	Paging
	Q string `query:"q" doc:"A part of the name, or the code"`
}

func (a *API) members(ctx context.Context, who access.Actor, in *membersIn) (*page[Member], error) {
	p, err := a.Partner.Members(ctx, who, in.ID.ID, in.query("q", in.Q))
	if err != nil {
		return nil, err
	}
	return listed(p, func(m partner.Member) Member { return Member{m.Org, m.Tier, m.Code, m.Kind, m.Name} }), nil
}

type placeMemberIn struct {
	ByID
	Body struct {
		Org  id.ID  `json:"org"`
		Code string `json:"code,omitempty" doc:"Its code, where you do not see it yet"`
		Tier int64  `json:"tier" minimum:"1"`
	}
}

func (a *API) placeMember(ctx context.Context, who access.Actor, in *placeMemberIn) (*struct{}, error) {
	return nil, a.Partner.PlaceMember(ctx, who, key(ctx), in.ID.ID, in.Body.Org, in.Body.Code, in.Body.Tier)
}

func (a *API) links() {
	const tag = "Channels"
	handle(a, made(post("add-link", "/links", tag, "Link two members of a channel: one sells to the other")), a.addLink)
	handle(a, get("list-links", "/links", tag, "The links of your organisation"), a.listLinks)
	handle(a, get("link", "/links/{id}", tag, "A link"), a.link)
	handle(a, get("timeline", "/links/{id}/timeline", tag, "Everything between the two sides of a link, the latest first, as far as you may read it"), a.timeline)
	handle(a, get("standing", "/links/{id}/standing", tag, "How the partner of a link stands to you: what waits, the last order, the usual time between orders"), a.standing)
	handle(a, change("change-link", "/links/{id}", tag, "Change the agent of a link, or end it; either side ends it"), a.changeLink)
	handle(a, step("accept-link", "/links/{id}/accept", tag, "Accept a link that waits for you; accepting or proposing terms on it does so too"), a.acceptLink)
	handle(a, made(post("add-appointment", "/appointments", tag, "Appoint an agent")), a.appoint)
	handle(a, get("list-appointments", "/appointments", tag, "Your appointments, as principal and as agent"), a.listAppointments)
	handle(a, get("appointment", "/appointments/{id}", tag, "An appointment"), a.appointment)
	handle(a, step("end-appointment", "/appointments/{id}/end", tag, "Set the last day of an appointment"), a.endAppointment)
}

type addLinkIn struct {
	Body struct {
		Channel id.ID  `json:"channel"`
		Seller  id.ID  `json:"seller"`
		Buyer   id.ID  `json:"buyer"`
		Agent   id.ID  `json:"agent,omitempty"`
		Code    string `json:"code,omitempty" doc:"The buyer's code, where you do not see it yet"`
		Place   bool   `json:"place,omitempty" doc:"Place the buyer one tier below the seller where it is no member yet"`
	}
}

func (a *API) addLink(ctx context.Context, who access.Actor, in *addLinkIn) (*one[Link], error) {
	b := in.Body
	l, found, err := a.Partner.CreateLink(ctx, who, partner.NewLink{Key: key(ctx), Channel: b.Channel, Seller: b.Seller, Buyer: b.Buyer,
		Agent: b.Agent, Code: b.Code, Place: b.Place})
	if err != nil {
		return nil, err
	}
	w := linkWire(l)
	w.Findings = findingsWire(who.Lang, found)
	return &one[Link]{httpx.ETag(l.Version), w}, nil
}

type linksIn struct {
	Paging
	Side    string `query:"side" enum:"seller,buyer,agent" doc:"As what you stand in them"`
	Partner string `query:"partner"`
	Q       string `query:"q" doc:"A part of the name of either side"`
	Terms   bool   `query:"terms" doc:"Those on which terms wait for your answer"`
	Ended   bool   `query:"ended" doc:"Also those that have ended"`
}

func (a *API) listLinks(ctx context.Context, who access.Actor, in *linksIn) (*page[Link], error) {
	p, err := a.Partner.Links(ctx, who, in.query("side", in.Side, "partner", in.Partner, "q", in.Q, "terms", flag(in.Terms), "ended", flag(in.Ended)))
	return pageOf(p, err, linkViewWire)
}

func (a *API) link(ctx context.Context, who access.Actor, in *ByID) (*one[Link], error) {
	return oneLink(a.Partner.Link(ctx, who, in.ID.ID))
}

func oneLink(l partner.Link, err error) (*one[Link], error) {
	if err != nil {
		return nil, err
	}
	return &one[Link]{httpx.ETag(l.Version), linkWire(l)}, nil
}

func (a *API) acceptLink(ctx context.Context, who access.Actor, in *ByID) (*one[Link], error) {
	return oneLink(a.Partner.AcceptLink(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch))
}

type changeLinkIn struct {
	ByID
	Body struct {
		Agent  id.ID `json:"agent,omitempty"`
		Active bool  `json:"active"`
	}
}

func (a *API) changeLink(ctx context.Context, who access.Actor, in *changeLinkIn) (*one[Link], error) {
	return oneLink(a.Partner.SetLink(ctx, who, partner.SetLink{Link: in.ID.ID, Version: httpx.Of(ctx).IfMatch, Agent: in.Body.Agent, Active: in.Body.Active}))
}
