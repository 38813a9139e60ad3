// Package help is what the portal says about itself: one topic for each area of the menu, in both languages, written as Markdown in
// text/ and turned into HTML once, when the program starts. A topic says what a page is for, how the usual things are done, what the
// words mean, and what to do when something is in the way. Nothing in it is anybody's data.
package help

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"

	"saluran/internal/i18n"
)

//go:embed text/*.md
var files embed.FS

// Topic is one page of the help in one language.
type Topic struct {
	Key, Title string
	Lead       string // its first paragraph, as plain text
	HTML       string // what follows
	Places     []string
	See        []string
	Open       bool // who is not signed in may read it, too
	Plain      string
}

// about says of each topic, in the order of the index, which places of the menu it explains, what stands beside it, and who reads it.
var about = []Topic{
	{Key: "home", Places: []string{"home"}, See: []string{"find", "notices", "words"}},
	{Key: "inbox", Places: []string{"inbox"}, See: []string{"orders", "notices"}},
	{Key: "orders", Places: []string{"orders", "buy", "sell"}, See: []string{"order", "shipments", "invoices", "words"}},
	{Key: "visits", Places: []string{"visits", "today"}, See: []string{"order", "offline", "partners"}},
	{Key: "order", Places: []string{"order"}, See: []string{"orders", "offline", "products", "partners"}},
	{Key: "products", Places: []string{"products"}, See: []string{"imports", "partners", "lots"}},
	{Key: "partners", Places: []string{"partners"}, See: []string{"channels", "agents", "applications", "words"}},
	{Key: "stock", Places: []string{"stock"}, See: []string{"lots", "words", "exports"}},
	{Key: "lots", Places: []string{"lots"}, See: []string{"stock", "shipments", "counter"}},
	{Key: "shipments", Places: []string{"shipments"}, See: []string{"orders", "lots", "invoices"}},
	{Key: "counter", Places: []string{"counter", "use"}, See: []string{"stock", "products"}},
	{Key: "invoices", Places: []string{"invoices"}, See: []string{"payments", "papers", "orders", "words"}},
	{Key: "payments", Places: []string{"payments"}, See: []string{"invoices", "banks", "commission"}},
	{Key: "commission", Places: []string{"commission"}, See: []string{"agents", "payments"}},
	{Key: "points", Places: []string{"points"}, See: []string{"invoices", "orders"}},
	{Key: "exports", Places: []string{"exports"}, See: []string{"schedules", "imports", "invoices", "stock"}},
	{Key: "schedules", See: []string{"exports", "find", "account"}},
	{Key: "imports", Places: []string{"imports"}, See: []string{"exports", "products", "partners"}},
	{Key: "map", Places: []string{"map"}, See: []string{"channels", "partners", "sharing"}},
	{Key: "channels", Places: []string{"channels"}, See: []string{"partners", "agents", "words"}},
	{Key: "agents", Places: []string{"agents"}, See: []string{"commission", "channels"}},
	{Key: "banks", Places: []string{"banks"}, See: []string{"payments", "invoices"}},
	{Key: "sharing", Places: []string{"sharing"}, See: []string{"channels", "exports"}},
	{Key: "applications", Places: []string{"applications"}, See: []string{"partners", "people"}},
	{Key: "organisation", Places: []string{"organisation"}, See: []string{"people", "sign-in", "banks"}},
	{Key: "people", Places: []string{"people"}, See: []string{"roles", "sign-in", "audit"}},
	{Key: "roles", Places: []string{"roles", "access"}, See: []string{"people", "audit"}},
	{Key: "keys", Places: []string{"keys"}, See: []string{"webhooks", "roles"}},
	{Key: "webhooks", Places: []string{"webhooks"}, See: []string{"keys", "audit"}},
	{Key: "audit", Places: []string{"audit"}, See: []string{"people", "glass"}},
	{Key: "glass", Places: []string{"glass"}, See: []string{"audit", "people"}},
	{Key: "account", See: []string{"sign-in", "notices", "keyboard"}},
	{Key: "notices", See: []string{"inbox", "account"}},
	{Key: "offline", See: []string{"order", "account"}},
	{Key: "papers", See: []string{"invoices", "payments", "shipments"}},
	{Key: "find", See: []string{"keyboard", "home"}},
	{Key: "words", See: []string{"stock", "orders", "invoices"}, Open: true},
	{Key: "sign-in", See: []string{"account", "words"}, Open: true},
}

// Keyboard is the topic that no text has: the page lists the keys themselves.
const Keyboard = "keyboard"

var topics = map[string][]Topic{}

func init() {
	md := goldmark.New(goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	for _, lang := range []string{i18n.ID, i18n.EN} {
		for _, of := range about {
			t, err := read(md, lang, of)
			if err != nil {
				panic(err) // a test reads them all: what is broken is not released
			}
			topics[lang] = append(topics[lang], t)
		}
	}
}

// read takes a text apart: "# title", a paragraph, the rest.
func read(md goldmark.Markdown, lang string, t Topic) (Topic, error) {
	name := "text/" + t.Key + "." + lang + ".md"
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return t, err
	}
	title, rest, _ := strings.Cut(string(b), "\n")
	title, ok := strings.CutPrefix(title, "# ")
	lead, rest, cut := strings.Cut(strings.TrimSpace(rest), "\n\n")
	if !ok || !cut || strings.HasPrefix(lead, "#") {
		return t, fmt.Errorf("help: %s does not begin with a title and a paragraph", name)
	}
	var out bytes.Buffer
	if err := md.Convert([]byte(rest), &out); err != nil {
		return t, fmt.Errorf("help: %s: %w", name, err)
	}
	t.Title, t.Lead, t.HTML, t.Plain = strings.TrimSpace(title), strings.Join(strings.Fields(lead), " "), out.String(), rest
	return t, nil
}

// All are the topics in a language, in the order of the index.
func All(lang string) []Topic { return topics[i18n.Lang(lang)] }

// Get is one of them.
func Get(lang, key string) (Topic, bool) {
	all := All(lang)
	i := slices.IndexFunc(all, func(t Topic) bool { return t.Key == key })
	if i < 0 {
		return Topic{}, false
	}
	return all[i], true
}
