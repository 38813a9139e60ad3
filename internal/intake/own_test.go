package intake

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/partner"
	"saluran/internal/qty"
)

// Sales of a distributor of our own, with what an office may have called the columns.
const ourSales = `Nomor faktur;Baris;Tanggal;Kode Pembeli;Nama pembeli;Jenis pembeli;SKU;Nama barang;Kuantitas;Satuan;Harga;DPP;PPN
F-01;1;05/01/2026;007;Toko Melati;toko;KOPI-1;Kopi bubuk;2;karton;;480.000,00;52.800
F-01;2;05/01/2026;007;Toko Melati;toko;GULA;Gula 1 kg;10,5;kg;14.000;;
F-02;1;06/01/2026;A-9;Grosir Satu;grosir;KOPI-1;Kopi bubuk;24;;20.000;480.000;52.800
F-03;1;07/01/2026;007;Toko Melati;toko;KOPI-1;Kopi bubuk;-1;KARTON;;-240.000;-26.400
`

// firm is an organisation with people, as the importer sees it.
func (w *world) firm(kind, code, name string, by id.ID) access.Actor {
	w.Helper()
	ids, _, err := w.svc.Masters.(Contexts).Partner.BulkOrgs(w.Context(), id.By{Person: 1, Org: by}, []partner.NewOrg{{Kind: kind, Code: code, Name: name}})
	require.NoError(w, err)
	return access.Actor{Person: 7, Org: ids[partner.Ref{Kind: kind, Code: code}], Kind: kind, Role: "sales", Lang: "id", Zone: "Asia/Jakarta"}
}

func (w *world) ours(lines string) Job {
	m, err := LoadMapping("penjualan")
	require.NoError(w, err)
	return Job{Map: m, Lines: []Source{Bytes("penjualan.csv", []byte(lines))}}
}

// listed puts a product of a maker on a list of the seller.
func (w *world) listed(seller, maker id.ID, sku string, packs ...catalog.Unit) id.ID {
	w.Helper()
	c := w.svc.Masters.(Contexts)
	var no id.ID
	require.NoError(w, w.d.InTx(w.Context(), func(ctx context.Context) error {
		ids, err := c.Catalog.BulkProducts(ctx, id.By{Person: 1, Org: maker}, []catalog.Product{{Producer: maker, SKU: sku, Name: sku, BaseUnit: "pcs", Units: packs}})
		if err != nil {
			return err
		}
		no = ids[0]
		_, err = c.Catalog.BulkPrices(ctx, id.By{Person: 1, Org: seller}, catalog.PriceList{Org: seller, Name: "Daftar", Currency: "IDR"},
			[]catalog.Price{{Product: no, From: "2025-01-01", Price: 200_000_000}})
		return err
	}))
	return no
}

