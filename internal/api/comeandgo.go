package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/people"
)

// Invitation asks somebody into your organisation; the link is in the letter alone.
type Invitation struct {
	ID        id.ID  `json:"id"`
	Email     string `json:"email"`
	Role      string `json:"role"`
	Status    string `json:"status" enum:"open,expired,accepted,withdrawn"`
	InvitedBy string `json:"invited_by"`
	Sent      int64  `json:"sent" doc:"How many letters were sent"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at"`
	Version   int64  `json:"version"`
}

func invitationWire(i people.Invitation) Invitation {
	return Invitation{i.ID, i.Email, i.Role, i.Status, i.InvitedBy, i.Sent, instant(i.Created), instant(i.Expires), i.Version}
}

func oneInvitation(i people.Invitation, err error) (*one[Invitation], error) {
	if err != nil {
		return nil, err
	}
	return &one[Invitation]{httpx.ETag(i.Version), invitationWire(i)}, nil
}

// stranger is an operation for somebody who is not signed in: what the body carries is the right.
func stranger(id, path, tag, summary string) huma.Operation {
	o := act(id, http.MethodPost, path, tag, summary)
	o.Security = []map[string][]string{}
	o.Errors = []int{400, 404, 409, 422, 429, 503}
	return o
}

func (a *API) comeAndGo() {
	const tag = "People"
	handle(a, made(post("invite", "/invitations", tag, "Invite somebody into your organisation by mail")), a.invite)
	handle(a, get("list-invitations", "/invitations", tag, "Invitations that nobody has taken up yet"), a.invitations)
	handle(a, step("resend-invitation", "/invitations/{id}/resend", tag, "Send a new link; the one before stops working"), a.resend)
	handle(a, step("withdraw-invitation", "/invitations/{id}/withdraw", tag, "Make the link of an invitation worthless"), a.withdraw)
	handle(a, stranger("invitation", "/join/invitation", tag, "What the link of an invitation says"), a.invited)
	in := stranger("accept-invitation", "/join/invitation/accept", tag, "Take up an invitation: with the password of the account, or a name and a password for a new one")
	in.Middlewares = huma.Middlewares{rememberPeer}
	handle(a, in, a.takeUp)
	handle(a, post("accept-invitation-signed-in", "/me/invitation", tag, "Take up an invitation to the address that you are signed in with"), a.acceptAs)
	handle(a, post("remove-person", "/people/{id}/remove", tag, "Take somebody out of your organisation; what is open goes to a colleague"), a.removePerson)
	handle(a, post("hand-over", "/people/{id}/hand-over", tag, "Give a colleague what somebody represents and works on"), a.handOver)
	handle(a, post("leave", "/me/leave", tag, "Leave the organisation that you act for"), a.leave)
	handle(a, get("my-data", "/me/data", tag, "Everything that the portal knows of you"), a.myData)
	handle(a, post("erase-me", "/me/erase", tag, "Erase your data and close your account; documents stay with their numbers and amounts"), a.eraseMe)
	handle(a, post("erase-consumer", "/orgs/{id}/erase", "Partners", "Erase the data of a consumer whom your organisation entered"), a.eraseConsumer)
	handle(a, made(post("break-glass", "/glass", "Operator", "Look into an organisation for some minutes, read-only; its owners are told at once")), a.breakGlass)
	handle(a, get("list-glass", "/glass", "Operator", "Looks of operators into your organisation; for an operator those that its people took"), a.looks)
	handle(a, post("mend-glass", "/glass/end", "Operator", "End your look into an organisation"), a.mendGlass)
	a.ownData()
	a.applications()
	a.representatives()
}

type inviteIn struct {
	Body struct {
		Email string `json:"email" maxLength:"200"`
		Role  string `json:"role" maxLength:"64"`
		Lang  string `json:"lang,omitempty" enum:"id,en" doc:"Of the letter, where the address is new to the portal; yours when left out"`
	}
}

func (a *API) invite(ctx context.Context, who access.Actor, in *inviteIn) (*one[Invitation], error) {
	lang := in.Body.Lang
	if lang == "" {
		lang = who.Lang
	}
	return oneInvitation(a.People.Invite(ctx, who, key(ctx), people.NewInvitation{Email: in.Body.Email, Role: in.Body.Role, Lang: lang}))
}

func (a *API) invitations(ctx context.Context, who access.Actor, in *Paging) (*page[Invitation], error) {
	p, err := a.People.Invitations(ctx, who, in.query())
	return pageOf(p, err, invitationWire)
}

func (a *API) resend(ctx context.Context, who access.Actor, in *ByID) (*one[Invitation], error) {
	return oneInvitation(a.People.Resend(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch))
}

func (a *API) withdraw(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	return nil, a.People.Withdraw(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch)
}

type tokenIn struct {
	Body struct {
		Token string `json:"token" maxLength:"64"`
	}
}

