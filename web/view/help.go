package view

// HelpIndex is the first page of the help.
type HelpIndex struct {
	Steps  *Steps // nil for who has none
	Groups []HelpGroup
}

// Steps are the first things to do, for one person.
type Steps struct {
	All   []Step
	Done  int
	Shown bool // they stand on the first page
}

// Step is one of them: Title says what of the person's own it is about.
type Step struct {
	Icon, Href, Title, Sub string
	Done                   bool
}

// HelpGroup is topics under a heading.
type HelpGroup struct {
	Head   string
	Topics []HelpLink
}

// HelpLink leads to a topic.
type HelpLink struct{ Href, Title, Lead string }

// HelpTopic is a topic: HTML is our own text, made from the Markdown that the program carries.
type HelpTopic struct {
	Title, Lead, HTML        string
	Open, OpenText, OpenIcon string // the page that it explains, for who has it
	See                      []HelpLink
}
