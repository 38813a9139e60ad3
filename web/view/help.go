package view

// HelpIndex is the first page of the help.
type HelpIndex struct {
	Groups []HelpGroup
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
