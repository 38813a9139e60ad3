package intake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/goods"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/partner"
)

// office is a producer with its spreadsheets.
type office struct {
	*world
	sheets *Sheets
	a      access.Actor
	back   bytes.Buffer
}

func newOffice(t testing.TB) *office {
	w := newWorld(t)
	p := partner.New(w.d, openGate{}, clock.System{}, limits{w.book})
	var org id.ID
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		ids, _, err := p.BulkOrgs(ctx, id.By{Person: 7}, []partner.NewOrg{{Kind: "producer", Code: "KOPI", Name: "PT Kopi"}})
		org = ids[partner.Ref{Kind: "producer", Code: "KOPI"}]
		return err
	}))
	c := catalog.New(w.d, clock.System{}, openGate{}, nil)
	g := goods.New(goods.Config{DB: w.d, Book: w.book, Clock: clock.System{}, Gate: openGate{}, Products: c})
	return &office{world: w, sheets: &Sheets{DB: w.d, Clock: clock.System{}, Gate: openGate{}, Partner: p, Catalog: c, Goods: g, Trade: w.rec.Service, Sales: w.svc},
		a: access.Actor{Person: 7, Org: org, Kind: "producer", Role: "owner", Lang: "id", Zone: "Asia/Jakarta"}}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func (o *office) job(kind, name, content string) SheetJob {
	k, err := KindOf(kind)
	require.NoError(o, err)
	o.back.Reset()
	return SheetJob{Kind: k, File: Bytes(name, []byte(content)), AcceptGood: true, Back: func(string) (io.WriteCloser, error) {
		o.back.Reset()
		return nopCloser{&o.back}, nil
	}}
}

func (o *office) check(j SheetJob) *SheetView {
	o.Helper()
	v, err := o.sheets.Check(o.Context(), o.a, j)
	require.NoError(o, err)
	return v
}

func (o *office) bring(j SheetJob) *SheetView {
	o.Helper()
	v, err := o.sheets.Run(o.Context(), o.a, j)
	require.NoError(o, err)
	return v
}

func TestNumbersAreReadAsTheFileWritesThem(t *testing.T) {
	for _, c := range []struct{ decimal, in, out, why string }{
		{",", "Rp 1.234.567,50", "1234567.50", ""}, {".", "$1,234.50", "1234.50", ""}, {",", "1.000,-", "1000", ""}, {".", "(12.5)", "-12.5", ""},
		{",", "0,5", "0.5", ""}, {"", "1500", "1500", ""}, {",", "1,234.50", "", "sheet.number_other_way"}, {".", "1.234.567", "", "sheet.number_other_way"},
		{".", "12,34", "", "sheet.number_other_way"}, {",", "sebelas", "", "import.not_a_number"}, {".", "", "", "import.not_a_number"}, {",", "1 234 567,25", "1234567.25", ""},
	} {
		got, why := Reading{Decimal: c.decimal}.plainNumber(c.in, false)
		require.Equal(t, c.why, why, c.in)
		require.Equal(t, c.out, got, c.in)
	}
	for in, want := range map[string]string{"1.234,5": ",", "1,234.5": ".", "1.234": "?", "1,234": "?", "1.234.567": ",", "12.5": ".", "12,50": ",", "0.500": ".", "1234.500": ".", "77": ""} {
		require.Equal(t, want, decimalOf(in), in)
	}
}