func TestAnOrganisationImportsItsOwnSales(t *testing.T) {
	w := newWorld(t)
	maker := w.firm("producer", "MKR", "Pabrik", 0)
	us := w.firm("distributor", "DST", "Distributor Kita", 0)
	stranger := w.firm("retailer", "007", "Toko milik orang lain", maker.Org)
	coffee := w.listed(us.Org, maker.Org, "KOPI-1", catalog.Unit{Name: "karton", Base: qty.Units(12)})

	v, err := w.svc.Preview(t.Context(), us, w.ours(ourSales))
	require.NoError(t, err)
	require.Empty(t, v.Summary.Problems)
	require.Equal(t, "DPP", v.Files[0].Uses["amount"])
	require.Equal(t, "Satuan", v.Files[0].Uses["unit"])
	s, err := w.svc.Run(t.Context(), us, w.ours(ourSales))
	require.NoError(t, err, "%+v", s)
	require.EqualValues(t, 3, s.Applied)
	require.Equal(t, "IDR", s.Currency)
	require.EqualValues(t, 867_000_00, int64(s.Amount), "480,000 + 147,000 + 480,000 - 240,000")
	require.EqualValues(t, 79_200_00, int64(s.Tax), "what the column says, and nothing of the rest")

	require.EqualValues(t, 867_000_00, w.one("SELECT SUM(l.net) FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id WHERE v.seller = ?", us.Org))
	require.EqualValues(t, 2, w.one("SELECT COUNT(*) FROM order_line WHERE product = ? AND unit = 'karton' AND qty = 12 * unit_qty", coffee))
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM product WHERE producer = ? AND sku = 'GULA' AND base_unit = 'kg' AND decimals = 1", us.Org))
	require.EqualValues(t, 0, w.one("SELECT COUNT(*) FROM orders WHERE buyer = ?", stranger.Org), "the code of a stranger is not the stranger")
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM org WHERE code = 'DST-007' AND registered_by = ?", us.Org))
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM org WHERE kind = 'wholesaler' AND code = 'A-9' AND registered_by = ?", us.Org))

	before := w.rows()
	s, err = w.svc.Run(t.Context(), us, w.ours(ourSales))
	require.NoError(t, err)
	require.EqualValues(t, 3, s.Already)
	require.Equal(t, before, w.rows(), "a second run adds nothing")
	_, err = w.svc.Run(t.Context(), us, w.ours(strings.Replace(ourSales, "10,5", "11,5", 1)))
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.Equal(t, before, w.rows())

	// Another one may have sold under the same numbers, and to shops of the same codes.
	them := w.firm("wholesaler", "DST", "Grosir lain", 0)
	s, err = w.svc.Run(t.Context(), them, w.ours(strings.ReplaceAll(ourSales, ";karton;", ";KARTON;")))
	require.Equal(t, "import.refused", errs.CodeOf(err), "%+v", s)
	require.Equal(t, "import.missing", s.Problems[0].Code, "of a product that it does not know, nobody knows what the line without a unit counts")
	require.Zero(t, s.NConflicts, "numbers of others are no conflict")
	s, err = w.svc.Run(t.Context(), them, w.ours(strings.ReplaceAll(strings.Replace(ourSales, ";24;;", ";24;karton;", 1), ";KARTON;", ";karton;")))
	require.NoError(t, err, "%+v", s)
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM org WHERE code = ? AND registered_by = ?", them.Org.String()+"-007", them.Org))
	before = w.rows()
	_, err = w.svc.Run(t.Context(), them, w.ours(strings.ReplaceAll(strings.Replace(ourSales, ";24;;", ";24;karton;", 1), ";KARTON;", ";karton;")))
	require.NoError(t, err)
	require.Equal(t, before, w.rows())
	w.verify()
}

func TestOthersStayOutOfReach(t *testing.T) {
	w := newWorld(t)
	maker := w.firm("producer", "MKR", "Pabrik", 0)
	us := w.firm("distributor", "DST", "Kita", 0)
	w.listed(maker.Org, maker.Org, "RAHASIA", catalog.Unit{Name: "dus", Base: qty.Units(6)})
	agent := w.firm("agent", "AGN", "Perantara", 0)
	before := w.rows()

	iowa, err := LoadMapping("iowa")
	require.NoError(t, err)
	job := w.ours(ourSales)
	job.Map = iowa
	_, err = w.svc.Preview(t.Context(), us, job)
	require.Equal(t, "import.other_seller", errs.CodeOf(err))
	require.True(t, errs.Is(err, errs.Forbidden))

	_, err = w.svc.Preview(t.Context(), agent, w.ours(ourSales))
	require.Equal(t, "import.own_kind", errs.CodeOf(err))
	_, err = w.svc.Preview(t.Context(), System(), w.ours(ourSales))
	require.Equal(t, "import.whose", errs.CodeOf(err))

	// Sellers by a column: rows of others are bad, however they come.
	m, err := ParseMapping([]byte(`{"name":"ledger","currency":"IDR","country":"ID","document":{"column":"doc"},"date":{"column":"day"},"quantity":{"column":"n"},
		"amount":{"column":"sum"},"seller":{"kind":"distributor","code":{"column":"seller"}},"buyer":{"kind":"retailer","code":{"column":"buyer"}},
		"product":{"code":{"column":"sku"},"producer":{"column":"maker"}}}`))
	require.NoError(t, err)
	run := func(rows string) *Summary {
		s, err := w.svc.Check(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("x.csv", []byte("doc,day,n,sum,seller,buyer,sku,maker\n"+rows))}})
		require.NoError(t, err)
		return s
	}
	s := run("1,2026-01-05,1,10,DST,X1,A,NEW\n2,2026-01-05,1,10,OTHER,X1,A,NEW\n")
	require.Len(t, s.Problems, 1)
	require.Equal(t, "import.not_yours", s.Problems[0].Code)
	require.EqualValues(t, 1, s.New)
	// A producer whom one does not know is somebody else, whatever the code.
	s = run("1,2026-01-05,1,10,DST,X1,RAHASIA,MKR\n")
	require.Empty(t, s.Problems)
	require.EqualValues(t, 1, s.ProductsNew, "not the secret product")
	require.EqualValues(t, 2, s.PartnersNew, "a maker of one's own, and the buyer")

	m.Supply = &Supply{Cost: Field{Column: "sum"}}
	_, err = w.svc.Check(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("x.csv", []byte("doc\n"))}})
	require.Equal(t, "import.supply_of_others", errs.CodeOf(err))
	require.Equal(t, before, w.rows())
}

