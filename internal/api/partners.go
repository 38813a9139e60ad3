package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
)

// Org is an organisation.
type Org struct {
	ID            id.ID  `json:"id"`
	Code          string `json:"code"`
	Kind          string `json:"kind"`
	Name          string `json:"name"`
	Country       string `json:"country,omitempty"`
	Currency      string `json:"currency,omitempty"`
	Zone          string `json:"zone,omitempty"`
	VATRegistered bool   `json:"vat_registered"`
	Large         bool   `json:"large,omitempty" doc:"A large firm, for rules that spare small ones"`
	TaxNo         string `json:"tax_no,omitempty"`
	Address       string `json:"address,omitempty"`
	City          string `json:"city,omitempty"`
	Phone         string `json:"phone,omitempty"`
	Active        bool   `json:"active"`
	Logo          string `json:"logo,omitempty" doc:"Where its logo can be had; left out where it has none"`
	Version       int64  `json:"version,omitempty"`
}

func orgWire(o partner.Org) Org {
	logo := ""
	if o.Logo != 0 {
		logo = prefix + "/orgs/" + o.ID.String() + "/logo"
	}
	return Org{ID: o.ID, Logo: logo, Code: o.Code, Kind: o.Kind, Name: o.Name, Country: o.Country, Currency: o.Currency, Zone: o.Zone,
		VATRegistered: o.VATRegistered, Large: o.Large, TaxNo: o.TaxNo, Address: o.Address, City: o.City, Phone: o.Phone,
		Active: o.Active, Version: o.Version}
}

func oneOrg(o partner.Org, err error) (*one[Org], error) {
	if err != nil {
		return nil, err
	}
	return &one[Org]{httpx.ETag(o.Version), orgWire(o)}, nil
}

func (a *API) partners() {
	const tag = "Partners"
	handle(a, made(post("add-org", "/orgs", tag, "Enter an organisation")), a.addOrg)
	handle(a, get("list-orgs", "/orgs", tag, "The organisations that you see"), a.listOrgs)
	handle(a, get("find-org", "/orgs/find", tag, "Find an organisation by kind and code, to link with"), a.findOrg)
	handle(a, get("org", "/orgs/{id}", tag, "An organisation"), a.org)
	handle(a, change("change-org", "/orgs/{id}", tag, "Change an organisation"), a.changeOrg)
	a.logos()
	handle(a, made(post("add-bank-account", "/bank-accounts", tag, "Enter a bank account of your organisation")), a.addBank)
	handle(a, change("change-bank-account", "/bank-accounts/{id}", tag, "Make a bank account the main one, end it, or use it again"), a.changeBank)
	handle(a, get("list-bank-accounts", "/orgs/{id}/bank-accounts", tag, "Where an organisation wants to be paid"), a.banks)
	a.channels()
	a.links()
	a.agreements()
}

type addOrgIn struct {
	Body struct {
		Code          string `json:"code" maxLength:"32"`
		Kind          string `json:"kind"`
		Name          string `json:"name" maxLength:"200"`
		Country       string `json:"country,omitempty" doc:"ISO 3166; ID when left out"`
		Currency      string `json:"currency,omitempty" doc:"ISO 4217; IDR when left out"`
		Zone          string `json:"zone,omitempty" doc:"Asia/Jakarta when left out"`
		VATRegistered bool   `json:"vat_registered,omitempty"`
		Large         bool   `json:"large,omitempty"`
		TaxNo         string `json:"tax_no,omitempty"`
		Address       string `json:"address,omitempty"`
		City          string `json:"city,omitempty"`
		Phone         string `json:"phone,omitempty"`
	}
}

func (a *API) addOrg(ctx context.Context, who access.Actor, in *addOrgIn) (*one[Org], error) {
	b := in.Body
	return oneOrg(a.Partner.Create(ctx, who, partner.NewOrg{Key: key(ctx), Code: b.Code, Kind: b.Kind, Name: b.Name, Country: b.Country,
		Currency: b.Currency, Zone: b.Zone, VATRegistered: b.VATRegistered, Large: b.Large, TaxNo: b.TaxNo, Address: b.Address, City: b.City,
		Phone: b.Phone}))
}

func key(ctx context.Context) audit.Key { return audit.Key(httpx.Of(ctx).Key) }

