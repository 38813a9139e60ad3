package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/visit"
	"saluran/web/kit"
	"saluran/web/view"
)

// visitPlan are the rounds, with a form that puts a shop on one.
func (s *Site) visitPlan(r *request) error {
	return s.planPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) planPage(r *request, back refusal) error {
	p, err := s.Visits.Plan(r.ctx, r.a, r.query("person", r.Query("person"), "q", strings.TrimSpace(r.Query("q"))))
	if err != nil {
		return err
	}
	v := view.VisitPlan{Query: strings.TrimSpace(r.Query("q")), Person: r.Query("person"), Form: alerted(back).Form, MayPlan: r.can(access.Own, "visit", "plan") && r.a.Glass == 0, Week: visit.Week(r.today)}
	v.Next, v.First = r.pages(p.Next)
	if v.People, err = s.visitors(r); err != nil {
		return err
	}
	for _, t := range p.Items {
		row := r.stopRow(t)
		row.Left = !slices.ContainsFunc(v.People, func(o kit.Option) bool { return o.Value == row.Person })
		v.Rows = append(v.Rows, row)
	}
	if v.MayPlan {
		if v.Shops, err = s.callable(r); err != nil {
			return err
		}
	}
	return r.html(back.Status, view.VisitPlanPage(r.shell(r.t("visit.plan"), "visits", r.crumb("nav.home", "/"), r.crumb("nav.visits", "/visits"), kit.Crumb{Text: r.t("visit.plan")}), v))
}

// visitors are the people who may call, the person itself first.
func (s *Site) visitors(r *request) ([]kit.Option, error) {
	all, err := s.Visits.Visitors(r.ctx, r.a)
	if err != nil {
		return nil, err
	}
	var mine, out []kit.Option
	for _, p := range all {
		o := kit.Option{Value: p.Person.String(), Label: p.Name}
		if p.Person == r.a.Person {
			mine = append(mine, o)
		} else {
			out = append(out, o)
		}
	}
	return append(mine, out...), nil
}

// callable are the shops that can be put on a round, by the pair that they make with the seller; narrowed by what is searched for.
func (s *Site) callable(r *request) ([]kit.Option, error) {
	side := map[bool]string{true: "agent", false: "seller"}[r.a.Kind == "agent"]
	p, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"side": side, "q": r.Query("q")}})
	if err != nil {
		return nil, err
	}
	out := make([]kit.Option, 0, len(p.Items))
	for _, l := range p.Items {
		label := l.BuyerName
		if l.Seller != r.a.Org {
			label = r.t("visit.shop_of", "shop", l.BuyerName, "seller", l.SellerName)
		}
		out = append(out, kit.Option{Value: l.Seller.String() + "-" + l.Buyer.String(), Label: label})
	}
	return out, nil
}

func (r *request) stopRow(t visit.Stop) view.VisitStop {
	v := view.VisitStop{ID: t.ID.String(), Who: t.PersonName, Shop: view.Ref{ID: t.Shop.String(), Name: t.ShopName}, City: t.City, Turn: t.Turn, Version: t.Version, Person: t.Person.String(),
		Weekdays: t.Weekdays, Cycle: t.Weeks, Days: r.dayNames(t.Weekdays), Weeks: r.weekNames(t.Weeks)}
	if t.Seller != r.a.Org {
		v.Seller = t.SellerName
	}
	return v
}

func (r *request) dayNames(days int64) string {
	if days == visit.EveryDay {
		return r.t("visit.every_day")
	}
	var out []string
	for i := range 7 {
		if days&(1<<i) != 0 {
			out = append(out, r.t("visit.day_"+strconv.Itoa(i+1)))
		}
	}
	return strings.Join(out, ", ")
}

func (r *request) weekNames(weeks int64) string {
	if key := "visit.weeks_" + strconv.FormatInt(weeks, 10); i18n.Has(r.lang, key) {
		return r.t(key)
	}
	var out []string
	for i := range 4 {
		if weeks&(1<<i) != 0 {
			out = append(out, strconv.Itoa(i+1))
		}
	}
	return r.t("visit.weeks_some", "which", strings.Join(out, ", "))
}

// stopForm is how a stop is to be, as the form says it.
func (r *request) stopForm(f *reader) visit.SetStop {
	n := visit.SetStop{Key: r.auditKey(), Person: ref(f.text("person")), Weeks: f.count("weeks"), Turn: f.count("turn")}
	for i := range 7 {
		if f.yes("day-" + strconv.Itoa(i+1)) {
			n.Weekdays |= 1 << i
		}
	}
	return n
}

func (s *Site) addStop(r *request) error {
	f := r.reader()
	n := r.stopForm(f)
	seller, shop, _ := strings.Cut(f.text("shop"), "-")
	n.Seller, n.Shop = ref(seller), ref(shop)
	err := f.err()
	if err == nil {
		if _, err = s.Visits.AddStop(r.ctx, r.a, n); err == nil {
			return r.to("/visit-plan", "visit.planned")
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.planPage(r, back)
}

func (s *Site) visitStop(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.stopPage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) stopPage(r *request, no id.ID, back refusal) error {
	t, err := s.Visits.Stop(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.VisitStopPage{VisitStop: r.stopRow(t), Form: back.Form, Conflict: back.Conflict, MayPlan: r.can(access.Own, "visit", "plan") && r.a.Glass == 0 && t.Until == visit.Open}
	if v.People, err = s.visitors(r); err != nil {
		return err
	}
	return r.html(back.Status, view.VisitStopChange(r.shell(t.ShopName, "visits", r.crumb("nav.home", "/"), r.crumb("visit.plan", "/visit-plan"), kit.Crumb{Text: t.ShopName}), v))
}

func (s *Site) changeStop(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	n, version := r.stopForm(f), f.count("version")
	if err = f.err(); err == nil {
		_, err = s.Visits.ChangeStop(r.ctx, r.a, no, version, n)
	}
	return s.stopDone(r, no, err, "visit.replanned")
}

func (s *Site) endStop(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	_, err = s.Visits.EndStop(r.ctx, r.a, r.auditKey(), no, r.reader().count("version"))
	return s.stopDone(r, no, err, "visit.unplanned")
}

func (s *Site) stopDone(r *request, no id.ID, err error, done string) error {
	if err == nil {
		return r.to("/visit-plan", done)
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.stopPage(r, no, back)
}
