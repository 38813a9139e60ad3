package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"saluran/internal/help"
	"saluran/internal/i18n"
)

const guideDir = "../../web/guide"

// What the pictures of the guide may weigh, for everybody carries them along: one, and all of them.
const onePicture, allPictures = 150_000, 3_000_000

var (
	guideShown   = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	guideHeading = regexp.MustCompile(`(?m)^(#+) `)
	guidePath    = regexp.MustCompile("`(/[^` ]*)`")
	guideLink    = regexp.MustCompile(`(!?)\[([^\]]*)\]\(([^)]+)\)`)
)

// guidePages are the pages of the guide in a language, by their file names.
func guidePages(t *testing.T, lang string) map[string]string {
	files, err := filepath.Glob(filepath.Join(guideDir, lang, "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		out[filepath.Base(f)] = string(b)
	}
	return out
}

// TestTheGuideIsTrue: what it calls by name is called so on the pages, each address that it names is one, each link and picture is there,
// and both languages say the same.
func TestTheGuideIsTrue(t *testing.T) {
	p := open(t)
	f, err := p.Handler()
	require.NoError(t, err)
	served := map[string]bool{}
	for _, r := range f.GetRoutes(true) {
		served[r.Path] = served[r.Path] || r.Method == http.MethodGet
	}
	id := guidePages(t, i18n.ID)
	for _, lang := range []string{i18n.ID, i18n.EN} {
		words := map[string]bool{}
		for _, k := range i18n.Keys(lang) {
			words[i18n.T(lang, k)] = true
		}
		pages := guidePages(t, lang)
		require.Len(t, pages, len(id))
		for name, text := range pages {
			require.Contains(t, id, name)
			assert.Equal(t, guideHeading.FindAllString(id[name], -1), guideHeading.FindAllString(text, -1), "%s has other parts in %s", name, lang)
			assert.Equal(t, len(guidePath.FindAllString(id[name], -1)), len(guidePath.FindAllString(text, -1)), "%s names other pages in %s", name, lang)
			for _, m := range guideShown.FindAllStringSubmatch(text, -1) {
				word := strings.Join(strings.Fields(m[1]), " ")
				assert.True(t, words[word], "%s in %s speaks of %q, which no page shows", name, lang, word)
			}
			for _, m := range guidePath.FindAllStringSubmatch(text, -1) {
				topic, isHelp := strings.CutPrefix(m[1], "/help/")
				_, there := help.Get(lang, topic)
				assert.True(t, isHelp && there || served[m[1]], "%s in %s names %s, where nothing is", name, lang, m[1])
			}
			linksHold(t, filepath.Join(lang, name), text)
		}
	}
}

// linksHold: files that a page links to are there, and a picture says in words what it shows.
func linksHold(t *testing.T, page, text string) {
	t.Helper()
	for _, m := range guideLink.FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[3], "://") {
			continue
		}
		_, err := os.Stat(filepath.Join(guideDir, filepath.Dir(page), m[3]))
		assert.NoError(t, err, "%s links to %s", page, m[3])
		assert.True(t, m[1] == "" || len(m[2]) > 12, "%s does not say what %s shows", page, m[3])
	}
}

// TestThePicturesOfTheGuide: each that is taken is shown, each that is shown is taken, and they are light.
func TestThePicturesOfTheGuide(t *testing.T) {
	weight := int64(0)
	for _, lang := range []string{i18n.ID, i18n.EN} {
		var shown, taken []string
		for name, text := range guidePages(t, lang) {
			for _, m := range guideLink.FindAllStringSubmatch(text, -1) {
				if m[1] == "!" {
					picture, ok := strings.CutPrefix(m[3], "../pictures/"+lang+"/")
					require.True(t, ok, "%s in %s shows %s", name, lang, m[3])
					shown = append(shown, strings.TrimSuffix(picture, ".webp"))
				}
			}
		}
		for _, x := range guideShots {
			taken = append(taken, x.name)
			s, err := os.Stat(filepath.Join(guideDir, "pictures", lang, x.name+".webp"))
			if assert.NoError(t, err, "make guide takes it") {
				assert.Less(t, s.Size(), int64(onePicture), x.name)
				weight += s.Size()
			}
		}
		slices.Sort(shown)
		assert.ElementsMatch(t, taken, slices.Compact(shown), lang)
		files, err := filepath.Glob(filepath.Join(guideDir, "pictures", lang, "*"))
		require.NoError(t, err)
		assert.Len(t, files, len(taken), "a picture in %s that nothing shows", lang)
	}
	assert.Less(t, weight, int64(allPictures), fmt.Sprint("the guide weighs ", weight))
	for _, readme := range []string{"../../README.md", filepath.Join(guideDir, "README.md")} {
		b, err := os.ReadFile(readme)
		require.NoError(t, err)
		at, err := filepath.Rel(guideDir, readme)
		require.NoError(t, err)
		linksHold(t, at, string(b))
	}
}
