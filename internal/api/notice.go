package api

import (
	"context"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/notice"
)

// Notice is something that you should hear.
type Notice struct {
	ID         id.ID  `json:"id"`
	Event      string `json:"event"`
	RecordKind string `json:"record_kind" enum:"order,shipment,invoice,payment,limit,link,job"`
	Record     id.ID  `json:"record"`
	Number     string `json:"number,omitempty"`
	Org        string `json:"org,omitempty" doc:"Who did it"`
	Person     string `json:"person,omitempty" doc:"Who wrote, of messages"`
	Said       string `json:"said" doc:"In your language"`
	At         string `json:"at"`
	Read       bool   `json:"read"`
}

// NoticeChoice is how you hear of an event.
type NoticeChoice struct {
	Event string `json:"event"`
	InApp bool   `json:"in_app"`
	Mail  string `json:"mail" enum:"none,once,digest"`
}

// NoticeSettings are how you hear in the acting organisation.
type NoticeSettings struct {
	Choices    []NoticeChoice `json:"choices" doc:"What is left out stays as it is"`
	Zone       string         `json:"zone"`
	QuietFrom  int            `json:"quiet_from" minimum:"0" maximum:"1439" doc:"Minute of the day in the zone; the same as quiet_until: never quiet"`
	QuietUntil int            `json:"quiet_until" minimum:"0" maximum:"1439"`
	Digest     string         `json:"digest" enum:"daily,weekly"`
	Version    int64          `json:"version"`
}

func (a *API) notices() {
	const tag = "Notices"
	handle(a, get("notices", "/notices", tag, "What you should hear, the latest first"), a.listNotices)
	handle(a, post("read-notices", "/notices/read", tag, "Mark notices as read"), a.readNotices)
	handle(a, post("unread-notices", "/notices/unread", tag, "Take back what was marked"), a.unreadNotices)
	handle(a, get("notice-settings", "/notices/settings", tag, "How you hear"), a.noticeSettings)
	handle(a, post("set-notices", "/notices/settings", tag, "Change how you hear"), a.setNotices)
}

type noticesIn struct {
	Paging
	Unread bool `query:"unread"`
}

func (a *API) listNotices(ctx context.Context, who access.Actor, in *noticesIn) (*page[Notice], error) {
	unread := ""
	if in.Unread {
		unread = "1"
	}
	p, err := a.Notices.List(ctx, who, in.query("unread", unread))
	return pageOf(p, err, func(n notice.Notice) Notice {
		return Notice{n.ID, n.Event, n.Kind, n.Doc, n.Number, n.Org, n.Person, n.Sentence(who.Lang), instant(n.At), n.Read}
	})
}

type readNoticesIn struct {
	Body struct {
		RecordKind string `json:"record_kind,omitempty" enum:"order,shipment,invoice,payment,limit,link,job" doc:"With record: those of one record alone"`
		Record     *id.ID `json:"record,omitempty"`
		Upto       string `json:"upto,omitempty" doc:"RFC 3339: those that had come by then; now when left out"`
	}
}

type noticesRead struct {
	Body struct {
		Stamp string `json:"stamp" doc:"Takes it back: see /notices/unread"`
	}
}

func (a *API) readNotices(ctx context.Context, who access.Actor, in *readNoticesIn) (*noticesRead, error) {
	var r reader
	upto := r.instant("upto", in.Body.Upto)
	if err := r.err(); err != nil {
		return nil, err
	}
	if upto == 0 {
		upto = a.Clock.Now()
	}
	var doc id.ID
	if in.Body.Record != nil {
		doc = *in.Body.Record
	}
	stamp, err := a.Notices.Mark(ctx, who, in.Body.RecordKind, doc, upto)
	if err != nil {
		return nil, err
	}
	out := &noticesRead{}
	out.Body.Stamp = strconv.FormatInt(int64(stamp), 10)
	return out, nil
}

type unreadNoticesIn struct {
	Body struct {
		Stamp string `json:"stamp"`
	}
}

func (a *API) unreadNotices(ctx context.Context, who access.Actor, in *unreadNoticesIn) (*struct{}, error) {
	n, err := strconv.ParseInt(in.Body.Stamp, 10, 64)
	if err != nil || n <= 0 {
		return nil, errs.OnFields("request.fields", errs.F("stamp", "field.number"))
	}
	return nil, a.Notices.Unmark(ctx, who, clock.Instant(n))
}

func (a *API) noticeSettings(ctx context.Context, who access.Actor, _ *struct{}) (*one[NoticeSettings], error) {
	n, err := a.Notices.Settings(ctx, who)
	if err != nil {
		return nil, err
	}
	w := NoticeSettings{Zone: n.Zone, QuietFrom: n.From, QuietUntil: n.Until, Digest: "daily", Version: n.Version}
	if n.Weekly {
		w.Digest = "weekly"
	}
	for _, e := range notice.Events {
		c := n.Choices[e.Name]
		w.Choices = append(w.Choices, NoticeChoice{e.Name, c.InApp, c.Mail})
	}
	return &one[NoticeSettings]{httpx.ETag(n.Version), w}, nil
}

type setNoticesIn struct{ Body NoticeSettings }

func (a *API) setNotices(ctx context.Context, who access.Actor, in *setNoticesIn) (*one[NoticeSettings], error) {
	b := in.Body
	n := notice.Settings{Choices: map[string]notice.Choice{}, Hours: notice.Hours{Zone: b.Zone, From: b.QuietFrom, Until: b.QuietUntil, Weekly: b.Digest == "weekly"}, Version: b.Version}
	for _, c := range b.Choices {
		n.Choices[c.Event] = notice.Choice{InApp: c.InApp, Mail: c.Mail}
	}
	if err := a.Notices.Set(ctx, who, key(ctx), n); err != nil {
		return nil, err
	}
	return a.noticeSettings(ctx, who, nil)
}
