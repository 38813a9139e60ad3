package app_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// axe is the checker of accessibility, as npm installs it beside the build of the pages.
var axe = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	return string(b), err
})

// What a page may weigh that nothing of is known yet, in bytes as they come over the line.
const (
	phonePage, deskPage, chartPage = 60_000, 110_000, 300_000
)

// figures are what the measures found, over all pages.
type figures struct {
	mu                         sync.Mutex
	loads, checks, faults      int
	axe, load                  time.Duration
	heaviest, heaviestPhone    float64
	heaviestAt, heaviestPhones string
}

func (f *figures) add(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// scale weighs what a window fetches, and knows when it has become quiet.
type scale struct {
	mu     sync.Mutex
	open   map[network.RequestID]bool
	bytes  float64
	charts bool
	wrong  []string // answers that could have been sent better
}

// hashed is the name of an asset that carries what it holds.
var hashed = regexp.MustCompile(`^/assets/[a-z0-9-]+\.[0-9a-f]{10}\.[a-z0-9]+$`)

// sent tells what is wrong with how an answer was sent: pages are not kept, assets for ever; both are compressed; a page lets run and
// load what the portal itself serves, and nothing inline.
func sent(r *network.Response) string {
	at, err := url.Parse(r.URL)
	if err != nil || at.Scheme == "data" {
		return ""
	}
	head := map[string]string{}
	for k, v := range r.Headers {
		head[strings.ToLower(k)] = fmt.Sprint(v)
	}
	packed := head["content-encoding"] != "" || strings.HasSuffix(at.Path, ".woff2") || strings.HasSuffix(at.Path, ".png") || strings.HasSuffix(at.Path, "/stream")
	switch policy := head["content-security-policy"]; {
	case !packed && r.Status == 200:
		return at.Path + " is not compressed"
	case strings.HasPrefix(at.Path, "/assets/") && (!hashed.MatchString(at.Path) || !strings.Contains(head["cache-control"], "immutable")):
		return at.Path + " cannot be kept: " + head["cache-control"]
	case strings.HasPrefix(r.MimeType, "text/html") && head["cache-control"] != "no-store":
		return at.Path + " may be kept: " + head["cache-control"]
	case strings.HasPrefix(r.MimeType, "text/html") && (!strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe")):
		return at.Path + " lets anything run: " + policy
	}
	return ""
}

func (s *scale) hear(ev any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if path, _, _ := strings.Cut(e.Request.URL, "?"); !strings.HasSuffix(path, "/stream") { // those do not end
			s.open[e.RequestID] = true
		}
		s.charts = s.charts || strings.Contains(e.Request.URL, "echarts")
	case *network.EventResponseReceived:
		if wrong := sent(e.Response); wrong != "" {
			s.wrong = append(s.wrong, wrong)
		}
	case *network.EventLoadingFinished:
		delete(s.open, e.RequestID)
		s.bytes += e.EncodedDataLength
	case *network.EventLoadingFailed:
		delete(s.open, e.RequestID)
	}
}

// begin empties the scale; end answers what lay on it when nothing was under way any more.
func (s *scale) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.bytes, s.charts, s.wrong = map[network.RequestID]bool{}, 0, false, nil
}

func (s *scale) end() (bytes float64, charts bool, wrong []string) {
	for quiet, until := 0, time.Now().Add(10*time.Second); quiet < 2 && time.Now().Before(until); time.Sleep(15 * time.Millisecond) {
		s.mu.Lock()
		if quiet++; len(s.open) > 0 {
			quiet = 0
		}
		bytes, charts, wrong = s.bytes, s.charts, slices.Clone(s.wrong)
		s.mu.Unlock()
	}
	return bytes, charts, wrong
}

// measured makes a window one whose pages are weighed, each as if nothing of it was known.
func (v *visitor) measured() *scale {
	v.t.Helper()
	s := &scale{}
	s.begin()
	_, err := chromedp.Call(v.ctx, network.Enable, network.EnableParams{})
	require.NoError(v.t, err)
	_, err = chromedp.Call(v.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	require.NoError(v.t, err)
	_, err = chromedp.Call(v.ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true}) // what a phone keeps would weigh nothing
	require.NoError(v.t, err)
	require.NoError(v.t, chromedp.Listen(v.ctx, s.hear))
	return s
}

// Rules whose answer depends on colours alone: a page that passed all others by day passes them by night.
const colours = `['color-contrast', 'link-in-text-block']`

// accessible holds the open page against WCAG 2.0 to 2.2, A and AA, and the best practices of axe, in one theme.
func (v *visitor) accessible(name, theme string, only string) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, 60*time.Second)
	defer stop()
	if !ask[bool](v, `'axe' in window`) {
		source, err := axe()
		require.NoError(v.t, err, "make assets installs axe-core")
		_, err = chromedp.Run(ctx, chromedp.Evaluate[int](source+"\n;0"))
		require.NoError(v.t, err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`(async () => { document.documentElement.dataset.bsTheme = '`+theme+`';
		const only = `+only+`;
		const r = await axe.run(document, {resultTypes: ['violations'], runOnly: only.length ? only : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']});
		return r.violations.map(x => x.id + ' (' + x.nodes.length + '): ' + x.nodes.slice(0, 3).map(n => n.target.join(' ') + ': ' + [...n.any, ...n.all, ...n.none].map(c => c.message).join('; ')).join(' | ')); })()`,
		chromedp.EvalAwaitPromise))
	require.NoError(v.t, err, "%s: axe in %s", name, v.place())
	assert.Empty(v.t, found, "%s (%s): %s", name, theme, v.place())
}

