package help_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"saluran/internal/help"
	"saluran/internal/i18n"
	"saluran/web/kit"
)

var (
	shown   = regexp.MustCompile(`\*\*(.+?)\*\*`)
	heading = regexp.MustCompile(`(?m)^(#+) `)
	link    = regexp.MustCompile(`href="([^"]*)"`)
)

// TestTopicsAreWholeInBothLanguages: each has the same parts in both, says how things are done and what to do when they are not, and
// calls what is on the screen by its name there.
func TestTopicsAreWholeInBothLanguages(t *testing.T) {
	words := map[string]map[string]bool{i18n.ID: {}, i18n.EN: {}}
	for lang, of := range words {
		for _, k := range i18n.Keys(lang) {
			of[i18n.T(lang, k)] = true
		}
	}
	parts := map[string][]string{i18n.ID: {"## Yang biasa dikerjakan\n", "## Arti kata\n", "## Bila ada yang salah\n"},
		i18n.EN: {"## What is usually done\n", "## What the words mean\n", "## When something goes wrong\n"}}
	id := help.All(i18n.ID)
	for lang, want := range parts {
		all := help.All(lang)
		require.Len(t, all, len(id))
		for i, x := range all {
			if x.Key != "words" { // which is nothing but meanings
				for _, p := range want {
					assert.Contains(t, x.Plain, p, "%s in %s", x.Key, lang)
				}
			}
			assert.Equal(t, heading.FindAllString(id[i].Plain, -1), heading.FindAllString(x.Plain, -1), "%s has other parts in %s", x.Key, lang)
			assert.NotEmpty(t, x.Title)
			assert.Greater(t, len(x.Lead), 40, "%s in %s says at once what it is about", x.Key, lang)
			for _, w := range shown.FindAllStringSubmatch(x.Plain, -1) {
				assert.True(t, words[lang][w[1]], "%s in %s speaks of %q, which no page shows", x.Key, lang, w[1])
			}
			assert.NotContains(t, x.HTML, "raw HTML omitted", x.Key)
		}
	}
}

// TestEveryLinkOfATopicLeadsToATopic that its reader may read.
func TestEveryLinkOfATopicLeadsToATopic(t *testing.T) {
	for _, lang := range []string{i18n.ID, i18n.EN} {
		for _, x := range help.All(lang) {
			var to []string
			for _, m := range link.FindAllStringSubmatch(x.HTML, -1) {
				to = append(to, m[1])
			}
			for _, s := range x.See {
				to = append(to, "/help/"+s)
			}
			for _, href := range to {
				key := strings.TrimPrefix(href, "/help/")
				_, ok := help.Get(lang, key)
				assert.True(t, ok || href == "/help" || key == help.Keyboard, "%s in %s leads to %s", x.Key, lang, href)
				assert.NotEqual(t, x.Key, key, "%s leads to itself", x.Key)
			}
		}
	}
}

// TestEveryPlaceOfTheMenuIsExplained, and every text is a topic's.
func TestEveryPlaceOfTheMenuIsExplained(t *testing.T) {
	told := map[string]bool{}
	for _, x := range help.All(i18n.ID) {
		for _, p := range x.Places {
			assert.False(t, told[p], "%s is explained twice", p)
			told[p] = true
		}
	}
	there := map[string]bool{}
	for _, kind := range []string{"producer", "distributor", "wholesaler", "agent", "retailer", "consumer", "carrier", "financier", "operator"} {
		for _, role := range []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer", "operator"} {
			for _, g := range kit.WithCommission(kit.Nav(kind, role)) {
				for _, i := range g.Items {
					there[i.Key] = true
					assert.True(t, told[i.Key], "no topic explains %s", i.Key)
					at, _, _ := strings.Cut(i.Href, "?")
					topic, ok := help.Of(at)
					require.True(t, ok, at)
					x, _ := help.Get(i18n.ID, topic)
					assert.True(t, slices.Contains(x.Places, i.Key), "%s is led to %q, which does not explain %s", at, topic, i.Key)
				}
			}
		}
	}
	for p := range told {
		assert.True(t, there[p], "nobody has %s in the menu", p)
	}
	files, err := os.ReadDir("text")
	require.NoError(t, err)
	for _, f := range files {
		key, _, _ := strings.Cut(f.Name(), ".")
		_, ok := help.Get(i18n.ID, key)
		assert.True(t, ok, "%s is no topic's", f.Name())
	}
}
