package api

import (
	"context"
	"encoding/json"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/report"
	"saluran/internal/sharing"
)

// SharingTerms are what an agreement shares.
type SharingTerms struct {
	Measure  string `json:"measure" enum:"sellout,stock,orders" doc:"What was sold on, what stands with the grantor, or what was ordered from it"`
	Period   string `json:"period" enum:"day,week,month" doc:"Weeks begin on Monday"`
	Goods    string `json:"goods" enum:"product,all" doc:"Each product, or all goods together by their unit"`
	Place    string `json:"place" enum:"none,region,shop" doc:"Shops have names that stand for them in this agreement only"`
	Delay    int64  `json:"delay_days" minimum:"0" maximum:"365" doc:"A period is shown when it has ended more than so many days ago"`
	MinGroup int64  `json:"min_group" minimum:"1" maximum:"1000" doc:"A figure is shown where at least so many shops stand behind it"`
	Purpose  string `json:"purpose" maxLength:"300"`
	Since    string `json:"since,omitempty" doc:"YYYY-MM-DD; periods that begin before it are not shown; the day of the offer when left out"`
	Until    string `json:"until" doc:"YYYY-MM-DD, the last day of the agreement"`
	Values   bool   `json:"values,omitempty" doc:"Net amounts before tax beside the quantities; quantities only when left out. Not of stock"`
}

// Sharing is an agreement by which a grantor shows an upstream figures of its books.
type Sharing struct {
	ID          id.ID  `json:"id"`
	Grantor     id.ID  `json:"grantor"`
	GrantorName string `json:"grantor_name"`
	Viewer      id.ID  `json:"viewer"`
	ViewerName  string `json:"viewer_name"`
	SharingTerms
	Status     string `json:"status" enum:"offered,active,declined,withdrawn,ended,expired"`
	OfferedAt  string `json:"offered_at"`
	AnsweredAt string `json:"answered_at,omitempty"`
	EndedAt    string `json:"ended_at,omitempty"`
	Version    int64  `json:"version"`
}

func sharingWire(s sharing.Sharing) Sharing {
	return Sharing{ID: s.ID, Grantor: s.Grantor, GrantorName: s.GrantorName, Viewer: s.Viewer, ViewerName: s.ViewerName,
		SharingTerms: SharingTerms{s.Measure, s.Period, s.Terms.Goods, s.Place, s.Delay, s.MinGroup, s.Purpose, string(s.Since), string(s.Until), s.Values},
		Status:       s.Status, OfferedAt: instant(s.Offered), AnsweredAt: instant(s.Answered), EndedAt: instant(s.EndedAt), Version: s.Version}
}

func oneSharing(s sharing.Sharing, err error) (*one[Sharing], error) {
	if err != nil {
		return nil, err
	}
	return &one[Sharing]{httpx.ETag(s.Version), sharingWire(s)}, nil
}

