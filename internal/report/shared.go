package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/sharing"
)

// Shared is the workbook of what another organisation shares. It is asked for by the agreement (Ask.Sharing), and only there.
const Shared = "shared"

// Sharing is what the workbook needs of package sharing: it asks for the right and writes the look down itself.
type Sharing interface {
	May(ctx context.Context, a access.Actor, agreement id.ID) error
	Sellouts(ctx context.Context, a access.Actor, from, to clock.Date) ([]sharing.Page, error)
	Stocks(ctx context.Context, a access.Actor, on clock.Date) ([]sharing.Page, error)
	Look(ctx context.Context, a access.Actor, agreement id.ID, ask sharing.Ask, q list.Query) (sharing.Page, error)
}

// MayShared is nil where an actor may have a workbook of an agreement now. Errors: those of May; not_found.
func (s *Service) MayShared(ctx context.Context, who access.Actor, no id.ID) error {
	if err := s.May(ctx, who, Shared); err != nil {
		return err
	}
	return s.Shared.May(ctx, who, no)
}

// writeShared writes what one look shows, and how it is to be read.
func (s *Service) writeShared(ctx context.Context, who access.Actor, a Ask, w io.Writer) (Summary, error) {
	p, err := s.Shared.Look(ctx, who, a.Sharing, sharing.Ask{From: a.From, To: a.To, Way: "workbook"}, list.Query{})
	if err != nil {
		return Summary{}, err
	}
	b := &book{ctx: ctx, ask: a, lang: i18n.Lang(a.Lang), digest: sha256.New(), progress: func(int64, int64) {}}
	b.x = excel.NewWriter(w)
	defer b.x.Abort()
	v := p.Sharing
	cols := []column{{key: "from", width: 12}, {key: "to", width: 12}, {key: "sku", width: 16}, {key: "product", width: 36},
		{key: "region", width: 20}, {key: "shop", width: 16}, {key: "quantity", width: 14}, {key: "unit", width: 10}}
	valued := v.Values && !p.Blind
	if v.Values {
		cols = append(cols, column{header: b.t("sharing.currency"), width: 10})
	}
	if valued {
		cols = append(cols, column{header: b.t("sharing.net"), width: 18})
	}
	t := b.table(b.t("sharing.measure_"+v.Measure), cols, excel.Hint{})
	var sum int64
	for _, c := range p.Items {
		t.date(c.First)
		t.date(c.Last)
		t.code(c.SKU)
		t.text(c.Name)
		t.text(c.Region)
		t.code(c.Shop)
		t.qty(int64(c.Qty))
		t.text(i18n.UnitName(b.lang, c.Unit))
		if v.Values {
			t.code(c.Currency)
		}
		if valued {
			if b.cur, err = money.Lookup(c.Currency); err != nil {
				return Summary{}, err
			}
			t.money(c.Net)
		}
		t.end()
		sum += int64(c.Qty)
	}
	t.close()
	b.sum = Summary{Report: Shared, Rows: t.Rows(), SHA256: hex.EncodeToString(b.digest.Sum(nil))}
	t.sumOf(6, sum, 3, false)
	if net, one := netOf(p.Items); valued && one {
		t.sumOf(9, int64(net), b.cur.Digits, true)
	}
	b.sharedNotes(v, p.Upto)
	return b.sum, b.x.Close()
}

// netOf adds up the values of cells that are all of one currency; those of several have no sum.
func netOf(cells []sharing.Cell) (net money.Minor, one bool) {
	for _, c := range cells {
		if c.Currency != cells[0].Currency {
			return 0, false
		}
		net += c.Net
	}
	return net, len(cells) > 0
}

func (b *book) sharedNotes(v sharing.Sharing, upto clock.Date) {
	n := b.x.Page(b.t("report.sheet.notes"), []excel.Column{{Width: 38}, {Width: 70}, {Width: 40}})
	for _, x := range [][2]string{{"sharing.by", v.GrantorName}, {"sharing.for", v.ViewerName}, {"sharing.purpose", v.Purpose}, {"sharing.values", b.t(valuesWord(v))}, {"sharing.until", string(v.Until)},
		{"sharing.upto", string(upto)}} {
		n.Head(b.t(x[0]))
		n.Text(x[1])
		n.EndRow()
	}
	b.noteSums(n)
	n.Head(b.t("report.note.meaning"))
	n.Note(b.t("sharing.meaning"))
	n.EndRow()
	n.Close()
}

// valuesWord is whether values are shared, in words.
func valuesWord(v sharing.Sharing) string {
	if v.Values {
		return "sharing.values_1"
	}
	return "sharing.values_0"
}
