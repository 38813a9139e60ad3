package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/internal/intake"
	"saluran/internal/list"
	"saluran/internal/partner"
)

// typed runs the program as a shell does, and answers what it wrote, line by line.
func typed(t *testing.T, args ...string) ([]string, error) {
	t.Helper()
	var c cli
	k, err := kong.New(&c, options(t.Context())...)
	require.NoError(t, err)
	line, err := k.Parse(args)
	require.NoError(t, err, strings.Join(args, " "))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	was := os.Stdout
	os.Stdout = w
	out := make(chan string, 1)
	go func() { b, _ := io.ReadAll(r); out <- string(b) }()
	err = line.Run()
	os.Stdout = was
	require.NoError(t, w.Close())
	return strings.Split(strings.TrimSpace(<-out), "\n"), err
}

// clerk sits at the command line of a producer's portal, with files in one language.
type clerk struct {
	*testing.T
	url, lang, dir string
	list           catalog.PriceList
}

// line is a row of a file, by the names of the kind's columns; a column that is not named is empty.
type line map[string]string

// file fills in the template that the program gives out, as CSV in Indonesian and as a workbook in English.
func (c *clerk) file(kind string, rows ...line) string {
	c.Helper()
	template := filepath.Join(c.dir, kind+"-template.xlsx")
	_, err := typed(c.T, "import", kind, "--db", c.url, "--org", "KOPI", "--lang", c.lang, "--template", template)
	require.NoError(c, err)
	b, err := os.Open(template)
	require.NoError(c, err)
	defer b.Close()
	book, err := excel.OpenReader(b, excel.Usual)
	require.NoError(c, err)
	defer book.Close()
	first, err := book.Rows("")
	require.NoError(c, err)
	defer first.Close()
	require.True(c, first.Next())
	k, err := intake.KindOf(kind)
	require.NoError(c, err)
	head := first.Cells()
	require.Len(c, head, len(k.Columns))
	name := filepath.Join(c.dir, kind+map[string]string{i18n.ID: ".csv", i18n.EN: ".xlsx"}[c.lang])
	out, err := os.Create(name)
	require.NoError(c, err)
	defer out.Close()
	if c.lang == i18n.ID {
		fmt.Fprintln(out, strings.Join(head, ";"))
		for _, r := range rows {
			var cells []string
			for _, col := range k.Columns {
				cells = append(cells, r[col.Name])
			}
			fmt.Fprintln(out, strings.Join(cells, ";"))
		}
		return name
	}
	w := excel.NewWriter(out)
	var cols []excel.Column
	for _, h := range head {
		cols = append(cols, excel.Column{Header: h, Width: 12})
	}
	s := w.Table("x", cols, excel.Hint{})
	for _, r := range rows {
		for _, col := range k.Columns {
			s.Text(r[col.Name])
		}
		s.EndRow()
	}
	s.Close()
	require.NoError(c, w.Close())
	return name
}

// figures are the last line of what the program wrote.
func (c *clerk) figures(out []string) map[string]int {
	c.Helper()
	var v map[string]any
	require.NoError(c, json.Unmarshal([]byte(out[len(out)-1]), &v), out)
	n := map[string]int{}
	for name, x := range v {
		if f, ok := x.(float64); ok {
			n[name] = int(f)
		}
	}
	return n
}

func (c *clerk) counted(out []string) string {
	c.Helper()
	v := c.figures(out)
	return fmt.Sprint(v["rows"], " new ", v["new"], " changed ", v["changed"], " same ", v["same"], " bad ", v["bad"], " applied ", v["applied"])
}

// brings brings a file in, of which the first rows are good and the others wrong for the reasons given, in order: a check and a run that
// takes all or nothing change nothing and say why, one that takes the good ones applies them and sends the others back, and again does nothing.
func (c *clerk) brings(kind string, good int, why []string, rows ...line) {
	c.Helper()
	require.Len(c, rows, good+len(why), kind)
	args := []string{"import", kind, "--db", c.url, "--org", "KOPI", "--lang", c.lang, c.file(kind, rows...)}
	found := fmt.Sprintf("%d new %d changed 0 same 0 bad %d applied ", len(rows), good, len(why))
	for _, more := range [][]string{{"--check"}, {}} {
		out, err := typed(c.T, append(args, more...)...)
		require.ErrorIs(c, err, errQuiet, kind)
		require.Equal(c, found+"0", c.counted(out), "%s %v: %s", kind, more, out)
		c.says(out[:len(out)-1], why)
	}
	back := filepath.Join(c.dir, kind+"-back.xlsx")
	out, err := typed(c.T, append(args, "--accept-good", "--back", back)...)
	require.NoError(c, err)
	require.Equal(c, found+strconv.Itoa(good), c.counted(out), "%s: %s", kind, out)
	c.marked(back, good, why)
	out, err = typed(c.T, append(args, "--accept-good")...)
	require.NoError(c, err)
	require.Equal(c, fmt.Sprintf("%d new 0 changed 0 same %d bad %d applied 0", len(rows), good, len(why)), c.counted(out), "%s again: %s", kind, out)
}

// sentence is how a code is said, as far as it is the same whatever it is about.
func (c *clerk) sentence(code string) string {
	said, _, _ := strings.Cut(i18n.T(c.lang, "err."+code), "{")
	require.NotContains(c, said, "err.", code)
	return strings.TrimSpace(said)
}