// SharingUpstream is an organisation that yours may share with.
type SharingUpstream struct {
	ID     id.ID  `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Direct bool   `json:"direct" doc:"It sells to you itself"`
}

// SharingLook is a look at what is shared.
type SharingLook struct {
	ID         id.ID           `json:"id"`
	At         string          `json:"at"`
	Viewer     id.ID           `json:"viewer"`
	ViewerName string          `json:"viewer_name"`
	Person     string          `json:"person,omitempty"`
	Way        string          `json:"way" enum:"page,api,workbook"`
	Asked      json.RawMessage `json:"asked" doc:"The filter"`
	Shown      int64           `json:"shown" doc:"How many figures were shown"`
}

// SharedFigure is a figure that is shared.
type SharedFigure struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Product  id.ID  `json:"product,omitempty"`
	SKU      string `json:"sku,omitempty"`
	Name     string `json:"name,omitempty"`
	Unit     string `json:"unit"`
	Region   string `json:"region,omitempty"`
	Shop     string `json:"shop,omitempty" doc:"Stands for a shop in this agreement only"`
	Qty      string `json:"qty"`
	Currency string `json:"currency,omitempty" doc:"Where values are shared a figure is of one currency"`
	Net      string `json:"net,omitempty" doc:"Before tax; only where values are shared"`
}

// SharedFigures are the figures of an agreement.
type SharedFigures struct {
	Listed[SharedFigure]
	UpTo string `json:"up_to,omitempty" doc:"The last day that may be shown today"`
}

func (a *API) sharing() {
	const tag = "Sharing"
	handle(a, get("list-sharing", "/sharing", tag, "Agreements to share, of both sides"), a.sharings)
	handle(a, made(post("offer-sharing", "/sharing", tag, "Offer an upstream to see figures of yours")), a.offerSharing)
	handle(a, get("sharing-upstreams", "/sharing/upstreams", tag, "With whom you may share"), a.sharingUpstreams)
	handle(a, get("sharing", "/sharing/{id}", tag, "An agreement to share"), a.oneSharing)
	for _, do := range []struct{ name, text string }{{"accept", "Accept what was offered to you"}, {"decline", "Decline what was offered to you"},
		{"end", "Give up what is shared with you"}, {"withdraw", "Withdraw an offer or an agreement: it ends at once"}} {
		handle(a, step(do.name+"-sharing", "/sharing/{id}/"+do.name, tag, do.text), a.sharingStep(do.name))
	}
	handle(a, get("sharing-looks", "/sharing/{id}/looks", tag, "Who looked, the latest first"), a.sharingLooks)
	handle(a, get("shared", "/shared/{id}", tag, "What is shared with you; the look is written down for the grantor"), a.shared)
	handle(a, accepted(post("export-shared", "/shared/{id}/export", tag, "Ask for a workbook of what is shared with you")), a.exportShared)
}

type sharingsIn struct {
	Paging
	Side    string `query:"side" enum:"granted,received" doc:"Both when left out"`
	Partner string `query:"partner"`
}

func (a *API) sharings(ctx context.Context, who access.Actor, in *sharingsIn) (*page[Sharing], error) {
	p, err := a.Sharing.Sharings(ctx, who, in.query("side", in.Side, "partner", in.Partner))
	return pageOf(p, err, sharingWire)
}

type offerSharingIn struct {
	Body struct {
		Viewer id.ID `json:"viewer" doc:"An upstream: see /sharing/upstreams"`
		SharingTerms
	}
}

func (a *API) offerSharing(ctx context.Context, who access.Actor, in *offerSharingIn) (*one[Sharing], error) {
	var r reader
	b := in.Body
	n := sharing.Offer{Key: key(ctx), Viewer: b.Viewer, Terms: sharing.Terms{Measure: b.Measure, Period: b.Period, Goods: b.Goods, Place: b.Place,
		Delay: b.Delay, MinGroup: b.MinGroup, Purpose: b.Purpose, Since: r.date("since", b.Since), Until: r.date("until", b.Until), Values: b.Values}}
	if err := r.err(); err != nil {
		return nil, err
	}
	return oneSharing(a.Sharing.Offer(ctx, who, n))
}

func (a *API) sharingUpstreams(ctx context.Context, who access.Actor, _ *struct{}) (*page[SharingUpstream], error) {
	all, err := a.Sharing.Upstreams(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, func(u sharing.Upstream) SharingUpstream { return SharingUpstream(u) }), nil
}

func (a *API) oneSharing(ctx context.Context, who access.Actor, in *ByID) (*one[Sharing], error) {
	return oneSharing(a.Sharing.Sharing(ctx, who, in.ID.ID))
}

func (a *API) sharingStep(do string) func(context.Context, access.Actor, *ByID) (*one[Sharing], error) {
	return func(ctx context.Context, who access.Actor, in *ByID) (*one[Sharing], error) {
		return oneSharing(a.Sharing.Step(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, do))
	}
}

type sharingLooksIn struct {
	ByID
	Paging
}

func (a *API) sharingLooks(ctx context.Context, who access.Actor, in *sharingLooksIn) (*page[SharingLook], error) {
	p, err := a.Sharing.Looks(ctx, who, in.ID.ID, in.query())
	return pageOf(p, err, func(l sharing.Look) SharingLook {
		return SharingLook{ID: l.ID, At: instant(l.At), Viewer: l.Viewer, ViewerName: l.ViewerName, Person: l.Person, Way: l.Way, Asked: json.RawMessage(l.Asked), Shown: l.Shown}
	})
}

type sharedIn struct {
	ByID
	Paging
	From    string `query:"from" doc:"YYYY-MM-DD; whole periods are shown"`
	To      string `query:"to" doc:"YYYY-MM-DD"`
	Product string `query:"product"`
	Region  string `query:"region" maxLength:"100"`
	Shop    string `query:"shop" maxLength:"20"`
}

func (a *API) shared(ctx context.Context, who access.Actor, in *sharedIn) (*struct{ Body SharedFigures }, error) {
	var r reader
	ask := sharing.Ask{From: r.date("from", in.From), To: r.date("to", in.To), Region: in.Region, Shop: in.Shop, Way: "api"}
	if in.Product != "" {
		no, err := id.Parse(in.Product)
		if err != nil {
			r.wrong("product", "field.id")
		}
		ask.Product = no
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	p, err := a.Sharing.Look(ctx, who, in.ID.ID, ask, in.query())
	if err != nil {
		return nil, err
	}
	out := SharedFigures{Listed: listed(p.Page, func(c sharing.Cell) SharedFigure {
		f := SharedFigure{From: string(c.First), To: string(c.Last), Product: c.Product, SKU: c.SKU, Name: c.Name, Unit: c.Unit, Region: c.Region,
			Shop: c.Shop, Qty: qty.Format(int64(c.Qty), 3), Currency: c.Currency}
		if p.Sharing.Values {
			f.Net = shownMoney(c.Currency, p.Blind)(c.Net)
		}
		return f
	}).Body, UpTo: string(p.Upto)}
	return &struct{ Body SharedFigures }{out}, nil
}

type exportSharedIn struct {
	ByID
	Body struct {
		From string `json:"from,omitempty" doc:"YYYY-MM-DD; whole periods are shown"`
		To   string `json:"to,omitempty" doc:"YYYY-MM-DD"`
		Lang string `json:"lang,omitempty" enum:"en,id" doc:"Of the headers; en when left out"`
	}
}

func (a *API) exportShared(ctx context.Context, who access.Actor, in *exportSharedIn) (*jobOut, error) {
	var r reader
	ask := report.Ask{Report: report.Shared, Sharing: in.ID.ID, Org: who.Org, From: r.date("from", in.Body.From), To: r.date("to", in.Body.To), Lang: in.Body.Lang}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Sharing.Sharing(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	j, err := a.Jobs.Export(ctx, who, v.GrantorName, ask, key(ctx))
	return a.oneJob(who, j, err)
}
