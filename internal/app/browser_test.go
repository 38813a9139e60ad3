package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/demo"
	"saluran/internal/httpx"
	"saluran/internal/mail"
)

// chromium is the browser of the walks; the test skips where there is none.
func chromium(t *testing.T) string {
	t.Helper()
	path := os.Getenv("SALURAN_TEST_CHROMIUM")
	if path == "" {
		t.Skip("SALURAN_TEST_CHROMIUM names no Chromium: the browser walks need one (make test sets it)")
	}
	return path
}

// walk is a served demonstration channel and a browser.
type walk struct {
	*app.App
	t   *testing.T
	url string
	ctx context.Context // of the browser
}

// newWalk loads three weeks of the demonstration, with the competitor in it.
func newWalk(t *testing.T) *walk {
	t.Setenv("SALURAN_DEV", "1") // the parts are a page, too
	return newDemo(t, 21, func(a *app.App) { dbtest.Plant(t, a.DB) })
}

// newDemo loads so many days of the demonstration (0: the whole of it), serves them, and starts Chromium.
func newDemo(t *testing.T, days int, before func(*app.App)) *walk {
	path := chromium(t)
	ctx, url := context.Background(), dbtest.Ready(t)
	today := clock.System{}.Now().In("Asia/Jakarta")
	_, err := demo.LoadWith(ctx, url, today, demo.Options{Days: days}, func(string, ...any) {})
	require.NoError(t, err)
	a, err := app.Open(ctx, app.Config{DB: url, Log: dbtest.Log(), Mail: &mail.Sink{}})
	require.NoError(t, err)
	before(a)
	l, err := httpx.Listen("127.0.0.1:0")
	require.NoError(t, err)
	serving, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(serving, l) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, a.Close())
	})
	w := &walk{App: a, t: t, url: "http://" + l.Addr().String()}
	w.ctx = launch(t, path)
	return w
}

func launch(t *testing.T, path string) context.Context {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.WindowSize(1440, 900),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "id"),
		chromedp.Flag("allow-pre-commit-input", true)) // else a click before the first frame is lost
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(ctx), "start Chromium")
	return ctx
}

// visitor is a person with a window and cookies of their own.
type visitor struct {
	*walk
	t      *testing.T
	ctx    context.Context
	who    string
	mu     sync.Mutex
	said   []string // what the console complained of
	status int64    // of the page that was opened last
	secret string   // of the authenticator app that was set up
}

// watchPolicy makes every page say aloud what its content policy has kept from running or loading, and where that stands.
const watchPolicy = `addEventListener('securitypolicyviolation', e => console.error('the content policy forbids ' + e.effectiveDirective + ': ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber + ' in ' +
	location.pathname + ' ' + (e.target?.outerHTML ?? '').slice(0, 160)), true)`

// visit opens a window in which nobody is signed in. When the test ends, its console must have had nothing to complain of.
func (w *walk) visit(t *testing.T) *visitor {
	ctx, stop := chromedp.NewContext(w.ctx, chromedp.WithNewBrowserContext())
	v := &visitor{walk: w, t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)))
	_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: watchPolicy})
	require.NoError(t, err)
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			v.hear(m)
		}
	}()
	t.Cleanup(func() {
		stop()
		v.mu.Lock()
		defer v.mu.Unlock()
		require.Empty(t, v.said, "the console of %s", v.who)
	})
	return v
}

// hear keeps what a console complains of, save that a page was answered with a status that the walk asked for.
func (v *visitor) hear(m chromedp.ConsoleMessage) {
	switch m.Type {
	case "error", "warning", chromedp.ConsoleException, "assert":
	default:
		return
	}
	if m.Source == "network" && strings.Contains(m.Text, "the server responded with a status of 4") {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said = append(v.said, fmt.Sprintf("%s %s: %s (%s)", m.Type, m.Source, m.Text, m.URL))
}

// do runs actions; none may take longer than half a minute.
func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, 30*time.Second)
	defer stop()
	require.NoError(v.t, chromedp.Do(ctx, steps...), "%s at %s", v.who, v.place())
}

func (v *visitor) place() string {
	ctx, stop := context.WithTimeout(v.ctx, 5*time.Second)
	defer stop()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	return at
}

// ask evaluates JavaScript in the page, with arguments as JSON values in place of $1, $2 …
func ask[T any](v *visitor, js string, args ...any) T {
	v.t.Helper()
	out, err := try[T](v, js, args...)
	require.NoError(v.t, err, "%s at %s: %s", v.who, v.place(), js)
	return out
}

func try[T any](v *visitor, js string, args ...any) (T, error) {
	for i, a := range args {
		b, _ := json.Marshal(a)
		js = strings.ReplaceAll(js, fmt.Sprintf("$%d", i+1), string(b))
	}
	ctx, stop := context.WithTimeout(v.ctx, 10*time.Second)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js))
}

// open goes to a path, and remembers the status of the answer.
func (v *visitor) open(path string) {
	v.t.Helper()
	before := v.origin()
	ctx, stop := context.WithTimeout(v.ctx, 30*time.Second)
	defer stop()
	res, err := chromedp.Run(ctx, chromedp.NavigateResponse(v.url+path))
	require.NoError(v.t, err, "%s opens %s", v.who, path)
	v.status = res.Status
	v.until("the page that was opened", `performance.timeOrigin !== $1 && document.readyState === 'complete'`, before) // not the one that is being left
}

// origin tells one loaded page from the next. A window that does not answer is asked again: without it, the page that is being left would
// pass for the one that was opened.
func (v *visitor) origin() float64 {
	v.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		at, err := try[float64](v, `performance.timeOrigin`)
		if err == nil && at > 0 {
			return at
		}
		require.True(v.t, time.Now().Before(end), "%s at %s: the window does not answer: %v", v.who, v.place(), err)
	}
}

