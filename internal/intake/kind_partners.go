package intake

import (
	"slices"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/partner"
)

func partnerKind() Kind {
	kinds := slices.DeleteFunc(slices.Clone(partner.Kinds), func(k string) bool { return k == "operator" || k == "consumer" })
	return Kind{Name: "partners", Right: [2]string{"partner", "write"}, begin: beginPartners, Columns: []Column{
		{Name: "kind", Sort: Choice, Must: true, Choices: kinds, Words: []string{"jenis mitra", "jenis pelanggan", "jenis", "tipe", "type", "customer kind", "partner kind"}},
		{Name: "code", Sort: Code, Must: true, Max: 32, Words: []string{"kode", "kode pelanggan", "kode toko", "customer code", "store", "store number", "partner code"}},
		{Name: "name", Sort: Text, Must: true, Max: 200, Words: []string{"nama", "nama pelanggan", "nama toko", "customer name", "store name", "partner name"}},
		{Name: "address", Sort: Text, Max: 300, Words: []string{"alamat", "jalan", "street"}},
		{Name: "city", Sort: Text, Max: 100, Words: []string{"kota", "kabupaten", "kota/kabupaten"}},
		{Name: "phone", Sort: Code, Max: 40, Words: []string{"telepon", "no hp", "hp", "telp", "no telepon", "mobile", "whatsapp", "wa"}},
		{Name: "tax_no", Sort: Code, Max: 40, Words: []string{"npwp", "nik", "tax id", "tax number", "npwp/nik"}},
		{Name: "pkp", Sort: Choice, Choices: yesNo, Words: []string{"vat registered", "kena ppn"}},
		{Name: "channel", Sort: Text, Max: 120, Words: []string{"saluran", "nama saluran"}},
	}}
}

// partnerSheet brings in organisations that the acting one enters, and links those that stand below it in a channel.
type partnerSheet struct {
	t        *sheetRun
	channels map[string][]id.ID
	country  string
	seen     map[partner.Ref]int64
}

// incoming is what a row does: Old where the organisation is there.
type incoming struct {
	make    partner.NewOrg
	old     partner.Coded
	channel id.ID
}

func beginPartners(t *sheetRun) (worker, error) {
	w := &partnerSheet{t: t, channels: map[string][]id.ID{}, seen: map[partner.Ref]int64{}}
	me, err := t.s.Partner.Org(t.ctx, t.a, t.a.Org)
	if err != nil {
		return nil, err
	}
	w.country = me.Country
	all, err := t.s.Partner.Channels(t.ctx, t.a)
	if err != nil && !errs.Is(err, errs.Forbidden) {
		return nil, err
	}
	for _, c := range all {
		w.channels[c.Name] = append(w.channels[c.Name], c.ID)
	}
	return w, nil
}

func (w *partnerSheet) check(batch []*record) error {
	var codes []string
	for _, r := range batch {
		if c := w.t.at(r, "code"); c.said {
			codes = append(codes, c.text)
		}
	}
	known, err := w.t.s.Partner.Coded(w.t.ctx, w.t.a, codes)
	if err != nil {
		return err
	}
	for _, r := range batch {
		w.one(r, known)
	}
	return nil
}

func (w *partnerSheet) one(r *record, known map[partner.Ref]partner.Coded) {
	at := func(name string) string { return w.t.at(r, name).text }
	ref := partner.Ref{Kind: at("kind"), Code: at("code")}
	if first, twice := w.seen[ref]; twice && ref.Code != "" {
		r.bad("code", "sheet.twice", "row", itoa(first))
	} else {
		w.seen[ref] = r.at
	}
	in := incoming{old: known[ref], make: partner.NewOrg{Kind: ref.Kind, Code: ref.Code, Name: at("name"), Address: at("address"), City: at("city"), Phone: at("phone"),
		TaxNo: at("tax_no"), VATRegistered: at("pkp") == "yes", Country: w.country, Currency: w.t.cur.Code, Zone: w.t.a.Zone}}
	if c := w.t.at(r, "channel"); c.said {
		switch all := w.channels[c.text]; len(all) {
		case 1:
			in.channel = all[0]
		case 0:
			r.bad("channel", "sheet.unknown_channel", "channel", c.text)
		default:
			r.bad("channel", "sheet.channel_twice", "channel", c.text)
		}
	}
	if len(r.marks) > 0 {
		return
	}
	if err := in.make.Check(); err != nil {
		w.t.blame(w, []*record{r}, err)
		return
	}
	r.data = in
	old := in.old
	if old.ID == 0 {
		r.state = RowNew
		return
	}
	if u := w.update(r, old.Org); u.Name == old.Name && u.Address == old.Address && u.City == old.City && u.Phone == old.Phone && u.TaxNo == old.TaxNo && u.VATRegistered == old.VATRegistered {
		r.state = RowSame
		return
	}
	if r.state = RowChanged; !old.Mine {
		r.bad("code", "sheet.partner_of_others")
	}
}

// update is what a row changes of an organisation; what it says nothing of stays.
func (w *partnerSheet) update(r *record, o partner.Org) partner.UpdateOrg {
	u := partner.UpdateOrg{Org: o.ID, Version: o.Version, Name: o.Name, Zone: o.Zone, VATRegistered: o.VATRegistered, Large: o.Large, TaxNo: o.TaxNo, Address: o.Address, City: o.City,
		Phone: o.Phone, Active: o.Active}
	for name, to := range map[string]*string{"name": &u.Name, "tax_no": &u.TaxNo, "address": &u.Address, "city": &u.City, "phone": &u.Phone} {
		if c := w.t.at(r, name); c.said {
			*to = c.text
		}
	}
	if c := w.t.at(r, "pkp"); c.said {
		u.VATRegistered = c.text == "yes"
	}
	return u
}

func (w *partnerSheet) apply(t *sheetRun, batch []*record) error {
	for _, r := range batch {
		in := r.data.(incoming)
		in.make.Key = t.key(r.at, in.make.Kind, in.make.Code)
		var err error
		switch {
		case in.old.ID != 0:
			_, err = t.s.Partner.Update(t.ctx, t.a, w.update(r, in.old.Org))
		case in.channel != 0:
			_, err = t.s.Partner.EnterBelow(t.ctx, t.a, in.channel, in.make)
		default:
			_, err = t.s.Partner.Create(t.ctx, t.a, in.make)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *partnerSheet) blames(field string) string {
	if field == "vat_registered" {
		return "pkp"
	}
	if w.t.job.Kind.index(field) >= 0 {
		return field
	}
	return "code"
}
