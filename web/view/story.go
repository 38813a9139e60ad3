package view

import "saluran/web/kit"

// Story is everything with a partner in one column, the latest first.
type Story struct {
	Path    string // of the partner's page
	Part    string
	Tabs    []kit.Tab
	Days    []StoryDay
	Next    string // query of what is older; "" on the last page
	First   string // query of the first page, where this is not it
	Live    string // where the part is asked for again; "" on later pages
	Nothing bool   // there is nothing at all, not only of this part
}

// StoryDay is what happened on a day.
type StoryDay struct {
	Day    string
	Events []StoryEvent
}

// StoryEvent is one of them.
type StoryEvent struct {
	Tone, Icon, Text, Href string
	Time, At               string
	Who                    string
	Amount                 string
	Kind, Code             string // of the pill; "" for none
	Quote                  string
	Note                   bool // one's own organisation alone sees it
	File                   string
}

// PartnerHead is what one wants to know of a partner first.
type PartnerHead struct {
	Todo  []Todo
	Facts []MapFact
	Late  bool
}
