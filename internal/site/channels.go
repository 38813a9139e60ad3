package site

import (
	"encoding/hex"
	"net/http"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) channelRoutes(get, post route) {
	get("/channels", s.channels)
	post("/channels", s.addChannel)
	get("/channels/:id", s.channel)
	post("/channels/:id/members", s.placeMember)
	post("/channels/:id/links", s.addLink)
	post("/links/:id", s.setLink)
	post("/links/:id/accept", s.acceptLink)
	get("/appointments", s.appointments)
	post("/appointments", s.appoint)
	post("/appointments/:id/end", s.endAppointment)
	get("/banks", s.banks)
	post("/banks", s.addBank)
	post("/banks/:id", s.setBank)
}

// percent reads a percentage into hundredths of one; an empty field is 0.
func (f *reader) percent(name string) int64 {
	q := f.qty(name)
	if q%(qty.Scale/100) != 0 || q > 100*qty.Scale {
		f.wrong(name, "site.not_number")
	}
	return int64(q / (qty.Scale / 100))
}

// version is the one of the document that the form was made from.
func (f *reader) version() int64 {
	n, _ := strconv.ParseInt(f.text("version"), 10, 64)
	return n
}

// spell tells how a stretch of dates stands to a day.
func spell(today, from, until clock.Date) string {
	switch {
	case from > today:
		return "future"
	case until != "" && until < today:
		return "ended"
	}
	return "in_force"
}

func (s *Site) channels(r *request) error { return s.channelsPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) channelsPage(r *request, back refusal) error {
	p, err := s.Partner.ChannelPage(r.ctx, r.a, r.query())
	if err != nil {
		return err
	}
	v := view.Channels{Form: back.Form, CanMake: r.a.Kind == "producer" && r.can(access.Own, "channel", "write")}
	for _, x := range partner.Shapes {
		v.Shapes = append(v.Shapes, x.Name)
	}
	v.Next, v.First = r.pages(p.Next)
	for _, c := range p.Items {
		v.Rows = append(v.Rows, channelRow(c))
	}
	return r.html(back.Status, view.ChannelsPage(r.shell(r.t("nav.channels"), "channels"), v))
}

func channelRow(c partner.ChannelView) view.ChannelRow {
	return view.ChannelRow{ID: c.ID.String(), Name: c.Name, Shape: c.Shape, Producer: c.ProducerName, Tiers: c.Tiers, Mine: c.Mine}
}

func (s *Site) addChannel(r *request) error {
	f := r.reader()
	n := partner.NewChannel{Key: r.auditKey(), Name: f.needed("name"), Shape: f.text("shape")}
	if n.Shape == "free" {
		for i := 1; i <= 8; i++ {
			if k := f.text("tier_" + strconv.Itoa(i)); k != "" {
				n.Tiers = append(n.Tiers, k)
			}
		}
	}
	err := f.err()
	var c partner.Channel
	if err == nil {
		c, err = s.Partner.CreateChannel(r.ctx, r.a, n)
	}
	if err == nil {
		return r.to("/channels/"+c.ID.String(), "channel.added")
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "tiers" {
			return "tier_2"
		}
		return path
	})
	if !ok {
		return err
	}
	return s.channelsPage(r, alerted(back))
}

func (s *Site) channel(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.channelPage(r, no, refusal{Status: http.StatusOK}, "")
}