// upright looks at what every page has: one heading, a title, the language that was asked for, no word untranslated, no gap between Rp and figures.
func (v *visitor) upright(name, lang string) {
	v.t.Helper()
	v.until("its page", `document.readyState === 'complete' && !!document.body`)
	is := ask[struct{ Lang, Title, Body, Heading, Twice string }](v, `({Lang: document.documentElement.lang, Title: document.title, Body: document.body.innerText,
		Twice: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(' '), Heading: [...document.querySelectorAll('h1')].map(h => h.innerText).join(' + ')})`)
	assert.Equal(v.t, lang, is.Lang, name)
	assert.Regexp(v.t, `^[^·]*[^· ].* · Saluran$`, is.Title, name)
	assert.NotEmpty(v.t, is.Heading, "%s has no heading", name)
	assert.NotContains(v.t, is.Heading, " + ", "%s has several headings of the page", name)
	assert.Empty(v.t, is.Twice, "%s has ids twice", name)
	assert.NotRegexp(v.t, spacedRupiah, is.Body, name)
	assert.NotContains(v.t, is.Body, "NaN", name)
	for _, hit := range untranslated.FindAllString(is.Body, -1) {
		assert.True(v.t, wellCalled(name, hit), "%s shows %q", name, hit)
	}
}

// narrow holds the open page against widths: nothing scrolls sideways.
func (v *visitor) narrow(name string, width int64) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(width, 900))
	wide := ask[struct {
		Is, May int
		By      string
	}](v, `(() => { const d = document.documentElement, most = d.clientWidth, out = [];
		if (d.scrollWidth > most) for (const e of document.querySelectorAll('body *')) { const r = e.getBoundingClientRect();
			if (r.right > most + 1 && r.width && e.checkVisibility()) { let p = e.parentElement, in_ = false; for (; p && p !== document.body; p = p.parentElement) if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) in_ = true;
				if (!in_) out.push(e.tagName + '.' + (e.getAttribute('class') ?? '') + ' ' + Math.round(r.right)); } }
		return {Is: d.scrollWidth, May: most, By: out.slice(0, 4).join(' | ')}; })()`)
	assert.LessOrEqual(v.t, wide.Is, wide.May, "%s scrolls sideways at %d: %s", name, width, wide.By)
}

// measure holds the page that is open against all of it; axe looks at it where deep is asked for. Where pictures are asked for, it takes them.
func (v *visitor) measure(name, lang string, deep bool, sum *figures) {
	v.t.Helper()
	v.upright(name, lang)
	all := deep || os.Getenv("SALURAN_TEST_PICTURES") != ""
	for _, width := range []int64{1440, 390} {
		v.narrow(name, width)
		for _, theme := range []string{"light", "dark"} {
			if !all {
				continue
			}
			ask[string](v, `document.documentElement.dataset.bsTheme = $1`, theme)
			v.picture(fmt.Sprintf("%s-%s-%d-%s", name, lang, width, theme))
			if deep {
				only := "[]"
				if theme == "dark" {
					only = colours
				}
				began := time.Now()
				v.accessible(name, theme, only)
				sum.add(func() { sum.checks++; sum.axe += time.Since(began) })
			}
		}
	}
	v.narrow(name, 320)
	ask[string](v, `document.documentElement.dataset.bsTheme = 'light'`)
	v.do(chromedp.EmulateViewport(1440, 900))
}

// light holds the weight of the page that was opened against what such a page may weigh.
func (v *visitor) light(name, path string, s *scale, sum *figures) {
	v.t.Helper()
	bytes, charts, wrong := s.end()
	assert.Empty(v.t, wrong, name)
	most := float64(deskPage)
	switch {
	case charts, name == "kit": // every part in every state, and for developers
		most = chartPage
	case strings.HasPrefix(path, "/m/"):
		most = phonePage
	}
	assert.LessOrEqual(v.t, bytes, most, "%s weighs %.0f bytes", name, bytes)
	sum.add(func() {
		if most == phonePage && bytes > sum.heaviestPhone {
			sum.heaviestPhone, sum.heaviestPhones = bytes, name
		} else if most == deskPage && bytes > sum.heaviest {
			sum.heaviest, sum.heaviestAt = bytes, name
		}
	})
}

// steady holds how far things moved while the page came to be read, without anybody's doing, against what browsers call good.
func (v *visitor) steady(name string) {
	v.t.Helper()
	sum, by := v.moved()
	assert.Less(v.t, sum, 0.1, "%s moves while one reads it: %s", name, by)
}

// moved answers how far things moved on the page that is open, and which.
func (v *visitor) moved() (sum float64, by string) {
	v.t.Helper()
	is := ask[struct {
		Sum float64
		By  string
	}](v, `(() => { const o = new PerformanceObserver(() => {}), name = (n) => n instanceof Element ? n.tagName + '.' + n.getAttribute('class') + '#' + n.id : n?.parentElement?.className + ' ' + n?.data?.trim().slice(0, 30);
		o.observe({type: 'layout-shift', buffered: true});
		const all = o.takeRecords().filter(e => !e.hadRecentInput);
		return {Sum: all.reduce((sum, e) => sum + e.value, 0), By: all.map(e => Math.round(e.startTime) + ' ms ' + e.value.toFixed(3) + ': ' + e.sources.map(s => name(s.node) + ' ' + s.previousRect.y + '→' + s.currentRect.y).join(', ')).join(' | ')}; })()`)
	return is.Sum, is.By
}