// Invited is what a link says.
type Invited struct {
	Org       string `json:"org"`
	Kind      string `json:"kind"`
	Role      string `json:"role"`
	Email     string `json:"email"`
	ExpiresAt string `json:"expires_at"`
}

func (a *API) invited(ctx context.Context, _ access.Actor, in *tokenIn) (*struct{ Body Invited }, error) {
	v, err := a.People.Invited(ctx, access.Actor{}, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Invited }{Invited{v.Org, v.Kind, v.Role, v.Email, instant(v.Expires)}}, nil
}

type acceptIn struct {
	Body struct {
		Token    string `json:"token" maxLength:"64"`
		Name     string `json:"name,omitempty" doc:"For a new account; an account that is there keeps its own"`
		Password string `json:"password" doc:"Of the account that the address has, or for a new one"`
		Code     string `json:"code,omitempty" maxLength:"32" doc:"Six figures of the authenticator app, or a recovery code: where the account of the address has a second factor"`
		Lang     string `json:"lang,omitempty" enum:"id,en"`
	}
}

func (a *API) takeUp(ctx context.Context, _ access.Actor, in *acceptIn) (*struct{}, error) {
	b := in.Body
	from, _ := ctx.Value(peerKey{}).(peer)
	return nil, a.People.Accept(ctx, people.Accept{Token: b.Token, Name: b.Name, Password: b.Password, Code: b.Code, Lang: b.Lang, IP: from.ip})
}

func (a *API) acceptAs(ctx context.Context, who access.Actor, in *tokenIn) (*struct{}, error) {
	return nil, a.People.AcceptAs(ctx, who, in.Body.Token)
}

type heirIn struct {
	ByID
	Body struct {
		Heir id.ID `json:"heir,omitempty" doc:"The colleague who goes on with what is open"`
	}
}

func (a *API) removePerson(ctx context.Context, who access.Actor, in *heirIn) (*struct{}, error) {
	return nil, a.People.Remove(ctx, who, key(ctx), in.ID.ID, in.Body.Heir)
}

func (a *API) handOver(ctx context.Context, who access.Actor, in *heirIn) (*struct{}, error) {
	return nil, a.People.HandOver(ctx, who, key(ctx), in.ID.ID, in.Body.Heir)
}

type leaveIn struct {
	Body struct {
		Heir id.ID `json:"heir,omitempty" doc:"The colleague who goes on with what is open"`
	}
}

func (a *API) leave(ctx context.Context, who access.Actor, in *leaveIn) (*struct{}, error) {
	return nil, a.People.Leave(ctx, who, key(ctx), in.Body.Heir)
}

// DataSection is one kind of what the portal knows of a person.
type DataSection struct {
	Name    string     `json:"name"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

func (a *API) myData(ctx context.Context, who access.Actor, _ *struct{}) (*page[DataSection], error) {
	all, err := a.People.MyData(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, dataSection), nil
}

func dataSection(s people.Section) DataSection {
	if s.Rows == nil {
		s.Rows = [][]string{}
	}
	return DataSection(s)
}

type eraseIn struct {
	Body struct {
		Password string `json:"password" doc:"Once more: nothing brings the account back"`
	}
}

func (a *API) eraseMe(ctx context.Context, who access.Actor, in *eraseIn) (*struct{}, error) {
	return nil, a.People.EraseMe(ctx, who, in.Body.Password)
}

func (a *API) eraseConsumer(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	return nil, a.People.EraseConsumer(ctx, who, key(ctx), in.ID.ID)
}

type glassIn struct {
	Body struct {
		Org     id.ID  `json:"org"`
		Reason  string `json:"reason" doc:"Its owners read it: 10 to 500 characters"`
		Minutes int64  `json:"minutes" doc:"5 to 240"`
	}
}

func (a *API) breakGlass(ctx context.Context, who access.Actor, in *glassIn) (*struct{}, error) {
	return nil, a.People.Break(ctx, who, key(ctx), in.Body.Org, in.Body.Reason, in.Body.Minutes)
}

// Look is a look of an operator into an organisation.
type Look struct {
	ID     id.ID  `json:"id"`
	Person string `json:"person"`
	Org    Party  `json:"org"`
	Reason string `json:"reason"`
	From   string `json:"from"`
	Until  string `json:"until"`
	Ended  string `json:"ended_at,omitempty"`
}

func (a *API) looks(ctx context.Context, who access.Actor, _ *struct{}) (*page[Look], error) {
	all, err := a.People.Looks(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, func(l people.Look) Look {
		return Look{l.ID, l.Person, Party{l.Org, l.OrgName}, l.Reason, instant(l.Since), instant(l.Until), instant(l.Ended)}
	}), nil
}

func (a *API) mendGlass(ctx context.Context, who access.Actor, _ *struct{}) (*struct{}, error) {
	return nil, a.People.Mend(ctx, who)
}