// page opens a path that must be there.
func (v *visitor) page(path string) {
	v.t.Helper()
	v.open(path)
	require.EqualValues(v.t, 200, v.status, "%s opens %s: %s", v.who, path, v.text("main"))
}

// text is what one reads in the first element that selector finds.
func (v *visitor) text(selector string) string {
	v.t.Helper()
	return ask[string](v, `document.querySelector($1)?.innerText ?? ''`, selector)
}

func (v *visitor) sees(words ...string) {
	v.t.Helper()
	body := v.text("body")
	for _, w := range words {
		require.Contains(v.t, body, w, "%s at %s", v.who, v.place())
	}
}

// fill types into the field of that name in the form that marks, the first form where "", once it takes what is typed.
func (v *visitor) fill(form, name, value string) {
	v.t.Helper()
	v.until("the field "+name, `!document.querySelector($1 + ' [name="' + $2 + '"]:not([type=hidden]):disabled')`, form, name)
	found := ask[bool](v, `(() => { const f = document.querySelector($1 + ' [name="' + $2 + '"]:not([type=hidden])'); if (!f) return false;
		f.focus(); if (f.type === 'checkbox') f.checked = $3 === '1'; else f.value = $3;
		f.dispatchEvent(new Event('input', {bubbles: true})); f.dispatchEvent(new Event('change', {bubbles: true})); return f.value === $3 || f.type === 'checkbox'; })()`,
		form, name, value)
	require.True(v.t, found, "%s at %s: no field %q in %q, or it does not take %q", v.who, v.place(), name, form, value)
}

// press clicks the visible button, link or summary that reads so, and waits for the page that follows.
func (v *visitor) press(words string) { v.t.Helper(); v.pressIn("body", words) }

func (v *visitor) pressIn(within, words string) {
	v.t.Helper()
	before := ask[float64](v, `performance.timeOrigin`)
	v.click(within, words)
	until := time.Now().Add(20 * time.Second)
	for {
		now, err := try[float64](v, `document.readyState === 'complete' ? performance.timeOrigin : 0`)
		if err == nil && now != 0 && now != before {
			return
		}
		require.True(v.t, time.Now().Before(until), "%s pressed %q at %s: no page followed: %s", v.who, words, v.place(), v.text("main"))
		time.Sleep(15 * time.Millisecond)
	}
}

// click clicks the visible button, link or summary that reads so, as a mouse does.
func (v *visitor) click(within, words string) {
	v.t.Helper()
	found := ask[bool](v, `(() => { document.querySelectorAll('[data-walk]').forEach(e => e.removeAttribute('data-walk'));
		const all = [...document.querySelectorAll($1)].flatMap(e => [...e.querySelectorAll('button,a,summary')]).filter(e => e.checkVisibility());
		const hit = all.find(e => e.innerText.trim() === $2) ?? all.find(e => e.innerText.includes($2));
		hit?.setAttribute('data-walk', ''); hit?.scrollIntoView({block: 'center', behavior: 'instant'}); return !!hit; })()`, within, words)
	require.True(v.t, found, "%s at %s: nothing to press that reads %q in %q:\n%s", v.who, v.place(), words, within, v.text("main"))
	v.touch()
}

// touch clicks what is marked once it stands still: a page that has just been opened at a part of it still moves there.
func (v *visitor) touch() {
	v.t.Helper()
	at := func() string {
		return ask[string](v, `JSON.stringify(document.querySelector('[data-walk]').getBoundingClientRect())`)
	}
	before := at()
	for end := time.Now().Add(10 * time.Second); ; {
		time.Sleep(20 * time.Millisecond)
		now := at()
		if now == before {
			break
		}
		require.True(v.t, time.Now().Before(end), "%s at %s: what is to be pressed does not stand still", v.who, v.place())
		before = now
	}
	v.do(chromedp.Click(chromedp.CSS("[data-walk]")))
}

// until waits for an expression to become true.
func (v *visitor) until(what, js string, args ...any) {
	v.t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		if ok, err := try[bool](v, js, args...); err == nil && ok {
			return
		}
		require.True(v.t, time.Now().Before(end), "%s at %s waits for %s: %s", v.who, v.place(), what, v.text("main"))
		time.Sleep(25 * time.Millisecond)
	}
}

// signIn signs somebody of the demonstration in, in a window of their own.
func (w *walk) signIn(t *testing.T, email string) *visitor {
	t.Helper()
	v := w.visit(t)
	v.enter(email)
	return v
}

func (v *visitor) enter(email string) {
	v.t.Helper()
	v.who = email
	v.page("/sign-in")
	v.fill("form.k-form", "email", email)
	v.fill("form.k-form", "password", demo.Password)
	v.pressIn("form.k-form", "")
	require.Equal(v.t, v.url+"/", v.place(), v.text("main"))
}

// picture keeps what the window shows, where SALURAN_TEST_PICTURES names a folder for that.
func (v *visitor) picture(name string) {
	dir := os.Getenv("SALURAN_TEST_PICTURES")
	if dir == "" {
		return
	}
	ctx, stop := context.WithTimeout(v.ctx, 20*time.Second)
	defer stop()
	// as high as the page is: what stays at an edge of the window stays at an edge of the picture
	size := ask[[2]int64](v, `[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]`)
	v.do(chromedp.EmulateViewport(size[0], size[1]))
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	v.do(chromedp.EmulateViewport(size[0], 900))
	require.NoError(v.t, err)
	require.NoError(v.t, os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644))
}
