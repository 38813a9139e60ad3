package site

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/jobs"
	"saluran/internal/list"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) oneJob(r *request) (jobs.Job, error) {
	no, err := r.id("id")
	if err != nil {
		return jobs.Job{}, err
	}
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "job", "read"); err != nil {
		return jobs.Job{}, err
	}
	return s.Jobs.Job(r.ctx, r.a.Org, no)
}

func (s *Site) jobPart(r *request) error {
	j, err := s.oneJob(r)
	if err != nil {
		return err
	}
	return r.html(http.StatusOK, view.JobPart(r.job(j)))
}

// Timing of a job's stream: looked at twice a second, kept alive every quarter of a minute, ended after half an hour (the
// browser connects again, and is told the state as it is then). Whether its reader still may is asked every recheck.
const (
	recheck    = 10 * time.Second
	maxRecheck = 30 * time.Second
	lookEvery  = 500 * time.Millisecond
	pingEvery  = 15 * time.Second
	streamFor  = 30 * time.Minute
)

// jobStream tells how a job goes on: first the state as it is, then every change, then that it is done.
func (s *Site) jobStream(r *request) error {
	j, err := s.oneJob(r)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, "text/event-stream")
	r.Set(fiber.HeaderCacheControl, "no-cache")
	r.Set("X-Accel-Buffering", "no")
	ctx := kit.With(s.Stopping, kit.Of(r.ctx)) // the request's own context ends before the stream does
	token, page := strings.Clone(r.Cookies(s.cookieName("session"))), *r
	page.ctx = ctx
	return r.SendStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, streamFor)
		defer cancel()
		s.follow(ctx, w, &page, token, j)
	})
}

// still tells whether the reader of a stream is who opened it, in the same organisation, and may still read jobs there.
func (s *Site) still(ctx context.Context, r *request, token string) bool {
	a, _, err := s.Identity.Actor(ctx, token)
	return err == nil && a.Session == r.a.Session && a.Org == r.a.Org && a.Glass == r.a.Glass && s.Gate.Require(ctx, a, access.Own, "job", "read") == nil
}

func (s *Site) follow(ctx context.Context, w *bufio.Writer, r *request, token string, j jobs.Job) {
	tick := time.NewTicker(min(lookEvery, s.Recheck))
	defer tick.Stop()
	shown, at := "", time.Now()
	asked := at
	for {
		var b bytes.Buffer
		if err := view.JobPart(r.job(j)).Render(ctx, &b); err != nil {
			return
		}
		switch {
		case b.String() != shown:
			shown, at = b.String(), time.Now()
			fmt.Fprintf(w, "data: %s\n\n", strings.ReplaceAll(shown, "\n", "\ndata: "))
		case time.Since(at) > pingEvery:
			at = time.Now()
			fmt.Fprint(w, ": still here\n\n")
		}
		if j.Status.Ended() {
			fmt.Fprint(w, "event: done\ndata: ok\n\n")
		}
		if w.Flush() != nil || j.Status.Ended() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Since(asked) >= s.Recheck {
			if asked = time.Now(); !s.still(ctx, r, token) {
				return
			}
		}
		next, err := s.Jobs.Job(ctx, r.a.Org, j.ID)
		if err != nil {
			return
		}
		j = next
	}
}

// file sends a workbook that a job made: to those who might have asked for it themselves.
func (s *Site) file(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	j, err := s.exported(r, no)
	if err != nil {
		return err
	}
	f, body, err := s.Jobs.ExportFile(r.ctx, r.a, j.ID)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, f.Media)
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="`+strings.NewReplacer(`"`, "", "\r", "", "\n", "").Replace(f.Name)+`"`)
	r.Set(fiber.HeaderETag, f.ETag())
	return r.SendStream(body, int(f.Size))
}

// exported is the job that made a file.
func (s *Site) exported(r *request, file id.ID) (jobs.Job, error) {
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{"kind": jobs.ExportKind}}
	for {
		p, err := s.jobs(r, q)
		if err != nil {
			return jobs.Job{}, err
		}
		for _, j := range p.Items {
			if j.File == file {
				return j, nil
			}
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return jobs.Job{}, errs.Gone()
		}
	}
}