type changeOrgIn struct {
	ByID
	Body struct {
		Name          string `json:"name" maxLength:"200"`
		Zone          string `json:"zone"`
		VATRegistered bool   `json:"vat_registered"`
		Large         bool   `json:"large,omitempty"`
		TaxNo         string `json:"tax_no,omitempty"`
		Address       string `json:"address,omitempty"`
		City          string `json:"city,omitempty"`
		Phone         string `json:"phone,omitempty"`
		Active        *bool  `json:"active,omitempty" doc:"true when left out"`
	}
}

func (a *API) changeOrg(ctx context.Context, who access.Actor, in *changeOrgIn) (*one[Org], error) {
	b := in.Body
	return oneOrg(a.Partner.Update(ctx, who, partner.UpdateOrg{Key: key(ctx), Org: in.ID.ID, Version: httpx.Of(ctx).IfMatch, Name: b.Name, Zone: b.Zone,
		VATRegistered: b.VATRegistered, Large: b.Large, TaxNo: b.TaxNo, Address: b.Address, City: b.City, Phone: b.Phone,
		Active: b.Active == nil || *b.Active}))
}

func (a *API) org(ctx context.Context, who access.Actor, in *ByID) (*one[Org], error) {
	return oneOrg(a.Partner.Org(ctx, who, in.ID.ID))
}

type orgsIn struct {
	Paging
	Q        string `query:"q" doc:"A part of the name, or the code"`
	Kind     string `query:"kind"`
	Inactive bool   `query:"inactive" doc:"Also those that are not active"`
}

func (a *API) listOrgs(ctx context.Context, who access.Actor, in *orgsIn) (*page[Org], error) {
	p, err := a.Partner.List(ctx, who, in.query("q", in.Q, "kind", in.Kind, "inactive", flag(in.Inactive)))
	if err != nil {
		return nil, err
	}
	return listed(p, orgWire), nil
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

type findOrgIn struct {
	Kind string `query:"kind" required:"true"`
	Code string `query:"code" required:"true"`
}

func (a *API) findOrg(ctx context.Context, who access.Actor, in *findOrgIn) (*one[Org], error) {
	return oneOrg(a.Partner.Lookup(ctx, who, in.Kind, in.Code))
}

// Bank is a bank account.
type Bank struct {
	ID       id.ID  `json:"id"`
	Bank     string `json:"bank"`
	Number   string `json:"number"`
	Holder   string `json:"holder"`
	Currency string `json:"currency"`
	Main     bool   `json:"main"`
	Ended    bool   `json:"ended,omitempty"`
	Version  int64  `json:"version"`
}

func bankWire(b partner.Bank) Bank {
	return Bank{b.ID, b.Bank, b.Number, b.Holder, b.Currency, b.Main, b.Ended != 0, b.Version}
}

type changeBankIn struct {
	ByID
	Body struct {
		Main  bool `json:"main,omitempty" doc:"Where customers pay; the former main one of the currency is main no more"`
		Ended bool `json:"ended,omitempty" doc:"No longer in use"`
	}
}

func (a *API) changeBank(ctx context.Context, who access.Actor, in *changeBankIn) (*one[Bank], error) {
	b, err := a.Partner.SetBank(ctx, who, partner.SetBank{Key: key(ctx), Bank: in.ID.ID, Version: httpx.Of(ctx).IfMatch, Main: in.Body.Main, Ended: in.Body.Ended})
	if err != nil {
		return nil, err
	}
	return &one[Bank]{httpx.ETag(b.Version), bankWire(b)}, nil
}

type bankIn struct {
	Body struct {
		Bank     string `json:"bank"`
		Number   string `json:"number"`
		Holder   string `json:"holder"`
		Currency string `json:"currency"`
		Main     bool   `json:"main,omitempty"`
	}
}

func (a *API) addBank(ctx context.Context, who access.Actor, in *bankIn) (*struct{ Body Bank }, error) {
	b := in.Body
	made, err := a.Partner.AddBank(ctx, who, partner.NewBank{Key: key(ctx), Bank: b.Bank, Number: b.Number, Holder: b.Holder, Currency: b.Currency, Main: b.Main})
	if err != nil {
		return nil, err
	}
	return &struct{ Body Bank }{bankWire(made)}, nil
}

func (a *API) banks(ctx context.Context, who access.Actor, in *ByID) (*page[Bank], error) {
	all, err := a.Partner.Banks(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return whole(all, bankWire), nil
}

// pageOf is a page of a list that a service pages.
func pageOf[D, W any](p list.Page[D], err error, wire func(D) W) (*page[W], error) {
	if err != nil {
		return nil, err
	}
	return listed(p, wire), nil
}
