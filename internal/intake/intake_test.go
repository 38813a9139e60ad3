package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// A little trade of our own: two makers, a seller, three shops.
const (
	products = `Item Number,Item Description,Vendor,Vendor Name,Pack,UPC,State Bottle Cost,State Bottle Retail
0101,"Kopi Gayo, 250 g",007,PT Gayo / Jaya,12,8991234567891,4.00,6.00
0102,Kopi Toraja,007,PT Gayo / Jaya,12,,5.25,8.00
0201,Teh Slawi,012,CV Slawi  Harum,24,,1.10,1.75
`
	stores = `Store,Name,Address,City
0011,"Toko ""Maju"" #1",Jl. Satu 1,Solo
0012,Toko Dua,,Klaten
0013,Toko Tiga,Jl. Tiga 3,Sragen
`
	header = "Invoice/Item Number,Date,Store Number,Item Number,Bottles Sold,Sale (Dollars)\n"
	sales  = header + `INV-100100001,2022-03-01,0011,0101,24,144.00
INV-100100003,2022-03-01,0011,0201,10,17.43
INV-100200001,2022-03-01,0012,0102,6,48.00
INV-100300001,2022-03-02,0013,0101,12,72.00
RINV-000100001,2022-03-02,0011,0101,-30,-180.00
RINV-000100002,2022-03-02,0011,0102,2,16.00
RINV-000200001,2022-03-03,0012,0102,-6,-48.00
`
)

func (w *world) job(lines ...string) Job {
	m, err := LoadMapping("iowa")
	require.NoError(w, err)
	p, s := Bytes("products.csv", []byte(products)), Bytes("stores.csv", []byte(stores))
	j := Job{Map: m, Products: &p, Partners: &s}
	for i, l := range lines {
		j.Lines = append(j.Lines, Bytes(fmt.Sprintf("lines%d.csv", i+1), []byte(l)))
	}
	return j
}

func (w *world) run(lines ...string) *Summary {
	w.Helper()
	s, err := w.svc.Run(w.Context(), System(), w.job(lines...))
	require.NoError(w, err, "%+v", s)
	return s
}

func TestHistoryStandsAsItWas(t *testing.T) {
	w := newWorld(t)
	s := w.run(sales)
	require.EqualValues(t, 7, s.Lines)
	require.EqualValues(t, 5, s.Applied)
	require.EqualValues(t, 1, s.OpeningLines)
	require.EqualValues(t, 6000, s.Opening, "30 came back of 24")
	require.EqualValues(t, 3, s.Purchases)
	require.EqualValues(t, 2, s.PurchaseBacks)

	require.EqualValues(t, 6943, int64(s.Amount))
	require.EqualValues(t, 6943, w.one("SELECT SUM(l.net) FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id JOIN org o ON o.id = v.seller WHERE o.code = 'IOWA'"))
	require.EqualValues(t, 17430, w.one("SELECT price FROM order_line WHERE line = 3"), "1.743 a bottle, from the amount")
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM org WHERE kind = 'retailer' AND code = '0011' AND name = ?", `Toko "Maju" #1`))
	require.EqualValues(t, 2, w.one("SELECT COUNT(*) FROM invoice WHERE number LIKE 'RINV-0001%'"), "one document, invoice and credit note")
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM invoice WHERE number = 'RINV-0001' AND kind = 'credit' AND net = -18000"))
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM invoice WHERE number = 'RINV-0001/I' AND kind = 'invoice' AND net = 1600"))
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM orders WHERE number = 'RINV-0001' AND kind = 'return' AND net = -16400"))
	require.EqualValues(t, 1646157600000000, w.one("SELECT effective_us FROM journal WHERE event_key = 'import/iowa/IOWA/INV-1001'"), "noon in Chicago")
	w.verify()
}

func TestTwiceAddsNothing(t *testing.T) {
	w := newWorld(t)
	w.run(sales)
	before := w.rows()
	s := w.run(sales)
	require.Equal(t, before, w.rows())
	require.EqualValues(t, 5, s.Already)
	require.Zero(t, s.New+s.Applied+s.Purchases)

	cut := strings.Index(sales, "INV-1003")
	s = w.run(sales[:cut], header+sales[cut:])
	require.EqualValues(t, 5, s.Already, "the same in two files")
	require.Equal(t, before, w.rows())
}

