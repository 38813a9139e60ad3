package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/listing"
)

// BulkRow is what became of one row of a run.
type BulkRow struct {
	ID     id.ID  `json:"id"`
	Number string `json:"number,omitempty"`
	Done   bool   `json:"done"`
	Code   string `json:"code,omitempty" doc:"Why it was not done, for programs"`
	Detail string `json:"detail,omitempty" doc:"The same for people"`
}

func (a *API) lists() {
	const tag = "Lists"
	handle(a, post("bulk", "/bulk", tag, "Do the same with several documents, each by itself, with an answer for each"), a.bulk)
	handle(a, accepted(post("export-list", "/exports/lists", tag, "Ask for a list as a workbook, as it is filtered")), a.exportList)
}

type bulkIn struct {
	Body struct {
		List   string  `json:"list" enum:"orders,payments,products"`
		Do     string  `json:"do" enum:"confirm,dispatch,invoice,reject,archive,restore" doc:"Orders: confirm, dispatch, invoice, reject. Payments: confirm, reject. Products: archive, restore"`
		IDs    []id.ID `json:"ids" minItems:"1" maxItems:"200"`
		Reason string  `json:"reason,omitempty" maxLength:"500" doc:"Needed to reject"`
	}
}

type bulkOut struct {
	Body struct {
		Items []BulkRow `json:"items"`
	}
}

func (a *API) bulk(ctx context.Context, who access.Actor, in *bulkIn) (*bulkOut, error) {
	b := in.Body
	act, err := listing.Find(b.List, b.Do)
	if err != nil {
		return nil, err
	}
	if err := a.Gate.Ever(ctx, who, act.Right); err != nil {
		return nil, err
	}
	rows, err := a.Listing.Run(ctx, who, key(ctx), b.List, b.Do, b.IDs, b.Reason)
	if err != nil {
		return nil, err
	}
	out := &bulkOut{}
	for _, r := range rows {
		row := BulkRow{ID: r.ID, Number: r.Number, Done: r.Err == nil}
		if r.Err != nil {
			row.Code, row.Detail = errs.CodeOf(r.Err), i18n.Error(i18n.Lang(who.Lang), r.Err)
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}

type exportListIn struct {
	Body struct {
		List   string            `json:"list" enum:"orders,shipments,invoices,payments,partners,products,stock,lots,channel-map,visits"`
		Filter map[string]string `json:"filter,omitempty" doc:"As the list itself is filtered: side, status, find and so on; sort is its order. channel-map: channel, on, period, currency, measure"`
		Lang   string            `json:"lang,omitempty" enum:"id,en"`
	}
}

func (a *API) exportList(ctx context.Context, who access.Actor, in *exportListIn) (*jobOut, error) {
	org, err := a.Partner.Org(ctx, who, who.Org)
	if err != nil {
		return nil, err
	}
	j, err := a.Jobs.ExportList(ctx, who, org.Code, in.Body.List, in.Body.Filter, in.Body.Lang, key(ctx))
	return a.oneJob(who, j, err)
}