func TestDaysAreReadInAllUsualForms(t *testing.T) {
	for in, want := range map[string]string{"2026-04-03": "2026-04-03", "03/04/2026": "2026-04-03", "3/4/26": "2026-04-03", "03.04.2026": "2026-04-03", "3-4-2026": "2026-04-03",
		"20260403": "2026-04-03", "3 April 2026": "2026-04-03", "03-Apr-26": "2026-04-03", "Jumat, 3 April 2026": "2026-04-03", "April 3, 2026": "2026-04-03", "3 Mei 2026": "2026-05-03",
		"17 Agustus 1985": "1985-08-17", "2026/04/03": "2026-04-03", "03/04/2026 10:15": "2026-04-03", "2026-04-03T10:15:00Z": "2026-04-03", "1 Des 2026": "2026-12-01"} {
		d, why := Reading{Order: "dmy"}.dayRead(in, false)
		require.Empty(t, why, in)
		require.EqualValues(t, want, d, in)
	}
	d, why := Reading{Order: "mdy"}.dayRead("04/03/2026", false)
	require.Empty(t, why)
	require.EqualValues(t, "2026-04-03", d)
	_, why = Reading{Order: "dmy"}.dayRead("04/25/2026", false)
	require.Equal(t, "sheet.day_other_way", why)
	for _, in := range []string{"31/02/2026", "kemarin", "2026-13-01", "12", "32 April 2026"} {
		_, why := Reading{Order: "dmy"}.dayRead(in, false)
		require.Equal(t, "sheet.bad_day", why, in)
	}
	d, why = Reading{}.dayRead("46115", true)
	require.Empty(t, why)
	require.EqualValues(t, "2026-04-03", d, "a day as a workbook stores it")
}

func TestProductsComeInOnceAndKeepTheirZeros(t *testing.T) {
	o := newOffice(t)
	const file = "Kode Produk;Nama Produk;Satuan;Barcode;Isi;Satuan besar\n00123;Kopi Gayo 250 g;pcs;8992304046940;24;dus\n00124;Kopi Toraja;pcs;;;\n"
	v := o.check(o.job("products", "produk.csv", file))
	require.True(t, v.Clean(), v)
	require.EqualValues(t, []int64{2, 2, 0}, []int64{v.Rows, v.New, v.Applied})
	require.Zero(t, o.one("SELECT COUNT(*) FROM product WHERE producer = ?", o.a.Org), "a check changes nothing")
	v = o.bring(o.job("products", "produk.csv", file))
	require.EqualValues(t, 2, v.Applied)
	require.EqualValues(t, 1, o.one("SELECT COUNT(*) FROM product WHERE producer = ? AND sku = '00123' AND gtin = '8992304046940'", o.a.Org))
	require.EqualValues(t, 24000, o.one("SELECT u.base_qty FROM product_unit u JOIN product p ON p.id = u.product WHERE p.producer = ? AND u.unit = 'dus'", o.a.Org))
	v = o.bring(o.job("products", "lagi.csv", file))
	require.EqualValues(t, []int64{0, 2}, []int64{v.Applied, v.Same}, "again, nothing")
	v = o.bring(o.job("products", "ubah.csv", "kode;nama\n00124;Kopi Toraja Sapan\n"))
	require.EqualValues(t, []int64{1, 1}, []int64{v.Applied, v.Changed})
	require.EqualValues(t, 1, o.one("SELECT COUNT(*) FROM product WHERE producer = ? AND name = 'Kopi Toraja Sapan' AND version = 2", o.a.Org))
}

func TestWhatIsWrongIsMarkedInItsCellAndComesBackInRed(t *testing.T) {
	o := newOffice(t)
	const file = "Kode Produk,Nama Produk,Barcode,Satuan\n0001,Teh,8992304046940,pcs\n0001,Teh lagi,,pcs\n8.99E+12,Gula,,kg\n0003,,,kg\n0004,=1+1,123,kg\n"
	v := o.check(o.job("products", "produk.csv", file))
	require.EqualValues(t, []int64{5, 1, 4}, []int64{v.Rows, v.New, v.Bad})
	marks := map[int64]string{}
	for _, r := range v.First {
		for _, m := range r.Marks {
			marks[r.Row] = m.Column + " " + m.Code
			require.NotContains(t, i18n.Code("id", m.Code, m.Args), "err.", m.Code)
		}
	}
	require.Equal(t, map[int64]string{3: "sku sheet.twice", 4: "sku sheet.code_lost", 5: "name import.missing", 6: "gtin product.gtin"}, marks)
	b, err := excel.OpenReader(bytes.NewReader(o.back.Bytes()), excel.Usual)
	require.NoError(t, err)
	defer b.Close()
	rows, err := b.Rows("")
	require.NoError(t, err)
	var got []string
	for rows.Next() {
		got = append(got, strings.Join(rows.Cells(), "|"))
	}
	require.Len(t, got, 6)
	require.Contains(t, got[0], "|Masalah")
	require.Contains(t, got[2], "0001|Teh lagi")
	require.Contains(t, got[2], "Kode barang: Sudah ada di baris 2")
	require.Contains(t, got[5], "=1+1", "text, and no formula")
	// the good ones alone, or none
	j := o.job("products", "produk.csv", file)
	j.AcceptGood = false
	_, err = o.sheets.Run(t.Context(), o.a, j)
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.Zero(t, o.one("SELECT COUNT(*) FROM product WHERE producer = ?", o.a.Org))
	require.EqualValues(t, 1, o.bring(o.job("products", "produk.csv", file)).Applied)
	// what came back is put right and sent again
	v = o.check(SheetJob{Kind: productKind(), File: Bytes("kembali.xlsx", bytes.Clone(o.back.Bytes()))})
	require.EqualValues(t, []int64{5, 1, 4}, []int64{v.Rows, v.Same, v.Bad})
}

