package view

// Weigh shows what a form will do before it is sent: the figures before and after, and what follows from it. What was typed is kept.
type Weigh struct {
	Title, Lead        string
	Facts              []WeighFact
	Says               []string // what follows, one sentence each
	Action             string
	Look, Icon, Button string
	Hidden             [][2]string
}

// WeighFact is one figure that the form changes; Href leads to what it belongs to, "" nowhere.
type WeighFact struct{ What, Href, Now, Then string }
