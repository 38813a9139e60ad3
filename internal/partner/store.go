package partner

import (
	"errors"

	"gorm.io/gorm"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
)

// Rows have the fields of the domain types, in their order, wherever a plain conversion does.

type orgRow struct {
	ID            id.ID
	Code          string
	Kind          string
	Name          string
	NameFold      string
	Country       string
	Currency      string
	Zone          string
	VATRegistered bool `gorm:"column:vat_registered"`
	Large         bool
	TaxNo         string
	Address       string
	City          string
	Phone         string
	Nameless      bool
	RegisteredBy  id.ID
	Active        bool
	CreatedUS     clock.Instant `gorm:"column:created_us"`
	Version       int64
	Logo          int64
}

func (orgRow) TableName() string { return "org" }

func (r orgRow) org() Org {
	return Org{ID: r.ID, Code: r.Code, Kind: r.Kind, Name: r.Name, Country: r.Country, Currency: r.Currency, Zone: r.Zone,
		VATRegistered: r.VATRegistered, Large: r.Large, TaxNo: r.TaxNo, Address: r.Address, City: r.City, Phone: r.Phone,
		Nameless: r.Nameless, RegisteredBy: r.RegisteredBy, Active: r.Active, Created: r.CreatedUS, Version: r.Version, Logo: r.Logo}
}

func rowOf(n NewOrg, id, by id.ID, at clock.Instant) orgRow {
	return orgRow{ID: id, Code: n.Code, Kind: n.Kind, Name: n.Name, NameFold: list.Fold(n.Name), Country: n.Country, Currency: n.Currency,
		Zone: n.Zone, VATRegistered: n.VATRegistered, Large: n.Large, TaxNo: n.TaxNo, Address: n.Address, City: n.City,
		Phone: n.Phone, RegisteredBy: by, Active: true, CreatedUS: at, Version: 1}
}

type bankRow struct {
	ID       id.ID
	Org      id.ID
	Bank     string
	Number   string
	Holder   string
	Currency string
	Main     bool
	Ended    clock.Instant `gorm:"column:ended_us"`
	Version  int64
}

func (bankRow) TableName() string { return "bank_account" }

type channelRow struct {
	ID       id.ID
	Producer id.ID
	Name     string
	Shape    string
	Tiers    string
	Version  int64
}

func (channelRow) TableName() string { return "channel" }

func (r channelRow) channel() Channel {
	return Channel{r.ID, r.Producer, r.Name, r.Shape, splitTiers(r.Tiers), r.Version}
}

type memberRow struct {
	Channel id.ID
	Org     id.ID
	Tier    int64
}

func (memberRow) TableName() string { return "channel_member" }

type linkRow struct {
	ID      id.ID
	Channel id.ID
	Seller  id.ID
	Buyer   id.ID
	Agent   id.ID
	Active  bool
	Created clock.Instant `gorm:"column:created_us"`
	Version int64

	SellerWaits, BuyerWaits bool
	EndedBy                 id.ID
}

func (linkRow) TableName() string { return "link" }

type appointmentRow struct {
	ID            id.ID
	Principal     id.ID
	Agent         id.ID
	Area          string
	CommissionBps int64
	CommissionOn  string
	MayBind       bool
	MayCollect    bool
	Sole          bool
	From          clock.Date `gorm:"column:from_on"`
	Until         clock.Date `gorm:"column:until_on"`
	Version       int64
}

func (appointmentRow) TableName() string { return "appointment" }

type agreementRow struct {
	ID                id.ID
	Link              id.ID
	Edition           int64
	Seller            id.ID
	Buyer             id.ID
	FromOn            clock.Date
	UntilOn           clock.Date
	PriceList         id.ID
	Currency          string
	PricesIncludeVAT  bool `gorm:"column:prices_include_vat"`
	MinOrder          money.Minor
	NetDays           int64
	EarlyDays         int64
	EarlyBps          int64
	Prepay            bool
	CreditLimit       money.Minor
	TitleOn           string
	RiskOn            string
	ResaleBeforeTitle bool
	OverBps           int64
	UnderBps          int64
	FreightBy         string
	TextHash          []byte
	SellerBy          id.ID
	SellerUS          clock.Instant `gorm:"column:seller_us"`
	BuyerBy           id.ID
	BuyerUS           clock.Instant `gorm:"column:buyer_us"`
	LimitUS           clock.Instant `gorm:"column:limit_us"`
	DeclinedBy        id.ID
	DeclinedOrg       id.ID
	DeclinedUS        clock.Instant `gorm:"column:declined_us"`
	Reason            string
	Version           int64
}

func (agreementRow) TableName() string { return "agreement" }