// TestWhomOneKnows: a buyer is written to where both accepted an agreement, and one's own entry only while it has no people.
func TestWhomOneKnows(t *testing.T) {
	w := newWorld(t)
	us := w.firm("distributor", "DST", "Kita", 0)
	shop := w.firm("retailer", "T1", "Toko", 0)
	mine := w.firm("retailer", "T2", "Toko kita", us.Org)
	c := w.svc.Masters.(Contexts)
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		channel, err := c.Partner.BulkChannel(ctx, us.By(), us.Org, "toko", []string{"any", "any"})
		if err != nil {
			return err
		}
		_, err = c.Partner.BulkLinks(ctx, us.By(), channel, 1, 2, []partner.Pair{{Seller: us.Org, Buyer: shop.Org}})
		return err
	}))
	lines := "Document,Date,Buyer,Product,Qty,Amount\nA,2026-01-05,T1,X,1,10\nB,2026-01-05,T2,X,1,10\n"
	m, err := LoadMapping("sales")
	require.NoError(t, err)
	job := Job{Map: m, Lines: []Source{Bytes("x.csv", []byte(lines))}}
	s, err := w.svc.Check(t.Context(), us, job)
	require.NoError(t, err)
	require.Len(t, s.Problems, 1)
	require.Equal(t, Problem{File: "x.csv", Row: 2, Column: "Buyer", Value: "T1", Code: "import.not_linked"}, s.Problems[0])
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		return w.d.W(ctx).Exec("INSERT INTO person (id, email, name, password, lang, active, created_us, version) VALUES (900, 'x@y.z', 'X', '', 'id', TRUE, 1, 1)").Error
	}))
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		return w.d.W(ctx).Exec("INSERT INTO membership (person, org, role, created_us) VALUES (900, ?, 'owner', 1)", mine.Org).Error
	}))
	s, err = w.svc.Check(t.Context(), us, job)
	require.NoError(t, err)
	require.Len(t, s.Problems, 2, "it has people of its own now: an agreement is theirs to accept")
}

