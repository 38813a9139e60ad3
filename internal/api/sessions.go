package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/identity"
)

// Session is an open session: its token is shown once.
type Session struct {
	Token     string `json:"token"`
	Org       id.ID  `json:"org" doc:"The organisation that it acts for"`
	ExpiresAt string `json:"expires_at"`
}

// Me is who asks.
type Me struct {
	Person id.ID  `json:"person"`
	Name   string `json:"name"`
	Org    id.ID  `json:"org"`
	Orgs   []Role `json:"orgs" doc:"The organisations that you work for"`
	Kind   string `json:"kind"`
	Role   string `json:"role"`
	Lang   string `json:"lang"`
	Zone   string `json:"zone"`
}

// Role is a person's role in an organisation.
type Role struct {
	Person id.ID  `json:"person"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Org    id.ID  `json:"org"`
	Code   string `json:"org_code"`
	Kind   string `json:"org_kind"`
	Of     string `json:"org_name"`
	Role   string `json:"role"`
	// Called is the name of a role of the organisation's own.
	Called string `json:"role_name,omitempty" doc:"Of a role of the organisation's own"`
}

func roleWire(m identity.Membership) Role {
	return Role{m.Person, m.Name, m.Email, m.Org, m.OrgCode, m.OrgKind, m.OrgName, m.Role, m.RoleName}
}

func (a *API) sessions() {
	const tag = "Sessions"
	in := made(act("sign-in", "POST", "/sessions", tag, "Sign in"))
	in.Security = []map[string][]string{}
	in.Errors = []int{400, 401, 422, 429, 503}
	in.Middlewares = huma.Middlewares{rememberPeer}
	handle(a, in, a.signIn)
	handle(a, del("sign-out", "/sessions/current", tag, "Sign out: the token is worthless from now on"), a.signOut)
	handle(a, del("end-sessions", "/sessions", tag, "End all your other sessions; this one goes on"), a.endSessions)
	handle(a, post("change-password", "/me/password", tag, "Change your password; your other sessions end"), a.changePassword)
	handle(a, get("list-sessions", "/sessions", tag, "Your open sessions, the last used first"), a.openSessions)
	handle(a, del("end-session", "/sessions/{id}", tag, "End one of your sessions"), a.endSession)
	handle(a, post("step-up", "/me/step-up", tag, "Show once more that it is you: what answered step_up_required is then allowed for ten minutes"), a.stepUp)
	handle(a, get("me", "/me", tag, "Who you are, and for whom you act"), a.me)
	handle(a, put("switch-org", "/me/org", tag, "Act for another of your organisations"), a.switchOrg)
	handle(a, get("list-people", "/people", "People", "The people of your organisation"), a.listPeople)
	handle(a, put("set-role", "/people/{id}/role", "People", "Change a person's role; an empty one takes the person out"), a.setRole)
}

type peerKey struct{}

type peer struct{ ip, agent string }

// rememberPeer keeps where a sign-in comes from: it is slowed down by account and address.
func rememberPeer(c huma.Context, next func(huma.Context)) {
	f := humafiber.Unwrap(c)
	next(huma.WithValue(c, peerKey{}, peer{f.IP(), f.Get("User-Agent")}))
}

type signInIn struct {
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
		Code     string `json:"code,omitempty" doc:"Six figures of the authenticator app, or a recovery code; needed by those who have a second factor (sign_in.code_needed)"`
		Org      id.ID  `json:"org,omitempty" doc:"Which organisation to act for; your first when left out"`
	}
}

func (a *API) signIn(ctx context.Context, _ access.Actor, in *signInIn) (*struct{ Body Session }, error) {
	from, _ := ctx.Value(peerKey{}).(peer)
	token, s, err := a.Identity.SignIn(ctx, identity.SignIn{Code: in.Body.Code, Email: in.Body.Email, Password: in.Body.Password, Org: in.Body.Org, Kind: "api",
		IP: from.ip, Agent: from.agent})
	if err != nil {
		return nil, err
	}
	return &struct{ Body Session }{Session{token, s.Org, instant(s.Expires)}}, nil
}

func (a *API) signOut(ctx context.Context, who access.Actor, _ *struct{}) (*struct{}, error) {
	return nil, a.Identity.SignOut(ctx, who)
}

func (a *API) endSessions(ctx context.Context, who access.Actor, _ *struct{}) (*struct{}, error) {
	return nil, a.Identity.EndSessions(ctx, who)
}

type passwordIn struct {
	Body struct {
		Old string `json:"old_password"`
		New string `json:"password" doc:"8 to 128 characters"`
	}
}

func (a *API) changePassword(ctx context.Context, who access.Actor, in *passwordIn) (*struct{}, error) {
	return nil, a.Identity.ChangePassword(ctx, who, in.Body.Old, in.Body.New)
}

func (a *API) me(ctx context.Context, who access.Actor, _ *struct{}) (*struct{ Body Me }, error) {
	all, err := a.Identity.Memberships(ctx, who)
	if err != nil {
		return nil, err
	}
	m := Me{Person: who.Person, Name: who.Name, Org: who.Org, Kind: who.Kind, Role: who.Role, Lang: who.Lang, Zone: who.Zone,
		Orgs: whole(all, roleWire).Body.Items}
	return &struct{ Body Me }{m}, nil
}

type switchIn struct {
	Body struct {
		Org id.ID `json:"org"`
	}
}

func (a *API) switchOrg(ctx context.Context, who access.Actor, in *switchIn) (*struct{}, error) {
	return nil, a.Identity.SwitchOrg(ctx, who, in.Body.Org)
}

func (a *API) listPeople(ctx context.Context, who access.Actor, in *Paging) (*page[Role], error) {
	p, err := a.Identity.People(ctx, who, in.query())
	if err != nil {
		return nil, err
	}
	return listed(p, roleWire), nil
}

type setRoleIn struct {
	ByID
	Body struct {
		Role string `json:"role"`
	}
}

func (a *API) setRole(ctx context.Context, who access.Actor, in *setRoleIn) (*struct{}, error) {
	if in.Body.Role == "" { // out of the organisation: what is open is handed over first
		return nil, a.People.Remove(ctx, who, key(ctx), in.ID.ID, 0)
	}
	return nil, a.Identity.SetRole(ctx, who, key(ctx), in.ID.ID, in.Body.Role)
}

// OpenSession is one of your sessions.
type OpenSession struct {
	ID      id.ID  `json:"id"`
	Kind    string `json:"kind" doc:"web or api"`
	Agent   string `json:"agent"`
	IP      string `json:"ip"`
	OrgName string `json:"org_name"`
	Opened  string `json:"opened_at"`
	Seen    string `json:"seen_at" doc:"Last used, to some five minutes"`
	Expires string `json:"expires_at"`
	Current bool   `json:"current"`
}

func (a *API) openSessions(ctx context.Context, who access.Actor, _ *struct{}) (*page[OpenSession], error) {
	all, err := a.Identity.Sessions(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, func(x identity.OpenSession) OpenSession {
		return OpenSession{x.ID, x.Kind, x.Agent, x.IP, x.OrgName, instant(x.Created), instant(x.Seen), instant(x.Expires), x.Current}
	}), nil
}

func (a *API) endSession(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	return nil, a.Identity.EndSession(ctx, who, in.ID.ID)
}

type stepUpIn struct {
	Body struct {
		Password string `json:"password,omitempty" doc:"Where you have no second factor; wrong ones count as those of a sign-in"`
		Code     string `json:"code,omitempty" doc:"Six figures of the authenticator app, or a recovery code"`
	}
}

func (a *API) stepUp(ctx context.Context, who access.Actor, in *stepUpIn) (*struct{}, error) {
	return nil, a.Identity.StepUp(ctx, who, identity.Shown{Password: in.Body.Password, Code: in.Body.Code})
}
