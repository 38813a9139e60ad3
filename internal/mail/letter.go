package mail

import (
	"html"
	"strings"
	"unicode"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/id"
)

// Letter is a message as it is sent.
type Letter struct {
	ID      id.ID
	To      string
	Lang    string
	Subject string // one line
	Text    string
	HTML    string
	Link    string // whole address; "" for none
	At      clock.Instant
}

// line makes one line of a value: whatever stands in a header, it cannot begin another.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 180 {
		s = string(r[:179]) + "…"
	}
	return s
}

// write puts a message into words.
func (o *Office) write(m Message) Letter {
	args := make([]string, 0, 2*len(m.Args))
	for k, v := range m.Args {
		args = append(args, k, line(v))
	}
	t := func(key string) string { return i18n.T(m.Lang, key, args...) }
	l := Letter{To: m.To, Lang: m.Lang, Subject: line(t("mail." + m.Kind + ".subject"))}
	text := t("mail." + m.Kind + ".text")
	var plain, rich strings.Builder
	plain.WriteString(text)
	for _, par := range strings.Split(text, "\n\n") {
		rich.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(par), "\n", "<br>") + "</p>\n")
	}
	for i, said := range m.Lines {
		if i == 0 {
			plain.WriteString("\n")
			rich.WriteString("<ul>\n")
		}
		plain.WriteString("\n- " + line(said))
		rich.WriteString("<li>" + html.EscapeString(line(said)) + "</li>\n")
		if i == len(m.Lines)-1 {
			rich.WriteString("</ul>\n")
		}
	}
	if m.Link != "" {
		l.Link = o.Link(m.Link)
		label := i18n.T(m.Lang, "mail.open")
		if k := "mail." + m.Kind + ".link"; i18n.Has(m.Lang, k) {
			label = i18n.T(m.Lang, k)
		}
		plain.WriteString("\n\n" + label + ":\n" + l.Link)
		rich.WriteString(`<p><a href="` + html.EscapeString(l.Link) + `">` + html.EscapeString(label) + "</a></p>\n")
	}
	foot := i18n.T(m.Lang, "mail.foot", "url", o.URL)
	l.Text = plain.String() + "\n\n-- \n" + foot + "\n"
	l.HTML = `<!DOCTYPE html><html lang="` + i18n.Lang(m.Lang) + `"><meta charset="utf-8"><title>` + html.EscapeString(l.Subject) +
		"</title><body>\n" + rich.String() + "<hr><p><small>" + html.EscapeString(foot) + "</small></p>\n</body></html>\n"
	return l
}
