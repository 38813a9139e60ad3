package app_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// untranslated is a key of the catalogue that reached a page.
	untranslated = regexp.MustCompile(`(^|[\s(])[a-z][a-z_]+(\.[a-z_]+)+($|[\s),:])`)
	spacedRupiah = regexp.MustCompile(`Rp[\s\x{a0}]`)
)

// wellCalled tells whether what looks like a key of the catalogue is the name of a file, an address, or stands where programs' words
// belong: topics of webhooks, and what was written down of somebody.
func wellCalled(sight, word string) bool {
	return strings.Contains(word, ".example") || strings.Contains(word, ".xlsx") || strings.Contains(word, ".csv") ||
		slices.ContainsFunc([]string{"webhook", "delivery", "kit", "audit", "my-data", "own-data"}, func(x string) bool { return strings.HasPrefix(sight, x) })
}

// round is a part of the sights of one looker, in a window of its own.
type round struct {
	*visitor
	who    string
	sights []sight
	scale  *scale
}

// everyPage opens every sight as everybody who is on the list for it, in both languages; see measure for what holds it.
func (w *walk) everyPage(t *testing.T) {
	at, sum := w.furnish(t), &figures{}
	var rounds []*round
	for who, email := range lookers {
		var mine []sight
		for _, s := range sights {
			if slices.Contains(strings.Fields(s.who), who) && strings.Contains(s.name+"-"+who, os.Getenv("SALURAN_TEST_ONLY")) {
				mine = append(mine, s)
			}
		}
		const most = 24 // so that the windows are done at about the same time
		for part := range slices.Chunk(mine, most) {
			v := w.visit(t)
			if v.who = who; email != "" {
				v.enter(email)
			}
			rounds = append(rounds, &round{v, who, part, v.measured()})
		}
	}
	slices.SortFunc(rounds, func(a, b *round) int { return len(b.sights) - len(a.sights) })
	began := time.Now()
	for _, lang := range []string{"id", "en"} {
		for who, email := range lookers {
			if email != "" {
				require.NoError(t, w.Identity.SetLang(context.Background(), w.actor(t, email), lang), who)
			}
		}
		t.Run(lang, func(t *testing.T) {
			for i, r := range rounds {
				t.Run(fmt.Sprint(r.who, " ", i), func(t *testing.T) {
					t.Parallel()
					r.t = t
					r.walk(lang, at, sum)
				})
			}
		})
	}
	bind(t)
	t.Logf("figures: %d pages opened, %d checks by axe in %.0f s of %.0f s; the heaviest page is %s with %.0f bytes, of the phone's %s with %.0f", sum.loads, sum.checks, sum.axe.Seconds(),
		time.Since(began).Seconds(), sum.heaviestAt, sum.heaviest, sum.heaviestPhones, sum.heaviestPhone)
}

// walk opens the sights one after the other; what a sight leads to is looked up where it was opened, or once more.
func (r *round) walk(lang string, at map[string]string, sum *figures) {
	if r.who == "stranger" {
		r.do(chromedp.EmulateViewport(1440, 900))
		r.page("/sign-in")
		if ask[string](r.visitor, `document.documentElement.lang`) != lang {
			r.pressIn(`form[action="/language"]`, "")
			r.until("the other language", `document.documentElement.lang === $1`, lang)
			r.page("/forgot") // so that what follows is not the page on which the language was changed, loaded once more
		}
	}
	found := map[string]string{}
	for _, s := range r.sights {
		path := r.find(s, at, found)
		r.scale.begin()
		began := time.Now()
		r.open(path)
		r.light(s.name, path, r.scale, sum)
		r.steady(s.name)
		sum.add(func() { sum.loads++; sum.load += time.Since(began) })
		if s.route != "" && s.name != "fresh" && !strings.HasSuffix(s.name, "-old") && s.name != "join-closed" {
			assert.EqualValues(r.t, 200, r.status, "%s: %s", s.name, path)
		}
		found[s.name] = path
		r.measure(s.name+"-"+r.who, lang, lang == "id", sum)
	}
}

// find answers the address of a sight.
func (r *round) find(s sight, at, found map[string]string) string {
	if thing, ok := strings.CutPrefix(s.at, "="); ok {
		require.NotEmpty(r.t, at[thing], "furnish makes no %s", thing)
		return at[thing]
	}
	before, link, ok := strings.Cut(s.at, ": ")
	if !ok {
		return s.at
	}
	if found[before] == "" {
		i := slices.IndexFunc(sights, func(x sight) bool { return x.name == before })
		found[before] = r.find(sights[i], at, found)
	}
	r.page(found[before])
	link, more, _ := strings.Cut(link, "?")
	href := ask[string](r.visitor, `(e => e?.getAttribute('href') ?? e?.getAttribute('action')?.replace('/remove', '/leave') ?? '')(document.querySelector($1))`, link)
	require.NotEmpty(r.t, href, "%s has no link for %s", found[before], s.name)
	if more != "" {
		href += "?" + more
	}
	return href
}