func TestMoreOfTheSameDay(t *testing.T) {
	w := newWorld(t)
	w.run(sales)
	s := w.run(sales + "INV-100900001,2022-03-01,0013,0101,5,30.00\n")
	require.EqualValues(t, 1, s.Applied)
	require.EqualValues(t, 1, s.Purchases)
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM orders WHERE number = 'PO-IOWA-2022-03-01-2'"))
	require.Zero(t, w.one("SELECT COUNT(*) FROM balance b JOIN account a ON a.acct = b.acct JOIN org o ON o.id = a.owner WHERE o.code = 'IOWA' AND a.book = 1 AND b.posted <> 0"))
}

func TestOtherContentIsAConflict(t *testing.T) {
	w := newWorld(t)
	w.run(sales)
	before := w.rows()
	changed := strings.Replace(sales, "24,144.00", "24,145.00", 1) + "INV-200000001,2022-03-04,0011,0101,1,6.00\n"
	s, err := w.svc.Run(t.Context(), System(), w.job(changed))
	require.True(t, errs.Is(err, errs.Invalid))
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.Equal(t, []Conflict{{"lines1.csv", 2, "INV-1001", "2022-03-01", "0011", "import.other_content"}}, s.Conflicts)
	require.Equal(t, before, w.rows())

	j := w.job(changed)
	j.AcceptGood = true
	s, err = w.svc.Run(t.Context(), System(), j)
	require.NoError(t, err)
	require.EqualValues(t, 1, s.Applied)
	require.EqualValues(t, 4, s.Already)
}

func TestBadRowsAreListedAndNothingIsApplied(t *testing.T) {
	rows := []struct{ row, column, value, code string }{
		{"INV-500100001,2022-13-01,0011,0101,1,6.00", "Date", "2022-13-01", "import.bad_date"},
		{"INV-500100001,2999-01-01,0011,0101,1,6.00", "Date", "2999-01-01", "import.date_in_future"},
		{"INV-500100001,2022-03-01,0011,9999,1,6.00", "Item Number", "9999", "import.unknown_product"},
		{"INV-500100001,2022-03-01,0011,101,1,6.00", "Item Number", "101", "import.unknown_product"},
		{"INV-500100001,2022-03-01,0011,0101,0,6.00", "Bottles Sold", "0", "import.quantity_zero"},
		{"INV-500100001,2022-03-01,0011,0101,1e30,6.00", "Bottles Sold", "1e30", "import.not_a_number"},
		{"INV-500100001,2022-03-01,0011,0101,1.5,6.00", "Bottles Sold", "1.5", "import.too_many_decimals"},
		{"INV-500100001,2022-03-01,0011,0101,99999999999999999999,6.00", "Bottles Sold", "99999999999999999999", "import.too_large"},
		{"INV-500100001,2022-03-01,0011,0101,1000000001,6.00", "Bottles Sold", "1000000001", "import.too_large"},
		{"INV-500100001,2022-03-01,0011,0101,1,6.001", "Sale (Dollars)", "6.001", "import.too_many_decimals"},
		{`INV-500100001,2022-03-01,0011,0101,1,"1,23.00"`, "Sale (Dollars)", "1,23.00", "import.not_a_number"},
		{"INV-500100001,2022-03-01,0011,0101,1,-6.00", "Sale (Dollars)", "-6.00", "import.sign_differs"},
		{"INV-500100001,2022-03-01,0011,0101,1,", "Sale (Dollars)", "", "import.not_a_number"},
		{"INV-500100001,2022-03-01,0011", "Bottles Sold", "", "import.short_row"},
		{"00001,2022-03-01,0011,0101,1,6.00", "Invoice/Item Number", "00001", "import.too_short"},
		{"INV-5001ABCDE,2022-03-01,0011,0101,1,6.00", "Invoice/Item Number", "INV-5001ABCDE", "import.not_a_line_number"},
		{"INV-500100001,2022-03-01,,0101,1,6.00", "Store Number", "", "import.missing"},
		{"INV-500100001,2022-03-01,\xff\xfe,0101,1,6.00", "Store Number", "?", "import.not_utf8"},
		{`INV-5001"00001,2022-03-01,0011,0101,1,6.00`, "", "", "import.bad_quotes"},
		{"INV-500100001,2022-03-01,0011,0101,1,6.00\nINV-500100001,2022-03-01,0011,0102,1,8.00", "Invoice/Item Number", "1", "import.line_twice"},
		{"INV-500100001,2022-03-01,0011,0101,1,6.00\nINV-500100002,2022-03-02,0011,0102,1,8.00", "Date", "2022-03-02", "import.document_two_dates"},
		{"INV-500100001,2022-03-01,0011,0101,1,6.00\nINV-500100002,2022-03-01,0012,0102,1,8.00", "Store Number", "0012", "import.document_two_buyers"},
	}
	w := newWorld(t)
	before := w.rows()
	for _, c := range rows {
		t.Run(c.code+" "+c.value, func(t *testing.T) {
			s, err := w.svc.Run(t.Context(), System(), w.job(sales+c.row+"\n"))
			require.Equal(t, "import.refused", errs.CodeOf(err))
			codes := []string{}
			for _, p := range s.Problems {
				codes = append(codes, fmt.Sprint(p.Column, "|", p.Value, "|", p.Code))
				require.GreaterOrEqual(t, p.Row, int64(9))
			}
			require.Contains(t, codes, c.column+"|"+strings.ToValidUTF8(c.value, "?")+"|"+c.code)
			require.EqualValues(t, 1, s.BadLines)
		})
	}
	require.Equal(t, before, w.rows(), "nothing was applied")

	j := w.job(sales + rows[0].row + "\n")
	j.AcceptGood = true
	s, err := w.svc.Run(t.Context(), System(), j)
	require.NoError(t, err)
	require.EqualValues(t, 5, s.Applied)
}

func TestFilesThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, text, code string }{
		{"empty", "", "import.empty_file"},
		{"only a header", header, "import.empty_file"},
		{"a column is missing", "Date,Store Number\n2022-03-01,1\n", "import.no_column"},
		{"a column twice", "Date," + header, "import.column_twice"},
		{"a quotation mark is never closed", header + "INV-100100001,\"" + strings.Repeat("x", 3<<20), "import.row_too_long"},
		{"gzip that is none", "\x1f\x8bxx", "import.bad_gzip"},
		{"a workbook that is none", "PK\x03\x04xx", "excel.not_workbook"},
	} {
		_, err := w.svc.Run(t.Context(), System(), w.job(c.text))
		require.Equal(t, c.code, errs.CodeOf(err), "%s: %v", c.name, err)
		require.True(t, errs.Is(err, errs.Invalid), c.name)
	}
}

// What people send: a BOM, semicolons, another order of columns, gzip, dollars and American dates, a workbook.
func TestOtherShapes(t *testing.T) {
	shaped := "\xef\xbb\xbf" + `Sale (Dollars);Date;Store Number;Bottles Sold;Item Number;Invoice/Item Number
"$1,144.00";03/01/2022;0011;24;0101;INV-100100001

$17.43;03/01/2022;0011;10;0201;INV-100100003
`
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write([]byte(shaped))
	g.Close()
	for name, text := range map[string]string{"semicolons": shaped, "gzip": z.String(), "workbook": workbook(t)} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.TB = t
			s := w.run(text)
			require.EqualValues(t, 2, s.Lines)
			require.EqualValues(t, 116143, int64(s.Amount))
			require.EqualValues(t, "2022-03-01", s.From)
			require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM product WHERE sku = '0101' AND gtin = '8991234567891'"))
		})
	}
}

func workbook(t testing.TB) string {
	var out bytes.Buffer
	b := excel.NewWriter(&out)
	var cols []excel.Column
	for _, h := range []string{"Sale (Dollars)", "Date", "Store Number", "Bottles Sold", "Item Number", "Invoice/Item Number"} {
		cols = append(cols, excel.Column{Header: h})
	}
	sh := b.Table("Sales", cols, excel.Hint{Rows: 2})
	for _, r := range []struct {
		net  money.Minor
		n    int64
		item string
		line string
	}{{114400, 24, "0101", "00001"}, {1743, 10, "0201", "00003"}} {
		sh.Money(r.net, money.Currencies["USD"])
		sh.Date("2022-03-01")
		sh.Code("0011")
		sh.Int(r.n)
		sh.Code(r.item)
		sh.Code("INV-1001" + r.line)
		sh.EndRow()
	}
	sh.Close()
	require.NoError(t, b.Close())
	return out.String()
}

