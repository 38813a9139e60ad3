package api

import (
	"context"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// Place is where goods may stand.
type Place struct {
	ID      id.ID  `json:"id"`
	Kind    string `json:"kind" enum:"warehouse,quarantine"`
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
	Parent  id.ID  `json:"parent,omitempty" doc:"The warehouse of a quarantine"`
	Main    bool   `json:"main"`
	Active  bool   `json:"active"`
	Version int64  `json:"version"`
}

func placeWire(p goods.Place) Place {
	return Place{p.ID, p.Kind, p.Name, p.Address, p.Parent, p.Main, p.Active, p.Version}
}

func onePlace(p goods.Place, err error) (*one[Place], error) {
	if err != nil {
		return nil, err
	}
	return &one[Place]{httpx.ETag(p.Version), placeWire(p)}, nil
}

func (a *API) goods() {
	const tag = "Goods"
	handle(a, made(post("add-place", "/places", tag, "Make a warehouse of your organisation")), a.addPlace)
	handle(a, get("list-places", "/places", tag, "Your places"), a.listPlaces)
	handle(a, change("change-place", "/places/{id}", tag, "Rename a place, make it the main one, put it out of use"), a.changePlace)
	handle(a, made(post("make-lot", "/lots", tag, "Bring goods into the world: made, bought outside, opening stock")), a.makeLot)
	handle(a, get("list-expiring", "/lots/expiring", tag, "Lots of your sellable goods that expire soon"), a.expiring) // before {id}: the router takes the first that fits
	handle(a, get("lot", "/lots/{id}", tag, "A lot"), a.lot)
	handle(a, post("recall-lot", "/lots/{id}/recall", tag, "Put a lot out of sale everywhere, as its maker"), a.recall)
	handle(a, get("list-stock", "/stock", tag, "Where goods stand: by owner, holder, bearer, now or as of a moment"), a.stock)
	handle(a, get("list-available", "/stock/available", tag, "What you may sell, and have promised"), a.available)
	handle(a, post("transfer", "/stock/transfers", tag, "Move goods between your warehouses"), a.transfer)
	handle(a, post("use", "/stock/uses", tag, "Take goods into your own use"), a.use)
	op := made(post("reverse-journal", "/journals/{seq}/reversal", tag, "Undo a journal of yours by its mirror: a transfer, a use, the intake of a lot"))
	op.Description = "For a mistake in what your organisation recorded. The mirror is a new journal that names the first, and takes effect now; a journal is " +
		"reversed once. Refused (409) where documents stand on the journal (they have their own steps: cancel, return, credit note), where its goods have gone on, " +
		"are promised to orders, or would come back into sale of a lot that is not sold any more. The lot of a reversed intake stays, empty."
	handle(a, op, a.reverse)
}

type addPlaceIn struct {
	Body struct {
		Name    string `json:"name"`
		Address string `json:"address,omitempty"`
		Main    bool   `json:"main,omitempty"`
	}
}

func (a *API) addPlace(ctx context.Context, who access.Actor, in *addPlaceIn) (*one[Place], error) {
	return onePlace(a.Goods.AddPlace(ctx, who, key(ctx), in.Body.Name, in.Body.Address, in.Body.Main))
}

type changePlaceIn struct {
	ByID
	Body struct {
		Name    string `json:"name"`
		Address string `json:"address,omitempty"`
		Main    bool   `json:"main,omitempty"`
		Active  *bool  `json:"active,omitempty" doc:"true when left out"`
	}
}

func (a *API) changePlace(ctx context.Context, who access.Actor, in *changePlaceIn) (*one[Place], error) {
	return onePlace(a.Goods.ChangePlace(ctx, who, key(ctx), goods.Place{ID: in.ID.ID, Name: in.Body.Name, Address: in.Body.Address, Main: in.Body.Main,
		Active: in.Body.Active == nil || *in.Body.Active, Version: httpx.Of(ctx).IfMatch}))
}

func (a *API) listPlaces(ctx context.Context, who access.Actor, _ *struct{}) (*page[Place], error) {
	all, err := a.Goods.Places(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, placeWire), nil
}

// Lot is so many of a product, made by one maker at one time.
type Lot struct {
	ID        id.ID  `json:"id"`
	Product   id.ID  `json:"product"`
	SKU       string `json:"sku,omitempty"`
	Name      string `json:"name,omitempty"`
	Maker     id.ID  `json:"maker"`
	Code      string `json:"code"`
	MadeOn    string `json:"made_on,omitempty"`
	ExpiresOn string `json:"expires_on,omitempty"`
	Status    string `json:"status" enum:"ok,expired,recalled"`
	Qty       string `json:"qty,omitempty" doc:"What of it stands sellable, in lists"`
	Version   int64  `json:"version"`
}

func lotWire(l goods.Lot) Lot {
	return Lot{ID: l.ID, Product: l.Product, SKU: l.SKU, Name: l.ProductName, Maker: l.Maker, Code: l.Code, MadeOn: string(l.MadeOn),
		ExpiresOn: string(l.ExpiresOn), Status: l.Status, Version: l.Version}
}

func oneLot(l goods.Lot, err error) (*one[Lot], error) {
	if err != nil {
		return nil, err
	}
	return &one[Lot]{httpx.ETag(l.Version), lotWire(l)}, nil
}

type makeLotIn struct {
	Body struct {
		Kind      string `json:"kind,omitempty" enum:"make,bought,opening" doc:"make when left out"`
		Product   id.ID  `json:"product"`
		Warehouse id.ID  `json:"warehouse,omitempty" doc:"Your main one when left out"`
		Code      string `json:"code"`
		MadeOn    string `json:"made_on,omitempty"`
		ExpiresOn string `json:"expires_on,omitempty" doc:"The last day on which it is sold"`
		Qty       string `json:"qty" doc:"In base units"`
		At        string `json:"at,omitempty"`
	}
}

func (a *API) makeLot(ctx context.Context, who access.Actor, in *makeLotIn) (*one[Lot], error) {
	var r reader
	b := in.Body
	c := goods.NewLot{Key: goods.Key(httpx.Of(ctx).Key), Kind: b.Kind, Product: b.Product, Warehouse: b.Warehouse, Code: b.Code,
		MadeOn: r.date("made_on", b.MadeOn), ExpiresOn: r.date("expires_on", b.ExpiresOn), Qty: r.qty("qty", b.Qty), At: r.instant("at", b.At)}
	if err := r.err(); err != nil {
		return nil, err
	}
	return oneLot(a.Goods.MakeLot(ctx, who, c))
}

func (a *API) lot(ctx context.Context, who access.Actor, in *ByID) (*one[Lot], error) {
	return oneLot(a.Goods.Lot(ctx, who, in.ID.ID))
}

func (a *API) recall(ctx context.Context, who access.Actor, in *ByID) (*one[Lot], error) {
	return oneLot(a.Goods.Recall(ctx, who, in.ID.ID, goods.Key(httpx.Of(ctx).Key)))
}

type expiringIn struct {
	Paging
	Days int `query:"days" default:"30" minimum:"0" maximum:"3650"`
}

func (a *API) expiring(ctx context.Context, who access.Actor, in *expiringIn) (*page[Lot], error) {
	until := a.Clock.Now().Add(time.Duration(in.Days) * 24 * time.Hour).In(who.Zone)
	p, err := a.Goods.NearExpiry(ctx, who, until, in.query())
	return pageOf(p, err, func(l goods.LotStock) Lot {
		w := lotWire(l.Lot)
		w.Qty = l.Qty.String()
		return w
	})
}

// Standing is goods at one position.
type Standing struct {
	Product   id.ID  `json:"product"`
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	BaseUnit  string `json:"base_unit"`
	Lot       id.ID  `json:"lot"`
	LotCode   string `json:"lot_code"`
	ExpiresOn string `json:"expires_on,omitempty"`
	Status    string `json:"lot_status"`
	Owner     Party  `json:"owner"`
	Holder    *Party `json:"holder,omitempty" doc:"Left out in transit"`
	Bearer    Party  `json:"bearer"`
	Place     id.ID  `json:"place"`
	PlaceName string `json:"place_name" doc:"The warehouse, or the number of the shipment"`
	PlaceKind string `json:"place_kind" enum:"warehouse,quarantine,transit"`
	Sellable  bool   `json:"sellable" doc:"It is your sellable stock"`
	Qty       string `json:"qty"`
}

func standingWire(s goods.Standing) Standing {
	return Standing{Product: s.Product, SKU: s.SKU, Name: s.ProductName, BaseUnit: s.BaseUnit, Lot: s.Lot, LotCode: s.LotCode,
		ExpiresOn: string(s.ExpiresOn), Status: s.Status, Owner: Party{s.Owner, s.OwnerName}, Holder: maybe(s.Holder, s.HolderName),
		Bearer: Party{s.Bearer, s.BearerName}, Place: s.Place, PlaceName: s.PlaceName, PlaceKind: s.PlaceKind, Sellable: s.Seller != 0,
		Qty: s.Qty.String()}
}

type stockIn struct {
	Paging
	By      string `query:"by" enum:"owner,holder,bearer" doc:"What you own, what stands at your places, what you lose if it is lost; all that you may see when left out"`
	Product string `query:"product"`
	Lot     string `query:"lot"`
	Place   string `query:"place"`
	Partner string `query:"partner" doc:"Who is owner, holder or bearer"`
	AsOf    string `query:"asof" doc:"RFC 3339: as known at this moment, by the time of recording; now when left out"`
	At      string `query:"at" doc:"RFC 3339: what stood at this moment in the world, as known at asof; what was recorded late shows the difference"`
}

func (a *API) stock(ctx context.Context, who access.Actor, in *stockIn) (*page[Standing], error) {
	var r reader
	moment, at := r.instant("asof", in.AsOf), r.instant("at", in.At)
	if err := r.err(); err != nil {
		return nil, err
	}
	seq, err := a.seqAt(ctx, moment)
	if err != nil {
		return nil, err
	}
	q := in.query("product", in.Product, "lot", in.Lot, "place", in.Place, "partner", in.Partner)
	if at != 0 {
		p, err := a.Goods.StockAt(ctx, who, goods.By(in.By), at, seq, q)
		return pageOf(p, err, standingWire)
	}
	p, err := a.Goods.Stock(ctx, who, goods.By(in.By), seq, q)
	return pageOf(p, err, standingWire)
}

// seqAt is the number of the ledger at a moment; 0, which means now, for none. Before the first journal nothing stands anywhere.
func (a *API) seqAt(ctx context.Context, moment clock.Instant) (int64, error) {
	if moment == 0 {
		return 0, nil
	}
	seq, err := a.Goods.SeqAt(ctx, moment)
	if err == nil && seq == 0 {
		err = errs.OnFields("request.fields", errs.F("asof", "field.range"))
	}
	return seq, err
}

// Available is what may be sold of a product, and what is promised.
type Available struct {
	Product  id.ID  `json:"product"`
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	BaseUnit string `json:"base_unit"`
	Sellable string `json:"sellable"`
	Held     string `json:"held"`
	Free     string `json:"free"`
}

func (a *API) available(ctx context.Context, who access.Actor, in *Paging) (*page[Available], error) {
	p, err := a.Goods.Counts(ctx, who, in.query())
	return pageOf(p, err, func(c goods.Count) Available {
		return Available{c.Product, c.SKU, c.ProductName, c.BaseUnit, c.Sellable.String(), c.Held.String(), c.Free().String()}
	})
}

// Moved is the journal that moved goods.
type Moved struct {
	Seq int64 `json:"seq"`
}

type movedOut struct{ Body Moved }

func moved(r ledger.Receipt, err error) (*movedOut, error) {
	if err != nil {
		return nil, err
	}
	return &movedOut{Moved{r.Seq}}, nil
}

type transferIn struct {
	Body struct {
		Product id.ID  `json:"product"`
		Lot     id.ID  `json:"lot,omitempty" doc:"The first to expire when left out"`
		From    id.ID  `json:"from"`
		To      id.ID  `json:"to"`
		Qty     string `json:"qty" doc:"In base units"`
	}
}

func (a *API) transfer(ctx context.Context, who access.Actor, in *transferIn) (*movedOut, error) {
	var r reader
	b := in.Body
	c := goods.Transfer{Key: goods.Key(httpx.Of(ctx).Key), Product: b.Product, Lot: b.Lot, From: b.From, To: b.To, Qty: r.qty("qty", b.Qty)}
	if err := r.err(); err != nil {
		return nil, err
	}
	return moved(a.Goods.Transfer(ctx, who, c))
}

type useIn struct {
	Body struct {
		Product id.ID  `json:"product"`
		Lot     id.ID  `json:"lot,omitempty" doc:"The first to expire when left out"`
		From    id.ID  `json:"from" doc:"A place of yours"`
		Qty     string `json:"qty" doc:"In base units"`
	}
}

func (a *API) use(ctx context.Context, who access.Actor, in *useIn) (*movedOut, error) {
	var r reader
	b := in.Body
	c := goods.Use{Key: goods.Key(httpx.Of(ctx).Key), Product: b.Product, Lot: b.Lot, From: b.From, Qty: r.qty("qty", b.Qty)}
	if err := r.err(); err != nil {
		return nil, err
	}
	return moved(a.Goods.Use(ctx, who, c))
}

type reverseIn struct {
	Seq  ref `path:"seq" doc:"The journal's number, as the write answered it"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"Kept with the journal of the reversal"`
	}
}

func (a *API) reverse(ctx context.Context, who access.Actor, in *reverseIn) (*movedOut, error) {
	return moved(a.Goods.Reverse(ctx, who, goods.Reverse{Key: goods.Key(httpx.Of(ctx).Key), Seq: int64(in.Seq.ID), Reason: in.Body.Reason}))
}
