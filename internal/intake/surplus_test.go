package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/i18n"
)

// book is rows as a workbook; lines are separated by "\n", cells by "|".
func book(t testing.TB, lines string) string {
	var out bytes.Buffer
	b := excel.NewWriter(&out)
	rows := strings.Split(strings.TrimSpace(lines), "\n")
	var cols []excel.Column
	for _, h := range strings.Split(rows[0], "|") {
		cols = append(cols, excel.Column{Header: h})
	}
	for n, r := range rows {
		for range strings.Count(r, "|") + 1 - len(cols) {
			require.Positive(t, n)
			cols = append(cols, excel.Column{})
		}
	}
	s := b.Table("Data", cols, excel.Hint{})
	for _, r := range rows[1:] {
		for _, c := range strings.Split(r, "|") {
			s.Code(c)
		}
		for range len(cols) - strings.Count(r, "|") - 1 {
			s.Code("")
		}
		s.EndRow()
	}
	s.Close()
	require.NoError(t, b.Close())
	return out.String()
}

// reseller is a distributor that brings in what it sold of P1 by the mapping of sales.
func reseller(t testing.TB) (*world, access.Actor, Mapping) {
	w := newWorld(t)
	us := w.firm("distributor", "DST", "Kita", 0)
	w.listed(us.Org, us.Org, "P1")
	m, err := LoadMapping("sales")
	require.NoError(t, err)
	return w, us, m
}

// TestAnAmountThatIsTwoCellsIsNoOtherAmount: 1,250.00 without quotation marks is two cells of a file with commas, and was booked as 1.
func TestAnAmountThatIsTwoCellsIsNoOtherAmount(t *testing.T) {
	w, us, m := reseller(t)
	const head = "document,date,buyer code,product code,quantity,amount"
	before := w.rows()
	for name, c := range map[string]struct {
		file, value, column, code string
		row                       int64
	}{
		"comma":               {head + "\nS-1,2026-01-05,T1,P1,2,1,250.00\n", "250.00", "G", "import.surplus_cell", 2},
		"every row ends so":   {head + ",\nS-0,2026-01-05,T1,P1,2,9.00,\nS-1,2026-01-05,T1,P1,2,1,250.00,\n", "250.00", "G", "import.surplus_cell", 3},
		"tab":                 {strings.ReplaceAll(head, ",", "\t") + "\nS-1\t2026-01-05\tT1\tP1\t2\t1\t250.00\n", "250.00", "G", "import.surplus_cell_tab", 2},
		"workbook":            {book(t, strings.ReplaceAll(head, ",", "|")+"\nS-1|2026-01-05|T1|P1|2|1|250.00\n"), "250.00", "G", "import.surplus_cell_book", 2},
		"an empty one before": {head + "\nS-1,2026-01-05,T1,P1,2,1, ,x\n", "x", "H", "import.surplus_cell", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := w.svc.Run(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("s.csv", []byte(c.file))}})
			require.Equal(t, "import.refused", errs.CodeOf(err))
			require.EqualValues(t, []int64{1, 1}, []int64{s.BadLines, s.BadDocuments})
			require.Len(t, s.Problems, 1)
			p := s.Problems[0]
			require.Equal(t, fmt.Sprint(c.row, c.column, c.value, c.code), fmt.Sprint(p.Row, p.Column, p.Value, p.Code))
			for _, lang := range []string{i18n.ID, i18n.EN} {
				said := i18n.Code(lang, p.Code, p.Args)
				require.NotContains(t, said, "{")
				require.Contains(t, said, c.column)
				if c.code == "import.surplus_cell" {
					require.Contains(t, said, "“,”")
				}
			}
		})
	}
	require.Equal(t, before, w.rows(), "nothing was applied")
	v, err := w.svc.Preview(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("s.csv", []byte(head+"\nS-1,2026-01-05,T1,P1,2,1,250.00\n"))}})
	require.NoError(t, err)
	require.Equal(t, "G", v.Files[0].Header[6], "the cell too many stands under what a spreadsheet calls its column")
	require.Equal(t, "250.00", v.Files[0].Rows[0].Cells[6])
	require.False(t, v.Files[0].Rows[0].Good)
	s, err := w.svc.Run(t.Context(), us, Job{Map: m, Lines: []Source{Bytes("s.csv", []byte(head+",,\nS-1,2026-01-05,T1,P1,2,\"1,250.00\",, \nS-2,2026-01-05,T1,P1,2,3.00,,,,\n"))}})
	require.NoError(t, err, "empty cells behind are none")
	require.EqualValues(t, 125300, int64(s.Amount))
}

