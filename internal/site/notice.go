package site

import (
	"net/http"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/notice"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) noticeRoutes(get, post route) {
	get("/notices", s.notices)
	post("/notices/read", s.readNotices)
	post("/notices/unread", s.unreadNotices)
	get("/notices/settings", s.noticeSettings)
	post("/notices/settings", s.setNotices)
}

// bell is how many notices wait for the person; -1 where nobody hears here: who looks in from outside.
func (s *Site) bell(r *request) int64 {
	if r.a.Glass != 0 || s.Notices == nil {
		return -1
	}
	n, err := s.Notices.Unread(r.ctx, r.a)
	if err != nil {
		s.Log.Error("notices", "error", err.Error())
		return -1
	}
	return n
}

// notices are those of the person, by their records.
func (s *Site) notices(r *request) error {
	which := ""
	if r.Query("all") == "" {
		which = "1"
	}
	p, err := s.Notices.List(r.ctx, r.a, r.query("unread", which))
	if err != nil {
		return err
	}
	v := view.Notices{Unread: which != "", Upto: int64(s.Clock.Now()), Undo: number(r.Query("undo")),
		Tabs: []kit.Tab{{Text: r.t("notice.new"), Href: "/notices", Current: which != ""}, {Text: r.t("notice.all"), Href: "/notices?all=1", Current: which == ""}}}
	v.Next, v.First = r.pages(p.Next)
	at := map[string]int{}
	for _, n := range p.Items {
		key := n.Kind + n.Doc.String()
		i, ok := at[key]
		if !ok {
			i = len(v.Groups)
			at[key] = i
			g := view.NoticeGroup{Kind: n.Kind, Doc: n.Doc.String(), Title: n.Number, Href: n.Path()}
			if n.Kind == "limit" || n.Kind == "link" {
				g.Title = n.Org
			} else if n.Kind == "job" {
				g.Title = r.t("notice.job_" + n.Number)
			}
			v.Groups = append(v.Groups, g)
		}
		v.Groups[i].Rows = append(v.Groups[i].Rows, view.NoticeRow{Said: n.Sentence(r.lang), Href: n.Path(), At: n.At, New: !n.Read})
		v.Groups[i].New = v.Groups[i].New || !n.Read
	}
	return r.html(http.StatusOK, view.NoticesPage(r.shell(r.t("notice.title"), ""), v))
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (s *Site) readNotices(r *request) error {
	f := r.reader()
	stamp, err := s.Notices.Mark(r.ctx, r.a, f.text("kind"), ref(f.text("document")), clock.Instant(number(f.text("upto"))))
	if err != nil {
		return err
	}
	return r.to("/notices?undo="+strconv.FormatInt(int64(stamp), 10), "notice.read")
}

func (s *Site) unreadNotices(r *request) error {
	if err := s.Notices.Unmark(r.ctx, r.a, clock.Instant(number(r.reader().text("stamp")))); err != nil {
		return err
	}
	return r.to("/notices", "notice.unread")
}

func (s *Site) noticeSettings(r *request) error {
	return s.noticeSettingsPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) noticeSettingsPage(r *request, back refusal) error {
	n, err := s.Notices.Settings(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.NoticeSettings{Form: back.Form, Conflict: back.Conflict, Version: n.Version, Zone: n.Zone, From: minutes(n.From), Until: minutes(n.Until), Weekly: n.Weekly}
	for _, e := range notice.Events {
		c := n.Choices[e.Name]
		row := view.NoticeChoice{Event: e.Name, InApp: c.InApp, Mail: c.Mail}
		if back.Form.Values != nil {
			row.InApp, row.Mail = back.Form.Values["app_"+e.Name] == "1", back.Form.V("mail_"+e.Name, c.Mail)
		}
		v.Rows = append(v.Rows, row)
	}
	zones := notice.Zones
	if n.Zone != "" && !strings.Contains(strings.Join(zones, " "), n.Zone) {
		zones = append([]string{n.Zone}, zones...)
	}
	for _, z := range zones {
		label := z
		if i18n.Has(r.lang, "notice.zone_"+z) {
			label = r.t("notice.zone_" + z)
		}
		v.Zones = append(v.Zones, kit.Option{Value: z, Label: label})
	}
	sh := r.shell(r.t("notice.settings"), "", r.crumb("nav.home", "/"), r.crumb("notice.title", "/notices"), kit.Crumb{Text: r.t("notice.settings")})
	return r.html(back.Status, view.NoticeSettingsPage(sh, v))
}

// minutes is a minute of the day as a clock shows it.
func minutes(n int) string { return clockPart(n/60) + ":" + clockPart(n%60) }

func clockPart(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// minute reads a time of the day: 21:00, 21.00 or 7:30.
func (f *reader) minute(name string) int {
	hour, min, ok := strings.Cut(strings.ReplaceAll(f.v[name], ".", ":"), ":")
	h, err := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(min)
	if !ok || err != nil || err2 != nil || h < 0 || h > 23 || m < 0 || m > 59 {
		f.wrong(name, "notice.time")
		return 0
	}
	return h*60 + m
}

func (s *Site) setNotices(r *request) error {
	f := r.reader()
	n := notice.Settings{Choices: map[string]notice.Choice{}, Hours: notice.Hours{Zone: f.text("zone"), From: f.minute("quiet_from"), Until: f.minute("quiet_until"), Weekly: f.text("digest") == "weekly"}, Version: f.version()}
	for _, e := range notice.Events {
		n.Choices[e.Name] = notice.Choice{InApp: f.yes("app_" + e.Name), Mail: f.text("mail_" + e.Name)}
	}
	err := f.err()
	if err == nil {
		if err = s.Notices.Set(r.ctx, r.a, r.auditKey(), n); err == nil {
			return r.to("/notices/settings", "notice.set")
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.noticeSettingsPage(r, back)
}
