package site

import (
	"net/http"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/talk"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) talkRoutes(get, post route) {
	for _, kind := range talk.Kinds {
		path := "/" + kind + "s/:id/messages"
		get(path, s.conversation(kind))
		post(path, s.say(kind))
		post(path+"/read", s.readMessages(kind))
	}
	post("/messages/:id/withdraw", s.withdrawMessage)
	get("/inbox", s.inbox)
	get("/live/stream", s.live)
}

// talk is the conversation on a document, for its page; nil where the person may not see it. What was refused just now is told there.
func (s *Site) talk(r *request, kind string, no id.ID) *view.Talk {
	c, err := s.Talk.Of(r.ctx, r.a, talk.Doc{Kind: kind, ID: no}, 0)
	if err != nil {
		if !errs.Is(err, errs.Forbidden) && !errs.Is(err, errs.NotFound) {
			s.Log.Error("conversation", "error", err.Error())
		}
		return nil
	}
	return r.talkView(c)
}

func (r *request) talkView(c talk.Conversation) *view.Talk {
	v := &view.Talk{Kind: c.Doc.Kind, Doc: c.Doc.ID.String(), Number: c.Number, Path: pageOf(files.Doc(c.Doc)), State: c.State(), Last: c.Last.String(), Unread: c.Unread, MayWrite: c.MayWrite,
		Us: r.a.OrgName, Accept: files.Accept, Form: r.said.Form}
	if c.Older != 0 {
		v.Older = v.Path + "/messages?before=" + c.Older.String()
	}
	for _, p := range c.Parties {
		v.Parties = append(v.Parties, p.Name)
	}
	for _, m := range c.Messages {
		v.Rows = append(v.Rows, r.message(m, c.MayWrite))
	}
	var on []string
	if r.said.Status != 0 { // a form that was refused: it stands as it was typed
		on, v.Internal = all(r.Ctx)["mentions"], v.Form.V("internal", "") == "1"
		for _, x := range r.kept {
			v.Kept = append(v.Kept, r.paper(x))
		}
	}
	for _, p := range c.People {
		v.People = append(v.People, view.TalkPerson{ID: p.ID.String(), Name: p.Name, Org: p.OrgName, Own: p.Org == r.a.Org, On: slices.Contains(on, p.ID.String())})
	}
	return v
}

func (r *request) message(m talk.Message, mayWrite bool) view.TalkMessage {
	v := view.TalkMessage{ID: m.ID.String(), Name: m.Author.Name, Org: m.Author.OrgName, Duty: m.Duty, Agent: m.Rel == access.Agent, ByKey: m.ByKey, Own: m.Own, Mine: m.Mine, New: m.New,
		Internal: m.Internal, At: m.At, Withdrawn: m.Withdrawn, Said: view.Pieces(m.Body), Empty: m.Body == "" && len(m.Files) == 0 && m.Withdrawn == 0,
		MayWithdraw: m.Mine && mayWrite && m.Withdrawn == 0}
	for _, p := range m.Mentions {
		v.Mentions = append(v.Mentions, p.Name)
	}
	for _, f := range m.Files {
		v.Files = append(v.Files, r.paper(f))
	}
	return v
}

// conversation is a page of what was said: the latest, or those before.
func (s *Site) conversation(kind string) handler {
	return func(r *request) error {
		no, err := r.id("id")
		if err != nil {
			return err
		}
		return s.conversationPage(r, talk.Doc{Kind: kind, ID: no}, ref(r.Query("before")), http.StatusOK)
	}
}

func (s *Site) conversationPage(r *request, d talk.Doc, before id.ID, status int) error {
	c, err := s.Talk.Of(r.ctx, r.a, d, before)
	if err != nil {
		return err
	}
	v := r.talkView(c)
	sh := r.shell(r.t("talk.title_of", "number", c.Number), "inbox", r.crumb("nav.home", "/"), r.crumb("nav.inbox", "/inbox"), kit.Crumb{Text: c.Number})
	if before == 0 {
		sh.Live = v.Live()
	} else {
		v.MayWrite, v.Unread = false, 0
	}
	return r.html(status, view.TalkPage(sh, v))
}

