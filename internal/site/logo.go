package site

import (
	"bytes"
	"io"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/partner"
)

func (s *Site) logoRoutes(get, post route) {
	get("/logos/:id", s.logo)
	post("/organisation/logo", s.setLogo)
	post("/organisation/logo/remove", s.removeLogo)
}

// logo is the picture of an organisation that the reader sees. Its address changes with it, so that a browser may keep it.
func (s *Site) logo(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Partner.Logo(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	err = httpx.Send(r.Ctx, httpx.Sent{Media: files.PNG, Disposition: files.Disposition("logo.png", files.PNG, true), ETag: x.Tag(), Size: int64(len(x.Bytes)),
		Open: func(at int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(x.Bytes[at:])), nil }})
	if r.Query("v") != "" {
		r.Set(fiber.HeaderCacheControl, "private, max-age=86400")
	}
	return err
}

// setLogo sets the logo of the own organisation.
func (s *Site) setLogo(r *request) error {
	u := partner.SetLogo{Key: r.auditKey(), Org: r.a.Org, Version: r.reader().version()}
	var err error = errs.OnFields("site.no_file", errs.F("picture", "site.no_file"))
	if sent := r.sentFiles("picture"); len(sent) > 0 {
		f, oerr := sent[0].Open()
		if oerr != nil {
			return errs.Wrap(errs.Invalid, "request.malformed", oerr)
		}
		defer f.Close()
		if u.Picture, err = io.ReadAll(io.LimitReader(f, partner.LogoBytes+1)); err == nil {
			u.Picture = append([]byte{}, u.Picture...) // none that is empty takes a logo away
		}
	}
	return s.logoAnswer(r, u, err, "logo.set")
}

// removeLogo takes the logo of the own organisation away.
func (s *Site) removeLogo(r *request) error {
	return s.logoAnswer(r, partner.SetLogo{Key: r.auditKey(), Org: r.a.Org, Version: r.reader().version()}, nil, "logo.removed")
}

func (s *Site) logoAnswer(r *request, u partner.SetLogo, err error, done string) error {
	if err == nil {
		if _, err = s.Partner.SetLogo(r.ctx, r.a, u); err == nil {
			return r.to("/organisation", done)
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	back = alerted(back)
	back.Form.Values = nil // of the other form nothing was sent
	return s.orgEdit(r, refusal{Status: back.Status}, back.Form)
}
