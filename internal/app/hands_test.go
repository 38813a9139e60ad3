package app_test

import (
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"saluran/internal/demo"
)

// hands are somebody's who has a keyboard and no mouse. Wherever a key takes them, what has the focus must be seen to have it.
type hands struct{ *visitor }

// focus is what has the focus.
type focus struct {
	None  bool // nothing has
	Key   int  // tells elements apart
	Words string
	Name  string
	Tag   string
	Href  string
	Wrong string // why one does not see it
	Parts bool   // Tab goes through parts of it
}

// focusJS reads the focus: its words, and whether it is on the screen, marked, and not hidden behind what sticks to the edges.
const focusJS = `(() => { const e = document.activeElement; if (!e || e === document.body || e === document.documentElement) return {None: true};
	window.walked ??= new Map(); if (!walked.has(e)) walked.set(e, walked.size + 1);
	const r = e.getBoundingClientRect(), marked = (x, pseudo) => { const s = getComputedStyle(x, pseudo); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none' && !!pseudo; };
	const around = []; for (let p = e.parentElement, i = 0; p && i < 3; p = p.parentElement, i++) if (marked(p) || p.matches('form') && getComputedStyle(p).boxShadow.includes('inset')) around.push(p);
	let wrong = '';
	if (!e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) || r.width < 1 || r.height < 1) wrong = 'it is not visible';
	else if (!marked(e) && !marked(e, '::after') && !around.length && !(e.type === 'date' && window.walkedLast === e)) wrong = 'nothing marks it';
	else { const x0 = Math.max(r.left, 0), x1 = Math.min(r.right, innerWidth), y0 = Math.max(r.top, 0), y1 = Math.min(r.bottom, innerHeight);
		if (x1 - x0 < 1 || y1 - y0 < 1) wrong = 'it is out of the window';
		else if (![.5, .1, .9].some(a => [.5, .15, .85].some(b => { const h = document.elementFromPoint(x0 + (x1 - x0) * a, y0 + (y1 - y0) * b); return h && (e.contains(h) || h.contains(e) || [...(e.labels ?? [])].some(l => l.contains(h))); }))) wrong = 'it is covered: at ' + [x0, y0, x1, y1].map(Math.round) + ' there is ' + (h => h?.tagName + ' ' + h?.getAttribute('class'))(document.elementFromPoint((x0 + x1) / 2, (y0 + y1) / 2)); }
	window.walkedLast = e; // a date marks its parts, such as the calendar, by itself
	return {None: false, Key: walked.get(e), Words: (e.getAttribute('aria-label') ?? [...(e.labels ?? [])].map(l => l.innerText).join(' ') ?? '').trim() || (e.innerText ?? '').trim(), Name: e.name ?? '', Tag: e.tagName.toLowerCase(),
		Href: e.getAttribute('href') ?? '', Wrong: wrong, Parts: ['date', 'file', 'time', 'month'].includes(e.type)}; })()`

func (h hands) focus() focus { h.t.Helper(); return ask[focus](h.visitor, focusJS) }

// strike presses keys, one after the other, each as one press: what a page keeps from being typed is not typed.
func (h hands) strike(keys string, with ...chromedp.Modifier) {
	h.t.Helper()
	for _, r := range keys {
		all := kb.Encode(r)
		down, up := *all[0], *all[len(all)-1]
		for _, m := range with {
			down.Modifiers, up.Modifiers = down.Modifiers|int64(m), up.Modifiers|int64(m)
		}
		if down.Type = kb.KeyRawDown; len(all) == 3 && !slices.Contains(with, chromedp.ModifierCtrl) {
			down.Type, down.Text, down.UnmodifiedText = kb.KeyDown, all[1].Text, all[1].UnmodifiedText
		}
		for _, e := range []input.DispatchKeyEventParams{down, up} {
			_, err := chromedp.Call(h.ctx, input.DispatchKeyEvent, e)
			require.NoError(h.t, err, "%s at %s", h.who, h.place())
		}
	}
}

// tab goes one further, or back, and sees where it is.
func (h hands) tab(back bool) focus {
	h.t.Helper()
	if back {
		h.strike(kb.Tab, chromedp.ModifierShift)
	} else {
		h.strike(kb.Tab)
	}
	f := h.focus()
	require.Empty(h.t, f.Wrong, "%s at %s: the focus is on %s %q %s", h.who, h.place(), f.Tag, f.Words, f.Name)
	return f
}

// far is how many times somebody presses Tab who looks for something; who needs more will not find it.
const far = 220