func (c *clerk) says(out, why []string) {
	c.Helper()
	for _, code := range why {
		require.Contains(c, strings.Join(out, "\n"), c.sentence(code))
	}
}

// marked looks at the workbook that came back: each wrong row says why in its last column, in words.
func (c *clerk) marked(back string, good int, why []string) {
	c.Helper()
	f, err := os.Open(back)
	require.NoError(c, err)
	defer f.Close()
	book, err := excel.OpenReader(f, excel.Usual)
	require.NoError(c, err)
	defer book.Close()
	rows, err := book.Rows("")
	require.NoError(c, err)
	defer rows.Close()
	require.True(c, rows.Next())
	n := len(rows.Cells())
	require.Equal(c, i18n.T(c.lang, "sheet.problems_column"), rows.Cells()[n-1])
	for i := 0; rows.Next(); i++ {
		said := ""
		if cells := rows.Cells(); len(cells) == n {
			said = cells[n-1]
		}
		if i < good {
			require.Empty(c, said, "row %d is good", i+2)
			continue
		}
		require.Contains(c, said, c.sentence(why[i-good]), "row %d", i+2)
	}
}

// in works on the books beside the command line.
func (c *clerk) in(do func(ctx context.Context, a *app.App, who access.Actor)) {
	c.Helper()
	a, err := app.Open(c.Context(), app.Config{DB: c.url, Log: dbtest.Log(), NoWorkers: true})
	require.NoError(c, err)
	org, err := a.Partner.Resolve(c.Context(), "KOPI")
	require.NoError(c, err)
	do(c.Context(), a, intake.SystemOf(org))
	require.NoError(c, a.Close())
}

func (c *clerk) one(sql string, args ...any) (n int64) {
	c.Helper()
	c.in(func(ctx context.Context, a *app.App, who access.Actor) {
		require.NoError(c, a.DB.R(ctx).Raw(sql, append(args, who.Org)...).Scan(&n).Error)
	})
	return n
}

// sits opens a portal of one producer with a channel and a price list.
func sits(t *testing.T, lang string) *clerk {
	c := &clerk{T: t, url: dbtest.Ready(t), lang: lang, dir: t.TempDir()}
	a, err := app.Open(t.Context(), app.Config{DB: c.url, Log: dbtest.Log(), NoWorkers: true})
	require.NoError(t, err)
	org, err := a.Setup(t.Context(), "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "PT Kopi", VATRegistered: true},
		identity.NewPerson{Email: "o@kopi.example", Name: "O", Password: "kata-sandi-panjang", Lang: lang, Role: "owner"})
	require.NoError(t, err)
	dbtest.Plant(t, a.DB)
	_, err = a.Partner.CreateChannel(t.Context(), intake.SystemOf(org), partner.NewChannel{Name: "Toko", Shape: "retail"})
	require.NoError(t, err)
	c.list, err = a.Catalog.AddList(t.Context(), intake.SystemOf(org), audit.Key{}, catalog.PriceList{Name: "Eceran", Currency: "IDR"})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	return c
}

// agrees makes terms with a shop that the files brought.
func (c *clerk) agrees(code string) {
	c.Helper()
	c.in(func(ctx context.Context, a *app.App, who access.Actor) {
		shop, err := a.Partner.Resolve(ctx, "retailer/"+code)
		require.NoError(c, err)
		links, err := a.Partner.Links(ctx, who, list.Query{})
		require.NoError(c, err)
		require.NotEmpty(c, links.Items, "placed in the channel and linked")
		for _, l := range links.Items {
			if l.Buyer != shop.ID {
				continue
			}
			g, _, err := a.Partner.Propose(ctx, who, partner.Propose{Link: l.ID, Terms: partner.Terms{From: "2026-01-01", PriceList: c.list.ID, Currency: "IDR", NetDays: 30,
				CreditLimit: 50_000_000_00, TitleOn: "delivery", RiskOn: "delivery"}})
			require.NoError(c, err)
			_, err = a.Partner.Accept(ctx, intake.SystemOf(shop), g.ID)
			require.NoError(c, err)
		}
	})
}

// local writes a number with thousands and fractions as the language does.
func (c *clerk) local(id string) string {
	if c.lang == i18n.ID {
		return id
	}
	return strings.NewReplacer(".", ",", ",", ".").Replace(id)
}

// word is what a choice is called.
func (c *clerk) word(column, key string) string {
	first, _, _ := strings.Cut(i18n.T(c.lang, "sheet.choice."+column+"."+key), "|")
	return first
}

// days are one day in all usual forms; figures alone stand in the order of the language.
func (c *clerk) days(d clock.Date) []string {
	y, m, n := string(d[:4]), string(d[5:7]), string(d[8:])
	names := map[string]string{i18n.ID: "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des", i18n.EN: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"}
	month, err := strconv.Atoi(m)
	require.NoError(c, err)
	short := strings.Fields(names[c.lang])[month-1]
	figures := []string{n + "/" + m + "/" + y, strings.TrimPrefix(n, "0") + "-" + strings.TrimPrefix(m, "0") + "-" + y[2:]}
	if c.lang == i18n.EN {
		figures = []string{m + "/" + n + "/" + y, strings.TrimPrefix(m, "0") + "-" + strings.TrimPrefix(n, "0") + "-" + y[2:]}
	}
	return append(figures, string(d), y+m+n, y+"/"+m+"/"+n, n+" "+short+" "+y, n+"-"+short+"-"+y[2:])
}