// breaking lets so many documents through, and then fails.
type breaking struct {
	Recorder
	left chan struct{}
}

func (b *breaking) Record(ctx context.Context, a access.Actor, h trade.History) (ledger.Receipt, error) {
	select {
	case <-b.left:
		return b.Recorder.Record(ctx, a, h)
	default:
		return ledger.Receipt{}, errors.New("the power failed")
	}
}

// An import that breaks after any number of documents is whole after it is run again.
func TestTakenUpWhereItBroke(t *testing.T) {
	whole := newWorld(t)
	whole.run(sales)
	want := whole.figures("p.sku")
	for n := 0; n <= 10; n++ {
		w := newWorld(t)
		left := make(chan struct{}, n)
		for range n {
			left <- struct{}{}
		}
		w.svc.Trade = &breaking{w.rec, left}
		_, err := w.svc.Run(t.Context(), System(), w.job(sales))
		if n < 10 {
			require.ErrorContains(t, err, "the power failed")
		}
		w.svc.Trade = w.rec
		s := w.run(sales)
		require.Equal(t, want, w.figures("p.sku"), "broken after %d", n)
		full, got := whole.rows(), w.rows()
		delete(full, "audit") // price lists are looked after again
		delete(got, "audit")
		require.Equal(t, full, got, "broken after %d: %+v", n, s)
		w.verify()
	}
}

func TestSpillSortsInBoundedMemory(t *testing.T) {
	s := newSpill(t.TempDir())
	s.limit = 4000
	defer s.close()
	r := rand.New(rand.NewPCG(1, 2))
	var k key
	for range 5000 {
		k.reset()
		k.int(r.Int64N(2000) - 1000)
		k.text("x")
		require.NoError(t, s.add(k.b))
	}
	require.Greater(t, len(s.runs), 5)
	for range 2 {
		m, err := s.read()
		require.NoError(t, err)
		n, last := 0, int64(-1<<62)
		for {
			rec, err := m.next()
			require.NoError(t, err)
			if rec == nil {
				break
			}
			u := unkey{rec}
			v := u.int()
			require.GreaterOrEqual(t, v, last)
			last = v
			n++
		}
		require.Equal(t, 5000, n)
	}
}

// generated writes lines without end.
type generated struct {
	left int
	n    int
	buf  bytes.Buffer
}

func (g *generated) Read(p []byte) (int, error) {
	for g.buf.Len() < len(p) && g.n < g.left {
		if g.n == 0 {
			g.buf.WriteString(header)
		}
		fmt.Fprintf(&g.buf, "INV-%07d%05d,2022-03-%02d,%04d,0%d0%d,%d,%d.50\n", g.n/20, g.n%20+1, 1+g.n/20%28, 11+g.n/20%3, 1+g.n%2, 1, 1+g.n%9, 2+g.n%50)
		g.n++
	}
	return g.buf.Read(p)
}

func (g *generated) Close() error { return nil }

// The dry run of many lines keeps a bounded heap.
func TestLongMemoryIsBoundedWhateverTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("go test -short leaves out this test, which takes its time: run it without -short")
	}
	w := newWorld(t)
	j := w.job("")
	j.Lines = []Source{{Name: "generated.csv", Open: func() (io.ReadCloser, error) { return &generated{left: 600_000}, nil }}}
	high := uint64(0)
	j.Progress = func(p Progress) {
		if p.Done%100_000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			high = max(high, m.HeapAlloc)
		}
	}
	s, err := w.svc.Check(t.Context(), System(), j)
	require.NoError(t, err)
	require.EqualValues(t, 600_000, s.Lines)
	require.True(t, s.Clean(), "%+v", s.Problems)
	require.Less(t, high, uint64(100<<20), "heap while checking")
}
