package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/intake"
)

// UnfinishedImport is an import that bought, and has not sold all that it bought for.
type UnfinishedImport struct {
	ID       id.ID         `json:"id"`
	Run      string        `json:"run" doc:"By which the command line names it"`
	Files    string        `json:"files"`
	BegunAt  string        `json:"begun_at"`
	UnderWay bool          `json:"under_way" doc:"It is being worked on, and is not broken off"`
	GivenUp  bool          `json:"given_up"`
	Bought   *ImportBought `json:"bought,omitempty"`
}

// ImportBought is what an import has bought so far.
type ImportBought struct {
	Purchases int64  `json:"purchases" doc:"Documents of purchase that stand"`
	Sales     int64  `json:"sales" doc:"Documents of sale that stand"`
	Products  int64  `json:"unsold_products" doc:"Of which something is bought and not sold"`
	Left      string `json:"unsold_quantity" doc:"In base units: this stays bought when the import is given up"`
}

func unfinishedWire(x intake.Unfinished) UnfinishedImport {
	return UnfinishedImport{ID: x.ID, Run: x.Run, Files: x.Files, BegunAt: instant(x.Begun), UnderWay: x.UnderWay, GivenUp: x.GivenUp()}
}

func (a *API) unfinished(ctx context.Context, who access.Actor, _ *struct{}) (*struct {
	Body struct {
		Items []UnfinishedImport `json:"items"`
	}
}, error) {
	all, err := a.Uploads.Unfinished(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Items []UnfinishedImport `json:"items"`
		}
	}{}
	out.Body.Items = []UnfinishedImport{}
	for _, x := range all {
		out.Body.Items = append(out.Body.Items, unfinishedWire(x))
	}
	return out, nil
}

func (a *API) oneUnfinished(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body UnfinishedImport }, error) {
	x, b, err := a.Uploads.OneUnfinished(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := unfinishedWire(x)
	w.Bought = &ImportBought{b.Purchases, b.Sales, b.Products, b.Left.String()}
	return &struct{ Body UnfinishedImport }{w}, nil
}

func (a *API) giveUp(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body UnfinishedImport }, error) {
	x, err := a.Uploads.GiveUp(ctx, who, key(ctx), in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body UnfinishedImport }{unfinishedWire(x)}, nil
}
