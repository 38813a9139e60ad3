package site

import (
	"net/http"

	"saluran/internal/errs"
	"saluran/web/view"
)

// account is what somebody may do with the own account, whatever the role.
func (s *Site) account(r *request) error { return s.accountPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) accountPage(r *request, back refusal) error {
	mine, err := s.Identity.Memberships(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Account{Name: r.a.Name, Form: back.Form, Vouched: r.a.Vouched}
	for _, m := range mine {
		v.Email = m.Email
	}
	v.Conflict, v.Org = back.Conflict, r.a.OrgName
	if v.CanLeave = r.a.Glass == 0; v.CanLeave {
		if v.Heirs, err = s.heirs(r, r.a.Person); err != nil {
			return err
		}
	}
	return r.html(back.Status, view.AccountPage(r.shell(r.t("account.title"), ""), v))
}

func (s *Site) changePassword(r *request) error {
	old, fresh := r.FormValue("old_password"), r.FormValue("password")
	var err error
	if fresh != r.FormValue("again") {
		err = errs.OnFields("invalid_fields", errs.F("again", "person.passwords_differ"))
	} else {
		err = s.Identity.ChangePassword(r.ctx, r.a, old, fresh)
	}
	if err == nil {
		return r.to("/account", "account.password")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	for _, name := range []string{"old_password", "password", "again"} { // what was typed does not travel back
		delete(back.Form.Values, name)
	}
	return s.accountPage(r, alerted(back))
}

func (s *Site) endSessions(r *request) error {
	if err := s.Identity.EndSessions(r.ctx, r.a); err != nil {
		return err
	}
	return r.to("/account", "account.sessions")
}
