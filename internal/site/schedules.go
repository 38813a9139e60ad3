package site

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/listing"
	"saluran/internal/notice"
	"saluran/internal/report"
	"saluran/internal/schedule"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) scheduleRoutes(get, post route) {
	get("/schedules", s.schedules)
	get("/schedules/new", s.newSchedule)
	post("/schedules", s.addSchedule)
	get("/schedules/:id", s.schedulePage)
	post("/schedules/:id", s.changeSchedule)
}

func (s *Site) schedules(r *request) error {
	all, err := s.Schedules.Mine(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Schedules{CanMake: r.a.Glass == 0 && r.can(access.Own, "export", "run"), Full: len(all) >= schedule.Most, Most: schedule.Most}
	for _, x := range all {
		v.Rows = append(v.Rows, r.scheduleRow(x))
	}
	past, err := s.Schedules.Past(r.ctx, r.a)
	if err != nil {
		return err
	}
	for _, x := range past {
		v.Past = append(v.Past, r.scheduleRow(x))
	}
	return r.html(http.StatusOK, view.SchedulesPage(r.shell(r.t("schedule.title"), "exports", r.crumb("nav.home", "/"), r.crumb("nav.exports", "/exports"), kit.Crumb{Text: r.t("schedule.title")}), v))
}

func (r *request) scheduleRow(x schedule.Schedule) view.ScheduleRow {
	w := x.Wish()
	row := view.ScheduleRow{ID: x.ID.String(), Called: x.Called(r.lang), When: r.every(x), Zone: r.zoneWord(x.Zone), Status: x.Status, Next: x.Next, Sent: x.Sent, Making: x.Waiting != 0, Version: x.Version}
	switch {
	case w.List != "":
		row.What = r.listWord(w.List)
		row.Filter = r.filterWords(w)
		if l, ok := lists[w.List]; ok {
			row.Open = l.path
			if w.Query != "" {
				row.Open = at(w.List, w.Query)
			}
		}
		if no := w.Filter["channel"]; no != "" && w.List == "channel-map" {
			row.Open = "/channels/" + no + "/map"
			if w.Query != "" {
				row.Open += "?" + w.Query
			}
		}
	default:
		row.What = r.t("report." + w.Report)
	}
	if w.Span != "" {
		row.Span = r.spanWord(x.Every, w.Span)
	}
	row.Currency = w.Currency
	if x.Why != "" {
		row.Why = r.t("schedule.why_" + x.Why)
	}
	return row
}

// listWord is what a list is called where it stands beside reports.
func (r *request) listWord(list string) string {
	if list == "channel-map" { // is called a map already
		return r.t("list." + list)
	}
	return r.t("schedule.of_list", "list", r.t("list."+list))
}

// filterWords is how a list was filtered, as its page says it; what came by the API as its workbook says it.
func (r *request) filterWords(w schedule.Wish) string {
	if w.List == "channel-map" {
		return r.mapWords(w.Filter)
	}
	l, ok := lists[w.List]
	if !ok {
		return ""
	}
	q, err := url.ParseQuery(w.Query)
	if err != nil || w.Query == "" {
		return listing.Words(r.lang, w.Filter)
	}
	v := view.List{Key: w.List, Query: w.Query}
	if l.fields != nil {
		v.Filters = l.fields(r, q)
	}
	r.chips(&v, l, q)
	var out []string
	for _, tab := range l.keep { // of the tabs of the page
		if k := "schedule." + tab + "_" + q.Get(tab); i18n.Has(r.lang, k) {
			out = append(out, r.t(k))
		}
	}
	for _, c := range v.Chips {
		out = append(out, c.Text)
	}
	return strings.Join(out, " · ")
}

// mapWords is what a map of a channel is of: its days, its measure, its currency.
func (r *request) mapWords(f map[string]string) string {
	var out []string
	for _, x := range [][2]string{{"desk.span_", f["period"]}, {"map.by_", f["measure"]}} {
		if k := x[0] + x[1]; x[1] != "" && i18n.Has(r.lang, k) {
			out = append(out, r.t(k))
		}
	}
	if f["currency"] != "" {
		out = append(out, f["currency"])
	}
	return strings.Join(out, " · ")
}

// mapKeeps are the choices of a map that a schedule keeps. The day is none of them: each time it is that day's.
var mapKeeps = []string{"period", "measure", "currency"}

// mapWish reads what a schedule of a channel's map is to be of.
func mapWish(w schedule.Wish, channel id.ID, query string) (schedule.Wish, error) {
	asked, err := url.ParseQuery(query)
	if err != nil {
		return w, errs.Gone()
	}
	w.Filter = map[string]string{"channel": channel.String()}
	keep := url.Values{}
	for _, k := range mapKeeps {
		if v := asked.Get(k); v != "" {
			w.Filter[k] = v
			keep.Set(k, v)
		}
	}
	w.Query = keep.Encode()
	return w, nil
}

// every says when a schedule is due: each day, each Monday, each month on the 1st.
func (r *request) every(x schedule.Schedule) string {
	at := minutes(int(x.AtMinute))
	if r.lang == i18n.ID {
		at = strings.ReplaceAll(at, ":", ".")
	}
	n := strconv.FormatInt(x.OnDay, 10)
	switch x.Every {
	case schedule.Weekly:
		return r.t("schedule.every_week", "day", r.t("schedule.weekday_"+n), "at", at)
	case schedule.Monthly:
		return r.t("schedule.every_month", "n", n, "at", at)
	}
	return r.t("schedule.every_day", "at", at)
}

func (r *request) spanWord(every, span string) string {
	if span == "before" {
		span += "_" + every
	}
	return r.t("schedule.span_" + span)
}

func (r *request) zoneWord(zone string) string {
	if k := "notice.zone_" + zone; i18n.Has(r.lang, k) {
		return r.t(k)
	}
	return zone
}

// scheduleZones are those that may be chosen: the country's, and the organisation's own.
func (r *request) scheduleZones() (out []kit.Option) {
	zones := notice.Zones
	if r.a.Zone != "" && !slices.Contains(zones, r.a.Zone) {
		zones = append([]string{r.a.Zone}, zones...)
	}
	for _, z := range zones {
		out = append(out, kit.Option{Value: z, Label: r.zoneWord(z)})
	}
	return out
}

// scheduleDates are the days that may be chosen, in one list: each day, each weekday, each day of the month.
func (r *request) scheduleDates() []kit.Option {
	out := []kit.Option{{Value: "day", Label: r.t("schedule.daily")}}
	for n := 1; n <= 7; n++ {
		no := strconv.Itoa(n)
		out = append(out, kit.Option{Value: "week-" + no, Label: r.t("schedule.weekly", "day", r.t("schedule.weekday_"+no))})
	}
	for n := 1; n <= schedule.LastDay; n++ {
		no := strconv.Itoa(n)
		out = append(out, kit.Option{Value: "month-" + no, Label: r.t("schedule.monthly", "n", no)})
	}
	return out
}

func (s *Site) newSchedule(r *request) error {
	f := &reader{v: map[string]string{"report": r.Query("report"), "list": r.Query("list"), "query": r.Query("query"), "sharing": r.Query("sharing"), "view": r.Query("view"), "map": r.Query("map")}}
	return s.newSchedulePage(r, f, refusal{Status: http.StatusOK})
}

// newSchedulePage asks when what is to be sent.
func (s *Site) newSchedulePage(r *request, f *reader, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "export", "run"); err != nil {
		return err
	}
	w, err := s.wish(r, f)
	if err != nil && back.Status == http.StatusOK {
		return err
	}
	v := r.scheduleForm(back)
	v.Sharing, v.List, v.Query, v.Map = f.text("sharing"), w.List, w.Query, f.text("map")
	if v.Currencies, err = s.bookCurrencies(r, f.text("currency")); err != nil {
		return err
	}
	switch {
	case w.List != "":
		v.What, v.Filter = r.listWord(w.List), r.filterWords(w)
		if no := ref(f.text("view")); no != 0 { // as the view is called that is shown
			if x, err := s.Desk.View(r.ctx, r.a, no, false); err == nil && x.List == w.List {
				v.Title = x.Name
			}
		}
	case w.Sharing != 0:
		v.What, v.Dated = r.t("report."+report.Shared), true
	default:
		v.Dated = true
		for _, name := range s.Reports {
			if r.mayExport(name) {
				v.Reports = append(v.Reports, name)
			}
		}
		if v.Report = w.Report; v.Report == "" && slices.Contains(v.Reports, "payment-sheet") {
			v.Report = "payment-sheet"
		}
	}
	sh := r.shell(r.t("schedule.new"), "exports", r.crumb("nav.home", "/"), r.crumb("nav.exports", "/exports"), r.crumb("schedule.title", "/schedules"), kit.Crumb{Text: r.t("schedule.new")})
	return r.html(back.Status, view.SchedulePage(sh, v))
}