// TestADocumentOfWhichARowCannotBeReadIsNotBroughtInInPart: whichever cell is the one too many, the good rows of its document stay out.
func TestADocumentOfWhichARowCannotBeReadIsNotBroughtInInPart(t *testing.T) {
	w, us, m := reseller(t)
	const file = "amount,date,buyer code,product code,quantity,document\n7.00,2026-01-05,T1,P1,2,S-1\n1,250.00,2026-01-05,T1,P1,2,S-1\n5.00,2026-01-05,T1,P1,2,S-2\n"
	s, err := w.svc.Run(t.Context(), us, Job{Map: m, AcceptGood: true, Lines: []Source{Bytes("s.csv", []byte(file))}})
	require.NoError(t, err)
	require.EqualValues(t, []int64{1, 500}, []int64{s.Applied, int64(s.Amount)})
	require.Zero(t, w.one("SELECT COUNT(*) FROM orders WHERE number = 'S-1'"))
	require.EqualValues(t, 1, w.one("SELECT COUNT(*) FROM orders WHERE number = 'S-2'"))
}

func TestCellsTooManyOfHistoryWithItsMasters(t *testing.T) {
	w := newWorld(t)
	before := w.rows()
	j := w.job(header + "INV-500100001,2022-03-01,0011,0101,2,$1,234.567\n")
	s, err := w.svc.Run(t.Context(), System(), j)
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.Equal(t, "234.567 import.surplus_cell", s.Problems[0].Value+" "+s.Problems[0].Code)
	j = w.job(sales)
	p := Bytes("products.csv", []byte(products+"0301,Gula,012,CV Slawi,1,,1,100.00,1,200.00\n"))
	b := Bytes("stores.csv", []byte(stores+"0014,Toko Empat,Jl. Empat 4, Kudus,Jateng\n"))
	j.Products, j.Partners = &p, &b
	s, err = w.svc.Run(t.Context(), System(), j)
	require.Equal(t, "import.refused", errs.CodeOf(err))
	var got []string
	for _, p := range s.Problems {
		got = append(got, fmt.Sprint(p.File, " ", p.Row, " ", p.Column, " ", p.Value, " ", p.Code))
	}
	require.Equal(t, []string{"products.csv 5 I 1 import.surplus_cell", "stores.csv 5 E Jateng import.surplus_cell"}, got)
	require.Equal(t, before, w.rows())
}