func TestNothingIsGuessedSilently(t *testing.T) {
	o := newOffice(t)
	l, err := o.sheets.Catalog.AddList(t.Context(), o.a, audit.Key{}, catalog.PriceList{Name: "Eceran", Currency: "IDR"})
	require.NoError(t, err)
	o.bring(o.job("products", "p.csv", "kode,nama\nA,Satu\nB,Dua\n"))
	v := o.check(o.job("prices", "h.csv", "Daftar harga;Kode produk;Harga;Mulai\nEceran;A;1.500;03/04/2027\nEceran;B;2.500;05/04/2027\n"))
	require.False(t, v.Ready())
	require.Len(t, v.Asks, 2)
	require.Equal(t, "order 03/04/2027 decimal 1.500", v.Asks[0].What+" "+v.Asks[0].Value+" "+v.Asks[1].What+" "+v.Asks[1].Value)
	_, err = o.sheets.Run(t.Context(), o.a, o.job("prices", "h.csv", "Daftar harga;Kode produk;Harga\nEceran;A;1.500\n"))
	require.Equal(t, "sheet.not_ready", errs.CodeOf(err))
	j := o.job("prices", "h.csv", "Daftar harga;Kode produk;Harga;Mulai\nEceran;A;1.500;03/04/2027\nEceran;B;2.500;05/04/2027\n")
	j.Reading = Reading{Order: "dmy", Decimal: ","}
	require.EqualValues(t, 2, o.bring(j).Applied)
	require.EqualValues(t, 1, o.one("SELECT COUNT(*) FROM price WHERE list = ? AND from_on = '2027-04-03' AND price = 15000000", l.ID))
	require.EqualValues(t, []int64{0, 2}, func() []int64 { v := o.bring(j); return []int64{v.Applied, v.Same} }(), "again, nothing")
	// one cell is enough to know
	v = o.check(o.job("prices", "h.csv", "Daftar harga;Kode produk;Harga;Mulai\nEceran;A;1.500;03/04/2027\nEceran;B;2.500,50;25/04/2027\n"))
	require.True(t, v.Ready())
	require.Equal(t, Reading{"dmy", ","}, v.Reading)
	// a missing column is asked for, and one value may stand for all rows
	v = o.check(o.job("prices", "h.csv", "kode,harga\nA,1750.5\n"))
	require.Equal(t, []string{"list"}, v.Needs)
	j = o.job("prices", "h.csv", "kode,harga\nA,1750.5\nC,12\n")
	j.Match = Match{"list": {Value: "Eceran"}, "sku": {Column: 0}, "price": {Column: 1}}
	v = o.check(j)
	require.EqualValues(t, []int64{1, 1}, []int64{v.New + v.Changed, v.Bad})
	require.Equal(t, "sheet.unknown_product", v.Problems[0].Code)
}

func TestColumnsAreRememberedForTheOrganisationAlone(t *testing.T) {
	o := newOffice(t)
	const file = "Artikelnummer,Bezeichnung\nA,Satu\n"
	require.Equal(t, []string{"sku", "name"}, o.check(o.job("products", "x.csv", file)).Needs)
	require.NoError(t, o.d.InTx(t.Context(), func(ctx context.Context) error {
		return o.sheets.remember(ctx, o.a.By(), productKind(), []string{"Artikelnummer", "Bezeichnung"}, Match{"sku": {Column: 0}, "name": {Column: 1}})
	}))
	v := o.check(o.job("products", "x.csv", file))
	require.True(t, v.Ready())
	require.Equal(t, byRemembered, v.Match["sku"].How)
	other := o.a
	other.Org++
	t.Run("another", func(t *testing.T) {
		r := &sheetRun{ctx: t.Context(), s: o.sheets, a: other, job: o.job("products", "x.csv", file)}
		m, err := r.found([]string{"Artikelnummer", "Bezeichnung"})
		require.NoError(t, err)
		require.Empty(t, m)
	})
}