// channelPage shows the members of one tier, or the links; form says which form was refused: place or link.
func (s *Site) channelPage(r *request, no id.ID, back refusal, form string) error {
	p, err := s.Partner.ChannelPage(r.ctx, r.a, list.Query{Size: 1, Filter: map[string]string{"id": no.String()}})
	if err != nil {
		return err
	}
	if len(p.Items) == 0 {
		return errs.Gone()
	}
	c := p.Items[0]
	v := view.Channel{ChannelRow: channelRow(c), Query: r.Query("q"), Conflict: back.Conflict, Kinds: placeable(c.Tiers)}
	v.CanPlace = c.Mine < int64(len(c.Tiers)) && r.can(access.Own, "channel", "write") && r.can(access.Own, "link", "write")
	v.CanLink = c.Mine < int64(len(c.Tiers)) && r.can(access.Seller, "link", "write")
	switch form {
	case "place":
		v.PlaceForm = back.Form
	case "link":
		v.LinkForm = back.Form
	}
	for n := c.Mine + 1; n <= int64(len(c.Tiers)); n++ {
		v.Below = append(v.Below, n)
	}
	v.Tier = s.tierShown(r, c, form)
	if err := s.channelTabs(r, &v, no); err != nil {
		return err
	}
	if v.Tier > 0 {
		err = s.channelMembers(r, &v, no)
	} else {
		err = s.channelLinks(r, &v, c)
	}
	if err != nil {
		return err
	}
	sh := r.shell(c.Name, "channels", r.crumb("nav.home", "/"), r.crumb("nav.channels", "/channels"), kit.Crumb{Text: c.Name})
	return r.html(back.Status, view.ChannelPage(sh, v))
}

// tierShown is the tier whose members are shown, at first the one below the reader's; 0 for the links.
func (s *Site) tierShown(r *request, c partner.ChannelView, form string) int64 {
	if r.Query("view") == "links" || form == "link" {
		return 0
	}
	last := int64(len(c.Tiers))
	tier, err := strconv.ParseInt(r.Query("tier"), 10, 64)
	if form == "place" {
		tier, err = strconv.ParseInt(r.FormValue("tier"), 10, 64)
	}
	if err != nil || tier < 1 || tier > last {
		return min(c.Mine+1, last)
	}
	return tier
}

// placeable are the kinds that have a place in a chain below its producer.
func placeable(tiers []string) []string {
	var out []string
	has := map[string]bool{}
	for _, t := range tiers[1:] {
		has[t] = true
	}
	for _, k := range []string{"distributor", "wholesaler", "retailer", "consumer"} {
		if has[k] || has["any"] {
			out = append(out, k)
		}
	}
	return out
}

func (s *Site) channelTabs(r *request, v *view.Channel, no id.ID) error {
	counts, err := s.Partner.Tiers(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	for i, k := range v.Tiers {
		n := int64(i) + 1
		v.Tabs = append(v.Tabs, kit.Tab{Href: "/channels/" + v.ID + "?tier=" + strconv.FormatInt(n, 10), Current: v.Tier == n,
			Text: strconv.FormatInt(n, 10) + ". " + r.t("kind."+k) + " (" + members(r.lang, counts[n]) + ")"})
	}
	v.Tabs = append(v.Tabs, kit.Tab{Href: "/channels/" + v.ID + "?view=links", Current: v.Tier == 0, Text: r.t("channel.links")})
	return nil
}

// members says how many there are of a tier, as far as they are counted.
func members(lang string, n int64) string {
	if n >= partner.MostMembers {
		return i18n.Count(lang, partner.MostMembers) + "+"
	}
	return i18n.Count(lang, n)
}

func (s *Site) channelMembers(r *request, v *view.Channel, no id.ID) error {
	p, err := s.Partner.MemberPage(r.ctx, r.a, no, v.Tier, 0, r.query("q", v.Query))
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, m := range p.Items {
		v.Members = append(v.Members, view.MemberRow{ID: m.Org.String(), Code: m.Code, Kind: m.Kind, Name: m.Name, Self: m.Org == r.a.Org, MayLink: v.CanLink && m.Tier > v.Mine})
	}
	return nil
}

func (s *Site) channelLinks(r *request, v *view.Channel, c partner.ChannelView) error {
	p, err := s.Partner.Links(r.ctx, r.a, r.query("channel", v.ID, "ended", "1"))
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, l := range p.Items {
		row := view.LinkRow{ID: l.ID.String(), Seller: l.SellerName, Buyer: l.BuyerName, Agent: l.AgentName, Terms: "none", Active: l.Active,
			MayEnd: v.CanLink && l.Seller == r.a.Org, Version: l.Version}
		if l.Agreement != 0 {
			row.Terms = "in_force"
		}
		v.Links = append(v.Links, row)
	}
	if !v.CanLink {
		return nil
	}
	return s.linkChoices(r, v, c)
}

// linkChoices are who may sell to whom: the reader, and where it is the producer of the channel also those below it.
func (s *Site) linkChoices(r *request, v *view.Channel, c partner.ChannelView) error {
	below, err := s.Partner.MemberPage(r.ctx, r.a, c.ID, 0, c.Mine, list.Query{Size: list.MaxSize})
	if err != nil {
		return err
	}
	v.Sellers = []view.Ref{{ID: r.a.Org.String(), Name: r.a.OrgName}}
	for _, m := range below.Items {
		x := view.Ref{ID: m.Org.String(), Name: m.Name + " (" + m.Code + ")"}
		v.Buyers = append(v.Buyers, x)
		if c.Producer == r.a.Org && m.Tier < int64(len(c.Tiers)) {
			v.Sellers = append(v.Sellers, x)
		}
	}
	if want := ref(r.Query("buyer")); want != 0 { // chosen in the list of members: not among the choices where there are very many
		if o, err := s.Partner.Org(r.ctx, r.a, want); err == nil {
			v.Buyers = append([]view.Ref{{ID: o.ID.String(), Name: o.Name + " (" + o.Code + ")"}}, without(v.Buyers, o.ID.String())...)
		}
	}
	if !r.can(access.Own, "appointment", "read") {
		return nil
	}
	agents, err := s.Partner.AppointmentPage(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"agents": "1"}})
	for _, x := range agents.Items {
		if x.Until >= r.today && !has(v.Agents, x.Agent.String()) {
			v.Agents = append(v.Agents, view.Ref{ID: x.Agent.String(), Name: x.AgentName})
		}
	}
	return err
}

