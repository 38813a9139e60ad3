package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/partner"
	"saluran/internal/people"
)

// Application is an organisation that wants to join below another.
type Application struct {
	ID        id.ID             `json:"id"`
	Upstream  Party             `json:"upstream"`
	Channel   Party             `json:"channel"`
	Kind      string            `json:"kind"`
	Name      string            `json:"name"`
	TaxNo     string            `json:"tax_no"`
	NIB       string            `json:"nib,omitempty"`
	Address   string            `json:"address"`
	City      string            `json:"city"`
	Phone     string            `json:"phone"`
	Contact   string            `json:"contact"`
	Email     string            `json:"email"`
	Status    string            `json:"status" enum:"unconfirmed,new,asked,approved,refused,withdrawn"`
	Org       *id.ID            `json:"org,omitempty" doc:"That was made of it"`
	CreatedAt string            `json:"created_at"`
	ChangedAt string            `json:"changed_at"`
	Version   int64             `json:"version"`
	Notes     []ApplicationNote `json:"notes,omitempty"`
}

// ApplicationNote is what was said of an application.
type ApplicationNote struct {
	At   string `json:"at"`
	Step string `json:"step" enum:"applied,confirmed,asked,answered,approved,refused,withdrawn"`
	Said string `json:"said,omitempty"`
	Name string `json:"name,omitempty" doc:"The reviewer"`
}

func applicationWire(v people.Application) Application {
	w := Application{ID: v.ID, Upstream: Party{v.Upstream, v.UpstreamOrg}, Channel: Party{v.Channel, v.ChannelName}, Kind: v.Kind, Name: v.Name, TaxNo: v.TaxNo,
		NIB: v.Nib, Address: v.Address, City: v.City, Phone: v.Phone, Contact: v.Contact, Email: v.Email, Status: v.Status, CreatedAt: instant(v.Created),
		ChangedAt: instant(v.Changed), Version: v.Version}
	if v.Org != 0 {
		w.Org = &v.Org
	}
	for _, n := range v.Notes {
		w.Notes = append(w.Notes, ApplicationNote{instant(n.At), n.Step, n.Said, n.Name})
	}
	return w
}

func oneApplication(v people.Application, err error) (*one[Application], error) {
	if err != nil {
		return nil, err
	}
	return &one[Application]{httpx.ETag(v.Version), applicationWire(v)}, nil
}

func (a *API) applications() {
	const tag = "Applications"
	in := stranger("apply", "/join/applications", tag, "Apply to join below an organisation, on its public page; a letter asks you to confirm your address")
	in.DefaultStatus = http.StatusAccepted
	in.Middlewares = huma.Middlewares{rememberPeer}
	handle(a, in, a.askToJoin)
	handle(a, stranger("my-application", "/join/application", tag, "What became of your application"), a.myApplication)
	handle(a, stranger("confirm-application", "/join/application/confirm", tag, "Confirm that the address is yours"), a.confirmApplication)
	handle(a, stranger("answer-application", "/join/application/answer", tag, "Answer what was asked"), a.answerApplication)
	handle(a, stranger("withdraw-application", "/join/application/withdraw", tag, "Take your application back"), a.withdrawApplication)
	handle(a, get("list-applications", "/applications", tag, "Organisations that want to join below yours"), a.listApplications)
	handle(a, get("application", "/applications/{id}", tag, "An application"), a.application)
	handle(a, step("ask-application", "/applications/{id}/ask", tag, "Ask the applicant for more"), a.askApplication)
	handle(a, step("approve-application", "/applications/{id}/approve", tag, "Make the organisation, link it below yours, and invite its first owner"), a.approveApplication)
	handle(a, step("refuse-application", "/applications/{id}/refuse", tag, "Refuse an application for a reason"), a.refuseApplication)
	handle(a, get("list-doors", "/doors", tag, "The public pages on which organisations apply to yours"), a.doors)
	handle(a, put("set-door", "/doors/{id}", tag, "Open the public page of a channel under a new address, or close it"), a.setDoor)
}

type joinIn struct {
	Body struct {
		Door    string `json:"door" maxLength:"64" doc:"The last part of the public page's address"`
		Kind    string `json:"kind,omitempty" doc:"Where the tier takes several kinds"`
		Name    string `json:"name" maxLength:"200"`
		TaxNo   string `json:"tax_no" doc:"NPWP of 16 digits, or a person's NIK"`
		NIB     string `json:"nib,omitempty" doc:"13 digits"`
		Address string `json:"address"`
		City    string `json:"city"`
		Phone   string `json:"phone"`
		Contact string `json:"contact"`
		Email   string `json:"email"`
		Lang    string `json:"lang,omitempty" enum:"id,en"`
		Message string `json:"message,omitempty"`
	}
}

func (a *API) askToJoin(ctx context.Context, _ access.Actor, in *joinIn) (*struct{}, error) {
	from, _ := ctx.Value(peerKey{}).(peer)
	b := in.Body
	return nil, a.People.Apply(ctx, people.Apply{Door: b.Door, Kind: b.Kind, Name: b.Name, TaxNo: b.TaxNo, NIB: b.NIB, Address: b.Address, City: b.City,
		Phone: b.Phone, Contact: b.Contact, Email: b.Email, Lang: b.Lang, Message: b.Message, IP: from.ip})
}

func (a *API) myApplication(ctx context.Context, _ access.Actor, in *tokenIn) (*one[Application], error) {
	return oneApplication(a.People.Mine(ctx, in.Body.Token))
}

func (a *API) confirmApplication(ctx context.Context, _ access.Actor, in *tokenIn) (*struct{}, error) {
	return nil, a.People.Confirm(ctx, in.Body.Token)
}

