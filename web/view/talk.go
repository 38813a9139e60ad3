package view

import (
	"context"
	"net/url"
	"strings"

	"saluran/internal/clock"
	"saluran/web/kit"
)

// Talk is the conversation on a document, with the form that adds to it.
type Talk struct {
	Kind, Doc, Number string
	Path              string // of the document's page
	Parties           []string
	Rows              []TalkMessage
	Older             string // address of those before; "" where these are the first
	Last, State       string
	Unread            int64
	MayWrite          bool
	Us                string // the reader's organisation
	People            []TalkPerson
	Form              kit.Form
	Internal          bool // what was typed is for colleagues
	Kept              []File
	Accept            string
	Focus             bool // after something was said, the next is typed
}

// TalkMessage is one message.
type TalkMessage struct {
	ID, Name, Org   string
	Duty            string
	Agent, ByKey    bool
	Own, Mine, New  bool
	Internal        bool
	At, Withdrawn   clock.Instant
	Said            []TalkPiece
	Empty           bool // nothing was said, and nothing sent: the words are erased
	Mentions        []string
	Files           []File
	MayWithdraw     bool
	WithdrawnByThem bool
}

// TalkPiece is a piece of what was said: words, or an address that can be opened.
type TalkPiece struct{ Text, Href string }

// TalkPerson is somebody whom one may mention.
type TalkPerson struct {
	ID, Name, Org string
	Own, On       bool
}

// Inbox are conversations.
type Inbox struct {
	Rows        []InboxRow
	Unread      bool
	Tabs        []kit.Tab
	Next, First string
}

// InboxRow is a conversation in the inbox.
type InboxRow struct {
	Kind, Number, Href, With string
	Author, Org, Said        string
	Gone, Internal           bool
	At                       clock.Instant
	Unread                   int64
}

// Pieces finds the addresses in what somebody typed: those of the web alone, as they stand there.
func Pieces(said string) (out []TalkPiece) {
	add := func(p TalkPiece) {
		if p.Text == "" {
			return
		}
		if n := len(out); n > 0 && p.Href == "" && out[n-1].Href == "" {
			out[n-1].Text += p.Text
			return
		}
		out = append(out, p)
	}
	for said != "" {
		at := strings.Index(said, "http")
		if at < 0 {
			add(TalkPiece{Text: said})
			return out
		}
		end := len(said)
		if i := strings.IndexAny(said[at:], " \n\t\"<>"); i >= 0 {
			end = at + i
		}
		link := strings.TrimRight(said[at:end], ".,;:!?)]}'")
		u, err := url.Parse(link)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
			add(TalkPiece{Text: said[:at+4]})
			said = said[at+4:]
			continue
		}
		add(TalkPiece{Text: said[:at]})
		add(TalkPiece{Text: link, Href: link})
		said = said[at+len(link):]
	}
	return out
}

// Live is where what is new of it is told.
func (v *Talk) Live() string {
	if v == nil {
		return ""
	}
	return "&kind=" + v.Kind + "&document=" + v.Doc + "&state=" + v.State
}

func (m TalkMessage) tone() string {
	switch {
	case m.Own:
		return "t-brand"
	case m.Agent:
		return "t-viol"
	}
	return "t-info"
}

func (m TalkMessage) org(ctx context.Context) string {
	if m.Own {
		return t(ctx, "talk.us", "org", m.Org)
	}
	return m.Org
}

func (m TalkMessage) author(ctx context.Context) string {
	if m.Name == "" {
		return t(ctx, "talk.erased_person")
	}
	return m.Name
}

// readers says who reads what is not internal.
func (v *Talk) readers() string { return strings.Join(v.Parties, ", ") }

func inboxTone(x InboxRow) string {
	if x.Unread > 0 {
		return "ok"
	}
	return "idle"
}

func inboxAuthor(ctx context.Context, x InboxRow) string {
	if x.Author == "" {
		return t(ctx, "talk.erased_person")
	}
	return x.Author + ", " + x.Org
}

func inboxSaid(ctx context.Context, x InboxRow) string {
	switch {
	case x.Gone:
		return t(ctx, "talk.withdrawn_short")
	case x.Said == "":
		return t(ctx, "talk.files_alone")
	}
	return x.Said
}