func (r agreementRow) agreement() Agreement {
	a := Agreement{ID: r.ID, Link: r.Link, Edition: r.Edition, Seller: r.Seller, Buyer: r.Buyer,
		Terms: Terms{From: r.FromOn, Until: r.UntilOn, PriceList: r.PriceList, Currency: r.Currency, PricesIncludeVAT: r.PricesIncludeVAT,
			MinOrder: r.MinOrder, NetDays: r.NetDays, EarlyDays: r.EarlyDays, EarlyBps: r.EarlyBps, Prepay: r.Prepay,
			CreditLimit: r.CreditLimit, TitleOn: r.TitleOn, RiskOn: r.RiskOn, ResaleBeforeTitle: r.ResaleBeforeTitle,
			OverBps: r.OverBps, UnderBps: r.UnderBps, FreightBy: r.FreightBy},
		SellerBy: r.SellerBy, SellerAt: r.SellerUS, BuyerBy: r.BuyerBy, BuyerAt: r.BuyerUS, LimitAt: r.LimitUS,
		DeclinedBy: r.DeclinedBy, DeclinedOrg: r.DeclinedOrg, DeclinedAt: r.DeclinedUS, Reason: r.Reason, Version: r.Version}
	copy(a.TextHash[:], r.TextHash)
	return a
}

func rowOfAgreement(a Agreement) agreementRow {
	t := a.Terms
	return agreementRow{ID: a.ID, Link: a.Link, Edition: a.Edition, Seller: a.Seller, Buyer: a.Buyer,
		FromOn: t.From, UntilOn: t.Until, PriceList: t.PriceList, Currency: t.Currency, PricesIncludeVAT: t.PricesIncludeVAT,
		MinOrder: t.MinOrder, NetDays: t.NetDays, EarlyDays: t.EarlyDays, EarlyBps: t.EarlyBps, Prepay: t.Prepay,
		CreditLimit: t.CreditLimit, TitleOn: t.TitleOn, RiskOn: t.RiskOn, ResaleBeforeTitle: t.ResaleBeforeTitle,
		OverBps: t.OverBps, UnderBps: t.UnderBps, FreightBy: t.FreightBy, TextHash: a.TextHash[:],
		SellerBy: a.SellerBy, SellerUS: a.SellerAt, BuyerBy: a.BuyerBy, BuyerUS: a.BuyerAt, LimitUS: a.LimitAt,
		DeclinedBy: a.DeclinedBy, DeclinedOrg: a.DeclinedOrg, DeclinedUS: a.DeclinedAt, Reason: a.Reason, Version: a.Version}
}

func missing(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// gone turns "no row" into the answer for what does not exist or may not be seen.
func gone(err error) error {
	if missing(err) {
		return errs.Gone()
	}
	return err
}

// sees is the condition under which viewer sees an organisation, as SQL on the table org, with its arguments. Everything that
// a list or a page shows of other organisations goes through it.
func sees(viewer id.ID) (string, []any) {
	return `(org.id = ? OR org.registered_by = ? OR org.id IN (
		SELECT buyer FROM link WHERE seller = ? UNION SELECT seller FROM link WHERE buyer = ?
		UNION SELECT agent FROM link WHERE seller = ? UNION SELECT agent FROM link WHERE buyer = ?
		UNION SELECT seller FROM link WHERE agent = ? UNION SELECT buyer FROM link WHERE agent = ?
		UNION SELECT agent FROM appointment WHERE principal = ? UNION SELECT principal FROM appointment WHERE agent = ?
		UNION SELECT channel.producer FROM channel JOIN channel_member ON channel_member.channel = channel.id WHERE channel_member.org = ?))`,
		[]any{viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer, viewer}
}

// seesOne is sees for one organisation: it asks for what is between the two, and not for all that the viewer knows.
func seesOne(viewer, org id.ID) (string, []any) {
	return `(org.id = ? OR org.registered_by = ? OR org.id IN (
		SELECT buyer FROM link WHERE seller = ? AND buyer = ? UNION SELECT seller FROM link WHERE buyer = ? AND seller = ?
		UNION SELECT agent FROM link WHERE seller = ? AND agent = ? UNION SELECT agent FROM link WHERE buyer = ? AND agent = ?
		UNION SELECT seller FROM link WHERE agent = ? AND seller = ? UNION SELECT buyer FROM link WHERE agent = ? AND buyer = ?
		UNION SELECT agent FROM appointment WHERE principal = ? AND agent = ? UNION SELECT principal FROM appointment WHERE agent = ? AND principal = ?
		UNION SELECT channel.producer FROM channel JOIN channel_member ON channel_member.channel = channel.id WHERE channel_member.org = ? AND channel.producer = ?))`,
		[]any{viewer, viewer, viewer, org, viewer, org, viewer, org, viewer, org, viewer, org, viewer, org, viewer, org, viewer, org, viewer, org}
}
