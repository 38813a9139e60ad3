package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/desk"
	"saluran/internal/httpx"
	"saluran/internal/id"
)

// SavedView is a view of a list that somebody keeps: its filters, as the query of the list's page.
type SavedView struct {
	ID      id.ID  `json:"id"`
	List    string `json:"list"`
	Name    string `json:"name"`
	Query   string `json:"query" doc:"As it stands behind the question mark of the page's address"`
	Team    bool   `json:"team" doc:"Everybody of your organisation sees it"`
	Mine    bool   `json:"mine"`
	Ended   string `json:"ended,omitempty" doc:"When it was taken away; it can be restored"`
	Version int64  `json:"version"`
}

// Preferences are what you have chosen for your lists.
type Preferences struct {
	SingleKeys bool                `json:"single_keys" doc:"Single keys do something on the pages"`
	FirstSteps bool                `json:"first_steps" doc:"The first steps stand on the first page"`
	Dense      bool                `json:"dense" doc:"Rows close together"`
	Without    map[string][]string `json:"without" doc:"By list, the columns that are left out"`
}

func (a *API) desk() {
	const tag = "Lists"
	handle(a, get("list-views", "/views", tag, "The saved views of a list that you see: yours and those of your team"), a.views)
	handle(a, made(post("save-view", "/views", tag, "Save a view of a list")), a.saveView)
	handle(a, change("change-view", "/views/{id}", tag, "Give a view another name, or share it with your team"), a.changeView)
	handle(a, step("end-view", "/views/{id}/end", tag, "Take a view away; it can be restored"), a.endView)
	handle(a, step("restore-view", "/views/{id}/restore", tag, "Bring a view back that was taken away"), a.restoreView)
	handle(a, get("preferences", "/me/preferences", tag, "What you have chosen for your lists and your keyboard"), a.preferences)
	handle(a, post("set-keys", "/me/preferences/keys", tag, "Switch single keys on or off"), a.setKeys)
	handle(a, post("set-first-steps", "/me/preferences/first-steps", tag, "Leave the first steps of your first page, or bring them back"), a.setFirstSteps)
	handle(a, post("set-columns", "/me/preferences/columns", tag, "Choose the columns of a list, and how close its rows stand"), a.setColumns)
}

func viewWire(v desk.View) SavedView {
	return SavedView{ID: v.ID, List: v.List, Name: v.Name, Query: v.Query, Team: v.Team, Mine: v.Mine, Ended: instant(v.Ended), Version: v.Version}
}

func oneView(v desk.View, err error) (*one[SavedView], error) {
	if err != nil {
		return nil, err
	}
	return &one[SavedView]{httpx.ETag(v.Version), viewWire(v)}, nil
}

type viewsIn struct {
	List string `query:"list" required:"true" enum:"orders,shipments,invoices,payments,partners,products,stock,lots,visits"`
}

func (a *API) views(ctx context.Context, who access.Actor, in *viewsIn) (*page[SavedView], error) {
	all, err := a.Desk.Views(ctx, who, in.List)
	if err != nil {
		return nil, err
	}
	return whole(all, viewWire), nil
}

type saveViewIn struct {
	Body struct {
		List  string `json:"list" enum:"orders,shipments,invoices,payments,partners,products,stock,lots,visits"`
		Name  string `json:"name" minLength:"1" maxLength:"60"`
		Query string `json:"query,omitempty" maxLength:"600" doc:"What the list does not know is left out"`
		Team  bool   `json:"team,omitempty"`
	}
}

func (a *API) saveView(ctx context.Context, who access.Actor, in *saveViewIn) (*one[SavedView], error) {
	b := in.Body
	return oneView(a.Desk.Save(ctx, who, key(ctx), desk.View{List: b.List, Name: b.Name, Query: b.Query, Team: b.Team}))
}

type changeViewIn struct {
	ByID
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"60"`
		Team bool   `json:"team,omitempty"`
	}
}

func (a *API) changeView(ctx context.Context, who access.Actor, in *changeViewIn) (*one[SavedView], error) {
	return oneView(a.Desk.Change(ctx, who, in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.Name, in.Body.Team))
}

func (a *API) endView(ctx context.Context, who access.Actor, in *ByID) (*one[SavedView], error) {
	return oneView(a.Desk.End(ctx, who, in.ID.ID, httpx.Of(ctx).IfMatch))
}

func (a *API) restoreView(ctx context.Context, who access.Actor, in *ByID) (*one[SavedView], error) {
	return oneView(a.Desk.Restore(ctx, who, in.ID.ID))
}

type preferencesOut struct{ Body Preferences }

func (a *API) preferences(ctx context.Context, who access.Actor, _ *struct{}) (*preferencesOut, error) {
	c, err := a.Desk.Choices(ctx, who)
	if err != nil {
		return nil, err
	}
	return &preferencesOut{Preferences{SingleKeys: c.Keys, FirstSteps: c.Steps, Dense: c.Dense, Without: c.Columns}}, nil
}

type setKeysIn struct {
	Body struct {
		SingleKeys bool `json:"single_keys"`
	}
}

func (a *API) setKeys(ctx context.Context, who access.Actor, in *setKeysIn) (*preferencesOut, error) {
	if err := a.Desk.SetKeys(ctx, who, in.Body.SingleKeys); err != nil {
		return nil, err
	}
	return a.preferences(ctx, who, nil)
}

type setFirstStepsIn struct {
	Body struct {
		FirstSteps bool `json:"first_steps"`
	}
}

func (a *API) setFirstSteps(ctx context.Context, who access.Actor, in *setFirstStepsIn) (*preferencesOut, error) {
	if err := a.Desk.SetSteps(ctx, who, in.Body.FirstSteps); err != nil {
		return nil, err
	}
	return a.preferences(ctx, who, nil)
}

type setColumnsIn struct {
	Body struct {
		List    string   `json:"list" enum:"orders,shipments,invoices,payments,partners,products,stock,lots,visits"`
		Without []string `json:"without,omitempty" maxItems:"12"`
		Dense   bool     `json:"dense,omitempty"`
	}
}

func (a *API) setColumns(ctx context.Context, who access.Actor, in *setColumnsIn) (*preferencesOut, error) {
	if err := a.Desk.SetList(ctx, who, in.Body.List, in.Body.Without, in.Body.Dense); err != nil {
		return nil, err
	}
	return a.preferences(ctx, who, nil)
}