func TestTemplatesAreUnderstoodInBothLanguages(t *testing.T) {
	o := newOffice(t)
	for _, k := range Kinds() {
		for _, lang := range []string{"id", "en"} {
			var b bytes.Buffer
			choices, err := o.sheets.choices(t.Context(), o.a, k)
			require.NoError(t, err)
			require.NoError(t, k.Template(lang, choices, &b))
			r := &sheetRun{ctx: t.Context(), s: o.sheets, a: o.a, job: SheetJob{Kind: k}}
			f, err := open(Bytes("t.xlsx", b.Bytes()), Mapping{})
			require.NoError(t, err)
			m, err := r.found(f.header)
			f.close()
			require.NoError(t, err)
			for i, c := range k.Columns {
				require.Equal(t, i, m[c.Name].Column, "%s %s %s", k.Name, lang, c.Name)
				require.Contains(t, m, c.Name)
			}
		}
	}
}

// TestMinimarket brings in a real shop's master: products, then their prices, over ten thousand rows in all.
func TestMinimarket(t *testing.T) {
	dir := sharedData(t)
	path := filepath.Join(dir, "indonesia-minimarket", "barang.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("SALURAN_DATA has no indonesia-minimarket/barang.csv: this test needs it")
	}
	o := newOffice(t)
	j := o.job("products", "barang.csv", "")
	j.File = File(path)
	v := o.check(j)
	require.Empty(t, v.Needs)
	require.Empty(t, v.Asks)
	report(t, v)
	rows := v.Rows
	got := o.bring(j)
	require.EqualValues(t, got.New, got.Applied)
	require.EqualValues(t, v.New, o.one("SELECT COUNT(*) FROM product WHERE producer = ?", o.a.Org))
	_, err := o.sheets.Catalog.AddList(t.Context(), o.a, audit.Key{}, catalog.PriceList{Name: "Harga eceran", Currency: "IDR"})
	require.NoError(t, err)
	p := o.job("prices", "barang.csv", "")
	p.File = File(path)
	p.Match = Match{"list": {Value: "Harga eceran"}, "sku": {Column: 0}, "price": {Column: 9}}
	w := o.bring(p)
	report(t, w)
	require.Positive(t, w.Applied)
	rows += w.Rows
	require.Greater(t, rows, int64(10_000))
	again := o.bring(p)
	require.Zero(t, again.Applied)
}

// TestOtherExtractsOfIowa brings in real extracts in other shapes: ";", "$", MM/DD/YYYY; 16 columns and no invoice number; snake_case.
func TestOtherExtractsOfIowa(t *testing.T) {
	dir := filepath.Join(sharedData(t), "iowa", "other-samples")
	for _, c := range []struct {
		file    string
		order   string
		decimal string
		rows    int64
	}{{"cc5212_Iowa_Liquor_Sales_10k.csv", "mdy", ".", 10_000}, {"lukefiorio_2012-01-31_full_day.csv", "", ".", 9_510}, {"APersonalVoyage_iowa_liquor_sales_1000.csv", "mdy", ".", 1_000}} {
		t.Run(c.file, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, c.file)); err != nil {
				t.Skipf("SALURAN_DATA has no iowa/other-samples/%s", c.file)
			}
			o := newOffice(t)
			j := o.job("sales", c.file, "")
			j.File = File(filepath.Join(dir, c.file))
			v := o.check(j)
			require.Empty(t, v.Needs)
			require.Empty(t, v.Asks)
			require.Equal(t, c.order, v.Reading.Order)
			require.Equal(t, c.decimal, v.Reading.Decimal)
			require.InDelta(t, c.rows, v.Rows, 2)
			report(t, v)
			if c.rows > 2000 && os.Getenv("SALURAN_FULL") == "" {
				return
			}
			got := o.bring(j)
			report(t, got)
			require.Positive(t, got.Applied)
			require.Equal(t, v.New, got.Applied)
			require.Zero(t, o.check(j).New, "again, nothing")
		})
	}
}