func has(all []view.Ref, id string) bool { return len(without(all, id)) < len(all) }

func without(all []view.Ref, id string) (out []view.Ref) {
	for _, x := range all {
		if x.ID != id {
			out = append(out, x)
		}
	}
	return out
}

// placeMember places an organisation at a tier: one that is known by kind and code, or, with a name, one that is new here.
func (s *Site) placeMember(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.Partner.Channel(r.ctx, r.a, no); err != nil {
		return err
	}
	f := r.reader()
	kind, code := f.text("kind"), f.needed("code")
	tier, _ := strconv.ParseInt(f.text("tier"), 10, 64)
	if tier == 0 {
		f.wrong("tier", "site.required")
	}
	err = f.err()
	var o partner.Org
	if err == nil {
		o, err = s.newOrKnown(r, kind, code, f.text("name"))
	}
	if err == nil {
		err = s.Partner.PlaceMember(r.ctx, r.a, placeKey(r.auditKey()), no, o.ID, code, tier)
	}
	if err == nil {
		return r.to("/channels/"+no.String()+"?tier="+strconv.FormatInt(tier, 10), "channel.placed")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.channelPage(r, no, back, "place")
}

// newOrKnown is the organisation of a form: a new one where it has a name and nobody has its code, or the one with that code. Whether
// somebody has it is asked last, since strangers' codes may be asked for so often alone.
func (s *Site) newOrKnown(r *request, kind, code, name string) (partner.Org, error) {
	if name != "" {
		o, err := s.Partner.Create(r.ctx, r.a, partner.NewOrg{Key: r.auditKey(), Kind: kind, Code: code, Name: name})
		if errs.CodeOf(err) != "partner.code_taken" {
			return o, err
		}
	}
	o, err := s.Partner.Lookup(r.ctx, r.a, kind, code)
	if errs.Is(err, errs.NotFound) {
		err = errs.OnFields("site.check_form", errs.F("code", "site.no_such_org", "kind", r.t("kind."+kind), "code", code))
	}
	return o, err
}

// placeKey is the key of the second of the two writes that one form asks for: the first has the form's own.
func placeKey(k audit.Key) audit.Key {
	if k.Client == "" {
		return k
	}
	sum := audit.HashOf("place", k.Client)
	return audit.Key{Client: "place-" + hex.EncodeToString(sum[:16]), Hash: k.Hash}
}