// reach goes on with Tab until the focus is on what is sought. Where Tab stays on one thing it is a trap.
func (h hands) reach(what string, back bool, is func(focus) bool) focus {
	h.t.Helper()
	last, stays := h.focus(), 0
	var seen []string
	for range far {
		f := h.tab(back)
		if !f.None && is(f) {
			return f
		}
		if stays++; f.None || f.Key != last.Key || f.Parts && stays < 6 {
			if f.Key != last.Key {
				stays = 0
			}
		} else {
			require.Fail(h.t, "a trap", "%s at %s: Tab stays on %s %q", h.who, h.place(), f.Tag, f.Words)
		}
		last, seen = f, append(seen, f.Tag+" "+f.Name+" "+strings.ReplaceAll(f.Words, "\n", " "))
	}
	require.Fail(h.t, "not reached", "%s at %s: Tab does not come to %s, but to: %s", h.who, h.place(), what, strings.Join(slices.Compact(seen), " | "))
	return focus{}
}

// to goes to the link or button that reads so, field to the field of that name.
func (h hands) to(words string) focus {
	h.t.Helper()
	return h.reach(words, false, func(f focus) bool {
		return slices.Contains([]string{"a", "button", "summary"}, f.Tag) && strings.Contains(strings.Join(strings.Fields(f.Words), " "), words)
	})
}

func (h hands) back(words string) focus {
	h.t.Helper()
	return h.reach(words, true, func(f focus) bool {
		return slices.Contains([]string{"a", "button", "summary"}, f.Tag) && strings.Contains(strings.Join(strings.Fields(f.Words), " "), words)
	})
}

func (h hands) field(name string) focus {
	h.t.Helper()
	return h.reach("the field "+name, false, func(f focus) bool {
		return f.Name == name && slices.Contains([]string{"input", "select", "textarea"}, f.Tag)
	})
}

// write types over what stands in the field that has the focus.
func (h hands) write(text string) {
	h.t.Helper()
	h.strike("a", chromedp.ModifierCtrl)
	h.strike(text)
}

// choose goes through a list of choices with the arrows until that value is chosen.
func (h hands) choose(value string) {
	h.t.Helper()
	h.strike(kb.Home)
	for range 60 {
		if ask[string](h.visitor, `document.activeElement.value`) == value {
			return
		}
		h.strike(kb.ArrowDown)
	}
	require.Fail(h.t, "no such choice", "%s at %s: %s", h.who, h.place(), value)
}

// follows presses keys that lead to another page, and waits for it.
func (h hands) follows(keys string) {
	h.t.Helper()
	before := ask[float64](h.visitor, `performance.timeOrigin`)
	h.strike(keys)
	h.until("the page behind "+strings.TrimSpace(keys), `document.readyState === 'complete' && performance.timeOrigin !== $1`, before)
}

func (h hands) enter() { h.t.Helper(); h.follows(kb.Enter) }

// skip goes past the menu: the first Tab on each page offers that.
func (h hands) skip() {
	h.t.Helper()
	f := h.tab(false)
	require.Equal(h.t, "#content", f.Href, "the first thing on %s is the way to what it is about, and not %q", h.place(), f.Words)
	h.strike(kb.Enter)
}

// goes presses G and a letter.
func (h hands) goes(letter, path string) {
	h.t.Helper()
	h.strike("g")
	h.follows(letter)
	require.Equal(h.t, path, ask[string](h.visitor, `location.pathname + location.search`), "g %s", letter)
}

// comesIn signs somebody in by the keyboard.
func (w *walk) comesIn(v *visitor, email string) hands {
	v.t.Helper()
	h := hands{v}
	v.who = email
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	require.NoError(v.t, err) // pages jump to the focus then, and need not be waited for
	_, err = chromedp.Call(v.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	require.NoError(v.t, err) // each has a screen of their own, and none takes the keyboard from another
	v.page("/sign-in")
	h.field("email")
	h.strike(email)
	h.field("password")
	h.strike(demo.Password)
	h.enter()
	require.Equal(v.t, v.url+"/", v.place(), v.text("main"))
	return h
}

// rests waits until what was asked is answered, and tells where the focus is then.
func (h hands) rests(what, js string, args ...any) focus {
	h.t.Helper()
	h.until(what, `document.readyState === 'complete' && (`+js+`)`, args...)
	var f focus
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if f = h.focus(); !f.None || time.Now().After(end) {
			require.False(h.t, f.None, "%s at %s: after %s nothing has the focus", h.who, h.place(), what)
			require.Empty(h.t, f.Wrong, "%s at %s: after %s: %+v", h.who, h.place(), what, f)
			return f
		}
	}
}