// TestLongAHundredThousandProducts brings in 100,000 rows and prints what that took.
func TestLongAHundredThousandProducts(t *testing.T) {
	n := 2_000
	if os.Getenv("SALURAN_FULL") != "" {
		n = 100_000
	}
	var b bytes.Buffer
	b.WriteString("Kode produk;Nama produk;Satuan;Isi;Satuan besar\n")
	for i := range n {
		fmt.Fprintf(&b, "%07d;Barang nomor %d;pcs;24;dus\n", i, i)
	}
	o := newOffice(t)
	j := o.job("products", "banyak.csv", b.String())
	var told, peak int64
	j.Progress = func(done, total int64) {
		told++
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, int64(m.HeapAlloc))
	}
	start := time.Now()
	v := o.check(j)
	checked := time.Since(start)
	require.EqualValues(t, n, v.New)
	start = time.Now()
	v = o.bring(j)
	require.EqualValues(t, n, v.Applied)
	applied := time.Since(start)
	require.EqualValues(t, n, o.one("SELECT COUNT(*) FROM product WHERE producer = ?", o.a.Org))
	require.Greater(t, told, int64(n/batchRows))
	t.Logf("%d products: checked in %.1f s, applied in %.1f s, heap at most %d MB, the file %d MB, told %d times", n, checked.Seconds(), applied.Seconds(), peak>>20, b.Len()>>20, told)
	require.Less(t, peak, int64(256<<20))
}

func TestAnImportThatWasCancelledOrKilledIsTakenUp(t *testing.T) {
	o := newOffice(t)
	var b bytes.Buffer
	b.WriteString("Kode produk;Nama produk\n")
	for i := range 1800 {
		fmt.Fprintf(&b, "P%05d;Barang %d\n", i, i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	j := o.job("products", "x.csv", b.String())
	j.Progress = func(done, _ int64) {
		if done >= 1000 {
			cancel() // as the queue does when the job is cancelled, or the program stops
		}
	}
	_, err := o.sheets.Run(ctx, o.a, j)
	require.ErrorIs(t, err, context.Canceled)
	some := o.one("SELECT COUNT(*) FROM product WHERE producer = ?", o.a.Org)
	require.Positive(t, some)
	require.Less(t, some, int64(1800))
	require.Zero(t, some%batchRows, "whole batches")
	j.Progress = nil
	v := o.bring(j)
	require.EqualValues(t, []int64{some, 1800 - some}, []int64{v.Same, v.Applied})
}

// report prints what a file came to, in words.
func report(t *testing.T, v *SheetView) {
	t.Helper()
	k, _ := KindOf(v.Kind)
	t.Logf("%s %s: %d rows: %d new, %d changed, %d already there, %d wrong", v.Kind, v.File, v.Rows, v.New, v.Changed, v.Same, v.Bad)
	for _, p := range v.Problems {
		words := k.Sentence("id", p.Mark)
		require.NotContains(t, words, "err.")
		t.Logf("  %5d × %s (first in row %d: %q)", p.N, words, p.Row, p.Value)
	}
}

// TestFilesWithFormerHeadsAreUnderstood: what a template called its columns before is still known, for files that people have kept.
func TestFilesWithFormerHeadsAreUnderstood(t *testing.T) {
	for kind, heads := range map[string]map[string]string{
		"products": {"Kode produk": "sku", "Nama produk": "name", "Barcode (GTIN)": "gtin"}, "prices": {"Kode produk": "sku"}, "stock": {"Kode produk": "sku"},
		"orders": {"Kode produk": "sku"}, "payments": {"Nomor faktur": "invoice"}, "sales": {"Kode produk": "sku", "Nama produk": "name", "Nomor faktur": "document"},
	} {
		k, err := KindOf(kind)
		require.NoError(t, err)
		for head, name := range heads {
			require.Contains(t, k.words(k.Columns[k.index(name)]), sameName(head), "%s of %s", head, kind)
		}
	}
}