// say writes what was typed, with the files that came along; a form that is refused keeps both.
func (s *Site) say(kind string) handler {
	return func(r *request) error {
		no, err := r.id("id")
		if err != nil {
			return err
		}
		d := talk.Doc{Kind: kind, ID: no}
		if err := s.Talk.May(r.ctx, r.a, d); err != nil {
			return err
		}
		r.kept = s.keptFiles(r)
		sent, err := s.keepFiles(r, "file", files.Doc{})
		r.kept = append(r.kept, sent...)
		if err == nil {
			m := talk.Say{Key: r.auditKey(), Doc: d, Body: r.FormValue("body"), Internal: r.reader().yes("internal")}
			for _, x := range r.kept {
				m.Files = append(m.Files, x.ID)
			}
			for _, p := range all(r.Ctx)["mentions"] {
				m.Mentions = append(m.Mentions, ref(p))
			}
			_, err = s.Talk.Say(r.ctx, r.a, m)
		}
		if err == nil {
			return s.saidAnswer(r, d)
		}
		back, ok := r.refused(err, func(path string) string {
			if path == "files" {
				return "file"
			}
			return path
		})
		if !ok {
			return err
		}
		if back.Conflict != "" {
			back.Form.Alert = back.Conflict
		}
		r.said = back
		if r.fragment() {
			return s.talkPanel(r, d, back.Status)
		}
		return s.docPageWith(r, files.Doc(d), refusal{Status: back.Status})
	}
}

// saidAnswer shows the conversation with what was said just now.
func (s *Site) saidAnswer(r *request, d talk.Doc) error {
	if r.fragment() {
		return s.talkPanel(r, d, http.StatusOK)
	}
	return r.Redirect().Status(http.StatusSeeOther).To(pageOf(files.Doc(d)) + "?done=talk.sent#talk")
}

func (s *Site) talkPanel(r *request, d talk.Doc, status int) error {
	v := s.talk(r, d.Kind, d.ID)
	if v == nil {
		return errs.Gone()
	}
	v.Focus = status == http.StatusOK
	return r.html(status, view.TalkPanel(v))
}

func (s *Site) readMessages(kind string) handler {
	return func(r *request) error {
		no, err := r.id("id")
		if err != nil {
			return err
		}
		d := talk.Doc{Kind: kind, ID: no}
		if err := s.Talk.Read(r.ctx, r.a, d, ref(r.FormValue("upto"))); err != nil {
			return err
		}
		if r.fragment() {
			return r.SendStatus(http.StatusNoContent)
		}
		return r.to(pageOf(files.Doc(d)), "talk.read")
	}
}

func (s *Site) withdrawMessage(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	m, err := s.Talk.Withdraw(r.ctx, r.a, r.auditKey(), no)
	if err != nil {
		return err
	}
	return r.to(pageOf(files.Doc(m.Doc)), "talk.withdrawn")
}

// inbox are the conversations of the person, by their documents.
func (s *Site) inbox(r *request) error {
	which := ""
	if r.Query("all") == "" {
		which = "1"
	}
	p, err := s.Talk.Inbox(r.ctx, r.a, r.query("unread", which))
	if err != nil {
		return err
	}
	v := view.Inbox{Unread: which != "", Tabs: []kit.Tab{{Text: r.t("inbox.new"), Href: "/inbox", Current: which != ""}, {Text: r.t("inbox.all"), Href: "/inbox?all=1", Current: which == ""}}}
	v.Next, v.First = r.pages(p.Next)
	for _, t := range p.Items {
		v.Rows = append(v.Rows, view.InboxRow{Kind: t.Doc.Kind, Number: t.Number, Href: pageOf(files.Doc(t.Doc)) + "#talk", With: t.With, Author: t.Author, Org: t.Org, Said: t.Said,
			Gone: t.Gone, Internal: t.Within, At: t.At, Unread: t.Unread})
	}
	return r.html(http.StatusOK, view.InboxPage(r.shell(r.t("nav.inbox"), "inbox"), v))
}
