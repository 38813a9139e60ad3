package site

import (
	"strings"

	"saluran/internal/i18n"
	"saluran/internal/report"
	"saluran/web/view"
)

// stepLooks says how each of the first steps looks and where it leads: with what waits, and without.
var stepLooks = map[string]struct{ icon, with, without string }{
	"goods":     {"tags", "/products", "/products"},
	"price":     {"tags", "/prices/%id", "/products"},
	"link":      {"users-group", "/channels", "/channels"},
	"people":    {"send", "/invitations", "/invitations"},
	"bank":      {"wallet", "/banks", "/banks"},
	"confirm":   {"circle-check", "/orders/%id", "/orders?side=seller"},
	"ship":      {"truck-delivery", "/orders/%id", "/orders?side=seller"},
	"receive":   {"package", "/shipments/%id", "/shipments?side=in"},
	"order":     {"shopping-cart", "%place", "%place"},
	"order_for": {"shopping-cart", "%place", "%place"},
	"pay":       {"cash", "/invoices/%id", "/invoices?side=buyer"},
	"match":     {"cash", "/payments/%id", "/payments?side=seller"},
	"late":      {"message", "/invoices/%id/messages", "/invoices?side=seller"},
	"notices":   {"bell", "/notices/settings", "/notices/settings"},
}

// steps are the first steps of the reader, or nil where it has none.
func (s *Site) steps(r *request) (*view.Steps, error) {
	c, err := r.choices()
	if err != nil {
		return nil, err
	}
	all, err := s.Report.FirstSteps(r.ctx, r.a)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	v := &view.Steps{Shown: c.Steps}
	for _, x := range all {
		v.All = append(v.All, r.step(x))
		if x.Done {
			v.Done++
		}
	}
	return v, nil
}

// firstSteps are those that stand on the first page: until they are all done, or left.
func (s *Site) firstSteps(r *request) (*view.Steps, error) {
	if c, err := r.choices(); err != nil || !c.Steps {
		return nil, err
	}
	v, err := s.steps(r)
	if v != nil && v.Done == len(v.All) {
		v = nil
	}
	return v, err
}

// step puts one of them into words: with the number and the name that it is about, where something waits.
func (r *request) step(x report.Step) view.Step {
	look := stepLooks[x.Kind]
	key, href := "steps."+x.Kind+"_first", look.without
	if x.ID != 0 || x.Who != "" {
		key, href = "steps."+x.Kind, look.with
	}
	switch {
	case href == "%place":
		href = r.placeHref()
	case x.ID != 0:
		href = strings.ReplaceAll(href, "%id", x.ID.String())
	}
	args := []string{"number", x.Number, "who", x.Who, "on", ""}
	if x.Due != "" {
		args[5] = i18n.ShortDate(r.lang, x.Due, r.today)
	}
	return view.Step{Icon: look.icon, Href: href, Done: x.Done, Title: r.t(key, args...), Sub: r.t("steps." + x.Kind + "_sub")}
}

// setSteps leaves the first steps, or brings them back.
func (s *Site) setSteps(r *request) error {
	show := r.reader().yes("show")
	if err := s.Desk.SetSteps(r.ctx, r.a, show); err != nil {
		return err
	}
	if show {
		return r.to("/", "steps.back")
	}
	return r.to("/", "steps.left")
}