// TestAReturnTellsNothingOfOthers: what somebody else sold the buyer is not part of what falls short.
func TestAReturnTellsNothingOfOthers(t *testing.T) {
	w := newWorld(t)
	maker := w.firm("producer", "MKR", "Pabrik", 0)
	us, them := w.firm("distributor", "D1", "Kita", 0), w.firm("distributor", "D2", "Mereka", 0)
	w.listed(us.Org, maker.Org, "KOPI")
	w.listed(them.Org, maker.Org, "KOPI")
	m, err := LoadMapping("sales")
	require.NoError(t, err)
	job := func(rows string) Job {
		return Job{Map: m, Lines: []Source{Bytes("x.csv", []byte("Document,Date,Buyer,Product,Qty,Amount\n"+rows))}}
	}
	_, err = w.svc.Run(t.Context(), them, job("A,2026-01-05,S,KOPI,100,1000\n"))
	require.NoError(t, err)
	_, err = w.svc.Run(t.Context(), us, job("A,2026-01-05,S,KOPI,10,100\n"))
	require.NoError(t, err)
	s, err := w.svc.Run(t.Context(), us, job("B,2026-01-06,S,KOPI,-25,-250\n"))
	require.NoError(t, err)
	require.EqualValues(t, 15_000, s.Opening)
	w.verify()
}

func TestAFaultyMappingNamesItsField(t *testing.T) {
	good := `{"name":"x","document":{"column":"d"},"date":{"column":"t"},"quantity":{"column":"q"},"amount":{"column":"a"},"seller":{"own":true},
"buyer":{"kind":"retailer","code":{"column":"b"}},"product":{"code":{"column":"p"}}}`
	_, err := ParseMapping([]byte(good))
	require.NoError(t, err)
	for _, c := range []struct{ from, to, field, code string }{
		{`"name":"x"`, `"name":"X Y"`, "name", "import.map_name"},
		{`"name":"x"`, `"name":"x","decimal":";"`, "decimal", "import.map_decimal"},
		{`"name":"x"`, `"name":"x","decimal":",","thousand":","`, "thousand", "import.map_thousand"},
		{`"name":"x"`, `"name":"x","delimiter":"abc"`, "delimiter", "import.map_delimiter"},
		{`"name":"x"`, `"name":"x","zone":"Mars/Olympus"`, "zone", "import.map_zone"},
		{`"name":"x"`, `"name":"x","currency":"XXQ"`, "currency", "import.map_currency"},
		{`"name":"x"`, `"name":"x","country":"id"`, "country", "import.map_country"},
		{`"name":"x"`, `"name":"x","date_formats":["DD/MM"]`, "date_formats", "import.map_date"},
		{`"name":"x"`, `"name":"x","net_days":-1`, "net_days", "import.map_range"},
		{`"name":"x"`, `"name":"x","tax_included":true`, "tax", "import.map_tax"},
		{`"name":"x"`, `"name":"x","tax_code":"far too long a word for it"`, "tax_code", "import.map_tax_code"},
		{`"amount":{"column":"a"},`, ``, "amount", "import.map_no_column"},
		{`{"column":"d"}`, `{}`, "document", "import.map_no_column"},
		{`{"column":"d"}`, `{"column":"d","last":-3}`, "document", "import.map_part"},
		{`"own":true`, `"own":true,"kind":"retailer"`, "seller", "import.map_own"},
		{`"own":true`, `"kind":"agent","code":{"const":"A"}`, "currency", "import.map_missing"},
		{`"kind":"retailer"`, `"kind":"agent"`, "buyer.kind", "import.map_kind"},
		{`"kind":"retailer"`, `"kind":"retailer","own":true`, "buyer.own", "import.map_buyer_own"},
		{`"name":"x"`, `"nam":"x"`, "nam", "import.map_unknown_field"},
		{`"name":"x"`, `"name":7`, "name", "import.map_sort"},
		{`"name":"x",`, "\n\"name\":\"x\"\n", "mapping", "import.map_syntax"},
		{`"p"}}}`, `"p"}}`, "mapping", "import.map_end"},
		{`"p"}}}`, `"p"}}} {}`, "mapping", "import.map_more"},
	} {
		_, err := ParseMapping([]byte(strings.Replace(good, c.from, c.to, 1)))
		var e *errs.Error
		require.ErrorAs(t, err, &e, c.code)
		require.Equal(t, errs.Invalid, e.Kind)
		require.Equal(t, c.code, e.Code, c.to)
		require.Equal(t, c.field, e.Fields[0].Path)
	}
}