// scheduleForm is the form before anybody typed, or as it was refused.
func (r *request) scheduleForm(back refusal) view.ScheduleForm {
	return view.ScheduleForm{Form: back.Form, Conflict: back.Conflict, Dates: r.scheduleDates(), Zones: r.scheduleZones(), When: "week-1", At: "07:00", Zone: r.a.Zone, Spans: schedule.Spans, Span: "before", Lang: r.lang}
}

// wish reads what a form, or an address, says is to be sent.
func (s *Site) wish(r *request, f *reader) (w schedule.Wish, err error) {
	w = schedule.Wish{Report: f.text("report"), Span: f.text("span"), Currency: f.text("currency")}
	if key := f.text("list"); key != "" {
		w.Report, w.List = "", key
		if no := ref(f.text("map")); key == "channel-map" && no != 0 {
			return mapWish(w, no, f.text("query"))
		}
		l, ok := lists[key]
		if !ok {
			return w, errs.Gone()
		}
		q, err := s.queryOf(key, f.text("query"))
		if err != nil {
			return w, err
		}
		w.Query, w.Filter = q.Encode(), l.where(r, q)
	}
	if no := ref(f.text("sharing")); no != 0 {
		w.Report, w.List, w.Sharing = report.Shared, "", no
	}
	return w, nil
}

