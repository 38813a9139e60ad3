package view

import (
	"saluran/internal/clock"
	"saluran/web/kit"
)

// Notices are what somebody should hear, by record.
type Notices struct {
	Groups      []NoticeGroup
	Unread      bool
	Upto        int64 // the moment of the page: what comes later is not marked with it
	Undo        int64 // the stamp of what was marked just now; 0: nothing
	Tabs        []kit.Tab
	Next, First string
}

// NoticeGroup is what happened to one record.
type NoticeGroup struct {
	Kind, Doc, Title, Href string
	Rows                   []NoticeRow
	New                    bool
}

// NoticeRow is one notice.
type NoticeRow struct {
	Said, Href string
	At         clock.Instant
	New        bool
}

// NoticeSettings are how somebody hears.
type NoticeSettings struct {
	Rows        []NoticeChoice
	Zones       []kit.Option
	Zone        string
	From, Until string
	Weekly      bool
	Version     int64
	Form        kit.Form
	Conflict    string
}

// NoticeChoice is how somebody hears of one event.
type NoticeChoice struct {
	Event string
	InApp bool
	Mail  string
}

var noticeIcons = map[string]string{"order": "shopping-cart", "shipment": "truck-delivery", "invoice": "file-invoice", "payment": "cash", "limit": "wallet", "link": "arrows-exchange", "job": "file-spreadsheet"}

func (g NoticeGroup) icon() string { return noticeIcons[g.Kind] }

func (g NoticeGroup) tone() string {
	if g.New {
		return "ok"
	}
	return "idle"
}

func digestWord(weekly bool) string {
	if weekly {
		return "weekly"
	}
	return "daily"
}
