package view

import (
	"context"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/web/kit"
)

// Invitations are those that nobody has taken up, with the form for another.
type Invitations struct {
	Rows        []InvitationRow
	Roles       []kit.Option
	Lang        string
	Form        kit.Form
	Next, First string
}

// InvitationRow is an invitation in the list.
type InvitationRow struct {
	ID, Email, Role, By string
	Expired             bool
	Until               clock.Instant
	Sent, Version       int64
}

// Application is an organisation that wants to join below another.
type Application struct {
	ID, Name, Kind, Status, Upstream, Channel        string
	TaxNo, NIB, Address, City, Phone, Contact, Email string
	Created                                          clock.Instant
	Version                                          int64
	Notes                                            []ApplicationNote
}

// ApplicationNote is what was said of it.
type ApplicationNote struct {
	At               clock.Instant
	Step, Said, Name string
}

// Applications is the list, with the public pages on which organisations apply.
type Applications struct {
	Rows        []Application
	Tabs        []kit.Tab
	Doors       []Door
	Conflict    string
	Next, First string
}

// Door is the public page of a channel; Path is "" while it is closed.
type Door struct{ Channel, Name, Path, URL string }

// ApplicationReview is an application as those see it who decide on it.
type ApplicationReview struct {
	Application
	Org                   string // that was made of it
	CanDecide, CanApprove bool
	Open                  string // the form that was refused
	Form                  kit.Form
	Conflict              string
	Files                 *Files
}

// form is what was typed into one of the forms.
func (v ApplicationReview) form(name string) kit.Form {
	if v.Open == name {
		return v.Form
	}
	return kit.Form{}
}

// Applicant is an application as its applicant sees it.
type Applicant struct {
	Application
	Path    string
	Form    kit.Form
	Done    string
	Sent    []string // names of the files that were sent
	MaySend bool
	Accept  string
}

func (v Applicant) open() bool {
	return v.Status == "unconfirmed" || v.Status == "new" || v.Status == "asked"
}

func noteTone(step string) (tone, icon string) {
	switch step {
	case "approved":
		return "ok", "check"
	case "refused":
		return "bad", "x"
	case "asked":
		return "warn", "clock"
	case "withdrawn":
		return "idle", "ban"
	}
	return "info", "pencil"
}

// story is what happened to an application, newest first.
func (a Application) story(ctx context.Context) []kit.Event {
	out := make([]kit.Event, 0, len(a.Notes))
	for i := len(a.Notes) - 1; i >= 0; i-- {
		n := a.Notes[i]
		tone, icon := noteTone(n.Step)
		text := t(ctx, "apply.step_"+n.Step)
		if n.Name != "" {
			text += ": " + n.Name
		}
		out = append(out, kit.Event{Tone: tone, Icon: icon, Text: text, When: kit.Moment(ctx, n.At), At: n.At.RFC3339(), Sub: n.Said})
	}
	return out
}

// Glass is the looks of operators, and for an operator the form to begin one.
type Glass struct {
	Rows     []GlassRow
	Operator bool
	Min, Max int64
	Form     kit.Form
}

// GlassRow is a look.
type GlassRow struct {
	ID                 string
	Who, Org, Reason   string
	From, Until, Ended clock.Instant
}

// way is a look of one's own for an operator; those who are looked at wait for none.
func (v Glass) way(ctx context.Context) kit.Way {
	if v.Operator {
		return kit.Go("#h-glass", t(ctx, "glass.new"))
	}
	return kit.Itself()
}

func (g GlassRow) state(ctx context.Context) string {
	if g.Ended != 0 {
		return t(ctx, "glass.ended", "at", kit.Moment(ctx, g.Ended))
	}
	return t(ctx, "glass.running", "until", kit.Moment(ctx, g.Until))
}

// MyData is what the portal knows of who looks at it.
type MyData struct {
	Sections []DataSection
	Shown    int
	Form     kit.Form
}

// DataSection is one kind of it.
type DataSection struct {
	Name    string
	Columns []string
	Rows    [][]string
	More    bool
}

// column is the heading of a column: its word, or its name where it has none.
func column(ctx context.Context, name string) string {
	if key := "data.col_" + name; t(ctx, key) != key {
		return t(ctx, key)
	}
	return strings.ReplaceAll(name, "_", " ")
}

// cell is a value as people read it: an instant, an action and a role in words, nothing as a dash.
func cell(ctx context.Context, column, value string) string {
	if value == "" {
		return "–"
	}
	if strings.HasSuffix(column, "_at") {
		if i, err := time.Parse(time.RFC3339, value); err == nil {
			return kit.Moment(ctx, clock.At(i))
		}
	}
	switch key := column + "." + value; {
	case column == "action":
		return Did(ctx, value)
	case (column == "role" || column == "kind") && i18n.Has(kit.Of(ctx).Lang, key):
		return t(ctx, key)
	}
	return value
}

// Parting is somebody who is to be taken out of the organisation.
type Parting struct {
	ID, Name string
	Open     int64
	Heirs    []kit.Option
	Form     kit.Form
}

// Representatives are who stands for an organisation towards a partner, and for the partner towards it.
type Representatives struct {
	Partner, Link string // Link is "" for those who may not name anybody
	Ours, Theirs  []Representative
	People        []Ref
	Duties        []string // that nobody has yet
	Form          kit.Form
}

// Held are the duties that somebody of the own organisation has.
func (v Representatives) Held() (out []string) {
	for _, r := range v.Ours {
		out = append(out, r.Duty)
	}
	return out
}

// form is what was typed into the form of a duty.
func (v Representatives) form(duty string) kit.Form {
	if v.Form.V("duty", "") == duty {
		return v.Form
	}
	return kit.Form{}
}

// fresh is what was typed into the form of a duty that nobody has yet.
func (v Representatives) fresh() kit.Form {
	for _, d := range v.Held() {
		if v.Form.V("duty", "") == d {
			return kit.Form{}
		}
	}
	return v.Form
}

// apart keeps the ids of a duty's form from those of the others; the one that was refused has the plain ones.
func (r Representative) apart(f kit.Form) string {
	if f.Bad() {
		return ""
	}
	return "duty-" + r.Duty
}

// Representative is somebody who stands for one side; Note says who covers for whom.
type Representative struct {
	Duty, Person, Name, Email, Cover, Note string
	From, Until                            clock.Date
	Version                                int64
}
