package site

import (
	"net/http"
	"net/url"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// storySize is how much of a story a page shows.
const storySize = 20

// storyPart is the column of a partner's page by itself, as htmx asks for it; a browser is led to the page.
func (s *Site) storyPart(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	v, err := s.story(r, no)
	if err != nil {
		return err
	}
	if !r.fragment() {
		return r.to("/partners/"+no.String(), "")
	}
	return r.html(http.StatusOK, view.StorySection(v))
}

// story reads a page of what happened with a partner.
func (s *Site) story(r *request, link id.ID) (view.Story, error) {
	part := r.Query("part")
	v := view.Story{Path: "/partners/" + link.String(), Part: part, Nothing: part == ""}
	p, err := s.Report.Story(r.ctx, r.a, report.StoryAsk{Link: link, Part: part, Query: list.Query{Cursor: r.Query("after"), Size: storySize}})
	if err != nil {
		return v, err
	}
	at := func(part, after string) string {
		q := url.Values{}
		if part != "" {
			q.Set("part", part)
		}
		if after != "" {
			q.Set("after", after)
		}
		if len(q) == 0 {
			return ""
		}
		return "?" + q.Encode()
	}
	for _, name := range append([]string{""}, report.Parts...) {
		v.Tabs = append(v.Tabs, kit.Tab{Text: r.t("story.part_" + name), Href: at(name, ""), Current: name == part})
	}
	if p.Next != "" {
		v.Next = at(part, p.Next)
	}
	if r.Query("after") != "" {
		if v.First = at(part, ""); v.First == "" {
			v.First = "?part="
		}
	} else {
		v.Live = v.Path + "/story" + at(part, "")
	}
	for _, x := range p.Items {
		day := i18n.Date(r.lang, x.At.In(r.a.Zone))
		if len(v.Days) == 0 || v.Days[len(v.Days)-1].Day != day {
			v.Days = append(v.Days, view.StoryDay{Day: day})
		}
		last := &v.Days[len(v.Days)-1]
		last.Events = append(last.Events, r.told(x))
	}
	return v, nil
}

// told says what happened in the reader's words.
func (r *request) told(x report.Told) view.StoryEvent {
	e := view.StoryEvent{Tone: "idle", Icon: "dots", Time: i18n.Clock(r.lang, x.At, r.a.Zone), At: rfc(x.At), Who: x.ByName, Href: docAddress(x.DocKind, x.Doc)}
	if x.Person != "" {
		e.Who = x.Person + ", " + x.ByName
	}
	look, ok := looks[x.Event]
	switch x.Kind {
	case "message":
		look, ok = [2]string{"info", "message"}, true
		e.Text, e.Quote = r.t("story.message_"+x.DocKind, "number", x.Number), x.Text
	case "note":
		look, ok = [2]string{"warn", "message"}, true
		e.Text, e.Quote, e.Note = r.t("story.note_"+x.DocKind, "number", x.Number), x.Text, true
	case "file":
		look, ok = [2]string{"idle", "paperclip"}, true
		e.Text, e.File = r.t("story.file", "name", x.Text, "number", x.Number), "/attachments/"+x.Event
	case "agreement":
		look, ok = agreementLooks[x.Event], true
		e.Text = r.t("story.agreement_"+x.Event, "n", x.Number)
	case "visit":
		tone, icon, word := kit.Status("visit", x.Event)
		look, ok = [2]string{tone, icon}, true
		e.Text = r.t("story.visit", "result", r.t(word))
		if x.Reason != "" {
			e.Text += " (" + r.t("visit.why_"+x.Reason) + ")"
		}
		if x.Counted > 0 {
			e.Text += ", " + r.t("visit.n_counted", "n", i18n.Count(r.lang, x.Counted))
		}
	case "claim":
		look, ok = [2]string{"bad", "alert-triangle"}, true
		e.Text = r.t("story.claim", "number", x.Number, "qty", i18n.Qty(r.lang, x.Qty))
	case "credit":
		look, ok = looks["invoice.credited"], true
		e.Text = r.t("story.credit", "number", x.Number)
	default:
		e.Text = r.t("story.line", "event", r.event(x.Event), "number", x.Number)
		r.toldStatus(&e, x)
	}
	if x.Status == "withdrawn" {
		e.Quote = r.t("talk.withdrawn_short")
	}
	if ok {
		e.Tone, e.Icon = look[0], look[1]
	}
	if x.Known && !kit.Of(r.ctx).Blind {
		e.Amount = i18n.Money(r.lang, x.Currency, x.Amount)
	}
	return e
}

// toldStatus adds how a document stands now, where it is the document itself and not a step of it that is told.
func (r *request) toldStatus(e *view.StoryEvent, x report.Told) {
	switch x.Kind {
	case "order", "payment", "shipment":
		e.Kind, e.Code = x.Kind, x.Status
	case "invoice":
		e.Kind, e.Code = x.Kind, x.Status
	}
}

var agreementLooks = map[string][2]string{"proposed": {"warn", "arrows-exchange"}, "accepted": {"ok", "check"}, "declined": {"bad", "x"}, "withdrawn": {"idle", "ban"}, "linked": {"info", "users-group"}}

// docAddress is where a document is looked at.
func docAddress(kind string, no id.ID) string {
	switch kind {
	case "order", "shipment", "invoice", "payment", "visit":
		return "/" + kind + "s/" + no.String()
	}
	return ""
}

// waitsFor are the places where what waits with a partner is done.
var waitsFor = map[string]struct{ tone, icon, href string }{
	"confirm": {"warn", "clipboard-text", "/orders?side=seller&status=placed&partner="}, "hold": {"bad", "alert-triangle", "/orders?side=seller&status=credit_hold&partner="},
	"ship": {"info", "truck-delivery", "/orders?side=seller&status=confirmed&partner="}, "invoice": {"viol", "file-invoice", "/orders?side=seller&status=delivered&partner="},
	"receive": {"info", "package", "/shipments?side=in"}, "take_back": {"viol", "truck-return", "/shipments?side=out"}, "match": {"warn", "cash", "/payments?side=seller&status=reported"},
}

// partnerHead is what waits with a partner and how it stands.
func (s *Site) partnerHead(r *request, link, other id.ID, rel access.Rel, currency string, v *view.Partner) error {
	st, err := s.Report.Standing(r.ctx, r.a, link)
	if err != nil {
		return err
	}
	for _, w := range st.Waits {
		look := waitsFor[w.Kind]
		href := look.href
		if href[len(href)-1] == '=' {
			href += other.String()
		}
		v.Head.Todo = append(v.Head.Todo, view.Todo{Tone: look.tone, Icon: look.icon, Title: r.t("home.todo_"+w.Kind, "n", i18n.Count(r.lang, w.N)), Sub: r.t("story.with", "name", v.Name), Href: href})
	}
	if rel != access.Agent && v.Credit.Known && !kit.Of(r.ctx).Blind {
		s.moneyFacts(r, other, rel, currency, v)
	}
	r.orderFacts(st, v)
	return nil
}

// moneyFacts are what is owed and late, and what may still be ordered.
func (s *Site) moneyFacts(r *request, other id.ID, rel access.Rel, currency string, v *view.Partner) {
	p, err := s.Trade.Exposures(r.ctx, r.a, list.Query{Filter: map[string]string{"side": string(rel), "partner": other.String()}}, trade.AsOf{})
	if err != nil {
		return
	}
	for _, e := range p.Items {
		if e.Currency != currency {
			continue
		}
		late := ""
		if e.Overdue > 0 {
			late = r.t("story.late_amount", "amount", i18n.Money(r.lang, currency, e.Overdue))
		}
		v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.owed_" + string(rel)), Value: i18n.Money(r.lang, currency, e.Open), Note: late})
		if left, limited := e.Free(); limited {
			v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.left"), Value: i18n.Money(r.lang, currency, left), Note: r.t("story.of_limit", "limit", i18n.Money(r.lang, currency, e.Limit))})
		}
	}
}

// orderFacts are the last order and the usual time between orders.
func (r *request) orderFacts(st *report.Standing, v *view.Partner) {
	if st.Orders == 0 {
		v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.last_order"), Value: r.t("story.no_order")})
		return
	}
	ago := r.t("story.today")
	if st.Since > 0 {
		ago = r.t("story.days_ago", "n", i18n.Count(r.lang, st.Since))
	}
	v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.last_order"), Value: i18n.Date(r.lang, st.Last), Note: st.Number + " · " + ago})
	if st.Rhythm > 0 {
		note := r.t("story.rhythm_ok", "n", strconv.FormatInt(st.Gap, 10))
		if st.Late {
			note = r.t("story.rhythm_late", "n", strconv.FormatInt(st.Gap, 10))
		}
		v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.rhythm"), Value: r.t("story.every", "n", strconv.FormatInt(st.Rhythm, 10)), Note: note})
	} else {
		v.Head.Facts = append(v.Head.Facts, view.MapFact{Word: r.t("story.orders"), Value: i18n.Count(r.lang, st.Orders), Note: r.t("story.rhythm_none")})
	}
}