// plan reads the dates of a form.
func (f *reader) plan(w schedule.Wish) schedule.Plan {
	every, day, _ := strings.Cut(f.text("when"), "-")
	n, _ := strconv.ParseInt(day, 10, 64)
	return schedule.Plan{Wish: w, Title: f.text("title"), Every: every, OnDay: n, AtMinute: int64(f.minute("at")), Zone: f.text("zone"), Lang: f.text("lang")}
}

// scheduleField is the field of the form for what is wrong with a schedule.
func scheduleField(path string) string {
	switch path {
	case "every", "on_day":
		return "when"
	case "at", "zone", "lang", "title", "span", "report", "currency":
		return path
	}
	return ""
}

func (s *Site) addSchedule(r *request) error {
	f := r.reader()
	w, err := s.wish(r, f)
	p := f.plan(w)
	if err == nil {
		err = f.err()
	}
	if err == nil {
		_, err = s.Schedules.Make(r.ctx, r.a, r.auditKey(), p)
	}
	if err == nil {
		return r.to("/schedules", "schedule.made")
	}
	back, ok := r.refused(err, scheduleField)
	if !ok {
		return err
	}
	return s.newSchedulePage(r, f, alerted(back))
}

func (s *Site) schedulePage(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.oneSchedulePage(r, no, refusal{Status: http.StatusOK})
}

// oneSchedulePage shows a schedule, how it stands, and the form to change it.
func (s *Site) oneSchedulePage(r *request, no id.ID, back refusal) error {
	x, err := s.Schedules.Schedule(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := r.scheduleForm(back)
	row := r.scheduleRow(x)
	v.Row, v.What, v.Filter = &row, row.What, row.Filter
	v.Title, v.At, v.Zone, v.Lang = x.Title, minutes(int(x.AtMinute)), x.Zone, x.Lang
	if v.When = x.Every; x.OnDay > 0 {
		v.When += "-" + strconv.FormatInt(x.OnDay, 10)
	}
	v.Span, v.Currency, v.Dated = x.Wish().Span, x.Wish().Currency, x.Wish().Span != ""
	if v.Currencies, err = s.bookCurrencies(r, v.Currency); err != nil {
		return err
	}
	v.MayChange = x.Status != schedule.Ended && r.a.Glass == 0
	v.MayRestore = x.Status == schedule.Ended && r.a.Glass == 0 && r.can(access.Own, "export", "run")
	if x.Job != 0 && x.Waiting == 0 {
		if j, err := s.Jobs.Job(r.ctx, r.a.Org, x.Job); err == nil && r.can(access.Own, "job", "read") {
			row := r.job(j)
			v.Last = &row
		}
	}
	sh := r.shell(row.Called, "exports", r.crumb("nav.home", "/"), r.crumb("nav.exports", "/exports"), r.crumb("schedule.title", "/schedules"), kit.Crumb{Text: row.Called})
	return r.html(back.Status, view.SchedulePage(sh, v))
}

func (s *Site) changeSchedule(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	to, done := "/schedules/"+no.String(), ""
	switch f.text("do") {
	case "pause":
		done = "schedule.paused"
		_, err = s.Schedules.Pause(r.ctx, r.a, no, f.version())
	case "resume":
		done = "schedule.resumed"
		_, err = s.Schedules.Resume(r.ctx, r.a, no, f.version())
	case "end":
		to, done = "/schedules", "schedule.ended"
		_, err = s.Schedules.End(r.ctx, r.a, no, f.version())
	case "restore":
		done = "schedule.restored"
		_, err = s.Schedules.Restore(r.ctx, r.a, no, f.version())
	default:
		done = "schedule.changed"
		p := f.plan(schedule.Wish{Span: f.text("span"), Currency: f.text("currency")})
		if err = f.err(); err == nil {
			_, err = s.Schedules.Change(r.ctx, r.a, no, f.version(), p)
		}
	}
	if err == nil {
		return r.to(to, done)
	}
	back, ok := r.refused(err, scheduleField)
	if !ok {
		return err
	}
	return s.oneSchedulePage(r, no, alerted(back))
}