// TestCellsTooManyOfEverySpreadsheet: a row with more cells than the header has names is bad in each kind, and what came goes back whole;
// sent again as it is, it is bad again.
func TestCellsTooManyOfEverySpreadsheet(t *testing.T) {
	for _, c := range []struct{ kind, good, more string }{
		{"products", "kode|nama|satuan\nA1|Kopi A|pcs", "A2|Kopi B|pcs|extra|more"},
		{"partners", "Kode|Nama|Jenis\nT1|Toko Satu|pengecer", "T2|Toko Dua|pengecer|extra|more"},
		{"prices", "Daftar harga|Kode produk|Harga\nEceran|A1|1500", "Eceran|A1|1|500.00|more"},
		{"stock", "Kode produk|Jumlah\nA1|5", "A1|1|500.00|more"},
		{"orders", "Jenis|Mitra|Kode produk|Jumlah|Nomor PO\njual|T1|A1|5|PO-1", "jual|T1|A1|1|500.00|PO-1"},
		{"payments", "Arah|Mitra|Jumlah|Tanggal|Cara bayar\nmasuk|T1|5|2026-01-05|transfer", "masuk|T1|1|500.00|2026-01-05|transfer"},
		{"sales", "Dokumen|Tanggal|Pembeli|Produk|Jumlah|Nilai\nS-1|2026-01-05|T1|A1|2|9", "S-2|2026-01-05|T1|A1|2|1|250.00"},
	} {
		for _, workbook := range []bool{false, true} {
			t.Run(fmt.Sprint(c.kind, workbook), func(t *testing.T) {
				o := newOffice(t)
				file := strings.ReplaceAll(c.good+"\n"+c.more+"\n", "|", ",")
				code := "import.surplus_cell"
				if workbook {
					file, code = book(t, c.good+"\n"+c.more), "import.surplus_cell_book"
				}
				before := o.rows()
				j := o.job(c.kind, "x.csv", file)
				k := j.Kind
				first := o.check(j)
				require.Empty(t, first.Needs)
				find := func(v *SheetView) (m Mark, cells []string) {
					for _, r := range append(v.First, v.Wrong...) {
						for _, x := range r.Marks {
							if r.Row == 3 && x.Code == code {
								require.Len(t, r.Marks, 1, "what else is wrong with a row that has moved is not said")
								return x, r.Cells
							}
						}
					}
					require.Fail(t, "the row is not marked", "%+v", v)
					return
				}
				m, cells := find(first)
				at, ok := m.Beyond()
				require.True(t, ok)
				require.Equal(t, strings.Count(strings.Split(c.good, "\n")[0], "|")+1, at)
				require.Equal(t, strings.Split(c.more, "|")[at], cells[at])
				require.NotContains(t, k.Sentence("id", m)+k.Sentence("en", m), "{")
				listed := false
				for _, p := range first.Problems {
					listed = listed || p.Code == code && p.Row == 3 && p.Value == cells[at]
				}
				require.True(t, listed, "%+v", first.Problems)
				j.AcceptGood = false
				_, err := o.sheets.Run(t.Context(), o.a, j)
				require.Equal(t, "import.refused", errs.CodeOf(err))
				require.Equal(t, before, o.rows())
				o.check(j)
				back := o.job(c.kind, "kembali.xlsx", o.back.String())
				code = "import.surplus_cell_book"
				_, cells = find(o.check(back))
				require.Equal(t, strings.Split(c.more, "|")[2:], cells[2:len(strings.Split(c.more, "|"))])
			})
		}
	}
}

// TestAnOrderOfWhichARowHasMovedIsNotPlacedInPart: the number of the order stands one cell further.
func TestAnOrderOfWhichARowHasMovedIsNotPlacedInPart(t *testing.T) {
	o := newOffice(t)
	r, _, err := o.sheets.begin(t.Context(), o.a, o.job("orders", "x.csv", "Jenis,Mitra,Kode produk,Jumlah,Nomor PO\njual,T1,A1,5,PO-2\n"))
	require.NoError(t, err)
	var all []*record
	for n, row := range []string{"jual,T1,A1,1,500.00,PO-1", "jual,T1,A1,5,PO-2", "jual,T1,A1,5,PO-1"} {
		all = append(all, r.parse(strings.Split(row, ","), int64(n+2)))
	}
	r.units(all)
	require.Equal(t, RowNew, all[1].state, "another order")
	require.Equal(t, []Mark{{Column: "document", Code: "sheet.other_row_bad", Args: errs.Args{"row": "2"}}}, all[2].marks)
}

// TestTheSentenceOfARefusalHasTheFiguresOfItsAnswer: a document that is there with another content counts in both.
func TestTheSentenceOfARefusalHasTheFiguresOfItsAnswer(t *testing.T) {
	o := newOffice(t)
	const head = "Dokumen,Tanggal,Pembeli,Produk,Jumlah,Nilai\n"
	o.bring(o.job("sales", "a.csv", head+"S-1,2026-01-05,T1,A1,2,9\n"))
	j := o.job("sales", "b.csv", head+"S-1,2026-01-05,T1,A1,2,8\n")
	j.AcceptGood = false
	v, err := o.sheets.Run(t.Context(), o.a, j)
	require.Equal(t, "import.refused", errs.CodeOf(err))
	require.EqualValues(t, 1, v.Bad)
	require.Contains(t, i18n.Error("en", err), "1 bad rows, 0 conflicts")
}
