package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/identity"
)

// ownData is for people without a session in which the portal knows them: who has left every organisation, or signs in by an
// organisation's provider alone.
func (a *API) ownData() {
	const tag = "People"
	op := func(id, path, summary string) huma.Operation {
		o := stranger(id, path, tag, summary)
		o.Middlewares = huma.Middlewares{rememberPeer}
		return o
	}
	ask := op("ask-own-data", "/own-data/letter", "Have a letter with a link to your data sent to your address: for people who belong to no organisation, too")
	ask.DefaultStatus = http.StatusAccepted
	handle(a, ask, a.askOwnData)
	handle(a, op("own-data", "/own-data", "Everything that the portal knows of you, by the link of a letter"), a.dataByLetter)
	handle(a, op("erase-own-data", "/own-data/erase", "Erase your data and close your account, by the link of a letter"), a.eraseByLetter)
}

type askOwnDataIn struct {
	Body struct {
		Email string `json:"email" maxLength:"200"`
	}
}

func (a *API) askOwnData(ctx context.Context, _ access.Actor, in *askOwnDataIn) (*struct{}, error) {
	from, _ := ctx.Value(peerKey{}).(peer)
	return nil, a.Identity.AskOwnData(ctx, in.Body.Email, identity.From{IP: from.ip})
}

type ownDataIn struct {
	Body struct {
		Token string `json:"token" maxLength:"64" doc:"The last part of the link"`
		Code  string `json:"code,omitempty" maxLength:"32" doc:"Six figures of the authenticator app, or a recovery code: where you have a second factor"`
	}
}

func (a *API) dataByLetter(ctx context.Context, _ access.Actor, in *ownDataIn) (*page[DataSection], error) {
	from, _ := ctx.Value(peerKey{}).(peer)
	all, err := a.People.DataByLetter(ctx, in.Body.Token, in.Body.Code, from.ip)
	if err != nil {
		return nil, err
	}
	return whole(all, dataSection), nil
}

func (a *API) eraseByLetter(ctx context.Context, _ access.Actor, in *ownDataIn) (*struct{}, error) {
	from, _ := ctx.Value(peerKey{}).(peer)
	return nil, a.People.EraseByLetter(ctx, in.Body.Token, in.Body.Code, from.ip)
}
