package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/people"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) comerRoutes(get, post route) {
	get("/invitations", s.invitations)
	post("/invitations", s.invite)
	post("/invitations/:id/resend", s.resendInvite)
	post("/invitations/:id/withdraw", s.withdrawInvite)
	s.applicationRoutes(get, post)
	s.glassRoutes(get, post)
	s.dataRoutes(get, post)
	post("/partners/:id/representatives", s.setRepresentative)
}

func (s *Site) invitations(r *request) error {
	return s.invitationsPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) invitationsPage(r *request, back refusal) error {
	p, err := s.People.Invitations(r.ctx, r.a, r.query())
	if err != nil {
		return err
	}
	v := view.Invitations{Form: back.Form, Lang: r.lang}
	if v.Roles, err = s.roleOptions(r); err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range p.Items {
		v.Rows = append(v.Rows, view.InvitationRow{ID: x.ID.String(), Email: x.Email, Role: s.roleLabel(v.Roles, x.Role), By: x.InvitedBy, Expired: x.Status == "expired",
			Until: x.Expires, Sent: x.Sent, Version: x.Version})
	}
	sh := r.shell(r.t("invite.open"), "people", r.crumb("nav.home", "/"), r.crumb("nav.people", "/people"), kit.Crumb{Text: r.t("invite.open")})
	return r.html(back.Status, view.InvitationsPage(sh, v))
}

// roleLabel is the word of a role among those that can be given.
func (s *Site) roleLabel(all []kit.Option, role string) string {
	for _, o := range all {
		if o.Value == role {
			return o.Label
		}
	}
	return role
}

func (s *Site) invite(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "person", "manage"); err != nil {
		return err
	}
	f := r.reader()
	n := people.NewInvitation{Email: f.needed("email"), Role: f.needed("role"), Lang: f.text("lang")}
	err := f.err()
	if err == nil {
		_, err = s.People.Invite(r.ctx, r.a, r.auditKey(), n)
	}
	return s.invited(r, err, "invite.sent")
}

// invited goes on to the list after a write, or shows it with what is wrong.
func (s *Site) invited(r *request, err error, done string) error {
	if err == nil {
		return r.to("/invitations", done)
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.invitationsPage(r, alerted(back))
}

func (s *Site) resendInvite(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	_, err = s.People.Resend(r.ctx, r.a, r.auditKey(), no, r.reader().version())
	return s.invited(r, err, "invite.sent")
}

func (s *Site) withdrawInvite(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.invited(r, s.People.Withdraw(r.ctx, r.a, r.auditKey(), no, r.reader().version()), "invite.withdrawn")
}
