package site

import (
	"encoding/json"
	"net/http"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/internal/sharing"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) sharingRoutes(get, post route) {
	get("/sharing", s.sharings)
	post("/sharing", s.offerSharing)
	get("/sharing/:id", s.sharing)
	for _, do := range []string{"accept", "decline", "end", "withdraw"} {
		post("/sharing/:id/"+do, s.sharingStep(do))
	}
	get("/shared/:id", s.shared)
	post("/shared/:id/export", s.exportShared)
}

func (r *request) sharingRow(x sharing.Sharing) view.SharingRow {
	row := view.SharingRow{ID: x.ID.String(), Other: x.GrantorName, State: x.Status, Measure: x.Measure, Period: x.Period, Goods: x.Goods, Place: x.Place,
		Values: x.Values, Granted: x.Grantor == r.a.Org, Until: x.Until}
	if row.Granted {
		row.Other = x.ViewerName
	}
	row.CanLook = !row.Granted && x.Status == sharing.Active && r.can(access.Upstream, "sharing", "read")
	return row
}

func (s *Site) sharings(r *request) error {
	return s.sharingsPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) sharingsPage(r *request, back refusal) error {
	p, err := s.Sharing.Sharings(r.ctx, r.a, r.query())
	if err != nil {
		return err
	}
	v := view.Sharings{Form: back.Form, Conflict: back.Conflict, CanOffer: r.can(access.Own, "sharing", "write") && r.a.Kind != "producer", Today: r.today}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range p.Items {
		if row := r.sharingRow(x); row.Granted {
			v.Granted = append(v.Granted, row)
		} else {
			v.Received = append(v.Received, row)
		}
	}
	if v.CanOffer {
		up, err := s.Sharing.Upstreams(r.ctx, r.a)
		if err != nil {
			return err
		}
		for _, u := range up {
			v.Upstreams = append(v.Upstreams, kit.Option{Value: u.ID.String(), Label: u.Name + " (" + r.t("kind."+u.Kind) + ")"})
		}
	}
	return r.html(back.Status, view.SharingsPage(r.shell(r.t("nav.sharing"), "sharing"), v))
}

