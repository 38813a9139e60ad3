package site

import (
	"net/http"
	"strconv"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/hook"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) hookRoutes(get, post route) {
	get("/keys", s.keys)
	post("/keys", s.makeKey)
	post("/keys/:id/rotate", s.rotateKey)
	post("/keys/:id/revoke", s.revokeKey)
	get("/webhooks", s.hooks)
	post("/webhooks", s.addHook)
	get("/webhooks/:id", s.hook)
	post("/webhooks/:id", s.changeHook)
	post("/webhooks/:id/rotate", s.rotateHook)
	post("/webhooks/:id/remove", s.removeHook)
	post("/webhooks/:id/test", s.testHook)
	post("/webhooks/:id/replay", s.replayHook)
	get("/webhooks/:id/deliveries/:delivery", s.sent)
	post("/webhooks/:id/deliveries/:delivery/replay", s.replaySent)
}

func (s *Site) keys(r *request) error { return s.keysPage(r, refusal{Status: http.StatusOK}, "") }

func (s *Site) keysPage(r *request, back refusal, secret string) error {
	all, err := s.Keys.List(r.ctx, r.a)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	v := view.Keys{Form: back.Form, Secret: secret}
	for _, k := range all {
		v.Rows = append(v.Rows, view.KeyRow{ID: k.ID.String(), Name: k.Name, Prefix: k.Prefix, Maker: k.Maker, Status: k.Status(now), Scopes: k.Scopes, Created: k.Created,
			Expires: k.Expires, Used: k.Used, OldUntil: k.OldEnds, Mine: k.Person == r.a.Person})
	}
	objects, actions := s.Gate.ScopeChoices()
	for _, obj := range objects {
		g := view.ScopeGroup{Object: obj}
		for _, act := range actions[obj] {
			c := obj + ":" + act
			g.Scopes = append(g.Scopes, view.Choice{Value: c, On: back.Form.Values["scope_"+c] == "1"})
		}
		v.Groups = append(v.Groups, g)
	}
	return r.html(back.Status, view.KeysPage(r.shell(r.t("nav.keys"), "keys"), v))
}

func (s *Site) makeKey(r *request) error {
	f := r.reader()
	n := identity.NewKey{Name: f.text("name"), Life: time.Duration(min(f.count("days"), 10_000)) * 24 * time.Hour}
	objects, actions := s.Gate.ScopeChoices()
	for _, obj := range objects {
		for _, act := range actions[obj] {
			if f.yes("scope_" + obj + ":" + act) {
				n.Scopes = append(n.Scopes, obj+":"+act)
			}
		}
	}
	err, secret := f.err(), ""
	if err == nil {
		_, secret, err = s.Keys.Make(r.ctx, r.a, r.auditKey(), n)
	}
	if err == nil {
		return s.keysPage(r, refusal{Status: http.StatusOK}, secret)
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "scopes" {
			return ""
		}
		return path
	})
	if !ok {
		return err
	}
	return s.keysPage(r, alerted(back), "")
}

func (s *Site) rotateKey(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	_, secret, err := s.Keys.Rotate(r.ctx, r.a, r.auditKey(), no, 0, 24*time.Hour)
	if err == nil {
		return s.keysPage(r, refusal{Status: http.StatusOK}, secret)
	}
	back, ok := r.refused(err, nowhere)
	if !ok {
		return err
	}
	return s.keysPage(r, alerted(back), "")
}

func nowhere(string) string { return "" }

func (s *Site) revokeKey(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.Keys.Revoke(r.ctx, r.a, r.auditKey(), no); err != nil {
		return err
	}
	return r.to("/keys", "key.revoked")
}