type answerIn struct {
	Body struct {
		Token string `json:"token" maxLength:"64"`
		Said  string `json:"said"`
	}
}

func (a *API) answerApplication(ctx context.Context, _ access.Actor, in *answerIn) (*struct{}, error) {
	return nil, a.People.Answer(ctx, in.Body.Token, in.Body.Said)
}

func (a *API) withdrawApplication(ctx context.Context, _ access.Actor, in *tokenIn) (*struct{}, error) {
	return nil, a.People.Retract(ctx, in.Body.Token)
}

type applicationsIn struct {
	Paging
	Status string `query:"status" enum:"new,asked,approved,refused,withdrawn"`
}

func (a *API) listApplications(ctx context.Context, who access.Actor, in *applicationsIn) (*page[Application], error) {
	p, err := a.People.Applications(ctx, who, in.query("status", in.Status))
	return pageOf(p, err, applicationWire)
}

func (a *API) application(ctx context.Context, who access.Actor, in *ByID) (*one[Application], error) {
	return oneApplication(a.People.Application(ctx, who, in.ID.ID))
}

type saidIn struct {
	ByID
	Body struct {
		Said string `json:"said" doc:"The applicant reads it"`
	}
}

func (a *API) askApplication(ctx context.Context, who access.Actor, in *saidIn) (*one[Application], error) {
	return oneApplication(a.People.AskMore(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.Said))
}

func (a *API) refuseApplication(ctx context.Context, who access.Actor, in *saidIn) (*one[Application], error) {
	return oneApplication(a.People.Refuse(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.Said))
}

type approveIn struct {
	ByID
	Body struct {
		Code string `json:"code" maxLength:"32" doc:"Under which the organisation is known"`
	}
}

func (a *API) approveApplication(ctx context.Context, who access.Actor, in *approveIn) (*one[Application], error) {
	return oneApplication(a.People.Approve(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.Code))
}

// Door is a public page on which organisations apply.
type Door struct {
	Channel Party  `json:"channel"`
	Open    bool   `json:"open"`
	Path    string `json:"path,omitempty" doc:"Of the page, while it is open"`
}

func doorWire(d people.Door) Door {
	w := Door{Channel: Party{d.Channel, d.ChannelName}, Open: d.Active}
	if d.Active {
		w.Path = "/join/" + d.Token
	}
	return w
}

func (a *API) doors(ctx context.Context, who access.Actor, _ *struct{}) (*page[Door], error) {
	all, err := a.People.Doors(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, doorWire), nil
}

type doorIn struct {
	ID   ref `path:"id" doc:"The channel's id"`
	Body struct {
		Open bool `json:"open"`
	}
}

func (a *API) setDoor(ctx context.Context, who access.Actor, in *doorIn) (*struct{ Body Door }, error) {
	d, err := a.People.SetDoor(ctx, who, key(ctx), in.ID.ID, in.Body.Open)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Door }{doorWire(d)}, nil
}

// Representative is who stands for an organisation towards its partner.
type Representative struct {
	Side       string `json:"side" enum:"ours,theirs"`
	Duty       string `json:"duty" enum:"sales,purchasing,field,finance,service"`
	Person     id.ID  `json:"person"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	Cover      *Party `json:"cover,omitempty" doc:"Who does it meanwhile; of the other side, only while it is so"`
	CoverFrom  string `json:"cover_from,omitempty"`
	CoverUntil string `json:"cover_until,omitempty" doc:"The last day"`
	Version    int64  `json:"version,omitempty"`
}

func representativeWire(side string) func(partner.Representative) Representative {
	return func(r partner.Representative) Representative {
		w := Representative{Side: side, Duty: r.Duty, Person: r.Person, Name: r.Name, Email: r.Email, Cover: maybe(r.Cover, r.CoverName), Version: r.Version}
		if r.Cover != 0 {
			w.CoverFrom, w.CoverUntil = string(r.CoverFrom), string(r.CoverUntil)
		}
		return w
	}
}

func (a *API) representatives() {
	const tag = "Partners"
	handle(a, get("list-representatives", "/orgs/{id}/representatives", tag, "Who stands for you towards a partner, and for the partner towards you"), a.listRepresentatives)
	handle(a, put("set-representative", "/orgs/{id}/representatives", tag, "Name who stands for you towards a partner, and who does so meanwhile; nobody where the person is left out"), a.setRepresentative)
}

func (a *API) listRepresentatives(ctx context.Context, who access.Actor, in *ByID) (*page[Representative], error) {
	ours, theirs, err := a.Partner.Representatives(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	out := whole(ours, representativeWire("ours"))
	out.Body.Items = append(out.Body.Items, whole(theirs, representativeWire("theirs")).Body.Items...)
	return out, nil
}

type representativeIn struct {
	ByID
	Body struct {
		Duty       string `json:"duty" enum:"sales,purchasing,field,finance,service"`
		Person     id.ID  `json:"person,omitempty"`
		Cover      id.ID  `json:"cover,omitempty"`
		CoverFrom  string `json:"cover_from,omitempty"`
		CoverUntil string `json:"cover_until,omitempty"`
	}
}

func (a *API) setRepresentative(ctx context.Context, who access.Actor, in *representativeIn) (*struct{}, error) {
	var r reader
	b := in.Body
	n := partner.SetRepresentative{Key: key(ctx), Partner: in.ID.ID, Duty: b.Duty, Person: b.Person, Cover: b.Cover,
		CoverFrom: r.date("cover_from", b.CoverFrom), CoverUntil: r.date("cover_until", b.CoverUntil), Version: httpx.Of(ctx).IfMatch}
	if err := r.err(); err != nil {
		return nil, err
	}
	return nil, a.Partner.SetRepresentative(ctx, who, n)
}
