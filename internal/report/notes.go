package report

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/money"
)

// notes writes the last sheet: what was asked, as of when, how much there is, and what proves it.
func (b *book) notes() error {
	if b.digest == nil {
		b.digest = sha256.New()
	}
	b.sum.SHA256 = hex.EncodeToString(b.digest.Sum(nil))
	p := b.x.Page(b.t("report.sheet.notes"), []excel.Column{{Width: 38}, {Width: 70}, {Width: 40}})
	line := func(label string, value func()) {
		p.Head(label)
		value()
		p.EndRow()
	}
	text := func(label, value string) { line(label, func() { p.Code(value) }) }
	text(b.t("report.note.report"), b.t("report.name."+b.ask.Report))
	text(b.t("report.note.org"), b.org.code+" · "+b.org.name)
	if makers[b.ask.Report].money {
		text(b.t("report.note.period"), b.periodText())
		text(b.t("report.note.currency"), b.cur.Code)
	}
	line(b.t("report.note.cutoff"), func() { p.Int(b.sum.Seq) })
	text(b.t("report.note.recorded"), b.recordedText())
	line(b.t("report.note.rows"), func() { p.Int(b.sum.Rows) })
	b.noteSums(p)
	for _, n := range b.extra {
		b.noteLine(p, n)
	}
	text(b.t("report.note.chain"), b.sum.Hash)
	text(b.t("report.note.sha"), b.sum.SHA256)
	line("", func() { p.Note(b.t("report.note.sha_how")) })
	line(b.t("report.note.meaning"), func() { p.Note(b.t("report.meaning." + meaning(b.ask.Report))) })
	p.Close()
	return nil
}

// sealed tells whether a report is a statement that others are given: it is cut where the organisation's seal ends, which the
// workbook does not carry, since a seal that is made later would change it.
func sealed(report string) bool {
	return report == "payment-sheet" || report == "receivables" || report == "audit"
}

func (b *book) noteSums(p *excel.Sheet) {
	for _, s := range b.sums {
		label := b.t("report.note.total", "column", s.column)
		if len(b.sums) > 0 && s.name != b.sums[0].name {
			label = b.t("report.note.total_of", "sheet", s.name, "column", s.column)
		}
		p.Head(label)
		if s.money {
			p.MoneyFormula(s.sheet.Sum(s.col), money.Minor(s.v), b.cur)
		} else {
			p.Formula(s.sheet.Sum(s.col), s.v, s.scale)
		}
		p.EndRow()
	}
}

func (b *book) noteLine(p *excel.Sheet, n note) {
	p.Head(n.label)
	switch {
	case n.formula != nil:
		p.MoneyFormula(n.formula(), n.amount, b.cur)
	case n.isMoney:
		p.Money(n.amount, b.cur)
	default:
		p.Code(n.text)
	}
	if n.text != "" && (n.isMoney || n.formula != nil) {
		p.Text(n.text)
	}
	p.EndRow()
}

func meaning(report string) string {
	if strings.HasPrefix(report, "sales-") {
		return "sales"
	}
	return strings.TrimSuffix(report, "-by-supplier")
}

func (b *book) periodText() string {
	from, to := string(b.ask.From), string(b.ask.To)
	switch {
	case from != "" && to != "":
		return b.t("report.note.between", "from", from, "to", to)
	case from != "":
		return b.t("report.note.from", "from", from)
	case to != "":
		return b.t("report.note.until", "to", to)
	}
	return b.t("report.note.any")
}

// recordedText is the moment of the cut-off in the organisation's zone and in UTC.
func (b *book) recordedText() string {
	if b.sum.Recorded == 0 {
		return "–"
	}
	return b.sum.Recorded.Time().In(clock.Zone(b.org.zone)).Format("2006-01-02 15:04:05 -0700") + " · " + b.sum.Recorded.RFC3339()
}