func (s *Site) hooks(r *request) error { return s.hooksPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) hooksPage(r *request, back refusal) error {
	all, err := s.Hooks.Endpoints(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Hooks{Form: back.Form, Topics: topicChoices(func(t string) bool { return back.Form.Values["topic_"+t] == "1" })}
	for _, e := range all {
		v.Rows = append(v.Rows, hookRow(e))
	}
	return r.html(back.Status, view.HooksPage(r.shell(r.t("nav.webhooks"), "webhooks"), v))
}

func topicChoices(on func(topic string) bool) (out []view.Choice) {
	for _, t := range hook.Topics {
		out = append(out, view.Choice{Value: t, On: on(t)})
	}
	return out
}

func hookRow(e hook.Endpoint) view.HookRow {
	return view.HookRow{ID: e.ID.String(), URL: e.URL, Status: e.Status, Reason: e.Reason, Topics: e.Topics, Failing: e.Failing, OldUntil: e.OldUntil, Fails: e.Fails,
		Version: strconv.FormatInt(e.Version, 10), Replays: e.Replays}
}

func (r *request) hookWanted() hook.Wanted {
	f := r.reader()
	w := hook.Wanted{URL: f.text("url"), Paused: f.yes("paused")}
	for _, t := range hook.Topics {
		if f.yes("topic_" + t) {
			w.Topics = append(w.Topics, t)
		}
	}
	return w
}

// onURL keeps what is wrong with the address at its field; the rest stands on top.
func onURL(path string) string {
	if path == "url" {
		return path
	}
	return ""
}

func (s *Site) addHook(r *request) error {
	e, secret, err := s.Hooks.Add(r.ctx, r.a, r.auditKey(), r.hookWanted())
	if err == nil {
		return s.hookPage(r, e, refusal{Status: http.StatusOK}, secret)
	}
	back, ok := r.refused(err, onURL)
	if !ok {
		return err
	}
	return s.hooksPage(r, alerted(back))
}

func (s *Site) oneHook(r *request) (hook.Endpoint, error) {
	no, err := r.id("id")
	if err != nil {
		return hook.Endpoint{}, err
	}
	return s.Hooks.Endpoint(r.ctx, r.a, no)
}

func (s *Site) hook(r *request) error {
	e, err := s.oneHook(r)
	if err != nil {
		return err
	}
	return s.hookPage(r, e, refusal{Status: http.StatusOK}, "")
}

func (s *Site) hookPage(r *request, e hook.Endpoint, back refusal, secret string) error {
	p, err := s.Hooks.Deliveries(r.ctx, r.a, e.ID, r.query("status", r.Query("status")))
	if err != nil {
		return err
	}
	v := view.Hook{HookRow: hookRow(e), Form: back.Form, Secret: secret, Today: r.today}
	v.Choices = topicChoices(func(t string) bool {
		if back.Form.Values != nil {
			return back.Form.Values["topic_"+t] == "1"
		}
		for _, x := range e.Topics {
			if x == t {
				return true
			}
		}
		return false
	})
	v.Next, v.First = r.pages(p.Next)
	for _, d := range p.Items {
		v.Log = append(v.Log, sentRow(d))
	}
	return r.html(back.Status, view.HookPage(r.shell(r.t("hook.one"), "webhooks", r.crumb("nav.webhooks", "/webhooks"), kit.Crumb{Text: r.t("hook.one")}), v))
}

func sentRow(d hook.Delivery) view.DeliveryRow {
	return view.DeliveryRow{ID: d.ID.String(), Message: d.Message, Topic: d.Topic, Status: d.Status, Problem: d.Problem, Attempts: d.Attempts, Code: d.Code, Created: d.Created, Next: d.Next}
}

// hookDo carries out a step on an endpoint and comes back to its page: with a message, or with what refused it.
func (s *Site) hookDo(r *request, done string, do func(e hook.Endpoint) error) error {
	e, err := s.oneHook(r)
	if err != nil {
		return err
	}
	if err := do(e); err != nil {
		back, ok := r.refused(err, func(path string) string {
			if path == "since" {
				return path
			}
			return onURL(path)
		})
		if !ok {
			return err
		}
		return s.hookPage(r, e, alerted(back), "")
	}
	return r.to("/webhooks/"+e.ID.String(), done)
}

func (s *Site) changeHook(r *request) error {
	return s.hookDo(r, "hook.changed", func(e hook.Endpoint) error {
		version, err := strconv.ParseInt(r.FormValue("version"), 10, 64)
		if err != nil || version <= 0 {
			return errs.New(errs.Conflict, "changed")
		}
		_, err = s.Hooks.Change(r.ctx, r.a, r.auditKey(), e.ID, version, r.hookWanted())
		return err
	})
}

func (s *Site) rotateHook(r *request) error {
	e, err := s.oneHook(r)
	if err != nil {
		return err
	}
	e, secret, err := s.Hooks.Rotate(r.ctx, r.a, r.auditKey(), e.ID, 0, 24*time.Hour)
	if err != nil {
		return err
	}
	return s.hookPage(r, e, refusal{Status: http.StatusOK}, secret)
}

func (s *Site) removeHook(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if err := s.Hooks.Remove(r.ctx, r.a, r.auditKey(), no); err != nil {
		return err
	}
	return r.to("/webhooks", "hook.removed")
}

func (s *Site) testHook(r *request) error {
	return s.hookDo(r, "hook.tested", func(e hook.Endpoint) error {
		_, err := s.Hooks.Test(r.ctx, r.a, r.auditKey(), e.ID)
		return err
	})
}

func (s *Site) replayHook(r *request) error {
	return s.hookDo(r, "hook.replays", func(e hook.Endpoint) error {
		f := r.reader()
		on := f.date("since")
		if on == "" {
			f.wrong("since", "site.required")
		}
		if err := f.err(); err != nil {
			return err
		}
		midnight := on.Noon(r.a.Zone).Add(-12 * time.Hour)
		_, err := s.Hooks.ReplaySince(r.ctx, r.a, r.auditKey(), e.ID, max(midnight, clock.Instant(1)))
		return err
	})
}

func (s *Site) sent(r *request) error { return s.sentPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) sentPage(r *request, back refusal) error {
	end, err := r.id("id")
	if err != nil {
		return err
	}
	no, err := r.id("delivery")
	if err != nil {
		return err
	}
	d, tries, err := s.Hooks.Delivery(r.ctx, r.a, end, no)
	if err != nil {
		return err
	}
	v := view.Sent{DeliveryRow: sentRow(d), Hook: end.String(), Body: d.Body, Form: back.Form}
	for _, t := range tries {
		v.Tries = append(v.Tries, view.Try{N: t.N, TookMS: t.TookMS, Code: t.Code, At: t.At, Problem: t.Problem, Excerpt: t.Excerpt})
	}
	return r.html(back.Status, view.SentPage(r.shell(r.t("topic."+d.Topic), "webhooks", r.crumb("nav.webhooks", "/webhooks"),
		r.crumb("hook.one", "/webhooks/"+end.String()), kit.Crumb{Text: d.Message}), v))
}

func (s *Site) replaySent(r *request) error {
	end, err := r.id("id")
	if err != nil {
		return err
	}
	no, err := r.id("delivery")
	if err != nil {
		return err
	}
	if _, err := s.Hooks.Replay(r.ctx, r.a, r.auditKey(), end, no); err != nil {
		back, ok := r.refused(err, nowhere)
		if !ok {
			return err
		}
		return s.sentPage(r, alerted(back))
	}
	return r.to("/webhooks/"+end.String()+"/deliveries/"+no.String(), "hook.replayed")
}

// broken tells the owner on the first page of webhooks that the portal has switched off.
func (s *Site) brokenHooks(r *request, v *view.Home) error {
	if !r.can(access.Own, "hook", "read") {
		return nil
	}
	n, err := s.Hooks.Broken(r.ctx, r.a)
	if err == nil && n > 0 {
		v.Todo = append(v.Todo, view.Todo{Tone: "bad", Icon: "alert-triangle", Title: r.t("home.todo_hooks", "n", i18n.Count(r.lang, n)), Sub: r.t("home.todo_hooks_sub"), Href: "/webhooks"})
	}
	return err
}
