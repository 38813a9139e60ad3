package site

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/pulse"
	"saluran/internal/talk"
	"saluran/web/kit"
	"saluran/web/view"
)

// calm is the least time between two messages of a stream.
const calm = 250 * time.Millisecond

// news is what a page's stream tells: each tab has one, for all that is live on it.
type news struct {
	r     *request
	token string
	doc   talk.Doc // whose conversation the page shows; none: the zero value
	state string   // of that, as the page shows it
	bell  int64    // notices that wait, as the page says
}

// live is the stream of a page. It tells what is not on the page yet, first as it is now, then whenever it moves; a reader that does
// not wait for events is told once.
func (s *Site) live(r *request) error {
	n := news{r: r, doc: talk.Doc{Kind: strings.Clone(r.Query("kind")), ID: ref(r.Query("document"))}, state: strings.Clone(r.Query("state")), bell: number(r.Query("bell"))}
	if n.doc.Kind == "" && n.doc.ID == 0 {
		n.doc = talk.Doc{}
	} else if err := s.Talk.May(r.ctx, r.a, n.doc); err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "text/event-stream")
	r.Set(fiber.HeaderCacheControl, "no-cache")
	r.Set("X-Accel-Buffering", "no")
	if !strings.Contains(r.Get(fiber.HeaderAccept), "text/event-stream") {
		text, err := s.tell(r.ctx, &n)
		if err != nil {
			return err
		}
		return r.Status(http.StatusOK).SendString(text)
	}
	page := *r
	page.ctx = kit.With(s.Stopping, kit.Of(r.ctx)) // the request's own context ends before the stream does
	n.r, n.token = &page, strings.Clone(r.Cookies(s.cookieName("session")))
	return r.SendStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(page.ctx, streamFor)
		defer cancel()
		wait := s.Pulse.Wait(n.keys()...)
		defer wait.End()
		s.tellOn(ctx, w, &n, wait)
	})
}

// keys are what the stream waits for.
func (n *news) keys() []id.ID { return []id.ID{n.doc.ID, n.r.a.Person} }

// tellOn tells until nobody listens any more, or the reader may not.
func (s *Site) tellOn(ctx context.Context, w *bufio.Writer, n *news, wait *pulse.Waiter) {
	tick := time.NewTicker(min(pingEvery, s.Recheck))
	defer tick.Stop()
	asked, spoke := time.Now(), time.Time{}
	for {
		text, err := s.tell(ctx, n)
		if err != nil {
			return
		}
		if text == "" && time.Since(spoke) > pingEvery {
			text = ": still here\n\n"
		}
		if text != "" {
			spoke = time.Now()
			if fmt.Fprint(w, text); w.Flush() != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wait.C:
			select { // at most four a second
			case <-ctx.Done():
				return
			case <-time.After(calm):
			}
		}
		if time.Since(asked) >= s.Recheck {
			asked = time.Now()
			a, ok := s.stillHere(ctx, n.r, n.token)
			if !ok {
				return
			}
			n.r.a = a
		}
	}
}

// stillHere is who reads a stream, as it may read now: the same session, in the same organisation.
func (s *Site) stillHere(ctx context.Context, r *request, token string) (access.Actor, bool) {
	a, _, err := s.Identity.Actor(ctx, token)
	return a, err == nil && a.Session == r.a.Session && a.Org == r.a.Org && a.Glass == r.a.Glass
}

// tell is what is not on the page yet, as an event; "" where nothing is new.
func (s *Site) tell(ctx context.Context, n *news) (string, error) {
	var parts []templ.Component
	if n.doc != (talk.Doc{}) {
		c, err := s.Talk.Of(ctx, n.r.a, n.doc, 0)
		if err != nil {
			return "", err
		}
		if now := c.State(); now != n.state {
			n.state = now
			parts = append(parts, view.TalkNews(n.r.talkView(c)))
		}
	}
	waiting, err := s.Notices.Unread(ctx, n.r.a)
	if err != nil {
		return "", err
	}
	if waiting != n.bell {
		n.bell = waiting
		parts = append(parts, kit.BellNews(waiting))
	}
	var b bytes.Buffer
	for _, p := range parts {
		if err := p.Render(n.r.ctx, &b); err != nil {
			return "", errs.Wrap(errs.Internal, "internal", err)
		}
	}
	if b.Len() == 0 {
		return "", nil
	}
	return "data: " + strings.ReplaceAll(b.String(), "\n", "\ndata: ") + "\n\n", nil
}