func (s *Site) offerSharing(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "sharing", "write"); err != nil {
		return err
	}
	f := r.reader()
	n := sharing.Offer{Key: r.auditKey(), Viewer: ref(f.needed("viewer")), Terms: sharing.Terms{Measure: f.text("measure"), Period: f.text("period"), Goods: f.text("goods"),
		Place: f.text("place"), Delay: f.count("delay_days"), MinGroup: f.count("min_group"), Purpose: f.text("purpose"), Since: f.date("since"), Until: f.date("until"),
		Values: f.yes("values")}}
	for _, name := range []string{"delay_days", "min_group", "until"} {
		f.needed(name)
	}
	err := f.err()
	if err == nil {
		var x sharing.Sharing
		if x, err = s.Sharing.Offer(r.ctx, r.a, n); err == nil {
			return r.to("/sharing/"+x.ID.String(), "sharing.offered")
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.sharingsPage(r, back)
}

func (s *Site) sharing(r *request) error {
	return s.sharingPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) sharingPage(r *request, back refusal) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Sharing.Sharing(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	p, err := s.Sharing.Looks(r.ctx, r.a, no, r.query())
	if err != nil {
		return err
	}
	v := view.Sharing{SharingRow: r.sharingRow(x), Grantor: x.GrantorName, Viewer: x.ViewerName, Purpose: x.Purpose, Delay: x.Delay, MinGroup: x.MinGroup, Since: x.Since,
		Offered: x.Offered, Answered: x.Answered, EndedAt: x.EndedAt, Version: x.Version, Conflict: back.Conflict}
	v.Next, v.First = r.pages(p.Next)
	for _, do := range []string{"accept", "decline", "end", "withdraw"} {
		if x.Can(r.a.Org, do) && r.can(x.Rel(r.a.Org), "sharing", "write") {
			v.Steps = append(v.Steps, do)
		}
	}
	for _, l := range p.Items {
		v.Looks = append(v.Looks, view.SharingLook{At: l.At, Viewer: l.ViewerName, Who: l.Person, Way: l.Way, Asked: r.asked(l.Asked), Shown: l.Shown})
	}
	title := r.t("sharing.title", "grantor", x.GrantorName, "viewer", x.ViewerName)
	sh := r.shell(title, "sharing", r.crumb("nav.home", "/"), r.crumb("nav.sharing", "/sharing"), kit.Crumb{Text: title})
	return r.html(back.Status, view.SharingPage(sh, v))
}

// asked is the filter of a look in words.
func (r *request) asked(text string) string {
	var m map[string]string
	if json.Unmarshal([]byte(text), &m) != nil || len(m) == 0 {
		return r.t("sharing.everything")
	}
	var out []string
	for _, k := range []string{"from", "to", "product", "region", "shop"} {
		if m[k] == "" {
			continue
		}
		x := m[k]
		if d, err := clock.ParseDate(x); err == nil {
			x = i18n.Date(r.lang, d)
		}
		out = append(out, r.t("sharing.asked_"+k, "value", x))
	}
	return strings.Join(out, ", ")
}

func (s *Site) sharingStep(do string) handler {
	return func(r *request) error {
		no, err := r.id("id")
		if err != nil {
			return err
		}
		f := r.reader()
		if _, err = s.Sharing.Step(r.ctx, r.a, r.auditKey(), no, f.version(), do); err == nil {
			return r.to("/sharing/"+no.String(), "sharing."+do)
		}
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok {
			return err
		}
		return s.sharingPage(r, back)
	}
}

// shared shows what somebody shares; each page of it is a look that is written down.
func (s *Site) shared(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	v := view.Shared{From: r.Query("from"), To: r.Query("to"), Product: r.Query("product"), Region: strings.TrimSpace(r.Query("region")), Shop: strings.TrimSpace(r.Query("shop"))}
	ask := sharing.Ask{Product: ref(v.Product), Region: v.Region, Shop: v.Shop, Way: "page"}
	if d, err := clock.ParseDate(v.From); err == nil {
		ask.From = d
	}
	if d, err := clock.ParseDate(v.To); err == nil {
		ask.To = d
	}
	status := http.StatusOK
	p, err := s.Sharing.Look(r.ctx, r.a, no, ask, r.query())
	if errs.Is(err, errs.Invalid) {
		back, _ := r.refused(err, same)
		status, v.Form = back.Status, back.Form
		v.Form.Values = nil
		p, err = s.Sharing.Look(r.ctx, r.a, no, sharing.Ask{Way: "page"}, list.Query{})
	}
	if err != nil {
		return err
	}
	x := p.Sharing
	v.Row, v.Grantor, v.Purpose, v.Delay, v.MinGroup, v.Upto = r.sharingRow(x), x.GrantorName, x.Purpose, x.Delay, x.MinGroup, p.Upto
	v.Valued, v.Blind = x.Values && !p.Blind, p.Blind
	v.CanExport = r.can(access.Own, "export", "run")
	v.Next, v.First = r.pages(p.Next)
	for _, c := range p.Items {
		row := view.SharedRow{First: c.First, Last: c.Last, Name: c.Name, SKU: c.SKU, Place: c.Shop, Qty: c.Qty, Unit: c.Unit, Currency: c.Currency, Net: c.Net}
		if x.Place == "region" {
			if row.Place = c.Region; row.Place == "" {
				row.Place = r.t("sharing.no_region")
			}
		}
		v.Rows = append(v.Rows, row)
	}
	title := r.t("sharing.shared_title", "measure", r.t("sharing.measure_"+x.Measure), "grantor", x.GrantorName)
	sh := r.shell(title, "sharing", r.crumb("nav.home", "/"), r.crumb("nav.sharing", "/sharing"), kit.Crumb{Text: title})
	return r.html(status, view.SharedPage(sh, v))
}

func (s *Site) exportShared(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Sharing.Sharing(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	ask := report.Ask{Report: report.Shared, Sharing: no, Org: r.a.Org, From: f.date("from"), To: f.date("to"), Lang: r.lang}
	if err := f.err(); err != nil {
		return err
	}
	if _, err := s.Jobs.Export(r.ctx, r.a, x.GrantorName, ask, r.auditKey()); err != nil {
		return err
	}
	return r.to("/exports", "export.started")
}
